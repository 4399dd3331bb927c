"""Reading one's own write: waiting until the read model has it (design, section 11)."""

import asyncio
from typing import NamedTuple, Protocol

from services.platform.positions import Position, decode_position
from services.query.refusals import Malformed, NotYetReadable


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


class Generation(NamedTuple):
    """Which `bookings.v1` this is."""

    epoch: int
    partitions: int


class CatchingUp:
    """Knows how far the read model is, and waits for it."""

    def __init__(
        self, *, progress: Progress, bookings: Log, generation: Generation, wait_seconds: float
    ) -> None:
        self._progress = progress
        self._bookings = bookings
        self._generation = generation
        self._wait_seconds = wait_seconds

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
