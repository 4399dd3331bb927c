"""The consolidator's stream on a real Kafka, in processes of its own, through the crashes it must survive."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.errors import ProducerFenced

from schemas.base import canonical_json
from schemas.booking_record import BookingStatement
from schemas.topics import BOOKINGS, DEAD_LETTERS, TRIPS
from services.consolidator.outputs import PartitionWriter
from services.consolidator.values import Output
from services.platform.backing import Backing
from services.platform.kafka import client_arguments
from services.platform.topic_ids import topic_ids
from tests.support.bookings_log import Posted, bookings_log, home, hotel_booking, own_tenant
from tests.support.waiting import wait_until_async
from tests.support.worker_processes import consolidator, worker_process


def _bookings(tenant: str, *, travellers: int, each: int, at: int = 0) -> list[BookingStatement]:
    return [
        hotel_booking(tenant=tenant, login=f"u{u}", locator=f"L{n}", day=n * 5 % 300, at=at + n)
        for n in range(each)
        for u in range(travellers)
    ]


async def test_what_is_posted_becomes_trips_and_progress(backing: Backing) -> None:
    tenant = own_tenant()
    async with bookings_log(backing.kafka_settings) as log:
        with consolidator(backing) as worker:
            await log.post(*_bookings(tenant, travellers=5, each=4))
            await log.settled()
            assert await log.contents(tenant) == log.expected_contents(tenant)
            assert worker.stop() == 0
        inputs = {posted.offset for posted in log.posted}
        versions = [value["version"] for value in await log.history(tenant)]
        assert all(version["epoch"] == 1 and version["offset"] in inputs for version in versions)
        ids = await topic_ids(backing.kafka_settings, [BOOKINGS.name])
        assert {marker.topic_id for marker in (await log.markers()).values()} == {ids[BOOKINGS.name]}


async def test_a_worker_killed_in_the_middle_loses_nothing(backing: Backing) -> None:
    tenant = own_tenant()
    async with bookings_log(backing.kafka_settings) as log:
        with consolidator(backing) as first:
            posting = asyncio.create_task(log.post(*_bookings(tenant, travellers=40, each=10)))
            await wait_until_async(lambda: log.contents(tenant), what="the first trips")
            first.kill()
            await posting
        await log.post(*_bookings(tenant, travellers=40, each=10, at=1))
        with consolidator(backing):
            await log.settled()
        assert await log.contents(tenant) == log.expected_contents(tenant)
        assert _versions_rise(await log.history(tenant))


async def test_the_other_worker_takes_over_what_a_killed_one_had(backing: Backing) -> None:
    tenant = own_tenant()
    async with bookings_log(backing.kafka_settings) as log:
        with consolidator(backing) as one, consolidator(backing):
            await log.post(*_bookings(tenant, travellers=30, each=2))
            await log.settled()
            posting = asyncio.create_task(log.post(*_bookings(tenant, travellers=30, each=6, at=1)))
            one.kill()
            await posting
            await log.settled()
        assert await log.contents(tenant) == log.expected_contents(tenant)
        assert _versions_rise(await log.history(tenant))


async def test_a_worker_that_slept_through_a_take_over_cannot_write_and_ends(backing: Backing) -> None:
    tenant = own_tenant()
    async with bookings_log(backing.kafka_settings) as log:
        with consolidator(backing) as sleeper:
            await log.post(*_bookings(tenant, travellers=30, each=1))
            await log.settled()
            sleeper.freeze()
            with consolidator(backing):
                await log.post(*_bookings(tenant, travellers=30, each=3, at=1))
                await log.settled()
                sleeper.thaw()
                await log.post(*_bookings(tenant, travellers=30, each=5, at=2))
                await log.settled()
                assert await log.contents(tenant) == log.expected_contents(tenant)
        assert _versions_rise(await log.history(tenant))


async def test_a_late_writer_is_fenced_and_nobody_reads_what_it_wrote(backing: Backing) -> None:
    tenant = own_tenant()
    statement = hotel_booking(tenant=tenant, login="ada", locator="L1", day=1, at=0)
    async with bookings_log(backing.kafka_settings) as log:
        late = await PartitionWriter.take_over(backing.kafka_settings, partition=home(statement))
        with consolidator(backing):
            await log.post(statement)
            await log.settled()
            with pytest.raises(ProducerFenced):
                await late.commit([Output(TRIPS.name, b"late", canonical_json({"late": tenant}))])
        await late.close()
        assert tenant.encode() not in b"".join(
            value for key, value in await log.read(TRIPS.name) if key == b"late"
        )


async def test_a_worker_that_is_fenced_although_the_partition_is_its_own_takes_over_once_more(
    backing: Backing,
) -> None:
    tenant = own_tenant()
    first, second = _bookings(tenant, travellers=1, each=2)
    async with bookings_log(backing.kafka_settings) as log:
        with consolidator(backing) as worker:
            await log.post(first)
            await log.settled()
            # As when the take-over of a former owner, who has let go meanwhile, comes late on a slow network.
            late = await PartitionWriter.take_over(backing.kafka_settings, partition=home(first))
            await log.post(second)
            await log.settled()
            await late.close()
            worker.await_saying("batch.failed")
            assert worker.stop() == 0
        assert await log.contents(tenant) == log.expected_contents(tenant)


async def test_duplicates_and_replays_change_nothing(backing: Backing) -> None:
    tenant = own_tenant()
    statements = _bookings(tenant, travellers=3, each=3)
    async with bookings_log(backing.kafka_settings) as log:
        with consolidator(backing):
            await log.post(*statements)
            await log.settled()
            before = await log.history(tenant)
            await log.post(*statements, *reversed(statements))
            await log.settled()  # suppressed inputs count as done, and nothing else is written of them
            assert await log.history(tenant) == before


async def test_poison_goes_to_the_dead_letters_and_the_stream_goes_on(backing: Backing) -> None:
    tenant = own_tenant()
    statement = hotel_booking(tenant=tenant, login="ada", locator="L1", day=1, at=0)
    garbage = f"no statement of {tenant}".encode()
    async with bookings_log(backing.kafka_settings) as log:
        await log.post_bytes(garbage, partition=home(statement))
        await log.post_bytes(None, partition=home(statement))
        await log.post_bytes(statement.encode(), partition=(home(statement) + 1) % 8)
        await log.post(statement)
        with consolidator(backing):
            await log.settled()
        assert await log.contents(tenant) == log.expected_contents(tenant)
        assert garbage in [value for _, value in await log.read(DEAD_LETTERS.name)]


async def test_messages_that_the_engine_leaves_out_are_read_from_the_log(backing: Backing) -> None:
    tenant = own_tenant()
    first, *others = _bookings(tenant, travellers=1, each=5)
    async with bookings_log(backing.kafka_settings) as log:
        with consolidator(backing) as worker:
            await log.post(first)
            await log.settled()
            assert worker.stop() == 0
        await log.post(*others[:3])
        await _commit_as_done(log.posted[-1], backing=backing)
        with consolidator(backing) as worker:
            await log.post(*others[3:])
            await log.settled()
            worker.await_saying("gap.filled")
        assert await log.contents(tenant) == log.expected_contents(tenant)


async def test_messages_that_expired_before_anyone_read_them_are_told_and_hold_up_nobody(
    backing: Backing,
) -> None:
    tenant = own_tenant()
    async with bookings_log(backing.kafka_settings) as log:
        await log.post(*_bookings(tenant, travellers=1, each=4))
        last = log.posted[-1]
        await _expire(last, backing=backing)
        with consolidator(backing) as worker:
            await log.done_up_to({last.partition: last.offset})
            worker.await_saying("messages.expired")
        (content,) = (await log.contents(tenant)).values()
        assert last.statement.record_locator.encode() in content


async def test_a_restart_on_a_state_that_is_kept_reads_only_what_it_missed_and_survives_its_loss(
    backing: Backing, tmp_path: Path
) -> None:
    tenant = own_tenant()
    async with bookings_log(backing.kafka_settings) as log:
        with consolidator(backing, state=tmp_path) as worker:
            await log.post(*_bookings(tenant, travellers=30, each=3))
            await log.settled()
            assert worker.stop() == 0
        with consolidator(
            backing
        ) as other:  # another worker, elsewhere: the kept state is stale from here on
            await log.post(*_bookings(tenant, travellers=30, each=4, at=1))
            await log.settled()
            assert other.stop() == 0
        with consolidator(backing, state=tmp_path) as worker:
            await log.post(*_bookings(tenant, travellers=30, each=5, at=2))
            await log.settled()
            restored = worker.facts("partition.restored")
            assert restored
            assert all(min(fact["begun_at"].values()) > 0 for fact in restored)
            assert worker.stop() == 0
        _break(tmp_path)
        with consolidator(backing, state=tmp_path) as worker:
            await log.post(*_bookings(tenant, travellers=30, each=6, at=3))
            await log.settled()
            assert worker.stop() == 0
        assert await log.contents(tenant) == log.expected_contents(tenant)
        assert _versions_rise(await log.history(tenant))


async def test_a_worker_refuses_to_start_where_the_topics_have_another_number_of_partitions(
    backing: Backing,
) -> None:
    with worker_process(
        "services.consolidator", backing=backing, environment={"ITINERARY_PARTITIONS": "5"}
    ) as worker:
        assert worker.exit_code() == 1
        assert "ITINERARY_PARTITIONS" in worker.said()
        assert "Traceback" not in worker.said()


async def test_a_worker_refuses_an_engine_without_its_compiled_iterator(backing: Backing) -> None:
    with worker_process(
        "services.consolidator",
        backing=backing,
        environment={"NO_CYTHON": "1", "ITINERARY_CONSOLIDATOR_ENGINE": "faust"},
    ) as worker:
        assert worker.exit_code() == 1
        assert "compiled stream iterator" in worker.said()


async def _expire(first_kept: Posted, *, backing: Backing) -> None:
    """Delete what lies in a partition before a message, as retention does."""
    admin = AIOKafkaAdminClient(**client_arguments(backing.kafka_settings))
    await admin.start()
    try:
        place = TopicPartition(BOOKINGS.name, first_kept.partition)
        await admin.delete_records({place: RecordsToDelete(before_offset=first_kept.offset)})
    finally:
        await admin.close()


def _break(state: Path) -> None:
    """Leave of a worker's state only files of the right names."""
    for file in state.glob("*/partition-*/**/*"):
        if file.is_file():
            file.write_bytes(b"lost")


async def _commit_as_done(posted: Posted, *, backing: Backing) -> None:
    """Move the group past a message that nobody consolidated, as a wrong commit of the engine would."""
    consumer = AIOKafkaConsumer(
        **client_arguments(backing.kafka_settings),
        group_id="itinerary-consolidator-1",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        place = TopicPartition(BOOKINGS.name, posted.partition)
        consumer.assign([place])
        await consumer.commit({place: posted.offset + 1})
    finally:
        await consumer.stop()


def _versions_rise(history: list[dict[str, Any]]) -> bool:
    seen: dict[str, int] = {}
    for value in history:
        offset = value["version"]["offset"]
        if offset <= seen.get(value["id"], -1):
            return False
        seen[value["id"]] = offset
    return True
