"""What machines read, of the tenth set: calendars, passes, bar codes, markup, and PDFs whose columns were joined.

Written before the rules that read them were looked at; the words of the set stand in
`tests/samples/email/unseen_tenth.txt`.
"""

import json
from collections.abc import Iterator
from typing import Any

import zxingcpp

from tests.support.email_frame import framed
from tests.support.email_machine_made import Made, leg, mail, pass_text, pdf, picture, pkpass, with_file


def unseen_tenth() -> Iterator[Made]:
    """Return the mails, each with what it should come to."""
    yield from _calendars()
    yield from _passes()
    yield from _codes()
    yield from _markup()
    yield from _documents()


def _calendars() -> Iterator[Made]:
    def attached(
        name: str, sender: str, *lines: str, expected: tuple[str, ...], method: str = "PUBLISH"
    ) -> Made:
        calendar = "\r\n".join(
            ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//V//EN", f"METHOD:{method}", "BEGIN:VEVENT", f"UID:{name}@v.example",
             "DTSTAMP:20260504T070000Z", *lines, "END:VEVENT", "END:VCALENDAR", ""]
        )  # fmt: skip
        held = mail(sender, "For your calendar", "The appointment is attached.")
        return name, with_file(held, calendar.encode(), "text/calendar", "event.ics"), [*expected]

    yield attached(
        "u10-ics-flight-german-lines",
        "Eurowings <noreply@eurowings.example>",
        "SUMMARY:Flug EW 582 Düsseldorf - Palma de Mallorca",
        "DTSTART;TZID=Europe/Berlin:20261013T061500",
        "DTEND;TZID=Europe/Madrid:20261013T084000",
        "LOCATION:Flughafen Düsseldorf (DUS)",
        "DESCRIPTION:Buchungscode: QM2X7K\\nFlugnummer: EW 582\\nAbflug: 06:15 Düsseldorf (DUS)\\nAnkunft: 08:40 Palma de Mallorca (PMI)\\n"
        "Bitte finden Sie sich 2 Stunden vor Abflug ein.",
        expected=(
            "air QM2X7K carrier=EW flight_number=582 origin.code=DUS destination.code=PMI start=2026-10-13T06:15 end=2026-10-13T08:40",
        ),
    )
    yield attached(
        "u10-ics-stay-all-day",
        "Airbnb <automated@airbnb.com>",
        "SUMMARY:Loft am Kanal (HMQK2MX7AB)",
        "DTSTART;VALUE=DATE:20261013",
        "DTEND;VALUE=DATE:20261016",
        "LOCATION:Leipzig\\, Germany",
        "DESCRIPTION:CHECK-IN: 13 October 2026 after 3:00 PM\\nCHECKOUT: 16 October 2026 11:00 AM\\nConfirmation code: HMQK2MX7AB",
        expected=("hotel HMQK2MX7AB start=2026-10-13 end=2026-10-16",),
    )
    yield attached(
        "u10-ics-train-cancelled",
        "ÖBB <tickets@oebb.example>",
        "SUMMARY:RJX 67 Wien Hbf - Innsbruck Hbf",
        "DTSTART:20261013T083000Z",
        "DTEND:20261013T124400Z",
        "STATUS:CANCELLED",
        "SEQUENCE:2",
        "DESCRIPTION:Buchungsnummer: 7712003456",
        expected=("rail 7712003456 cancelled start=2026-10-13",),
        method="CANCEL",
    )
    yield attached(
        "u10-ics-team-meeting",
        "ben@corp.example",
        "SUMMARY:Planning (Room Berlin)",
        "DTSTART:20261013T080000Z",
        "DTEND:20261013T093000Z",
        "LOCATION:Room Berlin",
        "ORGANIZER:mailto:ben@corp.example",
        "DESCRIPTION:Agenda: budget\\, hotel for the offsite from 20 to 22 October",
        expected=(),
        method="REQUEST",
    )


