"""Tells the consolidator that time has passed: an `advance` for every trip that is due, no earlier than that.

Decides nothing. What is due stands in the trips (design, section 5, rule 5); PostgreSQL's index over it is a
cache, and an `advance` that comes twice, late or from two sweepers changes nothing. Each names the very
instant at which its trip is due, so that a week of downtime is made up for in the order in which it passed.

A claim is a lease: committed before anything is sent, so that no row is locked while a broker is waited for.

A partition in which what was asked for is not done after a while is asked for nothing more until it is: it
would grow for as long as its consolidator is away. The others go on.
"""

# aiokafka and asyncpg carry no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer

from schemas.booking_record import AdvanceStatement
from schemas.identifiers import advance_message_id, instant_key
from schemas.times import instant_text
from schemas.topics import BOOKINGS
from services.consolidator.settings import SweeperSettings
from services.platform import faults, metrics
from services.platform.awaiting import NotYet, wait_for_answer
from services.platform.kafka import client_arguments, partition_for
from services.platform.postgres import TROUBLE
from services.platform.settings import KafkaSettings, PostgresSettings
from services.platform.sql_files import statements_of

log = structlog.get_logger()

_ROLE = "itinerary_sweeper"
SWEEPER_QUERIES: Any = statements_of(Path(__file__).with_name("queries.sql"))
_CONFIRM_SECONDS = 30.0
_UNKNOWN = -1
"""The partition of rows that a release before wrote."""


class Due(NamedTuple):
    """A traveller one of whose trips is due, and at which instant."""

    tenant: str
    traveller: str
    at: datetime
    asked_at: datetime
    """Now, by the clock of the database."""


Done = tuple[int, int]
"""An epoch of the log, and the offset in it up to which a partition is done."""


class _Asked(NamedTuple):
    """How far one sweep came in a partition of `bookings.v1`."""

    offset: int
    at: float


