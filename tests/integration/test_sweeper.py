"""The sweeper on a real Kafka and PostgreSQL: what is over completes, once for all who subscribe."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import orjson

from schemas.booking_record import BookingContent, BookingStatement, ReconsolidateStatement
from schemas.segments import Place, RideSegment
from schemas.times import Moment
from schemas.topics import BOOKINGS
from schemas.trip import ChangeType
from services.consolidator.sweeper import SWEEPER_QUERIES
from services.platform.backing import Backing
from services.platform.faults import EXIT_CODE
from services.platform.settings import PostgresSettings
from tests.support.bookings_log import PARTITIONS, BookingsLog, bookings_log, home, hotel_booking, own_tenant
from tests.support.trip_events import Copy, events_of_tenant
from tests.support.waiting import wait_until_async
from tests.support.worker_processes import WorkerProcess, consolidator, worker_process

OVER = 2020
"""A year in which every trip is over."""


@contextmanager
def expense_subscriber(backing: Backing, *, group: str) -> Generator[WorkerProcess]:
    """The example consumer, as whoever runs the real one would."""
    arguments = ("--database", backing.database_url, "--bootstrap", backing.kafka, "--group", group)
    with worker_process("examples.expense_subscriber", "kafka", *arguments, backing=backing) as it:
        it.await_saying("subscribed")
        yield it


@contextmanager
def around(backing: Backing) -> Generator[None]:
    """All that stands between a booking and an event, but for the sweeper."""
    with (
        consolidator(backing),
        worker_process("services.query", "projector", backing=backing),
        worker_process("services.consolidator", "relay", backing=backing),
    ):
        yield


@contextmanager
def sweeper(backing: Backing, *, crash: str = "", batch_trips: int = 1000) -> Generator[WorkerProcess]:
    environment = {
        "ITINERARY_SWEEPER_LOOK_SECONDS": "0.2",
        "ITINERARY_SWEEPER_AGAIN_SECONDS": "2",
        "ITINERARY_SWEEPER_BATCH_TRIPS": str(batch_trips),
    }
    if crash:
        environment |= {"ITINERARY_FAULT_PLAN": crash, "ITINERARY_FAULT_TESTING": "1"}
    with worker_process("services.consolidator", "sweeper", backing=backing, environment=environment) as it:
        it.await_saying("sweeper.started")
        yield it


async def told(log: BookingsLog, tenant: str, change: ChangeType, *, trips: int) -> list[list[Copy]]:
    """Wait until so many trips were told to have changed in this way; return the copies of each event."""
    kind = f"itinerary.trip.{change.value}.v1".encode()

    async def events() -> list[list[Copy]]:
        found = await events_of_tenant(log.kafka, tenant, partitions=PARTITIONS)
        return [copies for copies in found.values() if dict(copies[0].headers)["ce_type"] == kind]

    async def enough() -> bool:
        return len(await events()) >= trips

    await wait_until_async(enough, what=f"{trips} trips {change.value}", deadline_seconds=60)
    return await events()


async def stored(backing: Backing, tenant: str, *, trips: int) -> None:
    """Wait until the projector has stored so many trips that are due."""

    async def enough() -> bool:
        return len(await _rows(backing, "SELECT FROM read.trips WHERE tenant = $1", tenant)) >= trips

    await wait_until_async(enough, what=f"{trips} trips in the database", deadline_seconds=60)


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
        with around(backing), sweeper(backing), sweeper(backing):
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
        with around(backing):
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
        with around(backing):
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
        with around(backing):
            await log.post(hotel_booking(tenant=tenant, login="u", locator="A", day=1, at=1, year=OVER))
            await stored(backing, tenant, trips=1)
            with sweeper(backing, crash="sweeper.claimed:1:hang") as waiting:
                waiting.await_saying("fault.injected")
                free = await _rows(
                    backing, "SELECT id FROM read.trips WHERE tenant = $1 FOR UPDATE SKIP LOCKED", tenant
                )

    assert len(free) == 1


async def test_what_a_clock_that_was_put_right_has_claimed_is_asked_for_at_once(backing: Backing) -> None:
    tenant = own_tenant()
    async with bookings_log(backing.kafka_settings) as log:
        with around(backing):
            await log.post(hotel_booking(tenant=tenant, login="u", locator="A", day=1, at=1, year=OVER))
            await stored(backing, tenant, trips=1)
            await _rows(
                backing, "UPDATE read.trips SET swept_at = now() + interval '1 day' WHERE tenant = $1", tenant
            )
            with sweeper(backing):
                await told(log, tenant, ChangeType.COMPLETED, trips=1)


async def test_a_lost_database_and_trips_written_anew_tell_no_event_by_another_id(
    backing: Backing, fresh_database: PostgresSettings
) -> None:
    tenant = own_tenant()
    async with bookings_log(backing.kafka_settings) as log:
        bookings = [
            hotel_booking(tenant=tenant, login=f"u{n}", locator="A", day=n, at=n, year=OVER) for n in range(4)
        ]
        with around(backing), sweeper(backing):
            await log.post(*bookings)
            await told(log, tenant, ChangeType.READY_TO_EXPENSE, trips=len(bookings))
        before = await events_of_tenant(log.kafka, tenant, partitions=PARTITIONS)

        empty = backing._replace(database_url=fresh_database.database_url.get_secret_value())
        shown = {"ITINERARY_PROJECTOR_GROUP": f"{tenant}-projector"}
        again = {"ITINERARY_RELAY_GROUP": f"{tenant}-relay"}  # tells everything a second time
        with (
            consolidator(backing),
            worker_process("services.query", "projector", backing=empty, environment=shown),
            worker_process("services.consolidator", "relay", backing=backing, environment=again),
            sweeper(empty),
        ):
            written = len(await log.history(tenant))
            for booked in bookings:
                rewrite = ReconsolidateStatement(
                    tenant=tenant, traveller=booked.traveller, message=booked.message, rewrite=True
                )
                await log.write(BOOKINGS.name, "any", rewrite.encode(), partition=home(booked))

            async def written_again() -> bool:
                return len(await log.history(tenant)) >= written + len(bookings)

            await wait_until_async(written_again, what="all trips written again", deadline_seconds=60)
            await stored(empty, tenant, trips=len(bookings))

            async def told_again() -> bool:
                copies = await events_of_tenant(log.kafka, tenant, partitions=PARTITIONS)
                return all(len(copies[event]) > 1 for event in before)

            await wait_until_async(told_again, what="all events again", deadline_seconds=60)
        after = await events_of_tenant(log.kafka, tenant, partitions=PARTITIONS)

    assert after.keys() == before.keys()
    assert all(len(set(copies)) == 1 for copies in after.values())


async def test_a_sweeper_that_dies_before_it_remembers_only_repeats_itself(backing: Backing) -> None:
    tenant = own_tenant()
    async with bookings_log(backing.kafka_settings) as log:
        with around(backing):
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
        with around(backing), expense_subscriber(backing, group=tenant) as first:
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
                    return await _rows(
                        backing, "SELECT event, trip FROM expense.effects WHERE event = ANY($1)", list(events)
                    )

                async def taken() -> bool:
                    copies = await events_of_tenant(log.kafka, tenant, partitions=PARTITIONS)
                    told_again = all(len(of_one) > 1 for of_one in copies.values())
                    return told_again and len(await effects()) >= len(events)

                await wait_until_async(taken, what="the effect of every event", deadline_seconds=60)
                had = await effects()

    assert sorted(str(event) for event, _ in had) == sorted(events)
    reports = await _rows(
        backing,
        "SELECT is_open, reason FROM expense.reports WHERE trip = ANY($1)",
        list({trip for _, trip in had}),
    )
    assert [tuple(report) for report in reports] == [(True, "over_with_expensable_segment")] * len(over)


async def test_while_nobody_consolidates_no_more_is_asked_for_and_afterwards_all_is_done(
    backing: Backing,
) -> None:
    tenant = own_tenant()
    async with bookings_log(backing.kafka_settings) as log:
        with (
            worker_process("services.query", "projector", backing=backing),
            worker_process("services.consolidator", "relay", backing=backing),
        ):
            with consolidator(backing) as away:
                over = [
                    hotel_booking(tenant=tenant, login=f"u{n}", locator="A", day=n, at=n, year=OVER)
                    for n in range(8)
                ]
                await log.post(*over)
                await stored(backing, tenant, trips=len(over))
                away.stop()
            with sweeper(backing) as sweeping:
                sweeping.await_saying("partitions.stand_still")
                # Many looks go by while the consolidator starts, each after the two seconds of `sweeper`.
                with consolidator(backing):
                    await told(log, tenant, ChangeType.COMPLETED, trips=len(over))
        said = [orjson.loads(value) for _, value in await log.read(BOOKINGS.name)]
        asked = Counter(
            one["traveller"] for one in said if one["kind"] == "advance" and one["tenant"] == tenant
        )

    assert len(asked) == len(over)
    # Once before it was known that nobody listens, and at most once more as the first of them were done.
    assert max(asked.values()) <= 3


async def test_what_stands_still_in_one_partition_holds_up_no_other(backing: Backing) -> None:
    """Rows as a projector writes them: all that may be asked for ahead is stuck, in partition 0."""
    connection = await asyncpg.connect(backing.database_url)
    try:
        await connection.execute("BEGIN")  # seen by nobody else, and rolled back with the connection
        tenant = own_tenant()
        due, a_moment_ago = datetime(OVER, 1, 1, tzinfo=UTC), timedelta(seconds=1)
        rows = [(tenant, f"stuck {n}", 0, due, 1, a_moment_ago) for n in range(20)]
        rows += [(tenant, f"free {n}", 1, due, 0, None) for n in range(5)]
        await connection.executemany(
            "INSERT INTO read.trips (tenant, id, traveller, epoch, version_offset, state, document, modified,"
            " partition, due_at, sweeps, swept_at)"
            " VALUES ($1, $2, $2, 1, 1, 'live', '{}', now(), $3, $4, $5, now() - CAST($6 AS interval))",
            rows,
        )

        async def claimed(*partitions: int, again_seconds: float) -> list[str]:
            found = SWEEPER_QUERIES.claim_due(
                connection, partitions=partitions, again_seconds=again_seconds, wanted=1000, ahead=20
            )
            return sorted([row["traveller"] async for row in found if row["tenant"] == tenant])

        free, stuck = [f"free {n}" for n in range(5)], sorted(f"stuck {n}" for n in range(20))
        assert await claimed(0, 1, again_seconds=60) == free
        assert await claimed(1, again_seconds=0.1) == []  # a moment ago
        assert await claimed(0, again_seconds=0.1) == stuck
        # Asked for twice by now: the next time only after twice as long.
        await connection.execute(
            "UPDATE read.trips SET swept_at = now() - interval '15 s' WHERE partition = 0"
        )
        assert await claimed(0, again_seconds=10) == []
        assert await claimed(0, again_seconds=7) == stuck
    finally:
        await connection.close()


async def _rows(backing: Backing, sql: str, *arguments: object) -> list[Any]:
    connection = await asyncpg.connect(backing.database_url)
    try:
        return list(await connection.fetch(sql, *arguments))
    finally:
        await connection.close()
