"""Who looked up where travellers are: written down before it is shown, and told to those who were shown.

Who may look is settled by the policies; this is what keeps them honest. Nobody changes what was written.
"""

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import NamedTuple, Protocol

from services.platform.principals import Principal
from services.query.calendar_feeds import Edge
from services.query.read_model import Reading

_TOLD = 100
"""The latest so many are told."""


class Asked(NamedTuple):
    """What somebody looked up."""

    on: date
    place: str
    """Empty where they asked for everybody."""
    taken_away: bool
    """Whether they took it away as a table."""


class Opening(NamedTuple):
    """One time that somebody was shown where a traveller is."""

    opened_by: str
    opened_at: datetime
    on_date: date
    place: str
    taken_away: bool


class Noting(Reading, Protocol):
    """One transaction that reads and writes who looked up whom."""

    async def note_people_opening(
        self, opening: str, asked: Asked, *, tenant: str, by: str, at: datetime, shown: Collection[str]
    ) -> None:
        """Keep an opening, and whom it showed; of one that is there already, whom else it showed."""
        ...

    async def people_openings(self, traveller: str, *, wanted: int) -> Sequence[Opening]:
        """Return the openings that showed a traveller, the latest first."""
        ...


class OpeningStore(Protocol):
    """The database, one tenant at a time."""

    def writing(self, tenant: str) -> AbstractAsyncContextManager[Noting]:
        """Open a transaction."""
        ...


class Openings:
    """Writes down who looked up where travellers are."""

    def __init__(self, *, store: OpeningStore, edge: Edge) -> None:
        self._store = store
        self._edge = edge

    def begun(self) -> str:
        """Return the id of an opening that begins."""
        return self._edge.new_id()

    async def note(
        self, principal: Principal, *, opening: str, asked: Asked, travellers: Collection[str]
    ) -> None:
        """Write down that somebody is about to be shown where travellers are.

        Args:
            principal: who looks.
            opening: the same for every part of a list that is shown bit by bit.
            asked: what they looked up.
            travellers: the ids of whom this part shows.
        """
        async with self._store.writing(principal.tenant) as noting:
            await noting.note_people_opening(
                opening,
                asked,
                tenant=principal.tenant,
                by=principal.subject,
                at=self._edge.now(),
                shown=travellers,
            )

    async def told_to(self, principal: Principal) -> Sequence[Opening]:
        """Return who looked up where the caller is, the latest first; nothing for who does not travel."""
        async with self._store.writing(principal.tenant) as noting:
            traveller = await noting.traveller_of(principal.subject)
            return [] if traveller is None else await noting.people_openings(traveller, wanted=_TOLD)
