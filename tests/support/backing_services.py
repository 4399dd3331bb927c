"""Kafka and PostgreSQL for tests: given by the environment, else containers, else embedded. Never skipped."""

import asyncio
import fcntl
import getpass
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
from services.platform.kafka import create_topics
from services.platform.migrations import migrate
from services.platform.settings import GivenBacking, PostgresSettings, TopicSettings

_KAFKA_IMAGE = "confluentinc/cp-kafka:7.9.0"
_POSTGRES_IMAGE = "postgres:18"


@asynccontextmanager
async def backing_services(*, like: Path | None = None) -> AsyncGenerator[Backing]:
    """Give what the environment names, else containers where a Docker engine runs, else embedded ones.

    All have the project's topics and schemas. Embedded ones begin with a copy of what `laid_out` gave.
    """
    given = GivenBacking()
    with ExitStack() as running:
        if docker_runs():
            given = _in_containers(given, running=running)
        path = running.enter_context(session_folder())
        if like is not None:
            _copy(like / "kafka", like / "postgres", to=path)
        services = await start_backing(running.enter_context(occupied(path)), given=given)
        await _set_up(services)
        yield services


@asynccontextmanager
async def laid_out() -> AsyncGenerator[Path | None]:
    """Give a folder in which embedded services were set up and stopped; None where others are used.

    To copy it takes a tenth of the processor that setting up takes, which every module would do.
    """
    given = GivenBacking()
    if given.kafka is not None or given.database_url is not None or docker_runs():
        yield None
        return
    with session_folder() as path:
        with occupied(path) as folder:
            services = await start_backing(folder, given=given)
            await _set_up(services)
            await asyncio.to_thread(migrated_database, services.database_url)
        yield path


async def _set_up(services: Backing) -> None:
    await create_topics(services.kafka_settings, topics=TopicSettings())
    await asyncio.to_thread(migrate, services.postgres_settings)


def _copy(*folders: Path, to: Path) -> None:
    """Copy them as they are: PostgreSQL's may belong to another user, of which shutil knows nothing."""
    subprocess.run(["cp", "-a", *folders, to], check=True)  # noqa: S607 - every system has it


@asynccontextmanager
async def empty_database(beside: str, *, like: str = "template1") -> AsyncGenerator[PostgresSettings]:
    """Give a database of one test's own, as empty as another one, on the server of another's URL."""
    name = f"test_{secrets.token_hex(16)}"
    with psycopg.connect(beside, autocommit=True) as session:
        session.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
        try:
            yield _database(name, beside=beside)
        finally:
            session.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def migrated_database(beside: str) -> str:
    """Return the name of a database with the schemas and nothing in them, made where there is none."""
    name = "migrated"
    with psycopg.connect(beside, autocommit=True) as session:
        if session.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).rowcount == 0:
            session.execute(f'CREATE DATABASE "{name}"')
    migrate(_database(name, beside=beside))
    return name


def _database(name: str, *, beside: str) -> PostgresSettings:
    address, _, _ = beside.rpartition("/")
    return PostgresSettings(database_url=SecretStr(f"{address}/{name}"))


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
    sessions = Path(tempfile.gettempdir()) / f"itinerary-tests-{getpass.getuser()}"
    sessions.mkdir(exist_ok=True)
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
