"""Private calendar feeds: who has which, what they show, and whether the link still holds.

The link is the key: 256 random bits that are kept as a hash only. The tenant's name stands in the link, so
that row-level security holds before anyone is known.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from pydantic import TypeAdapter, ValidationError

from schemas.identifiers import TenantName
from services.platform.principals import Principal
from services.query.domain.calendar_format import (
    PAST_DAYS,
    FeedFace,
    calendar_ics,
    may_have_changed_since_off,
)
from services.query.domain.listing import Filters
from services.query.domain.visibility import Audience, Viewer, visible
from services.query.reach import NOBODY, reach_of, sight_of
from services.query.read_model import Reading
from services.query.refusals import Forbidden, Gone, NotFound

MAX_TRIPS = 1000
"""Trips of one feed; whoever has more in three months and the future sees the nearest."""

_TENANT = TypeAdapter(TenantName)


class Feed(NamedTuple):
    """A traveller's feed."""

    feed: str
    traveller: str
    name: str
    zoned: bool
    created_at: datetime
    rotated_at: datetime | None
    switched_off_at: datetime | None
    fetched_at: datetime | None
    fetched_by: str | None


class Feeds(Reading, Protocol):
    """One transaction that reads trips, and reads and writes the feeds of a tenant."""

    async def add_feed(
        self,
        *,
        tenant: str,
        feed: str,
        traveller: str,
        name: str,
        secret_sha256: str,
        zoned: bool,
        at: datetime,
    ) -> None:
        """Enter a feed."""
        ...

    async def feeds(self, traveller: str) -> Sequence[Feed]:
        """Return a traveller's feeds."""
        ...

    async def rotate(self, feed: str, *, traveller: str, secret_sha256: str, at: datetime) -> None:
        """Let another secret open a feed."""
        ...

    async def switch_off(self, feed: str, *, traveller: str, at: datetime) -> None:
        """Let no secret open it any more."""
        ...

    async def feed_of(self, secret_sha256: str) -> Feed | None:
        """Return the feed that a secret opens, or opened."""
        ...

    async def off_since(self, trips: Sequence[str]) -> Mapping[str, datetime]:
        """Return since when what is cancelled is so, by the ids of trips and segments, as far as known."""
        ...

    async def note_fetch(self, feed: str, *, at: datetime, by: str) -> None:
        """Keep who read it last."""
        ...


class FeedStore(Protocol):
    """The database, one tenant at a time."""

    def writing(self, tenant: str) -> AbstractAsyncContextManager[Feeds]:
        """Open a transaction."""
        ...


class Opened(NamedTuple):
    """A feed and the secret that opens it from now on; the only time that it is seen."""

    feed: Feed
    secret: str


class Edge(NamedTuple):
    """Where time, identity and secrets come in, and where trips' pages are."""

    now: Callable[[], datetime]
    new_id: Callable[[], str]
    new_secret: Callable[[], str]
    trips_url: str


