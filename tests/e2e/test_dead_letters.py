"""`itinerary dead-letters redrive` on a whole system: killed in the middle, the next one finishes it."""

import asyncio
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer

from schemas.topics import INBOX
from services.command_line.running import RunningUp
from services.ingest.dead_letters import Wanted, find
from services.platform.settings import KafkaSettings
from tests.support.command_line import Installation
from tests.support.live_system import LiveClient, stay
from tests.support.live_traffic import traffic
from tests.support.waiting import wait_until

_BOOKINGS = 150
_REDRIVEN = 40
_LATECOMER = "late@acme.example"


async def _publish(kafka: str, tenant: str) -> None:
    """Publish bookings of somebody who is in no directory yet, as a trusted feed does."""
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        for number in range(_BOOKINGS):
            day = f"{2030 + number // 12}-{1 + number % 12:02d}-01"
            body = {
                "booking_source": "Rail Feed",
                "record_locator": f"R{number}",
                "segments": [stay(f"City {number}", day, day)],
            }
            said = {
                "ce_id": str(number),
                "ce_source": "tmc:rail feed",
                "ce_type": "itinerary.booking.v1",
                "ce_itinerarytenant": tenant,
                "ce_itinerarytraveller": _LATECOMER,
            }
            headers = [(name, value.encode()) for name, value in said.items()]
            await producer.send(INBOX.name, orjson.dumps(body), headers=headers)


async def _waiting(kafka: str, tenant: str) -> int:
    wanted = Wanted(tenant=tenant)
    return len(await find(KafkaSettings(bootstrap=kafka), wanted=wanted, on_progress=lambda _, __: None))


def test_a_redrive_that_is_killed_in_the_middle_is_finished_by_the_next_and_nothing_stands_twice(
    installation: Installation, running: RunningUp
) -> None:
    live = LiveClient(installation, running)
    live.token("--tmc", "Rail Feed", "--on-behalf-of", live.login, "--trusted-feed")
    asyncio.run(_publish(running.kafka, live.tenant))
    narrowed = ("--tenant", live.tenant, "--data", str(running.data))

    def letters(*more: str) -> list[dict[str, Any]]:
        return installation.json("dead-letters", "list", *narrowed, *more)["dead_letters"]

    def waiting() -> int:
        return asyncio.run(_waiting(running.kafka, live.tenant))

    wait_until(lambda: waiting() == _BOOKINGS, what="the dead letters", deadline_seconds=60)
    assert {letter["reason"] for letter in letters()} == {"unknown_traveller"}
    latecomer = live.token("--traveller", _LATECOMER)

    with traffic(running, seed=31):
        installation.dies("dead-letters", "redrive", *narrowed, at="dead_letters.sent", hit=_REDRIVEN + 1)
        left = waiting()  # the one at which it died was sent, and is not noted
        done = installation.json("dead-letters", "redrive", *narrowed)

    assert left == len(done["dead_letters"]) == _BOOKINGS - _REDRIVEN
    assert letters() == []
    assert {letter["state"] for letter in letters("--all")} == {"redriven"}

    def locators() -> list[str]:
        answer = live.http.get("/v1/trips", params={"limit": 200}, headers=latecomer)
        return sorted(
            booking["record_locator"] for trip in answer.json()["trips"] for booking in trip["bookings"]
        )

    wait_until(lambda: len(locators()) >= _BOOKINGS, what="all bookings to be shown", deadline_seconds=60)
    assert locators() == sorted(f"R{number}" for number in range(_BOOKINGS))
    assert installation.json("dead-letters", "redrive", *narrowed)["dead_letters"] == []
