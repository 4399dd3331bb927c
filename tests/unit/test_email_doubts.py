"""What is not certain waits for a person: it is never silently wrong, and never silently dropped."""

import json

import pytest

from services.ingest.domain.email.cancelling import cancellation_in
from services.ingest.domain.email.reading import SURE_ENOUGH, read_mail
from services.ingest.domain.email.results import MailReading
from services.ingest.domain.email.superseded import without_superseded
from tests.support.email_machine_made import calendar, mail, with_file
from tests.unit.test_email_rules import RECEIVED, flights, read

FLIGHT = "LH 456 12 May 2026 FRA 10:05 - LAX 12:35\n"
STAY = "Hotel: Anchor House\nCheck-in: 12 May 2026\nCheck-out: 14 May 2026\n"

_PRINTED_STAY = "HOTEL OSLO                        OUT-12NOV\n      FJORD HOUSE OSLO\n      7 QUAY STREET\n"


@pytest.mark.parametrize(
    ("above", "kind", "first"),
    [
        ("09 NOV 26 - MONDAY\n", "extracted", "2026-11-09"),
        ("09 NOV 26 - MONDAY\n   AIR   FLT:873   955A\n", "extracted", "2026-11-09"),
        ("03 NOV 26 - TUESDAY\n   AIR   FLT:873   955A\n\nTUE 10 NOV\n", "needs_review", "2026-11-10"),
    ],
)
def test_a_printed_stay_begins_on_the_day_that_heads_it_and_else_waits(
    above: str, kind: str, first: str
) -> None:
    reading = read(f"RECORD LOCATOR: QX7RT2\n{above}{_PRINTED_STAY}")
    assert reading.outcome.kind == kind
    (segment,) = reading.bookings[0].booking.segments
    assert segment.start is not None
    assert segment.start.date == first


_ROWS = "Thursday 12 November 2026\nab 10:26 Köln Hbf - Gleis 19 (ICE 16)\nan 11:33 Mainz Hbf - Gleis 4\n"


def test_a_planners_connection_without_a_number_waits() -> None:
    def outcome(words: str) -> str:
        event = "SUMMARY:Köln -> Mainz\r\nDTSTART:20261112T102600\r\nDTEND:20261112T113300\r\nDESCRIPTION:"
        planned = calendar(event + (words + _ROWS).replace("\n", "\\n"))
        held = with_file(mail("plan@rail.example", "Trip", "See below."), planned, "text/calendar", "t.ics")
        held["Date"] = RECEIVED
        return read_mail(held.as_bytes(), received=RECEIVED).outcome.kind

    assert outcome("") == "needs_review"
    assert outcome("Booking code: QX7RT2\n") == "extracted"


def test_rows_that_join_no_train_are_no_journey() -> None:
    hours = "Buffet: ab 18:00 Galerie Süd\nan 20:30 Galerie Nord\n"
    joins = "ab 11:41 Mainz Hbf - Gleis 1 (S8)\nan 12:09 Rüsselsheim\n"
    (found,) = read(f"Booking code: QX7RT2\n{_ROWS}{joins}{hours}").bookings
    ends = [
        segment.destination.name
        for segment in found.booking.segments
        if segment.type == "rail" and segment.destination
    ]
    assert ends == ["Mainz Hbf", "Rüsselsheim"]


def test_trains_that_leave_before_others_arrive_wait() -> None:
    other = "ab 11:26 Köln Hbf - Gleis 2 (ICE 18)\nan 12:33 Mainz Hbf\n"
    return_way = "ab 15:26 Mainz Hbf - Gleis 2 (ICE 19)\nan 16:33 Köln Hbf\n"
    assert read(f"Booking code: QX7RT2\n{_ROWS}{other}").outcome.kind == "needs_review"
    assert read(f"Booking code: QX7RT2\n{_ROWS}{return_way}").outcome.kind == "extracted"


