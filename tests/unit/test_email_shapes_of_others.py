"""What documents of third parties showed: what is named twice, half, for somebody else, or by nobody's rule."""

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from services.ingest.domain.email.airport_marks import airport_marks, are_apart, cities_beside
from services.ingest.domain.email.emphasis import without_emphasis
from services.ingest.domain.email.numbers import booking_number
from services.ingest.domain.email.reading import read_mail
from services.ingest.domain.email.results import MailReading
from services.ingest.domain.email.trains import route_named
from services.ingest.domain.places import airport_cut_short

RECEIVED = datetime(2026, 5, 4, 12, tzinfo=UTC)


def read(
    body: str, *, sender: str = "info@example.org", subject: str = "Booking confirmation", calendar: str = ""
) -> MailReading:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Date"] = sender, "anna@example.com", subject, RECEIVED
    mail.set_content(body)
    if calendar:
        mail.add_attachment(
            calendar.replace("\n", "\r\n").encode(), maintype="text", subtype="calendar", filename="leg.ics"
        )
    return read_mail(mail.as_bytes(), received=RECEIVED)


def legs(reading: MailReading) -> list[tuple[str, str | None, str | None]]:
    return [
        (
            segment.type,
            segment.start.local if segment.start else None,
            segment.end.local if segment.end else None,
        )
        for found in reading.bookings
        for segment in found.booking.segments
    ]


def test_the_hours_of_a_whole_way_are_not_taken_for_those_of_its_first_flight() -> None:
    reading = read(
        "Booking reference KQ7XTM\nTue, 22 Dec 2026\n14:20\nARN\n19:10\nGRU\n1 Stop\n"
        "TP781 - (ARN) Stockholm\nto\n(LIS) Lisbon\nTP83 - (LIS) Lisbon\nto\n(GRU) São Paulo\n",
        sender="no-reply@flytap.com",
    )
    assert reading.outcome.kind == "needs_review"
    assert ("air", "2026-12-22T14:20:00", "2026-12-22T19:10:00") not in legs(reading)


def test_a_flight_that_is_named_with_its_airport_and_not_read_makes_the_others_wait() -> None:
    reading = read(
        "Booking reference KQ7XTM\nMon 12 Oct 2026\nLH 456 Frankfurt (FRA) 10:05 - Los Angeles (LAX) 12:35\n"
        "LH 457 from Los Angeles (LAX), time to be announced\n"
    )
    assert reading.outcome.why == "it names a flight beside those that could be read"


PNR = "RP/FRAL12345/FRAL12345            AA/GS   4MAY26/0358Z   KQ7XTM\n  1.BERG/ANNA MS\n"


@pytest.mark.parametrize(
    ("line", "outcome", "count"),
    [
        ("  2  LH 104 Y 12JUN 5 FRAMUC HK1  1215 1310 12JUN  E  LH/KQ7XTM", "extracted", 1),
        ("  2  LH 104 Y 12JUN 5 FRAMUC UN1  1215 1310 12JUN  E  LH/KQ7XTM", "needs_review", 0),
        ("  2  LH 104 Y 12JUN 5 FRAMUC HL1  1215 1310 12JUN  E  LH/KQ7XTM", "needs_review", 1),
    ],
)
def test_a_line_of_a_reservation_system_books_what_its_status_says(
    line: str, outcome: str, count: int
) -> None:
    reading = read(PNR + line)
    assert (reading.outcome.kind, len(legs(reading))) == (outcome, count)


def test_a_line_like_a_flights_that_no_template_reads_makes_the_others_wait() -> None:
    held = "  2  LH 104 Y 12JUN 5 FRAMUC HK1  1215 1310 12JUN  E  LH/KQ7XTM\n"
    reading = read(f"{PNR}{held}  3  LH 105 Y 14JUN 7 MUCFRA HK1  NO TIMES YET")
    assert reading.outcome.why == "it names a flight beside those that could be read"


@pytest.mark.parametrize(
    ("line", "end"),
    [
        ("UA 998S 12JUN EWRBRU HK1   635P  750A|*      FR/SA   E", "2026-06-13T07:50:00"),
        ("SQ  21Z 12JUN EWRSIN HK1  1025A  510P+*      FR/SA   E  1", "2026-06-13T17:10:00"),
        ("UA 179S 12JUN EWRSGN HK1   345P  125A2*      FR/SU   E", "2026-06-14T01:25:00"),
    ],
)
def test_marks_behind_an_hour_say_how_many_days_later_it_is(line: str, end: str) -> None:
    ((_, _, lands),) = legs(read(f"{PNR} 2 {line}"))
    assert lands == end


