"""What machines read, of the fourteenth set: markup as senders emit it, calendars, passes, bar codes and documents.

Written before the rules that read them were looked at; the words of the set stand in
`tests/samples/email/unseen_fourteenth.txt`.
"""

import html
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import zxingcpp

from tests.support.email_frame import framed
from tests.support.email_machine_made import Made, leg, mail, pass_text, pdf, picture, pkpass, with_file

_PKPASS = "application/vnd.apple.pkpass"
_CONTEXT = "http://schema.org"


def unseen_fourteenth() -> Iterator[Made]:
    """Return the mails, each with what it should come to."""
    yield from _markup()
    yield from _microdata()
    yield from _calendars()
    yield from _passes()
    yield from _codes()
    yield from _documents()
    yield from _two_parts()


def _field(key: str, label: str, value: object, **more: str) -> dict[str, object]:
    return {"key": key, "label": label, "value": value, **more}


def _flight(number: str, origin: str, destination: str, **times: str) -> dict[str, Any]:
    return {
        "@type": "Flight",
        "flightNumber": number,
        "airline": {"@type": "Airline", "name": "KLM", "iataCode": "KL"},
        "departureAirport": {"@type": "Airport", "name": origin, "iataCode": origin},
        "arrivalAirport": {"@type": "Airport", "name": destination, "iataCode": destination},
        **times,
    }


# --- markup --------------------------------------------------------------------------------------


