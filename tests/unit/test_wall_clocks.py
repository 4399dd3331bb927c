"""Times in UTC in markup: an instant, unless the words show that it is the clock on the wall."""

import json
from datetime import UTC, datetime

import pytest

from services.ingest.domain.email.reading import read_mail
from tests.support.email_machine_made import mail

FLIGHT = {
    "@context": "https://schema.org",
    "@type": "FlightReservation",
    "reservationId": "K7QW2P",
    "reservationFor": {
        "@type": "Flight",
        "flightNumber": "456",
        "airline": {"iataCode": "LH"},
        "departureAirport": {"iataCode": "FRA"},
        "arrivalAirport": {"iataCode": "ATH"},
        "departureTime": "2026-06-12T10:05:00Z",
        "arrivalTime": "2026-06-12T13:55:00Z",
    },
}
AS_WRITTEN = ("2026-06-12T10:05:00", "2026-06-12T13:55:00")
AS_INSTANTS = ("2026-06-12T12:05:00", "2026-06-12T16:55:00")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("FRA 10:05 - ATH 13:55", AS_WRITTEN),
        ("FRA 12:05 - ATH 16:55", AS_INSTANTS),
        ("Have a good flight.", AS_INSTANTS),
        ("FRA 10:05, check in until 09:20", AS_INSTANTS),
        ("FRA 10:05 UTC (12:05 local) - ATH 13:55 UTC (16:55 local)", AS_INSTANTS),
    ],
)
def test_hours_in_utc_are_the_walls_where_the_words_say_so_at_both_ends(
    words: str, expected: tuple[str, str]
) -> None:
    script = f'<script type="application/ld+json">{json.dumps(FLIGHT)}</script>'
    letter = mail(
        "a@airline.example", "Your booking", html=f"<html><body>{script}<p>{words}</p></body></html>"
    )
    (booking,) = read_mail(letter.as_bytes(), received=datetime(2026, 5, 4, tzinfo=UTC)).bookings
    (flight,) = booking.booking.segments
    assert flight.start is not None
    assert flight.end is not None
    assert (flight.start.local, flight.end.local) == expected
    assert (flight.start.zone, flight.end.zone) == ("Europe/Berlin", "Europe/Athens")
    assert flight.start.inferred
