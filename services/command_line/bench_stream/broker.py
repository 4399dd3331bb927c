"""A Kafka of the benchmark's own, whose topics tell when the broker appended, and are new for each engine."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
import logging
import tempfile
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from schemas.topics import BOOKINGS, RECORDS, TRIPS
from services.command_line.bench_stream.bookings import Fed
from services.platform.awaiting import NotYet, wait_for_answer
from services.platform.backing import start_backing
from services.platform.data_folder import occupied
from services.platform.kafka import client_arguments, create_topics
from services.platform.kafka_jars import Report
from services.platform.settings import GivenBacking, KafkaSettings, TopicSettings

_PIECE = 2000


class BenchBroker:
    """One broker for all engines, one after the other."""

    def __init__(self, kafka: KafkaSettings, *, folder: Path, partitions: int) -> None:
        self.kafka = kafka
        self.folder = folder
        self.topics = TopicSettings(partitions=partitions, epoch=1)

    async def renew(self) -> None:
        """Empty all topics, for the next engine; it is a new epoch, and so a new consumer group."""
        self.topics = TopicSettings(partitions=self.topics.partitions, epoch=self.topics.epoch + 1)
        admin = AIOKafkaAdminClient(**client_arguments(self.kafka))
        await admin.start()
        try:
            names = [name for name in await admin.list_topics() if name.endswith(".v1")]
            if names:
                await admin.delete_topics(names)

            async def gone() -> None:
                left = {name for name in await admin.list_topics() if name.endswith(".v1")}
                if left:
                    raise NotYet(f"{len(left)} topics are still there")

            await wait_for_answer(gone, what="the deletion of the topics")
            await create_topics(self.kafka, topics=self.topics)
            for topic in (RECORDS, TRIPS):
                config = topic.config | {"message.timestamp.type": "LogAppendTime"}
                await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name, config)])
        finally:
            await admin.close()

    async def feed(self, fed: Iterable[Fed]) -> int:
        """Append as fast as it goes; return how many."""
        producer = AIOKafkaProducer(**client_arguments(self.kafka), linger_ms=20, max_batch_size=256 * 1024)
        await producer.start()
        count = 0
        try:
            waiting: list[asyncio.Future[Any]] = []
            for one in fed:
                waiting.append(
                    await producer.send(BOOKINGS.name, one.value, key=one.key, partition=one.partition)
                )
                count += 1
                if len(waiting) >= _PIECE:
                    await asyncio.gather(*waiting)
                    waiting.clear()
            await asyncio.gather(*waiting)
        finally:
            await producer.stop()
        return count


@asynccontextmanager
async def bench_broker(*, partitions: int, report: Report) -> AsyncGenerator[BenchBroker]:
    """Start a broker in a folder that is gone at the end."""
    # Topics that were created a moment ago have no leader yet; clients try again by themselves.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with (
        tempfile.TemporaryDirectory(prefix="itinerary-bench-", ignore_cleanup_errors=True) as temporary,
        occupied(Path(temporary)) as folder,
    ):
        backing = await start_backing(
            folder, given=GivenBacking(kafka=None, database_url=None), report=report
        )
        yield BenchBroker(backing.kafka_settings, folder=folder.path, partitions=partitions)
