"""People merge, split, correct and take back, through the whole system."""

import threading
from typing import Any

import httpx
import pytest

from services.command_line.running import RunningUp
from tests.support.command_line import Installation
from tests.support.live_system import LiveClient, stay


@pytest.fixture
def live(installation: Installation, running: RunningUp) -> LiveClient:
    return LiveClient(installation, running)


def test_two_trips_become_one_and_two_again(live: LiveClient) -> None:
    live.book("AAA", stay("Rome", "2038-05-01", "2038-05-03"))
    first, second = live.trips(live.book("BBB", stay("Oslo", "2038-06-01", "2038-06-03")))

    said = live.say(first["id"], "merge", {"trips": [second["id"]]})
    merged = live.trips(live.accepted(said))
    assert [trip["id"] for trip in merged] == [first["id"]]
    assert live.trip(second["id"]).json()["id"] == first["id"]

    undone = live.http.delete(f"/v1/overrides/{said.json()['override']}", headers=live.me)
    apart = live.trips(live.accepted(undone))
    assert [trip["id"] for trip in apart] == [first["id"], second["id"]]


def test_a_booking_is_split_off(live: LiveClient) -> None:
    live.book("AAA", stay("Rome", "2038-05-01", "2038-05-05"))
    (trip,) = live.trips(live.book("BBB", stay("Ostia", "2038-05-02", "2038-05-03", "Beach")))
    record = trip["bookings"][1]["record"]

    said = live.say(trip["id"], "split", {"bookings": [record]})

    assert [len(one["bookings"]) for one in live.trips(live.accepted(said))] == [1, 1]


def test_a_corrected_value_survives_what_the_source_says_next(live: LiveClient) -> None:
    (trip,) = live.trips(live.book("AAA", stay("Rome", "2038-05-01", "2038-05-03")))
    (segment,) = trip["segments"]
    right = {"action": "correct", "segment": segment["id"], "values": {"type": "hotel", "room_type": "Suite"}}

    live.accepted(live.say(trip["id"], "corrections", right))
    position = live.book("AAA", stay("Rome", "2038-05-01", "2038-05-04") | {"room_type": "Single"})

    (shown,) = live.trips(position)[0]["segments"]
    assert (shown["room_type"], shown["end"]["local"]) == ("Suite", "2038-05-04")


def test_a_dismissed_warning_stays_so_until_it_says_something_else_or_is_taken_back(live: LiveClient) -> None:
    live.book("AAA", stay("Rome", "2038-05-01", "2038-05-05"))
    after = live.book("BBB", stay("Oslo", "2038-05-02", "2038-05-03", "Fjord"))
    (trip,) = live.trips(after)

    def warning(after: str) -> dict[str, Any]:
        facts = live.trip(trip["id"], after=after).json()["between"]
        return next(fact for fact in facts if fact["code"] == "overlap_stay")

    known = warning(after)
    body = {"action": "dismiss", "fact": known["id"]}
    said = live.say(trip["id"], "corrections", body)
    assert warning(live.accepted(said)) == known | {"dismissed": True}

    longer = live.book("BBB", stay("Oslo", "2038-05-02", "2038-05-04", "Fjord"))
    assert (warning(longer)["nights"], warning(longer)["dismissed"]) == (2, False)
    assert live.say(trip["id"], "corrections", body).status_code == 422

    as_it_was = live.book("BBB", stay("Oslo", "2038-05-02", "2038-05-03", "Fjord"))
    assert warning(as_it_was)["dismissed"]
    undone = live.http.delete(f"/v1/overrides/{said.json()['override']}", headers=live.me)
    assert warning(live.accepted(undone)) == known


def test_the_same_request_again_is_answered_as_before_and_done_once(live: LiveClient) -> None:
    (trip,) = live.trips(live.book("AAA", stay("Rome", "2038-05-01", "2038-05-03")))
    name = {"action": "name", "name": "Honeymoon"}

    first = live.say(trip["id"], "corrections", name, Idempotency_Key="k1")
    again = live.say(trip["id"], "corrections", name, Idempotency_Key="k1")
    other = live.say(trip["id"], "corrections", name | {"name": "Other"}, Idempotency_Key="k1")

    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["itinerary-position"] == first.headers["itinerary-position"]
    assert other.status_code == 422
    assert live.trips(live.accepted(first))[0]["name"] == "Honeymoon"


