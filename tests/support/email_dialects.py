"""Mails in the dialects of markup, calendars and passes that templates really write, beside the standards'."""

import json
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

from tests.support.email_machine_made import Made, calendar, mail, pkpass, with_file

_FLIGHT: dict[str, Any] = {
    "@context": "https://schema.org",
    "@type": "FlightReservation",
    "reservationNumber": "K7QW2P",
    "reservationFor": {
        "@type": "Flight",
        "flightNumber": "456",
        "airline": {"iataCode": "LH"},
        "departureAirport": {"iataCode": "FRA"},
        "arrivalAirport": {"iataCode": "LAX"},
        "departureTime": "2026-06-12T10:05",
        "arrivalTime": "2026-06-12T12:35",
    },
}
_FLOWN = "air K7QW2P carrier=LH flight_number=456 origin.code=FRA destination.code=LAX start=2026-06-12T10:05 end=2026-06-12T12:35"
_STAY = {"@type": "LodgingReservation", "reservationNumber": "H77", "reservationFor": {"name": "Hotel Sonne"}}
_STAYED = 'hotel H77 name="Hotel Sonne" start=2026-06-12 end=2026-06-14'
_RDFA = """<div vocab="http://schema.org/" typeof="LodgingReservation"><b property="reservationNumber">H77</b>
<div property="reservationFor" typeof="schema:Hotel"><b property="schema:name">Hotel Sonne</b></div>
<meta property="checkinTime" content="2026-06-12T15:00"/><meta property="checkoutTime" content="2026-06-14T11:00"/></div>"""
_AIR_PASS = {
    "organizationName": "Lufthansa",
    "relevantDate": "2026-06-12T10:05:00+02:00",
    "boardingPass": {
        "transitType": "PKTransitTypeAir",
        "primaryFields": [
            {"key": "origin", "label": "Frankfurt", "value": "FRA"},
            {"key": "dest", "label": "LA", "value": "LAX"},
        ],
        "auxiliaryFields": [
            {"key": "flight", "label": "FLIGHT", "value": "LH456"},
            {"key": "date", "label": "DATE", "value": "12JUN26"},
            {"key": "board", "label": "BOARDING", "value": "09:25"},
        ],
        "backFields": [{"key": "pnr", "label": "Booking code", "value": "K7QW2P"}],
    },
}
_TRAIN_PASS = {
    "organizationName": "Bahn",
    "boardingPass": {
        "transitType": "PKTransitTypeTrain",
        "primaryFields": [
            {"key": "from", "label": "Von", "value": "Köln Hbf"},
            {"key": "to", "label": "Nach", "value": "Berlin Hbf"},
        ],
        "headerFields": [{"key": "train", "label": "Zug", "value": "ICE 597"}],
        "auxiliaryFields": [
            {"key": "date", "label": "Datum", "value": "12.06.2026"},
            {"key": "t1", "label": "Ab", "value": "08:05"},
            {"key": "t2", "label": "An", "value": "12:16"},
        ],
        "backFields": [{"key": "order", "label": "Auftragsnummer", "value": "731245678901"}],
    },
}
_STAY_PASS = {
    "organizationName": "Sonne",
    "generic": {
        "primaryFields": [{"key": "hotel", "label": "Hotel", "value": "Hotel Sonne"}],
        "secondaryFields": [
            {"key": "in", "label": "Check-in", "value": "2026-06-12"},
            {"key": "out", "label": "Check-out", "value": "2026-06-14"},
        ],
        "backFields": [{"key": "conf", "label": "Confirmation", "value": "H77"}],
    },
}
_CARD = {"organizationName": "Sonne", "generic": {"primaryFields": [{"key": "p", "label": "Points", "value": "77"}]}}  # fmt: skip
_EVENTS = {
    "flight-between-cities": (
        (
            "SUMMARY:LH456 Frankfurt - Los Angeles\r\nDTSTART;TZID=Europe/Berlin:20260612T100500\r\n"
            "DTEND;TZID=America/Los_Angeles:20260612T123500\r\nLOCATION:Frankfurt\r\nDESCRIPTION:Booking code: K7QW2P"
        ),
        _FLOWN,
    ),
    "flight-to-a-city": (
        (
            "SUMMARY:Flight to Chicago (UA 1217)\r\nDTSTART:20260530T141500Z\r\nDTEND:20260530T183600Z\r\n"
            "LOCATION:San Francisco SFO"
        ),
        "air - carrier=UA flight_number=1217 origin.code=SFO start=2026-05-30T07:15",
    ),
    "train-by-its-summary": (
        (
            "SUMMARY:Train TGV INOUI 6611 Paris Gare de Lyon - Lyon Part-Dieu\r\nDTSTART;TZID=Europe/Paris:20260529T095800\r\n"
            "DTEND;TZID=Europe/Paris:20260529T115600\r\nDESCRIPTION:Référence dossier : SXQKRT"
        ),
        (
            'rail SXQKRT train_number="TGV INOUI 6611" origin.name="Paris Gare de Lyon" destination.name="Lyon Part-Dieu"'
            " start=2026-05-29T09:58 end=2026-05-29T11:56"
        ),
    ),
    "table": (
        (
            "SUMMARY:Reservation at Trattoria Roma for 2\r\nDTSTART;TZID=America/New_York:20260612T193000\r\n"
            "DTEND;TZID=America/New_York:20260612T213000\r\nLOCATION:12 Main St\\, New York\r\nDESCRIPTION:Confirmation # 12345"
        ),
        'dining 12345 name="Trattoria Roma" party_size=2 start=2026-06-12T19:30',
    ),
    "rental": (
        (
            "SUMMARY:Car rental Munich Airport\r\nDTSTART:20260612T080000Z\r\nDTEND:20260615T160000Z\r\n"
            "DESCRIPTION:Reservation number 9912345678\\nPick-up: Munich Airport 12 Jun 2026 10:00\\n"
            "Return: Munich Airport 15 Jun 2026 18:00"
        ),
        "car 9912345678 start=2026-06-12T10:00 end=2026-06-15T18:00",
    ),
}


