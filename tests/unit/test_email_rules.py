"""Our own rules: what a mail's words say is booked, whatever their layout and language."""

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from services.ingest.domain.cities import known_city, main_airport, zone_of
from services.ingest.domain.email import flight_marks
from services.ingest.domain.email.airlines import calls_airline
from services.ingest.domain.email.labels import meaning
from services.ingest.domain.email.reading import read_mail
from services.ingest.domain.email.results import MailReading
from services.ingest.domain.email.vendor_files import vendor_of

RECEIVED = datetime(2026, 5, 4, 12, tzinfo=UTC)


def read(
    body: str, *, subject: str = "Booking confirmation", sender: str = "info@example.org"
) -> MailReading:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Date"] = sender, "anna@example.com", subject, RECEIVED
    mail.set_content(body, subtype="html" if body.startswith("<") else "plain", charset="utf-8")
    return read_mail(mail.as_bytes(), received=RECEIVED)


def flights(reading: MailReading) -> list[tuple[str | None, ...]]:
    return [
        (
            f"{segment.carrier}{segment.flight_number}",
            segment.origin.code if segment.origin else None,
            segment.destination.code if segment.destination else None,
            segment.start.local if segment.start else None,
            segment.end.local if segment.end else None,
        )
        for found in reading.bookings
        for segment in found.booking.segments
        if segment.type == "air"
    ]


BOTH_WAYS = [
    ("LH456", "FRA", "LAX", "2026-05-12T10:05:00", "2026-05-12T12:35:00"),
    ("LH457", "LAX", "FRA", "2026-05-14T15:10:00", "2026-05-15T10:55:00"),
]

LAYOUTS = {
    "number first": """Booking reference: ABC123
Tuesday, 12 May 2026
LH456  Frankfurt (FRA) 10:05 - Los Angeles (LAX) 12:35
Thursday 14 May 2026
LH457  Los Angeles (LAX) 15:10 - Frankfurt (FRA) 10:55 +1
""",
    "number last": """Buchungscode: ABC123
10:05 Frankfurt (FRA)
12:35 Los Angeles (LAX)
Di. 12.05.2026
Flug LH 456

15:10 Los Angeles (LAX)
10:55 Frankfurt (FRA)
Do. 14.05.2026
Flug LH 457
""",
    "labels": """Référence de réservation : ABC123
Vol LH456
Départ : mardi 12 mai 2026 à 10h05, Francfort (FRA)
Arrivée : mardi 12 mai 2026 à 12h35, Los Angeles (LAX)
Vol LH457
Départ : jeudi 14 mai 2026 à 15h10, Los Angeles (LAX)
Arrivée : vendredi 15 mai 2026 à 10h55, Francfort (FRA)
""",
    "names of cities alone": """Confirmation code ABC123
Flight LH 456 on 12 May 2026
Depart 10:05 Frankfurt
Arrive 12:35 Los Angeles
Flight LH 457 on 14 May 2026
Depart 15:10 Los Angeles
Arrive 10:55 Frankfurt
""",
    "Amadeus": """RLOC ABC123
  1  LH 456 Y 12MAY 2 FRALAX HK1  1005 1235  12MAY  E  LH/ABC123
  2  LH 457 Y 14MAY 4 LAXFRA HK1  1510 1055  15MAY  E  LH/ABC123
""",
    "Sabre": """RECORD LOCATOR ABC123
 1 LH 456Y 12MAY T FRALAX HK1  1005A 1235P /DCLH*ABC123 /E
 2 LH 457Y 14MAY Q LAXFRA HK1   310P 1055A  15MAY F /DCLH*ABC123 /E
""",
    "Travelport": """Galileo record locator: ABC123
 1. LH  456 Y  12MAY FRALAX HK1  1005   1235 O*       TU
 2. LH  457 Y  14MAY LAXFRA HK1  1510 # 1055 O*       TH
""",
    "a table": "<table><tr><th>Flight</th><th>Date</th><th>From</th><th>To</th></tr>"
    "<tr><td>LH456</td><td>12 May 2026</td><td>FRA 10:05</td><td>LAX 12:35</td></tr>"
    "<tr><td>LH457</td><td>14 May 2026</td><td>LAX 15:10</td><td>FRA 10:55</td></tr></table>"
    "<p>PNR: ABC123</p>",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_flights_are_found_in_every_layout(layout: str) -> None:
    reading = read(LAYOUTS[layout])
    assert flights(reading) == BOTH_WAYS
    assert [found.booking.record_locator for found in reading.bookings] == ["ABC123"]


def test_years_that_are_not_written_follow_from_the_mail_and_the_weekday() -> None:
    (leg,) = flights(read("PNR ABC123\nLH456 Fri 1 Jan FRA 10:05 - LAX 12:35\n"))
    assert leg[3] == "2027-01-01T10:05:00"


@pytest.mark.parametrize(
    "subject",
    ["Up to 50% off: LH456 to Los Angeles", "How was your flight?", "Complete your booking to Los Angeles"],
)
def test_a_mail_that_sells_or_asks_books_nothing(subject: str) -> None:
    reading = read("Booking code ABC123\nLH456 12 May 2026 FRA 10:05 - LAX 12:35\n", subject=subject)
    assert reading.bookings == ()
    assert reading.outcome.kind == "nothing_found"
    assert reading.notes


def test_a_cancellation_that_names_a_number_alone_cancels_it() -> None:
    (found,) = read(
        "Your booking ABC123 has been cancelled.", subject="Cancellation of your booking"
    ).bookings
    assert (found.booking.record_locator, found.booking.status, found.booking.segments) == (
        "ABC123",
        "cancelled",
        (),
    )


def test_a_reminder_states_a_part_of_its_booking_only() -> None:
    (found,) = read(
        "PNR: ABC123\nLH456 12 May 2026 FRA 10:05 - LAX 12:35\n", subject="Check-in is open"
    ).bookings
    assert found.is_part
    (record,) = found.records()
    assert record.record_locator != found.booking.record_locator


def test_what_reads_like_a_booking_and_is_not_understood_waits_for_a_person() -> None:
    outcome = read("Your reservation number 4711081 is confirmed. We look forward to it.").outcome
    assert outcome.kind == "needs_review"
    assert outcome.why


@pytest.mark.parametrize(
    "label",
    ["Booking ID", "Traveloka Booking ID", "Numéro de réservation Opodo", "Your booking reference no."],
)
def test_a_label_means_the_same_with_its_vendors_name(label: str) -> None:
    assert "number" in meaning(label)


@pytest.mark.parametrize("label", ["Customer", "Traveloka", "Abholung am Abend"])
def test_what_is_left_of_a_label_must_be_one(label: str) -> None:
    assert "number" not in meaning(label)


def test_a_city_is_the_one_that_is_meant_unless_a_country_says_another() -> None:
    assert [zone_of(city) for city in ("Napoli", "York", "Frankfurt")] == [
        "Europe/Rome",
        None,
        "Europe/Berlin",
    ]
    assert zone_of("York", country="US") == "America/New_York"


def test_names_in_other_scripts_are_told_apart() -> None:
    assert [known_city(city) for city in ("서울", "Санкт-Петербург", "釜山")] == [
        "Seoul",
        "Saint Petersburg",
        "釜山",
    ]
    assert [main_airport(city)[0] for city in ("羽田", "福岡", "ホテル")] == ["HND", "FUK", None]


def test_names_of_stations_stand_before_their_hours() -> None:
    (found,) = read(
        "Booking number: 7712345678\nMon 14 Sep 2026\nHelsinki 10:19 - Tampere 11:55\nIC 23\n"
    ).bookings
    (segment,) = found.booking.segments
    assert segment.type == "rail"
    assert [place.name for place in (segment.origin, segment.destination) if place] == ["Helsinki", "Tampere"]
    assert segment.start is not None
    assert segment.start.local == "2026-09-14T10:19:00"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("noreply@mail.flixbus.pl", "FlixBus"),
        ("a@expedia.co.jp", "Expedia"),
        ("anna@mail.ru", None),
        ("anna@connect.de", None),
        ("anna@united.example", None),
    ],
)
def test_a_vendor_is_known_in_other_countries_by_the_name_it_registered(
    address: str, name: str | None
) -> None:
    vendor = vendor_of(address)
    assert (vendor and vendor.name) == name


