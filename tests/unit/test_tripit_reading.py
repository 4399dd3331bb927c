"""Reading what TripIt says: every kind of reservation, every quirk, and what cannot be right."""

import json
from typing import Any

import pytest

from schemas.booking_record import BookingContent
from schemas.segments import (
    AirSegment,
    CarSegment,
    ConfirmationKind,
    DiningSegment,
    EventSegment,
    HotelSegment,
    ParkingSegment,
    RailSegment,
    RideSegment,
    SegmentStatus,
)
from services.ingest.domain.tripit.answers import Unreadable, read_answer
from services.ingest.domain.tripit.plans import Plan, plan_key, read_plan
from services.ingest.domain.tripit.texts import miles, minutes, money, seats
from tests.support.tripit_documents import Tree, as_json, as_xml, date_time

FLIGHT: Tree = {
    "id": "7001",
    "uuid": "11111111-0000-9000-0002-000000000001",
    "trip_id": "300",
    "display_name": "Flight",
    "last_modified": "1790000000",
    "record_locator": "QX4T7Z",
    "supplier_conf_num": "LHX99",
    "booking_site_conf_num": "SITE-1",
    "booking_site_name": "Bookwell",
    "booking_date": "2026-05-01",
    "total_cost": "$1,428.35 USD",
    "Agency": {"agency_conf_num": "AG-7", "agency_name": "Wayfarer", "agency_phone": "+43 1 1"},
    "Segment": [
        {
            "id": "8001",
            "Status": {
                "flight_status": "401",
                "ScheduledDepartureDateTime": date_time(
                    "2026-09-01", "10:10:00", timezone="Europe/Berlin", utc_offset="+02:00"
                ),
                "EstimatedDepartureDateTime": date_time("2026-09-01", "10:55:00", utc_offset="+2:00"),
            },
            "StartDateTime": date_time(
                "2026-09-01", "10:00:00", timezone="Europe/Berlin", utc_offset="+02:00"
            ),
            "EndDateTime": date_time(
                "2026-09-01", "13:00:00", timezone="America/New_York", utc_offset="-04:00"
            ),
            "start_airport_code": "FRA",
            "start_city_name": "Frankfurt",
            "end_airport_code": "JFK",
            "marketing_airline": "Lufthansa",
            "marketing_airline_code": "LH",
            "marketing_flight_number": "400",
            "operating_airline_code": "UA",
            "operating_flight_number": "8840",
            "seats": "29H, 29J",
            "duration": "9h, 05m",
            "distance": "3,851 miles",
            "stops": "nonstop",
            "service_class": "Economy",
            "brand_new_field": "surprise",
        },
        {"id": "8002", "is_hidden": "true", "start_airport_code": "FRA", "end_airport_code": "EWR"},
    ],
    "Traveler": [
        {"first_name": "ADA", "last_name": "MR", "ticket_num": "2201234567890"},
        {"last_name": "Byron", "ticket_num": "20", "frequent_traveler_num": "LH-1"},
    ],
}


def read(kind: str, node: Tree, *, form: Any = as_json) -> Plan:
    answer = read_answer(form({"timestamp": "1790000001", kind: node}))
    ((name, found),) = answer.plans
    return read_plan(name, found)


def content(kind: str, node: Tree) -> BookingContent:
    return read(kind, node).content


