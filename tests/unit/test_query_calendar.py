"""Trips as a calendar feed: by the rules of RFC 5545, and as four readers understand it."""

import io
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import ics
import pytest
import vobject
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar

from schemas.segments import Place, SegmentStatus
from schemas.times import Moment, instant_text
from schemas.trip import Trip, TripCar, TripStatus
from services.query.domain.calendar_format import FeedFace, calendar_ics
from tests.support.calendar_samples import Meant, Sample, samples
from tests.support.icalendar_rules import broken_rules, parsed
from tests.support.query_trips import an_id, consolidated, flight, hotel, trip

TODAY = date(2026, 5, 10)
Read = tuple[str, Any, Any]
"""The UID of an event, and when it begins and ends: a `datetime`, a `date`, or nothing."""


def a_car(**fields: Any) -> TripCar:
    said = {
        "start": moment("2026-05-12T12:00:00", "Europe/Rome", 120),
        "end": moment("2026-05-14T12:00:00", "Europe/Rome", 120),
        "origin": Place(code="FCO"),
        "vendor_name": "Hertz",
    } | fields
    return TripCar(**said, **consolidated("car", fields=said, owners={}))


def moment(local: str, zone: str | None, offset: int | None) -> Moment:
    return Moment(local=local, zone=zone, offset_minutes=offset)


def westbound() -> Any:
    """Singapore to San Francisco, which lands earlier by the clock than it left."""
    return flight(
        "west",
        origin=Place(code="SIN", latitude="1.35", longitude="103.99"),
        destination=Place(code="SFO"),
        start=moment("2026-05-12T20:25:00", "Asia/Singapore", 480),
        end=moment("2026-05-12T19:50:00", "America/Los_Angeles", -420),
    )


def feed(*trips: Trip, zoned: bool = False, today: date = TODAY, **known: Any) -> bytes:
    face = FeedFace("Maria; trips, all", "https://trips.example/trips/", zoned=zoned)
    return calendar_ics(trips, face=face, today=today, **known)


def events(written: bytes) -> dict[str, dict[str, str]]:
    """By UID: the properties of each event."""
    found = [component for component in parsed(written) if component.kind == "VEVENT"]
    return {event.text("UID") or "": {p.name: p.value for p in event.properties} for event in found}


WHOLE = trip(
    "rome", offset=7, segments=(flight(), westbound(), hotel(), a_car()), title="Röm, Ost; West " * 6
)


@pytest.mark.parametrize("zoned", [False, True])
@pytest.mark.parametrize("trips", [(), (WHOLE,), (WHOLE, trip("undated", dates=None))])
def test_a_feed_keeps_every_rule(trips: tuple[Trip, ...], zoned: bool) -> None:
    assert broken_rules(feed(*trips, zoned=zoned)) == []


@pytest.mark.parametrize(
    ("fault", "replaced"),
    [
        (b"\n", b"\r\n"),
        (b"UID:x", b"UID:"),
        (b"DTSTART;TZID=Mars/Base:", b"DTSTART:"),
        (b"STATUS:MAYBE", b"STATUS:CONFIRMED"),
        (b"SUMMARY:a,b", b"SUMMARY:Cancelled"),
        (b"METHOD:REQUEST", b"METHOD:PUBLISH"),
        (b"DTEND:19700101T000000Z\r\nX-OLD:", b"DTEND:"),
    ],
)
def test_the_rules_find_faults(fault: bytes, replaced: bytes) -> None:
    whole = feed(trip("off", status=TripStatus.CANCELLED, modified="2026-05-09T00:00:00Z"), WHOLE)
    assert replaced in whole
    broken = whole.replace(replaced, fault)
    if fault == b"UID:x":
        broken = whole.replace(b"UID:", b"UID:x\r\nX-OLD:")

    assert broken_rules(broken) != []


@pytest.mark.parametrize("sample", list(samples()), ids=lambda sample: sample.name)
def test_a_feed_of_hard_times_keeps_every_rule(sample: Sample) -> None:
    assert broken_rules(sample.feed) == []


def by_icalendar(written: bytes) -> Iterator[Read]:
    for event in Calendar.from_ical(written).walk("VEVENT"):
        yield str(event["UID"]), event.decoded("DTSTART"), event.decoded("DTEND", None)


def by_ical(written: bytes) -> Iterator[Read]:
    for event in IcsCalendarStream.calendar_from_ics(written.decode()).events:
        yield event.uid, event.dtstart, event.dtend


def by_ics(written: bytes) -> Iterator[Read]:
    for event in ics.Calendar(written.decode()).events:
        begin, end = event.begin.datetime, event.end.datetime
        yield (event.uid, begin.date(), end.date()) if event.all_day else (event.uid, begin, end)


def by_vobject(written: bytes) -> Iterator[Read]:
    for event in vobject.readOne(io.StringIO(written.decode())).vevent_list:
        yield event.uid.value, event.dtstart.value, getattr(getattr(event, "dtend", None), "value", None)


@pytest.mark.parametrize("sample", list(samples()), ids=lambda sample: sample.name)
@pytest.mark.parametrize("reader", [by_icalendar, by_ical, by_ics, by_vobject])
def test_readers_agree_on_what_is_meant(reader: Callable[[bytes], Iterator[Read]], sample: Sample) -> None:
    """`just calendars` asks readers in JavaScript the same."""
    read = {
        # An event that ends nowhere does so where its reader likes.
        uid: Meant(said(start), None if end is None or sample.meant[uid].ends is None else said(end))
        for uid, start, end in reader(sample.feed)
    }

    assert read == sample.meant