def _markup() -> Iterator[Made]:
    def marked(
        name: str, sender: str, subject: str, script: str, *lines: str, expected: tuple[str, ...]
    ) -> Made:
        rows = "".join(f"<tr><td>{line}</td></tr>" for line in lines)
        page = framed(
            f'<html><head><script type="application/ld+json">{script}</script></head><body><table>{rows}</table></body></html>'
        )
        held = mail(sender, subject, html=page)
        held["Date"] = "Tue, 18 Aug 2026 10:04:00 +0200"
        return name, held, [*expected]

    person = {"@type": "Person", "name": "Anna Berg"}
    flights = [
        {
            "@context": _CONTEXT, "@type": "FlightReservation", "reservationNumber": "QK7M3A", "reservationStatus": "http://schema.org/Confirmed",
            "underName": person, "airplaneSeat": "", "boardingGroup": "", "reservationFor": flight,
        }
        for flight in (
            _flight("1770", "FRA", "AMS", departureTime="2026-11-09T17:35:00+01:00", arrivalTime="2026-11-09T18:50:00+01:00"),
            _flight("0927", "AMS", "DUB", departureTime="2026-11-09T21:10:00+01:00", arrivalTime="2026-11-09T21:50:00+00:00"),
        )
    ]  # fmt: skip
    yield marked(
        "u14-markup-flights-array-empty-seats", "KLM <noreply@klm.com>", "Your booking QK7M3A is confirmed", json.dumps(flights),
        "Thank you for booking with KLM", "Booking code: QK7M3A", "KL1770, Mon 9 Nov 2026", "17:35 Frankfurt (FRA) - 18:50 Amsterdam (AMS)", "KL0927, Mon 9 Nov 2026", "21:10 Amsterdam (AMS) - 21:50 Dublin (DUB)",
        expected=(
            "air QK7M3A carrier=KL flight_number=1770 origin.code=FRA destination.code=AMS start=2026-11-09T17:35 end=2026-11-09T18:50",
            "air QK7M3A carrier=KL flight_number=927 origin.code=AMS destination.code=DUB start=2026-11-09T21:10 end=2026-11-09T21:50",
        ),
    )  # fmt: skip
    text_airline = {
        "@context": _CONTEXT, "@type": "http://schema.org/FlightReservation", "reservationId": "7QMK3X", "underName": "Anna Berg",
        "reservationFor": {
            "@type": "http://schema.org/Flight", "flightNumber": "EW 9463", "airline": "Eurowings", "departureAirport": "DUS",
            "arrivalAirport": "VIE", "departureTime": "2026-11-09T06:40:00", "arrivalTime": "2026-11-09T08:20:00",
        },
    }  # fmt: skip
    yield marked(
        "u14-markup-flight-texts-for-things", "Eurowings <noreply@eurowings.example>", "Buchungsbestätigung 7QMK3X", json.dumps(text_airline),
        "Buchungscode 7QMK3X", "Flug EW 9463 am 09.11.2026", "06:40 Düsseldorf (DUS) - 08:20 Wien (VIE)",
        expected=("air 7QMK3X carrier=EW flight_number=9463 origin.code=DUS destination.code=VIE start=2026-11-09T06:40 end=2026-11-09T08:20",),
    )  # fmt: skip
    lodging = {
        "@context": _CONTEXT, "@type": "LodgingReservation", "reservationNumber": "88-7712", "reservationStatus": "Confirmed",
        "underName": person, "checkinDate": "2026-11-09 15:00:00", "checkoutDate": "2026-11-11 11:00:00",
        "reservationFor": [{"@type": "Hotel", "name": "Hotel Drei Raben", "telephone": "", "address": {"@type": "PostalAddress", "addressLocality": "Nürnberg", "addressCountry": "Germany"}}],
        "numAdults": "1", "priceCurrency": "EUR", "totalPrice": "",
    }  # fmt: skip
    yield marked(
        "u14-markup-lodging-blank-for-t", "Hotel Drei Raben <stay@dreiraben.example>", "Ihre Buchung", json.dumps(lodging),
        "Wir freuen uns auf Sie.", "Buchungsnummer: 88-7712", "Hotel Drei Raben", "Anreise: 09.11.2026 ab 15:00 Uhr", "Abreise: 11.11.2026 bis 11:00 Uhr",
        expected=('hotel 88-7712 name="Hotel Drei Raben" start=2026-11-09T15:00 end=2026-11-11T11:00',),
    )  # fmt: skip
    train = {
        "@context": _CONTEXT, "@type": "TrainReservation", "reservationNumber": "KX7M3Q", "reservationStatus": "http://schema.org/ReservationConfirmed",
        "underName": person,
        "reservationFor": {
            "@type": "TrainTrip", "trainName": "Eurostar", "trainNumber": "9421", "provider": {"@type": "Organization", "name": "Eurostar"},
            "departureStation": {"@type": "TrainStation", "name": "Köln Hbf"}, "arrivalStation": {"@type": "TrainStation", "name": "Bruxelles-Midi"},
            "departureTime": "2026-11-09T09:43+0100", "arrivalTime": "2026-11-09T11:35+0100",
        },
        "reservedTicket": [{"@type": "Ticket", "ticketedSeat": {"@type": "Seat", "seatNumber": "61", "seatRow": None, "seatSection": "23"}}],
    }  # fmt: skip
    yield marked(
        "u14-markup-train-offset-without-colon", "Eurostar <noreply@e.eurostar.com>", "Booking KX7M3Q", json.dumps(train),
        "Your booking is confirmed", "Booking reference: KX7M3Q", "Train: Eurostar 9421", "Departure: Köln Hbf, 9 Nov 2026, 09:43", "Arrival: Bruxelles-Midi, 9 Nov 2026, 11:35",
        expected=('rail KX7M3Q origin.name="Köln Hbf" destination.name="Bruxelles-Midi" start=2026-11-09T09:43 end=2026-11-09T11:35',),
    )  # fmt: skip
    car = {
        "@context": _CONTEXT, "@type": "RentalCarReservation", "reservationNumber": "77120399US1", "reservationStatus": "http://schema.org/Confirmed",
        "underName": person, "reservationFor": {"@type": "RentalCar", "name": "Compact", "model": "Golf", "brand": {"@type": "Brand", "name": "VW"}, "rentalCompany": {"@type": "Organization", "name": "Avis"}},
        "pickupLocation": {"@type": "Place", "name": "Nice Airport", "address": {"@type": "PostalAddress", "addressLocality": "Nice", "addressCountry": "FR"}},
        "dropoffLocation": {"@type": "Place", "name": "Marseille Airport", "address": {"@type": "PostalAddress", "addressLocality": "Marseille", "addressCountry": "FR"}},
        "pickupTime": "2026-11-09T10:00:00", "dropoffTime": "2026-11-12T18:00:00",
    }  # fmt: skip
    yield marked(
        "u14-markup-car-html-escaped", "Avis <avis@e.avis.com>", "Your Avis reservation", html.escape(json.dumps(car)),
        "Confirmation number: 77120399US1", "Pick-up: Nice Airport, 9 Nov 2026, 10:00", "Return: Marseille Airport, 12 Nov 2026, 18:00",
        expected=("car 77120399US1 vendor_name=Avis start=2026-11-09T10:00 end=2026-11-12T18:00",),
    )  # fmt: skip
    left_over = {
        "@context": "https://schema.org/", "@type": "BusReservation", "reservationId": "B7712-0399", "reservationStatus": "https://schema.org/ReservationConfirmed",
        "underName": person, "ticketNumber": "{{ticket.number}}",
        "reservationFor": {
            "@type": "BusTrip", "busName": "Line 712", "busNumber": "",
            "departureBusStop": {"@type": "BusStation", "name": "Ljubljana AP"}, "arrivalBusStop": {"@type": "BusStation", "name": "Zagreb AK"},
            "departureTime": "2026-11-09T08:25:00+01:00", "arrivalTime": "2026-11-09T10:45:00+01:00", "provider": {"@type": "Organization", "name": "{{provider}}"},
        },
    }  # fmt: skip
    yield marked(
        "u14-markup-bus-placeholders-left", "Arriva <noreply@arriva.example>", "Your ticket", json.dumps(left_over),
        "Booking number: B7712-0399", "Bus: Line 712", "Departure: Ljubljana AP, 9 Nov 2026, 08:25", "Arrival: Zagreb AK, 9 Nov 2026, 10:45",
        expected=('ride B7712-0399 origin.name="Ljubljana AP" destination.name="Zagreb AK" start=2026-11-09T08:25 end=2026-11-09T10:45',),
    )  # fmt: skip
    dining = {
        "@context": _CONTEXT, "@type": "FoodEstablishmentReservation", "reservationNumber": "TF-77120", "reservationStatus": "Confirmed",
        "partySize": "2", "startTime": "2026-11-09T19:45:00+01:00", "underName": person,
        "reservationFor": {"@type": "FoodEstablishment", "name": "Mani &amp; Pane", "address": "Gasse 3, Wien"},
    }  # fmt: skip
    yield marked(
        "u14-markup-dining-entity-in-name", "Table <noreply@table.example>", "Reservation confirmed", json.dumps(dining), "Reservation number: TF-77120", "Restaurant: Mani &amp; Pane", "Date: 9 November 2026, 19:45", "Party size: 2",
        expected=('dining TF-77120 name="Mani & Pane" start=2026-11-09T19:45 party_size=2',),
    )  # fmt: skip
    tickets = [
        {
            "@context": _CONTEXT, "@type": "EventReservation", "reservationNumber": "9771203441", "reservationStatus": "http://schema.org/Confirmed", "underName": person,
            "reservationFor": {"@type": "Event", "name": "Data Days 2026", "startDate": "2026-11-10T09:00:00+01:00", "endDate": "2026-11-11T17:00:00+01:00",
                               "location": {"@type": "Place", "name": "Kongresshaus", "address": {"@type": "PostalAddress", "addressLocality": "Zürich", "addressCountry": "CH"}}},
            "ticketNumber": f"97712034410{n}",
        }
        for n in (1, 2)
    ]  # fmt: skip
    yield marked(
        "u14-markup-event-a-block-a-ticket", "Eventbrite <orders@eventbrite.com>", "Your tickets for Data Days 2026", json.dumps({"@graph": tickets}),
        "Order #9771203441", "Event: Data Days 2026", "Date: 10 November 2026, 09:00", "Venue: Kongresshaus, Zürich",
        expected=('event 9771203441 name="Data Days 2026" start=2026-11-10T09:00',),
    )  # fmt: skip
    cancelled = {
        "@context": _CONTEXT, "@type": "LodgingReservation", "reservationNumber": "4471203999", "reservationStatus": "http://schema.org/Cancelled",
        "modifiedTime": "2026-08-18T08:00:00Z", "underName": person, "checkinDate": "2026-11-09T14:00:00+01:00", "checkoutDate": "2026-11-12T11:00:00+01:00",
        "reservationFor": {"@type": "LodgingBusiness", "name": "Hotel Bon Sol"},
    }  # fmt: skip
    yield marked(
        "u14-markup-lodging-cancelled", "Booking.com <noreply@booking.com>", "Your booking has been cancelled", json.dumps(cancelled),
        "Your booking 4471203999 at Hotel Bon Sol has been cancelled.", "Check-in: 9 November 2026", "Check-out: 12 November 2026",
        expected=("hotel 4471203999 cancelled start=2026-11-09",),
    )  # fmt: skip
    order = {
        "@context": _CONTEXT, "@type": "Order", "orderNumber": "302-7712034-4471203", "orderStatus": "http://schema.org/OrderProcessing",
        "merchant": {"@type": "Organization", "name": "Shop"}, "acceptedOffer": {"@type": "Offer", "itemOffered": {"@type": "Product", "name": "Travel adapter"}, "price": "12.99", "priceCurrency": "EUR"},
    }  # fmt: skip
    yield marked(
        "u14-markup-no-order", "Shop <orders@shop.example>", "Your order has been received", json.dumps(order),
        "Order number: 302-7712034-4471203", "Arriving: Friday, 21 August 2026",
        expected=(),
    )  # fmt: skip


