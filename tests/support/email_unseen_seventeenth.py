"""The seventeenth set: what machines read alone, in more dialects of calendars, passes, bar codes and markup.

Written after the sets before it were mended, and measured before anything was mended for it.
"""

import json
from collections.abc import Iterator
from typing import Any

import zxingcpp

from tests.support.email_frame import framed
from tests.support.email_machine_made import Made, leg, mail, pass_text, pdf, picture, pkpass, with_file

_WRITTEN = "Wed, 22 Jul 2026 10:04:00 +0200"


def unseen_seventeenth() -> Iterator[Made]:
    """Return the mails, each with what it should come to."""
    yield from _calendars()
    yield from _passes()
    yield from _codes()
    yield from _markup()


def _calendars() -> Iterator[Made]:
    def attached(
        name: str, sender: str, *events: tuple[str, ...], expected: tuple[str, ...], method: str = "PUBLISH"
    ) -> Made:
        lines = [
            line
            for number, event in enumerate(events)
            for line in (
                "BEGIN:VEVENT",
                f"UID:{name}-{number}@v.example",
                "DTSTAMP:20260722T070000Z",
                *event,
                "END:VEVENT",
            )
        ]
        calendar = "\r\n".join(
            [
                "BEGIN:VCALENDAR",
                "VERSION:2.0",
                "PRODID:-//V//EN",
                f"METHOD:{method}",
                *lines,
                "END:VCALENDAR",
                "",
            ]
        )
        held = with_file(
            mail(sender, "Calendar", "See the attachment."),
            calendar.encode(),
            "text/calendar",
            "calendar.ics",
        )
        held["Date"] = _WRITTEN
        return name, held, [*expected]

    yield attached(
        "u17-ics-lufthansa-dash", "Lufthansa <online@booking-lufthansa.com>",
        ("SUMMARY:LH1166 Frankfurt - Lisbon", "DTSTART:20261012T070500Z", "DTEND:20261012T101500Z", "LOCATION:Frankfurt Airport\\, Terminal 1",
         "DESCRIPTION:Booking code: 7M3XQL\\nFlight: LH1166\\nDeparture: Frankfurt (FRA)\\, 12 Oct 2026\\, 09:05\\nArrival: Lisbon (LIS)\\, 12 Oct 2026\\, 11:15"),
        expected=("air 7M3XQL carrier=LH flight_number=1166 origin.code=FRA destination.code=LIS start=2026-10-12T09:05 end=2026-10-12T11:15",),
    )  # fmt: skip
    yield attached(
        "u17-ics-tripit-two-things", "TripIt <support@tripit.com>",
        ("SUMMARY:LH98 FRA to MUC", "DTSTART:20261012T060000Z", "DTEND:20261012T065500Z", "LOCATION:Frankfurt (FRA)", "DESCRIPTION:[Flight] 10/12/2026 LH98 FRA to MUC\\nConfirmation # QX7KM9\\nDepart FRA 8:00 AM CEST\\nArrive MUC 8:55 AM CEST"),
        ("SUMMARY:Check-in: Hotel Krone", "DTSTART;VALUE=DATE:20261012", "DTEND;VALUE=DATE:20261014", "LOCATION:Munich\\, Germany", "DESCRIPTION:[Lodging] Hotel Krone\\nConfirmation # HK-77120\\nCheck-in 10/12/2026\\nCheck-out 10/14/2026"),
        expected=(
            "air QX7KM9 carrier=LH flight_number=98 origin.code=FRA destination.code=MUC start=2026-10-12T08:00 end=2026-10-12T08:55",
            'hotel HK-77120 name="Hotel Krone" start=2026-10-12 end=2026-10-14',
        ),
    )  # fmt: skip
    yield attached(
        "u17-ics-spanish-train", "Renfe <venta@renfe.es>",
        ("SUMMARY:Tren AVE 03141 Madrid-Puerta de Atocha - Barcelona-Sants", "DTSTART;TZID=Europe/Madrid:20261012T143000", "DTEND;TZID=Europe/Madrid:20261012T170000",
         "DESCRIPTION:Localizador: 7KQMX9\\nCoche 5 Plaza 7C"),
        expected=("rail 7KQMX9 start=2026-10-12T14:30 end=2026-10-12T17:00",),
    )  # fmt: skip
    yield attached(
        "u17-ics-booking-stay", "Booking.com <noreply@booking.com>",
        ("SUMMARY:Hotel Sol y Mar\\, Booking.com", "DTSTART;VALUE=DATE:20261012", "DTEND;VALUE=DATE:20261015", "LOCATION:Calle Mayor 1\\, Valencia\\, Spain", "DESCRIPTION:Confirmation number: 4471209001\\nPIN: 1234"),
        expected=("hotel 4471209001 start=2026-10-12 end=2026-10-15",),
    )  # fmt: skip
    yield attached(
        "u17-ics-ferry", "Tallink <booking@tallink.com>",
        ("SUMMARY:Ferry Helsinki - Tallinn", "DTSTART;TZID=Europe/Helsinki:20261012T103000", "DTEND;TZID=Europe/Tallinn:20261012T123000", "LOCATION:West Terminal 2", "DESCRIPTION:Booking number: 77120361\\nShip: Megastar"),
        expected=("ride 77120361 start=2026-10-12T10:30 end=2026-10-12T12:30",),
    )  # fmt: skip
    yield attached(
        "u17-ics-flight-cancelled", "Eurowings <noreply@eurowings.com>",
        ("SUMMARY:EW 9465 DUS-VIE", "DTSTART;TZID=Europe/Berlin:20261012T183500", "DTEND;TZID=Europe/Vienna:20261012T201000", "STATUS:CANCELLED", "SEQUENCE:1", "DESCRIPTION:Buchungscode: QKX7M9\\nDUS - VIE"),
        expected=("air QKX7M9 carrier=EW flight_number=9465 cancelled start=2026-10-12",), method="CANCEL",
    )  # fmt: skip
    yield attached(
        "u17-ics-no-dentist", "Praxis <termin@praxis.example>",
        ("SUMMARY:Zahnarzt Dr. Weiß", "DTSTART;TZID=Europe/Berlin:20261012T090000", "DTEND;TZID=Europe/Berlin:20261012T093000", "LOCATION:Marktplatz 2\\, Mainz", "DESCRIPTION:Bitte Karte mitbringen"),
        expected=(),
    )  # fmt: skip
    yield attached(
        "u17-ics-no-birthday-week", "anna.berg@example.com",
        ("SUMMARY:Urlaub Hotel suchen", "DTSTART;VALUE=DATE:20261012", "DTEND;VALUE=DATE:20261017", "DESCRIPTION:noch nichts gebucht"),
        expected=(),
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
        held["Date"] = "Sun, 11 Oct 2026 10:04:00 +0200"
        return name, held, [*expected]

    yield passed(
        "u17-pkpass-united",
        {
            "organizationName": "United Airlines", "relevantDate": "2026-10-12T16:25-04:00",
            "barcode": {"format": "PKBarcodeFormatAztec", "message": pass_text("BERG/ANNA", leg("PQ7K3N", "IAD", "FRA", "UA", "989", 285, "31C")), "messageEncoding": "iso-8859-1"},
            "boardingPass": {
                "transitType": "PKTransitTypeAir",
                "headerFields": [field("flight", "FLIGHT", "UA989"), field("gate", "GATE", "C2")],
                "primaryFields": [field("depart", "WASHINGTON-DULLES", "IAD"), field("arrive", "FRANKFURT", "FRA")],
                "auxiliaryFields": [field("passenger", "TRAVELER", "BERG/ANNA"), field("boarding", "BOARDING", "4:25 PM"), field("departs", "DEPARTS", "5:20 PM"), field("seat", "SEAT", "31C")],
                "backFields": [field("conf", "CONFIRMATION", "PQ7K3N")],
            },
        },
        "air PQ7K3N carrier=UA flight_number=989 origin.code=IAD destination.code=FRA start=2026-10-12T17:20 seats=31C",
    )  # fmt: skip
    yield passed(
        "u17-pkpass-eurostar",
        {
            "organizationName": "Eurostar", "relevantDate": "2026-10-12T10:24:00+01:00",
            "boardingPass": {
                "transitType": "PKTransitTypeTrain",
                "headerFields": [field("date", "Date", "12 Oct 2026")],
                "primaryFields": [field("origin", "10:24", "London St Pancras"), field("destination", "13:50", "Paris Nord")],
                "secondaryFields": [field("train", "Train", "9024"), field("coach", "Coach", "6"), field("seat", "Seat", "42")],
                "auxiliaryFields": [field("name", "Passenger", "Anna Berg"), field("pnr", "Booking ref", "TQ7KXN")],
            },
        },
        'rail TQ7KXN origin.name="London St Pancras" destination.name="Paris Nord" start=2026-10-12T10:24',
    )  # fmt: skip
    yield passed(
        "u17-pkpass-concert",
        {
            "organizationName": "Ticketmaster", "relevantDate": "2026-10-14T18:30:00+01:00",
            "eventTicket": {
                "headerFields": [field("date", "WED 14 OCT", "6:30 PM")],
                "primaryFields": [field("event", "EVENT", "Florence + The Machine")],
                "secondaryFields": [field("venue", "VENUE", "The O2")],
                "auxiliaryFields": [field("section", "SECTION", "104"), field("row", "ROW", "K"), field("seat", "SEAT", "11")],
                "backFields": [field("order", "Order Number", "12-44712/UK9")],
            },
        },
        'event 12-44712/UK9 name="Florence + The Machine" start=2026-10-14T18:30',
    )  # fmt: skip
    yield passed(
        "u17-pkpass-ferry",
        {
            "organizationName": "Stena Line", "relevantDate": "2026-10-12T08:55:00+01:00",
            "boardingPass": {
                "transitType": "PKTransitTypeBoat",
                "primaryFields": [field("from", "FROM", "Holyhead"), field("to", "TO", "Dublin")],
                "secondaryFields": [field("date", "DATE", "12 Oct 2026"), field("time", "DEPARTURE", "08:55")],
                "backFields": [field("ref", "Booking number", "77120349")],
            },
        },
        'ride 77120349 origin.name="Holyhead" destination.name="Dublin" start=2026-10-12T08:55',
    )  # fmt: skip
    yield passed(
        "u17-pkpass-no-coupon",
        {
            "organizationName": "Café", "description": "Coupon", "relevantDate": "2026-10-12T08:55:00+01:00",
            "coupon": {"primaryFields": [field("offer", "OFFER", "2 for 1")], "auxiliaryFields": [field("expires", "EXPIRES", "2026-12-31")]},
        },
    )  # fmt: skip


def _codes() -> Iterator[Made]:
    formats = zxingcpp.BarcodeFormat

    def coded(
        name: str, body: str, format_: Any, *expected: str, date: str = "Sun, 11 Oct 2026 10:04:00 +0200"
    ) -> Made:
        held = with_file(
            mail("checkin@airline.example", "Boarding pass", "Have a good flight."),
            picture(body, format_),
            "image/png",
            "bp.png",
        )
        held["Date"] = date
        return name, held, [*expected]

    yield coded(
        "u17-bcbp-three-legs",
        pass_text("BERG/ANNA", leg("3QXK7M", "TRD", "OSL", "SK", "341", 285, "12A"), leg("3QXK7M", "OSL", "CPH", "SK", "453", 285, "9C"), leg("3QXK7M", "CPH", "FRA", "SK", "673", 285, "15F")),
        formats.PDF417,
        "air 3QXK7M carrier=SK flight_number=341 origin.code=TRD destination.code=OSL start=2026-10-12 seats=12A",
        "air 3QXK7M carrier=SK flight_number=453 origin.code=OSL destination.code=CPH start=2026-10-12 seats=9C",
        "air 3QXK7M carrier=SK flight_number=673 origin.code=CPH destination.code=FRA start=2026-10-12 seats=15F",
    )  # fmt: skip
    yield coded(
        "u17-bcbp-last-day-of-the-year", pass_text("BERG/ANNA", leg("9KQX7M", "VIE", "TIA", "W6", "2831", 365, "22B")), formats.Aztec,
        "air 9KQX7M carrier=W6 flight_number=2831 origin.code=VIE destination.code=TIA start=2026-12-31 seats=22B",
        date="Tue, 29 Dec 2026 10:04:00 +0100",
    )  # fmt: skip
    yield coded("u17-code-no-web-address", "https://www.airline.example/app?src=mail", formats.QRCode)
    held = with_file(
        mail("checkin@airline.example", "Your boarding pass", "Attached."),
        pdf("BOARDING PASS\nName: BERG/ANNA\nFlight: OS 126   Date: 12OCT\nFrom: FRANKFURT (FRA)  To: VIENNA (VIE)\nDeparture: 19:40   Boarding: 19:10\nSeat: 11C   Group: 3\nBooking ref: 8KXQ9M"),
        "application/pdf", "pass.pdf",
    )  # fmt: skip
    held["Date"] = "Sun, 11 Oct 2026 10:04:00 +0200"
    yield (
        "u17-pdf-boarding-pass-words",
        held,
        [
            "air 8KXQ9M carrier=OS flight_number=126 origin.code=FRA destination.code=VIE start=2026-10-12T19:40 seats=11C"
        ],
    )


def _markup() -> Iterator[Made]:
    def marked(
        name: str, sender: str, subject: str, node: object, *lines: str, expected: tuple[str, ...]
    ) -> Made:
        rows = "".join(f"<p>{line}</p>" for line in lines)
        script = f'<script type="application/ld+json">{json.dumps(node)}</script>'
        held = mail(sender, subject, html=framed(f"<html><head>{script}</head><body>{rows}</body></html>"))
        held["Date"] = _WRITTEN
        return name, held, [*expected]

    person = {"@type": "Person", "name": "Anna Berg", "email": "anna.berg@example.com"}
    yield marked(
        "u17-markup-stay-day-and-hour-apart", "Hotel Post <stay@post.example>", "Confirmation 88-7799",
        {"@context": "https://schema.org", "@type": "LodgingReservation", "reservationId": "88-7799", "reservationStatus": "ReservationConfirmed", "underName": person,
         "checkinDate": "2026-10-12", "checkinTime": "15:00", "checkoutDate": "2026-10-14", "checkoutTime": "11:00", "reservationFor": {"@type": "Hotel", "name": "Hotel Post", "address": "Dorfstr. 1, 6763 Zürs, Austria"}},
        "Confirmation number: 88-7799", "Hotel: Hotel Post", "Arrival: 12 October 2026", "Departure: 14 October 2026", expected=('hotel 88-7799 name="Hotel Post" start=2026-10-12 end=2026-10-14',),
    )  # fmt: skip
    yield marked(
        "u17-markup-package-of-flights", "Air France <noreply@service-airfrance.com>", "Your booking 6KQM3Y",
        {"@context": "http://schema.org", "@type": "ReservationPackage", "reservationNumber": "6KQM3Y", "subReservation": [
            {"@type": "FlightReservation", "reservationStatus": "http://schema.org/Confirmed", "underName": person, "reservationFor": {
                "@type": "Flight", "flightNumber": number, "airline": {"@type": "Airline", "iataCode": "AF"}, "departureAirport": {"@type": "Airport", "iataCode": a}, "departureTime": start,
                "arrivalAirport": {"@type": "Airport", "iataCode": b}, "arrivalTime": end}}
            for number, a, b, start, end in (("1519", "FRA", "CDG", "2026-10-12T09:50:00+02:00", "2026-10-12T11:10:00+02:00"), ("1518", "CDG", "FRA", "2026-10-15T18:20:00+02:00", "2026-10-15T19:35:00+02:00"))
        ]},
        "Booking reference: 6KQM3Y", "AF1519, Mon 12 Oct 2026", "09:50 Frankfurt (FRA) - 11:10 Paris (CDG)", "AF1518, Thu 15 Oct 2026", "18:20 Paris (CDG) - 19:35 Frankfurt (FRA)",
        expected=(
            "air 6KQM3Y carrier=AF flight_number=1519 origin.code=FRA destination.code=CDG start=2026-10-12T09:50 end=2026-10-12T11:10",
            "air 6KQM3Y carrier=AF flight_number=1518 origin.code=CDG destination.code=FRA start=2026-10-15T18:20 end=2026-10-15T19:35",
        ),
    )  # fmt: skip
    yield marked(
        "u17-markup-flight-operated-by-other", "Swiss <noreply@notifications.swiss.com>", "Booking 7KX3MQ",
        {"@context": "http://schema.org", "@type": "FlightReservation", "reservationNumber": "7KX3MQ", "underName": [person], "reservationStatus": "http://schema.org/ReservationConfirmed",
         "reservationFor": {"@type": "Flight", "flightNumber": "LX3610", "provider": {"@type": "Airline", "name": "Swiss", "iataCode": "LX"}, "seller": {"@type": "Airline", "iataCode": "LH"},
                            "departureAirport": {"@type": "Airport", "name": "Zurich", "iataCode": "ZRH"}, "arrivalAirport": {"@type": "Airport", "name": "Frankfurt", "iataCode": "FRA"},
                            "departureTime": "2026-10-12T07:10", "arrivalTime": "2026-10-12T08:15", "departureTerminal": "", "departureGate": None}},
        "Booking reference: 7KX3MQ", "LX3610, Mon 12 Oct 2026", "07:10 Zurich (ZRH) - 08:15 Frankfurt (FRA)", "Operated by Lufthansa", expected=("air 7KX3MQ carrier=LX flight_number=3610 origin.code=ZRH destination.code=FRA start=2026-10-12T07:10 end=2026-10-12T08:15",),
    )  # fmt: skip
    yield marked(
        "u17-markup-concert-plain-venue", "Dice <tickets@dice.example>", "You're going to Nils Frahm",
        {"@context": "http://schema.org", "@type": "EventReservation", "reservationNumber": "DC-771203", "reservationStatus": "http://schema.org/Confirmed", "underName": person,
         "reservationFor": {"@type": "MusicEvent", "name": "Nils Frahm", "startDate": "2026-10-14 20:00", "location": "Barbican Centre, London"}},
        "Order number: DC-771203", "Event: Nils Frahm", "Date: 14 October 2026, 20:00", "Venue: Barbican Centre, London", expected=('event DC-771203 name="Nils Frahm" start=2026-10-14T20:00',),
    )  # fmt: skip
    yield marked(
        "u17-markup-pending", "Hotel Post <stay@post.example>", "We have received your request",
        {"@context": "https://schema.org", "@type": "LodgingReservation", "reservationId": "88-7800", "reservationStatus": "https://schema.org/ReservationPending", "underName": person,
         "checkinTime": "2026-10-12T15:00", "checkoutTime": "2026-10-14T11:00", "reservationFor": {"@type": "Hotel", "name": "Hotel Post"}},
        "Reservation number: 88-7800", "Hotel: Hotel Post", "Arrival: 12 October 2026", "Departure: 14 October 2026", expected=('hotel 88-7800 name="Hotel Post" status=requested start=2026-10-12T15:00 end=2026-10-14T11:00',),
    )  # fmt: skip
    yield marked(
        "u17-markup-no-organisation", "Airline <news@airline.example>", "Our autumn destinations",
        [{"@context": "http://schema.org", "@type": "Organization", "name": "Airline"}, {"@context": "http://schema.org", "@type": "DiscountOffer", "description": "20% off", "availabilityEnds": "2026-10-12T20:00:00Z"}],
        "Fly from EUR 39.", expected=(),
    )  # fmt: skip
