"""What machines read, of the sixth set: markup as it is met in the wild, calendars, passes, bar codes; and of the ninth: PDFs.

Written before the rules that read them were looked at; the words of the set stand in
`tests/samples/email/unseen_sixth.txt`.
"""

import html
import json
from collections.abc import Iterator
from typing import Any

import zxingcpp

from tests.support.email_frame import framed
from tests.support.email_machine_made import Made, leg, mail, pass_text, pdf, picture, pkpass, with_file

_PKPASS = "application/vnd.apple.pkpass"


def unseen_sixth() -> Iterator[Made]:
    """Return the mails of both sets, each with what it should come to."""
    yield from _markup()
    yield from _microdata()
    yield from _calendars()
    yield from _passes()
    yield from _codes()
    yield from _documents()
    yield from _printed()


def _page(script: str, *lines: str) -> str:
    rows = "".join(f"<tr><td>{line}</td></tr>" for line in lines)
    return framed(f"<html><head></head><body>{script}<table>{rows}</table></body></html>")


def _script(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


def _marked(
    name: str, script: str, expected: list[str], *words: str, subject: str = "Your booking is confirmed"
) -> Made:
    return name, mail("a@v.example", subject, html=_page(script, *words)), expected


# --- markup --------------------------------------------------------------------------------------


def _markup() -> Iterator[Made]:
    def airport(name: str, code: str) -> dict[str, str]:
        return {"@type": "Airport", "name": name, "iataCode": code}

    flight = {
        "@context": "http://schema.org",
        "@type": "FlightReservation",
        "reservationNumber": "KXT7QW",
        "reservationStatus": "http://schema.org/ReservationConfirmed",
        "underName": {"@type": "Person", "name": "Anna Berg"},
        "reservationFor": {
            "@type": "Flight",
            "flightNumber": "1792",
            "airline": {"@type": "Airline", "name": "Lufthansa", "iataCode": "LH"},
            "departureAirport": airport("Munich", "MUC"),
            "arrivalAirport": airport("Lisbon", "LIS"),
            "departureTime": "2026-09-14T09:10:00",
            "arrivalTime": "2026-09-14T11:30:00",
        },
    }
    stated = "air KXT7QW carrier=LH flight_number=1792 origin.code=MUC destination.code=LIS start=2026-09-14T09:10 end=2026-09-14T11:30"
    shown = (
        "Booking code KXT7QW",
        "LH 1792 Mon 14 Sep 2026",
        "09:10 Munich (MUC)",
        "11:30 Lisbon (LIS)",
    )
    cdata = f"//<![CDATA[\n{json.dumps(flight)}\n//]]>"
    yield _marked("u6-markup-cdata", _script(cdata), [stated], *shown)
    entities = html.escape(json.dumps(flight))
    yield _marked("u6-markup-entities", _script(entities), [stated], *shown)
    commented = f"<!--\n{json.dumps(flight, indent=2)[:-2]},\n}}\n-->"
    yield _marked("u6-markup-comment-trailing-comma", _script(commented), [stated], *shown)
    twice = _script(json.dumps(flight)) + _script(json.dumps([flight]))
    yield _marked("u6-markup-twice", twice, [stated], *shown)

    strings = {
        "@context": "https://schema.org",
        "@type": "https://schema.org/FlightReservation",
        "reservationId": "KXT8QW",
        "reservationStatus": {"@id": "https://schema.org/ReservationConfirmed"},
        "underName": "Anna Berg",
        "reservationFor": {
            "@type": "Flight",
            "flightNumber": "LH 1792",
            "provider": "Lufthansa",
            "departureAirport": "Munich (MUC)",
            "arrivalAirport": "LIS",
            "departureTime": "2026-09-14 09:10",
            "arrivalTime": "2026-09-14 11:30",
        },
    }
    yield _marked(
        "u6-markup-strings-for-objects",
        _script(json.dumps(strings)),
        [stated.replace("KXT7QW", "KXT8QW")],
        "Booking code KXT8QW",
        *shown[1:],
    )

    midnight = {
        "@context": "http://schema.org",
        "@type": "LodgingReservation",
        "reservationNumber": 4512399001,
        "reservationStatus": "Confirmed",
        "underName": [{"@type": "Person", "name": "Anna Berg"}, {"@type": "Person", "name": "Ben Berg"}],
        "reservationFor": {
            "@type": "Hotel",
            "name": "Hotel Mundial &amp; Spa",
            "address": "Praça Martim Moniz 2, 1100-341 Lisboa, Portugal",
        },
        "checkinDate": "2026-09-14T00:00:00",
        "checkoutDate": "2026-09-18T00:00:00",
    }
    yield _marked(
        "u6-markup-stay-at-midnight",
        _script(json.dumps(midnight)),
        ['hotel 4512399001 name="Hotel Mundial & Spa" start=2026-09-14 end=2026-09-18'],
        "Confirmation number: 4512399001",
        "Check-in: Monday, 14 September 2026 from 15:00",
        "Check-out: Friday, 18 September 2026 until 12:00",
    )
    dates = {
        "@context": "https://schema.org",
        "@graph": [
            {
                "@type": ["LodgingReservation"],
                "reservationId": ["HX-20417"],
                "reservationStatus": ["https://schema.org/ReservationConfirmed"],
                "checkinTime": "2026-09-14",
                "checkoutTime": "2026-09-15",
                "reservationFor": [{"@type": "LodgingBusiness", "name": "Pension Adler", "address": {}}],
            }
        ],
    }
    yield _marked(
        "u6-markup-lists-everywhere",
        _script(json.dumps(dates)),
        ['hotel HX-20417 name="Pension Adler" start=2026-09-14 end=2026-09-15'],
        "Pension Adler",
        "Reservation number: HX-20417",
        "Check-in: 14.09.2026",
        "Check-out: 15.09.2026",
    )
    package = {
        "@context": "http://schema.org",
        "@type": "ReservationPackage",
        "reservationNumber": "PK-77120",
        "subReservation": [
            {**flight, "reservationNumber": "PK-77120"},
            {
                **midnight,
                "reservationNumber": "PK-77120",
                "checkinDate": "2026-09-14",
                "checkoutDate": "2026-09-18",
            },
        ],
    }
    yield _marked(
        "u6-markup-package",
        _script(json.dumps(package)),
        [
            stated.replace("KXT7QW", "PK-77120"),
            'hotel PK-77120 name="Hotel Mundial & Spa" start=2026-09-14 end=2026-09-18',
        ],
        "Booking number: PK-77120",
        *shown[1:],
        "Hotel: Hotel Mundial &amp; Spa",
        "Check-in: 14 September 2026",
        "Check-out: 18 September 2026",
    )
    rail = {
        "@context": "http://schema.org",
        "@type": "TrainReservation",
        "reservationNumber": "RT7KQW",
        "reservationStatus": "http://schema.org/Confirmed",
        "underName": {"@type": "Person", "givenName": "Anna", "familyName": "Berg"},
        "reservedTicket": {
            "@type": "Ticket",
            "ticketedSeat": {"@type": "Seat", "seatNumber": "42", "seatSection": "5", "seatingType": "2"},
        },
        "reservationFor": {
            "@type": "TrainTrip",
            "trainName": "Frecciarossa",
            "trainNumber": "9515",
            "departureStation": "Milano Centrale",
            "arrivalStation": {"@type": "TrainStation", "name": "Firenze S.M.N."},
            "departureTime": "2026-09-14T09:30:00+02:00",
            "arrivalTime": "2026-09-14T11:25:00+02:00",
        },
    }
    yield _marked(
        "u6-markup-train-station-as-text",
        _script(json.dumps(rail).replace('"Milano Centrale"', '"Milano\nCentrale"')),
        [
            'rail RT7KQW origin.name="Milano Centrale" destination.name="Firenze S.M.N." start=2026-09-14T09:30 end=2026-09-14T11:25'
        ],
        "Codice di prenotazione: RT7KQW",
        "14/09/2026",
        "Frecciarossa 9515",
        "09:30 Milano Centrale",
        "11:25 Firenze S.M.N.",
    )
    rental = {
        "@context": "http://schema.org",
        "@type": "RentalCarReservation",
        "reservationNumber": "99812345DE1",
        "reservationStatus": "Confirmed",
        "reservationFor": {
            "@type": "Car",
            "name": "VW Golf",
            "rentalCompany": {"@type": "Organization", "name": "Sixt"},
        },
        "pickupLocation": {"@type": "Airport", "name": "Munich Airport", "iataCode": "MUC"},
        "dropoffLocation": {"@type": "Place", "address": "Seidlstraße 11, 80335 München"},
        "pickupTime": "14.09.2026 10:00",
        "dropoffTime": "2026-09-17T18:00Z",
    }
    yield _marked(
        "u6-markup-rental-odd-times",
        _script(json.dumps(rental)),
        ["car 99812345DE1 start=2026-09-14T10:00 end=2026-09-17T18:00"],
        "Reservation number 99812345DE1",
        "Pick-up: 14.09.2026, 10:00",
        "Return: 17.09.2026, 18:00",
    )
    table = {
        "@context": "http://schema.org",
        "@type": "FoodEstablishmentReservation",
        "reservationId": "TF-99120",
        "reservationStatus": "https://schema.org/ReservationCancelled",
        "startTime": "2026-09-14T20:00:00+02:00",
        "partySize": "2 people",
        "reservationFor": {"@type": "Restaurant", "name": "Casa Lucio"},
    }
    yield _marked(
        "u6-markup-table-cancelled",
        _script(json.dumps(table)),
        ['dining TF-99120 name="Casa Lucio" start=2026-09-14T20:00 cancelled'],
        "Your reservation TF-99120 has been cancelled.",
        "Restaurant: Casa Lucio",
        "Date: 14 September 2026",
        "Time: 20:00",
        "Party size: 2",
        subject="Your reservation was cancelled",
    )
    boat = {
        "@context": "https://schema.org",
        "@type": "BoatReservation",
        "reservationId": "BF-5512",
        "reservationFor": {
            "@type": "BoatTrip",
            "departureBoatTerminal": {"@type": "BoatTerminal", "name": "Piraeus"},
            "arrivalBoatTerminal": {"@type": "BoatTerminal", "name": "Naxos"},
            "departureTime": "2026-09-14T07:25:00+03:00",
            "arrivalTime": "2026-09-14T12:35:00+03:00",
        },
    }
    yield _marked(
        "u6-markup-boat",
        _script(json.dumps(boat)),
        [
            "ride BF-5512 origin.name=Piraeus destination.name=Naxos start=2026-09-14T07:25 end=2026-09-14T12:35"
        ],
        "Booking number: BF-5512",
        "Ferry: Blue Star Naxos",
        "From: Piraeus",
        "To: Naxos",
        "Date: 14 September 2026",
        "Departure: 07:25",
        "Arrival: 12:35",
    )
    event = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": "Autumn Market",
        "startDate": "2026-09-14T10:00:00+02:00",
        "location": {"@type": "Place", "name": "Old Town"},
        "offers": {"@type": "Offer", "price": "12", "url": "https://v.example"},
    }
    yield (
        "u6-markup-event-advertised",
        mail(
            "news@v.example", "Don't miss it", html=_page(_script(json.dumps(event)), "Get your tickets now")
        ),
        [],
    )
    action = {
        "@context": "http://schema.org",
        "@type": "EmailMessage",
        "potentialAction": {"@type": "ViewAction", "url": "https://v.example", "name": "View booking"},
        "about": {**flight, "reservationNumber": "KXT9QW"},
    }
    yield _marked(
        "u6-markup-in-a-message",
        _script(json.dumps(action)),
        [stated.replace("KXT7QW", "KXT9QW")],
        "Booking code KXT9QW",
        *shown[1:],
    )


