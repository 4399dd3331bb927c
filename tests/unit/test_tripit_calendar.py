"""Reading TripIt's private calendar feed, and telling what was deleted from what left its window."""

from datetime import date

import pytest

from schemas.segments import AirSegment, CarSegment, HotelSegment, RailSegment
from services.ingest.domain.tripit.answers import Unreadable
from services.ingest.domain.tripit.calendar import read_feed
from services.ingest.domain.tripit.feed_plans import feed_outcome, read_feed_plan
from services.ingest.domain.tripit.known import Known

TODAY = date(2026, 5, 1)


def event(uid: str, summary: str, *, start: str, end: str = "", trip: str = "77", **more: str) -> str:
    text = more.pop("description", "")
    link = f"View and/or edit details in TripIt : https://www.tripit.com/trip/show/id/{trip}\\n\\n"
    lines = [
        f"UID:{uid}@tripit.com",
        f"SUMMARY:{summary}",
        f"DTSTART{start}",
        f"DTSTAMP:{more.pop('stamp', '20260501T000000Z')}",
    ]
    lines += [f"DTEND{end}"] if end else []
    lines += [f"DESCRIPTION:{link}{text}", *(f"{name.upper()}:{value}" for name, value in more.items())]
    return "\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"])


def calendar(*events: str) -> bytes:
    return "\n".join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//own//EN", *events, "END:VCALENDAR", ""]
    ).encode()


TRIP = event("aa-trip", "Las Vegas", start=";VALUE=DATE:20260603", end=";VALUE=DATE:20260606")
CHECK_IN = event(
    "item-in-1", "Check-in: Tuscany Suites", start=":20260603T220000Z", end=":20260603T230000Z",
    description="3:00 PM PDT\\n[Lodging] Arrive Tuscany Suites\\nConfirmation # L72DAQ",
    location="Tuscany Suites\\, 255 East Flamingo Road", geo="36.1134337;-115.1602397",
)  # fmt: skip
CHECK_OUT = event(
    "item-out-1", "Check-out: Tuscany Suites", start=":20260605T180000Z", end=":20260605T190000Z",
    description="11:00 AM PDT\\n[Lodging] Depart Tuscany Suites\\nConfirmation # L72DAQ",
)  # fmt: skip
FLIGHT = event(
    "item-air-1", "OS65 VIE to JFK", start=":20260603T081500Z", end=":20260603T180000Z",
    description="10:15 AM CEST\\n[Flight] Austrian #65",
)  # fmt: skip


def test_check_in_and_check_out_are_one_stay_with_the_times_that_the_traveller_reads() -> None:
    feed = read_feed(calendar(TRIP, CHECK_OUT, CHECK_IN))
    assert feed.trips == {"77": "2026-06-05"}
    assert list(feed.plans) == ["in-1"]
    (stay,) = read_feed_plan(feed.plans["in-1"]).content.segments
    assert isinstance(stay, HotelSegment)
    assert stay.start is not None
    assert stay.end is not None
    assert (stay.start.local, stay.start.utc()) == ("2026-06-03T15:00:00", "2026-06-03T22:00:00Z")
    assert (stay.end.local, stay.end.utc()) == ("2026-06-05T11:00:00", "2026-06-05T18:00:00Z")
    assert stay.name == "Tuscany Suites"
    assert stay.place is not None
    assert (stay.place.address, stay.place.latitude) == ("255 East Flamingo Road", "36.1134337")
    assert [number.value for number in stay.confirmation_numbers] == ["L72DAQ"]


def half(what: str, number: int, *, day: int, confirmed: str = "") -> str:
    said = f"[Lodging] x\\nConfirmation # {confirmed}" if confirmed else "[Lodging] x"
    return event(
        f"item-{what}-{number}", f"Check-{what}: Tuscany", start=f":202606{day:02d}T190000Z", description=said
    )


def nights(*halves: str) -> dict[str, tuple[str | None, str | None]]:
    """Return the days of each stay, by its key."""
    read = {
        key: read_feed_plan(plan).content.segments[0]
        for key, plan in read_feed(calendar(*halves)).plans.items()
    }
    return {
        key: (stay.start and stay.start.date[-2:], stay.end and stay.end.date[-2:])
        for key, stay in read.items()
    }


