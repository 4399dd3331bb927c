"""`itinerary rebuild` on a whole running system: bookings and readers go on, kills harm nothing."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString

import psutil
import psycopg
import pytest

from services.command_line.running import RunningUp
from tests.support.command_line import Installation
from tests.support.live_system import LiveClient, stay
from tests.support.live_traffic import traffic
from tests.support.waiting import wait_until


@pytest.fixture
def live(installation: Installation, running: RunningUp) -> Iterator[LiveClient]:
    yield LiveClient(installation, running)
    installation.run("rebuild", "drop", "--data", str(running.data))


def _book(live: LiveClient, number: int) -> str:
    day = f"2038-{1 + number // 9:02d}-{1 + number % 9 * 3:02d}"
    return live.book(f"L{number}", stay(f"City {number}", day, day))


def _rebuild(installation: Installation, *arguments: str) -> dict[str, Any]:
    """Run a rebuild command; a difference ends it with 1, and is told."""
    done = installation.run("rebuild", *arguments, "--json", "--data", str(installation.data), check=False)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def _sql(running: RunningUp, statement: LiteralString, *values: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(running.database_url, autocommit=True) as session:
        done = session.execute(statement, values)
        return done.fetchall() if done.description else []


@contextmanager
def _reading(live: LiveClient) -> Iterator[None]:
    """Read all the time what was there before; fail if any of it is missing or goes back in version."""
    stop, wrong = threading.Event(), list[str]()

    def read() -> None:
        known: dict[str, tuple[int, int]] = {}
        while not stop.wait(0.2):  # a traveller may ask ten times a second
            answer = live.http.get("/v1/trips", params={"limit": 200}, headers=live.me)
            if answer.status_code == 429:
                continue
            if answer.status_code != 200:
                wrong.append(f"{answer.status_code} {answer.text}")
                return
            shown = {trip["id"]: _order(trip["version"]) for trip in answer.json()["trips"]}
            wrong.extend(trip for trip, version in known.items() if shown.get(trip, (0, 0)) < version)
            known |= shown

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield
    finally:
        stop.set()
        reader.join()
    assert wrong == []


def test_damage_is_mended_while_bookings_arrive_and_readers_read_though_rebuilds_are_killed(
    installation: Installation, running: RunningUp, live: LiveClient
) -> None:
    for number in range(9):
        _book(live, number)
    damaged, lost = (trip["id"] for trip in live.trips(_book(live, 9))[:2])
    _sql(
        running, "UPDATE read.trips SET completed = true WHERE tenant = %s AND id = %s", live.tenant, damaged
    )
    _sql(running, "DELETE FROM read.trips WHERE tenant = %s AND id = %s", live.tenant, lost)

    booking = threading.Thread(target=lambda: [_book(live, number) for number in range(10, 60)])
    with traffic(running, seed=36), _reading(live):
        booking.start()
        _a_build_is_killed(installation, running)
        built = _rebuild(installation, "build")
        found = {row["id"]: row["finding"] for row in built["shown_otherwise"]}
        assert found == {damaged: "shown otherwise", lost: "not shown"}
        assert built["computed_otherwise"] == []
        assert built["records"] >= 10
        installation.dies("rebuild", "cut-over", "--data", str(running.data), at="rebuild.exchanged")
        assert _kind(running) == "built"
        _rebuild(installation, "cut-over")
        booking.join()

    assert (
        _rebuild(installation, "compare")["shown_otherwise"] != []
    )  # what was shown before lacks them still
    shown = live.trips(_book(live, 60), limit=200)
    assert {damaged, lost} < {trip["id"] for trip in shown}
    assert len(shown) == 61
    assert installation.json("verify", "--data", str(running.data))["differences"] == []

    _rebuild(installation, "cut-back")
    assert len(live.trips(_book(live, 61), limit=200)) == 61
    _rebuild(installation, "cut-over")
    assert len(live.trips(_book(live, 62), limit=200)) == 63


def _a_build_is_killed(installation: Installation, running: RunningUp) -> None:
    """Kill a build in the middle; until then no other begins, and what it leaves is not shown."""
    of = ("--data", str(running.data))

    def refused(verb: str) -> str:
        done = installation.run("rebuild", verb, *of, check=False)
        assert done.returncode == 1
        return done.stderr

    with installation.hanging("rebuild", "build", *of, at="rebuild.filled") as process:
        wait_until(lambda: _kind(running) == "unfinished", what="the copy to be begun", deadline_seconds=60)
        assert "Another" in refused("build")
        computing = psutil.Process(process.pid).children(recursive=True)
        process.kill()
    assert psutil.wait_procs(computing, timeout=20)[1] == []
    assert "unfinished" in refused("cut-over")


def _order(version: dict[str, int]) -> tuple[int, int]:
    return (version["epoch"], version["offset"])


def _kind(running: RunningUp) -> str | None:
    ((kind,),) = _sql(running, "SELECT obj_description(to_regnamespace('aside')::oid, 'pg_namespace')")
    return kind
