"""From `trips.v1` into the read model: rows, outcomes, progress and offsets in one transaction a batch.

What a consumer group remembers is not used: the offsets that count stand in PostgreSQL beside the rows.
"""

# aiokafka and asyncpg ship no types: what comes from them is Any.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.dead_letter import DeadLetter, Stage, header_texts
from schemas.identifiers import inbox_message_id
from schemas.topics import DEAD_LETTERS, TRIPS
from services.platform import faults, metrics, tracing
from services.platform.consumer_watch import ConsumerWatch
from services.platform.kafka import client_arguments
from services.platform.postgres import TROUBLE
from services.platform.settings import KafkaSettings
from services.query.domain.projection import (
    AliasRow,
    ChangeRow,
    MessageRow,
    Poison,
    ProgressRow,
    Projection,
    Received,
    TripRow,
    project,
)
from services.query.postgres import QUERIES, Connection
from services.query.resuming import Resuming
from services.query.settings import ProjectorSettings

log = structlog.get_logger()

_POLL_MS = 500
"""How long an idle projector takes at most to see that it should stop."""
_PRUNE_SECONDS = 3600
_PRUNED_AT_ONCE = 20_000
"""So that many outcomes hold up what is to be stored for no longer than a batch does."""
_PRUNE_MORE_SECONDS = 10
_FIRST_PAUSE_SECONDS = 0.2
_MAX_FETCH_BYTES = 8 * 1024 * 1024

_Done = TypeVar("_Done")


class _Moves(ConsumerWatch):
    """Notes what was assigned and does no more: aiokafka swallows what a listener raises."""

    def __init__(self) -> None:
        super().__init__("projector")
        self.assigned: frozenset[TopicPartition] | None = None

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        super().on_partitions_assigned(assigned)
        self.assigned = frozenset(assigned)

    def taken(self) -> frozenset[TopicPartition]:
        """Return what was assigned since the last call."""
        assigned, self.assigned = self.assigned, None
        return assigned or frozenset()


