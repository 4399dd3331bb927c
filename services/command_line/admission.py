"""What a command does before it looks at a system: wait for Kafka, and see that it may."""

from schemas.access import OPERATIONS, User
from schemas.topics import TRIPS
from services.platform.admission import check_rights
from services.platform.kafka import TopicsUnfit, partition_counts, wait_for_kafka
from services.platform.settings import KafkaSettings

_WAIT_SECONDS = 10.0
LOOKING = OPERATIONS.looking


async def admitted_to(kafka: KafkaSettings, *, user: User = LOOKING) -> int:
    """Return how many partitions there are, once Kafka answers and grants what a command needs.

    Raises:
        CannotStart: it does not answer, refuses the client, lacks a right, or has no such topics.
        KafkaError: trouble with the broker.
    """
    await wait_for_kafka(kafka, deadline_seconds=_WAIT_SECONDS)
    await check_rights(kafka, user=user)
    counts = await partition_counts(kafka)
    if TRIPS.name not in counts:
        raise TopicsUnfit(f"The topic {TRIPS.name} does not exist; run `itinerary topics`.")
    return counts[TRIPS.name]
