"""Restores what a partition's worker knows, from `records.v1` and `trips.v1`, newer-wins.

Only sound after the partition's writer was taken over: nobody else can add to these partitions then, and no
transaction is left open in them, so that their end, asked for afterwards, is final. Begins where the local
state ends, if it has one that these topics can still vouch for; an interrupted restore goes on where it was.
"""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
from collections.abc import Callable

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import BOOKINGS, RECORDS, TRIPS
from services.consolidator.breaking_off import to_its_end
from services.consolidator.partition import PartitionState
from services.platform import faults
from services.platform.awaiting import CannotStart
from services.platform.reading import end_offsets, open_reader, read_stretch
from services.platform.settings import KafkaSettings
from services.platform.topic_ids import topic_ids

log = structlog.get_logger()


class EpochUnfit(CannotStart):
    """`bookings.v1` is not the one whose progress is written; the text says what to do."""


async def restore(state: PartitionState, *, kafka: KafkaSettings, on_progress: Callable[[], None]) -> None:
    """Bring a partition's state up to the end of its topics, from where its local state stands.

    Args:
        state: anything.
        kafka: where the topics are.
        on_progress: called for every chunk that was read.

    Raises:
        EpochUnfit: `bookings.v1` was created anew, and the settings know nothing of it.
        KafkaError: trouble with the broker; calling again goes on where it was.
        LocalStateBroken: the state's `forget` mends it, if anything does.
        ValueError: a record cannot be read; nothing may be built on it.
    """
    ids = dict(await topic_ids(kafka, [BOOKINGS.name, RECORDS.name, TRIPS.name]))
    state.topic_id = ids.pop(BOOKINGS.name)
    await to_its_end(asyncio.to_thread(state.resume, topic_ids=ids))
    async with open_reader(kafka) as reader:
        began = dict(state.positions)
        read = await _read_tail(state, reader, on_progress=on_progress)
        if read is None:
            await to_its_end(asyncio.to_thread(state.forget))
            began, read = {}, await _read_tail(state, reader, on_progress=on_progress) or 0
        await _check_epoch(state, reader)
    log.info(
        "partition.restored",
        partition=state.number,
        read=read,
        begun_at=began,
        done=state.done,
        unreadable=state.unreadable,
    )


async def _read_tail(
    state: PartitionState, reader: AIOKafkaConsumer, *, on_progress: Callable[[], None]
) -> int | None:
    """Return how many messages were read; None where the topics cannot vouch for what the state holds."""
    ends = await end_offsets(
        reader, [TopicPartition(topic, state.number) for topic in (RECORDS.name, TRIPS.name)]
    )
    read = 0
    # A log that is shorter than what was read of it has lost its end: a broker's disk was restored or torn.
    if any(state.positions.get(place.topic, 0) > end for place, end in ends.items()):
        found = {place.topic: end for place, end in ends.items()}
        log.warning(
            "local_state.forgotten", partition=state.number, positions=dict(state.positions), ends=found
        )
        return None
    for place, end in ends.items():
        start = state.positions.get(place.topic, 0)
        async for chunk in read_stretch(reader, place, start=start, end=end):
            entries = [(entry.key or b"", entry.value) for entry in chunk]
            await to_its_end(
                asyncio.to_thread(state.take, place.topic, entries, position=chunk[-1].offset + 1)
            )
            read += len(chunk)
            log.debug("partition.read", topic=place.topic, partition=place.partition, of=end,
                      offset=chunk[-1].offset)  # fmt: skip
            on_progress()
            faults.point("consolidator.restoring")
        state.positions[place.topic] = end
    return read


async def _check_epoch(state: PartitionState, reader: AIOKafkaConsumer) -> None:
    """Refuse progress that is about another `bookings.v1`: what lies in this one would pass for done."""
    place = TopicPartition(BOOKINGS.name, state.number)
    end = (await end_offsets(reader, [place]))[place]
    is_another = state.marked_topic_id is not None and state.marked_topic_id != state.topic_id
    if is_another or state.done >= end:
        raise EpochUnfit(
            f"{BOOKINGS.name} was created anew: partition {state.number} ends at {end}, and {state.done + 1} "
            f"were done in epoch {state.epoch}. Set ITINERARY_EPOCH to {state.epoch + 1} for every process."
        )