@pytest.mark.parametrize(
    "sentence",
    [
        "If your flight has been cancelled by the airline you have rights.",
        "If your flight was delayed or\nhas been cancelled, call us.",
        "Insurance: money back if your trip was cancelled due to illness.",
        "Cancellation policy: a booking that was cancelled late is charged.",
        "Wenn Ihre Reservierung zu spät wurde storniert, fallen 80 % an.",
        "Si votre billet a été annulé, écrivez-nous.",
        "Your flight has been cancelled? Rebook online.",
    ],
)
def test_a_condition_states_no_cancellation(sentence: str) -> None:
    assert cancellation_in("Booking confirmation", f"Booking ABC123\n{sentence}\n") is None


@pytest.mark.parametrize(
    "subject",
    [
        "Booking confirmed (free cancellation)",
        "Booking confirmed - cancellation possible until 10 May",
        "Buchung bestätigt - kostenfreie Stornierung bis 10.05.",
        "Réservation confirmée, annulation gratuite",
    ],
)
def test_a_subject_that_says_what_may_be_cancelled_cancels_nothing(subject: str) -> None:
    assert cancellation_in(subject, "") is None


@pytest.mark.parametrize(
    "subject",
    [
        "Cancelled: Hotel Plaza (free cancellation)",
        "Hotelstornierung 4711",
        "Your cancellation is confirmed",
        "Reserva cancelada",
        "Бронирование отменено",
        "予約キャンセルのお知らせ",
    ],
)
def test_a_subject_that_states_a_cancellation_cancels(subject: str) -> None:
    stated = cancellation_in(subject, "")
    assert stated is not None
    assert stated.doubt([]) is None


def test_a_confirmation_together_with_a_cancellation_waits_for_a_person() -> None:
    reading = read(
        f"Your booking ABC123 is confirmed.\n{FLIGHT}Your booking has been cancelled.\n", subject="ABC123"
    )
    assert reading.outcome.kind == "needs_review"
    assert "confirmation" in (reading.outcome.why or "")
    assert reading.bookings


def test_a_cancellation_of_a_part_that_leaves_the_rest_open_waits_for_a_person() -> None:
    reading = read(
        f"PNR: ABC123\nYour flight LH 457 has been cancelled.\n{FLIGHT}"
        "LH 457 14 May 2026 LAX 15:10 - FRA 10:55 +1\n",
        subject="Your trip",
    )
    assert reading.outcome.kind == "needs_review"
    (found,) = reading.bookings
    assert [segment.status for segment in found.booking.segments] == ["confirmed", "cancelled"]


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Your flight", "Your flight LH 457 has been cancelled. Booking code: ABC123"),
        ("Zugausfall: ICE 595", "Ihr Zug ICE 595 fällt aus.\nAuftragsnummer: QX7P2M\n"),
    ],
)
def test_a_cancelled_leg_without_its_journey_does_not_cancel_the_booking_unseen(
    subject: str, body: str
) -> None:
    assert read(body, subject=subject).outcome.kind == "needs_review"


def test_a_cancellation_that_names_several_numbers_waits_for_a_person() -> None:
    reading = read(
        "Order number: 4711-2026\nBooking number: 88112233\n", subject="Your booking has been cancelled"
    )
    assert reading.outcome.kind == "needs_review"


def test_old_times_are_not_read_before_nor_behind_the_new() -> None:
    assert without_superseded("Old flight\n10:35\nNew flight\n12:35\n") == "New flight\n12:35\n"
    assert without_superseded("New: 12:35\nPreviously: 10:35\n\nBye") == "New: 12:35\n\n\nBye"
    assert "10:35" not in without_superseded("Departure 12:35 (was 10:35)")
    assert without_superseded("Old Mill Hotel\nCheck-in 12 May") == "Old Mill Hotel\nCheck-in 12 May"


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Re: your trip", f"I take the flight {FLIGHT}"),
        ("Re: Trip", f"PNR ABC123. Options would be:\n{FLIGHT}"),
        ("Three cities", "Booking code: WINTER\nLH 456 12 May 2026 FRA 10:05 - LAX 12:35 from EUR 49\n"),
        ("Your next trip", f"Book your trip now: use booking code SUNNY7\n{FLIGHT}"),
        ("Order confirmation 99887711", f"Order number: 99887711\nYour parcel has been shipped.\n{STAY}"),
        ("Deals accepted: your booking", f"Booking number: 99887711\n{STAY}"),
        ("Your booking ABC123", f"Your booking is not confirmed. Your payment was declined.\n{STAY}"),
        ("Ihre Anfrage ABC123", f"Buchungsnummer: ABC123\nDieses Angebot ist unverbindlich.\n{STAY}"),
    ],
    ids=[
        "no number",
        "options",
        "fares",
        "promotion",
        "parcel",
        "offer in the subject",
        "declined",
        "not binding",
    ],
)
def test_what_may_not_be_booked_waits_for_a_person(subject: str, body: str) -> None:
    reading = read(body, subject=subject)
    assert reading.outcome.kind == "needs_review"
    assert reading.outcome.why
    assert reading.bookings