def test_an_airport_is_known_by_what_a_column_left_of_its_name() -> None:
    assert airport_cut_short("STOCKHOLM ARLAN") == "ARN"
    assert airport_cut_short("STOCKHOLM XY") is None
    assert airport_cut_short("ARLAN") is None


def test_signs_of_tickets_and_passengers_are_no_airports() -> None:
    assert airport_marks("Berg Anna (ADT)\nNVA\nNVD\nNVB") == []


@pytest.mark.parametrize("text", ["Oslo Gardermoen OSL", "OSL - Oslo", "Bergen BGO"])
def test_a_city_beside_its_own_code_is_no_second_place(text: str) -> None:
    airports = [mark for mark in airport_marks(f"{text} 10:35") if mark.value.code]
    assert airports
    assert cities_beside(airports, f"{text} 10:35") == []


def test_an_airport_below_its_city_is_one_place_and_an_airline_none() -> None:
    (place,) = cities_beside([], "SAO PAULO\nGUARULHOS INTL\nIberia")
    assert place.value.code == "GRU"
    (place,) = cities_beside([], "Sicily-Catania")
    assert place.value.code == "CTA"
    first, last = cities_beside([], "Paris\nLondon")
    assert are_apart(first, last)


def test_stars_around_words_are_no_part_of_them() -> None:
    assert without_emphasis("**Venue:** Arena, *Row:* 4") == "Venue: Arena, Row: 4"
    assert without_emphasis("* a list\n********1234\n2 * 3 * 4") == "* a list\n********1234\n2 * 3 * 4"


def test_a_sentence_names_no_route() -> None:
    assert route_named("You can use the app to manage your booking.") is None
    assert route_named("Get the app to read them\nDerby ⇀ Leeds") == ("Derby", "Leeds")


def test_a_mail_that_tells_a_host_of_a_guest_is_not_taken_for_the_hosts_own_stay() -> None:
    reading = read(
        "New booking confirmed! Rosa arrives Jun 12.\nTwo-bedroom condo\nCheck-in: 12 June 2026\n"
        "Checkout: 14 June 2026\nConfirmation code: HMKQ7XTMWR\nGuest paid\n250.00\nHost payout\n230.00\n",
        sender="automated@airbnb.com",
        subject="Reservation confirmed - Rosa arrives Jun 12",
    )
    assert reading.outcome.why == "it tells a host of a guest"


def test_an_airlines_order_is_not_its_reservation() -> None:
    reading = read(
        "Nº de compra: LA9571234KXQH\nCódigo de reserva: WTXQKR\nVoo LA8070\n"
        "(GRU) 16/06/26 18:00\n(FRA) 17/06/26 10:20\n",
        sender="no-reply@info.latam.com",
        subject="Confirmação",
    )
    assert [found.booking.record_locator for found in reading.bookings] == ["WTXQKR"]


def test_the_locator_in_lines_of_sabre_counts_where_there_is_but_one() -> None:
    line = " 1 AF1269L 09OCT F MANCDG HK2   745P1010P /DCAF*{}"
    assert booking_number([], line.format("7XKQWT"), subject="") == "7XKQWT"
    both = f"{line.format('7XKQWT')}\n{line.format('8XKQWT')}"
    assert booking_number([], both, subject="") is None


LEG = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//EN
BEGIN:VEVENT
UID:1@example.org
DTSTAMP:20260504T000000Z
DTSTART:20260612T040000Z
DTEND:20260612T075000Z
SUMMARY:Your train from QKL to FRA
DESCRIPTION:Booking reference: KQ7XTM \\n Train:  LH 3402 \\n Departure - Date: 12 Jun 2026 \\n Time: 06:00
  \\n From: Köln Hbf (QKL) \\n Arrival \\n Date: 12 Jun 2026 \\n Time: 09:50 \\n At: Frankfurt (FRA)
