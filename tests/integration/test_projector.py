"""From trips.v1 into PostgreSQL: what is stored, what is refused, and where a projector goes on."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer

from schemas.topics import DEAD_LETTERS, TRIPS
from services.ingest.erasing import Whom, open_erasing
from services.platform.awaiting import CannotStart
from services.platform.backing import Backing
from services.platform.kafka import client_arguments
from services.platform.settings import PostgresSettings, TopicSettings
from tests.support.query_service import PARTITIONS, QueryUnderTest, has_stopped, query_under_test
from tests.support.query_trips import an_id, deletion, marker, outcome, redirect, trip
from tests.support.waiting import wait_until_async


@pytest.fixture
def query(backing: Backing, fresh_database: PostgresSettings, tmp_path: Path) -> QueryUnderTest:
    return query_under_test(kafka=backing.kafka_settings, postgres=fresh_database, folder=tmp_path)


async def test_a_trip_is_stored_byte_for_byte(query: QueryUnderTest) -> None:
    value = trip("rome", tenant=query.tenant, title="Röma  ")

    async with query.projector():
        await query.write(value)
        row = await query.until_stored("rome")

    assert row["document"] == value.encode().decode()


async def test_an_older_version_after_a_newer_is_ignored(query: QueryUnderTest) -> None:
    async with query.projector(batch_records=1):
        await query.write(trip("rome", tenant=query.tenant, offset=9))
        await query.write(trip("rome", tenant=query.tenant, offset=5, also=("milan",)))
        await query.write(redirect("rome", tenant=query.tenant, into="oslo", offset=8))
        await query.write(trip("fence", tenant=query.tenant))
        await query.until_stored("fence")

    row = await query.stored("rome")
    aliases = await query.rows("SELECT alias, trip FROM read.aliases WHERE tenant = $1", query.tenant)
    assert (row["version_offset"], row["state"]) == (9, "live")
    assert {tuple(alias) for alias in aliases} >= {
        (an_id("rome"), an_id("rome")),
        (an_id("milan"), an_id("rome")),
    }


async def test_the_same_values_again_change_nothing(query: QueryUnderTest) -> None:
    values = (
        trip("rome", tenant=query.tenant),
        marker(
            3, partition=query.partition(), epoch=query.epoch, outcomes=(outcome("m", tenant=query.tenant),)
        ),
    )
    everything = """SELECT t.*, m.*, p.* FROM read.trips t JOIN read.messages m USING (tenant)
                      JOIN read.progress p ON p.partition = m.partition WHERE tenant = $1"""

    async with query.projector():
        await query.write(*values, trip("fence 1", tenant=query.tenant))
        await query.until_stored("fence 1")
        before = await query.rows(everything, query.tenant)
        await query.write(*values, trip("fence 1", tenant=query.tenant), trip("fence 2", tenant=query.tenant))
        await query.until_stored("fence 2")
        after = await query.rows(everything + " AND t.id <> $2", query.tenant, an_id("fence 2"))

    assert before
    assert {str(row) for row in after} == {str(row) for row in before}


async def test_of_equal_versions_the_later_on_the_log_wins_even_with_two_readers_of_all(
    query: QueryUnderTest,
) -> None:
    pairs = [
        trip(f"trip {i}", tenant=query.tenant, title=word) for i in range(60) for word in ("first", "second")
    ]

    async with (
        query.projector(group=f"{query.group}-a", batch_records=3),
        query.projector(group=f"{query.group}-b", batch_records=7),
    ):
        await query.write(*pairs, trip("fence", tenant=query.tenant))
        await query.until_stored("fence")

    rows = await query.rows("SELECT content_hash FROM read.trips WHERE tenant = $1", query.tenant)
    assert len(rows) == 61
    assert [row[0] for row in rows if row[0].endswith("first")] == []


async def test_what_a_transaction_aborted_is_never_seen(query: QueryUnderTest) -> None:
    async with query.projector():
        await query.write(trip("aborted", tenant=query.tenant), committed=False)
        await query.write(trip("committed", tenant=query.tenant), committed=True)
        await query.until_stored("committed")

    assert await query.stored("aborted") is None


async def test_a_restarted_projector_goes_on_where_postgresql_says(query: QueryUnderTest) -> None:
    async with query.projector():
        await query.write(trip("rome", tenant=query.tenant))
        await query.until_stored("rome")
    async with query.session() as session:
        await session.execute("DELETE FROM read.trips WHERE tenant = $1", query.tenant)
    await query.write(trip("oslo", tenant=query.tenant))

    async with query.projector(group=f"{query.group}-new"):  # Kafka remembers nothing for this group
        await query.until_stored("oslo")

    assert await query.stored("rome") is None


async def test_a_killed_projector_loses_nothing(query: QueryUnderTest) -> None:
    environment = os.environ | {  # noqa: TID251 - what a child process is started with
        "KAFKA_BOOTSTRAP": query.kafka.bootstrap,
        "DATABASE_URL": query.postgres.database_url.get_secret_value(),
        "ITINERARY_PROJECTOR_GROUP": query.group,
        "ITINERARY_PROJECTOR_BATCH_RECORDS": "5",
    }

    async def start() -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "services.query",
            "projector",
            env=environment,
            stderr=asyncio.subprocess.DEVNULL,
        )

    first = await start()
    try:
        await query.write(trip("rome", tenant=query.tenant))
        await query.until_stored("rome", deadline_seconds=60)  # with a process and its libraries to start
        await query.write(*(trip(f"trip {i}", tenant=query.tenant) for i in range(200)))
        await query.until_stored("trip 10")
    finally:
        first.send_signal(signal.SIGKILL)
        await first.wait()
    await query.write(trip("fence", tenant=query.tenant))
    second = await start()
    try:
        # The dead member's partitions are free once its session has run out.
        await query.until_stored("fence", deadline_seconds=90)
    finally:
        second.terminate()
        assert await second.wait() == 0

    (count,) = await query.rows("SELECT count(*) FROM read.trips WHERE tenant = $1", query.tenant)
    assert count[0] == 202


async def test_projectors_side_by_side_share_the_partitions(query: QueryUnderTest) -> None:
    travellers = [f"traveller {i}" for i in range(40)]

    async def write(title: str) -> None:
        for name in travellers:
            await query.write(trip(f"{title} of {name}", tenant=query.tenant, traveller=name), traveller=name)

    async def count() -> int:
        return int(
            (await query.rows("SELECT count(*) FROM read.trips WHERE tenant = $1", query.tenant))[0][0]
        )

    async def all_of(rounds: int) -> bool:
        return await count() == rounds * len(travellers)

    async with query.projector():
        async with query.projector():
            await write("first")
            await wait_until_async(lambda: all_of(1), what="the first round")
        await write("second")
        await wait_until_async(lambda: all_of(2), what="the second round")


async def test_a_lost_database_connection_is_trouble_that_passes(query: QueryUnderTest) -> None:
    async with query.projector():
        await query.write(trip("rome", tenant=query.tenant))
        await query.until_stored("rome")
        ended = await query.rows(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE application_name = 'itinerary_projector' AND datname = current_database()"""
        )
        await query.write(trip("oslo", tenant=query.tenant))
        await query.until_stored("oslo")

    assert ended


