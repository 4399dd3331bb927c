"""People type bookings, change them and take them away: the forms of the page, through the whole system."""

from typing import Any

import httpx
import pytest

from services.command_line.running import RunningUp
from tests.support.command_line import Installation
from tests.support.live_system import LiveClient, stay
from tests.support.page_client import PageClient

STAY = {
    "name": "Fjord Inn",
    "place/city": "Oslo",
    "start/date": "2038-06-01",
    "end/date": "2038-06-03",
    "confirmation": "R77",
}


@pytest.fixture
def live(installation: Installation, running: RunningUp) -> LiveClient:
    return LiveClient(installation, running)


@pytest.fixture
def page(live: LiveClient) -> PageClient:
    return PageClient(live.url, tenant=live.tenant, login=live.login)


def typed(page: PageClient, said: dict[str, str], *, kind: str = "hotel", **query: str) -> httpx.Response:
    form = page.http.get("/bookings/new", params={"kind": kind, **query})
    return page.sent(form, "/bookings", said)


def trips(live: LiveClient) -> list[dict[str, Any]]:
    answer = live.http.get("/v1/trips", headers=live.me)
    assert answer.status_code == 200, answer.text
    return answer.json()["trips"]


def cancelled(live: LiveClient) -> dict[str, Any]:
    (trip,) = live.http.get("/v1/trips", params={"state": "cancelled"}, headers=live.me).json()["trips"]
    return trip


def change(page: PageClient, live: LiveClient) -> httpx.Response:
    """Open the form of the one booking that there is."""
    (trip,) = trips(live)
    return page.http.get(f"/trips/{trip['id']}/bookings/{trip['bookings'][0]['record']}")


def change_cancelled(page: PageClient, live: LiveClient) -> httpx.Response:
    trip = cancelled(live)
    return page.http.get(f"/trips/{trip['id']}/bookings/{trip['bookings'][0]['record']}")


def cancel(page: PageClient, form: httpx.Response) -> httpx.Response:
    """Press the other one of two buttons of a form."""
    return page.sent(httpx.Response(200, text=form.text.replace("/remove", "/cancel", 1)), "/cancel")