@pytest.mark.parametrize(
    ("halves", "stays"),
    [
        ([("in", 1, 3), ("in", 2, 3), ("out", 1, 5), ("out", 2, 5)], {"in-1": "03-05", "in-2": "03-05"}),
        ([("in", 1, 3), ("in", 2, 4), ("out", 1, 5), ("out", 2, 7)], {"in-1": "03-05", "in-2": "04-07"}),
        ([("in", 1, 3), ("out", 1, 5), ("in", 2, 5), ("out", 2, 7)], {"in-1": "03-05", "in-2": "05-07"}),
        ([("in", 1, 3), ("in", 2, 6), ("out", 2, 7)], {"in-1": "03-", "in-2": "06-07"}),
        ([("out", 1, 3), ("in", 2, 6)], {"out-1": "-03", "in-2": "06-"}),
    ],
)  # fmt: skip
def test_several_stays_in_one_hotel_are_each_whole(
    halves: list[tuple[str, int, int]], stays: dict[str, str]
) -> None:
    for order in (halves, halves[::-1]):
        found = nights(*(half(what, number, day=day) for what, number, day in order))
        assert {key: f"{start or ''}-{end or ''}" for key, (start, end) in found.items()} == stays


def test_the_confirmation_number_tells_which_room_is_left_when() -> None:
    rooms = [
        half("in", 1, day=3, confirmed="AAA1"),
        half("in", 2, day=4, confirmed="BBB2"),
        half("out", 2, day=5, confirmed="BBB2"),
        half("out", 1, day=7, confirmed="AAA1"),
    ]
    assert nights(*rooms) == {"in-1": ("03", "07"), "in-2": ("04", "05")}
    assert nights(rooms[0], rooms[2]) == {"in-1": ("03", None), "out-2": (None, "05")}


def test_a_flight_has_the_zones_of_its_airports() -> None:
    feed = read_feed(calendar(FLIGHT))
    (flight,) = read_feed_plan(feed.plans["air-1"]).content.segments
    assert isinstance(flight, AirSegment)
    assert flight.start is not None
    assert flight.end is not None
    assert (flight.carrier, flight.flight_number) == ("OS", "65")
    assert (flight.start.local, flight.start.zone) == ("2026-06-03T10:15:00", "Europe/Vienna")
    assert (flight.end.local, flight.end.zone) == ("2026-06-03T14:00:00", "America/New_York")


def test_a_rental_is_one_plan_and_a_train_has_both_its_places() -> None:
    pick_up = event("item-p", "Pick Up Rental Car: National", start=":20260603T190000Z")
    drop_off = event("item-d", "Drop Off Rental Car: National", start=":20260605T150000Z")
    train = event(
        "item-t", "Amtrak - New York\\, NY to Boston\\, MA", start=":20260604T130000Z",
        end=":20260604T170000Z", description="9:00 AM EDT\\n[Rail] Amtrak",
    )  # fmt: skip
    plans = read_feed(calendar(pick_up, drop_off, train)).plans
    (car,) = read_feed_plan(plans["p"]).content.segments
    (rail,) = read_feed_plan(plans["t"]).content.segments
    assert isinstance(car, CarSegment)
    assert car.end is not None
    assert isinstance(rail, RailSegment)
    assert rail.origin is not None
    assert rail.destination is not None
    assert (rail.carrier_name, rail.origin.name, rail.destination.name) == (
        "Amtrak",
        "New York, NY",
        "Boston, MA",
    )


def test_wall_clocks_without_a_zone_are_taken_as_they_are() -> None:
    feed = read_feed(calendar(event("item-x", "Opera", start=":20260603T193000", description="[Activity] x")))
    (opera,) = read_feed_plan(feed.plans["x"]).content.segments
    assert opera.start is not None
    assert (opera.start.local, opera.start.offset_minutes) == ("2026-06-03T19:30:00", None)


@pytest.mark.parametrize(
    ("instant", "shown", "local"),
    [
        (":20260604T010000Z", "3:00 PM HST", "2026-06-03T15:00:00"),
        (":20260603T020000Z", "3:00 PM NZDT", "2026-06-03T15:00:00"),
        (":20260603T093000Z", "3:00 PM IST", "2026-06-03T15:00:00"),
        (":20260603T150000Z", "3:00 PM GMT", "2026-06-03T15:00:00"),
    ],
)  # fmt: skip
def test_the_offset_is_what_the_shown_clock_is_ahead_of_the_instant(
    instant: str, shown: str, local: str
) -> None:
    one = event("item-1", "Check-in: H", start=instant, description=f"{shown}\\n[Lodging] Arrive H")
    (stay,) = read_feed_plan(read_feed(calendar(one)).plans["1"]).content.segments
    assert stay.start is not None
    assert stay.start.local == local


def test_notes_and_directions_are_no_plans() -> None:
    notes = [
        event(f"item-{tag}", tag, start=":20260603T100000Z", description=f"[{tag}] x")
        for tag in ("Note", "Map", "Directions", "Weather")
    ]
    assert read_feed(calendar(*notes)).plans == {}


