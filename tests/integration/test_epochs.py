"""A topic deleted and created anew: its offsets begin again, and must not pass for done or stored."""

from pathlib import Path

import pytest

from schemas.topics import BOOKINGS, TRIPS
from services.platform.awaiting import CannotStart
from services.platform.backing import Backing
from services.platform.settings import PostgresSettings
from tests.support.bookings_log import bookings_log, hotel_booking, own_tenant
from tests.support.query_service import QueryUnderTest, has_stopped, query_under_test
from tests.support.query_trips import trip
from tests.support.topics import create_anew
from tests.support.waiting import wait_until_async
from tests.support.worker_processes import consolidator, worker_process


async def test_a_topic_that_was_created_anew_stops_the_worker_until_the_epoch_is_raised(
    backing: Backing,
) -> None:
    tenant = own_tenant()
    before = [hotel_booking(tenant=tenant, login="ada", locator=f"A{n}", day=n * 7, at=n) for n in range(5)]
    after = [
        hotel_booking(tenant=tenant, login="ada", locator=f"B{n}", day=n * 7 + 3, at=n) for n in range(9)
    ]
    async with bookings_log(backing.kafka_settings) as log:
        with consolidator(backing) as worker:
            await log.post(*before)
            await log.settled()
            await create_anew(backing.kafka_settings, BOOKINGS.name)
            assert worker.exit_code() == 1
        await log.post(*after)

        # More lies in the new topic than was done in the old one: no offset tells them apart.
        with worker_process("services.consolidator", backing=backing) as worker:
            assert worker.exit_code() == 1
            assert "ITINERARY_EPOCH to 2" in worker.said()
            assert "Traceback" not in worker.said()

        with consolidator(backing, environment={"ITINERARY_EPOCH": "2"}) as worker:
            await log.done_up_to({log.posted[-1].partition: log.posted[-1].offset}, epoch=2)
            assert worker.stop() == 0
        locators = b"".join((await log.contents(tenant)).values())
        assert all(one.record_locator.encode() in locators for one in (*before, *after))


async def test_a_log_of_trips_that_was_created_anew_stops_the_projector_until_the_read_model_is_emptied(
    backing: Backing, fresh_database: PostgresSettings, tmp_path: Path
) -> None:
    query = query_under_test(kafka=backing.kafka_settings, postgres=fresh_database, folder=tmp_path)
    with pytest.raises(CannotStart, match="created anew"):
        await _project_until_created_anew(query, backing)

    # More lies in the new topic than was stored of the old one: no offset tells them apart.
    await query.write(*(trip(name, tenant=query.tenant) for name in ("oslo", "lima", "bern")))
    with pytest.raises(CannotStart, match="made from another"):
        async with query.projector() as projector:
            await wait_until_async(lambda: has_stopped(projector), what="the projector to refuse")

    async with query.session() as session:
        await session.execute(
            "TRUNCATE read.trips, read.aliases, read.changes, read.messages, read.progress, read.offsets"
        )
    async with query.projector():
        for name in ("oslo", "lima", "bern"):
            await query.until_stored(name)


async def _project_until_created_anew(query: QueryUnderTest, backing: Backing) -> None:
    async with query.projector() as projector:
        await query.write(trip("rome", tenant=query.tenant))
        await query.until_stored("rome")
        await create_anew(backing.kafka_settings, TRIPS.name)
        await wait_until_async(lambda: has_stopped(projector), what="the projector to end")
