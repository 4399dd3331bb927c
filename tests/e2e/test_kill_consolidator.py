"""The promise, end to end: post, kill the consolidator, post more; everything is there, and verify agrees."""

import os
import secrets
import signal
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.command_line.running import RunningUp, running_up
from tests.support.command_line import Installation
from tests.support.waiting import wait_until

LOGIN = "ada@acme.example"


@pytest.fixture
def client(installation: Installation, running: RunningUp) -> Iterator[httpx.Client]:
    """A traveller of a tenant of this test's own, at the public address."""
    tenant = f"t{secrets.token_hex(6)}"
    token = installation.run(
        "token", "--tenant", tenant, "--traveller", LOGIN, "--data", str(running.data)
    ).stdout.strip()
    with httpx.Client(
        base_url=running.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=30
    ) as client:
        yield client


def _stays(first: int, last: int) -> list[dict[str, Any]]:
    return [
        {
            "booking_source": "Conrad",
            "record_locator": f"CON{number:03d}",
            "segments": [
                {
                    "type": "hotel",
                    "name": f"Hotel {number}",
                    "place": {"city": "Bonn"},
                    "start": f"2038-{1 + number // 8:02d}-{1 + number % 8 * 3:02d}",
                    "end": f"2038-{1 + number // 8:02d}-{2 + number % 8 * 3:02d}",
                }
            ],
        }
        for number in range(first, last)
    ]


def _locators(client: httpx.Client) -> set[str]:
    found: set[str] = set()
    cursor: str | None = None
    while True:
        answer = client.get("/v1/trips", params={"limit": 50} | ({"cursor": cursor} if cursor else {}))
        answer.raise_for_status()
        page = answer.json()
        found |= {booking["record_locator"] for trip in page["trips"] for booking in trip["bookings"]}
        cursor = page.get("next_cursor")
        if cursor is None:
            return found


def test_what_was_posted_around_a_kill_of_the_consolidator_is_all_there_and_verified(
    installation: Installation, running: RunningUp, client: httpx.Client
) -> None:
    wanted = {stay["record_locator"] for stay in _stays(0, 60)}
    assert client.post("/v1/bookings", json=_stays(0, 20)).status_code == 202

    killed = running_up(running.data).processes["consolidator"]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    assert client.post("/v1/bookings", json=_stays(20, 60)).status_code == 202

    wait_until(lambda: _locators(client) == wanted, what="all bookings in the trips", deadline_seconds=120)
    assert not set(running_up(running.data).processes["consolidator"]) & set(killed)
    verified = installation.json("verify", "--data", str(running.data))
    assert verified["differences"] == []
    assert verified["trips"] >= len(wanted)