def _marked(html: str) -> EmailMessage:
    page = f"<html><body>{html}<p>Your reservation is confirmed.</p></body></html>"
    return mail("a@vendor.example", "Your confirmation", "Your reservation is confirmed.", page)


def _script(value: object, *, written: str | None = None) -> str:
    return f'<script type="application/ld+json">{written or json.dumps(value)}</script>'


def dialects() -> Iterator[Made]:
    """Return the mails, each with what it should come to."""
    flight = _FLIGHT["reservationFor"]
    flat = {"@type": "FlightReservation", "reservationId": "K7QW2P", **flight} | {
        "@type": "FlightReservation"
    }
    spoken = {**flight, "departureTime": "06/12/2026 10:05 AM", "arrivalTime": "June 12, 2026 12:35 PM"}
    texts = {**flight, "departureAirport": "FRA", "arrivalAirport": "LAX"}
    yield "markup-without-reservation-for", _marked(_script(flat)), [_FLOWN]
    yield "markup-spoken-times", _marked(_script({**_FLIGHT, "reservationFor": spoken})), [_FLOWN]
    yield "markup-texts-for-airports", _marked(_script({**_FLIGHT, "reservationFor": texts})), [_FLOWN]
    quoted = json.dumps(_FLIGHT).replace('"', "&quot;")
    yield "markup-in-entities", _marked(_script(None, written=quoted)), [_FLOWN]
    dated = {**_STAY, "startDate": "2026-06-12", "endDate": "2026-06-14"}
    yield "markup-stay-by-start-and-end", _marked(_script(dated)), [_STAYED]
    yield "rdfa-stay", _marked(_RDFA), [_STAYED]
    for name, (event, expected) in _EVENTS.items():
        held = mail("a@vendor.example", "Your calendar entry", "Attached is an entry for your calendar.")
        yield f"ics-{name}", with_file(held, calendar(event), "text/calendar", "e.ics"), [expected]
    for name, content, expected in (
        ("comes-up-at-departure", _AIR_PASS, _FLOWN.partition(" end=")[0]),
        (
            "train-ab-an",
            _TRAIN_PASS,
            'rail 731245678901 train_number="ICE 597" start=2026-06-12T08:05 end=2026-06-12T12:16',
        ),
        ("stay", _STAY_PASS, _STAYED),
        ("card-of-points", _CARD, "none"),
    ):
        held = mail("a@vendor.example", "Your pass", "Attached is your pass.")
        kind = "application/vnd.apple.pkpass"
        yield f"pkpass-{name}", with_file(held, pkpass(content), kind, "p.pkpass"), [expected]
