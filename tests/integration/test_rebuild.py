"""The copy of the trips that stands aside: what exchanging it promises to whoever reads meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.platform.backing import Backing
from services.platform.settings import PostgresSettings
from services.query.aside import Aside, NotExchangeable, open_aside
from services.query.domain.projection import TripRow
from tests.support.query_service import QueryUnderTest, query_under_test
from tests.support.query_trips import an_id, trip
from tests.support.waiting import wait_until_async

READ = "SELECT version_offset FROM read.trips WHERE tenant = $1 AND id = $2"
BOTH_COPIES = """
    SELECT {columns} FROM {catalogue} WHERE {schema} = $1 AND {table} IN ('trips', 'aliases')
"""


@pytest.fixture
async def query(
    backing: Backing, fresh_database: PostgresSettings, tmp_path: Path
) -> AsyncIterator[QueryUnderTest]:
    """A service whose read model holds one trip."""
    under_test = query_under_test(kafka=backing.kafka_settings, postgres=fresh_database, folder=tmp_path)
    async with under_test.projector():
        await under_test.write(trip("rome", tenant=under_test.tenant))
        await under_test.until_stored("rome")
        yield under_test


async def _built(aside: Aside) -> None:
    """Build it from what the log says now; what is computed from records has tests of its own."""
    await aside.make()
    await aside.finish()
    await aside.keep_up()


async def _read(connection: Any, query: QueryUnderTest, name: str) -> int | None:
    return await connection.fetchval(READ, query.tenant, an_id(name))


async def test_the_copy_has_all_that_the_shown_tables_have(query: QueryUnderTest) -> None:
    catalogues = {
        "pg_indexes": ("replace(indexdef, schemaname || '.', '')", "schemaname", "tablename"),
        "pg_policies": ("policyname, permissive, roles, cmd, qual, with_check", "schemaname", "tablename"),
        "pg_tables": ("tablename, tableowner, rowsecurity", "schemaname", "tablename"),
        "information_schema.columns": (
            "table_name, column_name, data_type, collation_name, is_nullable, generation_expression",
            "table_schema",
            "table_name",
        ),
        "information_schema.column_privileges": (
            "grantee, table_name, column_name, privilege_type",
            "table_schema",
            "table_name",
        ),
        "information_schema.table_constraints": ("constraint_type", "table_schema", "table_name"),
    }
    async with open_aside(query.postgres, kafka=query.kafka) as aside:
        await aside.make()

    for catalogue, (columns, schema, table) in catalogues.items():
        asked = BOTH_COPIES.format(columns=columns, catalogue=catalogue, schema=schema, table=table)
        shown, copy = [
            sorted(str(tuple(row)) for row in await query.rows(asked, name)) for name in ("read", "aside")
        ]
        assert shown, catalogue
        assert copy == shown


async def test_every_column_that_the_projector_writes_is_compared() -> None:
    compared = (Path(__file__).parents[2] / "services/query/aside.sql").read_text()

    assert [name for name in TripRow._fields if name != "tenant" and f"l.{name}" not in compared] == []


async def test_damage_is_found_mended_by_the_cut_over_and_shown_again_after_the_cut_back(
    query: QueryUnderTest,
) -> None:
    async with query.session() as session:
        await session.execute("UPDATE read.trips SET status = 'wrong' WHERE tenant = $1", query.tenant)
    async with open_aside(query.postgres, kafka=query.kafka) as aside:
        await _built(aside)
        (found,) = [row for row in await aside.differences() if row.tenant == query.tenant]
        assert (found.id, found.finding) == (an_id("rome"), "shown otherwise")

        await aside.exchange()
        assert (await query.stored("rome"))["status"] == "confirmed"
        assert await aside.kind() == "before"

        await query.write(trip("oslo", tenant=query.tenant))
        await query.until_stored("oslo")
        await aside.exchange()

    assert (await query.stored("rome"))["status"] == "wrong"
    assert await query.stored("oslo") is not None


async def test_a_reader_that_began_before_the_exchange_sees_nothing_go_back(query: QueryUnderTest) -> None:
    async with (
        open_aside(query.postgres, kafka=query.kafka) as aside,
        query.session() as reader,
        query.session() as watcher,
    ):
        await _built(aside)
        await query.write(
            trip("rome", tenant=query.tenant, offset=7), trip("oslo", tenant=query.tenant, offset=8)
        )
        await query.until_stored("oslo")

        async with reader.transaction(isolation="repeatable_read", readonly=True):
            await reader.fetchval("SELECT 1")  # from here on it looks at the database as it is now
            exchanging = asyncio.create_task(aside.exchange())

            async def caught_up() -> bool:
                copied = "SELECT EXISTS (SELECT FROM aside.trips WHERE tenant = $1 AND id = $2)"
                return await watcher.fetchval(copied, query.tenant, an_id("oslo"))

            await wait_until_async(caught_up, what="the copy to be brought up to date")
            assert await _read(reader, query, "rome") == 7
            assert await _read(reader, query, "oslo") == 8
        await exchanging

        assert await aside.kind() == "before"
        assert await _read(watcher, query, "rome") == 7


async def test_an_exchange_gives_up_before_it_harms_a_reader_who_does_not_end(
    query: QueryUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.query.aside._ATTEMPTS", 2)
    async with open_aside(query.postgres, kafka=query.kafka) as aside, query.session() as reader:
        await _built(aside)
        async with reader.transaction():
            await _read(reader, query, "rome")
            with pytest.raises(NotExchangeable, match="pg_stat_activity"):
                await aside.exchange()
            assert await _read(reader, query, "rome") == 1

        assert await aside.kind() == "built"
        await query.write(trip("rome", tenant=query.tenant, offset=9))
        await wait_until_async(lambda: _has_version(query, 9), what="the projector to go on")


async def test_projectors_that_wait_for_the_exchange_do_not_hold_it_up(
    query: QueryUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.query.aside._ATTEMPTS", 3)
    stop = asyncio.Event()

    async def begin_again_and_again() -> None:
        async with query.session() as projector:
            while not stop.is_set():
                await projector.execute("SELECT FROM read.offsets FOR UPDATE")

    async with open_aside(query.postgres, kafka=query.kafka) as aside:
        await _built(aside)
        beginning = [asyncio.create_task(begin_again_and_again()) for _ in range(3)]
        try:
            await aside.exchange()
        finally:
            stop.set()
            await asyncio.gather(*beginning)

        assert await aside.kind() == "before"


async def _has_version(query: QueryUnderTest, offset: int) -> bool:
    return (await query.stored("rome"))["version_offset"] == offset


async def test_nothing_unfinished_or_of_an_older_schema_is_shown(query: QueryUnderTest) -> None:
    async with open_aside(query.postgres, kafka=query.kafka) as aside:
        await aside.make()
        with pytest.raises(NotExchangeable, match="rebuild build"):
            await aside.exchange()

        await aside.finish()
        async with query.session() as session:
            await session.execute("ALTER TABLE read.trips ADD COLUMN later text")
        with pytest.raises(NotExchangeable, match="migration"):
            await aside.exchange()


async def test_only_one_rebuild_is_at_work(query: QueryUnderTest) -> None:
    async with open_aside(query.postgres, kafka=query.kafka):
        with pytest.raises(NotExchangeable, match="Another"):
            async with open_aside(query.postgres, kafka=query.kafka):
                pass


async def test_readers_and_writers_of_every_role_go_on_while_copies_are_exchanged(
    query: QueryUnderTest,
) -> None:
    stop, seen = asyncio.Event(), 0

    async def follow(client: Any) -> None:
        nonlocal seen
        while not stop.is_set():
            answer = await client.get(f"/v1/trips/{an_id('rome')}", headers=query.token())
            assert answer.status_code == 200, answer.text
            offset = answer.json()["version"]["offset"]
            assert offset >= seen
            seen = offset
            listed = await client.get("/v1/trips", headers=query.token())
            assert an_id("rome") in {one["id"] for one in listed.json()["trips"]}

    await query.enrol("maria")
    async with (
        query.client(requests_per_minute=1_000_000) as client,
        open_aside(query.postgres, kafka=query.kafka) as aside,
    ):
        await _built(aside)
        following = asyncio.create_task(follow(client))
        for offset in range(2, 8):
            await query.write(trip("rome", tenant=query.tenant, offset=offset))
            await aside.exchange()
        await wait_until_async(lambda: _has_version(query, 7), what="the last version")
        stop.set()
        await following

    assert seen > 1


async def test_a_database_user_of_the_services_cannot_read_the_copy(query: QueryUnderTest) -> None:
    async with open_aside(query.postgres, kafka=query.kafka) as aside:
        await aside.make()
    async with query.session() as session:
        await session.execute("SET ROLE itinerary_query")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await session.fetch("SELECT * FROM aside.trips")