def _microdata() -> Iterator[Made]:
    rows = """<div itemscope itemtype="https://schema.org/FlightReservation">
<meta itemprop="reservationNumber" content="WT7KQX"/><link itemprop="reservationStatus" href="https://schema.org/Confirmed"/>
<div itemprop="underName" itemscope itemtype="https://schema.org/Person"><meta itemprop="name" content="Anna Berg"/></div>
<div itemprop="reservationFor" itemscope itemtype="https://schema.org/Flight">
<meta itemprop="flightNumber" content="3402"/>
<div itemprop="airline" itemscope itemtype="https://schema.org/Airline"><meta itemprop="name" content="Transavia France"/><meta itemprop="iataCode" content="TO"/></div>
<div itemprop="departureAirport" itemscope itemtype="https://schema.org/Airport"><span itemprop="name">Paris Orly</span> (<span itemprop="iataCode">ORY</span>)</div>
<time itemprop="departureTime" datetime="2026-09-14T07:00:00+02:00">07:00</time>
<div itemprop="arrivalAirport" itemscope itemtype="https://schema.org/Airport"><span itemprop="name">Lisbon</span> (<span itemprop="iataCode">LIS</span>)</div>
<time itemprop="arrivalTime" datetime="2026-09-14T08:35:00+01:00">08:35</time>
</div></div>"""
    yield _marked(
        "u6-microdata-time-elements",
        rows,
        [
            "air WT7KQX carrier=TO flight_number=3402 origin.code=ORY destination.code=LIS start=2026-09-14T07:00 end=2026-09-14T08:35"
        ],
        "Booking reference WT7KQX",
        "TO 3402, 14 September 2026",
        "07:00 Paris Orly (ORY)",
        "08:35 Lisbon (LIS)",
    )
    stay = """<div itemscope itemtype="http://schema.org/LodgingReservation">
<span itemprop="reservationNumber">7781-LX</span> <span itemprop="reservationStatus">Confirmed</span>
<span itemprop="reservationFor" itemscope itemtype="http://schema.org/LodgingBusiness"><b itemprop="name">Gasthof Rössle</b>
<span itemprop="address">Dorfstrasse 3, 6900 Bregenz, Austria</span></span>
<span itemprop="checkinDate" content="2026-09-14T14:00:00+02:00">Monday 14 September</span>
<span itemprop="checkoutDate" content="2026-09-16T10:00:00+02:00">Wednesday 16 September</span></div>"""
    yield _marked(
        "u6-microdata-stay-in-spans",
        stay,
        ['hotel 7781-LX name="Gasthof Rössle" start=2026-09-14T14:00 end=2026-09-16T10:00'],
        "Reservation number: 7781-LX",
        "Check-in: 14 September 2026, 14:00",
        "Check-out: 16 September 2026, 10:00",
    )


