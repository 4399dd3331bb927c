"""`trip-events.v1` in tests: every copy of every event, with its headers."""

from collections import defaultdict
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import TRIP_EVENTS
from services.platform.kafka import client_arguments
from services.platform.settings import KafkaSettings


class Copy(NamedTuple):
    """One message as a subscriber gets it."""

    partition: int
    key: bytes
    headers: tuple[tuple[str, bytes], ...]
    value: bytes

    @property
    def id(self) -> str:
        return dict(self.headers)["ce_id"].decode()


async def events_of_tenant(kafka: KafkaSettings, tenant: str, *, partitions: int) -> dict[str, list[Copy]]:
    """Return all that was told of a tenant, by event id."""
    places = [TopicPartition(TRIP_EVENTS.name, number) for number in range(partitions)]
    consumer = AIOKafkaConsumer(**client_arguments(kafka), auto_offset_reset="earliest")
    found: dict[str, list[Copy]] = defaultdict(list)
    await consumer.start()
    try:
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    copy = Copy(record.partition, record.key, tuple(record.headers), record.value)
                    if dict(copy.headers)["ce_itinerarytenant"] == tenant.encode():
                        found[copy.id].append(copy)
    finally:
        await consumer.stop()
    return found
