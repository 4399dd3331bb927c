"""What each process does before anything else: wait for Kafka, and see that it may and can work there."""

# aiokafka carries no complete types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from collections.abc import Sequence
from contextlib import suppress

from aiokafka import AIOKafkaClient
from aiokafka.client import CoordinationType
from aiokafka.errors import (
    CoordinatorNotAvailableError,
    GroupAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

from schemas.access import Resource, Right, User
from services.platform.awaiting import CannotStart
from services.platform.kafka import check_topics, client_arguments, wait_for_kafka
from services.platform.settings import KafkaSettings
from services.platform.topic_ids import allowed_operations

_COORDINATED = {
    Resource.GROUP: CoordinationType.GROUP,
    Resource.TRANSACTIONAL_ID: CoordinationType.TRANSACTION,
}


class NotAllowed(CannotStart):
    """Kafka denies this client what its work needs; the text names each right that is to be granted."""


async def admitted(settings: KafkaSettings, *, partitions: int, user: User) -> None:
    """Wait for Kafka, and check there what the work of a process needs.

    Args:
        settings: where Kafka is, and who the client says it is.
        partitions: that the topics must have.
        user: whose rights the client must have. It may have another name at Kafka.

    Raises:
        CannotStart: Kafka did not answer or refuses the client, a topic is not fit, or a right is missing.
        KafkaError: trouble with the broker.
    """
    await wait_for_kafka(settings)
    await check_rights(settings, user=user)
    await check_topics(settings, partitions=partitions)


async def check_rights(settings: KafkaSettings, *, user: User) -> None:
    """Check what Kafka lets the client do.

    Here, because it would show late or not at all: Faust waits for ever for a group that it may not join, a
    dead letter that cannot be written stops the work at the first message that is one, and a topic that may
    not be seen looks like one that does not exist.

    Raises:
        NotAllowed: a right is missing.
        KafkaError: trouble with the broker.
    """
    missing = [*await _missing_on_topics(settings, user), *await _missing_elsewhere(settings, user)]
    if missing:
        raise NotAllowed(
            f"Kafka does not allow {settings.sasl_username or 'this client'} what `{user.process}` needs: "
            f"grant {', '.join(missing)} (docs/operations.md, Kafka's users)."
        )


async def _missing_on_topics(settings: KafkaSettings, user: User) -> Sequence[str]:
    rights = [right for right in user.rights if right.resource is Resource.TOPIC]
    allowed = await allowed_operations(settings, [right.name for right in rights])
    return [
        f"{operation} on {right.name}"
        for right in rights
        for operation in right.operations
        if right.name in allowed and operation not in allowed[right.name]
    ]


async def _missing_elsewhere(settings: KafkaSettings, user: User) -> Sequence[str]:
    """Ask for the coordinators: who may do something with a group or transactional id is told of them."""
    rights = [right for right in user.rights if right.resource in _COORDINATED]
    if not rights:
        return ()
    missing: list[str] = []
    client = AIOKafkaClient(**client_arguments(settings))
    try:
        await client.bootstrap()
        for right in rights:
            try:
                with suppress(CoordinatorNotAvailableError):  # allowed, and none was chosen yet
                    await client.coordinator_lookup(_COORDINATED[right.resource], right.name)
            except (GroupAuthorizationFailedError, TransactionalIdAuthorizationFailed):
                missing.append(_said(right))
    finally:
        await client.close()
    return missing


def _said(right: Right) -> str:
    return f"{', '.join(right.operations)} on {right.resource} {right.name}*"