@pytest.mark.parametrize("form", [as_json, as_xml])
def test_a_flight_is_read_with_its_numbers_people_and_times_in_either_form(form: Any) -> None:
    read_one = read("AirObject", FLIGHT, form=form)
    (segment,) = read_one.content.segments
    assert isinstance(segment, AirSegment)
    assert (segment.carrier, segment.flight_number, segment.operating_carrier) == ("LH", "400", "UA")
    assert segment.origin is not None
    assert (segment.origin.code, segment.origin.city) == ("FRA", "Frankfurt")
    assert segment.start is not None
    assert (segment.start.local, segment.start.zone, segment.start.offset_minutes) == (
        "2026-09-01T10:00:00",
        "Europe/Berlin",
        120,
    )
    assert {(n.kind, n.value, n.issuer) for n in segment.confirmation_numbers} == {
        (ConfirmationKind.RECORD_LOCATOR, "QX4T7Z", None),
        (ConfirmationKind.SUPPLIER, "LHX99", None),
        (ConfirmationKind.BOOKING_SITE, "SITE-1", "Bookwell"),
        (ConfirmationKind.AGENCY, "AG-7", "Wayfarer"),
    }
    assert [seat.number for seat in segment.seats] == ["29H", "29J"]
    assert (segment.duration_minutes, segment.miles, segment.stops) == (545, 3851, 0)
    assert segment.details["tripit.brand_new_field"] == "surprise"
    (charge,) = read_one.content.charges
    assert (charge.amount, charge.currency) == ("1428.35", "USD")
    assert [ticket.number for ticket in read_one.content.tickets] == ["2201234567890"]
    assert [p.last_name for p in read_one.content.passengers] == ["MR", "Byron"]
    assert read_one.content.booked == "2026-05-01"
    assert read_one.content.details["tripit.trip_id"] == "300"
    assert read_one.problems == ()


def test_a_train_may_have_five_numbers_and_none_is_lost() -> None:
    train: Tree = {
        "id": "7002",
        "record_locator": "A1AAAA",
        "supplier_conf_num": "B2",
        "booking_site_conf_num": "C3",
        "Agency": {"agency_conf_num": "D4"},
        "Segment": {"id": "8002", "confirmation_num": "E5", "StartDateTime": date_time("2026-09-01")},
    }
    (segment,) = read("RailObject", train).content.segments
    assert {number.value for number in segment.confirmation_numbers} == {"A1AAAA", "B2", "C3", "D4", "E5"}


def test_booked_scheduled_and_estimated_times_stay_apart() -> None:
    (segment,) = content("AirObject", FLIGHT).segments
    assert segment.start is not None
    assert segment.start.local == "2026-09-01T10:00:00"
    assert segment.details["tripit.scheduled_start"] == "2026-09-01T10:10:00+02:00"
    assert segment.details["tripit.estimated_start"] == "2026-09-01T10:55:00+02:00"


def test_the_guess_of_when_one_arrives_at_the_hotel_is_not_its_check_in() -> None:
    (stay,) = content(
        "LodgingObject",
        {
            "id": "1",
            "EstimatedStartDateTime": date_time("2026-09-01", "18:00:00"),
            "EndDateTime": date_time("2026-09-03"),
        },
    ).segments
    assert stay.start is None
    assert stay.details["tripit.estimated_start"] == "2026-09-01T18:00:00"


SEGMENT_KINDS: list[tuple[str, Tree, type]] = [
    ("LodgingObject", {"supplier_name": "Sacher", "number_rooms": "2", "number_guests": "3"}, HotelSegment),
    ("CarObject", {"supplier_name": "Sixt", "start_location_name": "VIE", "car_type": "Compact"}, CarSegment),
    ("ParkingObject", {"location_name": "P4"}, ParkingSegment),
    ("RailObject", {"Segment": {"train_number": "ICE 70", "coach_number": "7"}}, RailSegment),
    ("TransportObject", {"Segment": {"detail_type_code": "F", "carrier_name": "Stena"}}, RideSegment),
    ("CruiseObject", {"ship_name": "Aurora", "Segment": {"location_name": "Kiel"}}, RideSegment),
    ("RestaurantObject", {"supplier_name": "Steirereck", "number_patrons": "4"}, DiningSegment),
    ("ActivityObject", {"display_name": "Opera", "location_name": "Staatsoper"}, EventSegment),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "node", "segment"), SEGMENT_KINDS)
def test_every_kind_of_reservation_becomes_its_kind_of_segment_in_either_form(
    kind: str, node: Tree, segment: type
) -> None:
    in_json, in_xml = (read(kind, {"id": "1", **node}, form=form) for form in (as_json, as_xml))
    assert [type(found) for found in in_json.content.segments] == [segment]
    assert in_xml == in_json


