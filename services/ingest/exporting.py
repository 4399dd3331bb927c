"""Gathers what is known of a traveller, for that person to have: from PostgreSQL and from the log."""

# asyncpg carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from pathlib import Path
from typing import Any

import asyncpg
import orjson
from aiokafka import TopicPartition

from schemas.topics import RECORDS
from services.ingest.erasing import Whom, find_whom
from services.ingest.postgres import QUERIES
from services.platform.kafka import partition_for
from services.platform.reading import end_offsets, open_reader, read_stretch
from services.platform.settings import KafkaSettings, PostgresSettings, TopicSettings
from services.platform.sql_files import statements_of

_SQL: Any = statements_of(Path(__file__).with_name("export.sql"))


async def export_of(
    login: str, *, tenant: str, postgres: PostgresSettings, kafka: KafkaSettings, topics: TopicSettings
) -> dict[str, Any]:
    """Return everything that is known of a traveller, as one JSON object.

    Raises:
        CannotStart: nobody has that login, or had it.
        KafkaError, OSError, asyncpg.PostgresError: trouble.
    """
    connection = await asyncpg.connect(postgres.database_url.get_secret_value(), timeout=10)
    try:
        whom = await find_whom(connection, login, tenant=tenant)
        held = await _held(connection, whom)
    finally:
        await connection.close()
    return {**held, "records": await _records(whom, kafka=kafka, topics=topics)}


async def _held(connection: Any, whom: Whom) -> dict[str, Any]:  # noqa: ANN401 - asyncpg carries no types
    """Return what PostgreSQL holds, as of one moment."""
    of = {"tenant": whom.tenant, "traveller": whom.traveller}
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await QUERIES.set_tenant(connection, tenant=whom.tenant)
        entered = orjson.loads(await _SQL.entered(connection, **of))
        await _SQL.as_ingest(connection)
        connected = orjson.loads(await _SQL.connected(connection, **of))
        await _SQL.as_query(connection)
        shown = orjson.loads(await _SQL.shown(connection, **of))
    return {**of, **entered, "tripit": connected, **shown}


async def _records(whom: Whom, *, kafka: KafkaSettings, topics: TopicSettings) -> list[Any]:
    """Return what each owner says of each of their bookings, as it was accepted last."""
    partition = partition_for(tenant=whom.tenant, traveller=whom.traveller, partitions=topics.partitions)
    place, newest = TopicPartition(RECORDS.name, partition), dict[bytes, Any]()
    async with open_reader(kafka) as reader:
        end = (await end_offsets(reader, [place]))[place]
        async for chunk in read_stretch(reader, place, start=0, end=end):
            for entry in chunk:
                record = None if entry.value is None else orjson.loads(entry.value)
                if record is not None and _is_of(record, whom):
                    newest[entry.key or b""] = record
                else:
                    newest.pop(entry.key or b"", None)
    return [newest[key] for key in sorted(newest)]


def _is_of(record: dict[str, Any], whom: Whom) -> bool:
    return (record["tenant"], record.get("traveller")) == (whom.tenant, whom.traveller)