async def test_poison_becomes_a_dead_letter_and_the_stream_goes_on(query: QueryUnderTest) -> None:
    poison = f'{{"kind": "trip", "of": "{query.tenant}"}}'.encode()

    async with query.projector():
        await query.write(trip("before", tenant=query.tenant), poison, trip("after", tenant=query.tenant))
        await query.until_stored("after")

    headers = await _dead_letter(query, poison)
    assert (headers["stage"], headers["reason"]) == ("projection", "malformed_trips_value")
    assert (headers["topic"], headers["partition"]) == (TRIPS.name, str(query.partition()))


async def _dead_letter(query: QueryUnderTest, value: bytes) -> dict[str, str]:
    consumer: Any = AIOKafkaConsumer(
        DEAD_LETTERS.name, **client_arguments(query.kafka), auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            async for record in consumer:
                if record.value == value:
                    return {name: said.decode() for name, said in record.headers}
    finally:
        await consumer.stop()
    raise AssertionError("no dead letter")


async def test_merged_and_split_ids_lead_where_the_newest_word_says(query: QueryUnderTest) -> None:
    async def leads_to(name: str) -> str:
        rows = await query.rows(
            "SELECT trip FROM read.aliases WHERE tenant = $1 AND alias = $2", query.tenant, an_id(name)
        )
        return str(rows[0][0])

    async with query.projector():
        await query.write(
            trip("milan", tenant=query.tenant, offset=1),
            trip("rome", tenant=query.tenant, offset=2, also=("milan",)),
            redirect("milan", tenant=query.tenant, into="rome", offset=2),
            trip("fence 1", tenant=query.tenant),
        )
        await query.until_stored("fence 1")
        merged = await leads_to("milan")
        await query.write(
            trip("rome", tenant=query.tenant, offset=3),
            trip("milan", tenant=query.tenant, offset=3),
            trip("fence 2", tenant=query.tenant),
        )
        await query.until_stored("fence 2")
        split = await leads_to("milan")

    assert (merged, split) == (an_id("rome"), an_id("milan"))


async def test_a_deletion_hides_and_its_tombstone_forgets(query: QueryUnderTest) -> None:
    async with query.projector():
        await query.write(trip("rome", tenant=query.tenant), deletion("rome", tenant=query.tenant, offset=2))
        row = await query.until_stored("rome", offset=2)
        await _write_tombstone(query, "rome")
        await wait_until_async(lambda: _gone(query, "rome"), what="the row to be forgotten")

    assert (row["state"], row["document"]) == ("deleted", None)


async def test_an_erasure_forgets_what_an_earlier_release_left_written(query: QueryUnderTest) -> None:
    whom = Whom(query.tenant, an_id("maria"), was_erased=False)
    topics = TopicSettings(partitions=PARTITIONS, epoch=query.epoch)
    async with query.projector():
        # Of a name of its own: a tombstone that another test left on the log would take the row.
        await query.write(trip("lima", tenant=query.tenant), deletion("lima", tenant=query.tenant, offset=2))
        await query.write(marker(2**40, partition=query.partition(), epoch=query.epoch))  # consolidated all
        await query.until_stored("lima", offset=2)
        await query.rows(
            "UPDATE read.trips SET answer = 'Ada', answer_facts = '[]', answer_mark = 'm' WHERE tenant = $1",
            query.tenant,
        )
        async with open_erasing(query.postgres, kafka=query.kafka, topics=topics) as erasing:
            await erasing.erase(whom)

    row = await query.stored("lima")
    assert (row["answer"], row["answer_facts"], row["answer_mark"]) == (None, None, None)


async def test_what_became_of_a_message_is_dropped_when_the_log_has_long_forgotten_it_but_not_of_peoples_word(
    query: QueryUnderTest,
) -> None:
    await query.enrol("maria")
    outcomes = tuple(outcome(name, tenant=query.tenant) for name in ("old", "word", "young"))

    async def kept() -> set[str]:
        rows = await query.rows("SELECT message FROM read.messages WHERE tenant = $1", query.tenant)
        return {row["message"] for row in rows}

    async def dropped() -> bool:
        return an_id("old") not in await kept()

    async with query.projector():
        await query.write(marker(3, partition=query.partition(), epoch=query.epoch, outcomes=outcomes))
        await query.write(trip("fence", tenant=query.tenant))
        await query.until_stored("fence")
    async with query.session() as session:
        await session.execute(
            """INSERT INTO own.overrides VALUES ($1, $2, $3, $4, 'name', $5, 'maria', now(), $6)""",
            query.tenant, an_id("override"), an_id("maria"), [an_id("rome")], [], an_id("word"),
        )  # fmt: skip
        await session.execute(
            "UPDATE read.messages SET stored_at = now() - interval '46 days' WHERE message = ANY ($1)",
            [an_id("old"), an_id("word")],
        )
    assert len(await kept()) == 3

    async with query.projector(messages_days=45):
        await wait_until_async(dropped, what="the end of what was kept long enough")

    assert await kept() == {an_id("word"), an_id("young")}


async def _write_tombstone(query: QueryUnderTest, name: str) -> None:
    from aiokafka import AIOKafkaProducer  # noqa: PLC0415

    producer = AIOKafkaProducer(**client_arguments(query.kafka))
    await producer.start()
    try:
        await producer.send_and_wait(TRIPS.name, None, key=an_id(name).encode(), partition=query.partition())
    finally:
        await producer.stop()


async def _gone(query: QueryUnderTest, name: str) -> bool:
    return await query.stored(name) is None


async def test_a_read_model_of_another_log_is_refused(query: QueryUnderTest) -> None:
    async with query.session() as session:
        for partition in range(PARTITIONS):
            await session.execute(
                "INSERT INTO read.offsets VALUES ($1, $2, 1000000000)", TRIPS.name, partition
            )

    with pytest.raises(CannotStart, match="another topic"):
        async with query.projector() as projector:
            await wait_until_async(lambda: has_stopped(projector), what="the projector to refuse")


async def test_progress_never_goes_back(query: QueryUnderTest) -> None:
    partition, epoch = query.partition(), query.epoch

    async with query.projector(batch_records=1):
        await query.write(
            marker(9, partition=partition, epoch=epoch),
            marker(4, partition=partition, epoch=epoch),
            marker(50, partition=partition, epoch=epoch - 1),
            trip("fence", tenant=query.tenant),
        )
        await query.until_stored("fence")

    (row,) = await query.rows("SELECT epoch, done_offset FROM read.progress WHERE partition = $1", partition)
    assert tuple(row) == (epoch, 9)
