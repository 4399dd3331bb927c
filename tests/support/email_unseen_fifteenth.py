"""What machines read, of the fifteenth set: calendars and passes in the dialects of their issuers, bar codes, markup.

Written before the rules that read them were looked at; the words of the set stand in
`tests/samples/email/unseen_fifteenth.txt`.
"""

import json
from collections.abc import Iterator
from typing import Any

import zxingcpp

from tests.support.email_frame import framed
from tests.support.email_machine_made import Made, leg, mail, pass_text, picture, pkpass, with_file

_WRITTEN = "Wed, 23 Sep 2026 10:04:00 +0200"


def unseen_fifteenth() -> Iterator[Made]:
    """Return the mails, each with what it should come to."""
    yield from _calendars()
    yield from _passes()
    yield from _codes()
    yield from _markup()


def _calendars() -> Iterator[Made]:
    def attached(
        name: str, sender: str, *lines: str, expected: tuple[str, ...], method: str = "PUBLISH"
    ) -> Made:
        event = ["BEGIN:VEVENT", f"UID:{name}@v.example", "DTSTAMP:20260923T070000Z", *lines, "END:VEVENT"]
        calendar = "\r\n".join(
            [
                "BEGIN:VCALENDAR",
                "VERSION:2.0",
                "PRODID:-//V//EN",
                f"METHOD:{method}",
                *event,
                "END:VCALENDAR",
                "",
            ]
        )
        held = with_file(
            mail(sender, "Calendar entry", "Please find the entry attached."),
            calendar.encode(),
            "text/calendar",
            "x.ics",
        )
        held["Date"] = _WRITTEN
        return name, held, [*expected]

    yield attached(
        "u15-ics-rail-legs-in-text", "Deutsche Bahn <noreply@deutschebahn.com>",
        "SUMMARY:Köln Hbf -> Basel SBB", "LOCATION:Köln Hbf", "DTSTART;TZID=Europe/Berlin:20261207T075500", "DTEND;TZID=Europe/Berlin:20261207T115600",
        "DESCRIPTION:Auftragsnummer: 300077120344\\n\\nHinfahrt 07.12.2026\\nKöln Hbf ab 07:55 Gl. 6\\nICE 105\\nMannheim Hbf an 09:24 Gl. 3\\n\\nMannheim Hbf ab 09:36 Gl. 2\\nICE 73\\nBasel SBB an 11:47 Gl. 8",
        expected=(
            'rail 300077120344 train_number="ICE 105" origin.name="Köln Hbf" destination.name="Mannheim Hbf" start=2026-12-07T07:55 end=2026-12-07T09:24',
            'rail 300077120344 train_number="ICE 73" origin.name="Mannheim Hbf" destination.name="Basel SBB" start=2026-12-07T09:36 end=2026-12-07T11:47',
        ),
    )  # fmt: skip
    yield attached(
        "u15-ics-french-train", "SNCF Connect <noreply@connect.sncf>",
        "SUMMARY:Train Paris Gare de Lyon - Marseille Saint-Charles", "DTSTART;TZID=Europe/Paris:20261207T090800", "DTEND;TZID=Europe/Paris:20261207T122600",
        "LOCATION:Paris Gare de Lyon", "DESCRIPTION:Référence de dossier : MXQ7K3\\nTGV INOUI 6109\\nVoiture 5 place 71", expected=("rail MXQ7K3 start=2026-12-07T09:08 end=2026-12-07T12:26",),
    )  # fmt: skip
    yield attached(
        "u15-ics-coach", "FlixBus <noreply@flixbus.com>",
        "SUMMARY:FlixBus: Berlin central bus station - Wrocław Wroclavia", "DTSTART:20261207T073000Z", "DTEND:20261207T120000Z", "LOCATION:Berlin central bus station",
        "DESCRIPTION:Booking number: 3224471299", expected=("ride 3224471299 start=2026-12-07T08:30",),
    )  # fmt: skip
    yield attached(
        "u15-ics-rental", "Avis <avis@e.avis.com>",
        "SUMMARY:Avis car rental - Nice Airport", "DTSTART;TZID=Europe/Paris:20261207T100000", "DTEND;TZID=Europe/Paris:20261211T100000", "LOCATION:Nice Airport\\, Terminal 2",
        "DESCRIPTION:Confirmation number: 77120399US9\\nPick-up: Mon 07 Dec 2026 10:00\\nReturn: Fri 11 Dec 2026 10:00", expected=("car 77120399US9 start=2026-12-07T10:00 end=2026-12-11T10:00",),
    )  # fmt: skip
    yield attached(
        "u15-ics-concert", "Ticketshop <tickets@shop.example>",
        "SUMMARY:Weihnachtsoratorium", "DTSTART;TZID=Europe/Berlin:20261212T180000", "DTEND;TZID=Europe/Berlin:20261212T203000", "LOCATION:Thomaskirche\\, Leipzig",
        "DESCRIPTION:Ihre Tickets\\nAuftragsnummer: TS-771203\\nReihe 12\\, Platz 4", expected=('event TS-771203 name="Weihnachtsoratorium" start=2026-12-12T18:00',),
    )  # fmt: skip


