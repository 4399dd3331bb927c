"""PostgreSQL forgets what it had committed, under a projector that lives: nothing is left out for good."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from schemas.topics import TRIPS
from services.platform.backing import Backing
from services.platform.settings import PostgresSettings
from tests.support.query_service import QueryUnderTest, query_under_test
from tests.support.query_trips import an_id, deletion, trip
from tests.support.waiting import wait_until_async

_TABLES = ("read.trips", "read.aliases", "read.changes", "read.messages", "read.progress", "read.offsets")
_GENERATED = {"listed_on", "words", "places", "sources"}


@pytest.fixture
def query(backing: Backing, fresh_database: PostgresSettings, tmp_path: Path) -> QueryUnderTest:
    return query_under_test(kafka=backing.kafka_settings, postgres=fresh_database, folder=tmp_path)


async def _kept(session: Any) -> dict[str, Sequence[Any]]:
    return {table: await session.fetch(f"SELECT * FROM {table}") for table in _TABLES}  # noqa: S608 - ours


async def _put_back(session: Any, kept: dict[str, Sequence[Any]]) -> None:
    """Leave of each table what was in it, as a standby does that lagged behind."""
    for table, rows in kept.items():
        await session.execute(f"DELETE FROM {table}")  # noqa: S608 - as above
        for row in rows:
            written = {name: value for name, value in row.items() if name not in _GENERATED}
            names = ", ".join(written)
            values = ", ".join(f"${number}" for number in range(1, len(written) + 1))
            insert = f"INSERT INTO {table} ({names}) VALUES ({values})"  # noqa: S608 - as above
            await session.execute(insert, *written.values())


async def _shown(query: QueryUnderTest) -> dict[str, tuple[str, int, str]]:
    rows = await query.rows("SELECT * FROM read.trips WHERE tenant = $1", query.tenant)
    return {row["id"]: (row["state"], row["version_offset"], row["document"]) for row in rows}


async def _told(query: QueryUnderTest) -> list[tuple[str, int]]:
    rows = await query.rows(
        "SELECT kind, version_offset FROM read.changes WHERE tenant = $1 ORDER BY position", query.tenant
    )
    return [(row["kind"], row["version_offset"]) for row in rows]


async def _something_happens(query: QueryUnderTest) -> None:
    await query.write(
        trip("rome", tenant=query.tenant, offset=9, title="Rome again"),
        deletion("oslo", tenant=query.tenant, offset=9),
        trip("milan", tenant=query.tenant),
    )
    await query.until_stored("milan")


async def test_an_idle_projector_stores_again_what_the_database_lost(query: QueryUnderTest) -> None:
    async with query.projector(), query.session() as session:
        await query.write(trip("rome", tenant=query.tenant), trip("oslo", tenant=query.tenant))
        await query.until_stored("oslo")
        kept = await _kept(session)
        await _something_happens(query)
        expected, told = await _shown(query), await _told(query)
        async with session.transaction():
            await _put_back(session, kept)
        assert await query.stored("milan") is None

        await query.until_stored("milan")

    assert (await _shown(query), await _told(query)) == (expected, told)


async def test_a_projector_that_stores_meanwhile_leaves_out_nothing_that_the_database_lost(
    query: QueryUnderTest,
) -> None:
    async with query.projector(), query.session() as session:
        await query.write(trip("rome", tenant=query.tenant), trip("oslo", tenant=query.tenant))
        await query.until_stored("oslo")
        kept = await _kept(session)
        await _something_happens(query)
        expected = await _shown(query)
        async with session.transaction():
            await session.execute("LOCK TABLE read.offsets IN EXCLUSIVE MODE")  # what it stores next waits
            await query.write(trip("fence", tenant=query.tenant))
            await wait_until_async(lambda: _somebody_waits(query), what="the projector at the lock")
            await _put_back(session, kept)

        await query.until_stored("fence")

    shown = await _shown(query)
    assert {name: shown.get(name) for name in expected} == expected


async def _somebody_waits(query: QueryUnderTest) -> bool:
    waiting = await query.rows(
        """SELECT FROM pg_stat_activity
            WHERE application_name = 'itinerary_projector' AND datname = current_database()
              AND wait_event_type = 'Lock'"""
    )
    return bool(waiting)


async def test_a_read_model_that_is_emptied_under_a_projector_is_filled_again(query: QueryUnderTest) -> None:
    async with query.projector(), query.session() as session:
        await query.write(trip("rome", tenant=query.tenant), trip("oslo", tenant=query.tenant))
        await _something_happens(query)
        expected = await _shown(query)
        await session.execute(f"TRUNCATE {', '.join(_TABLES)}")
        await query.write(trip("fence", tenant=query.tenant))

        await query.until_stored("fence")
        offsets = await query.rows("SELECT next_offset FROM read.offsets WHERE topic = $1", TRIPS.name)

    shown = await _shown(query)
    assert {name: shown.get(name) for name in expected} == expected
    assert an_id("fence") in shown
    assert any(row["next_offset"] > 0 for row in offsets)
