"""Commits of what is done, for all that read a topic in a group and may do a record twice."""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from collections.abc import Collection, Mapping

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import (
    CommitFailedError,
    GroupCoordinatorNotAvailableError,
    IllegalStateError,
    NoError,
)
from aiokafka.structs import OffsetAndMetadata

from services.platform.kafka import open_admin
from services.platform.settings import KafkaSettings

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


async def committed_by(
    group: str, *, kafka: KafkaSettings, places: Collection[TopicPartition]
) -> Mapping[TopicPartition, OffsetAndMetadata]:
    """Return what a group has committed about each of these places, with its notes; -1 where that is nothing.

    Raises:
        GroupCoordinatorNotAvailableError: the broker did not say.
        KafkaError: other trouble with the broker.
    """
    async with open_admin(kafka) as admin:
        try:
            found = await admin.list_consumer_group_offsets(group, partitions=list(places))
        except NoError as unclear:  # aiokafka looks for the reason where the broker does not say it
            raise GroupCoordinatorNotAvailableError from unclear
    return all_told(found, places=places)


def all_told(
    found: Mapping[TopicPartition, OffsetAndMetadata], *, places: Collection[TopicPartition]
) -> Mapping[TopicPartition, OffsetAndMetadata]:
    """Return what a broker told of these places, if it told of all of them.

    Raises:
        GroupCoordinatorNotAvailableError: it did not. One that is not the group's, or not yet, answers with
            nothing, and aiokafka passes over the reason: it would look as if the group had never begun.
    """
    if set(places) - found.keys():
        raise GroupCoordinatorNotAvailableError
    return found
