"""`itinerary replay` on a whole running system: killed in the middle and under load, all stays as it is."""

import asyncio
import signal
import threading
from pathlib import Path
from typing import Any

from aiokafka import TopicPartition

from schemas.topics import RAW
from services.command_line.running import RunningUp
from services.ingest.replay_place import Journal, Places, Wanted
from services.platform.kafka import partition_counts
from services.platform.reading import open_reader
from services.platform.settings import KafkaSettings
from tests.support.command_line import Installation
from tests.support.email_samples import samples
from tests.support.live_system import LiveClient, stay
from tests.support.live_traffic import traffic
from tests.support.waiting import wait_until

SAMPLES = Path("tests/samples")


def book(live: LiveClient, number: int) -> str:
    day = f"2037-{1 + number // 9:02d}-{1 + number % 9 * 3:02d}"
    return live.book(f"L{number}", stay(f"City {number}", day, day))


def tell(live: LiveClient) -> str:
    """Have an agency, a mail and the traveller tell of journeys; return a position that has all of them."""
    agency = live.token("--tmc", "Wayfarer", "--on-behalf-of", live.login) | {
        "Content-Type": "application/xml"
    }
    for path, sample in (("booking", "booking.xml"), ("trip", "trip.xml")):
        body = (SAMPLES / "concur" / sample).read_bytes()
        answer = live.http.post(f"/api/travel/{path}/v1.1", content=body, headers=agency)
        assert answer.status_code == 200, answer.text
    mail = next(sample.raw for sample in samples() if sample.expected)
    kept = live.http.post("/v1/emails", content=mail, headers=live.me | {"Content-Type": "message/rfc822"})
    assert kept.status_code == 202, kept.text
    wait_until(lambda: _is_read(live, kept.json()["message"]), what="the mail to be read")
    told = [book(live, number) for number in range(40)][-1]

    def settled() -> bool:
        """Say whether the samples' trips are completed: they are over, and so get another version soon."""
        return all(one["completed"] for one in live.trips(told, limit=200) if one["end_date"] < "2030")

    wait_until(settled, what="what is over to be completed", deadline_seconds=60)
    return told


def _is_read(live: LiveClient, message: str) -> bool:
    return live.http.get(f"/v1/emails/{message}", headers=live.me).json().get("outcome") not in {
        None,
        "queued",
    }


def _places(running: RunningUp, tenant: str) -> Places:
    """Return how far the replay of a tenant has come."""
    kafka = KafkaSettings(bootstrap=running.kafka)
    group = Wanted(tenant=tenant).group("normalise")

    async def recalled() -> Places:
        count = (await partition_counts(kafka))[RAW.name]
        numbers = [TopicPartition(RAW.name, number) for number in range(count)]
        async with open_reader(kafka, group=group) as reader:
            return await Journal(kafka, group=group).recall(reader, numbers)

    return asyncio.run(recalled())


def _versions(live: LiveClient, after: str) -> dict[str, Any]:
    return {trip["id"]: trip["version"] for trip in live.trips(after, limit=200)}


def test_a_replay_of_everything_that_is_killed_in_the_middle_goes_on_and_changes_nothing(
    installation: Installation, running: RunningUp
) -> None:
    live = LiveClient(installation, running)
    before = _versions(live, tell(live))
    ask = ("replay", "--tenant", live.tenant, "--data", str(running.data))

    stop = threading.Event()

    def load() -> None:
        for number in range(100, 1000):
            if stop.wait(0.05):
                break
            day = f"{2038 + number // 300}-{1 + number // 28 % 12:02d}-{1 + number % 28:02d}"
            live.book(f"N{number}", stay(f"Town {number}", day, day))

    loading = threading.Thread(target=load)
    loading.start()
    try:
        with traffic(running, seed=32), installation.begun(*ask, "--rate", "20") as process:
            wait_until(
                lambda: sum(place.counts.read for place in _places(running, live.tenant).values()) > 5,
                what="the replay to have come some way",
                deadline_seconds=60,
            )
            process.send_signal(signal.SIGKILL)
        done = installation.json(*ask)
        planned = installation.json(*ask, "--dry-run")
    finally:
        stop.set()
        loading.join()

    assert done["resumed"]
    assert (done["changed"], done["refused"], done["said"], done["changes"]) == (0, 0, 0, [])
    assert done["read"] >= 43
    assert (planned["changed"], planned["said"], planned["trips"]["trips"]) == (0, 0, 0)
    shown = _versions(live, live.book("END", stay("Nowhere", "2060-01-01", "2060-01-02")))
    assert {trip: shown[trip] for trip in before} == before
    assert installation.json("verify", "--data", str(running.data))["differences"] == []