@pytest.mark.parametrize(
    "body",
    [b"", b"<html></html>", calendar(TRIP, CHECK_IN)[:-20], b"BEGIN:VEVENT\nEND:VCALENDAR", b"END:VCALENDAR"],
)
def test_a_feed_that_was_cut_off_is_no_empty_feed(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_feed(body)


def test_a_new_stamp_alone_changes_nothing() -> None:
    first = feed_outcome(Known(), read_feed(calendar(TRIP, CHECK_IN, CHECK_OUT)), today=TODAY)
    stamped = CHECK_IN.replace("20260501T000000Z", "20260501T001500Z")
    again = feed_outcome(first.known, read_feed(calendar(TRIP, stamped, CHECK_OUT)), today=TODAY)
    assert first.told == {0: ("in-1",)}
    assert (again.told, again.gone) == ({}, ())


def test_a_plan_missing_from_a_trip_that_is_there_was_deleted() -> None:
    first = feed_outcome(Known(), read_feed(calendar(TRIP, CHECK_IN, CHECK_OUT, FLIGHT)), today=TODAY)
    second = feed_outcome(first.known, read_feed(calendar(TRIP, FLIGHT)), today=TODAY)
    assert second.gone == ("in-1",)


def test_a_missing_trip_was_deleted_unless_it_left_the_window() -> None:
    known = feed_outcome(Known(), read_feed(calendar(TRIP, FLIGHT)), today=TODAY).known
    empty = read_feed(calendar())
    assert feed_outcome(known, empty, today=date(2026, 6, 20)).gone == ("air-1",)
    assert feed_outcome(known, empty, today=date(2026, 9, 2)).gone == ("air-1",)
    assert feed_outcome(known, empty, today=date(2026, 9, 4)).gone == ()


def test_a_plan_gone_from_an_old_trip_that_is_still_there_was_deleted() -> None:
    known = feed_outcome(Known(), read_feed(calendar(TRIP, FLIGHT)), today=TODAY).known
    assert feed_outcome(known, read_feed(calendar(TRIP)), today=date(2026, 9, 20)).gone == ("air-1",)


def test_a_plan_that_cannot_be_read_for_once_was_not_deleted() -> None:
    known = feed_outcome(Known(), read_feed(calendar(TRIP, FLIGHT)), today=TODAY).known
    broken = read_feed(calendar(TRIP, FLIGHT.replace("DTSTART:20260603T081500Z", "DTSTART:soon")))
    assert broken.plans == {}
    outcome = feed_outcome(known, broken, today=TODAY)
    assert (outcome.gone, set(outcome.known.plans)) == ((), {"air-1"})


def test_a_text_of_blanks_keeps_no_pattern_busy() -> None:
    """Whoever tried every blank as the end of every part would not come back from this one for days."""
    blanks = " " * 50_000
    train = event(
        "item-t", f"Amtrak -{blanks}x", start=":20260604T130000Z", end=":20260604T170000Z",
        description="\\n" * 50_000 + f"9:00{blanks}x\\n[Rail] Amtrak",
    )  # fmt: skip
    (rail,) = read_feed_plan(read_feed(calendar(train)).plans["t"]).content.segments
    assert isinstance(rail, RailSegment)
    assert rail.destination is None


def test_events_are_counted_before_they_are_parsed() -> None:
    events = b"BEGIN:VEVENT\nEND:VEVENT\n" * 5_001
    body = b"BEGIN:VCALENDAR\nno parser takes this\n" + events + b"END:VCALENDAR\n"
    with pytest.raises(Unreadable, match="5000 events"):
        read_feed(body)


def test_an_event_that_cannot_be_read_is_kept_as_it_was_and_the_others_go_on() -> None:
    before = feed_outcome(Known(), read_feed(calendar(TRIP, CHECK_IN, FLIGHT)), today=TODAY).known
    for odd in (";TZID=Europe/Vienna:00010101T000000", ";VALUE=TIME:100000", ":2026"):
        broken = event("item-in-1", "Check-in: Tuscany Suites", start=odd)
        new = event("item-new", "Opera", start=odd)
        edited = FLIGHT.replace("OS65", "OS66")
        outcome = feed_outcome(before, read_feed(calendar(TRIP, broken, new, edited)), today=TODAY)
        assert (outcome.told, outcome.gone) == ({0: ("air-1",)}, ()), odd
        plans = outcome.known.plans
        assert plans["in-1"] == before.plans["in-1"].model_copy(update={"problems": ("unreadable",)})
        assert (plans["new"].digest, plans["new"].problems) == (None, ("unreadable",))
        mended = read_feed(calendar(TRIP, CHECK_IN, edited, new.replace(odd, ":20260603T193000")))
        after = feed_outcome(outcome.known, mended, today=TODAY)
        assert (after.told, after.gone) == ({0: ("new",)}, ())
        assert not any(plan.problems for plan in after.known.plans.values())
