"""Links by which somebody without an account looks at one trip: made, listed, taken back, opened.

The link is the key, as that of a calendar: 256 random bits that are kept as a hash only, behind the tenant's
name, so that row-level security holds before anyone is known. What it shows is what the table of visibility
lets a guest see.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple, Protocol

from schemas.trip import Trip
from services.platform.principals import Principal
from services.query.calendar_feeds import Edge, hash_of, tenant_of
from services.query.domain.visibility import Audience, Viewer, visible
from services.query.reach import NOBODY, sight_of
from services.query.read_model import Reading
from services.query.refusals import Forbidden, Gone, Malformed, NotFound

MAX_DAYS = 366
_DAYS_AFTER_TRIP = 7
_DAYS_UNDATED = 30


class Share(NamedTuple):
    """A link to one trip."""

    share: str
    traveller: str
    trip: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    opened_at: datetime | None
    opened_times: int


class Sharing(Reading, Protocol):
    """One transaction that reads trips, and reads and writes the shares of a tenant."""

    async def add_share(
        self,
        *,
        tenant: str,
        share: str,
        traveller: str,
        trip: str,
        secret_sha256: str,
        created_by: str,
        created_at: datetime,
        expires_at: datetime,
    ) -> None:
        """Enter a share."""
        ...

    async def shares(self, trips: Sequence[str], *, traveller: str) -> Sequence[Share]:
        """Return the shares of a trip, by any of its ids."""
        ...

    async def revoke(self, share: str, *, traveller: str | None, at: datetime) -> bool:
        """Let the secret open nothing any more; say whether there is such a share."""
        ...

    async def share_of(self, secret_sha256: str) -> Share | None:
        """Return the share that a secret opens, or opened."""
        ...

    async def note_opening(self, share: str, *, at: datetime) -> None:
        """Keep that it was looked at."""
        ...


class ShareStore(Protocol):
    """The database, one tenant at a time."""

    def writing(self, tenant: str) -> AbstractAsyncContextManager[Sharing]:
        """Open a transaction."""
        ...


class Made(NamedTuple):
    """A share and the secret that opens it; the only time that it is seen."""

    share: Share
    secret: str


class Shares:
    """Makes shares, shows them, opens them and ends them."""

    def __init__(self, *, store: ShareStore, edge: Edge) -> None:
        self._store = store
        self._edge = edge

    async def make(self, principal: Principal, *, trip: str, days: int | None = None) -> Made:
        """Make a link to a trip.

        Args:
            principal: its traveller, or who administers the company.
            trip: any id of it.
            days: how long the link holds; until a week after the trip where it is None.

        Raises:
            NotFound, Forbidden: the trip is not in the caller's reach, or not theirs to show.
            Malformed: it would hold too long, or not at all.
        """
        if days is not None and not 1 <= days <= MAX_DAYS:
            raise Malformed(field="days", rule=f"must be between 1 and {MAX_DAYS}")
        secret, now = f"{principal.tenant}.{self._edge.new_secret()}", self._edge.now()
        async with self._store.writing(principal.tenant) as sharing:
            found = await _own_trip(sharing, principal=principal, trip=trip)
            share = self._edge.new_id()
            await sharing.add_share(
                tenant=principal.tenant,
                share=share,
                traveller=found.traveller,
                trip=found.id,
                secret_sha256=hash_of(secret),
                created_by=principal.subject,
                created_at=now,
                expires_at=_week_after(found, now=now) if days is None else now + timedelta(days=days),
            )
            shares = await sharing.shares([found.id], traveller=found.traveller)
        return Made(next(one for one in shares if one.share == share), secret)

    async def list(self, principal: Principal, *, trip: str) -> Sequence[Share]:
        """Return the links to a trip, those that hold no more too."""
        async with self._store.writing(principal.tenant) as sharing:
            found = await _own_trip(sharing, principal=principal, trip=trip)
            return await sharing.shares([found.id, *found.also_known_as], traveller=found.traveller)

    async def revoke(self, principal: Principal, *, share: str) -> None:
        """Take a link back for good.

        Raises:
            NotFound: they have no such link.
            Forbidden: they have none at all.
        """
        async with self._store.writing(principal.tenant) as sharing:
            sight = await sight_of(sharing, principal=principal)
            whose = sight.traveller
            if sight.viewer.audience is not Audience.INSIDER or whose == NOBODY:
                raise Forbidden("this token shares no trips")
            if not await sharing.revoke(share, traveller=whose, at=self._edge.now()):
                raise NotFound("there is no such link")

    async def open(self, secret: str) -> Trip:
        """Return what a guest may see of the trip that a link leads to.

        Raises:
            NotFound: it leads to nothing.
            Gone: it has expired or was taken back.
        """
        now = self._edge.now()
        async with self._store.writing(tenant_of(secret)) as sharing:
            share = await sharing.share_of(hash_of(secret))
            if share is None:
                raise NotFound("this link leads to nothing")
            if share.revoked_at is not None or share.expires_at <= now:
                raise Gone("this link no longer holds; ask whoever sent it for another")
            found = await sharing.trip(share.trip, traveller=share.traveller)
            if found is None:
                raise Gone("the trip that this link led to is no more")
            await sharing.note_opening(share.share, at=now)
        return visible(found, viewer=Viewer(Audience.GUEST))


async def _own_trip(sharing: Sharing, *, principal: Principal, trip: str) -> Trip:
    sight = await sight_of(sharing, principal=principal)
    if sight.viewer.audience is not Audience.INSIDER:
        raise Forbidden("this token shares no trips")
    found = await sharing.trip(trip, traveller=sight.traveller)
    if found is None:
        raise NotFound("there is no such trip")
    return found


def _week_after(trip: Trip, *, now: datetime) -> datetime:
    ends = trip.content.end_date
    if ends is None:
        return now + timedelta(days=_DAYS_UNDATED)
    last = datetime.combine(datetime.fromisoformat(ends).date(), time.max, tzinfo=UTC)
    return max(last, now).replace(microsecond=0) + timedelta(days=_DAYS_AFTER_TRIP)
