"""The sweeper on a real Kafka and PostgreSQL: what is over completes, once for all who subscribe."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import asyncpg

from schemas.trip import ChangeType
from services.platform.backing import Backing
from services.platform.faults import EXIT_CODE
from tests.support.bookings_log import PARTITIONS, BookingsLog, bookings_log, hotel_booking, own_tenant
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
def sweeper(backing: Backing, *, crash: str = "") -> Generator[WorkerProcess]:
    environment = {"ITINERARY_SWEEPER_LOOK_SECONDS": "0.2"}
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


async def test_the_trips_of_one_traveller_complete_in_the_order_in_which_they_ended(backing: Backing) -> None:
    tenant = own_tenant()
    async with bookings_log(backing.kafka_settings) as log:
        with around(backing):
            late_first = [
                hotel_booking(tenant=tenant, login="u", locator=f"L{day}", day=day, at=day, year=OVER)
                for day in (40, 1, 20)
            ]
            await log.post(*late_first)
            await log.settled()
            with sweeper(backing):
                await told(log, tenant, ChangeType.COMPLETED, trips=3)
        versions = [
            (value["version"]["offset"], value["content"]["start_date"])
            for value in await log.history(tenant)
            if any(change["type"] == "completed" for change in value["changes"])
        ]

    assert [start for _, start in sorted(versions)] == sorted(start for _, start in versions)


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


async def _rows(backing: Backing, sql: str, *arguments: object) -> list[Any]:
    connection = await asyncpg.connect(backing.database_url)
    try:
        return list(await connection.fetch(sql, *arguments))
    finally:
        await connection.close()
