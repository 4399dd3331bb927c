"""One journey as four senders tell it: out of order, twice, late and against each other."""

from collections.abc import Mapping
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


def journey() -> tuple[Told, ...]:
    """Return the messages in the order in which they arrive."""
    return (
        Told("hotel", "hotel supplier: the room, before anyone knows of a trip", _HOTEL),
        Told("traveller", "e-mail: an old confirmation of the flight", _EMAIL),
        Told("traveller", "TripIt: flight and hotel, revision 7", _tripit(revision=7, seat="14A")),
        Told("agency", "agency: the flights as ticketed, departure 30 minutes later", _AGENCY),
        Told("agency", "agency: the same message again", _AGENCY),
        Told("traveller", "TripIt: revision 6 arrives late", _tripit(revision=6, seat="31E")),
    )


_HOTEL: Mapping[str, Any] = {
    "booking_source": "Harbour Inn",
    "record_locator": "HI-7731",
    "segments": [
        {
            "type": "hotel",
            "name": "Harbour Inn",
            "start": {"local": "2027-03-08", "zone": "America/Los_Angeles"},
            "end": {"local": "2027-03-11", "zone": "America/Los_Angeles"},
            "confirmation_numbers": [{"kind": "supplier", "value": "HI-7731"}],
            "room_description": "King, harbour view",
            "total": {"amount": "636.00", "currency": "USD"},
            "check_in_time": "15:00",
            "phone": "+1 206 555 0117",
        }
    ],
    "passengers": [{"first_name": "Ada", "last_name": "Byron"}],
}

_EMAIL: Mapping[str, Any] = {
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
            "start": {"local": "2027-03-08T13:25:00", "zone": "Europe/Berlin"},
            "origin_terminal": "1",
            "confirmation_numbers": [{"kind": "record_locator", "value": "X7K2QP", "issuer": "NA"}],
        }
    ],
}


def _tripit(*, revision: int, seat: str) -> Mapping[str, Any]:
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
                "start": {"local": "2027-03-08T13:25:00", "zone": "Europe/Berlin"},
                "end": {"local": "2027-03-08T14:50:00", "zone": "America/Los_Angeles"},
                "seats": [{"number": seat}],
            },
            {
                "type": "hotel",
                "name": "Hotel Harbour Inn",
                "place": {"address": "12 Pier Street", "city": "Seattle", "country": "US"},
                "start": "2027-03-08",
                "end": "2027-03-12",
            },
        ],
    }


_AGENCY = """<?xml version="1.0" encoding="utf-8"?>
<Booking>
  <RecordLocator>QRT5ZL</RecordLocator>
  <BookingSource>Wayfarer Travel</BookingSource>
  <DateBookedLocal>2027-01-14T09:30:00</DateBookedLocal>
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
      <StartDateLocal>2027-03-08T13:55:00</StartDateLocal><EndDateLocal>2027-03-08T15:20:00</EndDateLocal>
      <ConfirmationNumber>X7K2QP</ConfirmationNumber><ClassOfService>M</ClassOfService>
    </Air>
    <Air>
      <Vendor>NA</Vendor><FlightNumber>491</FlightNumber><Status>HK</Status>
      <StartCityCode>SEA</StartCityCode><EndCityCode>FRA</EndCityCode>
      <StartDateLocal>2027-03-11T17:10:00</StartDateLocal><EndDateLocal>2027-03-12T12:35:00</EndDateLocal>
      <ConfirmationNumber>X7K2QP</ConfirmationNumber><ClassOfService>M</ClassOfService>
    </Air>
  </Segments>
</Booking>
"""
