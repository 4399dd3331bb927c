"""Samples of what machines read: markup, passes, bar codes, calendars, PDFs, and how templates break them."""

import io
import json
import zipfile
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import zxingcpp
from PIL import Image

from tests.support.email_frame import framed

Made = tuple[str, EmailMessage, list[str]]


def mail(sender: str, subject: str, text: str | None = None, html: str | None = None) -> EmailMessage:
    """Return a mail to the traveller of the samples."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "anna.berg@example.com", subject
    if text is not None:
        message.set_content(text)
    if html is not None and text is not None:
        message.add_alternative(html, subtype="html")
    elif html is not None:
        message.set_content(html, subtype="html")
    return message


def with_file(message: EmailMessage, body: bytes, kind: str, name: str) -> EmailMessage:
    """Attach a file."""
    maintype, _, subtype = kind.partition("/")
    message.add_attachment(body, maintype=maintype, subtype=subtype, filename=name)
    return message


def machine_made() -> Iterator[Made]:
    """Return every such sample."""
    yield from _markup()
    yield from _broken_markup()
    yield from _microdata()
    yield from _boarding_passes()
    yield from _wallet_passes()
    yield from _calendars()
    yield from _documents()
    yield from _packed()


# --- schema.org ----------------------------------------------------------------------------------


def _dialect(node: dict[str, Any], google: bool) -> dict[str, Any]:
    """Write a reservation in schema.org's words, or in the older ones of large mail providers."""
    if not google:
        return {
            "@context": "https://schema.org",
            **node,
            "reservationStatus": f"https://schema.org/Reservation{node.get('reservationStatus', 'Confirmed')}",
        }
    renamed = {
        "reservationId": "reservationNumber",
        "checkinTime": "checkinDate",
        "checkoutTime": "checkoutDate",
    }
    return {
        "@context": "http://schema.org",
        **{renamed.get(name, name): value for name, value in node.items()},
        "reservationStatus": node.get("reservationStatus", "Confirmed"),
    }


def _person(name: str) -> dict[str, str]:
    return {"@type": "Person", "name": name}


def _address(street: str, city: str, postal: str, country: str) -> dict[str, str]:
    return {
        "@type": "PostalAddress",
        "streetAddress": street,
        "addressLocality": city,
        "postalCode": postal,
        "addressCountry": country,
    }


def _flight(number: str, carrier: str, origin: str, destination: str, start: str, end: str) -> dict[str, Any]:
    return {
        "@type": "Flight", "flightNumber": number, "airline": {"@type": "Airline", "name": "Airline", "iataCode": carrier},
        "departureAirport": {"@type": "Airport", "name": f"{origin} Airport", "iataCode": origin}, "departureTime": start,
        "arrivalAirport": {"@type": "Airport", "name": f"{destination} Airport", "iataCode": destination}, "arrivalTime": end,
    }  # fmt: skip


