"""How far the read model is, told to those who wait; and how far the log goes at all.

Nothing here polls: PostgreSQL notifies when the projector commits progress.
"""

# aiokafka and asyncpg ship no types: what comes from them is Any.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aiokafka.errors import KafkaError

from services.platform.log_ends import LogEnds
from services.platform.positions import Position
from services.platform.postgres import TROUBLE
from services.query.postgres import PROGRESS_CHANNEL, QUERIES, Connection

log = structlog.get_logger()

_RECONNECT_SECONDS = 1.0


class ProgressWatch:
    """Knows the stored progress through one dedicated connection, and wakes who waits for it."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]]) -> None:
        self._connect = connect
        self._done: dict[int, tuple[int, int]] = {}
        self._advanced = asyncio.Condition()
        self._turn = 0

    def has(self, position: Position) -> bool:
        """Whether everything up to the position is in the read model."""
        return all(
            self._done.get(partition, (0, -1)) >= (position.epoch, offset)
            for partition, offset in position.offsets.items()
        )

    async def reach(self, position: Position) -> None:
        """Wait, for as long as the caller lets it, until the read model has the position."""
        async with self._advanced:
            await self._advanced.wait_for(lambda: self.has(position))

    @property
    def turn(self) -> int:
        """Rises whenever something may have been stored."""
        return self._turn

    async def beyond(self, turn: int) -> None:
        """Wait, for as long as the caller lets it, until `turn` is above this."""
        async with self._advanced:
            await self._advanced.wait_for(lambda: self._turn > turn)

    async def run(self) -> None:
        """Follow the progress until cancelled; a lost connection is made anew."""
        while True:
            try:
                await self._follow()
            except TROUBLE as trouble:
                log.warning("progress.lost", trouble=type(trouble).__name__)
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _follow(self) -> None:
        connection = await self._connect()
        try:
            changed = asyncio.Event()

            def wake(*_: object) -> None:
                changed.set()

            connection.add_termination_listener(wake)
            await connection.add_listener(PROGRESS_CHANNEL, wake)
            changed.set()
            while not connection.is_closed():
                await changed.wait()
                changed.clear()
                await self._read(connection)
        finally:
            connection.terminate()

    async def _read(self, connection: Connection) -> None:
        stored = {
            row["partition"]: (row["epoch"], row["done_offset"])
            async for row in QUERIES.read_progress(connection)
        }
        async with self._advanced:
            self._done = stored
            self._turn += 1
            self._advanced.notify_all()


class BookingsLog:
    """Knows how far `bookings.v1` goes."""

    def __init__(self, ends: LogEnds) -> None:
        self._ends = ends

    async def lacks(self, position: Position) -> bool:
        """Whether the log ends before the position. Where Kafka cannot be asked, say no: the wait decides."""
        try:
            ends = await self._ends.of(position.offsets.keys())
        except KafkaError as trouble:
            log.warning("log_ends.unknown", trouble=type(trouble).__name__)
            return False
        return any(offset >= ends[partition] for partition, offset in position.offsets.items())
