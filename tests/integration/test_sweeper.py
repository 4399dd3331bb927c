"""The sweeper on a real Kafka and PostgreSQL: what is over completes, once for all who subscribe."""

from collections.abc import Generator
from contextlib import contextmanager

import orjson
import pytest

from schemas.booking_record import BookingContent, BookingStatement
from schemas.segments import Place, RideSegment
from schemas.times import Moment
from schemas.topics import BOOKINGS
from schemas.trip import ChangeType
from services.platform.backing import Backing
from services.platform.faults import EXIT_CODE
from tests.support.bookings_log import PARTITIONS, BookingsLog, bookings_log, hotel_booking, own_tenant
from tests.support.sweeping import OVER, around_the_sweeper, rows, stored, sweeper, told
from tests.support.trip_events import events_of_tenant
from tests.support.waiting import wait_until_async
from tests.support.worker_processes import WorkerProcess, worker_process

pytestmark = pytest.mark.usefixtures("around")


@pytest.fixture(scope="module")
def around(backing: Backing) -> Generator[None]:
    with around_the_sweeper(backing):
        yield


@contextmanager
def expense_subscriber(backing: Backing, *, group: str) -> Generator[WorkerProcess]:
    """The example consumer, as whoever runs the real one would."""
    arguments = ("--database", backing.database_url, "--bootstrap", backing.kafka, "--group", group)
    with worker_process("examples.expense_subscriber", "kafka", *arguments, backing=backing) as it:
        it.await_saying("subscribed")
        yield it


def ride(tenant: str, *, end: str, offset_minutes: int) -> BookingStatement:
    """A ride of a traveller of its own, that ends at a time of the wall clock with an offset."""
    login = f"{end} {offset_minutes}"
    stated = hotel_booking(tenant=tenant, login=login, locator="A", day=1, at=1, year=OVER)
    segment = RideSegment(
        vendor="Any Cab",
        origin=Place(city="Bonn"),
        start=Moment(local=f"{end[:17]}00", offset_minutes=offset_minutes),
        end=Moment(local=end, offset_minutes=offset_minutes),
    )
    return stated.model_copy(update={"content": BookingContent(segments=(segment,))})


async def completed_in_order(log: BookingsLog, tenant: str) -> list[str]:
    """Return when each trip of one traveller began, by the versions that completed them.

    What is advanced in one step of the consolidator has one version.
    """
    completions = [
        (value["version"]["offset"], value["content"]["start_date"])
        for value in await log.history(tenant)
        if any(change["type"] == "completed" for change in value["changes"])
    ]
    return [start for _, start in sorted(completions)]


async def test_trips_that_are_over_complete_and_are_ready_to_expense_and_others_wait(
    backing: Backing,
) -> None:
    tenant = own_tenant()
    async with bookings_log(backing.kafka_settings) as log:
        with sweeper(backing), sweeper(backing):
            over = [
                hotel_booking(tenant=tenant, login=f"u{n}", locator="A", day=n, at=n, year=OVER)
                for n in range(8)
            ]
            to_come = hotel_booking(tenant=tenant, login="later", locator="B", day=1, at=9, year=2190)
            await log.post(*over, to_come)

            completed = await told(log, tenant, ChangeType.COMPLETED, trips=len(over))
            ready = await told(log, tenant, ChangeType.READY_TO_EXPENSE, trips=len(over))

    assert len(completed) == len(ready) == len(over)
    assert all(len(set(copies)) == 1 for copies in (*completed, *ready))


async def test_a_week_is_caught_up_in_order_by_sweepers_side_by_side_of_which_one_dies(
    backing: Backing,
) -> None:
    tenant = own_tenant()
    async with bookings_log(backing.kafka_settings) as log:
        late_first = [
            hotel_booking(tenant=tenant, login="u", locator=f"L{day}", day=day, at=day, year=OVER)
            for day in (100, 40, 1, 80, 20, 60)
        ]
        await log.post(*late_first)
        await stored(backing, tenant, trips=len(late_first))
        with sweeper(backing, crash="sweeper.claimed:2:exit", batch_trips=2) as doomed:
            assert doomed.exit_code() == EXIT_CODE
        with sweeper(backing, batch_trips=2), sweeper(backing, batch_trips=2):
            await told(log, tenant, ChangeType.COMPLETED, trips=len(late_first))
        completions = await completed_in_order(log, tenant)

    assert len(completions) == len(late_first)
    assert completions == sorted(completions)