NODES: dict[str, tuple[dict[str, Any], list[str], str]] = {
    "flight": (
        {"@type": "FlightReservation", "reservationId": "RXJ34P", "underName": _person("Eva Berg"), "reservationFor": _flight("110", "UA", "SFO", "JFK", "2027-03-04T20:15:00-08:00", "2027-03-05T06:30:00-05:00")},
        ["air RXJ34P carrier=UA flight_number=110 origin.code=SFO destination.code=JFK start=2027-03-04T20:15 end=2027-03-05T06:30", 'booking passengers="Eva Berg"'],
        "Confirmation number: RXJ34P\nPassenger: Eva Berg\nUA110 Thu, 4 Mar 2027\nSan Francisco (SFO) 8:15 PM - New York (JFK) 6:30 AM +1",
    ),
    "hotel": (
        {"@type": "LodgingReservation", "reservationId": "ABC456", "underName": _person("Eva Berg"), "checkinTime": "2027-04-11T16:00:00-07:00", "checkoutTime": "2027-04-13T11:00:00-07:00",
         "reservationFor": {"@type": "LodgingBusiness", "name": "Union Square Rooms", "telephone": "415-555-0100", "address": _address("333 O'Farrell St", "San Francisco", "94102", "US")}},
        ['hotel ABC456 name="Union Square Rooms" start=2027-04-11T16:00 end=2027-04-13T11:00', 'booking passengers="Eva Berg"'],
        "Confirmation number: ABC456\nGuest: Eva Berg\nHotel: Union Square Rooms\nCheck-in: Sunday, April 11, 2027, 4:00 PM\nCheck-out: Tuesday, April 13, 2027, 11:00 AM\nAddress: 333 O'Farrell St, San Francisco, CA 94102",
    ),
    "car": (
        {"@type": "RentalCarReservation", "reservationId": "546323", "underName": _person("Eva Berg"), "provider": {"@type": "Organization", "name": "Hertz"},
         "reservationFor": {"@type": "Car", "name": "Economy Class Car", "model": "Civic"}, "pickupTime": "2027-08-05T16:00:00-07:00", "dropoffTime": "2027-08-06T20:00:00-07:00",
         "pickupLocation": {"@type": "Place", "name": "San Diego Airport"}, "dropoffLocation": {"@type": "Place", "name": "Los Angeles Airport"}},
        ['car 546323 start=2027-08-05T16:00 end=2027-08-06T20:00 origin.name="San Diego Airport" destination.name="Los Angeles Airport"'],
        "Reservation number: 546323\nPick-up: San Diego Airport, Aug 5, 2027 4:00 PM\nDrop-off: Los Angeles Airport, Aug 6, 2027 8:00 PM\nDriver: Eva Berg",
    ),
    "train": (
        {"@type": "TrainReservation", "reservationId": "TRA7XY", "underName": _person("Eva Berg"),
         "reservationFor": {"@type": "TrainTrip", "trainNumber": "ICE 70", "departureStation": {"@type": "TrainStation", "name": "Basel SBB"}, "departureTime": "2027-01-14T10:13:00+01:00",
                            "arrivalStation": {"@type": "TrainStation", "name": "Hamburg Hbf"}, "arrivalTime": "2027-01-14T16:53:00+01:00"}},
        ['rail TRA7XY train_number="ICE 70" origin.name="Basel SBB" destination.name="Hamburg Hbf" start=2027-01-14T10:13 end=2027-01-14T16:53'],
        "Buchungscode: TRA7XY\n14.01.2027\nICE 70\nBasel SBB ab 10:13\nHamburg Hbf an 16:53",
    ),
    "bus": (
        {"@type": "BusReservation", "reservationId": "3344556677", "underName": _person("Eva Berg"),
         "reservationFor": {"@type": "BusTrip", "provider": {"@type": "Organization", "name": "Coach Lines"}, "departureBusStop": {"@type": "BusStation", "name": "Port Terminal"}, "departureTime": "2027-01-04T12:30:00-05:00",
                            "arrivalBusStop": {"@type": "BusStation", "name": "South Station"}, "arrivalTime": "2027-01-04T17:10:00-05:00"}},
        ['ride 3344556677 origin.name="Port Terminal" destination.name="South Station" start=2027-01-04T12:30 end=2027-01-04T17:10'],
        "Booking number: 3344556677\nBus line: 7\nFrom: Port Terminal\nTo: South Station\nDate: 4 January 2027\nDeparture: 12:30\nArrival: 17:10",
    ),
    "dining": (
        {"@type": "FoodEstablishmentReservation", "reservationId": "OT12345", "underName": _person("Eva Berg"), "startTime": "2027-04-10T20:00:00+01:00", "partySize": 2,
         "reservationFor": {"@type": "FoodEstablishment", "name": "Noodle Corner", "address": _address("1 Tavistock Street", "London", "WC2E 7PG", "GB")}},
        ['dining OT12345 name="Noodle Corner" start=2027-04-10T20:00 party_size=2'],
        "Reservation number: OT12345\nRestaurant: Noodle Corner\nDate: 10 April 2027\nTime: 20:00\nParty size: 2",
    ),
    "event": (
        {"@type": "EventReservation", "reservationId": "E123456789", "underName": _person("Eva Berg"),
         "reservationFor": {"@type": "MusicEvent", "name": "Foxes in Concert", "startDate": "2027-03-06T19:30:00-08:00", "location": {"@type": "Place", "name": "Bay Park", "address": _address("24 Mays Plaza", "San Francisco", "94107", "US")}}},
        ['event E123456789 name="Foxes in Concert" start=2027-03-06T19:30 place.name="Bay Park"'],
        "Order number: E123456789\nEvent: Foxes in Concert\nVenue: Bay Park\nDate: Saturday, March 6, 2027 7:30 PM",
    ),
    "taxi": (
        {"@type": "TaxiReservation", "reservationId": "TX-546", "underName": _person("Eva Berg"), "pickupTime": "2027-08-05T16:00:00-04:00", "pickupLocation": {"@type": "Place", "name": "Harbour House"},
         "reservationFor": {"@type": "Taxi", "name": "Checker Rides"}},
        ['ride TX-546 origin.name="Harbour House" start=2027-08-05T16:00'],
        "Booking reference: TX-546\nYour taxi is confirmed\nPick-up: Harbour House\nPick-up time: August 5, 2027 4:00 PM\nDriver: Max",
    ),
}  # fmt: skip


def _page(script: str, text: str) -> str:
    rows = "".join(f"<div>{line}</div>" for line in text.split("\n"))
    return framed(
        f'<html><head><script type="application/ld+json">{script}</script></head><body>{rows}</body></html>'
    )


def _markup() -> Iterator[Made]:
    for kind, (node, expected, text) in NODES.items():
        for google in (False, True):
            name = f"jsonld-{kind}-{'google' if google else 'schema'}"
            script = json.dumps(_dialect(node, google), indent=1)
            yield (
                name,
                mail(
                    "Bookings <noreply@vendor.example>",
                    "Your booking confirmation",
                    text,
                    _page(script, text),
                ),
                expected,
            )
    yield from _markup_of_many()


