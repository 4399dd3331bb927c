"""What machines read, in mails that were written before the rules that read them were looked at.

Markup as vendors break it, calendars of large clients, wallet passes of several kinds, bar codes of every version.
The words' part of the same sets stands in `tests/samples/email/unseen_*.txt`.
"""

import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import zxingcpp
from PIL import Image

from tests.support.email_frame import framed
from tests.support.email_machine_made import Made, leg, mail, pass_text, pdf, picture, pkpass, with_file

_PKPASS = "application/vnd.apple.pkpass"


def unseen() -> Iterator[Made]:
    """Return the mails of both sets, each with what it should come to."""
    yield from _first_markup()
    yield from _first_calendars()
    yield from _first_passes()
    yield from _first_codes()
    yield from _second_markup()
    yield from _second_calendars()
    yield from _second_passes()
    yield from _second_codes()
    yield from _fifth_calendars()
    yield from _fifth_markup()
    yield from _fifth_passes()


def _page(script: str, *lines: str) -> str:
    rows = "".join(f"<tr><td>{line}</td></tr>" for line in lines)
    return framed(f"<html><head></head><body>{script}<table>{rows}</table></body></html>")


def _script(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


def _field(key: str, label: str, value: object, **more: str) -> dict[str, object]:
    return {"key": key, "label": label, "value": value, **more}


# --- the first set -------------------------------------------------------------------------------


def _first_markup() -> Iterator[Made]:
    single = """{'@context': 'http://schema.org', '@type': 'LodgingReservation', 'reservationNumber': '77120098',
'reservationStatus': 'http://schema.org/ReservationConfirmed', 'underName': {'@type': 'Person', 'name': 'Anna Berg'},
'reservationFor': {'@type': 'LodgingBusiness', 'name': 'Hotel Krone', 'address': {'@type': 'PostalAddress',
'streetAddress': 'Marktplatz 3', 'addressLocality': 'Bregenz', 'addressCountry': 'AT'}},
'checkinDate': '2026-06-12T15:00:00+02:00', 'checkoutDate': '2026-06-14T11:00:00+02:00',}"""
    yield (
        "u1-markup-single-quotes",
        mail(
            "Hotel Krone <stay@krone.example>",
            "Your reservation",
            html=_page(
                _script(single),
                "Your stay at Hotel Krone",
                "Confirmation number: 77120098",
                "Check-in: 12 June 2026 from 15:00",
                "Check-out: 14 June 2026 until 11:00",
            ),
        ),
        ['hotel 77120098 name="Hotel Krone" start=2026-06-12T15:00 end=2026-06-14T11:00'],
    )

    def flight(
        number: str, origin: tuple[str, str], destination: tuple[str, str], start: str, end: str
    ) -> dict[str, Any]:
        return {
            "@type": "Flight",
            "flightNumber": number,
            "airline": {"@type": "Airline", "name": "Aegean Airlines", "iataCode": "A3"},
            "departureAirport": {"@type": "Airport", "name": origin[1], "iataCode": origin[0]},
            "arrivalAirport": {"@type": "Airport", "name": destination[1], "iataCode": destination[0]},
            "departureTime": start,
            "arrivalTime": end,
        }

    out = flight(
        "A3 831",
        ("MUC", "Munich"),
        ("ATH", "Athens"),
        "2026-06-12T11:15:00+00:00",
        "2026-06-12T14:45:00+00:00",
    )
    home = flight(
        "A3 802",
        ("ATH", "Athens"),
        ("MUC", "Munich"),
        "2026-06-19T08:20:00+00:00",
        "2026-06-19T10:00:00+00:00",
    )
    wrong_zone = [
        {
            "@context": "https://schema.org",
            "@type": "FlightReservation",
            "reservationId": "QKZ4TP",
            "reservationStatus": "https://schema.org/ReservationConfirmed",
            "underName": {"@type": "Person", "name": "Anna Berg"},
            "reservationFor": each,
        }
        for each in (out, home)
    ]
    yield (
        "u1-markup-local-times-as-utc",
        mail(
            "Aegean <noreply@aegeanair.com>",
            "Your booking QKZ4TP",
            html=_page(
                _script(json.dumps(wrong_zone)),
                "Booking reference QKZ4TP",
                "A3 831 Fri 12 Jun 2026",
                "Munich MUC 11:15",
                "Athens ATH 14:45",
                "A3 802 Fri 19 Jun 2026",
                "Athens ATH 08:20",
                "Munich MUC 10:00",
            ),
        ),
        [
            "air QKZ4TP carrier=A3 flight_number=831 origin.code=MUC destination.code=ATH start=2026-06-12T11:15 end=2026-06-12T14:45",
            "air QKZ4TP carrier=A3 flight_number=802 origin.code=ATH destination.code=MUC start=2026-06-19T08:20 end=2026-06-19T10:00",
        ],
    )
    graph = {
        "@context": "https://schema.org/",
        "@graph": [
            {"@type": "WebPage", "name": "Your booking", "url": "https://rail.example"},
            {
                "@type": ["Reservation", "TrainReservation"],
                "reservationId": "TZ8842",
                "reservationStatus": "ReservationConfirmed",
                "underName": {"@id": "#anna"},
                "reservationFor": {"@id": "#trip"},
            },
            {"@id": "#anna", "@type": "Person", "givenName": "Anna", "familyName": "Berg"},
            {
                "@id": "#trip",
                "@type": "TrainTrip",
                "trainNumber": "EC 87",
                "departureStation": {"@type": "TrainStation", "name": "München Hbf"},
                "arrivalStation": {"@type": "TrainStation", "name": "Verona Porta Nuova"},
                "departureTime": "2026-06-12T11:34:00",
                "arrivalTime": "2026-06-12T16:58:00",
            },
        ],
    }
    yield (
        "u1-markup-graph-with-ids",
        mail(
            "Rail <tickets@rail.example>",
            "Your ticket",
            html=_page(
                _script(json.dumps(graph)),
                "Have a good trip.",
                "Your ticket TZ8842",
                "12 June 2026",
                "EC 87",
                "11:34 München Hbf",
                "16:58 Verona Porta Nuova",
                "Booking number: TZ8842",
                "Passenger: Anna Berg",
            ),
        ),
        [
            'rail TZ8842 train_number="EC 87" origin.name="München Hbf" destination.name="Verona Porta Nuova" start=2026-06-12T11:34 end=2026-06-12T16:58',
            'booking passengers="Anna Berg"',
        ],
    )
    bare = """<!-- begin markup -->
{"@type": "FoodEstablishmentReservation", "reservationNumber": "R-5521", "startTime": "2026-06-12T19:30", "partySize": "4",
 "reservationFor": {"@type": "FoodEstablishment", "name": "Gasthaus &amp; Bar Linde", "address": "Hauptstr. 1, 79098 Freiburg"},
 "underName": {"@type": "Person", "name": "Anna Berg"}, }
<!-- end markup -->"""
    yield (
        "u1-markup-no-context",
        mail(
            "Linde <tisch@linde.example>",
            "Ihre Reservierung",
            html=_page(
                _script(bare),
                "Bis bald in der Linde.",
                "Ihre Reservierung R-5521",
                "Restaurant: Gasthaus &amp; Bar Linde",
                "Datum: 12. Juni 2026",
                "Uhrzeit: 19:30",
                "Personen: 4",
                "Reservierungsnummer: R-5521",
            ),
        ),
        ['dining R-5521 name="Gasthaus & Bar Linde" start=2026-06-12T19:30 party_size=4'],
    )
    rented = {
        "@context": "http://schema.org",
        "@type": "RentalCarReservation",
        "reservationNumber": "SX99120",
        "reservationStatus": "http://schema.org/Cancelled",
        "provider": {"@type": "Organization", "name": "Sixt"},
        "reservationFor": {"@type": "RentalCar", "name": "Compact"},
        "pickupTime": "2026-06-12T09:00:00+02:00",
        "dropoffTime": "2026-06-13T09:00:00+02:00",
        "pickupLocation": {"@type": "Place", "name": "Berlin Hbf"},
        "dropoffLocation": {"@type": "Place", "name": "Berlin Hbf"},
    }
    yield (
        "u1-markup-car-cancelled",
        mail(
            "Sixt <noreply@sixt.com>",
            "Cancellation of your reservation SX99120",
            html=_page(
                _script(json.dumps(rented)),
                "Your reservation SX99120 has been cancelled.",
                "Pick-up: Berlin Hbf, 12 June 2026, 09:00",
                "Return: Berlin Hbf, 13 June 2026, 09:00",
            ),
        ),
        ["car SX99120 start=2026-06-12T09:00 end=2026-06-13T09:00 cancelled"],
    )
    shown = [
        {
            "@context": "https://schema.org",
            "@type": "EventReservation",
            "reservationNumber": f"{number}",
            "reservationFor": {
                "@type": "MusicEvent",
                "name": "Nights of Brass",
                "startDate": "2026-06-20T20:00:00+0200",
                "location": {
                    "@type": "MusicVenue",
                    "name": "Tonhalle",
                    "address": "Claridenstrasse 7, Zürich",
                },
            },
            "ticketNumber": f"{number}-A",
        }
        for number in ("E-1001",)
    ]
    yield (
        "u1-markup-music-event",
        mail(
            "Tickets <t@tickets.example>",
            "Your tickets",
            html=_page(
                _script(json.dumps([shown])),
                "Enjoy the show.",
                "Event: Nights of Brass",
                "Date: 20 June 2026, 20:00",
                "Venue: Tonhalle",
                "Order number: E-1001",
            ),
        ),
        ['event E-1001 name="Nights of Brass" start=2026-06-20T20:00 place.name=Tonhalle'],
    )


_OUTLOOK = """BEGIN:VCALENDAR\r
METHOD:{method}\r
PRODID:Microsoft Exchange Server 2010\r
VERSION:2.0\r
BEGIN:VTIMEZONE\r
TZID:W. Europe Standard Time\r
BEGIN:STANDARD\r
DTSTART:16010101T030000\r
TZOFFSETFROM:+0200\r
TZOFFSETTO:+0100\r
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\r
END:STANDARD\r
BEGIN:DAYLIGHT\r
DTSTART:16010101T020000\r
TZOFFSETFROM:+0100\r
TZOFFSETTO:+0200\r
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3\r
END:DAYLIGHT\r
END:VTIMEZONE\r
BEGIN:VEVENT\r
{lines}\r
UID:040000008200E00074C5B7101A82E008\r
CLASS:PUBLIC\r
DTSTAMP:20260504T071500Z\r
STATUS:CONFIRMED\r
END:VEVENT\r
END:VCALENDAR\r
"""


def _ics(*lines: str, method: str = "PUBLISH") -> bytes:
    return _OUTLOOK.format(method=method, lines="\r\n".join(lines)).encode()


def _first_calendars() -> Iterator[Made]:
    see = "Add this to your calendar."
    flight = _ics(
        "SUMMARY:Flug OS 123 Frankfurt (FRA) - Wien (VIE)",
        "DTSTART;TZID=W. Europe Standard Time:20260612T090500",
        "DTEND;TZID=W. Europe Standard Time:20260612T102500",
        "LOCATION:Frankfurt (FRA)",
        "DESCRIPTION:Buchungscode: RW4KTZ\\nFlug: OS 123\\nAbflug: 12.06.2026 09:05 Frankfurt (FR",
        " A)\\nAnkunft: 12.06.2026 10:25 Wien (VIE)\\n",
    )
    yield (
        "u1-ics-windows-zone",
        with_file(
            mail("Austrian <no-reply@austrian.com>", "Ihr Kalendereintrag", "Anbei Ihr Kalendereintrag."),
            flight,
            "text/calendar",
            "flug.ics",
        ),
        [
            "air RW4KTZ carrier=OS flight_number=123 origin.code=FRA destination.code=VIE start=2026-06-12T09:05 end=2026-06-12T10:25"
        ],
    )
    stay = _ics(
        "SUMMARY:Stay at Hotel Krone",
        "DTSTART;VALUE=DATE:20260612",
        "DTEND;VALUE=DATE:20260614",
        "LOCATION:Marktplatz 3\\, 6900 Bregenz",
        "DESCRIPTION:Booking number: 4123987111\\nCheck-in: from 15:00\\nCheck-out: until 11:00",
    )
    yield (
        "u1-ics-stay",
        with_file(mail("b@hotels.example", "Your stay", see), stay, "text/calendar", "stay.ics"),
        ["hotel 4123987111 start=2026-06-12 end=2026-06-14"],
    )
    train = _ics(
        "SUMMARY:ICE 74: Freiburg(Breisgau) Hbf → Hamburg Hbf",
        "DTSTART:20260612T065700Z",
        "DTEND:20260612T132200Z",
        "LOCATION:Freiburg(Breisgau) Hbf",
        "DESCRIPTION:Auftragsnummer: 512345678902\\nICE 74\\nWagen 5\\, Platz 72",
    )
    yield (
        "u1-ics-train-utc",
        with_file(
            mail("noreply@deutschebahn.com", "Ihre Reise im Kalender", see),
            train,
            "text/calendar",
            "reise.ics",
        ),
        ['rail 512345678902 train_number="ICE 74" start=2026-06-12T08:57 end=2026-06-12T15:22'],
    )
    meeting = _ics(
        "SUMMARY:Budget review (flight plan for Q3)",
        "DTSTART;TZID=W. Europe Standard Time:20260612T100000",
        "DTEND;TZID=W. Europe Standard Time:20260612T110000",
        "LOCATION:Room Paris 2.14",
        "ORGANIZER:mailto:bob@example.com",
        "ATTENDEE:mailto:anna.berg@example.com",
        "DESCRIPTION:Microsoft Teams meeting\\nMeeting ID: 312 456 789 012",
        method="REQUEST",
    )
    yield (
        "u1-ics-teams-meeting",
        with_file(
            mail("bob@example.com", "Budget review", "Please join."), meeting, "text/calendar", "invite.ics"
        ),
        ["none"],
    )


def _first_passes() -> Iterator[Made]:
    see = "Your pass is attached."
    train: dict[str, Any] = {
        "formatVersion": 1,
        "organizationName": "Eurostar",
        "description": "Eurostar ticket",
        "relevantDate": "2026-06-12T10:24+01:00",
        "barcode": {"format": "PKBarcodeFormatAztec", "message": "eA1b2c3", "messageEncoding": "iso-8859-1"},
        "boardingPass": {
            "transitType": "PKTransitTypeTrain",
            "headerFields": [_field("trainNumber", "Train", "9014")],
            "primaryFields": [
                _field("origin", "10:24", "London St Pancras"),
                _field("destination", "13:47", "Paris Gare du Nord"),
            ],
            "secondaryFields": [
                _field("date", "Date", "12 Jun 2026"),
                _field("passenger", "Passenger", "Anna Berg"),
            ],
            "auxiliaryFields": [_field("coach", "Coach", "8"), _field("seat", "Seat", "31")],
            "backFields": [_field("pnr", "Booking reference", "QZXKPU")],
        },
    }
    yield (
        "u1-pkpass-train-times-as-labels",
        with_file(mail("no-reply@eurostar.com", "Your ticket", see), pkpass(train), _PKPASS, "t.pkpass"),
        ["rail QZXKPU train_number=9014 start=2026-06-12T10:24 wagon=8"],
    )
    localised = {
        "organizationName": "Swiss",
        "boardingPass": {
            "transitType": "PKTransitTypeAir",
            "headerFields": [
                _field("date", "lbl_date", "2026-06-12T09:30:00+02:00", dateStyle="PKDateStyleShort")
            ],
            "primaryFields": [_field("depart", "Frankfurt", "FRA"), _field("arrive", "Zürich", "ZRH")],
            "auxiliaryFields": [
                _field("flightNo", "lbl_flight", "LX 1069"),
                _field("dep", "lbl_departure", "09:30"),
                _field("seat", "lbl_seat", "12A"),
            ],
            "backFields": [_field("loc", "lbl_locator", "8QXWTZ")],
        },
    }
    words = {
        "lbl_date": "Date",
        "lbl_flight": "Flight",
        "lbl_departure": "Departure",
        "lbl_seat": "Seat",
        "lbl_locator": "Booking reference",
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("pass.json", json.dumps(localised))
        strings = "\n".join(f'"{key}" = "{value}";' for key, value in words.items())
        archive.writestr("en.lproj/pass.strings", strings.encode("utf-16"))
    yield (
        "u1-pkpass-localised-labels",
        with_file(
            mail("no-reply@swiss.com", "Your boarding pass", see), held.getvalue(), _PKPASS, "b.pkpass"
        ),
        [
            "air 8QXWTZ carrier=LX flight_number=1069 origin.code=FRA destination.code=ZRH start=2026-06-12T09:30 seats=12A"
        ],
    )
    show = {
        "organizationName": "Ticketmaster",
        "relevantDates": [{"startDate": "2026-06-12T19:30+01:00", "endDate": "2026-06-12T22:30+01:00"}],
        "semantics": {
            "eventType": "PKEventTypeLivePerformance",
            "eventName": "The Lanterns",
            "venueName": "O2 Academy Leeds",
            "eventStartDate": "2026-06-12T19:30+01:00",
        },
        "eventTicket": {
            "primaryFields": [_field("event", "", "The Lanterns")],
            "auxiliaryFields": [_field("section", "Section", "STALLS")],
            "backFields": [_field("order", "Order number", "55-12399/UK1")],
        },
    }
    yield (
        "u1-pkpass-event-semantics",
        with_file(mail("t@ticketmaster.example", "Your ticket", see), pkpass(show), _PKPASS, "e.pkpass"),
        ['event 55-12399/UK1 name="The Lanterns" start=2026-06-12T19:30 place.name="O2 Academy Leeds"'],
    )
    bus = {
        "organizationName": "FlixBus",
        "relevantDate": "2026-06-12T08:15:00+02:00",
        "boardingPass": {
            "transitType": "PKTransitTypeBus",
            "primaryFields": [_field("from", "From", "Munich ZOB"), _field("to", "To", "Prague Florenc")],
            "secondaryFields": [_field("dep", "Departure", "12/06/2026 08:15")],
            "backFields": [_field("bookingNumber", "Booking number", "3212345999")],
        },
    }
    yield (
        "u1-pkpass-bus",
        with_file(mail("noreply@flixbus.com", "Your ticket", see), pkpass(bus), _PKPASS, "f.pkpass"),
        ["ride 3212345999 start=2026-06-12T08:15"],
    )
    stay = {
        "organizationName": "Hilton",
        "description": "Hotel reservation",
        "generic": {
            "primaryFields": [_field("hotel", "HOTEL", "Hampton Berlin City West")],
            "secondaryFields": [
                _field("arrive", "ARRIVAL", "2026-06-12T15:00:00+02:00", dateStyle="PKDateStyleMedium"),
                _field("depart", "DEPARTURE", "2026-06-13T12:00:00+02:00", dateStyle="PKDateStyleMedium"),
            ],
            "backFields": [_field("conf", "Confirmation number", "3312345999")],
        },
    }
    yield (
        "u1-pkpass-hotel",
        with_file(mail("r@hilton.com", "Your stay", see), pkpass(stay), _PKPASS, "h.pkpass"),
        ['hotel 3312345999 name="Hampton Berlin City West" start=2026-06-12 end=2026-06-13'],
    )
    coupon = {
        "organizationName": "Café",
        "coupon": {"primaryFields": [_field("offer", "Any drink", "20% off", changeMessage="%@")]},
        "expirationDate": "2026-06-12T00:00:00Z",
    }
    yield (
        "u1-pkpass-coupon",
        with_file(mail("c@cafe.example", "A treat for you", see), pkpass(coupon), _PKPASS, "c.pkpass"),
        ["none"],
    )


def coded(content: bytes, kind: str = "PNG") -> bytes:
    """Return a picture of an Aztec code that holds bytes, with some white around it."""
    code = Image.fromarray(
        zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.Aztec).to_image(scale=4)
    ).convert("L")
    page = Image.new("L", (code.width + 80, code.height + 80), 255)
    page.paste(code, (40, 40))
    held = io.BytesIO()
    page.save(held, kind)
    return held.getvalue()


def uic_918_3(*records: bytes, version: bytes = b"01") -> bytes:
    """Return the content of a rail ticket's bar code: header, a signature of no interest here, packed records."""
    packed = zlib.compress(b"".join(records))
    signature = b"\x30\x2c" + bytes(48 if version == b"01" else 62)
    return b"#UT" + version + b"0080" + b"00007" + signature + b"%04d" % len(packed) + packed


def uic_record(name: bytes, body: bytes) -> bytes:
    """Return one record of such a ticket."""
    return name + b"%04d" % (len(name) + 4 + len(body)) + body


def _first_codes() -> Iterator[Made]:
    aztec = zxingcpp.BarcodeFormat.Aztec
    see = "Your boarding pass is attached."
    # Version 7: what is unique (with bag tags), what is the flight's, the airline's own, and a signature.
    unique = ">7" + "18" + "1" + "W" + "W" + "6124" + "B" + "LH " + " " * 13
    of_the_flight = (
        "2A" + "220" + "2345678901" + "0" + "1" + "LH " + "LH " + "992001234567890 " + " " + "1PC" + "Y"
    )
    first = leg("8QXWTR", "MUC", "FRA", "LH", "99", 163, "8A", unique + of_the_flight + "OWN*")
    second = leg("8QXWTR", "FRA", "EWR", "UA", "961", 163, "31K", "00" + "")
    signed = pass_text("BERG/ANNAMRS", first, second) + "^108ABCDEFGH"
    yield (
        "u1-bcbp-version-7-signed",
        with_file(
            mail("Lufthansa <online@booking-lufthansa.com>", "Boarding passes", see),
            picture(signed, aztec),
            "image/png",
            "bp.png",
        ),
        [
            "air 8QXWTR carrier=LH flight_number=99 origin.code=MUC destination.code=FRA start=2026-06-12 seats=8A",
            "air 8QXWTR carrier=UA flight_number=961 origin.code=FRA destination.code=EWR start=2026-06-12 seats=31K",
        ],
    )
    short = "M1BERG/ANNA           EXKQ7P  STNDUBFR 1885 163Y021A0042 147>1180  6124BFR              2A0000000000000 0"
    padded = short + " " * 20
    yield (
        "u1-bcbp-version-1",
        with_file(
            mail("Ryanair <noreply@ryanair.com>", "Boarding pass", see),
            picture(padded, zxingcpp.BarcodeFormat.QRCode),
            "image/png",
            "bp.png",
        ),
        ["air XKQ7P carrier=FR flight_number=1885 origin.code=STN destination.code=DUB start=2026-06-12"],
    )
    three = pass_text(
        "DE LA CRUZ/MARIA JOSE",
        leg("AB12CDE", "GRU", "LIS", "TP", "88", 364, "22F"),
        leg("AB12CDE", "LIS", "MUC", "TP", "552", 365, "9C"),
        leg("AB12CDE", "MUC", "HAM", "LH", "2058", 1, "1").replace("2058 ", "2058A"),
    )
    over_new_year = mail("TAP <noreply@flytap.com>", "Your boarding passes", see)
    over_new_year["Date"] = "Mon, 28 Dec 2026 12:00:00 +0000"
    yield (
        "u1-bcbp-three-legs-over-new-year",
        with_file(
            over_new_year, picture(three, zxingcpp.BarcodeFormat.PDF417, "PDF"), "application/pdf", "bp.pdf"
        ),
        [
            "air AB12CDE carrier=TP flight_number=88 start=2026-12-30",
            "air AB12CDE carrier=TP flight_number=552 start=2026-12-31",
            "air AB12CDE carrier=LH flight_number=2058A start=2027-01-01",
        ],
    )
    order = uic_record(
        b"U_HEAD01", b"0080" + b"512345678903        " + b"040520260915" + b"0" + b"DE" + b"EN"
    )
    fields = (
        (1, "Sparpreis"),
        (9, "1-0-0"),
        (12, "0"),
        (14, "S2"),
        (15, "Freiburg(Brsg)"),
        (16, "Hamburg"),
        (21, "ICE 74"),
        (23, "Anna Berg"),
        (26, "13"),
        (28, "Anna#Berg"),
        (31, "12.06.2026"),
        (32, "13.06.2026"),
    )
    texts = b"".join(b"S%03d%04d%b" % (number, len(text.encode()), text.encode()) for number, text in fields)
    bahn = uic_record(
        b"0080BL03", b"02" + b"1" + b"12062026" + b"13062026" + b"1234567890" + b"%02d" % len(fields) + texts
    )
    yield (
        "u1-uic-918-3-of-the-bahn",
        with_file(
            mail("DB <noreply@deutschebahn.com>", "Ihr Online-Ticket", "Anbei Ihr Ticket."),
            coded(uic_918_3(order, bahn)),
            "image/png",
            "ticket.png",
        ),
        ['rail 512345678903 origin.name="Freiburg(Brsg)" destination.name=Hamburg start=2026-06-12'],
    )
    lines = (
        "Auftragsnummer 512345678904",
        "Fahrkarte ICE 597 2. Klasse",
        "12.06.2026",
        "Köln Hbf          ab 08:05",
        "Berlin Hbf        an 12:16",
        "Wagen 7 Platz 55",
    )
    yield (
        "u1-pdf-train-ticket",
        with_file(
            mail("DB <noreply@deutschebahn.com>", "Ihr Online-Ticket", "Anbei Ihr Ticket."),
            pdf("\n".join(lines)),
            "application/pdf",
            "ticket.pdf",
        ),
        [
            'rail 512345678904 train_number="ICE 597" origin.name="Köln Hbf" destination.name="Berlin Hbf" start=2026-06-12T08:05 end=2026-06-12T12:16'
        ],
    )


# --- the second set ------------------------------------------------------------------------------


def _second_markup() -> Iterator[Made]:
    def flight(number: str, origin: str, destination: str, start: str, end: str) -> dict[str, Any]:
        return {
            "@type": "http://schema.org/Flight",
            "flightNumber": number,
            "departureAirport": {"@type": "Airport", "iataCode": origin},
            "arrivalAirport": {"@type": "Airport", "iataCode": destination},
            "departureTime": start,
            "arrivalTime": end,
        }

    glued = [
        {
            "@context": "http://schema.org",
            "@type": "http://schema.org/FlightReservation",
            "reservationNumber": "PQ7KTW",
            "underName": [{"@type": "Person", "name": name} for name in ("Anna Berg", "Tom Berg")],
            "reservationFor": [
                flight("TK1634", "FRA", "IST", "2026-07-08 18:55", "2026-07-08 22:50"),
                flight("TK0046", "IST", "CPT", "2026-07-09 01:45", "2026-07-09 12:20"),
            ],
        }
    ]
    yield (
        "u2-markup-glued-designators",
        mail(
            "Turkish <noreply@thy.com>",
            "Your booking",
            html=_page(
                _script(json.dumps(glued)),
                "PNR PQ7KTW",
                "TK1634",
                "Frankfurt (FRA) 8 July 2026 18:55",
                "Istanbul (IST) 8 July 2026 22:50",
                "TK0046",
                "Istanbul (IST) 9 July 2026 01:45",
                "Cape Town (CPT) 9 July 2026 12:20",
                "Passengers: Anna Berg, Tom Berg",
            ),
        ),
        [
            "air PQ7KTW carrier=TK flight_number=1634 origin.code=FRA destination.code=IST start=2026-07-08T18:55 end=2026-07-08T22:50",
            "air PQ7KTW carrier=TK flight_number=46 origin.code=IST destination.code=CPT start=2026-07-09T01:45 end=2026-07-09T12:20",
            'booking passengers="Anna Berg + Tom Berg"',
        ],
    )
    stay = """{ "@context": "https://schema.org", "@type": "LodgingReservation", "reservationId": 77120099,
  "reservationStatus": "https://schema.org/ReservationConfirmed",
  // dates as the house has them
  "checkinTime": "2026-07-08", "checkoutTime": "2026-07-10",
  "reservationFor": { "@type": "Hotel", "name": "Hôtel "Le Phare"", "address": "3 Quai Nord, Brest" } }"""
    yield (
        "u2-markup-quotes-within-a-name",
        mail(
            "Le Phare <stay@lephare.example>",
            "Votre réservation",
            html=_page(
                _script(stay),
                "À bientôt au Phare.",
                "Numéro de réservation : 77120099",
                "Arrivée : 8 juillet 2026",
                "Départ : 10 juillet 2026",
            ),
        ),
        ["hotel 77120099 start=2026-07-08 end=2026-07-10"],
    )
    bus = {
        "@context": "https://schema.org",
        "@type": "BusReservation",
        "reservationId": "BB-40912",
        "reservationStatus": "Confirmed",
        "reservationFor": {
            "@type": "BusTrip",
            "busNumber": "N76",
            "provider": {"@type": "Organization", "name": "BlaBlaCar Bus"},
            "departureBusStop": {"@type": "BusStation", "name": "Paris Bercy"},
            "arrivalBusStop": {"@type": "BusStation", "name": "Lyon Perrache"},
            "departureTime": "2026-07-08T23:15:00+02:00",
            "arrivalTime": "2026-07-09T05:40:00+02:00",
        },
    }
    yield (
        "u2-markup-bus-overnight",
        mail(
            "Bus <noreply@blablacar.com>",
            "Votre billet",
            html=_page(
                _script(json.dumps(bus)),
                "Bon voyage.",
                "Numéro de réservation : BB-40912",
                "Bus N76",
                "8 juillet 2026",
                "23:15 Paris Bercy",
                "05:40 Lyon Perrache",
            ),
        ),
        [
            'ride BB-40912 origin.name="Paris Bercy" destination.name="Lyon Perrache" start=2026-07-08T23:15 end=2026-07-09T05:40'
        ],
    )
    offer = {
        "@context": "https://schema.org",
        "@type": "DiscountOffer",
        "description": "20% off your next reservation",
        "discountCode": "SUMMER20",
        "availabilityStarts": "2026-07-08T00:00:00Z",
    }
    yield (
        "u2-markup-of-an-offer",
        mail(
            "Shop <hello@shop.example>",
            "20% off",
            html=_page(_script(json.dumps(offer)), "Use SUMMER20 until July."),
        ),
        ["none"],
    )
    zulu = {
        "@context": "http://schema.org",
        "@type": "FlightReservation",
        "reservationNumber": "WKQP7T",
        "reservationStatus": "http://schema.org/ReservationConfirmed",
        "reservationFor": {
            **flight("456", "FRA", "LAX", "2026-07-08T10:05:00Z", "2026-07-08T12:35:00Z"),
            "airline": {"@type": "Airline", "iataCode": "LH"},
        },
    }
    yield (
        "u2-markup-local-times-as-zulu",
        mail(
            "LH <x@lufthansa.com>",
            "Your booking WKQP7T",
            html=_page(
                _script(json.dumps(zulu)), "LH456 8 July 2026", "FRA 10:05 - LAX 12:35", "Booking code WKQP7T"
            ),
        ),
        ["air WKQP7T carrier=LH flight_number=456 start=2026-07-08T10:05 end=2026-07-08T12:35"],
    )


def _second_calendars() -> Iterator[Made]:
    both = _ics(
        "SUMMARY:KL1764 Amsterdam (AMS) → Frankfurt (FRA)",
        "DTSTART:20260708T150500Z",
        "DTEND:20260708T161500Z",
        "LOCATION:Amsterdam Schiphol",
        "DESCRIPTION:Booking code WPQ7KT\\nSeat 12C\\nOperated by KLM Cityhopper",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "SUMMARY:KL1761 Frankfurt (FRA) → Amsterdam (AMS)",
        "DTSTART:20260710T045500Z",
        "DTEND:20260710T060500Z",
        "LOCATION:Frankfurt",
        "DESCRIPTION:Booking code WPQ7KT\\nSeat 9A",
    )
    yield (
        "u2-ics-two-flights-utc",
        with_file(
            mail("KLM <noreply@klm.com>", "Your calendar", "Add to calendar."), both, "text/calendar", "k.ics"
        ),
        [
            "air WPQ7KT carrier=KL flight_number=1764 origin.code=AMS destination.code=FRA start=2026-07-08T17:05 end=2026-07-08T18:15",
            "air WPQ7KT carrier=KL flight_number=1761 origin.code=FRA destination.code=AMS start=2026-07-10T06:55 end=2026-07-10T08:05",
        ],
    )
    table = _ics(
        "SUMMARY:Dinner at Café Linde for 2",
        "DTSTART;TZID=W. Europe Standard Time:20260708T193000",
        "DTEND;TZID=W. Europe Standard Time:20260708T213000",
        "LOCATION:Hauptstr. 1\\, Freiburg",
        "DESCRIPTION:Confirmation number: 55421",
        method="CANCEL",
    )
    yield (
        "u2-ics-table-cancelled",
        with_file(
            mail("t@tables.example", "Cancelled", "Your table was cancelled."),
            table,
            "text/calendar",
            "c.ics",
        ),
        ["dining 55421 start=2026-07-08T19:30 cancelled"],
    )
    weekly = _ics(
        "SUMMARY:Jour fixe",
        "DTSTART;TZID=W. Europe Standard Time:20260708T090000",
        "DTEND;TZID=W. Europe Standard Time:20260708T093000",
        "RRULE:FREQ=WEEKLY",
        "LOCATION:Berlin\\, Raum 3",
        method="REQUEST",
    )
    yield (
        "u2-ics-weekly",
        with_file(mail("bob@example.com", "Jour fixe", "Bis dann."), weekly, "text/calendar", "j.ics"),
        ["none"],
    )


def _second_passes() -> Iterator[Made]:
    see = "Your pass is attached."
    spanish = {
        "organizationName": "Iberia",
        "relevantDate": "2026-07-08T19:55:00+02:00",
        "boardingPass": {
            "transitType": "PKTransitTypeAir",
            "headerFields": [_field("a", "VUELO", "IB3512"), _field("b", "FECHA", "08 JUL")],
            "primaryFields": [_field("c", "MADRID", "MAD"), _field("d", "MUNICH", "MUC")],
            "auxiliaryFields": [
                _field("e", "EMBARQUE", "19:10"),
                _field("f", "SALIDA", "19:55"),
                _field("g", "ASIENTO", "11F"),
            ],
            "backFields": [_field("h", "Código de reserva", "5KTQWZ")],
        },
    }
    yield (
        "u2-pkpass-spanish-labels",
        with_file(mail("ib@iberia.com", "Tu tarjeta de embarque", see), pkpass(spanish), _PKPASS, "i.pkpass"),
        [
            "air 5KTQWZ carrier=IB flight_number=3512 origin.code=MAD destination.code=MUC start=2026-07-08T19:55 seats=11F"
        ],
    )
    boat = {
        "organizationName": "Viking Line",
        "relevantDate": "2026-07-08T17:30:00+03:00",
        "boardingPass": {
            "transitType": "PKTransitTypeBoat",
            "primaryFields": [_field("dep", "17:30", "Helsinki"), _field("arr", "10:10", "Stockholm")],
            "secondaryFields": [_field("date", "Date", "8 Jul 2026"), _field("ship", "Ship", "Gabriella")],
            "backFields": [_field("bookingNumber", "Booking number", "88123456")],
        },
    }
    yield (
        "u2-pkpass-boat",
        with_file(mail("v@vikingline.com", "Your ticket", see), pkpass(boat), _PKPASS, "v.pkpass"),
        ["ride 88123456 start=2026-07-08T17:30"],
    )
    museum = {
        "organizationName": "Stadtmuseum",
        "eventTicket": {
            "primaryFields": [_field("titel", "Ausstellung", "Licht und Farbe")],
            "secondaryFields": [
                _field("datum", "Datum", "08.07.2026, 14:00 Uhr"),
                _field("ort", "Ort", "Stadtmuseum Köln"),
            ],
            "backFields": [_field("nr", "Bestellnummer", "SM-20771")],
        },
    }
    yield (
        "u2-pkpass-museum-german",
        with_file(
            mail("t@stadtmuseum.example", "Ihr Ticket", "Anbei Ihr Ticket."),
            pkpass(museum),
            _PKPASS,
            "m.pkpass",
        ),
        ['event SM-20771 name="Licht und Farbe" start=2026-07-08T14:00'],
    )


def _second_codes() -> Iterator[Made]:
    aztec = zxingcpp.BarcodeFormat.Aztec
    unique = ">8" + "18" + "0" + "W" + "M" + "6180" + "B" + "LX " + " " * 13
    one = pass_text("SAINT-EXUPERY/A", leg("PQ7KWT", "ZRH", "JFK", "LX", "14", 189, "42K", unique + "00"))
    yield (
        "u2-bcbp-version-8",
        with_file(
            mail("SWISS <noreply@swiss.com>", "Boarding pass", "Attached."),
            picture(one, aztec),
            "image/png",
            "b.png",
        ),
        [
            "air PQ7KWT carrier=LX flight_number=14 origin.code=ZRH destination.code=JFK start=2026-07-08 seats=42K"
        ],
    )
    cells = (
        (0, 52, "CIV 1181"),
        (2, 1, "BERG ANNA"),
        (3, 52, "01 Adult"),
        (5, 13, "VON"),
        (5, 34, "NACH"),
        (6, 1, "08.07."),
        (6, 7, "09:31"),
        (6, 13, "München Hbf"),
        (6, 34, "Wien Hbf"),
        (6, 52, "08.07."),
        (6, 58, "13:30"),
        (8, 1, "RJX 63"),
        (8, 20, "Wagen 24"),
        (8, 30, "Platz 66"),
        (14, 52, "EUR 39,90"),
    )
    body = b"RCT2" + b"%04d" % len(cells)
    for line, column, text in cells:
        raw = text.encode()
        body += b"%02d%02d01%02d0%04d" % (line, column, len(raw), len(raw)) + raw
    head = uic_record(b"U_HEAD01", b"1181" + b"1234567890123456    " + b"040520260915" + b"0" + b"DE" + b"EN")
    code = uic_918_3(head, uic_record(b"U_TLAY01", body))
    yield (
        "u2-uic-918-3-printed-page",
        with_file(
            mail("ÖBB <tickets@oebb.at>", "Ihr Ticket", "Anbei Ihr Ticket."),
            coded(code),
            "image/png",
            "t.png",
        ),
        [
            'rail 1234567890123456 origin.name="München Hbf" destination.name="Wien Hbf" start=2026-07-08T09:31 end=2026-07-08T13:30'
        ],
    )


# --- the fifth set -------------------------------------------------------------------------------


def _fifth_calendars() -> Iterator[Made]:
    see = "Add this to your calendar."

    def plain(name: str, sender: str, event: bytes, *expected: str) -> Made:
        return name, with_file(mail(sender, "Calendar", see), event, "text/calendar", "c.ics"), [*expected]

    yield plain(
        "u5-ics-google-flight",
        "ada@example.com",
        _ics(
            "SUMMARY:Flight to London (BA 903)",
            "DTSTART:20260909T094000Z",
            "DTEND:20260909T112000Z",
            "LOCATION:Frankfurt FRA",
            "DESCRIPTION:To see detailed information for automatically created events like this one\\, use the app.\\n\\nConfirmation number: QK5TWX",
        ),
        "air QK5TWX carrier=BA flight_number=903 start=2026-09-09T11:40 end=2026-09-09T12:20",
    )
    yield plain(
        "u5-ics-all-in-description",
        "noreply@airline.example",
        _ics(
            "SUMMARY:Your trip to Madrid",
            "DTSTART;VALUE=DATE:20260909",
            "DTEND;VALUE=DATE:20260913",
            "DESCRIPTION:PNR: QK6TWX\\n\\nOutbound: IB3513 Wed 09 Sep 2026 MUC 07:00 - MAD 09:40\\nInbound: IB3512 Sat 12 Sep 2026 MAD 19:55 - MUC 22:30",
        ),
        "air QK6TWX carrier=IB flight_number=3513 origin.code=MUC destination.code=MAD start=2026-09-09T07:00 end=2026-09-09T09:40",
        "air QK6TWX carrier=IB flight_number=3512 origin.code=MAD destination.code=MUC start=2026-09-12T19:55 end=2026-09-12T22:30",
    )
    yield plain(
        "u5-ics-airbnb-stay",
        "automated@airbnb.com",
        _ics(
            "SUMMARY:Stay at Bright loft near the river",
            "DTSTART;VALUE=DATE:20260909",
            "DTEND;VALUE=DATE:20260912",
            "LOCATION:Rua das Flores 12\\, Lisboa",
            "DESCRIPTION:Reservation code: HMQ5KTWXZ7\\nCheck-in 4:00 PM\\nCheckout 10:00 AM",
        ),
        "hotel HMQ5KTWXZ7 start=2026-09-09 end=2026-09-12",
    )
    yield plain(
        "u5-ics-italo",
        "noreply@italotreno.it",
        _ics(
            "SUMMARY:Italo 9919 Milano Centrale - Roma Termini",
            "DTSTART;TZID=W. Europe Standard Time:20260909T081500",
            "DTEND;TZID=W. Europe Standard Time:20260909T112900",
            "DESCRIPTION:Codice biglietto: QK7TWX\\nCarrozza 4\\, Posto 12",
        ),
        'rail QK7TWX train_number="Italo 9919" origin.name="Milano Centrale" destination.name="Roma Termini" start=2026-09-09T08:15 end=2026-09-09T11:29',
    )
    yield plain(
        "u5-ics-declined",
        "bob@example.com",
        _ics(
            "SUMMARY:Declined: Lunch at Café Linde",
            "DTSTART;TZID=W. Europe Standard Time:20260909T120000",
            "DTEND;TZID=W. Europe Standard Time:20260909T130000",
            "LOCATION:Café Linde",
            method="REPLY",
        ),
        "none",
    )
    yield plain(
        "u5-ics-birthday",
        "bob@example.com",
        _ics("SUMMARY:Anna's birthday", "DTSTART;VALUE=DATE:20260909", "DTEND;VALUE=DATE:20260910"),
        "none",
    )


def _fifth_markup() -> Iterator[Made]:
    def marked(name: str, node: object, expected: list[str], *words: str) -> Made:
        return (
            name,
            mail("a@vendor.example", "Your booking", html=_page(_script(json.dumps(node)), *words)),
            expected,
        )

    address = {"@type": "PostalAddress", "addressLocality": "Porto", "addressCountry": "Portugal"}
    yield marked(
        "u5-markup-order-around",
        {
            "@context": "https://schema.org",
            "@type": "Order",
            "orderNumber": "O-1",
            "acceptedOffer": {
                "@type": "Offer",
                "itemOffered": {
                    "@type": "LodgingReservation",
                    "reservationId": "P-5512",
                    "reservationFor": {"@type": "LodgingBusiness", "name": "Casa Azul", "address": address},
                    "checkinTime": "2026-09-09T15:00",
                    "checkoutTime": "2026-09-12T11:00",
                },
            },
        },
        ['hotel P-5512 name="Casa Azul" start=2026-09-09T15:00 end=2026-09-12T11:00'],
        "Casa Azul",
        "Reservation number: P-5512",
        "Check-in: 9 September 2026, 15:00",
        "Check-out: 12 September 2026, 11:00",
    )
    yield marked(
        "u5-markup-pending",
        {
            "@context": "http://schema.org",
            "@type": "FoodEstablishmentReservation",
            "reservationNumber": "T-7701",
            "reservationStatus": "http://schema.org/ReservationPending",
            "startTime": "2026-09-09T19:30:00+02:00",
            "partySize": 2,
            "reservationFor": {"@type": "FoodEstablishment", "name": "Hirsch", "address": address},
        },
        ["dining T-7701 start=2026-09-09T19:30 party_size=2"],
        "Your request",
        "Reservation number: T-7701",
        "Restaurant: Hirsch",
        "Date: 9 September 2026",
        "Time: 19:30",
        "Party size: 2",
    )
    yield marked(
        "u5-markup-rail-two-people-two-seats",
        [
            {
                "@context": "http://schema.org",
                "@type": "TrainReservation",
                "reservationNumber": "RW55KQ",
                "underName": {"@type": "Person", "name": name},
                "reservedTicket": {
                    "@type": "Ticket",
                    "ticketedSeat": {"@type": "Seat", "seatNumber": seat, "seatSection": "4"},
                },
                "reservationFor": {
                    "@type": "TrainTrip",
                    "trainNumber": "RJX 63",
                    "departureStation": {"@type": "TrainStation", "name": "München Hbf"},
                    "arrivalStation": {"@type": "TrainStation", "name": "Wien Hbf"},
                    "departureTime": "2026-09-09T09:31:00+02:00",
                    "arrivalTime": "2026-09-09T13:30:00+02:00",
                },
            }
            for name, seat in (("Anna Berg", "61"), ("Tom Berg", "62"))
        ],
        [
            'rail RW55KQ train_number="RJX 63" start=2026-09-09T09:31 seats=61+62',
            'booking passengers="Anna Berg + Tom Berg"',
        ],
        "Booking reference: RW55KQ",
        "9 September 2026",
        "RJX 63",
        "09:31 München Hbf",
        "13:30 Wien Hbf",
        "Passengers: Anna Berg, Tom Berg",
    )
    yield marked(
        "u5-markup-taxi",
        {
            "@context": "https://schema.org",
            "@type": "TaxiReservation",
            "reservationId": "TX-9912",
            "pickupTime": "2026-09-09T04:45:00+02:00",
            "pickupLocation": {"@type": "Place", "name": "Lindenstraße 12, Köln"},
            "reservationFor": {"@type": "Taxi", "name": "Taxi Zentrale"},
        },
        ["ride TX-9912 start=2026-09-09T04:45"],
        "Booking number: TX-9912",
        "Pick-up: Lindenstraße 12, Köln, 9 September 2026, 04:45",
    )


def _fifth_passes() -> Iterator[Made]:
    def passed(name: str, content: dict[str, Any], *expected: str) -> Made:
        held = mail("p@vendor.example", "Your pass", "Attached.")
        return name, with_file(held, pkpass(content), _PKPASS, "p.pkpass"), [*expected]

    yield passed(
        "u5-pkpass-db-new",
        {
            "organizationName": "DB Vertrieb GmbH",
            "relevantDate": "2026-09-09T08:57:00+02:00",
            "expirationDate": "2026-09-10T10:00:00+02:00",
            "boardingPass": {
                "transitType": "PKTransitTypeTrain",
                "headerFields": [_field("gueltigkeit", "Gültig am", "09.09.2026")],
                "primaryFields": [
                    _field("abfahrtBhf", "ab 08:57", "Freiburg(Brsg)Hbf"),
                    _field("ankunftBhf", "an 15:22", "Hamburg Hbf"),
                ],
                "secondaryFields": [
                    _field("zug", "Zug", "ICE 74"),
                    _field("wagen", "Wagen", "5"),
                    _field("sitzplatz", "Platz", "72"),
                ],
                "backFields": [_field("auftragsnummer", "Auftragsnummer", "512399912345")],
            },
        },
        'rail 512399912345 train_number="ICE 74" start=2026-09-09T08:57 wagon=5',
    )
    yield passed(
        "u5-pkpass-concert-french",
        {
            "organizationName": "Billetterie",
            "relevantDate": "2026-09-09T20:00:00+02:00",
            "eventTicket": {
                "primaryFields": [_field("titre", "SPECTACLE", "Nuit des cordes")],
                "secondaryFields": [
                    _field("salle", "SALLE", "Opéra de Lyon"),
                    _field("d", "DATE", "9 septembre 2026 20:00"),
                ],
                "backFields": [_field("cmd", "N° de commande", "CMD-44120")],
            },
        },
        'event CMD-44120 name="Nuit des cordes" start=2026-09-09T20:00',
    )
    yield passed(
        "u5-pkpass-gym-card",
        {
            "organizationName": "City Gym",
            "generic": {
                "primaryFields": [_field("member", "MEMBER", "Anna Berg")],
                "secondaryFields": [
                    _field("since", "Member since", "2024-01-01"),
                    _field("number", "Number", "990012"),
                ],
            },
        },
        "none",
    )