def _microdata() -> Iterator[Made]:
    page = framed("""<html><body>
<div itemscope itemtype="http://schema.org/LodgingReservation">
<meta itemprop="reservationNumber" content="4471204471"><link itemprop="reservationStatus" href="http://schema.org/Confirmed">
<div itemprop="underName" itemscope itemtype="http://schema.org/Person"><meta itemprop="name" content="Anna Berg"></div>
<div itemprop="reservationFor" itemscope itemtype="http://schema.org/LodgingBusiness"><span itemprop="name">Riad Dar Anika</span>
<div itemprop="address" itemscope itemtype="http://schema.org/PostalAddress"><span itemprop="streetAddress">112, Arset Ben Chebli</span>
<span itemprop="addressLocality">Marrakech</span> <meta itemprop="addressCountry" content="Morocco"></div></div>
<meta itemprop="checkinDate" content="2026-11-09T14:00:00+01:00"><meta itemprop="checkoutDate" content="2026-11-12T12:00:00+01:00">
<meta itemprop="modifyReservationUrl" content="https://example.com/x">
</div><p>Check-in Monday, November 9, 2026 (14:00 - 23:30)</p></body></html>""")
    held = mail("Booking.com <noreply@booking.com>", "Thanks! Your booking is confirmed", html=page)
    held["Date"] = "Tue, 18 Aug 2026 10:04:00 +0200"
    yield (
        "u14-microdata-lodging-span-and-meta",
        held,
        ['hotel 4471204471 name="Riad Dar Anika" start=2026-11-09T14:00 end=2026-11-12T12:00'],
    )


