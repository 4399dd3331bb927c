"""Reads one topic as a member of a group, for all that may do a record twice, and must leave none out.

A topic that is deleted and created anew keeps its name, and its offsets begin again: a place that was good
in the old one would leave out the beginning of the new one. So each commit names the topic that it is about,
by the broker's id. A reader whose topic becomes another ends, for somebody to see; one that comes after it
begins where the new topic does.
"""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata

from services.platform.awaiting import CannotGoOn
from services.platform.commits import commit_done, committed_by
from services.platform.consumer_watch import ConsumerWatch
from services.platform.kafka import client_arguments
from services.platform.settings import KafkaSettings
from services.platform.topic_ids import topic_ids

log = structlog.get_logger()

_POLL_MS = 500
_SAME_TOPIC_SECONDS = 15.0
"""How often the broker is asked whether the topic is still the same."""
_SAME_PLACES_SECONDS = 5.0
"""How often whoever else knows how far the group has come is asked whether that still holds."""
_AGAIN_SECONDS = 1.0

Batches = Mapping[TopicPartition, Sequence[Any]]
"""aiokafka's records, by partition and in their order; none is empty."""
Places = Callable[[str, Collection[int]], Awaitable[Mapping[int, int]]]
"""Tells, of the topic with this id, from which offset on partitions are not done; 0 where it says nothing."""


class TopicRecreated(CannotGoOn):
    """The topic that a group reads was deleted and created anew while it read."""


class Reads(NamedTuple):
    """What is read, by whom, and how."""

    topic: str
    group: str
    consumer: str
    """One of `metrics.CONSUMERS`."""
    options: Mapping[str, Any]
    """Further arguments of aiokafka's consumer."""


@asynccontextmanager
async def group_reader(
    kafka: KafkaSettings, reads: Reads, *, places: Places | None = None
) -> AsyncGenerator["GroupReader"]:
    """Join the group; leave it at the end.

    Args:
        kafka: where the topic is.
        reads: what is read.
        places: who else knows how far the group has come; what it has committed counts where nobody does.

    Raises:
        KafkaError: the broker cannot be reached.
    """
    consumer = AIOKafkaConsumer(
        **client_arguments(kafka),
        **reads.options,
        group_id=reads.group,
        enable_auto_commit=False,
        # A group that is new begins where the log does: to do twice is harmless, to leave out is not.
        auto_offset_reset="earliest",
    )
    watch = ConsumerWatch(reads.consumer)
    consumer.subscribe([reads.topic], listener=watch)
    try:
        await consumer.start()
        yield GroupReader(consumer, kafka=kafka, reads=reads, watch=watch, places=places)
    finally:
        await consumer.stop()


class GroupReader:
    """One member of a group, at its topic. Made by `group_reader`."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        *,
        kafka: KafkaSettings,
        reads: Reads,
        watch: ConsumerWatch,
        places: Places | None,
    ) -> None:
        self._consumer = consumer
        self._kafka = kafka
        self._reads = reads
        self._watch = watch
        self._places = places or self._committed
        self._can_go_back = places is not None
        self._done: dict[int, int] = {}
        self._look_at = 0.0
        self._resumed: frozenset[TopicPartition] = frozenset()
        self._ask_at = 0.0
        self.topic_id = ""
        """The broker's id of the topic; it is known before anything is fetched, and never changes."""

    async def fetch(self, *, max_records: int) -> Batches:
        """Return what comes next within half a second; nothing where the broker is in trouble.

        Raises:
            TopicRecreated: it is another topic than the one that this reader began with.
            KafkaError: the broker refuses, and will go on refusing.
        """
        try:
            await self._same_topic()
            await self._same_places()
            await self._resume()
        except KafkaError as trouble:
            if not trouble.retriable:
                raise
            log.warning("group.waits", topic=self._reads.topic, trouble=type(trouble).__name__)
            self._watch.show({})  # how far it is behind nobody can say meanwhile
            await asyncio.sleep(_AGAIN_SECONDS)
            return {}
        fetched: Batches = await self._consumer.getmany(timeout_ms=_POLL_MS, max_records=max_records)
        # What was assigned meanwhile is read again, once it is known where to begin.
        ours = {place: batch for place, batch in fetched.items() if batch and place in self._resumed}
        if not ours:
            await self._watch.came_round(self._consumer)
        return ours

    async def commit(self, done: Batches) -> bool:
        """Commit what was fetched and is done; say whether the broker took that, as `commit_done` does."""
        taken = await commit_done(
            self._consumer,
            {place: batch[-1].offset + 1 for place, batch in done.items()},
            topic_id=self.topic_id,
        )
        self._done |= {place.partition: batch[-1].offset + 1 for place, batch in done.items()}
        await self._watch.came_round(self._consumer, done)
        return taken

    @property
    def done(self) -> Mapping[int, int]:
        """By partition, up to where it is done as far as this reader knows."""
        return self._done

    def begin_again(self, *, lost: Iterable[int]) -> None:
        """Go on, with the next fetch, from the places as they are then: of some partitions they went back."""
        log.error("places.went_back", topic=self._reads.topic, partitions=sorted(lost))
        self._resumed = frozenset()

    async def _same_topic(self) -> None:
        if time.monotonic() < self._ask_at:
            return
        topic = self._reads.topic
        found = (await topic_ids(self._kafka, [topic]))[topic]
        if self.topic_id not in {"", found}:
            raise TopicRecreated(f"{topic} was created anew; whoever starts now reads it from its beginning")
        self.topic_id = found
        self._ask_at = time.monotonic() + _SAME_TOPIC_SECONDS

    async def _same_places(self) -> None:
        """Now and then, look whether whoever knows how far the group has come has forgotten some of it."""
        if not self._can_go_back or time.monotonic() < self._look_at:
            return
        ours = [place.partition for place in self._resumed]
        found = await self._places(self.topic_id, ours)
        if lost := [number for number in ours if found.get(number, 0) < self._done.get(number, 0)]:
            self.begin_again(lost=lost)
        self._look_at = time.monotonic() + _SAME_PLACES_SECONDS

    async def _resume(self) -> None:
        """Seek, in partitions that are newly ours, to where they are not done."""
        assigned = frozenset(self._consumer.assignment())
        if fresh := assigned - self._resumed:
            found = await self._places(self.topic_id, [place.partition for place in fresh])
            for place in fresh & self._consumer.assignment():
                self._consumer.seek(place, found.get(place.partition, 0))
                self._done[place.partition] = found.get(place.partition, 0)
        self._resumed = assigned

    async def _committed(self, topic_id: str, partitions: Collection[int]) -> Mapping[int, int]:
        wanted = [TopicPartition(self._reads.topic, number) for number in partitions]
        found = await committed_by(self._reads.group, kafka=self._kafka, places=wanted)
        return places_of(found, topic_id=topic_id)


def places_of(found: Mapping[TopicPartition, OffsetAndMetadata], *, topic_id: str) -> Mapping[int, int]:
    """Return, by partition, from which offset on a group has not done it; nothing where it never began.

    Args:
        found: what the group has committed; a commit of an earlier release names no topic.
        topic_id: which topic that is.
    """
    others = {place for place, kept in found.items() if kept.metadata not in {"", None, topic_id}}
    if others:
        log.error("topic.created_anew", partitions=sorted((place.topic, place.partition) for place in others))
    return {
        place.partition: kept.offset
        for place, kept in found.items()
        if place not in others and kept.offset >= 0
    }