class Projector:
    """Keeps the read model up to date until it is told to stop; several run side by side."""

    def __init__(
        self,
        *,
        kafka: KafkaSettings,
        pool: Any,  # noqa: ANN401 - asyncpg's pool
        settings: ProjectorSettings,
        moved: Callable[[], None],
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._moved = moved
        self._moves = _Moves()
        self._prune_at = time.monotonic()
        self._consumer: Any = AIOKafkaConsumer(
            **client_arguments(kafka),
            group_id=settings.group,
            isolation_level="read_committed",
            enable_auto_commit=False,
            # Only until the loop below has sought to the stored offset; nothing read before that is used.
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=_MAX_FETCH_BYTES,
        )
        self._producer: Any = AIOKafkaProducer(
            **client_arguments(kafka),
            acks="all",
            enable_idempotence=True,
            max_request_size=_MAX_FETCH_BYTES,
        )
        self._resuming = Resuming(self._consumer, pool=pool, kafka=kafka)

    async def run(self, stop: asyncio.Event) -> None:
        """Read and store until `stop` is set.

        Raises:
            CannotStart: the log is not the one that the read model was made from.
            KafkaError, or one of `TROUBLE`: trouble that outlived every retry.
        """
        try:
            await self._producer.start()
            self._consumer.subscribe([TRIPS.name], listener=self._moves)
            await self._consumer.start()
            while not stop.is_set():
                self._moved()
                await self._step()
        finally:
            await self._consumer.stop()
            await self._producer.stop()
        log.info("projector.stopped")

    async def _step(self) -> None:
        if self._moves.assigned is not None:
            await self._retrying(partial(self._resuming.resume, self._moves.taken()))
        await self._retrying(self._prune)
        await self._retrying(self._resuming.check_topic)
        await self._retrying(self._resuming.check_stored)
        fetched = await self._consumer.getmany(timeout_ms=_POLL_MS, max_records=self._settings.batch_records)
        if self._moves.assigned is not None:
            return  # Read before the seek; the stored offsets decide where to go on.
        received = [
            Received(record.partition, record.offset, record.key, record.value, record.timestamp)
            for records in fetched.values()
            for record in records
        ]
        if received:
            began = time.monotonic()
            causes = (tracing.cause_of(one.headers) for records in fetched.values() for one in records)
            with tracing.processing(TRIPS.name, causes=causes), tracing.storing():
                is_stored = await self._retrying(partial(self._store, received))
            if not is_stored:
                assigned = frozenset(self._consumer.assignment())
                await self._retrying(partial(self._resuming.resume, assigned))
                return
            metrics.STORE_SECONDS.observe(time.monotonic() - began)
        await self._moves.came_round(self._consumer, fetched)

    async def _prune(self) -> None:
        """Now and then, drop what was kept long enough: changes, outcomes, and who looked up whom."""
        if time.monotonic() < self._prune_at:
            return
        self._prune_at = time.monotonic() + _PRUNE_SECONDS
        async with self._pool.acquire() as connection, connection.transaction():
            await QUERIES.prune_changes(connection, topic=TRIPS.name, days=self._settings.changes_days)
            await QUERIES.forget_left_answers(connection)
            await QUERIES.prune_people_openings(connection, days=self._settings.openings_days)
            pruned = await QUERIES.prune_messages(
                connection, days=self._settings.messages_days, at_most=_PRUNED_AT_ONCE
            )
        if pruned == _PRUNED_AT_ONCE:
            self._prune_at = time.monotonic() + _PRUNE_MORE_SECONDS

    async def _retrying(self, attempt: Callable[[], Awaitable[_Done]]) -> _Done:
        pause = _FIRST_PAUSE_SECONDS
        for tried in itertools.count(1):
            try:
                return await attempt()
            except (KafkaError, *TROUBLE) as trouble:
                log.warning("projection.failed", trouble=type(trouble).__name__, tried=tried)
                if tried == self._settings.attempts:
                    raise
                await asyncio.sleep(pause)
                pause *= 2
        raise AssertionError  # the last attempt has raised

    async def _store(self, received: Sequence[Received]) -> bool:
        """Store a batch; False, and nothing stored, where PostgreSQL lost what was stored before it."""
        partitions = sorted({record.partition for record in received})
        async with self._pool.acquire() as connection, connection.transaction():
            stored = await _locked(connection, partitions)
            if self._resuming.is_behind(stored, partitions=partitions):
                return False
            new = [one for one in received if one.offset >= stored[one.partition]]
            projection = project(new)
            for poison in projection.poison:
                await self._bury(poison)
            for trip, trouble in projection.unwritten:
                log.warning("trip.not_written", trip=trip, trouble=trouble)
            await _write(connection, projection)
            thinned = await self._resuming.note_whole(connection, new)
            faults.point("projector.written")
        self._resuming.has_stored({**stored, **projection.next_offsets}, thinned=thinned)
        faults.point("projector.committed")
        _count(projection)
        return True

    async def _bury(self, poison: Poison) -> None:
        """Confirm the dead letter before the offset moves past what it holds."""
        partition, offset, _, value, _ = poison.received
        letter = DeadLetter(
            message=inbox_message_id(topic=TRIPS.name, partition=partition, offset=offset),
            stage=Stage.PROJECTION,
            reason=poison.reason,
            detail=poison.detail,
            topic=TRIPS.name,
            partition=partition,
            offset=offset,
        )
        headers = header_texts(letter)
        await self._producer.send_and_wait(
            DEAD_LETTERS.name, value=value, key=letter.message.encode(), headers=headers
        )
        metrics.DEAD_LETTERS.add(reason=poison.reason)
        log.error("trip.buried", reason=poison.reason, partition=partition, offset=offset)


async def _locked(connection: Connection, partitions: Sequence[int]) -> Mapping[int, int]:
    """Lock the partitions' offsets and return them: they tell what another projector has stored meanwhile."""
    rows = QUERIES.lock_offsets(connection, topic=TRIPS.name, partitions=partitions)
    return {row["partition"]: row["next_offset"] async for row in rows}


async def _write(connection: Connection, projection: Projection) -> None:
    if projection.trips:
        # Before the rows: what these have tells which of the changes come too late.
        await QUERIES.insert_changes(connection, **columns_of(ChangeRow._fields, projection.changes))
        await QUERIES.forget_documents(connection, **_gone(projection.changes))
        await QUERIES.upsert_trips(connection, **columns_of(TripRow._fields, projection.trips))
        await QUERIES.upsert_aliases(connection, **columns_of(AliasRow._fields, projection.aliases))
    if projection.messages:
        await QUERIES.upsert_messages(connection, **columns_of(MessageRow._fields, projection.messages))
    if projection.forgotten:
        await QUERIES.forget_trips(connection, ids=list(projection.forgotten))
    if projection.progress:
        await QUERIES.upsert_progress(connection, **columns_of(ProgressRow._fields, projection.progress))
    if projection.progress or projection.trips:
        await QUERIES.wake_readers(connection)
    if projection.next_offsets:
        await QUERIES.advance_offsets(
            connection,
            topic=TRIPS.name,
            partitions=list(projection.next_offsets),
            next_offsets=list(projection.next_offsets.values()),
        )


def _count(projection: Projection) -> None:
    for table in ("trips", "aliases", "changes", "messages", "progress"):
        metrics.ROWS.add(len(getattr(projection, table)), table=table)


def _gone(changes: Sequence[ChangeRow]) -> dict[str, list[Any]]:
    gone = [change for change in changes if change.kind in {"deleted", "erased"}]
    return {
        "tenants": [change.tenant for change in gone],
        "trips": [change.trip for change in gone],
        "epochs": [change.epoch for change in gone],
        "version_offsets": [change.version_offset for change in gone],
        "positions": [change.position for change in gone],
    }


def columns_of(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    """Turn rows into one array a column, as `unnest` takes them."""
    return {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