@pytest.mark.parametrize(
    "subject",
    [
        "Your trip to Lisbon",
        "Your stay at the Ideal Hotel",
        "Twin Atrium",
        "Welcome to Vienna",
        "Dates in May",
    ],
)
def test_words_within_words_make_no_advertisement_and_a_number_with_both_ends_a_booking(subject: str) -> None:
    reading = read(f"Number 1\nConfirmation no.: 99887711\n{STAY}", subject=subject)
    assert reading.outcome.kind == "extracted"
    assert [found.booking.record_locator for found in reading.bookings] == ["99887711"]


# --- times ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dated", ["Issued: May 2, 2026", "Booked on 2 May 2026", "Date: 2 May 2026"])
def test_the_day_of_issue_is_not_the_day_of_the_flight(dated: str) -> None:
    reading = read(
        f"{dated}\nRecord locator: ABC123\nTuesday, May 12, 2026\nDFW 5:05 PM\nLHR 7:35 AM\nAA 50\n"
    )
    assert flights(reading) == [("AA50", "DFW", "LHR", "2026-05-12T17:05:00", "2026-05-13T07:35:00")]


def test_a_flight_lands_on_the_day_in_the_line_of_its_arrival() -> None:
    (leg,) = flights(
        read(
            "BOOKING REF: ABC123\nFLIGHT OS 088 - AUSTRIAN AIRLINES   TUE 19 MAY 2026\n"
            "DEPARTURE: NEW YORK, NY (JOHN F KENNEDY INTL), TERMINAL 1 19 MAY 17:25\n"
            "ARRIVAL:   VIENNA, AT (VIENNA INTL), TERMINAL 3           20 MAY 08:10\n"
        )
    )
    assert leg[3:] == ("2026-05-19T17:25:00", "2026-05-20T08:10:00")


@pytest.mark.parametrize("leaves", ["2026-05-10", "2036-05-10"])
def test_what_ends_before_it_begins_or_lasts_for_years_waits_for_a_person(leaves: str) -> None:
    node = {
        "@context": "http://schema.org",
        "@type": "LodgingReservation",
        "reservationNumber": "884213377",
        "reservationFor": {"@type": "LodgingBusiness", "name": "Anchor House"},
        "checkinDate": "2026-05-12",
        "checkoutDate": leaves,
    }
    reading = read(f'<script type="application/ld+json">{json.dumps(node)}</script><p>Thanks.</p>')
    assert reading.outcome.kind == "needs_review"
    assert reading.bookings


def test_labels_and_weekdays_are_no_stops_of_a_train() -> None:
    reading = read(
        "Purchased: 2 May 2026 8:00 AM\nReservation Number - 3F7A21\n"
        "Depart 9:00 AM, Tuesday, May 12, 2026\nArrive 11:56 AM, Tuesday, May 12, 2026\n",
        sender="etickets@amtrak.com",
    )
    assert reading.bookings == ()
    assert reading.outcome.kind == "needs_review"


OUT = "Monday 5 October 2026\n09:30 Leeds\n11:45 London Kings Cross\n"
BACK = "Wednesday 7 October 2026\n18:03 London Kings Cross\n20:15 Leeds\n"
BACK_AT_ONCE = "Monday 5 October 2026\n18:03 London Kings Cross\n20:15 Leeds\n"