END:VEVENT
END:VCALENDAR
"""


def test_a_train_under_an_airlines_number_is_a_train() -> None:
    ((kind, starts, _),) = legs(read("See the attachment.", calendar=LEG))
    assert (kind, starts) == ("rail", "2026-06-12T06:00:00")


def test_an_only_hour_nearer_to_where_to_may_be_that_of_arrival_and_waits() -> None:
    reading = read(
        "Booking no. KQ7XTM\nWed, 08 Jul 2026\nLangkawi (LGK)\nTerminal 1\n22:30\nKuala Lumpur (KUL)\nAK 6113\n"
    )
    assert reading.outcome.kind == "needs_review"


def test_three_letters_at_the_end_of_a_line_are_an_airport_of_the_city_before_them() -> None:
    text = "Rome, Fiumicino Airport, FCO\nToronto, CAN\nMiami, USA"
    assert [mark.value.code for mark in airport_marks(text)] == ["FCO"]


def test_a_bookings_number_like_a_flight_is_none_beside_the_flights() -> None:
    reading = read(
        "Booking: XY4821\n\n11 Aug 2026\nOslo OSL – Copenhagen CPH\n07:40 – 08:50 (1h 10m)\nSK 1417 | Operated by SAS\n"
        "14 Aug 2026\nCopenhagen CPH – Oslo OSL\n19:10 – 20:20 (1h 10m)\nSK 1468 | Operated by SAS\n",
        sender="no-reply@flysas.com",
    )
    named = [
        segment.flight_number
        for found in reading.bookings
        for segment in found.booking.segments
        if segment.type == "air"
    ]
    assert (reading.outcome.kind, named) == ("extracted", ["1417", "1468"])


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Oslo OSL – London LHR\n", ["OSL", "LHR"]),
        ("Our office in London LTD is open", []),
        ("Vienna VIE", ["VIE"]),
        ("the price of a seat MAD", []),
    ],
)
def test_a_code_right_behind_its_own_city_is_its_airport(text: str, codes: list[str]) -> None:
    assert [mark.value.code for mark in airport_marks(text)] == codes


def test_a_day_before_a_colon_is_that_of_what_follows() -> None:
    reading = read(
        "Booking reference KQ7XTM\nTrip of July 20 - 23, 2026\n\n"
        "July 20: San Francisco (SFO) to Seattle (SEA)\nFlight: AS 318, Depart: 9:15 AM, Arrive: 11:25 AM\n\n"
        "July 23: Seattle (SEA) to San Francisco (SFO)\nFlight: AS 325, Depart: 6:40 PM, Arrive: 8:55 PM\n"
    )
    assert legs(reading) == [
        ("air", "2026-07-20T09:15:00", "2026-07-20T11:25:00"),
        ("air", "2026-07-23T18:40:00", "2026-07-23T20:55:00"),
    ]


@pytest.mark.parametrize("lasts", ["Время в пути", "Travel time", "Duração", "Czas lotu", "所要時間"])
def test_how_long_a_way_takes_in_a_row_of_its_own_is_no_hour_of_arrival(lasts: str) -> None:
    reading = read(
        f"Booking reference KQ7XTM\nOS 412\n12 June 2026\n07:10\nVienna (VIE)\n{lasts}\n02:05\n09:15\nParis (CDG)\n"
    )
    assert legs(reading) == [("air", "2026-06-12T07:10:00", "2026-06-12T09:15:00")]


STAY = "Beach House\nConfirmation code: HMKQ7XTM\nCheck-in: 12 June 2026\nCheck-out: 15 June 2026\n"


@pytest.mark.parametrize(
    ("subject", "above", "why"),
    [
        ("Reservation confirmed - Ann arrives Jun 12", "", "it tells a host of a guest"),
        ("Reserva confirmada: Ann llega el 12 de junio", "", "it tells a host of a guest"),
        ("New payment for reservation", "", "it tells a host of a guest"),
        ("Neue Buchung für Beach House", "", "it tells a host of a guest"),
        ("Reservation", "NEW BOOKING CONFIRMED!\n", "it tells a host of a guest"),
        (
            "Question about booking confirmation",
            "",
            "its subject speaks of an offer, and its words of a booking",
        ),
        ("Reservation confirmed", "", None),
    ],
)
def test_a_stay_that_a_host_is_told_or_asked_of_waits(subject: str, above: str, why: str | None) -> None:
    assert read(above + STAY, sender="no-reply@rooms.example", subject=subject).outcome.why == why


def test_what_changes_a_flight_by_its_subject_alone_is_seen_by_a_person() -> None:
    reading = read(
        "Стало: OS 6239 19.06.2026 Вена (VIE) 17:30 -> Анталья (AYT) 21:00\n", subject="Изменение рейса"
    )
    assert (reading.outcome.kind, legs(reading)) == (
        "needs_review",
        [("air", "2026-06-19T17:30:00", "2026-06-19T21:00:00")],
    )


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ("Flight confirmation", "needs_review"),
        ("Ihre Reisebestätigung", "needs_review"),
        ("Электронный билет", "needs_review"),
        ("Your order of shoes", "nothing_found"),
        ("Receipt: flight confirmation", "nothing_found"),
    ],
)
def test_a_confirmation_of_which_nothing_could_be_read_is_seen_by_a_person(subject: str, kind: str) -> None:
    assert read("All that matters is in the picture below.\n", subject=subject).outcome.kind == kind
