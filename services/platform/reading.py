"""Reads stretches of partitions with a plain consumer that no group moves: whatever looks back into a log."""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Literal

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaTimeoutError

from services.platform.kafka import client_arguments
from services.platform.settings import KafkaSettings

_STALL_SECONDS = 30.0
_POLL_MS = 500
_CHUNK = 2000
_FETCH_BYTES = 8 * 1024 * 1024


LogEntry = ConsumerRecord[bytes, bytes]
"""One message as it lies in a log; its timestamp is in milliseconds."""

Progress = Callable[[int, int], None]
"""Told how many messages of how many were passed."""


@asynccontextmanager
async def open_reader(
    kafka: KafkaSettings,
    *,
    isolation: Literal["read_committed", "read_uncommitted"] = "read_committed",
    group: str | None = None,
) -> AsyncGenerator[AIOKafkaConsumer]:
    """Open a consumer that is a member of no group.

    Args:
        kafka: where the topics are.
        isolation: whether it waits for transactions to end; needless on a topic that none writes to.
        group: under whose name it may commit; it is given no partitions by it.

    Raises:
        KafkaError: the broker cannot be reached.
    """
    reader = AIOKafkaConsumer(
        **client_arguments(kafka),
        group_id=group,
        isolation_level=isolation,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=_FETCH_BYTES,
    )
    try:
        await reader.start()
        await asyncio.sleep(0)  # lets aiokafka's own task begin: one that never ran it cannot stop
        yield reader
    finally:
        await reader.stop()


async def end_offsets(
    reader: AIOKafkaConsumer, places: Sequence[TopicPartition]
) -> dict[TopicPartition, int]:
    """Return where each partition ends now; what is committed before the call lies below."""
    ends: dict[TopicPartition, int] = await reader.end_offsets(list(places))
    return ends


async def read_stretch(
    reader: AIOKafkaConsumer, place: TopicPartition, *, start: int, end: int
) -> AsyncIterator[Sequence[LogEntry]]:
    """Yield what a partition holds from `start` to just below `end`, in order, in chunks.

    Offsets that retention, compaction or aborted transactions took away are passed over.

    Raises:
        KafkaError: trouble with the broker, or no progress for 30 seconds.
    """
    if start >= end:
        return
    reader.assign([place])
    reader.seek(place, start)
    position, clock = start, asyncio.get_running_loop().time
    moved = clock()
    while position < end:
        fetched: dict[TopicPartition, list[LogEntry]] = await reader.getmany(
            place, timeout_ms=_POLL_MS, max_records=_CHUNK
        )
        if entries := [entry for entry in fetched.get(place, ()) if entry.offset < end]:
            yield entries
        reached: int = await reader.position(place)
        if reached != position:
            position, moved = reached, clock()
        elif clock() - moved > _STALL_SECONDS:
            raise KafkaTimeoutError(
                f"{place.topic} {place.partition} cannot be read past {position} to {end}"
            )


async def read_all(
    reader: AIOKafkaConsumer, topic: str, *, partitions: Iterable[int], on_progress: Progress
) -> AsyncIterator[LogEntry]:
    """Yield all that some partitions hold just now, one partition after the other.

    Raises:
        KafkaError: as of `read_stretch`.
    """
    places = [TopicPartition(topic, number) for number in partitions]
    starts: dict[TopicPartition, int] = await reader.beginning_offsets(places)
    ends = await end_offsets(reader, places)
    total = sum(ends[place] - starts[place] for place in places)
    passed = 0
    for place in places:
        async for chunk in read_stretch(reader, place, start=starts[place], end=ends[place]):
            for entry in chunk:
                yield entry
            on_progress(passed + chunk[-1].offset + 1 - starts[place], total)
        passed += ends[place] - starts[place]
    on_progress(total, total)


async def read_one(reader: AIOKafkaConsumer, place: TopicPartition, *, offset: int) -> LogEntry | None:
    """Return what lies at an offset; None where it has expired, or nothing lies there.

    Raises:
        KafkaError: as of `read_stretch`.
    """
    starts: dict[TopicPartition, int] = await reader.beginning_offsets([place])
    end = (await end_offsets(reader, [place]))[place]
    if not starts[place] <= offset < end:
        return None
    found: Sequence[LogEntry] = ()
    async for chunk in read_stretch(reader, place, start=offset, end=offset + 1):
        found = chunk
    return found[0] if found else None
