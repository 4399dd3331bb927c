"""The canary: it sees its own booking through the API of a running system, and says so where it does not."""

import json
from pathlib import Path

import httpx

from services.command_line.running import RunningUp
from services.platform.free_ports import free_ports
from tests.support.command_line import CLOSED_ORIGIN, Installation
from tests.support.waiting import wait_until


def test_one_journey_tells_whether_its_booking_was_seen(
    installation: Installation, running: RunningUp
) -> None:
    data = ("--data", str(running.data))
    assert installation.run("canary", "--once", *data).stdout.startswith("visible after ")
    nowhere = installation.run(
        "canary", "--once", *data, check=False, environment={"ITINERARY_CANARY_URL": CLOSED_ORIGIN}
    )
    assert nowhere.returncode == 1
    assert nowhere.stdout.startswith("refused after ")
    impatient = installation.run(
        "canary", "--once", *data, check=False, environment={"ITINERARY_CANARY_PATIENCE_SECONDS": "1e-6"}
    )
    assert impatient.returncode == 1
    assert impatient.stdout.startswith("late after ")


def test_it_goes_on_posting_and_all_its_bookings_are_one(
    installation: Installation, running: RunningUp, tmp_path: Path
) -> None:
    who = ("--tenant", "flock", "--traveller", "canary@flock.example", "--data", str(installation.data))
    token = json.loads(installation.run("token", *who, "--json").stdout)["token"]
    token_file = tmp_path / "token"
    token_file.write_text(f"{token}\n")
    (port,) = free_ports(1)
    environment = {
        "ITINERARY_CANARY_URL": running.url,
        "ITINERARY_CANARY_TOKEN_FILE": str(token_file),
        "ITINERARY_CANARY_EVERY_SECONDS": "0.1",
        "ITINERARY_HEALTH_PORT": str(port),
    }

    def has_seen_three() -> bool:
        try:
            told = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
        except httpx.HTTPError:
            return False
        return _value(told, "itinerary_canary_visible_seconds_count") >= 3

    with installation.begun("canary", environment=environment) as process:
        wait_until(has_seen_three, what="three journeys of the canary", deadline_seconds=60)
        process.terminate()
        assert process.wait(timeout=40) == 0
    headers = {"Authorization": f"Bearer {token}"}
    trips = httpx.get(f"{running.url}/v1/trips", headers=headers, trust_env=False).json()["trips"]
    assert [len(trip["segments"]) for trip in trips] == [1]


def _value(told: str, name: str) -> float:
    return sum(float(line.split()[1]) for line in told.splitlines() if line.startswith(f"{name} "))