# --- calendars -----------------------------------------------------------------------------------


def _calendars() -> Iterator[Made]:
    def attached(
        name: str, sender: str, subject: str, *lines: str, expected: tuple[str, ...], method: str = "PUBLISH"
    ) -> Made:
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
            mail(sender, subject, "The appointment is attached."),
            calendar.encode(),
            "text/calendar",
            "invite.ics",
        )
        held["Date"] = "Tue, 18 Aug 2026 10:04:00 +0200"
        return name, held, [*expected]

    yield attached(
        "u14-ics-outlook-zone-names", "Aegean <noreply@aegeanair.example>", "Your flight in your calendar",
        "BEGIN:VTIMEZONE", "TZID:W. Europe Standard Time", "BEGIN:STANDARD", "DTSTART:16010101T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "END:STANDARD", "END:VTIMEZONE",
        "BEGIN:VEVENT", "UID:u14a@v.example", "DTSTAMP:20260818T070000Z", 'DTSTART;TZID="W. Europe Standard Time":20261109T101500',
        'DTEND;TZID="W. Europe Standard Time":20261109T124500', "SUMMARY:A3 831 FRA-ATH", "LOCATION:Frankfurt Airport (FRA)",
        "DESCRIPTION:Booking reference: 3XKQ7M\\nFlight A3 831\\nFrom: Frankfurt (FRA) 10:15\\nTo: Athens (ATH) 13:45", "X-MICROSOFT-CDO-BUSYSTATUS:OOF", "END:VEVENT",
        expected=("air 3XKQ7M carrier=A3 flight_number=831 origin.code=FRA destination.code=ATH start=2026-11-09T10:15",),
    )  # fmt: skip
    yield attached(
        "u14-ics-two-events-folded", "Ryanair <itinerary@ryanair.com>", "Add to calendar",
        "BEGIN:VEVENT", "UID:u14b1@v.example", "DTSTAMP:20260818T070000Z", "DTSTART:20261109T062500", "DTEND:20261109T094500",
        "SUMMARY:FR1143 Dublin (DUB) to Berlin (BER)", "DESCRIPTION:Reservation number: QM7XKZ\\nPlease arrive 2 hours before departure. Your bag\\, small",
        "  and fitting under the seat\\, is free.", "END:VEVENT",
        "BEGIN:VEVENT", "UID:u14b2@v.example", "DTSTAMP:20260818T070000Z", "DTSTART:20261112T211000", "DTEND:20261112T223000",
        "SUMMARY:FR1144 Berlin (BER) to Dublin (DUB)", "DESCRIPTION:Reservation number: QM7XKZ", "END:VEVENT",
        expected=(
            "air QM7XKZ carrier=FR flight_number=1143 origin.code=DUB destination.code=BER start=2026-11-09T06:25 end=2026-11-09T09:45",
            "air QM7XKZ carrier=FR flight_number=1144 origin.code=BER destination.code=DUB start=2026-11-12T21:10 end=2026-11-12T22:30",
        ),
    )  # fmt: skip
    yield attached(
        "u14-ics-stay-in-utc", "Mews <noreply@mews.example>", "Your reservation at Hotel Emil",
        "BEGIN:VEVENT", "UID:u14c@v.example", "DTSTAMP:20260818T070000Z", "DTSTART:20261109T140000Z", "DTEND:20261111T100000Z",
        "SUMMARY:Your stay at Hotel Emil", "LOCATION:Náměstí 4\\, 110 00 Praha\\, Czechia", "DESCRIPTION:Confirmation number: 77120412\\nCheck-in: 15:00\\nCheck-out: 11:00", "END:VEVENT",
        expected=("hotel 77120412 start=2026-11-09 end=2026-11-11",),
    )  # fmt: skip
    yield attached(
        "u14-ics-table", "Resy <reservations@resy.com>", "Add your reservation to your calendar",
        "BEGIN:VEVENT", "UID:u14d@v.example", "DTSTAMP:20260818T070000Z", "DTSTART;TZID=America/New_York:20261109T190000", "DTEND;TZID=America/New_York:20261109T203000",
        "SUMMARY:Reservation at Via Carota for 2", "LOCATION:51 Grove St\\, New York\\, NY", "DESCRIPTION:Confirmation: VC77120\\nParty of 2", "END:VEVENT",
        expected=('dining VC77120 name="Via Carota" start=2026-11-09T19:00 party_size=2',),
    )  # fmt: skip
    yield attached(
        "u14-ics-no-teams-meeting", "ben@corp.example", "Trip debrief",
        "BEGIN:VEVENT", "UID:u14e@v.example", "DTSTAMP:20260818T070000Z", "DTSTART:20261116T090000Z", "DTEND:20261116T100000Z",
        "SUMMARY:Debrief: Lisbon trip", "LOCATION:Microsoft Teams Meeting", "ORGANIZER;CN=Ben:mailto:ben@corp.example", "ATTENDEE;CN=Anna;RSVP=TRUE:mailto:anna.berg@example.com",
        "DESCRIPTION:Flights LH1166 and hotel costs\\nMeeting ID: 377 120 344 71\\nPasscode: KXQ7M3", "END:VEVENT",
        expected=(), method="REQUEST",
    )  # fmt: skip