def _passes() -> Iterator[Made]:
    def field(key: str, label: str, value: object, **more: str) -> dict[str, object]:
        return {"key": key, "label": label, "value": value, **more}

    def passed(name: str, content: dict[str, Any], *expected: str) -> Made:
        held = mail("pass@vendor.example", "Add to wallet", "Your pass is attached.")
        return name, with_file(held, pkpass(content), "application/vnd.apple.pkpass", "x.pkpass"), [*expected]

    yield passed(
        "u10-pkpass-coach",
        {
            "organizationName": "FlixBus",
            "description": "Ticket",
            "relevantDate": "2026-10-13T08:05+02:00",
            "boardingPass": {
                "transitType": "PKTransitTypeBus",
                "headerFields": [field("line", "LINE", "1301")],
                "primaryFields": [
                    field("from", "13 Oct, 08:05", "Munich central bus station"),
                    field("to", "13 Oct, 12:50", "Zürich, Sihlquai"),
                ],
                "secondaryFields": [field("name", "PASSENGER", "Anna Berg")],
                "backFields": [field("bn", "Booking number", "3221234568")],
            },
        },
        "ride 3221234568 start=2026-10-13T08:05",
    )
    yield passed(
        "u10-pkpass-air-dates-as-values",
        {
            "organizationName": "Swiss International Air Lines",
            "description": "Boarding Pass",
            "boardingPass": {
                "transitType": "PKTransitTypeAir",
                "headerFields": [
                    field("flight", "FLIGHT", "LX1018"),
                    field("date", "DATE", "2026-10-13T07:10+02:00", dateStyle="PKDateStyleShort"),
                ],
                "primaryFields": [field("dep", "ZURICH", "ZRH"), field("arr", "DUSSELDORF", "DUS")],
                "auxiliaryFields": [
                    field("bt", "BOARDING", "06:40"),
                    field("seat", "SEAT", "12F"),
                    field("gate", "GATE", "A72"),
                ],
                "backFields": [field("pnr", "Booking reference", "KX7QM2")],
            },
        },
        "air KX7QM2 carrier=LX flight_number=1018 origin.code=ZRH destination.code=DUS start=2026-10-13T07:10 seats=12F",
    )
    yield passed(
        "u10-pkpass-theatre",
        {
            "organizationName": "Staatstheater",
            "relevantDate": "2026-10-13T19:30:00+02:00",
            "eventTicket": {
                "primaryFields": [field("e", "VERANSTALTUNG", "Der Freischütz")],
                "secondaryFields": [field("l", "ORT", "Großes Haus")],
                "auxiliaryFields": [field("r", "REIHE", "7"), field("p", "PLATZ", "12")],
                "backFields": [field("o", "Auftragsnummer", "ST-771200")],
            },
        },
        'event ST-771200 name="Der Freischütz" start=2026-10-13T19:30',
    )


def _codes() -> Iterator[Made]:
    attached = with_file(
        mail("SAS <no-reply@flysas.example>", "Your boarding pass", "Have it ready at the gate."),
        picture(
            pass_text(
                "BERG/TOMMR",
                leg("MQ7XK2", "OSL", "CPH", "SK", "1463", 286, "9C"),
                leg("MQ7XK2", "CPH", "HAM", "SK", "1673", 286, "15A"),
            ),
            zxingcpp.BarcodeFormat.Aztec,
        ),
        "image/png",
        "code.png",
    )
    yield (
        "u10-bcbp-aztec-two-legs",
        attached,
        [
            "air MQ7XK2 carrier=SK flight_number=1463 origin.code=OSL destination.code=CPH start=2026-10-13 seats=9C",
            "air MQ7XK2 carrier=SK flight_number=1673 origin.code=CPH destination.code=HAM start=2026-10-13 seats=15A",
        ],
    )