def journeys(words: str, *, sender: str = "noreply@lner.co.uk") -> list[str]:
    reading = read(
        f"Booking reference: QK7TWX\nYour journey is confirmed\n\n{words}",
        subject="Your booking confirmation QK7TWX",
        sender=sender,
    )
    return sorted(
        segment.start.local
        for each in reading.bookings
        for segment in each.booking.segments
        if segment.start is not None
    )


@pytest.mark.parametrize("sender", ["noreply@lner.co.uk", "booking@flixbus.de"])
@pytest.mark.parametrize(
    "words",
    [
        f"{OUT}\nMore departures you may like\n{BACK}",
        f"{OUT}\nOther trains you may like\nReturn\n{BACK}",
        f"{OUT}\nRebook your way home for only 9.99:\n{BACK}",
        f"{OUT}\nReturn home sooner!\n{BACK}",
        f"{OUT}\nSeize the day\n{BACK_AT_ONCE}",
        f"{OUT}\nTravel centre open on {BACK}",
        f"{OUT}\nOriginal train\n{OUT.replace('09:30', '08:30').replace('11:45', '10:45')}",
        f"{OUT}Coach 3 Seat 12A\n\n{BACK}",
    ],
)
def test_what_is_offered_old_or_open_below_a_journey_is_no_further_one(words: str, sender: str) -> None:
    assert journeys(words, sender=sender) == ["2026-10-05T09:30:00"]


@pytest.mark.parametrize("what", ["journey", "train", "trip"])
def test_an_old_journey_is_read_neither_above_nor_below_the_new_one(what: str) -> None:
    old = f"Your old {what}\n{OUT.replace('09:30', '08:30').replace('11:45', '10:45')}"
    new = f"Your new {what}\n{OUT}"
    assert journeys(f"{old}\n{new}") == journeys(f"{new}\n{old}") == ["2026-10-05T09:30:00"]


@pytest.mark.parametrize(
    ("further", "starts"),
    [
        (f"Return\n{BACK}", "2026-10-07T18:03:00"),
        (f"Your return journey on {BACK}", "2026-10-07T18:03:00"),
        (f"Return: London to Leeds\n{BACK}", "2026-10-07T18:03:00"),
        (f"Rückfahrt am {BACK}", "2026-10-07T18:03:00"),
        (f"Journey 2\n{BACK}", "2026-10-07T18:03:00"),
        (f"Return\n{BACK_AT_ONCE}", "2026-10-05T18:03:00"),
        (f"Seat 31\n{BACK}Seat 7\n", "2026-10-07T18:03:00"),
        ("Change here\n12:20 London Kings Cross\n13:10 Cambridge\n", "2026-10-05T12:20:00"),
    ],
)
def test_a_further_journey_is_headed_as_one_or_goes_on_or_has_its_own_seat(further: str, starts: str) -> None:
    assert journeys(f"{OUT}{further}") == ["2026-10-05T09:30:00", starts]


# --- calendars -----------------------------------------------------------------------------------


def invited(event: str, *, method: str = "REQUEST") -> MailReading:
    message = with_file(
        mail("bob@example.com", "Invitation", "x"), calendar(event, method=method), "text/calendar", "x.ics"
    )
    return read_mail(message.as_bytes(), received=RECEIVED)


AT_TEN = "DTSTART:20260512T100000Z\r\nDTEND:20260512T110000Z"
TWO_DAYS = "DTSTART;VALUE=DATE:20260512\r\nDTEND;VALUE=DATE:20260514"