# --- passes --------------------------------------------------------------------------------------


def _passes() -> Iterator[Made]:
    def passed(name: str, archive: bytes, *expected: str) -> Made:
        held = with_file(
            mail("pass@vendor.example", "Your mobile pass", "Add it to your wallet."),
            archive,
            _PKPASS,
            "pass.pkpass",
        )
        held["Date"] = "Sun, 08 Nov 2026 10:04:00 +0100"
        return name, held, [*expected]

    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("pass.json", json.dumps({
            "formatVersion": 1, "organizationName": "ÖBB", "description": "Ticket", "relevantDate": "2026-11-09T08:30:00+01:00",
            "boardingPass": {
                "transitType": "PKTransitTypeTrain",
                "headerFields": [_field("train", "train_label", "RJX 67")],
                "primaryFields": [_field("from", "Wien Hbf", "08:30"), _field("to", "Innsbruck Hbf", "12:44")],
                "secondaryFields": [_field("date", "date_label", "09.11.2026"), _field("name", "passenger_label", "Anna Berg")],
                "backFields": [_field("code", "code_label", "7712003499")],
            },
        }))  # fmt: skip
        archive.writestr(
            "en.lproj/pass.strings",
            '"train_label" = "TRAIN";\n"date_label" = "DATE";\n"passenger_label" = "PASSENGER";\n"code_label" = "Booking code";\n'.encode(
                "utf-16"
            ),
        )
    yield passed(
        "u14-pkpass-train-translated-labels",
        held.getvalue(),
        'rail 7712003499 origin.name="Wien Hbf" destination.name="Innsbruck Hbf" start=2026-11-09T08:30',
    )
    code = pass_text("BERG/ANNA", leg("KQ7M3B", "MUC", "HAM", "LH", "2066", 313, "21F"))
    yield passed(
        "u14-pkpass-flight-code-alone",
        pkpass({
            "organizationName": "Lufthansa", "description": "Boarding pass", "barcode": {"format": "PKBarcodeFormatAztec", "message": code, "messageEncoding": "iso-8859-1"},
            "boardingPass": {
                "transitType": "PKTransitTypeAir", "headerFields": [_field("gate", "GATE", "G28"), _field("seat", "SEAT", "21F")],
                "primaryFields": [_field("origin", "MUNICH", "MUC"), _field("destination", "HAMBURG", "HAM")],
                "auxiliaryFields": [_field("flight", "FLIGHT", "LH 2066"), _field("date", "DATE", "09NOV"), _field("dep", "DEPARTURE", "10:00"), _field("board", "BOARDING", "09:30")],
            },
        }),
        "air KQ7M3B carrier=LH flight_number=2066 origin.code=MUC destination.code=HAM start=2026-11-09T10:00 seats=21F",
    )  # fmt: skip
    yield passed(
        "u14-pkpass-no-loyalty-card",
        pkpass({
            "organizationName": "Hotels Club", "description": "Member card",
            "storeCard": {"primaryFields": [_field("points", "POINTS", 12400)], "secondaryFields": [_field("name", "MEMBER", "Anna Berg"), _field("no", "Member number", "7712034471")],
                          "auxiliaryFields": [_field("valid", "VALID UNTIL", "2027-12-31")]},
        }),
    )  # fmt: skip


