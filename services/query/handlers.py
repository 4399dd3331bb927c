"""What the query service does: find whose trips a caller may read, wait, load, show what is allowed."""

import asyncio
import hashlib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import NamedTuple, Protocol

from schemas.base import written_json
from schemas.trip import Trip
from services.platform.positions import Position, decode_position
from services.platform.principals import Principal
from services.query.domain.answer import FORM, Answer, answer_for, listed
from services.query.domain.between import between
from services.query.domain.between_facts import Fact
from services.query.domain.listing import Cursor, Filters, Page
from services.query.domain.visibility import STANDINGS, Audience, Viewer, visible
from services.query.domain.visible_fields import VISIBLE, Relation
from services.query.refusals import FiltersByWhatIsHidden, Forbidden, Malformed, NotFound, NotYetReadable

_PARTIES = frozenset({"tmc", "supplier"})
"""Kinds of caller that are a party of the tenant's: what it posted is its own."""
_IDENTIFIER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NOBODY = ""
"""No traveller's id: the reach of a caller whom the directory does not know."""


class Progress(Protocol):
    """Knows how far the read model is."""

    def has(self, position: Position) -> bool:
        """Whether the read model has the position."""
        ...

    async def reach(self, position: Position) -> None:
        """Return once it has."""
        ...


class Log(Protocol):
    """Knows how far `bookings.v1` goes."""

    async def lacks(self, position: Position) -> bool:
        """Whether the log ends before the position."""
        ...


class Person(NamedTuple):
    """What the directory says of a traveller."""

    login: str | None
    first_name: str | None
    last_name: str | None


class Traveller(NamedTuple):
    """A traveller of the directory, with every login."""

    id: str
    first_name: str | None
    last_name: str | None
    logins: Sequence[str]


class StatementOutcome(NamedTuple):
    """What became of one statement of a message; `record` is empty where none was made."""

    record: str
    traveller: str
    result: str
    reason: str | None
    trip: str | None


class Written(NamedTuple):
    """A trip with what was written of it when it was stored; the trip itself where nothing fits."""

    id: str
    start: date | None
    version: tuple[int, int]
    content_hash: str
    found: Answer | Trip
    party: str | None
    """The party that whoever asked is, by the tenant's table of senders."""


class WrittenPage(NamedTuple):
    """Trips in JSON with commas between, and where the next page begins."""

    trips: str
    following: Cursor | None


class Asking(NamedTuple):
    """Who asks, as far as the token says it; the database knows the rest."""

    tenant: str
    login: str | None
    """Of whom they read the trips; None for everyone's."""
    client: str | None
    """By which they may be a party; None where they are none."""
    audience: Audience
    travel_types: tuple[str, ...]

    def viewer(self, party: str | None) -> Viewer:
        """Return as whom they look at a trip."""
        return Viewer(self.audience, party, self.travel_types)

    @property
    def sees_what_is_stored(self) -> bool:
        """Whether what was written for those who see all of a trip is what they read."""
        return self.audience is Audience.INSIDER


class Reading(Protocol):
    """One consistent look at what one tenant has; a `traveller` of None stands for everyone."""

    async def traveller_of(self, login: str) -> str | None:
        """Return the id of the traveller with this login, however it is written."""
        ...

    async def traveller_named(self, name: str) -> str | None:
        """Return the id of the traveller of whom this is the id or a login."""
        ...

    async def party_of(self, client: str) -> str | None:
        """Return the party that a client is, by the tenant's table of senders."""
        ...

    async def trip(self, trip: str, *, traveller: str | None) -> Trip | None:
        """Return today's trip of any id ever given."""
        ...

    async def trips(
        self, filters: Filters, *, today: date, after: Cursor | None, wanted: int, backwards: bool = False
    ) -> Sequence[Trip]:
        """Return at most `wanted` trips after the cursor, from the list's end where `backwards`."""
        ...

    async def page(self, filters: Filters, *, page: Page) -> tuple[Sequence[Trip], int]:
        """Return the trips of a page, and how many there are on all of them."""
        ...

    async def outcomes(self, message: str, *, traveller: str | None) -> Sequence[StatementOutcome]:
        """Return what became of each statement of a message."""
        ...

    async def directory(self, *, login: str | None, after: str | None, wanted: int) -> Sequence[Traveller]:
        """Return at most `wanted` travellers whose ids are greater than one."""
        ...

    async def people(self, travellers: Sequence[str]) -> Mapping[str, Person]:
        """Return what the directory says of these travellers."""
        ...


