"""The door dies, and the broker behind it: what a sender was told is accepted is on the log."""

import asyncio
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from services.ingest.enrolment import Enrolment
from services.platform.free_ports import free_ports
from services.platform.issuer import embedded_issuer
from services.platform.principals import Principal
from tests.support.faults.rig import Rig, Run, running
from tests.support.waiting import wait_until_async

LOGIN = "ada@acme.example"


class Client:
    """A traveller who posts at the public address, and remembers what it answered."""

    def __init__(self, run: Run, *, port: int, folder: Path) -> None:
        self.run = run
        self.tenant = run.tenants[0]
        self.accepted: set[str] = set()
        """The keys of the bookings that were accepted."""
        self.refused = 0
        issuer = embedded_issuer(folder)
        principal = Principal(tenant=self.tenant, kind="traveller", subject=LOGIN, client="itinerary")
        token = issuer.sign(
            principal,
            token_id=secrets.token_hex(8),
            issued_at=int(time.time()),  # noqa: TID251 - a token is judged by the clock of the service
            lifetime_seconds=600,
        )
        self._http = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=20,
        )
        self.environment = {
            "ITINERARY_TOKEN_ISSUER": issuer.issuer,
            "ITINERARY_TOKEN_AUDIENCE": issuer.audience,
            "ITINERARY_TOKEN_JWKS_URL": issuer.jwks_url,
            "ITINERARY_CONFIRM_SECONDS": "1.5",
        }
        self._days: Iterator[int] = iter(range(10_000))

    async def enrol(self) -> None:
        entry = Enrolment(tenant=self.tenant, login=LOGIN, is_admin=False, sender=None)
        await entry.enter(self.run.rig.database.settings, kafka=self.run.rig.kafka)

    async def answers(self) -> bool:
        with suppress(httpx.HTTPError):
            return (await self._http.get("/health/ready")).is_success
        return False

    async def post(self, count: int) -> None:
        """Post bookings two by two; no answer is no promise."""
        for _ in range(count):
            bookings = [_stay(next(self._days)) for _ in range(2)]
            try:
                answer = await self._http.post("/v1/bookings", json=bookings)
            except httpx.HTTPError:
                continue
            if answer.status_code == 202:
                self.accepted |= {result["key"] for result in answer.json()["results"]}
            else:
                assert answer.status_code == 503, answer.text
                self.refused += 1

    async def close(self) -> None:
        await self._http.aclose()

    def lost(self, run: Run) -> set[str]:
        """Return what was accepted and is in no statement on the log."""
        entries = run.reader.entries["bookings.v1"]
        kept = {entry.key.decode() for entry in entries if entry.value is not None}
        return self.accepted - kept


def _stay(number: int) -> dict[str, Any]:
    month, day = 1 + number % 12, 1 + number // 12 % 27
    return {
        "booking_source": "Conrad",
        "record_locator": f"CON{number:04d}",
        "segments": [
            {
                "type": "hotel",
                "name": f"Hotel {number}",
                "place": {"city": "Bonn"},
                "start": f"2027-{month:02d}-{day:02d}",
                "end": f"2027-{month:02d}-{day + 1:02d}",
            }
        ],
    }


async def _door(run: Run, folder: Path, *, plans: tuple[str, ...]) -> Client:
    (port,) = free_ports(1)
    client = Client(run, port=port, folder=folder)
    await client.enrol()
    run.fleet.add("gateway", plans=plans, environment=client.environment, more=("--port", str(port)))
    await wait_until_async(client.answers, what="the gateway to answer", deadline_seconds=60)
    return client


async def test_what_a_dying_door_has_accepted_is_on_the_log(rig: Rig, tmp_path: Path) -> None:
    async with running(rig, seed=60) as run:
        plans = ("ingest.judged:3:exit", "ingest.kept:3:exit", "ingest.appended:3:exit")
        client = await _door(run, tmp_path, plans=plans)

        async def all_lives_over() -> bool:
            await client.post(2)
            return len(run.fleet.restarts.get("gateway", ())) >= len(plans)

        await wait_until_async(all_lives_over, what="all lives to end", deadline_seconds=120)
        await wait_until_async(client.answers, what="the gateway to answer", deadline_seconds=60)
        await client.post(3)
        await run.holds()
        assert client.accepted
        assert client.lost(run) == set()
        await client.close()


async def test_a_door_without_a_broker_says_no_and_loses_nothing(rig: Rig, tmp_path: Path) -> None:
    (broker,) = rig.brokers.nodes
    async with running(rig, seed=61) as run:
        client = await _door(run, tmp_path, plans=())
        await client.post(3)
        posting = asyncio.create_task(client.post(3))
        await asyncio.to_thread(broker.kill)
        await posting
        assert client.refused > 0
        await broker.start()
        before = len(client.accepted)

        async def accepted_again() -> bool:
            await client.post(1)
            return len(client.accepted) > before

        await wait_until_async(accepted_again, what="a post to be accepted again", deadline_seconds=60)
        await run.holds()
        assert client.lost(run) == set()
        await client.close()
