"""Where a projector goes on: which log this is, and up to where PostgreSQL has it.

What was committed is not always there for good: a standby that takes over may lack the last of it, and a
backup that is restored in place lacks more. So what the database has is compared with what it had, whenever
something is stored and now and then while nothing is; where it has less, the log is read again from there.
"""

# aiokafka and asyncpg ship no types: what comes from them is Any.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import structlog
from aiokafka import TopicPartition

from schemas.topics import TRIPS
from services.platform import metrics
from services.platform.awaiting import CannotStart
from services.platform.settings import KafkaSettings
from services.platform.topic_ids import topic_ids
from services.query.domain.projection import Received, whole_from
from services.query.postgres import QUERIES, Connection

log = structlog.get_logger()

_SAME_TOPIC_SECONDS = 15
"""How often it asks whether the log is still the one that it began with."""
_SAME_OFFSETS_SECONDS = 5
"""How often it asks whether PostgreSQL still has what was stored."""
_EMPTY_IT = "Empty the tables of the schema `read`; they are filled again from the log."
_COMPACTION_LAG_MS = int(TRIPS.config["min.compaction.lag.ms"])
"""What is younger than this the log still has whole."""
_MISSING = -1
"""Where PostgreSQL has no row of a partition that it had one of."""


class Resuming:
    """Seeks, and knows up to where PostgreSQL had each partition when it was last looked at."""

    def __init__(self, consumer: Any, *, pool: Any, kafka: KafkaSettings) -> None:  # noqa: ANN401 - untyped
        self._consumer = consumer
        self._pool = pool
        self._kafka = kafka
        self._stored: Mapping[int, int] = {}
        self._thinned: frozenset[int] = frozenset()
        """Partitions of which is being read what compaction may have thinned."""
        self._topic_id: str | None = None
        """The broker's id of `trips.v1`; None until it was asked."""
        self._ask_topic_at = self._look_at = time.monotonic()

    async def check_topic(self) -> None:
        """Now and then, end where the log was created anew: its offsets would pass for stored."""
        if time.monotonic() >= self._ask_topic_at:
            await self._same_topic_id()

    async def check_stored(self) -> None:
        """Now and then, look whether PostgreSQL still has what was stored; go back to where it does not."""
        if time.monotonic() < self._look_at:
            return
        async with self._pool.acquire() as connection:
            rows = QUERIES.read_offsets(connection, topic=TRIPS.name, partitions=list(self._stored))
            stored = {row["partition"]: row["next_offset"] async for row in rows}
        if self.is_behind(stored, partitions=self._stored):
            await self.resume(frozenset(self._consumer.assignment()))
        self._look_at = time.monotonic() + _SAME_OFFSETS_SECONDS

    def is_behind(self, stored: Mapping[int, int], *, partitions: Collection[int]) -> bool:
        """Tell, loudly, whether PostgreSQL has less of any of these partitions than it had."""
        lost = {
            partition: (stored.get(partition, _MISSING), self._stored.get(partition, 0))
            for partition in partitions
            if stored.get(partition, _MISSING) < self._stored.get(partition, 0)
        }
        for partition, (now, before) in sorted(lost.items()):
            metrics.REWINDS.add()
            log.error("read_model.went_back", partition=partition, stored=max(now, 0), had=before)
        return bool(lost)

    def has_stored(self, stored: Mapping[int, int], *, thinned: frozenset[int]) -> None:
        """Note up to where PostgreSQL has partitions, and which are thinned there, once that is committed."""
        self._stored = {**self._stored, **stored}
        self._thinned = thinned

    async def note_whole(self, connection: Connection, new: Sequence[Received]) -> frozenset[int]:
        """Note from where on cursors miss nothing, as far as a batch tells; return what is thinned then."""
        begins, thinned = whole_from(new, thinned=self._thinned, compacted_before_ms=_whole_since_ms())
        if begins:
            await QUERIES.note_whole_from(
                connection,
                topic=TRIPS.name,
                partitions=list(begins),
                positions=list(begins.values()),
                lag_seconds=_COMPACTION_LAG_MS / 1000,
            )
        return thinned

    async def resume(self, assigned: frozenset[TopicPartition]) -> None:
        """Seek to where the read model stands, for every partition that is still ours.

        Raises:
            CannotStart: the log is not the one that the read model was made from.
        """
        partitions = [partition.partition for partition in assigned]
        topic_id = await self._same_topic_id()
        async with self._pool.acquire() as connection:
            await QUERIES.ensure_offsets(connection, topic=TRIPS.name, partitions=partitions)
            await QUERIES.note_topic_id(
                connection, topic=TRIPS.name, partitions=partitions, topic_id=topic_id
            )
            rows = [
                row async for row in QUERIES.read_offsets(connection, topic=TRIPS.name, partitions=partitions)
            ]
        stored = {row["partition"]: row["next_offset"] for row in rows}
        if {row["topic_id"] for row in rows} - {topic_id}:
            raise CannotStart(f"The read model was made from another {TRIPS.name}. {_EMPTY_IT}")
        ends = await self._consumer.end_offsets(list(assigned))
        unread = {place: ends[place] for place in assigned if stored[place.partition] == 0}
        if thinned := await self._reach_back(unread):
            async with self._pool.acquire() as connection:
                await QUERIES.note_thinned(
                    connection, topic=TRIPS.name, partitions=thinned, lag_seconds=_COMPACTION_LAG_MS / 1000
                )
        for partition in assigned & self._consumer.assignment():
            if stored[partition.partition] > ends[partition]:
                raise CannotStart(
                    f"The read model has {TRIPS.name} partition {partition.partition} up to "
                    f"{stored[partition.partition]}, but that ends at {ends[partition]}: another topic. "
                    f"{_EMPTY_IT}"
                )
            self._consumer.seek(partition, stored[partition.partition])
        self._stored, self._thinned = stored, frozenset(thinned)
        log.info("partitions.assigned", partitions=sorted(partitions))

    async def _same_topic_id(self) -> str:
        """Return the broker's id of the log, which never changes while a projector lives."""
        found = (await topic_ids(self._kafka, [TRIPS.name]))[TRIPS.name]
        if self._topic_id not in {None, found}:
            raise CannotStart(f"{TRIPS.name} was created anew. {_EMPTY_IT}")
        self._topic_id = found
        self._ask_topic_at = time.monotonic() + _SAME_TOPIC_SECONDS
        return found

    async def _reach_back(self, unread: Mapping[TopicPartition, int]) -> list[int]:
        """Return which partitions, by their ends, reach further back than the log keeps every version."""
        if not unread:
            return []
        firsts = await self._consumer.offsets_for_times(dict.fromkeys(unread, _whole_since_ms()))
        return [
            place.partition
            for place, end in unread.items()
            if (end if firsts[place] is None else firsts[place].offset) > 0
        ]


def _whole_since_ms() -> int:
    """Return the Unix time since which the log still has every version."""
    return time.time_ns() // 1_000_000 - _COMPACTION_LAG_MS  # beside the stamps of messages
