"""`itinerary trace` on a whole running system: each hop of a booking, and of what booked nothing."""

import asyncio
import json
from itertools import pairwise
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer

from schemas.topics import INBOX
from services.command_line.running import RunningUp
from services.command_line.trace import trace
from services.ingest.dead_letters import Buried, Wanted, find
from services.platform.settings import KafkaSettings
from tests.support.command_line import CLOSED_ORIGIN, Installation, said_here
from tests.support.live_system import LiveClient, stay
from tests.support.live_traffic import traffic
from tests.support.waiting import wait_until

_FEED = "tmc:coach feed"
_NOBODY = "nobody@acme.example"


class Operator:
    """Whoever asks where something is."""

    def __init__(self, installation: Installation, running: RunningUp) -> None:
        self.live = LiveClient(installation, running)
        self._data = str(installation.data)

    def way(self, what: str) -> list[dict[str, Any]]:
        """Return the hops of something."""
        asked = (what, "--tenant", self.live.tenant, "--json", "--data", self._data)
        said = json.loads(said_here(trace, *asked))
        assert said["notes"] == []
        return said["hops"]

    def await_hop(self, what: str, *, decision: str) -> list[dict[str, Any]]:
        """Return the hops once one of them begins so."""
        found: list[dict[str, Any]] = []

        def is_there() -> bool:
            found[:] = self.way(what)
            return any(hop["decision"].startswith(decision) for hop in found)

        wait_until(is_there, what=f"a hop where it was {decision}", deadline_seconds=60)
        return found


def test_a_booking_is_followed_from_the_door_to_the_webhook_whatever_else_goes_on(
    installation: Installation, running: RunningUp
) -> None:
    operator = Operator(installation, running)
    live = operator.live
    admin = live.token("--admin", "boss@acme.example")
    hooked = live.http.post("/v1/webhooks", json={"url": f"{CLOSED_ORIGIN}/way"}, headers=admin)
    assert hooked.status_code == 201, hooked.text
    (trip,) = live.trips(live.book("WAY-1", stay("Bonn", "2038-05-01", "2038-05-04")))

    with traffic(running, seed=34):
        asked = ("way-1", "--tenant", live.tenant, "--data", str(running.data))
        installation.dies("trace", *asked, at="trace.found")
        hops = operator.await_hop("way-1", decision="answered ")
        ways = [operator.way(name) for name in (_message_of(hops), trip["id"])]

    by_stage = {hop["stage"]: hop for hop in hops}
    assert by_stage.keys() == {
        "received", "stated", "consolidated", "accepted", "written", "told", "stored", "delivery", "shown"
    }  # fmt: skip
    stated, written = by_stage["stated"], by_stage["written"]
    assert by_stage["received"]["decision"] == "accepted and kept"
    assert stated["place"] == f"bookings.v1-{stated['partition']}@{stated['offset']}"
    assert by_stage["consolidated"]["decision"] == "applied"
    assert by_stage["accepted"]["reason"] == f"as of {stated['place']}"
    assert (written["trip"], written["reason"]) == (trip["id"], "created")
    assert written["decision"].endswith(f"/{stated['offset']}")
    assert by_stage["told"]["decision"] == "told itinerary.trip.created.v1"
    assert by_stage["stored"]["decision"] == f"stored {written['decision']}"
    [shown] = [hop for hop in hops if hop["where"] == "read.trips"]
    assert (shown["trip"], shown["reason"]) == (trip["id"], "as it was written last")
    timed = [hop["at"] for hop in hops if hop["at"] is not None]
    assert all(earlier <= later for earlier, later in pairwise(timed))
    assert [hop["stage"] for hop in hops[len(timed) :]] == ["shown"] * (len(hops) - len(timed))
    for way in ways:
        assert by_stage.keys() <= {hop["stage"] for hop in way}


def _message_of(hops: list[dict[str, Any]]) -> str:
    return next(hop["message"] for hop in hops if hop["stage"] == "stated")


def test_a_mail_that_booked_nothing_is_followed_to_what_became_of_it(
    installation: Installation, running: RunningUp
) -> None:
    operator = Operator(installation, running)
    live = operator.live
    mailed = {**live.me, "Content-Type": "message/rfc822"}
    answer = live.http.post("/v1/emails", content=b"Subject: Hello\r\n\r\nHello\r\n", headers=mailed)
    message = answer.json()["message"]

    def outcome() -> str:
        return live.http.get(f"/v1/emails/{message}", headers=live.me).json()["outcome"]

    wait_until(lambda: outcome() == "nothing_found", what="the mail to be read", deadline_seconds=60)
    received, judged = operator.way(message)

    assert (received["where"], received["decision"]) == ("raw.v1", "kept for the worker")
    assert "door http" in received["reason"]
    assert (judged["where"], judged["decision"]) == ("own.emails", "mail nothing found")


def test_a_message_that_became_a_dead_letter_is_followed_there(
    installation: Installation, running: RunningUp
) -> None:
    operator = Operator(installation, running)
    live = operator.live
    live.token("--tmc", "Coach Feed", "--on-behalf-of", live.login, "--trusted-feed")
    asyncio.run(_publish(running.kafka, live.tenant))
    wanted = Wanted(tenant=live.tenant)

    def letters() -> tuple[Buried, ...]:
        kafka = KafkaSettings(bootstrap=running.kafka)
        return asyncio.run(find(kafka, wanted=wanted, on_progress=lambda _, __: None))

    wait_until(letters, what="the dead letter", deadline_seconds=60)
    [letter] = letters()
    received, buried = operator.way(letter.letter.message)

    assert (received["stage"], received["where"]) == ("received", "raw.v1")
    assert buried["place"] == f"dead-letters.v1-{letter.partition}@{letter.offset}"
    assert buried["decision"] == "dead letter of ingest, open"
    assert buried["reason"].startswith("unknown_traveller: ")
    assert buried["reason"].endswith(f"({received['place']})")


async def _publish(kafka: str, tenant: str) -> None:
    body = {
        "booking_source": "Coach",
        "record_locator": "C1",
        "segments": [stay("Ulm", "2038-06-01", "2038-06-02")],
    }
    said = {
        "ce_id": "1",
        "ce_source": _FEED,
        "ce_type": "itinerary.booking.v1",
        "ce_itinerarytenant": tenant,
        "ce_itinerarytraveller": _NOBODY,
    }
    headers = [(name, value.encode()) for name, value in said.items()]
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        await producer.send_and_wait(INBOX.name, orjson.dumps(body), headers=headers)
