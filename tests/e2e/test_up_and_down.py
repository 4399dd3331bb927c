"""`itinerary up` and `down` as real processes, with what goes wrong around them."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from services.command_line.running import running_up
from services.platform.child_processes import Child, Roster
from services.platform.data_folder import roster_file
from tests.support.backing_services import session_folder
from tests.support.command_line import Installation
from tests.support.waiting import wait_until

OUR_PROCESSES = {
    "gateway",
    "ingest-worker",
    "mail-door",
    "consolidator",
    "projector",
    "relay",
    "sweeper",
    "webhooks",
}


@pytest.fixture(scope="module")
def place() -> Iterator[Installation]:
    """An `up` of this module's own: its tests kill what others rely on."""
    with session_folder() as folder:
        place = Installation(folder)
        try:
            yield place
        finally:
            place.down()


@pytest.fixture
def up(place: Installation) -> dict[str, Any]:
    return place.up("--workers", "2")


def children(place: Installation) -> tuple[Child, ...]:
    roster = Roster.read(roster_file(place.data))
    assert roster is not None
    return roster.children


def ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/ready", trust_env=False).is_success
    except httpx.HTTPError:
        return False


def test_up_tells_where_everything_answers(place: Installation, up: dict[str, Any]) -> None:
    assert set(up) == {"url", "kafka", "smtp", "database_url", "data", "metrics", "processes"}
    assert up["data"] == str(place.data)
    assert set(up["processes"]) >= OUR_PROCESSES
    assert len(up["processes"]["consolidator"]) == 2
    assert all(psutil.pid_exists(pid) for pids in up["processes"].values() for pid in pids)
    assert ready(up["url"])


def test_a_second_up_says_that_it_runs_already(place: Installation, up: dict[str, Any]) -> None:
    assert place.up() == up


def test_commands_find_the_only_running_up_by_themselves(place: Installation, up: dict[str, Any]) -> None:
    topics = place.json("topics")
    assert {row["topic"] for row in topics} >= {"bookings.v1", "trips.v1"}
    assert not any(row["created"] for row in topics)
    assert place.json("migrate") == {"applied": []}
    assert running_up(place.data).url == up["url"]


def test_a_process_that_died_is_started_again(place: Installation, up: dict[str, Any]) -> None:
    (killed,) = up["processes"]["projector"]
    os.kill(killed, signal.SIGKILL)

    def another() -> list[int]:
        return [pid for pid in running_up(place.data).processes.get("projector", []) if pid != killed]

    assert wait_until(another, what="another projector", deadline_seconds=60)


def test_a_killed_up_leaves_no_orphans_to_the_next_which_finds_the_data(
    place: Installation, up: dict[str, Any]
) -> None:
    with psycopg.connect(up["database_url"], autocommit=True) as session:
        session.execute("CREATE TABLE public.kept AS SELECT 1 AS kept")
    orphans = children(place)
    assert {child.name for child in orphans} >= {"kafka", "postgres", "consolidator-1", "consolidator-2"}

    os.kill(running_up(place.data).owner.pid, signal.SIGKILL)
    wait_until(lambda: running_up_gone(place), what="the end of the killed up")
    successor = place.up()

    assert all(child.running() is None for child in orphans)
    assert ready(successor["url"])
    with psycopg.connect(successor["database_url"]) as session:
        assert session.execute("SELECT kept FROM public.kept").fetchone() == (1,)


@pytest.mark.parametrize("worker", ["ingest-worker", "mail-door", "consolidator", "projector", "relay"])
def test_a_worker_refuses_another_number_of_partitions_in_one_line(
    place: Installation, up: dict[str, Any], worker: str
) -> None:
    assert up["processes"]
    environment = {**running_up(place.data).environment(), "ITINERARY_PARTITIONS": "3"}
    refused = place.run(worker, check=False, environment=environment)
    assert refused.returncode == 1
    (line,) = [line for line in refused.stderr.splitlines() if "partitions" in line]
    assert "has 8 partitions, and ITINERARY_PARTITIONS says 3" in line
    assert "Traceback" not in refused.stderr


def test_a_port_that_is_taken_is_named(place: Installation, up: dict[str, Any], tmp_path: Path) -> None:
    port = up["url"].rpartition(":")[2]
    refused = place.run("up", "--json", "--data", str(tmp_path), "--port", port, check=False)
    assert refused.returncode == 1
    assert f"Port {port} is taken" in refused.stderr
    assert json.loads(place.run("down", "--data", str(tmp_path), "--json").stdout)["stopped"] == {}


def test_down_stops_exactly_what_up_started(place: Installation, up: dict[str, Any]) -> None:
    started = children(place)
    bystander = psutil.Process()
    place.down()
    assert all(child.running() is None for child in started)
    assert bystander.is_running()
    assert not ready(up["url"])
    refused = place.run("topics", check=False)
    assert refused.returncode == 1
    assert refused.stderr == "No `itinerary up` is running; start one.\n"


def running_up_gone(place: Installation) -> bool:
    roster = Roster.read(roster_file(place.data))
    return roster is None or roster.owner.running() is None
