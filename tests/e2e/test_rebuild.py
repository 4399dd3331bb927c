"""`itinerary rebuild` on a whole running system: bookings and readers go on, a kill harms nothing."""

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
import pytest

from services.command_line.running import RunningUp
from tests.support.command_line import Installation
from tests.support.live_system import LiveClient, stay
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


def test_damage_is_mended_while_bookings_arrive_and_readers_read(
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
    with _reading(live):
        booking.start()
        built = _rebuild(installation, "build")
        found = {row["id"]: row["finding"] for row in built["shown_otherwise"]}
        assert found == {damaged: "shown otherwise", lost: "not shown"}
        assert built["computed_otherwise"] == []
        assert built["records"] >= 10
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


def test_a_rebuild_that_is_killed_leaves_what_is_shown_alone_and_can_be_begun_again(
    installation: Installation, running: RunningUp, live: LiveClient
) -> None:
    position = _book(live, 1)
    (trip,) = live.trips(position)
    with installation.begun("rebuild", "build", "--data", str(running.data)) as process:
        wait_until(lambda: _kind(running) == "unfinished", what="the copy to be begun", deadline_seconds=60)
        process.send_signal(signal.SIGKILL)

    refused = installation.run("rebuild", "cut-over", "--data", str(running.data), check=False)
    assert (refused.returncode, "unfinished" in refused.stderr) == (1, True)
    assert live.trip(trip["id"]).status_code == 200

    built = _rebuild(installation, "build")
    assert (built["computed_otherwise"], built["shown_otherwise"]) == ([], [])
    with _reading(live):
        _rebuild(installation, "cut-over")
        assert live.trip(trip["id"]).json()["version"] == trip["version"]
        _book(live, 2)
        _rebuild(installation, "cut-back")
    assert len(live.trips(_book(live, 3))) == 3


def _order(version: dict[str, int]) -> tuple[int, int]:
    return (version["epoch"], version["offset"])


def _kind(running: RunningUp) -> str | None:
    ((kind,),) = _sql(running, "SELECT obj_description(to_regnamespace('aside')::oid, 'pg_namespace')")
    return kind