def _codes() -> Iterator[Made]:
    def coded(name: str, sender: str, body: str, format_: Any, *expected: str, kind: str = "PNG") -> Made:
        subtype = kind.lower()
        held = with_file(
            mail(sender, "Your boarding pass", "Please print it, or show it on your phone."),
            picture(body, format_, kind),
            f"image/{subtype}",
            f"code.{subtype}",
        )
        held["Date"] = "Sun, 08 Nov 2026 10:04:00 +0100"
        return name, held, [*expected]

    formats = zxingcpp.BarcodeFormat
    more = (
        ">6"
        "18"
        "1"
        "M"
        "M"
        "6230"
        "B"
        "LO "
        + " " * 13
        + "2A"
        + "080"
        + "2412345678"
        + "0"
        + "2"
        + "LO "
        + "LO "
        + f"{'1234567890':<16}"
        + " "
        + "1PC"
        + "N"
    )
    yield coded(
        "u14-bcbp-version-6-pdf417", "LOT <noreply@lot.example>", pass_text("BERG/ANNA MRS", leg("7KXQ3M", "WAW", "FRA", "LO", "379", 313, "12A", more)), formats.PDF417,
        "air 7KXQ3M carrier=LO flight_number=379 origin.code=WAW destination.code=FRA start=2026-11-09 seats=12A",
    )  # fmt: skip
    yield coded(
        "u14-bcbp-qr-jpeg", "Vueling <no-reply@vueling.com>", pass_text("BERG/ANNA", leg("MX7QK3", "BCN", "ORY", "VY", "8020", 313, "3C")), formats.QRCode,
        "air MX7QK3 carrier=VY flight_number=8020 origin.code=BCN destination.code=ORY start=2026-11-09 seats=3C", kind="JPEG",
    )  # fmt: skip