def said(time: date) -> str:
    return instant_text(time) if isinstance(time, datetime) else time.isoformat()


def test_near_a_change_of_the_clocks_times_stand_in_utc_even_in_a_feed_of_local_times() -> None:
    """Readers differ there, also in times that are written as they should be."""
    twice = flight(
        start=moment("2026-10-25T02:50:00", "Europe/Berlin", 120),
        end=moment("2026-10-25T02:20:00", "Europe/Berlin", 60),
    )

    told = feed(trip("t", segments=(twice,)), zoned=True)

    assert b"DTSTART:20261025T005000Z" in told
    assert b"DTEND:20261025T012000Z" in told
    assert b"VTIMEZONE" not in told


def test_local_times_stand_with_their_zone_and_its_definition() -> None:
    written = feed(WHOLE, zoned=True)

    assert b"DTSTART;TZID=Asia/Singapore:20260512T202500" in written
    assert written.count(b"BEGIN:VTIMEZONE") == 3
    assert len(written) < 12_000


def test_a_zone_that_is_a_folder_of_zones_is_none() -> None:
    start, end = (moment(f"2026-05-12T{hour}:00:00", "America", -420) for hour in (12, 14))

    assert b"DTSTART:20260512T190000Z" in feed(
        trip("t", segments=(flight(start=start, end=end),)), zoned=True
    )


def test_the_words_tell_local_times_in_either_form() -> None:
    for zoned in (False, True):
        told = events(feed(WHOLE, zoned=zoned))[f"{westbound().id}@itinerary"]
        assert told["SUMMARY"] == "AZ 436 SIN 20:25 → SFO 19:50"
        assert "2026-05-12 20:25 Asia/Singapore" in told["DESCRIPTION"]


def test_a_stay_and_a_car_are_two_ends_that_make_nobody_busy() -> None:
    told = events(feed(WHOLE))

    ends = [told[f"{one.id}-{end}@itinerary"] for one in (hotel(), a_car()) for end in ("start", "end")]
    assert [end["TRANSP"] for end in ends] == ["TRANSPARENT"] * 4
    assert ends[0]["DTSTART"] == "20260512"
    assert ends[3]["SUMMARY"] == "Drop off: Hertz\\, FCO"
    assert told[f"{flight().id}@itinerary"]["TRANSP"] == "OPAQUE"
    assert told[f"{an_id('rome')}@itinerary"]["DTEND"] == "20260515"


def test_what_is_cancelled_says_so_for_a_fortnight_and_is_gone() -> None:
    gone = flight("gone", status=SegmentStatus.CANCELLED)
    cancelled = trip("rome", offset=9, segments=(gone,), modified="2026-05-09T08:00:00Z")

    told = events(feed(cancelled))[f"{gone.id}@itinerary"]
    later = events(feed(cancelled, today=date(2026, 6, 1)))

    assert (told["STATUS"], told["TRANSP"], told["SEQUENCE"]) == ("CANCELLED", "TRANSPARENT", "9")
    assert told["SUMMARY"].startswith("Cancelled: ")
    assert set(later) == {f"{an_id('rome')}@itinerary"}


def test_what_was_cancelled_does_not_come_back_when_its_trip_changes_later() -> None:
    gone = flight("gone", status=SegmentStatus.CANCELLED)
    changed = trip("rome", offset=9, segments=(gone, hotel()), modified="2026-05-09T08:00:00Z")
    off = trip("off", status=TripStatus.CANCELLED, segments=(flight("of"),), modified="2026-05-09T08:00:00Z")
    long_ago, lately = datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)

    def shown(since: datetime) -> set[str]:
        known = dict.fromkeys((gone.id, off.id, flight("of").id), since)
        return {uid.partition("@")[0] for uid in events(feed(changed, off, off_since=known))}

    assert shown(long_ago).isdisjoint({gone.id, off.id, flight("of").id})
    assert {gone.id, off.id, flight("of").id} <= shown(lately)
    assert shown(long_ago) < shown(lately)


@pytest.mark.parametrize("status", [TripStatus.PROPOSAL, TripStatus.BOOKED_PROPOSAL])
def test_what_is_merely_proposed_is_tentative(status: TripStatus) -> None:
    told = events(feed(trip("rome", segments=(flight(), hotel()), status=status)))

    assert {event["STATUS"] for event in told.values()} == {"TENTATIVE"}
    assert len(told) == 4


def test_ids_stay_and_the_sequence_rises_when_a_flight_is_retimed() -> None:
    later = flight(start=moment("2026-05-12T10:30:00", "Europe/Rome", 120))

    before, after = (
        events(feed(trip("rome", offset=offset, segments=(segment,))))
        for offset, segment in ((3, flight()), (8, later))
    )

    uid = f"{later.id}@itinerary"
    assert (before[uid]["DTSTART"], after[uid]["DTSTART"]) == ("20260512T070000Z", "20260512T083000Z")
    assert (before[uid]["SEQUENCE"], after[uid]["SEQUENCE"]) == ("3", "8")


def test_the_same_trips_are_the_same_bytes() -> None:
    assert feed(WHOLE) == feed(WHOLE)


def test_no_number_of_a_booking_and_no_amount_stands_in_a_feed() -> None:
    secret = flight(
        confirmation_numbers=(), notes="Ask for ABC123", total={"amount": "240.35", "currency": "EUR"}
    )

    written = feed(trip("rome", segments=(secret,)))

    assert b"240.35" not in written
    assert b"ABC123" not in written
