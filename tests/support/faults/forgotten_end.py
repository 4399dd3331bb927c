"""A transaction that its coordinator holds for done, and that has no end in one of its partitions.

Brokers leave such behind that go down between their yes to a commit and the markers. Here the coordinator is
not told of the partition at all, which comes to the same.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from schemas.topics import RECORDS, TRIPS
from services.platform.kafka import client_arguments, open_admin
from services.platform.settings import KafkaSettings

_VERIFIES = "transaction.partition.verification.enable"


@asynccontextmanager
async def unverified(kafka: KafkaSettings, *, broker: int) -> AsyncGenerator[None]:
    """Have a broker take what belongs to no transaction that its coordinator knows."""
    async with open_admin(kafka) as admin:

        async def verify(value: str) -> None:
            resource = ConfigResource(ConfigResourceType.BROKER, str(broker), {_VERIFIES: value})
            await admin.alter_configs([resource])

        await verify("false")
        try:
            yield
        finally:
            await verify("true")


async def leave_without_end(kafka: KafkaSettings, *, transactional_id: str, place: TopicPartition) -> int:
    """Commit a transaction that does not end in one of its partitions; return its offset there."""
    elsewhere = TRIPS.name if place.topic == RECORDS.name else RECORDS.name
    async with _transaction(kafka, transactional_id=transactional_id) as producer:
        await producer.send_and_wait(elsewhere, None, key=b"known", partition=place.partition)
        manager = producer._txn_manager  # noqa: SLF001 - there is no way to ask for this
        assert manager is not None
        known = manager._txn_partitions  # noqa: SLF001
        known.add(place)
        told = await producer.send_and_wait(place.topic, None, key=b"forgotten", partition=place.partition)
        known.discard(place)
    return told.offset


async def end_there(kafka: KafkaSettings, *, transactional_id: str, place: TopicPartition) -> None:
    """Commit another one of the same id, which ends what has no end."""
    async with _transaction(kafka, transactional_id=transactional_id) as producer:
        await producer.send_and_wait(place.topic, None, key=b"end", partition=place.partition)


@asynccontextmanager
async def _transaction(kafka: KafkaSettings, *, transactional_id: str) -> AsyncGenerator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(**client_arguments(kafka), transactional_id=transactional_id)
    await producer.start()
    try:
        await producer.begin_transaction()
        yield producer
        await producer.commit_transaction()
    finally:
        await producer.stop()