# --- calendars -----------------------------------------------------------------------------------

_OF_GOOGLE = """BEGIN:VCALENDAR\r
PRODID:-//Google Inc//Google Calendar 70.9054//EN\r
VERSION:2.0\r
CALSCALE:GREGORIAN\r
METHOD:{method}\r
{events}END:VCALENDAR\r
"""


def _event(*lines: str) -> str:
    body = "\r\n".join(lines)
    return (
        f"BEGIN:VEVENT\r\nDTSTAMP:20260504T071500Z\r\nUID:{len(body)}@v.example\r\n{body}\r\nEND:VEVENT\r\n"
    )


def _ics(*events: str, method: str = "PUBLISH") -> bytes:
    return _OF_GOOGLE.format(method=method, events="".join(events)).encode()


def _calendars() -> Iterator[Made]:
    def plain(name: str, sender: str, calendar: bytes, *expected: str) -> Made:
        held = mail(sender, "Calendar", "Add this to your calendar.")
        return name, with_file(held, calendar, "text/calendar", "c.ics"), [*expected]

    yield plain(
        "u6-ics-flight-and-check-in",
        "noreply@flyscoot.com",
        _ics(
            _event(
                "SUMMARY:TR 899 TPE - NRT",
                "DTSTART:20260914T023500Z",
                "DTEND:20260914T060500Z",
                "LOCATION:Taipei (TPE)",
                "DESCRIPTION:Booking reference: T8KQWX\\nFlight TR 899\\nDepart: Taipei (TPE)\\, 14 Sep 2026 10:35\\nArrive: Tokyo (NRT)\\, 14 Sep 2026 15:05",
            ),
            _event(
                "SUMMARY:Check-in opens for TR 899",
                "DTSTART:20260911T023500Z",
                "DTEND:20260911T030500Z",
                "DESCRIPTION:Booking reference: T8KQWX",
            ),
        ),
        "air T8KQWX carrier=TR flight_number=899 origin.code=TPE destination.code=NRT start=2026-09-14T10:35 end=2026-09-14T15:05",
    )
    yield plain(
        "u6-ics-rental",
        "noreply@sixt.com",
        _ics(
            _event(
                "SUMMARY:Sixt rental car pick-up: Munich Airport",
                "DTSTART;TZID=Europe/Berlin:20260914T100000",
                "DTEND;TZID=Europe/Berlin:20260917T180000",
                "LOCATION:Munich Airport\\, Terminalstraße Mitte\\, 85356 München",
                "DESCRIPTION:Reservation number: 9981234599\\nPick-up: 14.09.2026 10:00 Munich Airport\\nReturn: 17.09.2026 18:00 Munich Airport",
            )
        ),
        "car 9981234599 start=2026-09-14T10:00 end=2026-09-17T18:00",
    )
    yield plain(
        "u6-ics-table-of-opentable",
        "no-reply@opentable.com",
        _ics(
            _event(
                "SUMMARY:Reservation at Zuni Café",
                "DTSTART;TZID=America/Los_Angeles:20260914T191500",
                "DTEND;TZID=America/Los_Angeles:20260914T211500",
                "LOCATION:1658 Market St\\, San Francisco\\, CA 94102",
                "DESCRIPTION:Party of 2\\nConfirmation #: 2110045512",
            )
        ),
        'dining 2110045512 name="Zuni Café" start=2026-09-14T19:15',
    )
    yield plain(
        "u6-ics-stay-german",
        "buchung@hotel.example",
        _ics(
            _event(
                "SUMMARY:Aufenthalt im Hotel Post",
                "DTSTART;TZID=Europe/Berlin:20260914T150000",
                "DTEND;TZID=Europe/Berlin:20260916T110000",
                "LOCATION:Marktplatz 1\\, 87561 Oberstdorf",
                "DESCRIPTION:Buchungsnummer: HP-33120\\nAnreise: 14.09.2026 ab 15:00 Uhr\\nAbreise: 16.09.2026 bis 11:00 Uhr",
            )
        ),
        "hotel HP-33120 start=2026-09-14T15:00 end=2026-09-16T11:00",
    )
    yield plain(
        "u6-ics-train-of-sncf",
        "noreply@connect.sncf",
        _ics(
            _event(
                "SUMMARY:Paris Gare de Lyon - Lyon Part Dieu",
                "DTSTART:20260914T065900Z",
                "DTEND:20260914T085600Z",
                "LOCATION:Paris Gare de Lyon",
                "DESCRIPTION:TGV INOUI 6607\\nRéférence : TQKWX8\\nVoiture 7 - Place 61\\nDépart 08:59\\nArrivée 10:56",
            )
        ),
        'rail TQKWX8 origin.name="Paris Gare de Lyon" destination.name="Lyon Part Dieu" start=2026-09-14T08:59 end=2026-09-14T10:56',
    )
    yield plain(
        "u6-ics-webinar",
        "events@v.example",
        _ics(
            _event(
                "SUMMARY:Webinar: Getting more from your travel data",
                "DTSTART:20260914T140000Z",
                "DTEND:20260914T150000Z",
                "LOCATION:https://meet.example/7712",
                "DESCRIPTION:Registration number: 88123",
            ),
            method="REQUEST",
        ),
    )
    yield plain(
        "u6-ics-vacation",
        "ben@example.com",
        _ics(
            _event(
                "SUMMARY:Anna on holiday (Lisbon)",
                "DTSTART;VALUE=DATE:20260914",
                "DTEND;VALUE=DATE:20260919",
                "TRANSP:TRANSPARENT",
            )
        ),
    )