def _markup() -> Iterator[Made]:
    reservation = {
        "@context": "http://schema.org",
        "@type": "LodgingReservation",
        "reservationId": "77-1200-34",
        "reservationStatus": "http://schema.org/Confirmed",
        "underName": {"@type": "Person", "givenName": "Anna", "familyName": "Berg"},
        "checkinTime": "2026-10-13T15:00:00+01:00",
        "checkoutTime": "2026-10-15T11:00:00+01:00",
        "reservationFor": {
            "@type": "BedAndBreakfast",
            "name": "The Old Rectory",
            "address": {"@type": "PostalAddress", "addressLocality": "Whitby", "addressCountry": {"@type": "Country", "name": "GB"}},
        },
    }  # fmt: skip
    page = framed(
        f'<html><head><script type="application/ld+json">{json.dumps({"@graph": [{"@type": "Organization", "name": "B&B"}, reservation]})}'
        "</script></head><body><p>See you soon at The Old Rectory.</p></body></html>"
    )
    yield (
        "u10-markup-graph-given-and-family-name",
        mail("stay@oldrectory.example", "Booking 77-1200-34", html=page),
        ['hotel 77-1200-34 name="The Old Rectory" start=2026-10-13T15:00 end=2026-10-15T11:00', 'booking passengers="Anna Berg"'],
    )  # fmt: skip


def _documents() -> Iterator[Made]:
    def attached(name: str, sender: str, subject: str, *lines: str, expected: tuple[str, ...]) -> Made:
        held = mail(sender, subject, "Please find your travel document attached.")
        return name, with_file(held, pdf("\n".join(lines)), "application/pdf", "document.pdf"), [*expected]

    yield attached(
        "u10-pdf-joined-columns-flight",
        "Brussels Airlines <noreply@brusselsairlines.example>",
        "Your travel documents",
        "Booking reference: 2KQ7XM",
        "Passenger: Ms Anna Berg",
        "FlightFromToDateDepartureArrival",
        "SN 2093Brussels (BRU)London Heathrow (LHR)13 Oct 202609:4510:00",
        "SN 2104London Heathrow (LHR)Brussels (BRU)16 Oct 202618:1020:25",
        expected=(
            "air 2KQ7XM carrier=SN flight_number=2093 origin.code=BRU destination.code=LHR start=2026-10-13T09:45 end=2026-10-13T10:00",
            "air 2KQ7XM carrier=SN flight_number=2104 origin.code=LHR destination.code=BRU start=2026-10-16T18:10 end=2026-10-16T20:25",
        ),
    )
    yield attached(
        "u10-pdf-labels-then-values",
        "Croatia Airlines <noreply@croatiaairlines.example>",
        "E-ticket",
        "Passenger itinerary receipt",
        "PNR code",
        "Issue date",
        "Ticket number",
        "KQ27XM",
        "04MAY2026",
        "831-2412345678",
        "Flight",
        "Departure",
        "Arrival",
        "OU 410",
        "Zagreb (ZAG)",
        "13OCT2026 07:30",
        "Frankfurt (FRA)",
        "13OCT2026 09:10",
        expected=(
            "air KQ27XM carrier=OU flight_number=410 origin.code=ZAG destination.code=FRA start=2026-10-13T07:30 end=2026-10-13T09:10",
        ),
    )
    yield attached(
        "u10-pdf-trenitalia-columns",
        "Trenitalia <noreply@trenitalia.example>",
        "Biglietto",
        "Biglietto con prenotazione",
        "PNR: QX7M2K",
        "Stazione di Partenza    Stazione di Arrivo    Treno: Frecciarossa 9613",
        "Milano Centrale         Roma Termini          Carrozza: 4   Posti: 12A",
        "Ore 07:00 - 13/10/2026  Ore 10:10 - 13/10/2026",
        "Passeggero: Anna Berg (Adulto)",
        expected=(
            'rail QX7M2K origin.name="Milano Centrale" destination.name="Roma Termini" start=2026-10-13T07:00 end=2026-10-13T10:10',
        ),
    )
    yield attached(
        "u10-pdf-hotel-voucher-italian",
        "Tour Operator <voucher@tour.example>",
        "Voucher 55-120077",
        "VOUCHER HOTEL N. 55-120077",
        "Struttura: Hotel Belvedere, Via Roma 1, 38066 Riva del Garda",
        "Intestatario: BERG ANNA",
        "Check in 13/10/2026    Check out 17/10/2026    Notti 4",
        "Camera: Doppia uso singola   Trattamento: Mezza pensione",
        expected=('hotel 55-120077 name="Hotel Belvedere" start=2026-10-13 end=2026-10-17',),
    )
