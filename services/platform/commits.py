"""Commits of what is done, for all that read a topic in a group and may do a record twice."""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from collections.abc import Mapping

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError

log = structlog.get_logger()


async def commit_done(
    consumer: AIOKafkaConsumer, done: Mapping[TopicPartition, int], *, topic_id: str = ""
) -> bool:
    """Commit where each partition is to be read on, and say whether that was taken.

    It is not where one of them moved meanwhile: its new owner does the same again.

    Args:
        consumer: whose group and partitions they are.
        done: by partition, the first offset that is not done.
        topic_id: the broker's id of their topic, kept with the commit.

    Raises:
        KafkaError: other trouble with the broker.
    """
    try:
        await consumer.commit({place: (offset, topic_id) for place, offset in done.items()})
    except (CommitFailedError, IllegalStateError):
        log.info("commit.refused", partitions=sorted(place.partition for place in done))
        return False
    return True
