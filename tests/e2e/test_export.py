"""`itinerary export` on a whole running system: all that is one traveller's, and nothing else."""

import json
from pathlib import Path

import pytest

from services.command_line.running import RunningUp
from tests.support.command_line import Installation
from tests.support.live_system import LiveClient, stay
from tests.support.live_traffic import traffic
from tests.support.page_client import PageClient

BOSS = "boss@acme.example"


@pytest.fixture
def live(installation: Installation, running: RunningUp) -> LiveClient:
    return LiveClient(installation, running)


def test_a_traveller_is_given_all_or_no_file_if_it_is_killed_and_nothing_of_anybody_else(
    installation: Installation, running: RunningUp, live: LiveClient, tmp_path: Path
) -> None:
    (trip,) = live.trips(live.book("HERS1", stay("Bonn", "2038-05-01", "2038-05-04")))
    live.trips(live.accepted(live.say(trip["id"], "corrections", {"action": "name", "name": "Leave"})))
    shared = live.http.post(f"/v1/trips/{trip['id']}/shares", json={}, headers=live.me).json()
    link = live.http.post("/v1/calendar-feeds", json={"name": "phone"}, headers=live.me).json()
    other = live.token("--traveller", "other@acme.example")
    body = {
        "booking_source": "W",
        "record_locator": "THEIRS1",
        "segments": [stay("Ulm", "2038-06-01", "2038-06-02")],
    }
    position = live.accepted(live.http.post("/v1/bookings", json=body, headers=other))
    live.trips(position)
    _look_up_where_people_are(live, "2038-05-02", "2038-06-01")
    file = tmp_path / "maria.json"

    of = (live.login, "--tenant", live.tenant, "--out", str(file), "--data", str(running.data))

    with traffic(running, seed=33):
        installation.dies("export", *of, at="private_file.written")
        (left,) = tmp_path.iterdir()
        assert (left == file, left.stat().st_mode & 0o077) == (False, 0)
        installation.run("export", *of)
        text = file.read_text()
        installation.dies("export", *of, at="private_file.written")

    assert file.read_text() == text
    given = json.loads(text)
    assert (file.stat().st_mode & 0o077, given["logins"]) == (0, [live.login])
    assert [one["content"]["name"] for one in given["trips"]] == ["Leave"]
    assert [one["action"] for one in given["said"]] == ["name"]
    assert {record["kind"] for record in given["records"]} >= {"booking", "override"}
    assert (len(given["shares"]), [one["name"] for one in given["calendar_links"]]) == (1, ["phone"])
    assert [(one["by"], one["on"], one["place"], one["taken_away"]) for one in given["looked_up_by"]] == [
        (BOSS, "2038-05-02", "", False)
    ]
    assert len(given["history"]) >= 2
    assert "HERS1" in text
    assert "THEIRS1" not in text
    secrets = [
        word for answer in (shared, link) for word in str(answer).replace("'", " ").split() if "=" in word
    ]
    assert secrets
    assert [word for word in secrets if word.split("=")[-1] in text] == []
    assert "sha256" not in text


def _look_up_where_people_are(live: LiveClient, *days: str) -> None:
    """Let a travel manager open the page that tells where everybody is, on each of these days."""
    live.token("--admin", BOSS)
    manager = PageClient(live.url, tenant=live.tenant, login=BOSS)
    for day in days:
        shown = manager.http.get("/people", params={"on": day})
        assert ("Bonn" in shown.text, "Ulm" in shown.text) == (day == days[0], day == days[1]), shown.text


def test_a_login_that_nobody_has_is_refused(
    installation: Installation, running: RunningUp, live: LiveClient
) -> None:
    of = ("--tenant", live.tenant, "--data", str(running.data))
    refused = installation.run("export", "nobody@acme.example", *of, check=False)

    assert (refused.returncode, "knows no such login" in refused.stderr) == (1, True)