class Store(Protocol):
    """The read model, one tenant at a time."""

    def reading(self, tenant: str, *, listing: bool = False) -> AbstractAsyncContextManager[Reading]:
        """Open a consistent look; say if trips will be listed."""
        ...

    async def written(self, asking: Asking, *, trip: str, answered: bool) -> Written | None:
        """Return today's trip of any id ever given; if `answered`, as written for those who see all of it."""
        ...

    async def list_written(
        self, asking: Asking, filters: Filters, *, today: date, after: Cursor | None, wanted: int
    ) -> WrittenPage | None:
        """Return at most `wanted` trips after the cursor as written for those who see all of them.

        None where something of it has to be written first.
        """
        ...


class Generation(NamedTuple):
    """Which `bookings.v1` this is."""

    epoch: int
    partitions: int


class Sight(NamedTuple):
    """What a caller sees: trips of a traveller, or of everyone in the tenant (None), and as whom."""

    tenant: str
    traveller: str | None
    viewer: Viewer


class Shown(NamedTuple):
    """A trip as the caller may see it, and what tells this representation from any other."""

    trip: Trip
    etag: str
    party: str | None = None
    """The party that the caller is, which reads its own bookings as it posted them."""
    sees_all: bool = True
    """Whether no segment is hidden from them."""

    @property
    def between(self) -> tuple[Fact, ...] | None:
        """What lies between the segments; None where some are hidden, which would look like gaps."""
        return between(self.trip) if self.sees_all else None


class Answered(NamedTuple):
    """A trip in JSON as the caller may see it, and what tells this representation from any other."""

    id: str
    etag: str
    body: str