def _passes() -> Iterator[Made]:
    def field(key: str, label: str, value: object, **more: str) -> dict[str, object]:
        return {"key": key, "label": label, "value": value, **more}

    def passed(name: str, content: dict[str, Any], *expected: str) -> Made:
        held = with_file(
            mail("pass@vendor.example", "Your pass", "Here it is."),
            pkpass(content),
            "application/vnd.apple.pkpass",
            "p.pkpass",
        )
        held["Date"] = _WRITTEN
        return name, held, [*expected]

    yield passed(
        "u15-pkpass-semantics-alone",
        {
            "organizationName": "Alaska Airlines", "description": "Boarding Pass",
            "boardingPass": {
                "transitType": "PKTransitTypeAir",
                "primaryFields": [field("o", "Seattle", "SEA"), field("d", "San Francisco", "SFO")],
                "auxiliaryFields": [field("f", "Flight", "AS 331")],
                "backFields": [field("c", "Confirmation code", "MXQK7T")],
            },
            "semantics": {
                "airlineCode": "AS", "flightNumber": 331, "departureAirportCode": "SEA", "destinationAirportCode": "SFO",
                "originalDepartureDate": "2026-12-07T16:10-08:00", "originalArrivalDate": "2026-12-07T18:25-08:00", "passengerName": {"givenName": "Anna", "familyName": "Berg"},
                "seats": [{"seatNumber": "7A"}],
            },
        },
        "air MXQK7T carrier=AS flight_number=331 origin.code=SEA destination.code=SFO start=2026-12-07T16:10 end=2026-12-07T18:25",
    )  # fmt: skip
    yield passed(
        "u15-pkpass-hotel-stay",
        {
            "organizationName": "citizenM", "description": "Hotel stay",
            "generic": {
                "primaryFields": [field("h", "HOTEL", "citizenM Rotterdam")],
                "secondaryFields": [field("in", "CHECK-IN", "2026-12-07T14:00+01:00", dateStyle="PKDateStyleMedium"), field("out", "CHECK-OUT", "2026-12-09T11:00+01:00", dateStyle="PKDateStyleMedium")],
                "auxiliaryFields": [field("n", "Confirmation number", "CM7712034")],
            },
        },
        'hotel CM7712034 name="citizenM Rotterdam" start=2026-12-07 end=2026-12-09',
    )  # fmt: skip
    yield passed(
        "u15-pkpass-museum-slot",
        {
            "organizationName": "Rijksmuseum", "relevantDate": "2026-12-08T10:15:00+01:00",
            "eventTicket": {
                "primaryFields": [field("e", "Entrance ticket", "Rijksmuseum")],
                "secondaryFields": [field("s", "Start time", "8 Dec 2026, 10:15")],
                "backFields": [field("o", "Order number", "RM7712034")],
            },
        },
        'event RM7712034 name="Rijksmuseum" start=2026-12-08T10:15',
    )  # fmt: skip
    yield passed(
        "u15-pkpass-train-italian",
        {
            "organizationName": "Italo", "relevantDate": "2026-12-07T08:40:00+01:00",
            "boardingPass": {
                "transitType": "PKTransitTypeTrain",
                "headerFields": [field("t", "Treno", "9919")],
                "primaryFields": [field("p", "Partenza", "Milano C.le"), field("a", "Arrivo", "Roma T.ni")],
                "secondaryFields": [field("d", "Data", "07/12/2026"), field("op", "Ora part.", "08:40"), field("oa", "Ora arr.", "11:45")],
                "auxiliaryFields": [field("c", "Carrozza", "4"), field("s", "Posto", "12")],
                "backFields": [field("b", "Codice Biglietto", "KQX7M3")],
            },
        },
        'rail KQX7M3 origin.name="Milano C.le" destination.name="Roma T.ni" start=2026-12-07T08:40',
    )  # fmt: skip


