"""What is new of a trip since its traveller looked at it last.

Of their own trips alone: what others look at is nobody's to keep.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import NamedTuple, Protocol

from schemas.trip import Trip, Version
from services.platform.principals import Principal
from services.query.domain.differences import Difference, differences
from services.query.domain.trip_format import trip_json
from services.query.reach import sight_of
from services.query.read_model import Reading

_NO_NEWS = frozenset({"id", "completed", "completes_at", "expense"})
"""What a merge or the clock changes of a trip, and nobody of the journey."""


class Look(NamedTuple):
    """Which state of a trip was looked at, by the id that the trip had then, and when."""

    trip: str
    version: Version
    at: datetime


class News(NamedTuple):
    """What differs since a look; `differences` is None where what was seen is no longer kept."""

    since: datetime
    differences: tuple[Difference, ...] | None


class Looking(Reading, Protocol):
    """One transaction that reads trips, and reads and writes what their travellers have seen."""

    async def last_look(self, trips: Sequence[str], *, traveller: str) -> Look | None:
        """Return the last look at a trip, by any of its ids, of which the first is that of today."""
        ...

    async def note_look(self, look: Look, *, tenant: str, traveller: str) -> None:
        """Keep a look; an older state than what was seen changes nothing."""
        ...

    async def seen(self, look: Look) -> Trip | None:
        """Return a trip as it was looked at, as long as that is kept."""
        ...


class LookStore(Protocol):
    """The database, one tenant at a time."""

    def writing(self, tenant: str) -> AbstractAsyncContextManager[Looking]:
        """Open a transaction."""
        ...


class Looks:
    """Knows what travellers have seen of their trips."""

    def __init__(self, *, store: LookStore, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    async def news(self, principal: Principal, *, trip: Trip, in_passing: bool = False) -> News | None:
        """Return what differs since its traveller looked last, None for anybody else.

        The first look is noted; later ones are when they say so: who only passes by has seen nothing.

        Args:
            principal: who looks.
            trip: what at, as it is.
            in_passing: whether they see so little of it that it is no look.
        """
        if principal.kind != "traveller":
            return None
        async with self._store.writing(principal.tenant) as looking:
            sight = await sight_of(looking, principal=principal)
            if sight.traveller != trip.traveller:
                return None
            ids = (trip.id, *trip.also_known_as)
            last = await looking.last_look(ids, traveller=trip.traveller)
            if last is None:
                if not in_passing:
                    first = Look(trip.id, trip.version, self._now())
                    await looking.note_look(first, tenant=principal.tenant, traveller=trip.traveller)
                return None
            if last.version.order() >= trip.version.order():
                return None
            before = await looking.seen(last)
        if before is None:
            return News(last.at, None)
        found = differences(trip_json(before), trip_json(trip))
        new = tuple(one for one in found if one.path[0] not in _NO_NEWS)
        return News(last.at, new) if new else None

    async def look(self, principal: Principal, *, trip: str, version: Version) -> None:
        """Note that a traveller has seen a state of a trip of theirs; of others' trips nothing is noted."""
        async with self._store.writing(principal.tenant) as looking:
            sight = await sight_of(looking, principal=principal)
            found = await looking.trip(trip, traveller=sight.traveller)
            if principal.kind != "traveller" or found is None or found.traveller != sight.traveller:
                return
            if version.order() > found.version.order():  # nobody can have seen that
                return
            seen = Look(found.id, version, self._now())
            await looking.note_look(seen, tenant=principal.tenant, traveller=found.traveller)