@pytest.mark.parametrize(
    ("event", "method"),
    [
        (f"SUMMARY:Quarterly review\r\nLOCATION:Room 4.12\r\n{AT_TEN}", "REQUEST"),
        (f"SUMMARY:Fair\r\nLOCATION:Hall 3\r\nDESCRIPTION:Booking number: 88112233\r\n{AT_TEN}", "REPLY"),
        (f"SUMMARY:Weekly sync\r\nLOCATION:Room Wien\r\nRRULE:FREQ=WEEKLY\r\n{AT_TEN}", "PUBLISH"),
        (f"SUMMARY:Offsite in Berlin\\, check-in of the Q1 plan\r\nLOCATION:Berlin\r\n{TWO_DAYS}", "REQUEST"),
        (f"SUMMARY:Bob will stay at home\r\n{TWO_DAYS}", "PUBLISH"),
    ],
    ids=["meeting", "answer", "recurring", "offsite", "holiday"],
)
def test_what_people_agree_on_among_themselves_is_no_booking(event: str, method: str) -> None:
    reading = invited(event, method=method)
    assert reading.bookings == ()
    assert reading.notes


def test_a_stay_or_event_in_a_calendar_without_a_number_waits_for_a_person() -> None:
    for event in (
        f"SUMMARY:Hotel Anker\r\n{TWO_DAYS}",
        f"SUMMARY:Trade fair\r\nLOCATION:Hall 3\\, Hannover\r\n{AT_TEN}",
    ):
        reading = invited(event, method="PUBLISH")
        assert len(reading.bookings) == 1
        assert reading.outcome.kind == "needs_review"


@pytest.mark.parametrize(
    ("origin", "destination", "zones"),
    [
        ("York", "Leeds", ("Europe/London", "Europe/London")),
        ("Wien Hbf", "Somewhere", ("Europe/Vienna", "Europe/Vienna")),
        ("York", "Reading", (None, None)),
        ("London", "Toronto", (None, None)),
    ],
)
def test_a_train_is_timed_by_the_clocks_that_both_its_stations_tell(
    origin: str, destination: str, zones: tuple[str | None, str | None]
) -> None:
    number = "Booking number: 7712345678"
    by_words = read(f"{number}\nMon 14 Sep 2026\n{origin} 10:19 - {destination} 11:55\nIC 23\n")
    event = f"SUMMARY:{origin} - {destination}\r\nDESCRIPTION:Train IC 23\\n{number}\r\n{AT_TEN}"
    by_calendar = invited(event, method="PUBLISH")

    for reading, last in (
        (by_words, zones[1] if destination != "Somewhere" else None),
        (by_calendar, zones[1]),
    ):
        (found,) = reading.bookings
        (segment,) = found.booking.segments
        assert segment.start is not None
        assert segment.end is not None
        assert (segment.start.zone, segment.end.zone) == (zones[0], last)
        assert segment.start.inferred == (zones[0] is not None)


@pytest.mark.parametrize(
    ("summary", "told"),
    [
        ("Nordic Strings - Live in Oslo", "Trams and bus 54 stop outside."),
        ("Guided tour: Cathedral - Crypt", "Bus: 12, 14"),
        ("Hotel Columbus - Genoa", "Breakfast from 7:00"),
        ("Dinner - Osteria Verde", "A shuttle bus leaves from the station."),
        ("Review: Design - Build", "Come by coach or ferry."),
        ("Bus museum: Old Depot - Harbour", "Tickets at the door."),
        ("Munich - Oslo", "Aircraft: Airbus A321"),
        ("Ferry Inn - Portsmouth", "Room 12"),
        ("Bus to the gate: Munich - Oslo", "Your flight is at 12:05."),
        ("Fjord Lodge - Cabin 4", "Your cabin is ready."),
    ],
)
def test_what_can_be_reached_by_bus_or_names_one_within_a_word_is_no_ride(summary: str, told: str) -> None:
    reading = invited(
        f"SUMMARY:{summary}\r\nLOCATION:Hall 3\r\nDESCRIPTION:Booking number: 7712QK\\n{told}\r\n{AT_TEN}",
        method="PUBLISH",
    )
    kinds = [segment.type for each in reading.bookings for segment in each.booking.segments]
    assert kinds == ["event"]