# --- wallet passes -------------------------------------------------------------------------------


def _field(key: str, label: str, value: object, **more: str) -> dict[str, object]:
    return {"key": key, "label": label, "value": value, **more}


def _passes() -> Iterator[Made]:
    def passed(name: str, content: dict[str, Any], *expected: str) -> Made:
        held = mail("p@vendor.example", "Your pass", "Attached.")
        return name, with_file(held, pkpass(content), _PKPASS, "p.pkpass"), [*expected]

    code = pass_text("BERG/ANNAMS", leg("T7KQWX", "TPE", "NRT", "TR", "899", 257, "14A"))
    yield passed(
        "u6-pkpass-code-and-departure-only",
        {
            "organizationName": "Scoot",
            "relevantDate": "2026-09-14T10:35:00+08:00",
            "barcodes": [
                {"format": "PKBarcodeFormatPDF417", "message": code, "messageEncoding": "iso-8859-1"}
            ],
            "boardingPass": {
                "transitType": "PKTransitTypeAir",
                "primaryFields": [_field("o", "TAIPEI", "TPE"), _field("d", "TOKYO", "NRT")],
                "secondaryFields": [_field("n", "NAME", "BERG/ANNA"), _field("s", "SEAT", "14A")],
            },
        },
        "air T7KQWX carrier=TR flight_number=899 origin.code=TPE destination.code=NRT start=2026-09-14T10:35",
    )
    yield passed(
        "u6-pkpass-semantics-flight",
        {
            "organizationName": "Qantas",
            "boardingPass": {
                "transitType": "PKTransitTypeAir",
                "primaryFields": [_field("from", "Sydney", "SYD"), _field("to", "Tokyo", "HND")],
                "backFields": [_field("ref", "Booking reference", "5KQT7W")],
            },
            "semantics": {
                "airlineCode": "QF",
                "flightNumber": 25,
                "flightCode": "QF25",
                "departureAirportCode": "SYD",
                "destinationAirportCode": "HND",
                "originalDepartureDate": "2026-09-14T20:55+10:00",
                "originalArrivalDate": "2026-09-15T05:25+09:00",
                "seats": [{"seatNumber": "44K"}],
            },
        },
        "air 5KQT7W carrier=QF flight_number=25 origin.code=SYD destination.code=HND start=2026-09-14T20:55",
    )
    yield passed(
        "u6-pkpass-train-italian",
        {
            "organizationName": "Trenitalia",
            "relevantDate": "2026-09-14T09:30:00+02:00",
            "boardingPass": {
                "transitType": "PKTransitTypeTrain",
                "headerFields": [_field("data", "DATA", "14/09/2026")],
                "primaryFields": [
                    _field("p", "MILANO CENTRALE", "09:30"),
                    _field("a", "FIRENZE S.M.N.", "11:25"),
                ],
                "secondaryFields": [
                    _field("t", "TRENO", "FR 9515"),
                    _field("c", "CARROZZA", "5"),
                    _field("x", "POSTO", "12A"),
                ],
                "backFields": [_field("pnr", "Codice PNR", "RT8KQW")],
            },
        },
        'rail RT8KQW train_number="FR 9515" start=2026-09-14T09:30',
    )
    yield passed(
        "u6-pkpass-hotel-german",
        {
            "organizationName": "Hotel Post",
            "generic": {
                "primaryFields": [_field("h", "Hotel", "Hotel Post")],
                "secondaryFields": [
                    _field("an", "Anreise", "14.09.2026"),
                    _field("ab", "Abreise", "16.09.2026"),
                ],
                "auxiliaryFields": [_field("nr", "Reservierungsnummer", "HP-33121")],
            },
        },
        'hotel HP-33121 name="Hotel Post" start=2026-09-14 end=2026-09-16',
    )
    yield passed(
        "u6-pkpass-museum-card",
        {
            "organizationName": "Museum Friends",
            "storeCard": {
                "primaryFields": [_field("m", "MEMBER", "Anna Berg")],
                "secondaryFields": [_field("v", "VALID UNTIL", "14.09.2027")],
            },
        },
    )


