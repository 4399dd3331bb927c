"""One journey as four senders tell it: out of order, twice, late and against each other.

It is in the next March, so that it is still to come.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, NamedTuple

TENANT = "demo"
LOGIN = "ada.byron@demo.example"

Teller = Literal["agency", "hotel", "traveller"]
"""With whose token it is sent."""


class Told(NamedTuple):
    """One message: who sends it, what it shows, and its body in JSON or in Concur's XML."""

    teller: Teller
    what: str
    body: Mapping[str, Any] | str


def year_of_journey(today: date) -> int:
    """Return the year of the next March."""
    return today.year if today.month < 3 else today.year + 1  # noqa: PLR2004 - March


def journey(year: int) -> tuple[Told, ...]:
    """Return the messages in the order in which they arrive."""
    late, new = _tripit(year, revision=6, seat="31E"), _tripit(year, revision=7, seat="14A")
    return (
        Told("hotel", "hotel supplier: the room, before anyone knows of a trip", _hotel(year)),
        Told("traveller", "e-mail: an old confirmation of the flight", _email(year)),
        Told("traveller", "TripIt: flight and hotel, revision 7", new),
        Told("agency", "agency: the flights as ticketed, departure 30 minutes later", _agency(year)),
        Told("agency", "agency: the same message again", _agency(year)),
        Told("traveller", "TripIt: revision 6 arrives late", late),
    )


def _hotel(year: int) -> Mapping[str, Any]:
    return {
        "booking_source": "Harbour Inn",
        "record_locator": "HI-7731",
        "segments": [
            {
                "type": "hotel",
                "name": "Harbour Inn",
                "start": {"local": f"{year}-03-08", "zone": "America/Los_Angeles"},
                "end": {"local": f"{year}-03-11", "zone": "America/Los_Angeles"},
                "confirmation_numbers": [{"kind": "supplier", "value": "HI-7731"}],
                "room_description": "King, harbour view",
                "total": {"amount": "636.00", "currency": "USD"},
                "check_in_time": "15:00",
                "phone": "+1 206 555 0117",
            }
        ],
        "passengers": [{"first_name": "Ada", "last_name": "Byron"}],
    }


def _email(year: int) -> Mapping[str, Any]:
    return {
        "source": "email",
        "booking_source": "Northern Air",
        "record_locator": "X7K2QP",
        "segments": [
            {
                "type": "air",
                "carrier": "NA",
                "flight_number": "0490",
                "origin": {"code": "FRA", "city": "Frankfurt"},
                "destination": {"code": "SEA", "city": "Seattle"},
                "start": {"local": f"{year}-03-08T13:25:00", "zone": "Europe/Berlin"},
                "origin_terminal": "1",
                "confirmation_numbers": [{"kind": "record_locator", "value": "X7K2QP", "issuer": "NA"}],
            }
        ],
    }


def _tripit(year: int, *, revision: int, seat: str) -> Mapping[str, Any]:
    return {
        "source": "tripit",
        "booking_source": "TripIt",
        "record_locator": "plan-20413",
        "revision": revision,
        "segments": [
            {
                "type": "air",
                "carrier": "NA",
                "flight_number": "490",
                "origin": {"code": "FRA"},
                "destination": {"code": "SEA"},
                "start": {"local": f"{year}-03-08T13:25:00", "zone": "Europe/Berlin"},
                "end": {"local": f"{year}-03-08T14:50:00", "zone": "America/Los_Angeles"},
                "seats": [{"number": seat}],
            },
            {
                "type": "hotel",
                "name": "Hotel Harbour Inn",
                "place": {"address": "12 Pier Street", "city": "Seattle", "country": "US"},
                "start": f"{year}-03-08",
                "end": f"{year}-03-12",
            },
        ],
    }


def _agency(year: int) -> str:
    return f"""<?xml version="1.0" encoding="utf-8"?>
<Booking>
  <RecordLocator>QRT5ZL</RecordLocator>
  <BookingSource>Wayfarer Travel</BookingSource>
  <DateBookedLocal>{year}-01-14T09:30:00</DateBookedLocal>
  <Passengers>
    <Passenger><NameFirst>Ada</NameFirst><NameLast>Byron</NameLast></Passenger>
  </Passengers>
  <AirlineTickets>
    <AirlineTicket>
      <PlatingCarrierNumericCode>999</PlatingCarrierNumericCode>
      <PlatingControlNumber>4000123456</PlatingControlNumber>
      <AirlineTicketCoupons>
        <AirlineTicketCoupon><CouponNumber>1</CouponNumber><CouponStatus>OPEN</CouponStatus></AirlineTicketCoupon>
        <AirlineTicketCoupon><CouponNumber>2</CouponNumber><CouponStatus>OPEN</CouponStatus></AirlineTicketCoupon>
      </AirlineTicketCoupons>
    </AirlineTicket>
  </AirlineTickets>
  <Segments>
    <Air>
      <Vendor>NA</Vendor><FlightNumber>490</FlightNumber><Status>HK</Status>
      <StartCityCode>FRA</StartCityCode><EndCityCode>SEA</EndCityCode>
      <StartDateLocal>{year}-03-08T13:55:00</StartDateLocal><EndDateLocal>{year}-03-08T15:20:00</EndDateLocal>
      <ConfirmationNumber>X7K2QP</ConfirmationNumber><ClassOfService>M</ClassOfService>
    </Air>
    <Air>
      <Vendor>NA</Vendor><FlightNumber>491</FlightNumber><Status>HK</Status>
      <StartCityCode>SEA</StartCityCode><EndCityCode>FRA</EndCityCode>
      <StartDateLocal>{year}-03-11T17:10:00</StartDateLocal><EndDateLocal>{year}-03-12T12:35:00</EndDateLocal>
      <ConfirmationNumber>X7K2QP</ConfirmationNumber><ClassOfService>M</ClassOfService>
    </Air>
  </Segments>
</Booking>
"""