def _markup_of_many() -> Iterator[Made]:
    flight = NODES["flight"][0]
    people = [_dialect({**flight, "underName": _person(name)}, True) for name in ("Eva Berg", "Tom Berg")]
    text = NODES["flight"][2].replace("Passenger: Eva Berg", "Passengers: Eva Berg, Tom Berg")
    air = NODES["flight"][1][0]
    both = [air, 'booking passengers="Eva Berg + Tom Berg"']
    yield (
        "jsonld-two-passengers",
        mail("a@airline.example", "Your booking", text, _page(json.dumps(people), text)),
        both,
    )
    graph = {
        "@context": "https://schema.org",
        "@graph": [flight, {"@type": "Organization", "name": "X"}],
    }
    yield (
        "jsonld-graph",
        mail(
            "a@airline.example",
            "Your booking",
            NODES["flight"][2],
            _page(json.dumps(graph), NODES["flight"][2]),
        ),
        [air],
    )
    home = {
        **flight,
        "reservationFor": _flight(
            "111", "UA", "JFK", "SFO", "2027-03-09T18:00:00-05:00", "2027-03-09T21:20:00-08:00"
        ),
    }
    way_home = "air RXJ34P carrier=UA flight_number=111 origin.code=JFK destination.code=SFO start=2027-03-09T18:00 end=2027-03-09T21:20"
    two = NODES["flight"][2] + "\nUA111 Tue, 9 Mar 2027\nNew York (JFK) 6:00 PM - San Francisco (SFO) 9:20 PM"
    package = {"@context": "https://schema.org", "@type": "ReservationPackage", "reservationId": "RXJ34P", "underName": _person("Eva Berg"),
               "subReservation": [{"@type": "FlightReservation", "reservationFor": each["reservationFor"]} for each in (flight, home)]}  # fmt: skip
    yield (
        "jsonld-package",
        mail("a@airline.example", "Your booking", two, _page(json.dumps(package), two)),
        [air, way_home],
    )
    listed = {**_dialect(flight, False), "reservationFor": [flight["reservationFor"], home["reservationFor"]]}
    yield (
        "jsonld-list-of-legs",
        mail("a@airline.example", "Your booking", two, _page(json.dumps(listed), two)),
        [air, way_home],
    )
    blocks = "</script><script type='application/ld+json'>".join(
        json.dumps(_dialect(each, True)) for each in (flight, home)
    )
    yield (
        "jsonld-two-blocks",
        mail("a@airline.example", "Your booking", two, _page(blocks, two)),
        [air, way_home],
    )
    gone = _dialect(
        {**NODES["hotel"][0], "reservationStatus": "Cancelled", "modifiedTime": "2026-05-04T08:00:00+02:00"},
        True,
    )
    text = "Your booking has been cancelled.\n" + NODES["hotel"][2]
    yield (
        "jsonld-cancelled",
        mail("h@hotel.example", "Booking cancelled", text, _page(json.dumps(gone), text)),
        [NODES["hotel"][1][0] + " cancelled"],
    )
    bare = {
        "@context": "http://schema.org",
        "@type": "LodgingReservation",
        "reservationNumber": "ABC456",
        "reservationStatus": "http://schema.org/Cancelled",
        "modifiedTime": "2026-05-04T08:00:00Z",
    }
    text = "Your booking ABC456 has been cancelled."
    yield (
        "jsonld-cancelled-number-only",
        mail("h@hotel.example", "Booking cancelled", text, _page(json.dumps(bare), text)),
        ["number ABC456 cancelled"],
    )


def _broken_markup() -> Iterator[Made]:
    node, expected, text = NODES["hotel"]
    script = json.dumps(_dialect(node, True), indent=1)
    breaks = {
        "missing-comma": script.replace('",\n "under', '"\n "under'),
        "trailing-commas": script.replace("\n}", ",\n}"),
        "never-closed": script.rstrip().rstrip("}"),
        "in-a-comment": f"<!--\n{script}\n-->",
        "in-cdata": f"//<![CDATA[\n{script}\n//]]>",
        "line-breaks-in-texts": script.replace("O'Farrell St", "O'Farrell\nSt"),
        "html-entities-around": f"\n\n{script}\n;",
        "after-an-empty-block": f"</script><script type='application/ld+json'>{script}",
        "after-a-broken-block": f'{{"@type": "Offer", "price" </script><script type="application/ld+json">{script}',
        "in-an-array-of-arrays": f"[[{script}]]",
        "reservation-for-as-list": json.dumps(
            {**_dialect(node, True), "reservationFor": [node["reservationFor"]]}
        ),
    }
    for name, broken in breaks.items():
        yield (
            f"broken-{name}",
            mail("stay@hotel.example", "Your booking is confirmed", text, _page(broken, text)),
            expected,
        )