@pytest.mark.parametrize(
    "subject",
    [
        "TRAVEL RESERVATION AUGUST 17 FOR BERG ANNA",
        "TRAVEL RESERVATION MONDAY AUGUST 17",
        "BOOKING CONFIRMATION: LONDON",
        "Buchung BERLIN 12.05.2026",
        "YOUR RESERVATION: MUNICH HOTEL",
        "CONFIRMATION HILTON ROME",
        "RESERVATION WALTER ROME",
    ],
)
def test_a_word_of_the_subject_is_no_number(subject: str) -> None:
    words = "Welcome to BERLIN, LONDON or MUNICH; see you on MONDAY in AUGUST, WALTER. Your HILTON."
    body = f"{words}\nSurname   WALTER\n\nReservation code: QX7RT2\n{LAYOUTS['number first'].partition(chr(10))[2]}"
    assert [found.booking.record_locator for found in read(body, subject=subject).bookings] == ["QX7RT2"]


def test_the_letters_of_a_subject_are_the_number_that_the_text_has_behind_a_word_for_one() -> None:
    body = f"Order number: 5510442\nBooking code: QXRTLM\n{LAYOUTS['number first'].partition(chr(10))[2]}"
    reading = read(body, subject="Your booking QXRTLM")
    assert [found.booking.record_locator for found in reading.bookings] == ["QXRTLM"]


def test_the_letters_of_a_subject_are_the_number_where_they_stand_alone_in_a_column() -> None:
    body = f"CUSTOMER NBR: 4471     MLQXTR     PAGE: 01\nREF: 3KXQ7M\n{LAYOUTS['number first'].partition(chr(10))[2]}"
    reading = read(body, subject="Reservation MLQXTR for BERG/ANNA")
    assert [found.booking.record_locator for found in reading.bookings] == ["MLQXTR"]


@pytest.mark.parametrize(
    ("line", "sender", "expected"),
    [
        ("United 2", "info@example.org", []),
        ("United 2, 3 bags", "info@example.org", []),
        ("United 2, Economy", "info@example.org", ["UA2"]),
        ("United Flight 2", "info@example.org", ["UA2"]),
        ("United 2", "receipts@united.com", ["UA2"]),
        ("United 12", "info@example.org", ["UA12"]),
    ],
)
def test_a_digit_behind_an_airlines_name_is_a_flight_only_where_it_is_called_one(
    line: str, sender: str, expected: list[str]
) -> None:
    text = f"Booking code QX7RT2\n12 May 2026\nFrankfurt (FRA) 08:20\nLondon (LHR) 09:00\n{line}\n"
    assert [leg[0] for leg in flights(read(text, sender=sender))] == expected


def test_a_text_is_looked_through_once_for_an_airline_however_often_its_code_stands_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def counted(text: str, *, code: str) -> bool:
        asked.append(code)
        return calls_airline(text, code=code)

    monkeypatch.setattr(flight_marks, "calls_airline", counted)
    assert flight_marks.flights_named("W3 123\n" * 1_000 + "EI-123\n" * 1_000) == set()
    assert sorted(asked) == ["EI", "W3"]
