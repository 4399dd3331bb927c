"""What every process of ingest opens first: the directory and the log."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from schemas.access import User
from services.ingest.kafka import KafkaLog
from services.ingest.postgres import PostgresDirectory, open_directory
from services.ingest.settings import IngestSettings
from services.platform import faults
from services.platform.admission import admitted
from services.platform.settings import KafkaSettings, PostgresSettings, TopicSettings


@asynccontextmanager
async def opened(
    settings: IngestSettings, *, user: User
) -> AsyncGenerator[tuple[PostgresDirectory, KafkaLog]]:
    """Connect to directory and log, waiting for both.

    Raises:
        CannotStart: where one does not answer, or is not fit; the text says what to mend.
    """
    faults.arm(faults.FaultSettings())
    kafka, topics = KafkaSettings.model_validate({}), TopicSettings()
    await admitted(kafka, partitions=topics.partitions, user=user)
    async with open_directory(PostgresSettings.model_validate({})) as directory:
        messages = KafkaLog(kafka, topics=topics, confirm_seconds=settings.confirm_seconds)
        await messages.start()
        try:
            yield directory, messages
        finally:
            await messages.stop()