@pytest.mark.parametrize(
    "called",
    [
        "SUMMARY:Omnibus: Passau - Linz",
        "SUMMARY:Ferry Passau - Linz",
        "SUMMARY:Passau - Linz\r\nORGANIZER;CN=Danube Bus:mailto:b@bus.example",
    ],
)
def test_an_event_that_is_called_a_bus_or_a_ship_is_a_ride(called: str) -> None:
    reading = invited(f"{called}\r\nDESCRIPTION:Booking number: 7712QK\r\n{AT_TEN}", method="PUBLISH")
    (found,) = reading.bookings
    assert [segment.type for segment in found.booking.segments] == ["ride"]


# --- rides by their labels ------------------------------------------------------------------------

LEAVES = "Departure: 12 May 2026 10:15\nArrival: 12 May 2026 12:20\n"
FROM_TO = "Departs: Munich 12 May 2026 10:15\nArrives: Oslo 12 May 2026 12:20\n"


@pytest.mark.parametrize(
    ("sender", "words"),
    [
        ("noreply@lufthansa.com", f"{LEAVES}Munich - Oslo\nEquipment: Airbus A321"),
        ("noreply@lufthansa.com", f"{FROM_TO}A bus takes you to the gate"),
        ("x@vendor.example", f"{LEAVES}Munich - Oslo\nCabin: Premium Economy"),
        ("x@vendor.example", f"{LEAVES}Route: Munich - Oslo\nCabin: Business"),
        ("x@vendor.example", f"{FROM_TO}Cabin: 1 bag of 8 kg"),
        ("x@vendor.example", f"{FROM_TO}Boeing 737, business class"),
        ("x@vendor.example", f"{FROM_TO}Flight time 2 h, a bus takes you to the gate"),
        ("x@vendor.example", f"{FROM_TO}Business class, no busy gates"),
        ("x@walks.example", f"{LEAVES}Harbour walk - Cathedral\nWe meet at the bus stop"),
        ("x@rooms.example", f"{LEAVES}Columbus Court - Ohio"),
        ("x@movers.example", f"{LEAVES}Route: Berlin - Hamburg\nVehicle: VW Golf"),
    ],
)
def test_what_leaves_and_arrives_by_no_bus_or_ship_is_no_ride_unseen(sender: str, words: str) -> None:
    reading = read(f"Booking reference: QK7TWX\nYour booking is confirmed\n{words}\n", sender=sender)
    sure = [each for each in reading.bookings if each.confidence >= SURE_ENOUGH]
    assert "ride" not in {segment.type for each in sure for segment in each.booking.segments}


@pytest.mark.parametrize(
    "words",
    [
        f"{LEAVES}Route: Munich - Oslo\nShip: Nordlicht\nCabin: 2-berth inside",
        f"{FROM_TO}Cabin 4012, deck 7",
        f"{FROM_TO}Fernbus, seat 12",
        f"{FROM_TO}Bus to the airport",
    ],
)
def test_what_leaves_and_arrives_by_bus_or_ship_is_a_ride(words: str) -> None:
    reading = read(f"Booking reference: QK7TWX\nYour booking is confirmed\n{words}\n", sender="x@v.example")
    (found,) = reading.bookings
    assert [segment.type for segment in found.booking.segments] == ["ride"]
    assert reading.outcome.kind == "extracted"


# --- several mails in one, and words beside markup -----------------------------------------------


def attached(
    *inner: tuple[str, str, str], cover: str = "see attached", subject: str = "Fwd: both"
) -> MailReading:
    """Read a mail that holds others, each of a date, a subject and a text."""
    message = mail("anna@example.com", subject, cover)
    for day, title, text in inner:
        held = mail("info@agency.example", title, text)
        held["Date"] = f"{day} 2026 08:00:00 +0000"
        message.add_attachment(held)
    return read_mail(message.as_bytes(), received=RECEIVED)


def test_mails_of_one_number_name_one_booking_together() -> None:
    reading = attached(
        ("1 May", "Booking confirmed", f"Booking reference: ABC123\n{FLIGHT}"),
        ("2 May", "Booking confirmed", f"Booking reference: ABC123\n{STAY}"),
    )
    (found,) = reading.bookings
    assert {segment.type for segment in found.booking.segments} == {"air", "hotel"}
    assert reading.outcome.kind == "extracted"