def _microdata() -> Iterator[Made]:
    def prop(name: str, value: str) -> str:
        return f'<meta itemprop="{name}" content="{value}"/>'

    def thing(name: str, kind: str, inner: str) -> str:
        return f'<div itemprop="{name}" itemscope itemtype="http://schema.org/{kind}">{inner}</div>'

    head = (
        prop("reservationNumber", "RXJ34P")
        + '<link itemprop="reservationStatus" href="http://schema.org/Confirmed"/>'
        + thing("underName", "Person", prop("name", "Eva Berg"))
    )
    flight = thing("reservationFor", "Flight", prop("flightNumber", "110") + thing("airline", "Airline", prop("iataCode", "UA"))
                   + thing("departureAirport", "Airport", prop("iataCode", "SFO")) + '<time itemprop="departureTime" datetime="2027-03-04T20:15:00-08:00">8:15 PM</time>'
                   + thing("arrivalAirport", "Airport", prop("iataCode", "JFK")) + '<time itemprop="arrivalTime" datetime="2027-03-05T06:30:00-05:00">6:30 AM</time>')  # fmt: skip
    html = f'<div itemscope itemtype="http://schema.org/FlightReservation">{head}{flight}</div>'
    body = "".join(f"<p>{line}</p>" for line in NODES["flight"][2].split("\n"))
    yield (
        "microdata-flight",
        mail(
            "a@airline.example",
            "Your booking",
            NODES["flight"][2],
            framed(f"<html><body>{html}{body}</body></html>"),
        ),
        NODES["flight"][1],
    )
    stay = (prop("reservationNumber", "ABC456") + prop("checkinDate", "2027-04-11T16:00:00-07:00") + prop("checkoutDate", "2027-04-13T11:00:00-07:00") + thing("underName", "Person", prop("name", "Eva Berg"))
            + thing("reservationFor", "LodgingBusiness", '<span itemprop="name">Union Square Rooms</span>' + thing("address", "PostalAddress", prop("addressLocality", "San Francisco"))))  # fmt: skip
    body = "".join(f"<p>{line}</p>" for line in NODES["hotel"][2].split("\n"))
    html = f'<table itemscope itemtype="http://schema.org/LodgingReservation"><tr><td>{stay}</td></tr></table>{body}'
    yield (
        "microdata-hotel",
        mail(
            "h@hotel.example", "Your booking", NODES["hotel"][2], framed(f"<html><body>{html}</body></html>")
        ),
        NODES["hotel"][1],
    )
    table = (prop("reservationNumber", "OT12345") + prop("startTime", "2027-04-10T20:00:00+01:00") + prop("partySize", "2")
             + thing("reservationFor", "FoodEstablishment", prop("name", "Noodle Corner")))  # fmt: skip
    body = "".join(f"<p>{line}</p>" for line in NODES["dining"][2].split("\n"))
    html = f'<div itemscope itemtype="http://schema.org/FoodEstablishmentReservation">{table}</div>{body}'
    yield (
        "microdata-dining",
        mail(
            "r@food.example",
            "Your reservation",
            NODES["dining"][2],
            framed(f"<html><body>{html}</body></html>"),
        ),
        NODES["dining"][1],
    )


# --- boarding passes -----------------------------------------------------------------------------


def leg(
    locator: str,
    origin: str,
    destination: str,
    carrier: str,
    number: str,
    day: int,
    seat: str,
    more: str = "",
) -> str:
    """Return the part of one flight in a bar coded boarding pass."""
    return f"{locator:<7}{origin}{destination}{carrier:<3}{number:0>4} {day:03d}Y{seat:0>4}{27:0>4} 1{len(more):02X}{more}"


def pass_text(name: str, *legs: str) -> str:
    """Return the text of a bar coded boarding pass."""
    return f"M{len(legs)}{name:<20.20}E{''.join(legs)}"


def picture(text: str, format_: Any, kind: str = "PNG") -> bytes:
    """Return a picture of a bar code, with some white around it."""
    code = Image.fromarray(zxingcpp.create_barcode(text, format_).to_image(scale=4)).convert("L")
    page = Image.new("L", (code.width + 80, code.height + 80), 255)
    page.paste(code, (40, 40))
    held = io.BytesIO()
    page.save(held, kind)
    return held.getvalue()


_UNIQUE = ">518" + "1" + "W" + "W" + "6124" + "B" + "LH " + " " * 13
"""Version 5: described by 24 characters, issued on day 124 of a year that ends with 6."""