def stated(live: LiveClient, locator: str, *segments: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    """State a booking through the API as one's own, and return the trips that there are then."""
    return live.trips(live.book(locator, *segments, source="manual", **fields))


def test_a_typed_booking_is_a_trip_in_the_clocks_of_its_place(live: LiveClient, page: PageClient) -> None:
    shown = typed(page, STAY)

    assert "The booking is in this trip." in shown.text
    assert "typed in on the page" in shown.text
    (trip,) = trips(live)
    (segment,) = trip["segments"]
    assert shown.url.path == f"/trips/{trip['id']}"
    assert (segment["start"]["zone"], segment["start"]["inferred"]) == ("Europe/Oslo", True)
    assert segment["sources"] == ["manual"]
    assert segment["confirmation_numbers"][0]["value"] == "R77"


def test_a_form_that_is_sent_twice_is_one_booking_and_filled_in_anew_another(
    live: LiveClient, page: PageClient
) -> None:
    form = page.http.get("/bookings/new", params={"kind": "hotel"})
    page.sent(form, "/bookings", STAY)
    page.sent(form, "/bookings", STAY)

    (trip,) = trips(live)
    assert len(trip["bookings"]) == 1
    page.sent(form, "/bookings", STAY | {"name": "Bay View", "confirmation": ""})  # somebody went back to it
    (trip,) = trips(live)
    assert {one["name"] for one in trip["segments"]} == {"Bay View", "Fjord Inn"}


def test_what_is_wrong_is_said_beside_its_input_and_what_was_typed_stays(page: PageClient) -> None:
    refused = typed(page, STAY | {"name": "", "start/date": "1066-10-14", "end/date": "1066-10-15"})
    assert refused.status_code == 422
    assert 'id="name-trouble"' in refused.text
    again = page.sent(refused, "/bookings", {"name": "Fjord Inn"})

    assert again.status_code == 422
    assert 'id="start-date-trouble"' in again.text  # what the API alone knows to be wrong
    assert 'value="R77"' in again.text
    assert (
        "The booking is in this trip."
        in page.sent(
            again, "/bookings", {"start/date": STAY["start/date"], "end/date": STAY["end/date"]}
        ).text
    )


def test_a_booking_that_is_added_to_a_trip_is_in_it_whatever_its_dates(
    live: LiveClient, page: PageClient
) -> None:
    (rome,) = live.trips(live.book("AAA", stay("Rome", "2038-05-01", "2038-05-03")))
    typed(page, STAY, trip=rome["id"])

    (trip,) = trips(live)
    assert (trip["id"], len(trip["bookings"])) == (rome["id"], 2)


def test_what_a_person_types_outranks_what_is_told_of_the_same_thing(
    live: LiveClient, page: PageClient
) -> None:
    typed(page, STAY)
    told = stay("Oslo", "2038-06-01", "2038-06-03", "Fjord Inn") | {"room_type": "Suite", "end": "2038-06-04"}

    (trip,) = live.trips(live.book("BBB", told))
    (segment,) = trip["segments"]
    assert (segment["end"]["local"], segment["room_type"]) == ("2038-06-03", "Suite")
    assert segment["sources"] == ["manual", "email"]
    why = page.http.get(f"/trips/{trip['id']}/why").text
    assert "typed in on the page" in why


def test_a_booking_is_changed_and_the_change_undone(live: LiveClient, page: PageClient) -> None:
    typed(page, STAY)
    done = page.sent(change(page, live), "/change", {"end/date": "2038-06-05", "place/city": "Bergen"})

    assert "The booking is changed" in done.text
    (trip,) = trips(live)
    assert (trip["end_date"], trip["segments"][0]["place"]["city"]) == ("2038-06-05", "Bergen")
    shown = page.sent(done, "/restore")
    assert shown.url.path == f"/trips/{trip['id']}"
    (trip,) = trips(live)
    assert (trip["end_date"], trip["segments"][0]["place"]["city"]) == ("2038-06-03", "Oslo")


def test_a_booking_is_removed_and_put_back_under_the_same_trip(live: LiveClient, page: PageClient) -> None:
    typed(page, STAY)
    (before,) = trips(live)
    done = page.sent(change(page, live), "/remove")

    assert trips(live) == []
    listed = live.http.get("/v1/trips", params={"state": "cancelled"}, headers=live.me)
    assert listed.json()["trips"] == []
    page.sent(done, "/restore")
    (after,) = trips(live)
    assert after["segments"][0]["name"] == "Fjord Inn"
    assert after["bookings"][0]["record"] == before["bookings"][0]["record"]


def test_adding_is_undone_where_the_trip_is_shown(live: LiveClient, page: PageClient) -> None:
    done = page.sent(typed(page, STAY), "/remove")

    assert "The booking is removed" in done.text
    assert trips(live) == []


def test_a_cancelled_booking_is_shown_as_such_until_that_is_undone(
    live: LiveClient, page: PageClient
) -> None:
    typed(page, STAY)
    done = cancel(page, change(page, live))

    assert trips(live) == []
    assert "cancelled" in page.http.get(f"/trips/{cancelled(live)['id']}").text
    page.sent(done, "/restore")
    assert [trip["status"] for trip in trips(live)] == ["confirmed"]


def test_what_was_cancelled_and_then_removed_is_put_back_as_cancelled(
    live: LiveClient, page: PageClient
) -> None:
    typed(page, STAY)
    cancel(page, change(page, live))
    done = page.sent(change_cancelled(page, live), "/remove")
    page.sent(done, "/restore")

    assert [booking["status"] for booking in cancelled(live)["bookings"]] == ["cancelled"]


def test_what_somebody_changed_meanwhile_is_shown_and_nothing_is_done(
    live: LiveClient, page: PageClient
) -> None:
    typed(page, STAY)
    first, second = change(page, live), change(page, live)
    page.sent(first, "/change", {"end/date": "2038-06-05"})
    refused = page.sent(second, "/change", {"end/date": "2038-06-09"})

    assert refused.status_code == 409
    assert "nothing was done" in refused.text
    assert 'value="2038-06-05"' in refused.text
    assert trips(live)[0]["end_date"] == "2038-06-05"


def test_a_manager_types_for_a_traveller_and_nobody_for_another(live: LiveClient, page: PageClient) -> None:
    live.token("--admin", "boss@acme.example")
    boss = PageClient(live.url, tenant=live.tenant, login="boss@acme.example")

    nobody = typed(boss, STAY | {"traveller": "stranger@acme.example"})
    assert 'id="traveller-trouble"' in nobody.text
    shown = typed(boss, STAY | {"traveller": live.login})
    assert "typed in on the page" in shown.text
    page.sent(change(page, live), "/change", {"end/date": "2038-06-05"})
    done = boss.sent(change(boss, live), "/remove")
    assert trips(live) == []
    boss.sent(done, "/restore")
    assert trips(live)[0]["end_date"] == "2038-06-05"

    typed(
        page, STAY | {"start/date": "2039-06-01", "end/date": "2039-06-03", "traveller": "boss@acme.example"}
    )
    assert len(trips(live)) == 2  # one's own: who looks after nobody names nobody


def test_what_others_told_is_not_changed_by_this_form(live: LiveClient, page: PageClient) -> None:
    (trip,) = live.trips(live.book("AAA", stay("Rome", "2038-05-01", "2038-05-03")))
    record = trip["bookings"][0]["record"]

    assert page.http.get(f"/trips/{trip['id']}/bookings/{record}").status_code == 404
    assert f"/bookings/{record}" not in page.http.get(f"/trips/{trip['id']}").text


def test_what_a_trip_has_no_room_for_is_said_beside_the_form(live: LiveClient, page: PageClient) -> None:
    full = [stay("Rome", "2038-05-01", "2038-05-03", f"House {number}") for number in range(500)]
    (rome,) = live.trips(live.book("AAA", *full))
    refused = typed(page, STAY, trip=rome["id"])

    assert refused.status_code == 422
    assert "500" in refused.text
    assert 'value="R77"' in refused.text


def test_what_is_cancelled_stands_again_once_it_is_changed_and_is_undone_to_cancelled(
    live: LiveClient, page: PageClient
) -> None:
    typed(page, STAY)
    cancel(page, change(page, live))
    done = page.sent(change_cancelled(page, live), "/change", {"end/date": "2038-06-05"})

    assert "The booking is changed" in done.text
    (trip,) = trips(live)
    assert (trip["status"], trip["segments"][0]["status"]) == ("confirmed", "confirmed")
    page.sent(done, "/restore")
    assert cancelled(live)["end_date"] == "2038-06-03"


def test_who_changes_a_booking_does_not_say_that_nobody_waits_for_it(
    live: LiveClient, page: PageClient
) -> None:
    typed(page, STAY)
    page.sent(change(page, live), "/change", {"confirmation": "R78"})
    told = stay("Oslo", "2038-06-01", "2038-06-03", "Fjord Inn") | {"status": "waitlisted"}

    (trip,) = live.trips(live.book("BBB", told))
    assert trip["segments"][0]["status"] == "waitlisted"


def test_hours_that_the_form_has_no_input_for_stay(live: LiveClient, page: PageClient) -> None:
    told = stay("Oslo", "2038-06-01T15:00:00", "2038-06-03T11:00:00")
    stated(live, "AAA", told)
    page.sent(change(page, live), "/change", {"confirmation": "R78"})

    (segment,) = trips(live)[0]["segments"]
    assert segment["confirmation_numbers"][0]["value"] == "R78"
    assert (segment["start"]["local"], segment["end"]["local"]) == (told["start"], told["end"])


def test_what_was_stated_without_revisions_cancelled_and_removed_is_put_back(
    live: LiveClient, page: PageClient
) -> None:
    stated(live, "AAA", stay("Oslo", "2038-06-01", "2038-06-03"))
    cancel(page, change(page, live))
    done = page.sent(change_cancelled(page, live), "/remove")
    page.sent(done, "/restore")

    assert [booking["status"] for booking in cancelled(live)["bookings"]] == ["cancelled"]


def test_an_undo_does_not_take_back_what_was_said_after_it(live: LiveClient, page: PageClient) -> None:
    typed(page, STAY)
    first = page.sent(change(page, live), "/change", {"end/date": "2038-06-05"})
    page.sent(change(page, live), "/change", {"end/date": "2038-06-09"})
    refused = page.sent(first, "/restore")

    assert refused.status_code == 409
    assert "nothing was done" in refused.text
    assert trips(live)[0]["end_date"] == "2038-06-09"
    page.sent(change(page, live), "/remove")
    gone = page.sent(first, "/restore")
    assert (gone.status_code, trips(live)) == (409, [])
    assert "not there any more" in gone.text


def test_what_was_removed_is_not_added_again_by_the_form_of_before_and_that_is_told(
    live: LiveClient, page: PageClient
) -> None:
    form = page.http.get("/bookings/new", params={"kind": "hotel"})
    page.sent(page.sent(form, "/bookings", STAY), "/remove")
    again = page.sent(form, "/bookings", STAY)

    assert again.status_code == 409
    assert "The booking is not there any more" in again.text
    assert trips(live) == []


def test_a_form_that_is_sent_again_after_its_booking_changed_shows_what_stands(
    live: LiveClient, page: PageClient
) -> None:
    form = page.http.get("/bookings/new", params={"kind": "hotel"})
    page.sent(form, "/bookings", STAY)
    page.sent(change(page, live), "/change", {"end/date": "2038-06-05"})
    again = page.sent(form, "/bookings", STAY)

    assert again.status_code == 409
    assert 'value="2038-06-05"' in again.text
    cancel(page, change(page, live))
    assert page.sent(form, "/bookings", STAY).status_code == 409
    assert cancelled(live)["end_date"] == "2038-06-05"


def test_a_change_that_something_newer_outranks_is_not_said_to_be_done(
    live: LiveClient, page: PageClient
) -> None:
    told = stay("Oslo", "2038-06-01", "2038-06-03")
    stated(live, "AAA", told, revision=1)
    stated(live, "AAA", revision=7, status="cancelled")
    answer = page.sent(change_cancelled(page, live), "/change", {"end/date": "2038-06-05"})

    assert answer.status_code == 409
    assert "outranks it" in answer.text
    assert [booking["status"] for booking in cancelled(live)["bookings"]] == ["cancelled"]


def test_another_kind_of_booking_keeps_what_was_typed_so_far(live: LiveClient, page: PageClient) -> None:
    (rome,) = live.trips(live.book("AAA", stay("Rome", "2038-05-01", "2038-05-03")))
    dates = {"on": "2038-06-01", "until": "2038-06-03"}
    form = page.http.get("/bookings/new", params={"kind": "hotel", "trip": rome["id"], **dates})
    as_a_tab = httpx.Response(200, text=form.text.replace('action="/bookings"', 'action="/bookings/new"'))
    shown = page.sent(as_a_tab, "/bookings/new", {"as": "dining", "name": "Da Gino", "confirmation": "R77"})

    for value in ("2038-06-01", "2038-06-03", "Da Gino", "R77", rome["id"], "dining"):
        assert f'value="{value}"' in shown.text
    assert shown.status_code == 200