def test_the_newest_of_several_mails_decides_what_is_cancelled() -> None:
    reading = attached(
        ("1 May", "Booking confirmed", f"Booking reference: ABC123\n{STAY}"),
        ("2 May", "Booking cancelled", f"Booking reference: ABC123\n{STAY}"),
    )
    assert [found.booking.status for found in reading.bookings] == ["cancelled"]


def test_what_is_written_above_an_attached_mail_counts_where_that_says_nothing() -> None:
    reading = attached(
        ("1 May", "Re: request", "please take care of it"),
        cover=f"Confirmation number: 99887711\n{STAY}",
        subject="Your booking confirmation",
    )
    assert [found.booking.record_locator for found in reading.bookings] == ["99887711"]


def test_a_flight_that_markup_leaves_out_is_shown_to_a_person() -> None:
    node = {
        "@context": "http://schema.org",
        "@type": "LodgingReservation",
        "reservationNumber": "884213377",
        "reservationFor": {"@type": "LodgingBusiness", "name": "Anchor House"},
        "checkinDate": "2026-05-12",
        "checkoutDate": "2026-05-14",
    }
    reading = read(
        f'<script type="application/ld+json">{json.dumps(node)}</script>'
        f"<p>Booking reference: ABC123</p><p>{FLIGHT}</p>"
    )
    assert reading.outcome.kind == "needs_review"
    assert {segment.type for found in reading.bookings for segment in found.booking.segments} == {
        "air",
        "hotel",
    }


def test_two_journeys_of_a_day_without_numbers_are_two() -> None:
    first = read(FLIGHT, subject="Your trip is booked")
    second = read("LH 1170 12 May 2026 FRA 18:35 - LIS 20:25\n", subject="Your trip is booked")
    assert first.bookings[0].booking.record_locator != second.bookings[0].booking.record_locator


def test_a_house_in_an_old_town_and_a_city_that_is_called_new_are_neither_old_nor_new_times() -> None:
    text = "Old Town Hotel\nCheck-in: 12 May\nNew York\n"
    assert without_superseded(text) == text


@pytest.mark.parametrize(
    "sentence",
    [
        "Passengers whose flight has been cancelled may rebook.",
        "Bookings that have been cancelled cannot be restored.",
        "No fee is due where the booking was cancelled in time.",
    ],
)
def test_a_rule_for_everybody_states_no_cancellation(sentence: str) -> None:
    assert cancellation_in("Your trip", f"Booking ABC123\n{sentence}\n") is None


def test_a_subject_that_names_a_cancelled_flight_does_not_cancel_the_others() -> None:
    reading = read(
        f"Booking code: ABC123\n{FLIGHT}LH 457 14 May 2026 LAX 15:10 - FRA 10:55 +1\n",
        subject="Flight LH 457 cancelled",
    )
    (found,) = reading.bookings
    assert [segment.status for segment in found.booking.segments] == ["confirmed", "cancelled"]
    assert reading.outcome.kind == "needs_review"


def test_a_cancellation_takes_the_number_of_the_sentence_that_cancels() -> None:
    (found,) = read(
        f"Order number: 4711-2026\nYour booking number 88112233 has been cancelled.\n{STAY}",
        subject="Your stay",
    ).bookings
    assert (found.booking.record_locator, found.booking.status) == ("88112233", "cancelled")


RETURN = "LH 457 19 May 2026 LAX 15:10 - FRA 10:55 +1\n"


@pytest.mark.parametrize(
    ("subject", "words", "is_part"),
    [
        ("Schedule change to your booking ABC123", FLIGHT, True),
        ("Flugplanänderung ABC123", FLIGHT, True),
        ("Schedule change to your booking ABC123", FLIGHT + RETURN, False),
        ("Schedule change", f"Your new itinerary\n{FLIGHT}", False),
        ("Your booking has been changed", FLIGHT, False),
        ("Your booking ABC123 is confirmed", FLIGHT, False),
    ],
)
def test_a_mail_about_a_change_is_of_its_legs_alone_unless_it_names_all(
    subject: str, words: str, is_part: bool
) -> None:
    reading = read(f"Booking reference: ABC123\n{words}", subject=subject)
    assert reading.outcome.kind == "extracted"
    (found,) = reading.bookings
    assert found.is_part is is_part
    whole = {record.record_locator for record in found.records()} == {"ABC123"}
    assert whole is not is_part


