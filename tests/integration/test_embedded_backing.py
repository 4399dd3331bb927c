"""The embedded Kafka and PostgreSQL, for real."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from services.platform.awaiting import CannotStart
from services.platform.backing import Backing, start_backing
from services.platform.child_processes import Child, Roster
from services.platform.data_folder import FolderInUse, occupied, roster_file
from services.platform.free_ports import free_ports
from services.platform.kafka import TopicsUnfit, check_topics, create_topics, wait_for_kafka
from services.platform.kafka_fast_start import fast_start_options
from services.platform.kafka_jars import kafka_class_path
from services.platform.migrations import MigrationFailed, migrate
from services.platform.postgres import wait_for_postgres
from services.platform.settings import (
    GivenBacking,
    KafkaSettings,
    PostgresSettings,
    TopicSettings,
)
from tests.support.migrating import Picture, migrating

NOTHING_GIVEN = GivenBacking.model_construct(kafka=None, database_url=None)

_OWNER = """
import asyncio, sys
from pathlib import Path
from services.platform.backing import start_backing
from services.platform.data_folder import occupied
from services.platform.settings import GivenBacking

async def own():
    with occupied(Path(sys.argv[1])) as folder:
        nothing = GivenBacking.model_construct(kafka=None, database_url=None)
        backing = await start_backing(folder, given=nothing)
        print("answering", backing.kafka, backing.database_url, flush=True)
        await asyncio.Event().wait()

