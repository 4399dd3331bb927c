"""Kafka and PostgreSQL for tests: given by the environment, else containers, else embedded. Never skipped."""

import asyncio
import fcntl
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path

import psycopg
from pydantic import SecretStr
from testcontainers.community.kafka import KafkaContainer
from testcontainers.community.postgres import PostgresContainer

from services.platform.backing import Backing, start_backing
from services.platform.data_folder import FolderInUse, occupied
from services.platform.migrations import migrate
from services.platform.settings import GivenBacking, PostgresSettings
from tests.support.prepared_backing import MIGRATED, embedded, lay_out, sessions_folder

_KAFKA_IMAGE = "confluentinc/cp-kafka:7.9.0"
_POSTGRES_IMAGE = "postgres:18"


@asynccontextmanager
async def backing_services() -> AsyncGenerator[Backing]:
    """Give what the environment names, else containers where a Docker engine runs, else embedded ones."""
    given = GivenBacking()
    with ExitStack() as running:
        if docker_runs():
            given = _in_containers(given, running=running)
        place = running.enter_context(session_folder())
        await asyncio.to_thread(lay_out, place, *embedded(given))
        folder = running.enter_context(occupied(place))
        yield await start_backing(folder, given=given)


@asynccontextmanager
async def migrated_database(beside: str) -> AsyncGenerator[PostgresSettings]:
    """Give a database of one test's own, with all migrations, on the server of another's URL."""
    with psycopg.connect(beside, autocommit=True) as session:
        prepared = session.execute("SELECT FROM pg_database WHERE datname = %s", (MIGRATED,)).fetchone()
    async with empty_database(beside, like="template1" if prepared is None else MIGRATED) as database:
        await asyncio.to_thread(migrate, database)
        yield database


@asynccontextmanager
async def empty_database(beside: str, *, like: str = "template1") -> AsyncGenerator[PostgresSettings]:
    """Give a database of one test's own, with nothing but what `like` has, on the server of another's URL."""
    name = f"test_{secrets.token_hex(16)}"
    with psycopg.connect(beside, autocommit=True) as session:
        session.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
        address, _, _ = beside.rpartition("/")
        try:
            yield PostgresSettings(database_url=SecretStr(f"{address}/{name}"))
        finally:
            session.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def docker_runs() -> bool:
    """Tell whether a Docker engine answers."""
    command = shutil.which("docker")
    return (
        command is not None
        and subprocess.run([command, "info"], capture_output=True, check=False).returncode == 0
    )


@contextmanager
def session_folder() -> Generator[Path]:
    """Give a folder for one test session, and clear up what killed sessions left behind."""
    sessions = sessions_folder()
    for lock in sessions.glob("*.lock"):
        _clear_up(lock)
    folder = Path(tempfile.mkdtemp(dir=sessions))
    with _lock_of(folder).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # falls with this session, however it ends
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            _lock_of(folder).unlink()


def _clear_up(lock: Path) -> None:
    folder = lock.with_suffix("")
    # Another session may be done with it, or at it, at the same time.
    with suppress(FileNotFoundError, BlockingIOError), lock.open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with suppress(FolderInUse), occupied(folder):
            pass
        shutil.rmtree(folder, ignore_errors=True)
        lock.unlink()


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def _in_containers(given: GivenBacking, *, running: ExitStack) -> GivenBacking:
    if given.kafka is None:
        kafka = running.enter_context(KafkaContainer(_KAFKA_IMAGE).with_kraft())
        given = given.model_copy(update={"kafka": kafka.get_bootstrap_server()})
    if given.database_url is None:
        postgres = running.enter_context(PostgresContainer(_POSTGRES_IMAGE, driver=None))
        given = given.model_copy(update={"database_url": SecretStr(postgres.get_connection_url())})
    return given