# --- documents, and mails of two parts -----------------------------------------------------------


def _documents() -> Iterator[Made]:
    def attached(name: str, sender: str, subject: str, *lines: str, expected: tuple[str, ...]) -> Made:
        held = with_file(
            mail(sender, subject, "Dear guest,\n\nplease find your documents attached.\n"),
            pdf("\n".join(lines)),
            "application/pdf",
            "voucher.pdf",
        )
        held["Date"] = "Tue, 18 Aug 2026 10:04:00 +0200"
        return name, held, [*expected]

    yield attached(
        "u14-pdf-car-voucher", "CarTrawler <voucher@cartrawler.example>", "Your voucher IE77120344",
        "VOUCHER", "Reservation number: IE77120344", "Driver: Ms Anna Berg", "Supplier: Goldcar",
        "Pick-up: Mon 09 Nov 2026 10:30   Alicante Airport", "Drop-off: Fri 13 Nov 2026 09:00   Alicante Airport",
        "Car: Fiat Panda or similar", "Excess: EUR 1,100.00",
        expected=("car IE77120344 start=2026-11-09T10:30 end=2026-11-13T09:00",),
    )  # fmt: skip
    yield attached(
        "u14-pdf-ticket-grid", "Air Serbia <noreply@airserbia.example>", "Your e-ticket",
        "Electronic ticket itinerary / receipt", "Reservation code: 3M7XQK", "Passenger: BERG / ANNA MRS", "Ticket: 115 2412345678",
        "Flight   Date        From                 To                   Dep    Arr    Class  Status",
        "JU 351   09NOV2026   FRANKFURT (FRA) T2   BELGRADE (BEG) T2    10:50  12:40  Y      OK",
        "JU 350   12NOV2026   BELGRADE (BEG) T2    FRANKFURT (FRA) T2   07:35  09:35  Y      OK",
        expected=(
            "air 3M7XQK carrier=JU flight_number=351 origin.code=FRA destination.code=BEG start=2026-11-09T10:50 end=2026-11-09T12:40",
            "air 3M7XQK carrier=JU flight_number=350 origin.code=BEG destination.code=FRA start=2026-11-12T07:35 end=2026-11-12T09:35",
        ),
    )  # fmt: skip