class TripQueries:
    """The reads, apart from how they are asked for and written down."""

    def __init__(
        self,
        *,
        store: Store,
        progress: Progress,
        bookings: Log,
        generation: Generation,
        now: Callable[[], datetime],
        wait_seconds: float,
    ) -> None:
        self._store = store
        self._progress = progress
        self._bookings = bookings
        self._generation = generation
        self._now = now
        self._wait_seconds = wait_seconds

    def now(self) -> datetime:
        """Return the time, as the composition root reads it."""
        return self._now()

    async def await_position(self, token: str | None) -> None:
        """Wait until the read model has what an `Itinerary-Position` names.

        Raises:
            Malformed: the token is none of ours, or names what was never written.
            NotYetReadable: the wait was too long.
        """
        if token is None:
            return
        try:
            position = decode_position(token)
        except ValueError as error:
            raise Malformed(field="after", rule=str(error)) from None
        epoch, partitions = self._generation
        if position.epoch < epoch:
            return  # Of a log that is no more: whatever came of it is here.
        if position.epoch > epoch or max(position.offsets) >= partitions:
            raise Malformed(field="after", rule="names a place that the log does not have")
        if self._progress.has(position):
            return
        try:
            async with asyncio.timeout(self._wait_seconds):
                if await self._bookings.lacks(position):
                    raise Malformed(field="after", rule="lies beyond the end of the log")
                await self._progress.reach(position)
        except TimeoutError:
            raise NotYetReadable("the trips are not up to date with that position yet") from None

    async def list_trips(
        self,
        principal: Principal,
        *,
        filters: Filters,
        traveller: str | None = None,
        everyone: bool = False,
        after: Cursor | None = None,
        limit: int,
        backwards: bool = False,
    ) -> tuple[Sequence[Trip], Cursor | None]:
        """Return a page of trips in reach, and where the next begins.

        Args:
            principal: who asks.
            filters: which trips; its traveller is replaced by what the caller may reach.
            traveller: the login or id of one traveller, None for all in reach.
            everyone: insist on the whole company's trips.
            after: where the page before ended.
            limit: trips a page.
            backwards: the last trip first.

        Raises:
            Forbidden: the traveller is, or others are, not in the caller's reach.
            NotFound: the company knows no such traveller.
        """
        async with self._store.reading(principal.tenant, listing=True) as reading:
            sight = await sight_of(reading, principal=principal)
            filters = await _reaching(filters, reading, sight=sight, traveller=traveller, everyone=everyone)
            today = self._now().date()
            found = await reading.trips(
                filters, today=today, after=after, wanted=limit + 1, backwards=backwards
            )
        page = [visible(trip, viewer=sight.viewer) for trip in found[:limit]]
        return page, _cursor(found[limit - 1]) if len(found) > limit else None

    async def list_answers(
        self,
        principal: Principal,
        *,
        filters: Filters,
        traveller: str | None = None,
        after: Cursor | None = None,
        limit: int,
    ) -> WrittenPage:
        """Return a page of trips in JSON; else as `list_trips`."""
        asking = asking_of(principal)
        if asking.sees_what_is_stored:
            mine = asking
            if traveller is not None:
                async with self._store.reading(principal.tenant) as reading:
                    sight = await sight_of(reading, principal=principal)
                    reach = await reach_of(reading, sight=sight, traveller=traveller)
                mine, filters = asking._replace(login=None), filters._replace(traveller=reach)
            page = await self._store.list_written(
                mine, filters, today=self._now().date(), after=after, wanted=limit
            )
            if page is not None:
                return page
        found, following = await self.list_trips(
            principal, filters=filters, traveller=traveller, after=after, limit=limit
        )
        return WrittenPage(",".join(map(listed, found)), following)

    async def page_of_trips(
        self,
        principal: Principal,
        *,
        filters: Filters,
        traveller: str | None = None,
        everyone: bool = False,
        page: Page,
    ) -> tuple[Sequence[Trip], int]:
        """Return the trips of a page by its number, and how many there are in all; else as `list_trips`."""
        async with self._store.reading(principal.tenant, listing=True) as reading:
            sight = await sight_of(reading, principal=principal)
            filters = await _reaching(filters, reading, sight=sight, traveller=traveller, everyone=everyone)
            found, total = await reading.page(filters, page=page)
        return [visible(trip, viewer=sight.viewer) for trip in found], total

    async def get_trip(
        self, principal: Principal, *, trip: str, traveller: str | None = None, form: str
    ) -> Shown:
        """Return today's trip of any id ever given; compare its id with the one asked for.

        Args:
            principal: who asks.
            trip: any id.
            traveller: as for `list_trips`.
            form: names the representation, for the ETag.

        Raises:
            NotFound: there is none in the caller's reach.
            Forbidden: the traveller is not in the caller's reach.
        """
        async with self._store.reading(principal.tenant) as reading:
            sight = await sight_of(reading, principal=principal)
            reach = await reach_of(reading, sight=sight, traveller=traveller)
            found = await reading.trip(trip, traveller=reach)
        if found is None:
            raise NotFound("there is no such trip")
        viewer = sight.viewer
        etag = _etag(found.version.order(), found.content_hash, viewer=viewer, form=form)
        sees_all = viewer.audience is not Audience.SUPPLIER
        return Shown(visible(found, viewer=viewer), etag, viewer.party, sees_all=sees_all)

    async def get_answer(self, principal: Principal, *, trip: str, form: str) -> Answered:
        """Return today's trip of any id ever given in JSON; else as `get_trip`.

        Raises:
            NotFound: there is none in the caller's reach.
        """
        asking = asking_of(principal)
        found = await self._store.written(asking, trip=trip, answered=asking.sees_what_is_stored)
        if found is None:
            raise NotFound("there is no such trip")
        viewer = asking.viewer(found.party)
        etag = _etag(found.version, found.content_hash, viewer=viewer, form=form)
        return Answered(found.id, etag, _answer(found, viewer=viewer).whole())

    async def get_message(self, principal: Principal, *, message: str) -> Sequence[StatementOutcome]:
        """Return what became of each statement of a message.

        Raises:
            NotFound: nothing is known of it, or nothing that the caller may know.
        """
        async with self._store.reading(principal.tenant) as reading:
            sight = await sight_of(reading, principal=principal)
            outcomes = await reading.outcomes(message, traveller=sight.traveller)
        if not outcomes:
            raise NotFound("nothing is known of this message, or not yet")
        return outcomes

    async def list_travellers(
        self, principal: Principal, *, login: str | None, after: str | None, limit: int
    ) -> tuple[Sequence[Traveller], str | None]:
        """Return a page of the company's travellers, and the id after which the next begins.

        Raises:
            Forbidden: the caller does not see the whole company.
            Malformed: `after` is no id.
        """
        if after is not None and _IDENTIFIER.fullmatch(after) is None:
            raise Malformed(field="cursor", rule="take the cursor from next_cursor of the page before")
        async with self._store.reading(principal.tenant) as reading:
            sight = await sight_of(reading, principal=principal)
            if sight.traveller is not None:
                raise Forbidden("this token reads the trips of its own user only")
            found = await reading.directory(login=login, after=after, wanted=limit + 1)
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    async def people(self, principal: Principal, *, trips: Sequence[Trip]) -> Mapping[str, Person]:
        """Return what the directory says of the trips' travellers, by their id."""
        return await self.persons(principal, travellers={trip.traveller for trip in trips})

    async def persons(self, principal: Principal, *, travellers: Collection[str]) -> Mapping[str, Person]:
        """Return what the directory says of travellers, by their id."""
        async with self._store.reading(principal.tenant) as reading:
            return await reading.people(sorted(travellers))