async def test_clocks_that_go_back_or_forward_move_no_completion(
    backing: Backing,
) -> None:
    tenant = own_tenant()
    async with bookings_log(backing.kafka_settings) as log:
        # 25 October 2020 in Bonn: 02:30 is first at +02:00, then, an hour later, at +01:00.
        await log.post(*(ride(tenant, end="2020-10-25T02:30:00", offset_minutes=o) for o in (60, 120)))
        # 29 March 2020: one minute after 01:59 it is 03:00.
        await log.post(ride(tenant, end="2020-03-29T01:59:00", offset_minutes=60))
        await log.post(ride(tenant, end="2020-03-29T03:00:00", offset_minutes=120))
        await stored(backing, tenant, trips=4)
        with sweeper(backing):
            await told(log, tenant, ChangeType.COMPLETED, trips=4)
        statements = [orjson.loads(value) for _, value in await log.read(BOOKINGS.name)]
        advanced = {
            said["instant"] for said in statements if said["kind"] == "advance" and said["tenant"] == tenant
        }
        told_at = {value["content"]["completes_at"] for value in await log.history(tenant)}

    instants = {f"2020-{at}:00Z" for at in ("03-29T00:59", "03-29T01:00", "10-25T00:30", "10-25T01:30")}
    assert advanced == told_at == instants


async def test_a_sweeper_that_waits_for_the_broker_holds_no_trip_back_from_the_projector(
    backing: Backing,
) -> None:
    tenant = own_tenant()
    async with bookings_log(backing.kafka_settings) as log:
        await log.post(hotel_booking(tenant=tenant, login="u", locator="A", day=1, at=1, year=OVER))
        await stored(backing, tenant, trips=1)
        with sweeper(backing, crash="sweeper.claimed:1:hang") as waiting:
            waiting.await_saying("fault.injected")
            free = await rows(
                backing, "SELECT id FROM read.trips WHERE tenant = $1 FOR UPDATE SKIP LOCKED", tenant
            )

    assert len(free) == 1


async def test_what_a_clock_that_was_put_right_has_claimed_is_asked_for_at_once(backing: Backing) -> None:
    tenant = own_tenant()
    async with bookings_log(backing.kafka_settings) as log:
        await log.post(hotel_booking(tenant=tenant, login="u", locator="A", day=1, at=1, year=OVER))
        await stored(backing, tenant, trips=1)
        await rows(
            backing, "UPDATE read.trips SET swept_at = now() + interval '1 day' WHERE tenant = $1", tenant
        )
        with sweeper(backing):
            await told(log, tenant, ChangeType.COMPLETED, trips=1)


async def test_a_sweeper_that_dies_before_it_remembers_only_repeats_itself(backing: Backing) -> None:
    tenant = own_tenant()
    async with bookings_log(backing.kafka_settings) as log:
        with sweeper(backing, crash="sweeper.confirmed:1:exit") as dying:
            await log.post(hotel_booking(tenant=tenant, login="u", locator="A", day=1, at=1, year=OVER))
            assert dying.exit_code() == EXIT_CODE
        with sweeper(backing):
            completed = await told(log, tenant, ChangeType.COMPLETED, trips=1)
        appended = [value for value in await log.history(tenant) if value["content"]["completed"]]

    assert len(completed) == 1
    assert len(appended) == 1


async def test_the_expense_system_has_exactly_one_effect_of_each_transition_whatever_dies(
    backing: Backing,
) -> None:
    tenant = own_tenant()
    async with bookings_log(backing.kafka_settings) as log:
        with expense_subscriber(backing, group=tenant) as first:
            over = [
                hotel_booking(tenant=tenant, login=f"u{n}", locator="A", day=n, at=n, year=OVER)
                for n in range(8)
            ]
            await log.post(*over)
            with sweeper(backing, crash="sweeper.claimed:1:exit") as doomed:
                assert doomed.exit_code() == EXIT_CODE
            with sweeper(backing, crash="sweeper.confirmed:1:exit") as doomed:
                assert doomed.exit_code() == EXIT_CODE
            with sweeper(backing):
                await told(log, tenant, ChangeType.COMPLETED, trips=4)
                first.kill()
                await told(log, tenant, ChangeType.READY_TO_EXPENSE, trips=len(over))
            again = {"ITINERARY_RELAY_GROUP": f"{tenant}-again"}  # tells everything a second time
            with (
                worker_process("services.consolidator", "relay", backing=backing, environment=again),
                expense_subscriber(backing, group=tenant),
            ):
                events = await events_of_tenant(log.kafka, tenant, partitions=PARTITIONS)

                async def effects() -> list[tuple[str, str]]:
                    return await rows(
                        backing, "SELECT event, trip FROM expense.effects WHERE event = ANY($1)", list(events)
                    )

                async def taken() -> bool:
                    copies = await events_of_tenant(log.kafka, tenant, partitions=PARTITIONS)
                    told_again = all(len(of_one) > 1 for of_one in copies.values())
                    return told_again and len(await effects()) >= len(events)

                await wait_until_async(taken, what="the effect of every event", deadline_seconds=60)
                had = await effects()

    assert sorted(str(event) for event, _ in had) == sorted(events)
    reports = await rows(
        backing,
        "SELECT is_open, reason FROM expense.reports WHERE trip = ANY($1)",
        list({trip for _, trip in had}),
    )
    assert [tuple(report) for report in reports] == [(True, "over_with_expensable_segment")] * len(over)
