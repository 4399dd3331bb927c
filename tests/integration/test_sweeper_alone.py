"""The sweeper where others must not be beside it: the consolidator is away, the database was lost."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import asyncpg
import orjson

from schemas.booking_record import ReconsolidateStatement
from schemas.topics import BOOKINGS
from schemas.trip import ChangeType
from services.consolidator.sweeper import SWEEPER_QUERIES
from services.platform.backing import Backing
from services.platform.settings import PostgresSettings
from tests.support.bookings_log import PARTITIONS, bookings_log, home, hotel_booking, own_tenant
from tests.support.sweeping import OVER, around_the_sweeper, stored, sweeper, told
from tests.support.trip_events import events_of_tenant
from tests.support.waiting import wait_until_async
from tests.support.worker_processes import consolidator, worker_process


async def test_a_lost_database_and_trips_written_anew_tell_no_event_by_another_id(
    backing: Backing, fresh_database: PostgresSettings
) -> None:
    tenant = own_tenant()
    async with bookings_log(backing.kafka_settings) as log:
        bookings = [
            hotel_booking(tenant=tenant, login=f"u{n}", locator="A", day=n, at=n, year=OVER) for n in range(4)
        ]
        with around_the_sweeper(backing), sweeper(backing):
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