# --- bar codes and documents ---------------------------------------------------------------------


def _codes() -> Iterator[Made]:
    two = pass_text(
        "BERG/ANNA",
        leg("QX7TKW", "BOG", "PTY", "CM", "823", 257, "9A"),
        leg("QX7TKW", "PTY", "MIA", "CM", "302", 257, "11C"),
    )
    yield (
        "u6-bcbp-pdf417-two-legs",
        with_file(
            mail("Copa <noreply@copaair.com>", "Tus pases de abordar", "Adjunto."),
            picture(two, zxingcpp.BarcodeFormat.PDF417),
            "image/png",
            "pase.png",
        ),
        [
            "air QX7TKW carrier=CM flight_number=823 origin.code=BOG destination.code=PTY start=2026-09-14 seats=9A",
            "air QX7TKW carrier=CM flight_number=302 origin.code=PTY destination.code=MIA start=2026-09-14 seats=11C",
        ],
    )
    yield (
        "u6-qr-of-a-link",
        with_file(
            mail("shop@v.example", "Download our app", "Scan the code."),
            picture("https://v.example/app?c=M1BERG", zxingcpp.BarcodeFormat.QRCode),
            "image/png",
            "qr.png",
        ),
        [],
    )


def _documents() -> Iterator[Made]:
    def attached(name: str, sender: str, subject: str, text: str, *expected: str) -> Made:
        held = mail(sender, subject, "Please find your document attached.")
        return name, with_file(held, pdf(text), "application/pdf", "document.pdf"), [*expected]

    yield attached(
        "u6-pdf-e-ticket",
        "Air Astana <noreply@airastana.com>",
        "Your e-ticket KC-WT7QKX",
        "ELECTRONIC TICKET ITINERARY / RECEIPT\nBooking reference: WT7QKX\nPassenger name: BERG ANNA MS\nTicket number: 465-2412345678\n\n"
        "Flight    From                  To                  Departure          Arrival           Class\n"
        "KC 922    Frankfurt (FRA)       Astana (NQZ)        14 Sep 2026 20:25  15 Sep 2026 06:20  Economy\n"
        "KC 921    Astana (NQZ)          Frankfurt (FRA)     21 Sep 2026 15:15  21 Sep 2026 19:05  Economy",
        "air WT7QKX carrier=KC flight_number=922 origin.code=FRA destination.code=NQZ start=2026-09-14T20:25 end=2026-09-15T06:20",
        "air WT7QKX carrier=KC flight_number=921 origin.code=NQZ destination.code=FRA start=2026-09-21T15:15 end=2026-09-21T19:05",
    )
    yield attached(
        "u6-pdf-train-english",
        "Leo Express <tickets@leoexpress.com>",
        "Your ticket",
        "TICKET LE7712345\nPraha hl.n. - Ostrava hl.n.\nDate: 14/09/2026\nTrain: LE 1357\nDeparture: 17:13\nArrival: 20:31\nCar 2, seat 31\nPassenger: Anna Berg",
        'rail LE7712345 origin.name="Praha hl.n." destination.name="Ostrava hl.n." start=2026-09-14T17:13 end=2026-09-14T20:31',
    )
    yield attached(
        "u6-pdf-hotel-voucher",
        "Hotelbeds <vouchers@hotelbeds.example>",
        "Accommodation voucher 102-4512345",
        "VOUCHER - ACCOMMODATION\nReference number: 102-4512345\nHotel: Apartamentos Las Rosas\nAddress: Calle de las Rosas 4, 29620 Torremolinos\n"
        "From: 14/09/2026\nTo: 21/09/2026\nLead passenger: Anna Berg\nRoom type: Studio, 2 adults\nBoard: Half board",
        'hotel 102-4512345 name="Apartamentos Las Rosas" start=2026-09-14 end=2026-09-21',
    )
    yield attached(
        "u6-pdf-invoice-of-a-past-flight",
        "Lufthansa <invoice@lufthansa.com>",
        "Your invoice",
        "INVOICE 2026-5512345\nDate: 04.05.2026\nBooking code: K8WXQT\nLH 98 28 Apr 2026 MUC - FRA\nFare 180.20 EUR\nVAT 19% 34.24 EUR\nTotal 214.44 EUR",
    )


