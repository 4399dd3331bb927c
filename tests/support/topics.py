"""What operators do to topics, in tests."""

from aiokafka.admin import AIOKafkaAdminClient

from services.platform.kafka import client_arguments, create_topics
from services.platform.settings import KafkaSettings, TopicSettings
from services.platform.topic_ids import topic_ids
from tests.support.waiting import wait_until_async


async def create_anew(kafka: KafkaSettings, topic: str) -> None:
    """Delete the topic and create it again, as an operator might who thinks that it is full."""
    old = await topic_ids(kafka, [topic])
    admin = AIOKafkaAdminClient(**client_arguments(kafka))
    await admin.start()
    try:
        await admin.delete_topics([topic])

        async def gone() -> bool:
            return topic not in await admin.list_topics()

        await wait_until_async(gone, what="the end of the topic")
    finally:
        await admin.close()
    await create_topics(kafka, topics=TopicSettings())
    assert await topic_ids(kafka, [topic]) != old