def test_a_flight_in_place_of_another_waits_where_the_mail_does_not_name_all_of_the_booking() -> None:
    reading = read(
        "Booking reference: ABC123\nYour flight LH 454 has been cancelled. We have rebooked you.\n"
        f"Your new flight:\n{FLIGHT}",
        subject="Your flight has changed",
    )
    assert reading.outcome.kind == "needs_review"
    (found,) = reading.bookings
    assert found.is_part


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("Your flight LH 456 has been cancelled.", "needs_review"),
        ("Your booking with flight LH 456 has been cancelled.", "extracted"),
    ],
)
def test_the_cancellation_of_a_flight_is_none_of_its_booking_unless_it_says_so(
    sentence: str, kind: str
) -> None:
    reading = read(f"Booking reference: ABC123\n{sentence}\n{FLIGHT}", subject="Important information")
    assert reading.outcome.kind == kind
    (found,) = reading.bookings
    assert found.booking.status == "cancelled"


def _forwarded(sender: str, number: str, words: str) -> str:
    return (
        f"---------- Forwarded message ---------\nFrom: {sender}\nDate: Mon, May 4, 2026 at 8:00 AM\n"
        f"Subject: Confirmation {number}\nTo: <bo@example.com>\n\nConfirmation number: {number}\n{words}\n"
    )


def test_vendors_mails_that_stand_one_below_the_other_are_all_read_and_no_notes_above_them() -> None:
    stay = _forwarded("Marriott <a@res-marriott.com>", "81234567", STAY)
    flight = _forwarded("United <a@united.com>", "P3XW7K", "UA 1217 30 May 2026 SFO 07:15 - ORD 13:36")
    note = _forwarded("Anna <anna@example.com>", "ABC123", FLIGHT)
    reading = read(
        f"Both are done.\n\n{note}{stay}{flight}", subject="Fwd: your bookings", sender="bo@example.com"
    )
    numbers = [each.booking.record_locator for each in reading.bookings]
    assert sorted(numbers) == ["81234567", "P3XW7K"]


@pytest.mark.parametrize(
    ("subject", "sentence"),
    [
        ("About LH1792", "We're sorry that LH1792 on 02 May 2026 was cancelled."),
        ("Your trip", "On May 2 your flight LH1792 was cancelled."),
        ("Twój lot LH1792", "Twoja rezerwacja ABC123 została anulowana."),
        ("Twój lot LH1792 został odwołany", "Szanowna Pani"),
    ],
)
def test_the_month_of_may_is_no_condition_and_letters_with_strokes_hide_nothing(
    subject: str, sentence: str
) -> None:
    assert cancellation_in(subject, sentence) is not None


def test_a_flight_that_cannot_be_read_beside_one_that_can_has_the_mail_wait() -> None:
    whole = read(f"Booking reference: ABC123\n{FLIGHT}")
    assert whole.outcome.kind == "extracted"
    reading = read(f"Booking reference: ABC123\n{FLIGHT}ET 308 L 15 May 2026 OK\n")
    assert reading.outcome.kind == "needs_review"
    assert flights(reading)[0][0] == "LH456"


@pytest.mark.parametrize(
    ("sender", "kind"), [("news@easyjet.com", "needs_review"), ("booking@sixt.com", "extracted")]
)
def test_an_airlines_mail_that_names_nothing_but_a_rental_waits(sender: str, kind: str) -> None:
    rental = "Pick-up: Nice Airport, 9 Nov 2026, 12:00\nDrop-off: Nice Airport, 13 Nov 2026, 12:00\n"
    assert read(f"Booking reference: ABC123\n{rental}", sender=sender).outcome.kind == kind