class Standstills:
    """Knows in which partitions what was asked for is not done after a while."""

    def __init__(self, *, patience_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience_seconds = patience_seconds
        self._clock = clock
        self._asked: defaultdict[int, deque[_Asked]] = defaultdict(deque)
        self._epochs: dict[int, int] = {}

    def asked(self, offsets: Mapping[int, int]) -> None:
        """Note up to which offset something was asked for, by partition."""
        for partition, offset in offsets.items():
            self._asked[partition].append(_Asked(offset, self._clock()))

    def still(self, done: Mapping[int, Done]) -> frozenset[int]:
        """Return the partitions that stand still, by how far each is done.

        A log that was begun anew owes nothing of the old one.
        """
        for partition, (epoch, offset) in done.items():
            waiting = self._asked[partition]
            if self._epochs.setdefault(partition, epoch) != epoch:
                self._epochs[partition] = epoch
                waiting.clear()
            while waiting and waiting[0].offset <= offset:
                waiting.popleft()
        since = self._clock() - self._patience_seconds
        return frozenset(
            number for number, waiting in self._asked.items() if waiting and waiting[0].at < since
        )


async def open_due_index(settings: PostgresSettings) -> Any:  # noqa: ANN401 - asyncpg's pool
    """Open a connection in the sweeper's role, and wait for the database and its schema.

    Raises:
        CannotStart: where they do not come; the text says what to do.
    """

    async def attempt() -> Any:  # noqa: ANN401 - asyncpg's pool
        try:
            pool = await asyncpg.create_pool(
                settings.database_url.get_secret_value(),
                min_size=1,
                max_size=1,
                server_settings={"role": _ROLE, "application_name": _ROLE},
                command_timeout=30,
            )
            async with pool.acquire() as connection:
                await SWEEPER_QUERIES.check_due_index(connection)
        except (
            asyncpg.UndefinedTableError,
            asyncpg.UndefinedColumnError,
            asyncpg.InvalidParameterValueError,
        ):
            raise NotYet("its schema is behind this release; run `itinerary migrate`") from None
        except TROUBLE as trouble:
            raise NotYet(type(trouble).__name__) from trouble
        return pool

    return await wait_for_answer(attempt, what="PostgreSQL (DATABASE_URL)")


class Sweeper:
    """One of any number of sweepers: what one is at, the others leave to it."""

    def __init__(
        self,
        *,
        kafka: KafkaSettings,
        partitions: int,
        pool: Any,  # noqa: ANN401 - asyncpg's pool
        settings: SweeperSettings,
        moved: Callable[[], None],
    ) -> None:
        """Prepare.

        Args:
            kafka: where `bookings.v1` is.
            partitions: of `bookings.v1`.
            pool: as `open_due_index` gives it.
            settings: how often, and how many at once.
            moved: called at each look.
        """
        self._partitions = partitions
        self._pool = pool
        self._settings = settings
        self._moved = moved
        self._standstills = Standstills(patience_seconds=settings.again_seconds)
        self._producer = AIOKafkaProducer(**client_arguments(kafka), acks="all", enable_idempotence=True)

    async def run(self, stop: asyncio.Event) -> None:
        """Sweep until `stop` is set.

        Raises:
            KafkaError, OSError, asyncpg.PostgresError: trouble; what was not confirmed is due still.
        """
        await self._producer.start()
        log.info("sweeper.started")
        try:
            while not stop.is_set():
                self._moved()
                if await self._sweep() < self._settings.batch_trips:
                    await _either(stop, seconds=self._settings.look_seconds)
        finally:
            await self._producer.stop()
        log.info("sweeper.stopped")

    async def _sweep(self) -> int:
        """Ask for what is due, and return how many trips that were.

        By the clock of the database. One that runs ahead asks too early and is refused by the consolidator,
        which goes by the broker's; it asks again until that has come so far.
        """
        due = sorted(await self._claimed(), key=lambda one: (one.at, one.tenant, one.traveller))
        if not due:
            return 0
        faults.point("sweeper.claimed")
        await self._confirmed(due)
        faults.point("sweeper.confirmed")
        metrics.ADVANCES.add(len(due))
        for one in due:
            metrics.LATE_SECONDS.observe((one.asked_at - one.at).total_seconds())
        log.info("time.advanced", trips=len(due), until=instant_text(due[-1].at))
        return len(due)

    async def _claimed(self) -> set[Due]:
        settings = self._settings
        async with self._pool.acquire() as connection:
            done = {
                row["partition"]: (row["epoch"], row["done_offset"])
                async for row in SWEEPER_QUERIES.progress(connection)
            }
            still = self._standstills.still(done)
            if still:
                log.warning("partitions.stand_still", partitions=sorted(still))
            rows = SWEEPER_QUERIES.claim_due(
                connection,
                partitions=[number for number in (_UNKNOWN, *range(self._partitions)) if number not in still],
                again_seconds=settings.again_seconds,
                wanted=settings.batch_trips,
                ahead=settings.ahead_trips,
            )
            return {Due(*row) async for row in rows}

    async def _confirmed(self, due: Sequence[Due]) -> None:
        """Append the advances in the order of their instants, and return once the broker has them."""
        async with asyncio.timeout(_CONFIRM_SECONDS):
            deliveries = [await self._sent(one) for one in due]
            placed = await asyncio.gather(*deliveries)
        self._standstills.asked(
            {one.partition: one.offset for one in sorted(placed, key=attrgetter("offset"))}
        )

    async def _sent(self, due: Due) -> Any:  # noqa: ANN401 - aiokafka's future
        instant = instant_text(due.at)
        statement = AdvanceStatement(
            tenant=due.tenant,
            traveller=due.traveller,
            message=advance_message_id(tenant=due.tenant, traveller=due.traveller, instant=instant),
            instant=instant,
        )
        return await self._producer.send(
            BOOKINGS.name,
            statement.encode(),
            key=instant_key(tenant=due.tenant, traveller=due.traveller).encode(),
            partition=partition_for(tenant=due.tenant, traveller=due.traveller, partitions=self._partitions),
        )


async def _either(stop: asyncio.Event, *, seconds: float) -> None:
    """Return after a while, or as soon as `stop` is set."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
