"""Sweeper, relay and webhook sender while the database and the broker are away."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import pytest

from schemas.identifiers import event_id
from tests.support.bookings_log import PARTITIONS, BookingsLog, bookings_log, hotel_booking, own_tenant
from tests.support.faults.clients import HEAL_SECONDS
from tests.support.faults.fleet import Fleet
from tests.support.faults.rig import QUICK, Rig
from tests.support.one_webhook import KEY, one_webhook
from tests.support.trip_events import events_of_tenant
from tests.support.waiting import wait_until_async
from tests.support.webhook_receiver import Receiver, receiver

_EACH = 3
"""Trips that are over when they are booked, before each fault."""
_READY = "itinerary.trip.ready_to_expense.v1"
_TELLING = ("consolidator-1", "projector", "relay", "sweeper", "webhooks")


@asynccontextmanager
async def _telling(rig: Rig, receiving: Receiver) -> AsyncIterator[Fleet]:
    """Run all that stands between a booking and a webhook; started again as often as it ends."""
    settings = {
        "ITINERARY_SWEEPER_LOOK_SECONDS": "0.2",
        "ITINERARY_SWEEPER_AGAIN_SECONDS": "2",
        "ITINERARY_WEBHOOKS_SEALING_KEYS": KEY,
        "ITINERARY_WEBHOOKS_PRIVATE_ORIGINS": json.dumps({"*": [receiving.origin]}),
        "ITINERARY_WEBHOOKS_FIRST_AGAIN_SECONDS": "0.05",
        "ITINERARY_WEBHOOKS_LEASE_SECONDS": "2",
        "ITINERARY_WEBHOOKS_VISIT_SECONDS": "1",
        "ITINERARY_WEBHOOKS_REQUEST_SECONDS": "0.5",
    }
    fleet = Fleet(rig.backing, environment=QUICK | settings)
    for name in _TELLING:
        fleet.add(name)
    tending = asyncio.create_task(fleet.tend())
    try:
        await fleet.at_work(*_TELLING)
        yield fleet
    except BaseException as failure:
        failure.add_note(fleet.last_words())
        raise
    finally:
        tending.cancel()
        await asyncio.to_thread(fleet.close)


async def _owed(log: BookingsLog, tenant: str) -> set[str]:
    """Return the ids of the events that `trips.v1` asks for."""
    return {
        event_id(
            trip=value["id"],
            epoch=value["version"]["epoch"],
            offset=value["version"]["offset"],
            change=change["type"],
        )
        for value in await log.history(tenant)
        for change in value["changes"]
    }


@pytest.mark.exhaustive
async def test_every_completion_reaches_its_webhook_though_database_and_broker_go_away(rig: Rig) -> None:
    tenant = own_tenant()
    (broker,) = rig.brokers.nodes
    faults = (
        (rig.database.stop, rig.database.start),
        (broker.kill, broker.start),
        (rig.database.kill, rig.database.start),
    )
    async with (
        receiver() as receiving,
        bookings_log(rig.kafka) as log,
        one_webhook(rig.database.url, tenant=tenant) as webhook,
    ):
        await webhook.enter(url=f"{receiving.origin}/hook")
        async with _telling(rig, receiving):
            for number, (strike, heal) in enumerate(faults):
                await log.post(
                    *(
                        hotel_booking(
                            tenant=tenant, login=f"u{number} {n}", locator="A", day=n, at=n, year=2020
                        )
                        for n in range(_EACH)
                    )
                )
                await asyncio.to_thread(strike)
                await heal()

            async def all_ready() -> bool:
                told = [orjson.loads(got.body) for got in receiving.at("/hook")]
                ready = {
                    one["subject"] for one in told if one["type"] == "itinerary.trip.ready_to_expense.v1"
                }
                return len(ready) == _EACH * len(faults)

            await wait_until_async(
                all_ready, what="all trips told to be ready", deadline_seconds=HEAL_SECONDS
            )
            owed = await _owed(log, tenant)

            async def all_told() -> bool:
                return {got.id for got in receiving.at("/hook")} >= owed

            await wait_until_async(all_told, what="all events", deadline_seconds=HEAL_SECONDS)
        on_kafka = await events_of_tenant(log.kafka, tenant, partitions=PARTITIONS)

    bodies: dict[str, set[bytes]] = {}
    for got in receiving.at("/hook"):
        bodies.setdefault(got.id, set()).add(got.body)
    assert bodies.keys() == on_kafka.keys() == owed
    assert all(len(copies) == 1 for copies in bodies.values())
    assert all(len(set(copies)) == 1 for copies in on_kafka.values())
