"""What tests of the sweeper share: everything around it, in processes of its own, and what comes of it."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import asyncpg

from schemas.trip import ChangeType
from services.platform.backing import Backing
from tests.support.bookings_log import PARTITIONS, BookingsLog
from tests.support.trip_events import Copy, events_of_tenant
from tests.support.waiting import wait_until_async
from tests.support.worker_processes import WorkerProcess, consolidator, worker_process

OVER = 2020
"""A year in which every trip is over."""


@contextmanager
def around_the_sweeper(backing: Backing) -> Generator[None]:
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
        return len(await rows(backing, "SELECT FROM read.trips WHERE tenant = $1", tenant)) >= trips

    await wait_until_async(enough, what=f"{trips} trips in the database", deadline_seconds=60)


async def rows(backing: Backing, sql: str, *arguments: object) -> list[Any]:
    connection = await asyncpg.connect(backing.database_url)
    try:
        return list(await connection.fetch(sql, *arguments))
    finally:
        await connection.close()