def test_a_cruise_is_one_journey_from_its_first_port_to_its_last() -> None:
    ports = [
        {
            "location_name": name,
            "StartDateTime": date_time(day, "08:00:00"),
            "EndDateTime": date_time(day, "18:00:00"),
        }
        for name, day in (("Kiel", "2026-07-01"), ("Oslo", "2026-07-03"), ("Kiel", "2026-07-05"))
    ]
    (cruise,) = content("CruiseObject", {"id": "1", "ship_name": "Aurora", "Segment": ports}).segments
    assert isinstance(cruise, RideSegment)
    assert cruise.start is not None
    assert cruise.end is not None
    assert (cruise.start.local, cruise.end.local) == ("2026-07-01T18:00:00", "2026-07-05T08:00:00")
    assert cruise.origin is not None
    assert cruise.destination is not None
    assert (cruise.origin.name, cruise.destination.name) == ("Kiel", "Kiel")
    assert cruise.details["tripit.ports"] == "Kiel, Oslo, Kiel"


@pytest.mark.parametrize(
    "kind", ["NoteObject", "MapObject", "DirectionsObject", "WeatherObject", "PointsProgram"]
)
def test_what_is_no_reservation_is_no_plan(kind: str) -> None:
    assert read_answer(as_json({kind: {"id": "1", "display_name": "x"}})).plans == ()


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, SegmentStatus.CONFIRMED),
        ({"has_possible_cancellation": "true"}, SegmentStatus.CONFIRMED),
        ({"CancellationDateTime": date_time("2026-08-01")}, SegmentStatus.CANCELLED),
        ({"Segment": {"Status": {"flight_status": "400"}}}, SegmentStatus.CANCELLED),
        ({"Segment": {"Status": {"flight_status": "404"}}}, SegmentStatus.CONFIRMED),
    ],
)
def test_only_what_says_so_outright_is_a_cancellation(changes: Tree, status: SegmentStatus) -> None:
    (segment,) = content(
        "AirObject", {"id": "1", "Segment": {"start_airport_code": "FRA"}, **changes}
    ).segments
    assert segment.status is status


def test_an_arrival_before_the_departure_is_kept_marked_and_reported() -> None:
    node = {
        "id": "1",
        "Segment": {
            "start_airport_code": "IAH",
            "end_airport_code": "PVR",
            "StartDateTime": date_time("2026-02-01", "13:00:00", utc_offset="-06:00"),
            "EndDateTime": date_time("2026-02-01", "10:00:00", utc_offset="-06:00"),
        },
    }
    found = read("AirObject", node)
    assert [problem.rule for problem in found.problems] == ["ends_before_it_starts"]
    assert found.content.segments[0].end is not None
    assert found.content.segments[0].details["tripit.problem"] == "ends_before_it_starts"


def test_a_flight_west_over_the_date_line_is_no_error() -> None:
    node = {
        "id": "1",
        "Segment": {
            "start_airport_code": "AKL",
            "end_airport_code": "HNL",
            "StartDateTime": date_time("2026-02-02", "00:30:00", utc_offset="+13:00"),
            "EndDateTime": date_time("2026-02-01", "10:00:00", utc_offset="-10:00"),
        },
    }
    assert read("AirObject", node).problems == ()


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (date_time("2026-09-01", "10:00:00", utc_offset="-8:00"), ("2026-09-01T10:00:00", None, -480)),
        (date_time("2026-09-01", "10:00", timezone="Asia/Tokyo"), ("2026-09-01T10:00:00", "Asia/Tokyo", 540)),
        (date_time("2026-09-01", "10:00:00", timezone="Mars/Olympus"), ("2026-09-01T10:00:00", None, None)),
        (date_time("2026-09-01", "10:00:00+02:00"), ("2026-09-01T10:00:00", None, None)),
        (date_time("2026-09-01", utc_offset="+02:00"), ("2026-09-01", None, 120)),
        (date_time("2026-09-01", "24:00:00"), ("2026-09-01", None, None)),
        (date_time("2026-09-01", "25:00:00"), None),
        (date_time("2026-02-30", "10:00:00"), None),
        (date_time(None, "10:00:00"), None),
    ],
)
def test_of_a_time_every_part_may_be_missing_or_wrong(when: Tree, expected: tuple[Any, ...] | None) -> None:
    (stay,) = content("LodgingObject", {"id": "1", "StartDateTime": when}).segments
    found = stay.start and (stay.start.local, stay.start.zone, stay.start.offset_minutes)
    assert found == expected


