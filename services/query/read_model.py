"""The read model as it is asked: what it holds, and the ports through which handlers look at it."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date
from typing import NamedTuple, Protocol

from schemas.trip import Trip
from services.query.domain.answer import Answer
from services.query.domain.listing import Cursor, Filters, Page
from services.query.domain.visibility import Audience, Viewer


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
