"""A trip in TripIt's form: flights, by booking, with nothing left out."""

from typing import Any

from lxml import etree

from schemas.booking_record import LoyaltyProgram, Passenger, Ticket
from schemas.concur.elements import ELEMENTS
from schemas.money import Money
from schemas.segments import ConfirmationKind, ConfirmationNumber, Seat
from schemas.trip import Trip
from services.query.domain.tripit_format import tripit_xml
from tests.support.query_trips import an_id, booking, flight, hotel, moment, trip

PASSENGER = Passenger(
    first_name="Maria", last_name="Rossi", loyalty_programs=(LoyaltyProgram(number="992", vendor="LH"),)
)
TICKET = Ticket(number="2571234567890", total=Money(amount="240.35", currency="EUR"))


def root_of(whole: Trip) -> Any:
    return etree.fromstring(tripit_xml(whole))


def texts(element: Any) -> dict[str, str]:
    return {e.tag: e.text or "" for e in element if not len(e)}


def rome(**fields: Any) -> Trip:
    booked = booking(tickets=(TICKET,)).model_copy(update={"passengers": (PASSENGER,)})
    return trip("rome", segments=(flight(**fields), hotel()), bookings=(booked,))


def test_a_trip_names_itself_and_its_dates() -> None:
    assert texts(root_of(rome()).find("Trip")) == {
        "id": an_id("rome"),
        "relative_url": f"/api/travel/trip/v1.1/{an_id('rome')}",
        "start_date": "2026-05-12",
        "end_date": "2026-05-14",
        "display_name": "Rome",
        "is_private": "false",
    }


def test_flights_stand_under_their_booking_and_nothing_else_does() -> None:
    number = ConfirmationNumber(kind=ConfirmationKind.SUPPLIER, value="S1")
    whole = rome(
        confirmation_numbers=(number,), duration_minutes=125, stops=0, miles=431, seats=(Seat(number="14A"),)
    )

    (booked,) = root_of(whole).findall("AirObject")
    (segment,) = booked.findall("Segment")

    assert texts(booked)["supplier_conf_num"] == "S1"
    assert texts(booked)["total_cost"] == "240.35 EUR"
    assert texts(segment)["marketing_flight_number"] == "436"
    assert texts(segment)["stops"] == "Nonstop"
    assert texts(segment)["duration"] == "2h, 5m"
    assert texts(segment)["seats"] == "14A"
    assert texts(segment.find("StartDateTime")) == {"date": "2026-05-12", "time": "09:00:00"}
    assert texts(booked.find("Traveler")) == {
        "first_name": "Maria",
        "middle_name": "",
        "last_name": "Rossi",
        "frequent_traveler_num": "992",
        "frequent_traveler_supplier": "LH",
        "ticket_num": "2571234567890",
    }


def test_what_is_not_known_is_written_empty() -> None:
    plain = flight(start=None, end=None, origin=None, destination=None, total=None)
    nobody = booking().model_copy(update={"passengers": ()})

    booked = root_of(trip("rome", segments=(plain,), bookings=(nobody,))).find("AirObject")

    assert [e.tag for e in booked] == [n for n in ELEMENTS["AirObject"].order if n != "Traveler"]
    assert [e.tag for e in booked.find("Segment")] == list(ELEMENTS["Segment"].order)
    assert texts(booked.find("Segment/StartDateTime")) == {"date": "", "time": ""}


def test_a_cancelled_flight_is_not_shown() -> None:
    assert root_of(rome(status="cancelled")).findall("AirObject") == []


def test_tickets_that_are_more_or_fewer_than_passengers_are_nobodys() -> None:
    booked = booking(tickets=(TICKET, TICKET)).model_copy(update={"passengers": (PASSENGER,)})
    whole = trip("rome", segments=(flight(start=moment("2026-05-12")),), bookings=(booked,))

    (air,) = root_of(whole).findall("AirObject")

    assert texts(air.find("Traveler"))["ticket_num"] == ""
    assert texts(air)["total_cost"] == ""
    assert texts(air.find("Segment/StartDateTime")) == {"date": "2026-05-12", "time": "00:00:00"}
