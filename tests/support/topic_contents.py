"""Topics as time would leave them: old messages dropped, compacted ones cleaned; and what lies on them."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.admin.records_to_delete import RecordsToDelete
from aiokafka.errors import for_code

from schemas.topics import TOPICS, Topic
from services.platform.kafka import client_arguments, partition_counts
from services.platform.reading import LogEntry, end_offsets, open_reader
from services.platform.settings import KafkaSettings

_AT_ONCE = {
    "segment.ms": "100",
    "min.cleanable.dirty.ratio": "0.0",
    "min.compaction.lag.ms": "0",
    "max.compaction.lag.ms": "100",
    "delete.retention.ms": "0",
}


@asynccontextmanager
async def kept_for_a_moment(kafka: KafkaSettings) -> AsyncGenerator[None]:
    """Have compacted topics cleaned as soon as something is appended behind what they hold."""
    # By default a cleaner that found nothing to do rests for 15 s.
    await _configure(kafka, topics=_AT_ONCE, brokers={"log.cleaner.backoff.ms": "200"})
    try:
        yield
    finally:
        await _configure(kafka, topics={}, brokers={})


async def _configure(kafka: KafkaSettings, *, topics: Mapping[str, str], brokers: Mapping[str, str]) -> None:
    resources = [
        ConfigResource(ConfigResourceType.TOPIC, topic.name, configs={**topic.config, **topics})
        for topic in TOPICS
        if _is_compacted(topic)
    ]
    admin = AIOKafkaAdminClient(**client_arguments(kafka))
    await admin.start()
    try:
        nodes = (await admin.describe_cluster())["brokers"]
        resources += [
            ConfigResource(ConfigResourceType.BROKER, str(node["node_id"]), configs=dict(brokers))
            for node in nodes
        ]
        for resource in resources:
            for response in await admin.alter_configs([resource]):
                for code, text, *_ in response.resources:
                    assert code == 0, (for_code(code), text)
    finally:
        await admin.close()


async def drop_old(kafka: KafkaSettings) -> None:
    """Drop what the other topics hold at this moment, as their retention would."""
    counts = await partition_counts(kafka)
    places = [
        TopicPartition(topic.name, number)
        for topic in TOPICS
        if not _is_compacted(topic)
        for number in range(counts[topic.name])
    ]
    admin = AIOKafkaAdminClient(**client_arguments(kafka))
    await admin.start()
    try:
        await admin.delete_records({place: RecordsToDelete(-1) for place in places})
    finally:
        await admin.close()


async def topics_with(kafka: KafkaSettings, text: str) -> list[str]:
    """Return the topics that hold a text anywhere: in a key, a value or a header."""
    wanted, found = text.lower().encode(), list[str]()
    counts = await partition_counts(kafka)
    places = [TopicPartition(name, number) for name, count in counts.items() for number in range(count)]
    async with open_reader(kafka) as reader:
        starts, ends = await reader.beginning_offsets(places), await end_offsets(reader, places)
        unread = {place for place in places if starts[place] < ends[place]}
        reader.assign(list(unread))
        await reader.seek_to_beginning()
        while unread:
            # All at once: one after the other, each would cost a fetch that waits for more.
            for place, entries in (await reader.getmany(timeout_ms=100)).items():
                found += [
                    f"{place.topic} {place.partition} {entry.offset}"
                    for entry in entries
                    if entry.offset < ends[place] and _holds(entry, wanted)
                ]
            unread = {place for place in unread if await reader.position(place) < ends[place]}
    return found


def _holds(entry: LogEntry, wanted: bytes) -> bool:
    said = (entry.key, entry.value, *(value for _, value in entry.headers))
    return any(wanted in (part or b"").lower() for part in said)


def _is_compacted(topic: Topic) -> bool:
    return topic.config["cleanup.policy"] == "compact"
