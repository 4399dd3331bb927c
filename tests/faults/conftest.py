"""A rig for each module: what one module leaves on the log, such as poison, is no other's trouble."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import psycopg
import pytest
from pydantic import SecretStr

from services.platform.migrations import migrate
from services.platform.settings import PostgresSettings
from tests.support.faults import rig as rigs


@pytest.fixture(scope="module")
async def rig() -> AsyncIterator[rigs.Rig]:
    """One broker and one PostgreSQL that may be broken, and are whole again at the end of each test."""
    async with rigs.rig() as started:
        yield started


@pytest.fixture
async def three_brokers() -> AsyncIterator[rigs.Rig]:
    """A cluster of three, every message on all of them."""
    async with rigs.rig(brokers=3) as started:
        yield started


@pytest.fixture
async def fresh_database(rig: rigs.Rig) -> PostgresSettings:
    """Another database on the same server, with the schemas and nothing in them."""
    name = f"fresh_{secrets.token_hex(6)}"
    with psycopg.connect(rig.database.url, autocommit=True) as session:
        session.execute(f'CREATE DATABASE "{name}"')
    address, _, _ = rig.database.url.rpartition("/")
    settings = PostgresSettings(database_url=SecretStr(f"{address}/{name}"))
    await asyncio.to_thread(migrate, settings)
    return settings