class CalendarFeeds:
    """Makes feeds, shows them, and ends them."""

    def __init__(self, *, store: FeedStore, edge: Edge) -> None:
        self._store = store
        self._edge = edge

    async def make(
        self, principal: Principal, *, name: str, zoned: bool, traveller: str | None = None
    ) -> Opened:
        """Make a feed of a traveller's trips."""
        secret = self._secret(principal)
        async with self._store.writing(principal.tenant) as feeds:
            whose = await _whose(feeds, principal=principal, traveller=traveller)
            feed = self._edge.new_id()
            await feeds.add_feed(
                tenant=principal.tenant,
                feed=feed,
                traveller=whose,
                name=name,
                secret_sha256=hash_of(secret),
                zoned=zoned,
                at=self._edge.now(),
            )
            return Opened(_found(await feeds.feeds(whose), feed=feed), secret)

    async def list(self, principal: Principal, *, traveller: str | None = None) -> Sequence[Feed]:
        """Return a traveller's feeds."""
        async with self._store.writing(principal.tenant) as feeds:
            return await feeds.feeds(await _whose(feeds, principal=principal, traveller=traveller))

    async def rotate(self, principal: Principal, *, feed: str, traveller: str | None = None) -> Opened:
        """Give a feed another secret; the old link ends at once.

        Raises:
            NotFound: they have no such feed.
            Gone: it is switched off.
        """
        secret = self._secret(principal)
        async with self._store.writing(principal.tenant) as feeds:
            whose = await _whose(feeds, principal=principal, traveller=traveller)
            if _found(await feeds.feeds(whose), feed=feed).switched_off_at is not None:
                raise Gone("this feed is switched off; make another")
            await feeds.rotate(feed, traveller=whose, secret_sha256=hash_of(secret), at=self._edge.now())
            return Opened(_found(await feeds.feeds(whose), feed=feed), secret)

    async def switch_off(self, principal: Principal, *, feed: str, traveller: str | None = None) -> None:
        """End a feed for good.

        Raises:
            NotFound: they have no such feed.
        """
        async with self._store.writing(principal.tenant) as feeds:
            whose = await _whose(feeds, principal=principal, traveller=traveller)
            _found(await feeds.feeds(whose), feed=feed)
            await feeds.switch_off(feed, traveller=whose, at=self._edge.now())

    async def read(self, secret: str, *, zoned: bool | None, by: str) -> bytes:
        """Return the feed that a secret opens.

        Args:
            secret: from the link.
            zoned: overrides what the feed was made with.
            by: what fetches it, in its own words.

        Raises:
            NotFound: the secret opens nothing.
            Gone: the feed is switched off.
        """
        now = self._edge.now()
        async with self._store.writing(tenant_of(secret)) as feeds:
            feed = await feeds.feed_of(hash_of(secret))
            if feed is None:
                raise NotFound("this link opens no calendar")
            if feed.switched_off_at is not None:
                raise Gone("this calendar is switched off")
            filters = Filters(
                traveller=feed.traveller,
                ending_from=now.date() - timedelta(days=PAST_DAYS),
                with_cancelled=True,
            )
            trips = await feeds.trips(filters, today=now.date(), after=None, wanted=MAX_TRIPS)
            doubtful = [trip for trip in trips if may_have_changed_since_off(trip, today=now.date())]
            ids = [each for trip in doubtful for each in (trip.id, *trip.also_known_as)]
            off_since: Mapping[str, datetime] = await feeds.off_since(ids) if ids else {}
            await feeds.note_fetch(feed.feed, at=now, by=by[:200])
        viewer = Viewer(Audience.INSIDER)
        face = FeedFace(feed.name, self._edge.trips_url, zoned=feed.zoned if zoned is None else zoned)
        seen = (visible(trip, viewer=viewer) for trip in trips)
        return calendar_ics(seen, face=face, today=now.date(), off_since=off_since)

    def _secret(self, principal: Principal) -> str:
        return f"{principal.tenant}.{self._edge.new_secret()}"


async def _whose(feeds: Feeds, *, principal: Principal, traveller: str | None) -> str:
    """Return the traveller whose feeds a caller has to do with: their own unless they administer.

    Raises:
        Forbidden: a feed shows everything, so only the company's own people have any.
        NotFound: the directory does not know the traveller.
    """
    sight = await sight_of(feeds, principal=principal)
    if sight.viewer.audience is not Audience.INSIDER:
        raise Forbidden("this token makes no calendars")
    reach = await reach_of(feeds, sight=sight, traveller=traveller or principal.subject)
    if reach is None or reach == NOBODY:
        raise NotFound("the directory knows no such traveller")
    return reach


def _found(feeds: Sequence[Feed], *, feed: str) -> Feed:
    for known in feeds:
        if known.feed == feed:
            return known
    raise NotFound("there is no such calendar")


def tenant_of(secret: str) -> str:
    """Return the tenant whose name stands in a link.

    Raises:
        NotFound: none does.
    """
    try:
        return _TENANT.validate_python(secret.partition(".")[0])
    except ValidationError:
        raise NotFound("this link leads to nothing") from None


def hash_of(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
