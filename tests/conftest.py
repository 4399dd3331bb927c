"""What tests of several kinds share: real backing services."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest
from pydantic import SecretStr

from services.command_line.running import RunningUp, running_up
from services.platform.backing import Backing
from services.platform.kafka import create_topics
from services.platform.migrations import migrate
from services.platform.settings import PostgresSettings, TopicSettings
from tests.support.backing_services import backing_services, session_folder
from tests.support.command_line import Installation


@pytest.fixture(scope="module")
async def backing() -> AsyncIterator[Backing]:
    """Kafka with the project's topics and PostgreSQL with its schemas, for the tests of one module.

    Tests keep apart by travellers, tenants and consumer groups of their own. Modules cannot: what one
    writes in the place of a service, such as a progress marker, another's service would believe.
    """
    async with backing_services() as services:
        await create_topics(services.kafka_settings, topics=TopicSettings())
        await asyncio.to_thread(migrate, services.postgres_settings)
        yield services


@pytest.fixture
async def fresh_database(backing: Backing) -> AsyncIterator[PostgresSettings]:
    """A migrated database of the test's own."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(backing.database_url, autocommit=True) as session:
        session.execute(f'CREATE DATABASE "{name}"')
        address, _, _ = backing.database_url.rpartition("/")
        settings = PostgresSettings(database_url=SecretStr(f"{address}/{name}"))
        await asyncio.to_thread(migrate, settings)
        yield settings
        session.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    """A place for an `up` of its own, which is stopped at the end whatever the tests left running."""
    with session_folder() as folder:
        place = Installation(folder)
        try:
            yield place
        finally:
            place.down()


@pytest.fixture(scope="session")
def running(installation: Installation) -> RunningUp:
    """A whole system, started through the real command line and shared by the session."""
    installation.up()
    return running_up(installation.data)
