"""The relay on a real Kafka, in processes of its own, killed while it tells."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from schemas.base import canonical_json
from schemas.booking_record import BookingStatement, CancellationStatement
from schemas.events import event_type
from schemas.identifiers import event_id
from schemas.topics import DEAD_LETTERS, TRIP_EVENTS, TRIPS
from schemas.trip import ChangeType
from services.platform.backing import Backing
from services.platform.faults import EXIT_CODE
from tests.support.bookings_log import PARTITIONS, BookingsLog, bookings_log, hotel_booking, own_tenant
from tests.support.console_consumer import console_consumed
from tests.support.trip_events import events_of_tenant
from tests.support.waiting import wait_until_async
from tests.support.worker_processes import WorkerProcess, consolidator, worker_process


@contextmanager
def relay(backing: Backing, *, group: str, crash: str = "") -> Generator[WorkerProcess]:
    environment = {"ITINERARY_RELAY_GROUP": group}
    if crash:
        environment |= {
            "ITINERARY_RELAY_BATCH_RECORDS": "3",
            "ITINERARY_FAULT_PLAN": crash,
            "ITINERARY_FAULT_TESTING": "1",
        }
    with worker_process("services.consolidator", "relay", backing=backing, environment=environment) as worker:
        worker.await_saying("relay.started")
        yield worker


def _bookings(tenant: str, *, day: int, at: int, nights: int = 2) -> list[BookingStatement]:
    return [
        hotel_booking(tenant=tenant, login=f"u{n}", locator=f"D{day}", day=day, at=at, nights=nights)
        for n in range(20)
    ]


async def _a_life_of_trips(log: BookingsLog, tenant: str) -> None:
    """Bring about what can happen: trips are created, changed, merged, parted and cancelled."""
    for day, at in ((1, 1), (9, 2), (20, 3)):
        await log.post(*_bookings(tenant, day=day, at=at))
    await log.settled()
    for day, at, nights in ((1, 4, 20), (1, 5, 2)):  # the first stay grows over both others, and shrinks
        await log.post(*_bookings(tenant, day=day, at=at, nights=nights))
        await log.settled()
    for booked in _bookings(tenant, day=9, at=6):
        cancelled = CancellationStatement.model_validate(
            booked.model_dump(exclude={"kind", "content", "explicit_trip"})
        )
        await log.post(cancelled)
    await log.settled()


async def _owed(log: BookingsLog, tenant: str) -> dict[str, str]:
    """Return, by event id, the type of every event that `trips.v1` asks for."""
    return {
        event_id(
            trip=value["id"],
            epoch=value["version"]["epoch"],
            offset=value["version"]["offset"],
            change=change["type"],
        ): event_type(ChangeType(change["type"]))
        for value in await log.history(tenant)
        for change in value["changes"]
    }


async def test_each_transition_is_told_at_least_once_and_always_the_same_whatever_is_killed(
    backing: Backing,
) -> None:
    tenant = own_tenant()
    kafka = backing.kafka_settings
    async with bookings_log(kafka) as log:
        with consolidator(backing):
            await _a_life_of_trips(log, tenant)
        owed = await _owed(log, tenant)
        assert {kind.split(".")[2] for kind in owed.values()} >= {
            "created", "updated", "merged", "split", "cancelled",
        }  # fmt: skip

        async def told(at_least: int) -> bool:
            return len(await events_of_tenant(kafka, tenant, partitions=PARTITIONS)) >= at_least

        for crash in ("relay.confirmed:9:exit", "relay.committed:4:exit"):
            with relay(backing, group=tenant, crash=crash) as doomed:
                assert doomed.exit_code() == EXIT_CODE
        with relay(backing, group=tenant), relay(backing, group=tenant):
            await wait_until_async(lambda: told(len(owed)), what="all events", deadline_seconds=40)
        with relay(backing, group=f"{tenant}-again"):  # a second telling of everything
            await wait_until_async(
                lambda: _all_told_twice(backing, tenant), what="all events again", deadline_seconds=40
            )

        copies = await events_of_tenant(kafka, tenant, partitions=PARTITIONS)
        assert {i: dict(c[0].headers)["ce_type"].decode() for i, c in copies.items()} == owed
        assert all(len(set(of_one)) == 1 for of_one in copies.values())


async def _all_told_twice(backing: Backing, tenant: str) -> bool:
    copies = await events_of_tenant(backing.kafka_settings, tenant, partitions=PARTITIONS)
    return all(len(of_one) > 1 for of_one in copies.values())


async def test_what_is_told_is_read_by_kafkas_own_consumer_too(backing: Backing, tmp_path: Path) -> None:
    tenant = own_tenant()
    async with bookings_log(backing.kafka_settings) as log:
        with consolidator(backing), relay(backing, group=tenant):
            await log.post(*_bookings(tenant, day=1, at=1))
            await log.settled()
            owed = await _owed(log, tenant)

            async def told() -> bool:
                return len(await events_of_tenant(log.kafka, tenant, partitions=PARTITIONS)) == len(owed)

            await wait_until_async(told, what="all events")
        ours = await events_of_tenant(log.kafka, tenant, partitions=PARTITIONS)
        total = await log.count(TRIP_EVENTS.name)
        printed = await console_consumed(
            TRIP_EVENTS.name, count=total, bootstrap=backing.kafka, cache=tmp_path / "jars"
        )

    theirs = {one.headers["ce_id"]: one for one in printed if one.headers["ce_itinerarytenant"] == tenant}
    assert theirs.keys() == ours.keys()
    for event, copies in ours.items():
        assert theirs[event].value.encode() == copies[0].value
        assert theirs[event].key.encode() == copies[0].key
        assert theirs[event].headers == {name: value.decode() for name, value in copies[0].headers}


async def test_what_is_no_trip_becomes_a_dead_letter_and_the_relay_goes_on(backing: Backing) -> None:
    tenant = own_tenant()
    garbage = canonical_json({"no trip of": tenant})
    async with bookings_log(backing.kafka_settings) as log:
        await log.write(TRIPS.name, "any", garbage, partition=0)
        await log.write(TRIPS.name, "any", None, partition=0)
        with consolidator(backing):
            await log.post(*_bookings(tenant, day=1, at=1))
            await log.settled()
        owed = await _owed(log, tenant)
        with relay(backing, group=tenant) as worker:

            async def all_told() -> bool:
                return len(await events_of_tenant(log.kafka, tenant, partitions=PARTITIONS)) == len(owed)

            await wait_until_async(all_told, what="the events of the trips behind the garbage")
            assert worker.stop() == 0
        assert garbage in [value for _, value in await log.read(DEAD_LETTERS.name)]