def _boarding_passes() -> Iterator[Made]:
    text = "Your boarding pass is attached. Have a good flight."
    one = pass_text("BERG/ANNAMS", leg("K7QW2P", "FRA", "LAX", "LH", "456", 132, "12C"))
    expected = [
        "air K7QW2P carrier=LH flight_number=456 origin.code=FRA destination.code=LAX start=2026-05-12 seats=12C",
        'booking passengers="Anna Berg"',
    ]
    formats = zxingcpp.BarcodeFormat
    for name, kind in (("aztec", formats.Aztec), ("qr", formats.QRCode), ("pdf417", formats.PDF417)):
        held = mail("Lufthansa <checkin@lufthansa.com>", "Your boarding pass for LH456", text)
        yield f"bcbp-{name}", with_file(held, picture(one, kind), "image/png", "boardingpass.png"), expected
    issued = pass_text(
        "BERG/ANNAMS",
        leg("K7QW2P", "FRA", "LHR", "LH", "902", 154, "12C", _UNIQUE),
        leg("K7QW2P", "LHR", "JFK", "BA", "117", 155, "31A"),
    )
    held = mail("Lufthansa <checkin@lufthansa.com>", "Boarding passes", text)
    yield "bcbp-two-legs", with_file(held, picture(issued, formats.Aztec), "image/png", "bp.png"), [
        "air K7QW2P carrier=LH flight_number=902 origin.code=FRA destination.code=LHR start=2026-06-03 seats=12C",
        "air K7QW2P carrier=BA flight_number=117 origin.code=LHR destination.code=JFK start=2026-06-04 seats=31A",
    ]  # fmt: skip
    held = mail("checkin@airline.example", "Boarding pass", text)
    cut = f"M1{'BERG/ANNA MS':<20}EQ2WK7P HAMOSLDY 1105 198"
    yield "bcbp-cut-behind-the-day", with_file(held, picture(cut, formats.QRCode), "image/png", "bp.png"), [
        "air Q2WK7P carrier=DY flight_number=1105 origin.code=HAM destination.code=OSL start=2026-07-17",
    ]  # fmt: skip
    held = mail("checkin@airline.example", "Boarding pass", text)
    short = f"M1{'BERG/ANNA MS':<20}EKX8842 LTNBCNEZY2261 203  11B 088  10"
    yield "bcbp-three-letters", with_file(held, picture(short, formats.Aztec), "image/png", "bp.png"), [
        "air KX8842 carrier=U2 flight_number=2261 origin.code=LTN destination.code=BCN start=2026-07-22",
    ]  # fmt: skip
    held = mail("Rail <tickets@rail.example>", "Your ticket", "Your ticket is attached.")
    printed = "PNR No.:4471203388,\nPassenger Name:Anna Berg,\n\tAge:37,\nTrain No.:12627,\nTrain Name:COAST EXP,\nScheduled Departure:19:20 12-May-2026,\nDate Of Journey:12-May-2026,\nFrom:BENGALURU - SBC,\nTo:NEW DELHI - NDLS,\nTicket Fare: Rs1234.0"
    yield "code-that-repeats-the-ticket", with_file(held, picture(printed, formats.QRCode), "image/png", "t.png"), [
        "rail 4471203388 train_number=12627 start=2026-05-12T19:20",
    ]  # fmt: skip
    held = mail("Lufthansa <checkin@lufthansa.com>", "Boarding pass", text)
    train = pass_text("BERG/ANNAMS", leg("K7QW2P", "ZMU", "FRA", "LH", "3612", 198, "61"))
    yield (
        "bcbp-of-a-train",
        with_file(held, picture(train, formats.Aztec), "image/png", "bp.png"),
        [
            "rail K7QW2P origin.code=ZMU destination.code=FRA start=2026-07-17",
        ],
    )
    held = mail("checkin@airline.example", "Boarding pass", text)
    yield (
        "bcbp-in-a-pdf",
        with_file(held, picture(one, formats.Aztec, "PDF"), "application/pdf", "bp.pdf"),
        expected,
    )
    next_year = pass_text("BERG/ANNAMS", leg("K7QW2P", "FRA", "LAX", "LH", "456", 5, "12C"))
    held = mail("checkin@airline.example", "Boarding pass", text)
    held["Date"] = "Tue, 29 Dec 2026 10:00:00 +0100"
    yield (
        "bcbp-over-new-year",
        with_file(held, picture(next_year, formats.QRCode), "image/png", "bp.png"),
        ["air K7QW2P carrier=LH flight_number=456 start=2027-01-05"],
    )


# --- wallet passes -------------------------------------------------------------------------------


