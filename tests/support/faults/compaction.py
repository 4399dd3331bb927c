"""Topics whose settings a test changes for a while: compaction that does not wait for days, small limits."""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from schemas.topics import Topic
from services.platform.kafka import client_arguments
from services.platform.settings import KafkaSettings
from tests.support.faults.history import PARTITIONS
from tests.support.waiting import wait_until_async

_SOON = {
    "cleanup.policy": "compact",
    "min.compaction.lag.ms": "0",
    "max.compaction.lag.ms": "1000",
    "segment.ms": "1000",
    "min.cleanable.dirty.ratio": "0.0001",
    "delete.retention.ms": "100",
}
_NUDGE = b"nudge"


async def compact(kafka: KafkaSettings, topic: Topic) -> None:
    """Have the broker drop all but the last value of every key, and wait until it has."""
    admin = AIOKafkaAdminClient(**client_arguments(kafka))
    await admin.start()
    try:
        settings = _SOON | {"max.message.bytes": topic.config["max.message.bytes"]}
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name, settings)])

        async def compacted() -> bool:
            await _nudge(kafka, topic.name)
            return await _no_key_twice(kafka, topic.name)

        await wait_until_async(compacted, what=f"{topic.name} to be compacted", deadline_seconds=60)
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name, topic.config)])
    finally:
        await admin.close()


@asynccontextmanager
async def limited(kafka: KafkaSettings, topic: Topic, *, max_bytes: int) -> AsyncGenerator[None]:
    """Have the broker refuse larger messages on a topic."""
    admin = AIOKafkaAdminClient(**client_arguments(kafka))
    await admin.start()
    try:
        small = topic.config | {"max.message.bytes": str(max_bytes)}
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name, small)])
        yield
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name, topic.config)])
    finally:
        await admin.close()


async def _nudge(kafka: KafkaSettings, topic: str) -> None:
    """Append something: a segment that nothing is appended to is never closed, and never compacted."""
    producer = AIOKafkaProducer(**client_arguments(kafka))
    await producer.start()
    try:
        for number in range(PARTITIONS):
            await producer.send_and_wait(topic, None, key=_NUDGE, partition=number)
    finally:
        await producer.stop()


async def _no_key_twice(kafka: KafkaSettings, topic: str) -> bool:
    consumer = AIOKafkaConsumer(
        **client_arguments(kafka), auto_offset_reset="earliest", isolation_level="read_committed"
    )
    await consumer.start()
    try:
        places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        seen: Counter[tuple[int, bytes]] = Counter()
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                seen.update((record.partition, record.key) for record in records if record.key != _NUDGE)
    finally:
        await consumer.stop()
    return all(times == 1 for times in seen.values())