def test_a_zone_that_is_missing_is_inferred_from_the_airport() -> None:
    node = {
        "id": "1",
        "Segment": {"start_airport_code": "VIE", "StartDateTime": date_time("2026-09-01", "10:00:00")},
    }
    (segment,) = content("AirObject", node).segments
    assert segment.start is not None
    assert (segment.start.zone, segment.start.inferred) == ("Europe/Vienna", True)


def test_what_does_not_fit_its_field_stays_in_the_details() -> None:
    node = {
        "id": "1",
        "supplier_name": "Sacher",
        "supplier_phone": "9" * 200,
        "total_cost": "about 300 a night",
        "number_guests": "two",
        "Address": {"city": "Vienna", "latitude": "48.2N"},
    }
    booking = content("LodgingObject", node)
    (stay,) = booking.segments
    assert isinstance(stay, HotelSegment)
    assert (stay.phone, stay.total, stay.party_size) == (None, None, None)
    assert booking.details["tripit.supplier_phone"] == "9" * 200
    assert booking.details["tripit.total_cost"] == "about 300 a night"
    assert booking.details["tripit.number_guests"] == "two"
    assert stay.place is not None
    assert (stay.place.city, stay.place.latitude) == ("Vienna", None)
    assert stay.details["tripit.place.latitude"] == "48.2N"


def test_nul_is_taken_out_because_no_database_holds_it() -> None:
    assert "\x00" not in content("LodgingObject", {"id": "1", "notes": "a\x00b"}).model_dump_json()


def test_a_plan_is_known_by_its_own_id_and_never_by_its_trips() -> None:
    def key(node: Tree) -> str | None:
        ((_, found),) = read_answer(as_json({"AirObject": node})).plans
        return plan_key(found)

    assert key(FLIGHT) == FLIGHT["uuid"]
    assert key({"id": "7", "trip_id": "3"}) == "7"
    assert key({"record_locator": "R1"}) == "R1"
    assert key({"Segment": {"uuid": "seg-1"}}) == "seg-1"
    assert key({"trip_id": "3"}) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"Trip": [',
        b"<Response><Trip>",
        b"<html>busy</html>",
        b"[]",
        b"\xff",
        b"null",
        b"[" * 5000,
    ],
)
def test_what_is_cut_off_or_no_answer_is_told_apart_from_an_empty_one(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_answer(body)
    assert read_answer(b"{}").plans == ()


def test_errors_inside_an_answer_are_found() -> None:
    for form in (as_json, as_xml):
        answer = read_answer(form({"Error": {"code": "401", "detailed_error_code": "106.5"}}))
        assert [(fault.code, fault.detail) for fault in answer.faults] == [("401", "106.5")]


def test_the_own_profile_is_found_by_its_flag() -> None:
    profiles = [{"@ref": "AAA", "is_client": "false"}, {"@ref": "BBB", "is_client": "true"}]
    for form in (as_json, as_xml):
        assert read_answer(form({"Profile": profiles})).own_profile == "BBB"


def test_display_texts_say_what_is_beyond_doubt() -> None:
    assert money("3099.86 USD") == {"amount": "3099.86", "currency": "USD"}
    assert money("EUR 1,200") == {"amount": "1200", "currency": "EUR"}
    assert money("12,50 EUR") is None
    assert money("$12") is None
    assert money("USD" + " " * 200_000 + "x") is None
    assert money("USD " + "9" * 41) is None
    assert money("USD \u0663\u0663") is None
    assert (minutes("2h, 05m"), minutes("45m"), minutes("soon")) == (125, 45, None)
    assert [miles(said) for said in ("446 mi", "1,433", "700 km", ",")] == [446, 1433, None, None]
    assert seats("window") is None


def test_numbers_in_json_are_read_as_the_texts_that_they_should_have_been() -> None:
    body = json.dumps({"LodgingObject": {"id": 12, "is_client_traveler": False, "notes": None}}).encode()
    ((_, node),) = read_answer(body).plans
    assert (node.text("id"), node.says_no("is_client_traveler"), node.text("notes")) == ("12", True, None)