def test_of_many_at_once_with_one_key_one_is_done(live: LiveClient) -> None:
    (trip,) = live.trips(live.book("AAA", stay("Rome", "2038-05-01", "2038-05-03")))
    answers: list[httpx.Response] = []

    def send() -> None:
        body = {"action": "name", "name": "Once"}
        answers.append(live.say(trip["id"], "corrections", body, Idempotency_Key="many", If_Match="*"))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    done = {answer.json()["message"] for answer in answers if answer.status_code == 202}
    assert len(done) == 1
    assert {answer.status_code for answer in answers} <= {202, 409}


def test_who_decides_on_an_old_state_is_shown_the_new_one(live: LiveClient) -> None:
    (trip,) = live.trips(live.book("AAA", stay("Rome", "2038-05-01", "2038-05-03")))
    old = live.trip(trip["id"]).headers["etag"]
    after = live.book("AAA", stay("Rome", "2038-05-01", "2038-05-06"))
    current = live.trip(trip["id"], after=after)

    late = live.say(trip["id"], "corrections", {"action": "name", "name": "X"}, If_Match=old)
    unnamed = live.http.post(f"/v1/trips/{trip['id']}/merge", json={}, headers=live.me)

    assert late.status_code == 412
    assert late.json()["current"] == current.json()
    assert late.headers["etag"] == current.headers["etag"]
    assert unnamed.status_code == 428


def test_nobody_overrides_what_they_do_not_see(live: LiveClient) -> None:
    (trip,) = live.trips(live.book("AAA", stay("Rome", "2038-05-01", "2038-05-03")))
    said = live.say(trip["id"], "corrections", {"action": "name", "name": "Mine"})
    live.accepted(said)
    john, agency = (
        live.token("--traveller", "john@acme.example"),
        live.token("--tmc", "horizon", "--on-behalf-of", live.login),
    )
    address, override = f"/v1/trips/{trip['id']}/corrections", said.json()["override"]
    body, known = {"action": "name", "name": "His"}, {"If-Match": "*"}

    assert live.http.post(address, json=body, headers={**john, **known}).status_code == 404
    assert live.http.post(address, json=body, headers={**agency, **known}).status_code == 403
    assert live.http.delete(f"/v1/overrides/{override}", headers=john).status_code == 404
    assert live.http.delete("/v1/overrides/nonsense", headers=john).status_code == 404


def test_what_cannot_be_meant_is_refused_with_the_field(live: LiveClient) -> None:
    (trip,) = live.trips(live.book("AAA", stay("Rome", "2038-05-01", "2038-05-03")))
    unknown = "6f1d3f0e-6e0b-5c5e-9a53-3b0a7c1f4d21"
    refused = {
        "trips": ("merge", {"trips": []}),
        "bookings": ("split", {"bookings": [unknown]}),
        "name.name": ("corrections", {"action": "name"}),
        "": ("corrections", {"action": "sing"}),
        "segments": ("corrections", {"action": "same", "segments": [unknown, unknown]}),
    }

    for field, (verb, body) in refused.items():
        answer = live.say(trip["id"], verb, body)

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == field


def test_what_was_said_is_listed_and_stays_listed_once_undone(live: LiveClient) -> None:
    (trip,) = live.trips(live.book("AAA", stay("Rome", "2038-05-01", "2038-05-03")))
    said = live.say(trip["id"], "corrections", {"action": "name", "name": "Mine"})
    live.trips(live.accepted(said))
    address = f"/v1/trips/{trip['id']}/overrides"

    (listed,) = live.http.get(address, headers=live.me).json()["overrides"]
    undone = live.http.delete(f"/v1/overrides/{listed['override']}", headers=live.me)
    live.trips(live.accepted(undone))
    (after,) = live.http.get(address, headers=live.me).json()["overrides"]

    assert (listed["action"], listed["said_by"], listed["result"]) == ("name", live.login, "applied")
    assert (listed["undone_at"], after["undone_at"] is not None) == (None, True)
