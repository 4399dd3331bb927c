"""What the query service does: wait, load what is in a caller's reach, show what is allowed."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from schemas.base import written_json
from schemas.identifiers import IDENTIFIER
from schemas.trip import Trip
from services.platform.principals import Principal
from services.query.catching_up import CatchingUp
from services.query.domain.answer import FORM, Answer, answer_for, listed
from services.query.domain.between import between
from services.query.domain.between_facts import Fact
from services.query.domain.listing import Cursor, Filters, Page, place_of
from services.query.domain.visibility import Audience, Viewer, visible
from services.query.reach import asking_of, filters_within_reach, reach_of, sight_of
from services.query.read_model import Person, StatementOutcome, Store, Traveller, Written, WrittenPage
from services.query.refusals import Forbidden, Malformed, NotFound


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
        catching_up: CatchingUp,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._catching_up = catching_up
        self._now = now

    def now(self) -> datetime:
        """Return the time, as the composition root reads it."""
        return self._now()

    async def await_position(self, token: str | None) -> None:
        """Wait until the read model has what an `Itinerary-Position` names.

        Raises:
            Malformed, NotYetReadable: as `CatchingUp`.
        """
        await self._catching_up.await_position(token)

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
            filters = await filters_within_reach(
                filters, reading, sight=sight, traveller=traveller, everyone=everyone
            )
            today = self._now().date()
            found = await reading.trips(
                filters, today=today, after=after, wanted=limit + 1, backwards=backwards
            )
        page = [visible(trip, viewer=sight.viewer) for trip in found[:limit]]
        return page, place_of(found[limit - 1]) if len(found) > limit else None

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
            filters = await filters_within_reach(
                filters, reading, sight=sight, traveller=traveller, everyone=everyone
            )
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
        if after is not None and IDENTIFIER.fullmatch(after) is None:
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


def _etag(version: tuple[int, int], content_hash: str, *, viewer: Viewer, form: str) -> str:
    state = (content_hash, *map(str, version))
    seen_as = (viewer.audience.value, viewer.party or "", *viewer.travel_types)
    return f'"{hashlib.sha256(written_json([FORM, form, state, seen_as])).hexdigest()[:32]}"'


def _answer(written: Written, *, viewer: Viewer) -> Answer:
    return written.found if isinstance(written.found, Answer) else answer_for(written.found, viewer=viewer)
