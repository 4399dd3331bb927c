"""Restores what a partition's worker knows, from `records.v1` and `trips.v1`, newer-wins.

Only sound after the partition's writer was taken over: nobody else can add to these partitions then, so
that their end, asked for afterwards, is final.
"""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
from collections.abc import Callable, Iterable

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import RECORDS, TRIPS
from services.consolidator.partition import PartitionState
from services.consolidator.reading import end_offsets, open_reader, read_stretch
from services.platform.settings import KafkaSettings

log = structlog.get_logger()


async def restore(state: PartitionState, *, kafka: KafkaSettings, on_progress: Callable[[], None]) -> None:
    """Bring a partition's state up to the end of its topics, from where it stands.

    Args:
        state: empty, or as it was when the partition was last ours.
        kafka: where the topics are.
        on_progress: called for every chunk that was read.

    Raises:
        KafkaError: trouble with the broker; calling again goes on from the beginning or is harmless.
        pydantic.ValidationError: a record cannot be read; nothing may be built on it.
    """
    async with open_reader(kafka) as reader:
        if not await _restore_from_position(state, reader, on_progress=on_progress):
            # Something that we hold was erased meanwhile: forget all of it and read what is left.
            state.forget()
            await _restore_from_position(state, reader, on_progress=on_progress)
    log.info(
        "partition.restored",
        partition=state.number,
        travellers=len(state.travellers),
        records=sum(len(traveller.records) for traveller in state.travellers.values()),
        trips=sum(len(traveller.trips) for traveller in state.travellers.values()),
        done=state.done,
        unreadable=state.unreadable,
    )


async def _restore_from_position(
    state: PartitionState, reader: AIOKafkaConsumer, *, on_progress: Callable[[], None]
) -> bool:
    """Return False where a tombstone asks to forget what a state that is not empty may hold."""
    takers = {RECORDS.name: state.restore_record, TRIPS.name: state.restore_trips_value}
    ends = await end_offsets(reader, [TopicPartition(topic, state.number) for topic in takers])
    for place, end in ends.items():
        start = state.positions.get(place.topic, 0)
        newest: dict[bytes, bytes] = {}
        async for chunk in read_stretch(reader, place, start=start, end=end):
            for entry in chunk:
                key = entry.key or b""
                if entry.value is not None:
                    newest[key] = entry.value
                elif start > 0:
                    return False
                else:
                    newest.pop(key, None)
            log.info("partition.read", topic=place.topic, partition=place.partition, of=end,
                     offset=chunk[-1].offset)  # fmt: skip
            on_progress()
        await asyncio.to_thread(_take_all, takers[place.topic], newest.values())
        state.positions[place.topic] = end
    return True


def _take_all(take: Callable[[bytes], None], values: Iterable[bytes]) -> None:
    for value in values:
        take(value)
