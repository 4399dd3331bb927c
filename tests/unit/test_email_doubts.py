"""What is not certain waits for a person: it is never silently wrong, and never silently dropped."""

import pytest

from services.ingest.domain.email.cancelling import cancellation_in
from services.ingest.domain.email.superseded import without_superseded
from tests.unit.test_email_rules import read

FLIGHT = "LH 456 12 May 2026 FRA 10:05 - LAX 12:35\n"
STAY = "Hotel: Anchor House\nCheck-in: 12 May 2026\nCheck-out: 14 May 2026\n"


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


def test_a_cancelled_flight_without_its_journey_does_not_cancel_the_booking_unseen() -> None:
    reading = read("Your flight LH 457 has been cancelled. Booking code: ABC123", subject="Your flight")
    assert reading.outcome.kind == "needs_review"


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
    ],
    ids=["no number", "options", "fares", "promotion", "parcel", "offer in the subject"],
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