def _two_parts() -> Iterator[Made]:
    def both(name: str, sender: str, subject: str, text: str, page: str, *expected: str) -> Made:
        held = mail(sender, subject, text, framed(page))
        held["Date"] = "Tue, 18 Aug 2026 10:04:00 +0200"
        return name, held, [*expected]

    yield both(
        "u14-two-parts-text-says-nothing", "NH Hotels <reservations@nh-hotels.example>", "Booking confirmation 7712034488",
        "Your mail program does not show HTML. View this message in a browser: https://view.example/8f2\n",
        "<html><body><table><tr><td>Dear Anna Berg, your booking is confirmed.</td></tr><tr><td><table><tr><td>Booking number</td><td>Arrival</td><td>Departure</td></tr>"
        "<tr><td>7712034488</td><td>Mon 09/11/2026</td><td>Wed 11/11/2026</td></tr></table></td></tr><tr><td>NH Collection Gran Hotel Calder&oacute;n<br>Rambla Catalunya, 26. 08007 Barcelona</td></tr></table></body></html>",
        'hotel 7712034488 name="NH Collection Gran Hotel Calderón" start=2026-11-09 end=2026-11-11',
    )  # fmt: skip
    yield both(
        "u14-two-parts-links-in-text", "Norwegian <noreply@norwegian.com>", "Travel documents - booking reference K7Q3MX",
        "[image: Norwegian] <https://www.norwegian.com/?utm=1>\n\n*Booking reference: K7Q3MX*\n\n*Outbound: Copenhagen - Bergen*\n\n"
        "DY935 <https://links.example/a?d=20260818>  Mon 09 Nov 2026\n10:40 Copenhagen (CPH)\n12:05 Bergen (BGO)\n\n*Passenger*\nAnna Berg\n\nManage booking\n<https://links.example/b>\n",
        "<html><body><table><tr><td>Booking reference: <b>K7Q3MX</b></td></tr><tr><td><b>Outbound: Copenhagen - Bergen</b></td></tr><tr><td><a href='#'>DY935</a></td><td>Mon 09 Nov 2026</td></tr>"
        "<tr><td>10:40</td><td>Copenhagen (CPH)</td></tr><tr><td>12:05</td><td>Bergen (BGO)</td></tr></table></body></html>",
        "air K7Q3MX carrier=DY flight_number=935 origin.code=CPH destination.code=BGO start=2026-11-09T10:40 end=2026-11-09T12:05",
    )  # fmt: skip
    yield both(
        "u14-two-parts-numbers-as-separate-cells", "Wizz Air <noreply@notifications.wizzair.com>", "Your itinerary: K3XQ7M",
        "Flight confirmation code: K3XQ7M\n\nGOING OUT\n\nFlight Number: W6 2327\n\nDeparts from: Budapest (BUD) - Terminal 2B\n09/11/2026 06:10\n\nArrives to: Frankfurt Hahn (HHN)\n09/11/2026 07:55\n",
        "<html><body><table><tr><td>Flight confirmation code:</td><td>K3XQ7M</td></tr></table><table><tr><td colspan='2'>GOING OUT</td></tr><tr><td>Flight Number:</td><td>W6 2327</td></tr><tr><td>Departs from:</td><td>Arrives to:</td></tr>"
        "<tr><td>Budapest (BUD) - Terminal 2B</td><td>Frankfurt Hahn (HHN)</td></tr><tr><td>09/11/2026 06:10</td><td>09/11/2026 07:55</td></tr></table></body></html>",
        "air K3XQ7M carrier=W6 flight_number=2327 origin.code=BUD destination.code=HHN start=2026-11-09T06:10 end=2026-11-09T07:55",
    )  # fmt: skip