def pkpass(content: dict[str, Any]) -> bytes:
    """Return a wallet pass; its signature is of no interest here."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("pass.json", json.dumps(content))
        archive.writestr("manifest.json", "{}")
    return held.getvalue()


def _field(key: str, label: str, value: str) -> dict[str, str]:
    return {"key": key, "label": label, "value": value}


def _wallet_passes() -> Iterator[Made]:
    code = pass_text("BERG/ANNAMS", leg("K7QW2P", "FRA", "LAX", "LH", "456", 132, "12C"))
    air = {
        "organizationName": "Lufthansa", "relevantDate": "2026-05-12T10:05:00+02:00", "barcodes": [{"format": "PKBarcodeFormatAztec", "message": code, "messageEncoding": "iso-8859-1"}],
        "boardingPass": {"transitType": "PKTransitTypeAir", "headerFields": [_field("gate", "GATE", "Z25")], "primaryFields": [_field("origin", "FRANKFURT", "FRA"), _field("destination", "LOS ANGELES", "LAX")],
                         "auxiliaryFields": [_field("dep", "DEPARTURE", "10:05"), _field("seat", "SEAT", "12C"), _field("flight", "FLIGHT", "LH456")], "secondaryFields": [_field("passenger", "PASSENGER", "Anna Berg")]},
    }  # fmt: skip
    kind = "application/vnd.apple.pkpass"
    text = "Your mobile boarding pass is attached."
    yield (
        "pkpass-air-coded",
        with_file(mail("l@lufthansa.com", "Your boarding pass", text), pkpass(air), kind, "bp.pkpass"),
        [
            "air K7QW2P carrier=LH flight_number=456 origin.code=FRA destination.code=LAX start=2026-05-12 seats=12C origin_gate=Z25"
        ],
    )
    plain = {**air, "barcodes": [{"format": "PKBarcodeFormatQR", "message": "https://example.org/1"}]}
    plain["boardingPass"] = {
        **air["boardingPass"],
        "backFields": [_field("pnr", "Booking reference", "K7QW2P")],
    }
    yield (
        "pkpass-air-uncoded",
        with_file(
            mail("l@lufthansa.com", "Your boarding pass", text),
            pkpass(plain),
            "application/octet-stream",
            "bp.pkpass",
        ),
        [
            "air K7QW2P carrier=LH flight_number=456 origin.code=FRA destination.code=LAX start=2026-05-12T10:05"
        ],
    )
    tagged = {"organizationName": "Air", "relevantDate": "2026-06-01T05:20:00Z", "semantics": {"airlineCode": "SK", "flightNumber": 1419, "departureAirportCode": "ARN", "destinationAirportCode": "CPH",
              "originalDepartureDate": "2026-06-01T07:20:00+02:00", "originalArrivalDate": "2026-06-01T08:35:00+02:00", "confirmationNumber": "SKA3B4", "passengerName": {"givenName": "Anna", "familyName": "Berg"}},
              "boardingPass": {"transitType": "PKTransitTypeAir", "primaryFields": [_field("a", "Stockholm", "ARN"), _field("b", "Copenhagen", "CPH")]}}  # fmt: skip
    yield (
        "pkpass-air-semantics",
        with_file(mail("s@flysas.com", "Boarding pass", text), pkpass(tagged), kind, "p.pkpass"),
        [
            "air SKA3B4 carrier=SK flight_number=1419 origin.code=ARN destination.code=CPH start=2026-06-01T07:20 end=2026-06-01T08:35"
        ],
    )
    train = {"organizationName": "Bahn", "relevantDate": "2026-05-12T10:05:00+02:00", "boardingPass": {"transitType": "PKTransitTypeTrain", "primaryFields": [_field("from", "Von", "Berlin Hbf"), _field("to", "Nach", "München Hbf")],
             "secondaryFields": [_field("train", "Zug", "ICE 595"), _field("seat", "Sitz", "55"), _field("coach", "Wagen", "7")], "backFields": [_field("bookingReference", "Auftragsnummer", "QX7P2M")]}}  # fmt: skip
    yield (
        "pkpass-train",
        with_file(
            mail("b@bahn.de", "Ihr Ticket für die Wallet", "Anbei Ihr Handy-Ticket."),
            pkpass(train),
            kind,
            "t.pkpass",
        ),
        [
            'rail QX7P2M origin.name="Berlin Hbf" destination.name="München Hbf" start=2026-05-12T10:05 train_number="ICE 595" wagon=7'
        ],
    )
    event = {"organizationName": "Concert House", "relevantDate": "2026-06-20T19:00:00+02:00", "eventTicket": {"primaryFields": [_field("event", "EVENT", "Evening of Strings")],
             "secondaryFields": [_field("venue", "VENUE", "Royal Hall"), _field("seat", "SEAT", "Row 4, 12")], "backFields": [_field("orderNumber", "Order number", "55-88231")]}}  # fmt: skip
    yield (
        "pkpass-event",
        with_file(
            mail("t@concerts.example", "Your ticket", "Your ticket is attached."),
            pkpass(event),
            kind,
            "e.pkpass",
        ),
        ['event 55-88231 name="Evening of Strings" start=2026-06-20T19:00 place.name="Royal Hall"'],
    )
    store = {"organizationName": "Shop", "storeCard": {"primaryFields": [_field("balance", "Balance", "20")]}}
    yield (
        "pkpass-store-card",
        with_file(
            mail("s@shop.example", "Your card", "Your card is attached."), pkpass(store), kind, "c.pkpass"
        ),
        ["none"],
    )
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("one.pkpass", pkpass(train))
        archive.writestr("two.pkpass", pkpass(event))
    yield (
        "pkpass-bundle",
        with_file(
            mail("b@tickets.example", "Your passes", "Attached."),
            held.getvalue(),
            "application/vnd.apple.pkpasses",
            "all.pkpasses",
        ),
        [
            "rail QX7P2M start=2026-05-12T10:05",
            'event 55-88231 name="Evening of Strings" start=2026-06-20T19:00',
        ],
    )


# --- calendars -----------------------------------------------------------------------------------


def calendar(*events: str, method: str = "PUBLISH") -> bytes:
    """Return a calendar of events, each given as its lines."""
    blocks = "".join(
        f"BEGIN:VEVENT\r\nUID:{number}@samples.example\r\nDTSTAMP:20260504T070000Z\r\n{event}\r\nEND:VEVENT\r\n"
        for number, event in enumerate(events)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//samples//EN\r\nMETHOD:{method}\r\n{blocks}END:VCALENDAR\r\n".encode()


def _calendars() -> Iterator[Made]:
    text = "Please find your travel dates attached."
    one = "SUMMARY:LH456 Frankfurt - Los Angeles\r\nDTSTART;TZID=Europe/Berlin:20260512T100500\r\nDTEND;TZID=America/Los_Angeles:20260512T123500\r\nLOCATION:Frankfurt (FRA)\r\nDESCRIPTION:Flight LH456\\nFRA - LAX\\nBooking code: K7QW2P"
    flight = "air K7QW2P carrier=LH flight_number=456 origin.code=FRA destination.code=LAX start=2026-05-12T10:05 end=2026-05-12T12:35"
    yield (
        "ics-flight",
        with_file(mail("c@lufthansa.com", "Calendar entry", text), calendar(one), "text/calendar", "f.ics"),
        [flight],
    )
    planned = "SUMMARY:Lyon Part Dieu -> Basel SBB\r\nDTSTART;TZID=Europe/Berlin:20260512T124600\r\nDTEND;TZID=Europe/Berlin:20260512T171200\r\nDESCRIPTION:Booking code: K7QW2P\\nVoyage: Lyon Part Dieu à Basel SBB\\nDate: 12.05.26\\n-\\ndép. 12:46 Lyon Part Dieu  (TGV 9876)\\narr. 15:05 Mulhouse Ville - voie 3\\n\\ndép. 16:14 Mulhouse Ville - voie 1 (TER  517)\\narr. 17:12 Basel SBB - voie 30\\n-\\nDurée: 4:26"
    yield (
        "ics-rows-of-a-timetable",
        with_file(mail("c@plan.example", "Voyage", text), calendar(planned), "text/calendar", "t.ics"),
        [
            'rail K7QW2P train_number="TGV 9876" origin.name="Lyon Part Dieu" destination.name="Mulhouse Ville" start=2026-05-12T12:46 end=2026-05-12T15:05',
            'rail K7QW2P train_number="TER 517" origin.name="Mulhouse Ville" destination.name="Basel SBB" start=2026-05-12T16:14 end=2026-05-12T17:12',
        ],
    )
    ridden = "SUMMARY:#7712034455: From Linz\\, Hbf\\, to Praha\\, hl. n.\r\nDTSTART;TZID=Europe/Vienna:20260512T143900\r\nDTEND;TZID=Europe/Prague:20260512T180500\r\nDESCRIPTION:Arrival/Departure|Station|Platf.|Connection|Seats\\nDep:14:39|Linz\\, Hbf|Linz → Praha (RJ\\, RJ 1234)|1/42\\nArr:18:05|Praha\\, hl. n."
    yield (
        "ics-train-that-reads-like-a-flight",
        with_file(
            mail("c@rail.example", "Trip", text), calendar(ridden, method="REQUEST"), "text/calendar", "t.ics"
        ),
        [
            'rail 7712034455 train_number="RJ 1234" origin.name=Linz destination.name=Praha start=2026-05-12T14:39 end=2026-05-12T18:05'
        ],
    )
    yield (
        "ics-cancelled-by-its-summary",
        with_file(
            mail("c@lufthansa.com", "Calendar entry", text),
            calendar(one.replace("SUMMARY:", "SUMMARY:Canceled: ")),
            "text/calendar",
            "f.ics",
        ),
        [f"{flight} cancelled"],
    )
    rented = 'SUMMARY:Rental car reservation: Compact\r\nDTSTART;TZID="UTC-03:00":20260512T160000\r\nDTEND;TZID="UTC-03:00":20260514T100000\r\nLOCATION:Quay Cars Halifax\r\nDESCRIPTION:Booking reference: 448812'
    broken = calendar(rented).replace(
        b"BEGIN:VEVENT", b"BEGIN:VTIMEZONE\r\nTZID:UTC-03:00\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT", 1
    )
    yield (
        "ics-with-an-empty-zone",
        with_file(mail("c@cars.example", "Your rental", text), broken, "text/calendar", "r.ics"),
        ["car 448812 start=2026-05-12T16:00 end=2026-05-14T10:00"],
    )
    utc = one.replace("DTSTART;TZID=Europe/Berlin:20260512T100500", "DTSTART:20260512T080500Z").replace(
        "DTEND;TZID=America/Los_Angeles:20260512T123500", "DTEND:20260512T193500Z"
    )
    yield (
        "ics-flight-utc",
        with_file(mail("c@lufthansa.com", "Calendar entry", text), calendar(utc), "text/calendar", "f.ics"),
        [flight],
    )
    many = "SUMMARY:Trip to Los Angeles\r\nDTSTART;VALUE=DATE:20260512\r\nDTEND;VALUE=DATE:20260521\r\nDESCRIPTION:Booking reference: K7QW2P\\n\\nLH456 12 May 2026\\nFRA 10:05 - LAX 12:35\\n\\nLH457 19 May 2026\\nLAX 15:10 - FRA 10:55 +1"
    yield (
        "ics-many-legs-in-text",
        with_file(mail("c@agency.example", "Your trip", text), calendar(many), "text/calendar", "t.ics"),
        [
            flight,
            "air K7QW2P carrier=LH flight_number=457 origin.code=LAX destination.code=FRA start=2026-05-19T15:10 end=2026-05-20T10:55",
        ],
    )
    stay = "SUMMARY:Hotel: Harbour Lodge\r\nDTSTART;VALUE=DATE:20260602\r\nDTEND;VALUE=DATE:20260604\r\nLOCATION:1 Quay Street\\, Halifax\r\nDESCRIPTION:Confirmation number: 778812"
    yield (
        "ics-hotel",
        with_file(mail("h@lodge.example", "Your stay", text), calendar(stay), "text/calendar", "h.ics"),
        ['hotel 778812 name="Harbour Lodge" start=2026-06-02 end=2026-06-04'],
    )
    train = "SUMMARY:ICE 595 Berlin Hbf - München Hbf\r\nDTSTART;TZID=Europe/Berlin:20260512T100500\r\nDTEND;TZID=Europe/Berlin:20260512T141000\r\nDESCRIPTION:12.05.2026\\nICE 595\\n10:05 Berlin Hbf\\n14:10 München Hbf\\nAuftragsnummer: QX7P2M"
    yield (
        "ics-train",
        with_file(mail("b@bahn.de", "Ihr Kalendereintrag", text), calendar(train), "text/calendar", "b.ics"),
        [
            'rail QX7P2M train_number="ICE 595" origin.name="Berlin Hbf" destination.name="München Hbf" start=2026-05-12T10:05 end=2026-05-12T14:10'
        ],
    )
    yield (
        "ics-cancelled",
        with_file(
            mail("c@lufthansa.com", "Calendar entry", text),
            calendar(one, method="CANCEL"),
            "text/calendar",
            "f.ics",
        ),
        [flight + " cancelled"],
    )
    meeting = "SUMMARY:Quarterly review\r\nDTSTART:20260512T080000Z\r\nDTEND:20260512T090000Z\r\nLOCATION:https://meet.example/abc"
    yield (
        "ics-online-meeting",
        with_file(
            mail("bob@example.com", "Invitation: Quarterly review", "Join us."),
            calendar(meeting, method="REQUEST"),
            "text/calendar",
            "m.ics",
        ),
        ["none"],
    )
    fair = "SUMMARY:Trade fair\r\nDTSTART;TZID=Europe/Berlin:20260915T090000\r\nDTEND;TZID=Europe/Berlin:20260915T180000\r\nLOCATION:Exhibition Hall 3\\, Hannover"
    yield (
        "ics-event",
        with_file(
            mail("fair@expo.example", "Your visit", "See you there."),
            calendar(fair),
            "text/calendar",
            "e.ics",
        ),
        ['event - name="Trade fair" start=2026-09-15T09:00 end=2026-09-15T18:00'],
    )


# --- documents and packings ----------------------------------------------------------------------


def pdf(text: str) -> bytes:
    """Return the smallest PDF that shows some lines."""
    escaped = text.replace("(", "\\(").replace(")", "\\)")
    shown = "\n".join(f"({line}) Tj T*" for line in escaped.split("\n"))
    content = f"BT /F1 10 Tf 12 TL 40 780 Td\n{shown}\nET".encode("cp1252")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content), b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]  # fmt: skip
    held = io.BytesIO(b"")
    held.write(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(held.tell())
        held.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
    table = held.tell()
    held.write(
        b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
        + b"".join(b"%010d 00000 n \n" % at for at in places)
    )
    held.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table))
    return held.getvalue()


def _documents() -> Iterator[Made]:
    see = "Please find your documents attached."
    for kind in ("flight", "hotel", "car", "train"):
        _, expected, text = NODES[kind]
        yield (
            f"pdf-{kind}",
            with_file(
                mail("docs@agency.example", "Your travel documents: booking confirmation", see),
                pdf(text),
                "application/pdf",
                "itinerary.pdf",
            ),
            [expected[0]],
        )
    yield (
        "pdf-as-octet-stream",
        with_file(
            mail("docs@agency.example", "Your booking confirmation", see),
            pdf(NODES["hotel"][2]),
            "application/octet-stream",
            "document",
        ),
        [NODES["hotel"][1][0]],
    )
    yield (
        "pdf-of-an-invoice",
        with_file(
            mail("docs@shop.example", "Your invoice", see),
            pdf("Invoice 2026-44\nOne lamp 40.00 EUR"),
            "application/pdf",
            "invoice.pdf",
        ),
        ["none"],
    )


def tnef(html: str) -> bytes:
    """Return `winmail.dat` with an HTML body, as office clients pack it."""
    body = html.encode("cp1252")
    padded = body + b"\0" * (-len(body) % 4)
    props = (2).to_bytes(4, "little")
    props += (0x3FDE0003).to_bytes(4, "little") + (1252).to_bytes(4, "little")
    props += (
        (0x10130102).to_bytes(4, "little")
        + (1).to_bytes(4, "little")
        + len(body).to_bytes(4, "little")
        + padded
    )

    def attribute(name: int, data: bytes) -> bytes:
        return (
            b"\x01"
            + name.to_bytes(4, "little")
            + len(data).to_bytes(4, "little")
            + data
            + (sum(data) & 0xFFFF).to_bytes(2, "little")
        )

    head = (0x223E9F78).to_bytes(4, "little") + (1).to_bytes(2, "little")
    return (
        head
        + attribute(0x00089006, (0x00010000).to_bytes(4, "little"))
        + attribute(0x00069007, (1252).to_bytes(8, "little"))
        + attribute(0x00069003, props)
    )


def _packed() -> Iterator[Made]:
    for kind in ("hotel", "flight"):
        _, expected, text = NODES[kind]
        page = "".join(f"<p>{line}</p>" for line in text.split("\n"))
        held = mail("Agent <agent@agency.example>", "Your booking confirmation", "")
        yield (
            f"tnef-{kind}",
            with_file(held, tnef(f"<html><body>{page}</body></html>"), "application/ms-tnef", "winmail.dat"),
            [expected[0]],
        )
    _, expected, text = NODES["hotel"]
    held = mail("Bookings <noreply@vendor.example>", "Your booking confirmation")
    held.set_content(
        _page(json.dumps(_dialect(NODES["hotel"][0], True)), text),
        subtype="html",
        charset="utf-16",
        cte="base64",
    )
    yield "html-in-utf-16", held, expected
    held = mail(
        "Bookings <noreply@vendor.example>",
        "Your booking confirmation",
        text,
        _page(json.dumps(_dialect(NODES["hotel"][0], False)), text),
    )
    held.get_payload()[1].add_related(
        picture("https://example.org", zxingcpp.BarcodeFormat.QRCode), "image", "png", cid="<logo@x>"
    )  # type: ignore[union-attr]
    yield "related-with-a-logo", held, expected