def asking_of(principal: Principal) -> Asking:
    """Return who a caller is who reads trips.

    Raises:
        Forbidden: they read none at all.
    """
    standing = STANDINGS.get(principal.kind)
    if standing is None:
        raise Forbidden(f"a {principal.kind} token reads no trips")
    reach = standing.reach_of_administrator if principal.company_wide else standing.reach
    login = None if reach == "company" else principal.subject
    client = principal.client if principal.kind in _PARTIES else None
    return Asking(principal.tenant, login, client, standing.audience, principal.travel_types)


async def sight_of(reading: Reading, *, principal: Principal) -> Sight:
    """Return what a caller sees.

    Raises:
        Forbidden: nothing at all.
    """
    asking = asking_of(principal)
    traveller = None if asking.login is None else await reading.traveller_of(asking.login) or NOBODY
    party = None if asking.client is None else await reading.party_of(asking.client)
    return Sight(principal.tenant, traveller, asking.viewer(party))


async def reach_of(reading: Reading, *, sight: Sight, traveller: str | None) -> str | None:
    """Return the traveller whose trips are read, None for everyone's.

    Raises:
        Forbidden: the named traveller is not in the caller's sight.
        NotFound: the company knows no such traveller.
    """
    if traveller is None:
        return sight.traveller
    named = await reading.traveller_named(traveller)
    if sight.traveller is not None and named != sight.traveller:
        raise Forbidden("this token reads the trips of its own user only")
    if named is None:
        raise NotFound("the directory knows no such traveller")
    return named


async def _reaching(
    filters: Filters, reading: Reading, *, sight: Sight, traveller: str | None, everyone: bool
) -> Filters:
    """Return the filters for what the caller may reach."""
    if _searches(filters) and sight.viewer.audience is not Audience.INSIDER:
        raise Forbidden("this token does not see all that would be searched")
    if everyone and sight.traveller is not None:
        raise Forbidden("this token reads the trips of its own user only")
    reach = await reach_of(reading, sight=sight, traveller=traveller)
    if sight.viewer.audience is Audience.SUPPLIER and _asks_what_is_hidden(filters):
        raise FiltersByWhatIsHidden("this token does not see of others what the list would be filtered by")
    return filters._replace(traveller=reach)


def _searches(filters: Filters) -> bool:
    """Whether the filters look into trips: an answer would tell what the caller may not see."""
    return (filters.words, filters.place, filters.source) != (None, None, None)


def _asks_what_is_hidden(filters: Filters) -> bool:
    """Whether an answer would tell a supplier what it does not see of others' bookings."""
    if filters.state == "ready_to_expense":
        return True
    return filters.segment_type is not None and not VISIBLE[Relation.OTHERS][filters.segment_type]


def _cursor(trip: Trip) -> Cursor:
    start = trip.content.start_date
    return Cursor(None if start is None else datetime.fromisoformat(start).date(), trip.id)


def _etag(version: tuple[int, int], content_hash: str, *, viewer: Viewer, form: str) -> str:
    state = (content_hash, *map(str, version))
    seen_as = (viewer.audience.value, viewer.party or "", *viewer.travel_types)
    return f'"{hashlib.sha256(written_json([FORM, form, state, seen_as])).hexdigest()[:32]}"'


def _answer(written: Written, *, viewer: Viewer) -> Answer:
    return written.found if isinstance(written.found, Answer) else answer_for(written.found, viewer=viewer)
