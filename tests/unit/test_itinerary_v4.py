"""A trip in the form of Concur's Itinerary v4."""

from pathlib import Path
from typing import Any

import orjson

from services.ingest.domain.concur.reading import read_booking
from services.query.domain.itinerary_v4 import trip_v4, trips_v4
from tests.support.concur_trips import TRIP_ID, trip_of

BASE = "https://itinerary.example/"
SAMPLE = (Path(__file__).parent.parent / "samples" / "concur" / "booking.xml").read_bytes()
BOOKING = b"""<Booking><BookingSource>A</BookingSource><RecordLocator>0010</RecordLocator>
    <Passengers><Passenger><NameFirst>Eva</NameFirst></Passenger><Passenger><NameFirst>Max</NameFirst></Passenger>
    </Passengers><AirlineTickets><AirlineTicket><PlatingControlNumber>0123456789</PlatingControlNumber>
    <Taxes><Tax><TaxAmount>1.50</TaxAmount></Tax></Taxes></AirlineTicket></AirlineTickets>
    <Segments><Car><TotalRate>240.3500</TotalRate><NumCars>2</NumCars><StartDateLocal>2026-05-12T10:00:00
    </StartDateLocal><StartDateUtc>2026-05-12T08:00:00</StartDateUtc><Charges><Fixed><Amount>-5</Amount>
    <IsPaid>true</IsPaid></Fixed></Charges></Car></Segments></Booking>"""


def shown(body: bytes) -> tuple[Any, str]:
    encoded = trip_v4(trip_of([read_booking(body)]), base_url=BASE, login=None, party=None)
    return orjson.loads(encoded), encoded.decode()


def test_a_trip_is_the_elements_of_v1_with_their_types() -> None:
    trip, text = shown(BOOKING)

    (booking,) = trip["Bookings"]
    (car,) = booking["Segments"]["Car"]
    assert (trip["id"], trip["ItinLocator"], trip["TripStatus"]) == (TRIP_ID, TRIP_ID, 0)
    assert booking["RecordLocator"] == "0010"
    assert [one["NameFirst"] for one in booking["Passengers"]] == ["Eva", "Max"]
    assert booking["AirlineTickets"]["AirlineTicket"][0]["Taxes"] == [{"TaxAmount": 1.5}]
    assert booking["AirlineTickets"]["AirlineTicket"][0]["PlatingControlNumber"] == "0123456789"
    assert car["Charges"]["Fixed"] == [{"Amount": -5, "IsPaid": True}]
    assert car["StartDateLocal"] == "2026-05-12T10:00:00.000-00:00"
    assert car["StartDateUtc"] == "2026-05-12T08:00:00.000+00:00"
    assert '"TotalRate":240.3500' in text, "amounts keep their digits"


def test_a_free_text_that_looks_like_a_date_stays_as_it_is() -> None:
    written = "2026-05-12T10:00:00"
    body = BOOKING.replace(b"<TotalRate>", f"<Notes>{written}</Notes><TotalRate>".encode())

    trip, _ = shown(body)

    assert trip["Bookings"][0]["Segments"]["Car"][0]["Notes"] == written


def test_every_kind_of_segment_is_a_list_of_its_own() -> None:
    trip, text = shown(SAMPLE)

    (booking,) = trip["Bookings"]
    assert all(isinstance(segments, list) for segments in booking["Segments"].values())
    assert "null" not in text


def test_a_list_names_trips_by_id_and_where_it_goes_on() -> None:
    trip = trip_of([])
    listed = orjson.loads(trips_v4([trip], base_url=BASE, following="https://x?startAfter=1"))

    assert listed["data"] == [{"id": TRIP_ID, "href": f"{BASE}travel/v4/trips/{TRIP_ID}"}]
    assert listed["operations"] == [{"rel": "next", "href": "https://x?startAfter=1"}]
    assert orjson.loads(trips_v4([], base_url=BASE, following=None)) == {"data": [], "operations": []}