def _codes() -> Iterator[Made]:
    formats = zxingcpp.BarcodeFormat
    held = mail(
        "checkin@airline.example",
        "Boarding passes",
        html=framed(
            "<html><body><p>Two boarding passes.</p><img src='cid:a'><img src='cid:b'></body></html>"
        ),
    )
    for number, (origin, destination, flight) in enumerate((("FRA", "VIE", "126"), ("VIE", "OTP", "785"))):
        held = with_file(
            held,
            picture(
                pass_text("BERG/ANNA", leg("8KXQ7M", origin, destination, "OS", flight, 341, "11C")),
                formats.Aztec,
                "GIF",
            ),
            "image/gif",
            f"bp{number}.gif",
        )
    held["Date"] = "Sun, 06 Dec 2026 10:04:00 +0100"
    yield (
        "u15-bcbp-two-pictures", held,
        [
            "air 8KXQ7M carrier=OS flight_number=126 origin.code=FRA destination.code=VIE start=2026-12-07 seats=11C",
            "air 8KXQ7M carrier=OS flight_number=785 origin.code=VIE destination.code=OTP start=2026-12-07 seats=11C",
        ],
    )  # fmt: skip
    infant = with_file(mail("checkin@airline.example", "Bordkarte", "Gute Reise!"),
                       picture("M1BERG/ANNA           EQKXM73 GVAFRALX 1068 001W000 0000 100", formats.PDF417), "image/png", "bp.png")  # fmt: skip
    infant["Date"] = "Thu, 31 Dec 2026 10:04:00 +0100"
    yield (
        "u15-bcbp-first-day-of-next-year", infant,
        ["air QKXM73 carrier=LX flight_number=1068 origin.code=GVA destination.code=FRA start=2027-01-01"],
    )  # fmt: skip


def _markup() -> Iterator[Made]:
    def marked(
        name: str, sender: str, subject: str, script: str, *lines: str, expected: tuple[str, ...]
    ) -> Made:
        rows = "".join(f"<p>{line}</p>" for line in lines)
        held = mail(
            sender,
            subject,
            html=framed(
                f'<html><head></head><body><script type="application/ld+json">{script}</script>{rows}</body></html>'
            ),
        )
        held["Date"] = _WRITTEN
        return name, held, [*expected]

    flight = """[{"@context":"http://schema.org","@type":"FlightReservation","reservationNumber":"XK7M3Q","reservationStatus":"http://schema.org/Confirmed",
"underName":{"@type":"Person","name":"BERG/ANNA MS"},"reservationFor":{"@type":"Flight","flightNumber":"LO 380","airline":{"@type":"Airline","name":"LOT","iataCode":"LO"},
"departureAirport":{"@type":"Airport","name":"Frankfurt "Rhein-Main"","iataCode":"FRA"},"departureTime":"2026-12-07T10:45:00+01:00",
"arrivalAirport":{"@type":"Airport","name":"Warsaw","iataCode":"WAW"},"arrivalTime":"2026-12-07T12:25:00+01:00"}}]"""
    yield marked(
        "u15-markup-quotes-within-a-text", "LOT <noreply@lot.example>", "Your reservation XK7M3Q", flight,
        "Booking reference XK7M3Q", "LO 380 Frankfurt (FRA) - Warsaw (WAW)", "7 Dec 2026 10:45 - 12:25",
        expected=("air XK7M3Q carrier=LO flight_number=380 origin.code=FRA destination.code=WAW start=2026-12-07T10:45 end=2026-12-07T12:25",),
    )  # fmt: skip
    stays = [
        {
            "@context": "http://schema.org", "@type": "LodgingReservation", "reservationNumber": "77-44-12", "reservationStatus": "Confirmed", "underName": {"@type": "Person", "name": "Anna Berg"},
            "reservationFor": {"@type": "LodgingBusiness", "name": "Gasthof Post"}, "checkinDate": "12/07/2026", "checkoutDate": "12/09/2026",
        }
    ]  # fmt: skip
    yield marked(
        "u15-markup-american-dates", "Gasthof Post <post@gasthof.example>", "Reservation", json.dumps(stays),
        "Reservation 77-44-12", "Arrival: Monday, December 7, 2026", "Departure: Wednesday, December 9, 2026",
        expected=('hotel 77-44-12 name="Gasthof Post" start=2026-12-07 end=2026-12-09',),
    )  # fmt: skip
    taxi = {
        "@context": "http://schema.org", "@type": "TaxiReservation", "reservationId": "TX-4471203", "reservationStatus": "http://schema.org/ReservationConfirmed",
        "underName": {"@type": "Person", "name": "Anna Berg"}, "pickupTime": "2026-12-07T05:15:00+01:00", "pickupLocation": {"@type": "Place", "name": "Torstr. 12, Berlin"},
        "reservationFor": {"@type": "Taxi", "name": "Taxi"},
    }  # fmt: skip
    yield marked(
        "u15-markup-taxi", "Taxi <noreply@taxi.example>", "Your taxi is booked", json.dumps(taxi), "Booking number: TX-4471203", "Pick-up: Torstr. 12, Berlin", "Pick-up time: 7 December 2026, 05:15",
        expected=("ride TX-4471203 start=2026-12-07T05:15",),
    )  # fmt: skip