asyncio.run(own())
"""


class Owner(NamedTuple):
    """A process that owns a data folder, and where its services answer."""

    handle: subprocess.Popen[str]
    kafka: str
    database_url: str


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


def start_owner(data: Path) -> Owner:
    handle = subprocess.Popen(
        [sys.executable, "-c", _OWNER, str(data)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert handle.stdout is not None
    with handle.stdout:
        # On a full machine lines of the log come before.
        _, kafka, url = next(line for line in handle.stdout if line.startswith("answering ")).split()
    return Owner(handle, kafka, url)


async def write_to_both(kafka: str, *, database_url: str) -> None:
    await create_topics(KafkaSettings(bootstrap=kafka), topics=TopicSettings(partitions=2))
    async with AIOKafkaProducer(bootstrap_servers=kafka, acks="all") as producer:
        await producer.send_and_wait("inbox.v1", b"kept", partition=0)
    connection = await asyncpg.connect(database_url)
    await connection.execute("CREATE TABLE kept (text text); INSERT INTO kept VALUES ('kept')")
    await connection.close()


async def read_from_both(backing: Backing) -> tuple[bytes, str]:
    consumer = AIOKafkaConsumer(bootstrap_servers=backing.kafka, auto_offset_reset="earliest")
    async with consumer:
        consumer.assign([TopicPartition("inbox.v1", 0)])
        message = await asyncio.wait_for(consumer.getone(), timeout=20)
    connection = await asyncpg.connect(backing.database_url)
    text = await connection.fetchval("SELECT text FROM kept")
    await connection.close()
    return message.value, text


def gone(child: Child) -> bool:
    return child.running() is None


async def test_a_killed_owner_leaves_data_to_the_next_and_no_orphans(data: Path) -> None:
    owner = start_owner(data)
    await write_to_both(owner.kafka, database_url=owner.database_url)
    roster = Roster.read(roster_file(data))
    assert roster is not None
    orphans = roster.children
    assert sorted(child.name for child in orphans) == ["kafka", "postgres"]

    os.kill(owner.handle.pid, signal.SIGKILL)
    owner.handle.wait()
    assert not any(gone(child) for child in orphans)

    with occupied(data) as folder:
        assert all(gone(child) for child in orphans)
        backing = await start_backing(folder, given=NOTHING_GIVEN)
        assert await read_from_both(backing) == (b"kept", "kept")
        successors = folder.roster.children
    assert all(gone(child) for child in successors)
    assert not roster_file(data).exists()


async def test_a_folder_has_one_owner_at_a_time(data: Path) -> None:
    with occupied(data), pytest.raises(FolderInUse, match=str(os.getpid())), occupied(data):
        pass


def test_a_process_that_was_given_the_id_of_a_child_is_left_alone(data: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        now = Child.of(stranger.pid, name="kafka")
        child = now.model_copy(update={"created": now.created - 3600})
        owner = child.model_copy(update={"name": "up"})
        data.mkdir(exist_ok=True)
        Roster(owner=owner, children=(child,)).write(roster_file(data))

        with occupied(data):
            pass

        assert stranger.poll() is None
        stranger.kill()


async def test_only_the_user_reads_the_password_and_others_may_at_most_pass_through(data: Path) -> None:
    with occupied(data) as folder:
        await start_backing(folder, given=NOTHING_GIVEN)
    assert stat.S_IMODE((data / "postgres" / "password").stat().st_mode) == 0o600
    assert stat.S_IMODE(data.parent.stat().st_mode) & 0o067 <= stat.S_IXOTH


def test_the_cache_for_fast_starts_is_made_once(tmp_path: Path) -> None:
    reported: list[str] = []
    for _ in range(2):
        option, _ = fast_start_options(
            kafka_class_path(), cache=tmp_path, report=lambda doing, *_: reported.append(doing)
        )
    assert len(reported) == 1
    assert Path(option.partition("=")[2]).stat().st_size > 1_000_000


async def test_a_child_that_dies_at_its_start_is_reported_with_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "postgres" / "cluster").mkdir(parents=True)
    (tmp_path / "postgres" / "cluster" / "PG_VERSION").write_text("9.6\n")
    (tmp_path / "postgres" / "password").write_text("unused")
    with occupied(tmp_path) as folder, pytest.raises(CannotStart, match=r"(?s)postgres ended with code.*"):
        await start_backing(folder, given=NOTHING_GIVEN)


async def test_services_that_are_down_are_named_in_one_line() -> None:
    (port,) = free_ports(1)
    with pytest.raises(
        CannotStart, match=rf"^Kafka at 127\.0\.0\.1:{port} did not answer within 1 s: .*Errno"
    ):
        await wait_for_kafka(KafkaSettings(bootstrap=f"127.0.0.1:{port}"), deadline_seconds=1)
    nowhere = PostgresSettings.model_validate({"database_url": f"postgresql://u:secret@127.0.0.1:{port}/d"})
    with pytest.raises(CannotStart, match=r"^PostgreSQL .*did not answer within 1 s") as refusal:
        await wait_for_postgres(nowhere, deadline_seconds=1)
    assert "secret" not in str(refusal.value)


async def test_topics_of_another_number_of_partitions_are_refused(backing: Backing) -> None:
    wrong = TopicSettings().partitions + 1
    with pytest.raises(
        TopicsUnfit, match=f"has {wrong - 1} partitions, and ITINERARY_PARTITIONS says {wrong}"
    ):
        await check_topics(backing.kafka_settings, partitions=wrong)
    with pytest.raises(TopicsUnfit, match="ITINERARY_PARTITIONS"):
        await create_topics(backing.kafka_settings, topics=TopicSettings(partitions=wrong))


async def test_topics_that_are_there_are_left_as_they_are(backing: Backing) -> None:
    assert await create_topics(backing.kafka_settings, topics=TopicSettings()) == ()
    await check_topics(backing.kafka_settings, partitions=TopicSettings().partitions)


async def test_processes_that_migrate_at_once_apply_each_migration_once(backing: Backing) -> None:
    connection = await asyncpg.connect(backing.database_url)
    await connection.execute("CREATE DATABASE migrated_at_once")
    address, _, _ = backing.database_url.rpartition("/")
    settings = PostgresSettings.model_validate({"database_url": f"{address}/migrated_at_once"})
    applied = await asyncio.gather(*(asyncio.to_thread(migrate, settings) for _ in range(4)))
    assert sorted(applied)[:-1] == [(), (), ()]
    assert len(max(applied)) > 0
    await connection.execute("DROP DATABASE migrated_at_once WITH (FORCE)")
    await connection.close()


async def test_a_migration_that_fails_is_named_and_changes_nothing(
    fresh_database: PostgresSettings, tmp_path: Path
) -> None:
    (tmp_path / "0001.good.sql").write_text("CREATE TABLE good ();")
    (tmp_path / "0002.bad.sql").write_text("CREATE TABLE bad (); CREATE TABLE good ();")
    with pytest.raises(MigrationFailed, match=r'0002\.bad failed: relation "good" already exists'):
        migrate(fresh_database, folder=tmp_path)
    connection = await asyncpg.connect(fresh_database.database_url.get_secret_value())
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    names = {row["tablename"] for row in tables}
    assert "good" in names
    assert "bad" not in names


def test_a_migration_that_is_rolled_back_leaves_the_schemas_as_they_were_before_it(backing: Backing) -> None:
    with migrating(backing.database_url) as database:
        newest, before = database.picture(), dict[str, Picture]()
        for name in database.applied():
            database.roll_back(name)
            before[name] = database.picture()
        assert database.picture() == {}
        for name in database.apply():
            assert database.picture() == before[name], name
        assert database.picture() == newest