def _printed() -> Iterator[Made]:
    """Return the ninth set: documents as carriers and houses print them."""

    def attached(name: str, sender: str, subject: str, *lines: str, expected: tuple[str, ...]) -> Made:
        held = mail(sender, subject, "Your document is attached.")
        return name, with_file(held, pdf("\n".join(lines)), "application/pdf", "d.pdf"), [*expected]

    yield attached(
        "u9-pdf-oebb",
        "ÖBB <tickets@oebb.at>",
        "Ihre Buchung",
        "Ihr Ticket",
        "Ticketcode: 1234 5678 9012 3456",
        "Buchungsnummer: 9012345678",
        "BERG ANNA",
        "Wien Hbf    Salzburg Hbf",
        "07.12.2026 ab 08:30    07.12.2026 an 10:52",
        "RJ 162",
        "Wagen 23   Platz 45 Fenster",
        "2. Klasse   Sparschiene   EUR 19,90",
        expected=('rail 9012345678 train_number="RJ 162" start=2026-12-07T08:30 end=2026-12-07T10:52',),
    )
    yield attached(
        "u9-pdf-sncb",
        "SNCB <noreply@belgiantrain.be>",
        "Votre billet",
        "E-TICKET",
        "Commande: KB7QTXW",
        "Nom: Anna Berg",
        "De: Bruxelles-Midi",
        "À: Amsterdam Centraal",
        "Date: 07/12/2026",
        "Train: IC 9224",
        "Départ: 09:16",
        "Arrivée: 12:08",
        expected=(
            'rail KB7QTXW train_number="IC 9224" origin.name="Bruxelles-Midi" destination.name="Amsterdam Centraal" start=2026-12-07T09:16 end=2026-12-07T12:08',
        ),
    )
    yield attached(
        "u9-pdf-lufthansa-etix",
        "Lufthansa <online@booking-lufthansa.com>",
        "Ihre Reiseunterlagen",
        "Buchungscode: QT7KBX",
        "Passagierinformationen",
        "BERG / ANNA MS      220-2412345678",
        "Reisezeiten",
        "LH 2034 durchgeführt von: Lufthansa",
        "Mo. 07 Dezember 2026: Muenchen - Berlin Brandenburg",
        "Abflug 09:00 Uhr   Muenchen (MUC) Terminal 2",
        "Ankunft 10:10 Uhr  Berlin (BER) Terminal 1",
        "Klasse: Economy (K)  Sitzplatz: 21D  Status: bestätigt",
        expected=(
            "air QT7KBX carrier=LH flight_number=2034 origin.code=MUC destination.code=BER start=2026-12-07T09:00 end=2026-12-07T10:10",
        ),
    )
    yield attached(
        "u9-pdf-ryanair-style-receipt",
        "Volotea <noreply@volotea.com>",
        "Votre carte",
        "Confirmation de réservation",
        "Code de confirmation",
        "QT8KBX",
        "V7 2203",
        "Nantes (NTE) > Venise (VCE)",
        "lun. 7 déc. 2026",
        "17:15 - 19:10",
        "Mme Anna Berg",
        expected=(
            "air QT8KBX carrier=V7 flight_number=2203 origin.code=NTE destination.code=VCE start=2026-12-07T17:15 end=2026-12-07T19:10",
        ),
    )
    yield attached(
        "u9-pdf-flixbus",
        "FlixBus <noreply@flixbus.de>",
        "Deine Buchung",
        "Buchungsnummer: 322 123 4567",
        "Mo., 7. Dez. 2026",
        "08:05  München ZOB",
        "       Arnulfstraße 21, 80335 München",
        "12:50  Zürich Sihlquai",
        "       Ausstellungsstrasse 15, 8005 Zürich",
        "FlixBus 1301",
        "1 Erwachsener: Anna Berg, Sitzplatz 7C",
        expected=(
            'ride 3221234567 origin.name="München ZOB" destination.name="Zürich Sihlquai" start=2026-12-07T08:05 end=2026-12-07T12:50',
        ),
    )
    yield attached(
        "u9-pdf-voucher-rental",
        "Alquileres <reservas@rental.example>",
        "Bono",
        "BONO / VOUCHER",
        "Localizador: RC-881234",
        "Conductor: ANNA BERG",
        "Recogida: Aeropuerto de Málaga 07/12/2026 10:30",
        "Devolución: Aeropuerto de Málaga 14/12/2026 10:30",
        "Grupo: C (Seat Ibiza o similar)",
        expected=("car RC-881234 start=2026-12-07T10:30 end=2026-12-14T10:30",),
    )
    yield attached(
        "u9-pdf-hotel-proforma-french",
        "Hôtel Bellevue <contact@bellevue.example>",
        "Confirmation",
        "CONFIRMATION DE RÉSERVATION",
        "Hôtel Bellevue",
        "12 rue du Lac, 74000 Annecy",
        "N° de confirmation : 20881",
        "Client : Mme Anna Berg",
        "Arrivée : 07/12/2026",
        "Départ : 09/12/2026",
        "Chambre : Double vue lac, 2 nuits",
        "Total TTC : 318,00 EUR",
        expected=('hotel 20881 name="Hôtel Bellevue" start=2026-12-07 end=2026-12-09',),
    )
    yield attached(
        "u9-pdf-agency-itinerary",
        "Travel Desk <desk@agency.example>",
        "Itinerary BERG",
        "TRAVEL ITINERARY",
        "Booking locator: KBQT7X",
        "Monday 07 December 2026",
        "Flight   BA 951   British Airways",
        "From     Munich (MUC), Terminal 1      Depart 10:35",
        "To       London Heathrow (LHR), T5     Arrive 11:40",
        "Thursday 10 December 2026",
        "Flight   BA 956   British Airways",
        "From     London Heathrow (LHR), T5     Depart 17:50",
        "To       Munich (MUC), Terminal 1      Arrive 20:45",
        expected=(
            "air KBQT7X carrier=BA flight_number=951 origin.code=MUC destination.code=LHR start=2026-12-07T10:35 end=2026-12-07T11:40",
            "air KBQT7X carrier=BA flight_number=956 origin.code=LHR destination.code=MUC start=2026-12-10T17:50 end=2026-12-10T20:45",
        ),
    )
    yield attached(
        "u9-pdf-concert-ticket",
        "Tickets <info@tickets.example>",
        "Your print-at-home tickets",
        "PRINT@HOME TICKET",
        "The Lanterns - Winter Tour",
        "Monday 7 December 2026, 20:00",
        "Olympiahalle, München",
        "Order no. TK-55123",
        "Block A Row 3 Seat 14",
        expected=("event TK-55123 start=2026-12-07T20:00",),
    )
    yield attached(
        "u9-pdf-ferry",
        "Moby <booking@moby.it>",
        "Biglietto",
        "BIGLIETTO / TICKET",
        "Numero prenotazione: 71234567",
        "Genova - Olbia",
        "Partenza 07/12/2026 21:00",
        "Arrivo 08/12/2026 08:30",
        "Nave: Moby Aki",
        "Passeggero: ANNA BERG",
        expected=("ride 71234567 start=2026-12-07T21:00 end=2026-12-08T08:30",),
    )
    yield attached(
        "u9-pdf-terms-only",
        "Lufthansa <news@newsletter.lufthansa.com>",
        "Conditions of carriage",
        "General conditions of carriage, as of 7 December 2026",
        "Check-in closes 40 minutes before departure. Flight LH 400 is an example.",
        expected=(),
    )
    yield attached(
        "u9-pdf-hotel-invoice-past",
        "Hotel Adler <info@hotel-adler.example>",
        "Ihre Rechnung 2026-771",
        "RECHNUNG 2026-771",
        "Anreise: 28.04.2026",
        "Abreise: 30.04.2026",
        "2 Übernachtungen 198,00 EUR",
        expected=(),
    )
