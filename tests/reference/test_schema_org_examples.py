"""schema.org's own examples of reservations, as it publishes them."""

import re
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from services.ingest.domain.email.reading import read_mail

EXPECTED = {
    "TrainReservation": ("rail", "AB3XY2", "2017-01-04T10:30:00", "2017-01-04T03:10:00"),
    "BusReservation": ("ride", "123456", "2017-01-04T12:30:00", "2017-01-04T17:10:00"),
    "EventReservation": ("event", "E123456789", "2017-03-06T19:30:00", None),
    "FlightReservation": ("air", "RXJ34P", "2017-03-04T20:15:00", "2017-03-05T06:30:00"),
    "FoodEstablishmentReservation": ("dining", "OT12345", "2017-04-10T08:00:00", None),
    "LodgingReservation": ("hotel", "abc456", "2017-04-11T16:00:00", "2017-04-13T11:00:00"),
    "RentalCarReservation": ("car", "546323", "2017-08-05T16:00:00", "2017-08-06T20:00:00"),
    "TaxiReservation": ("ride", "546323", "2017-08-05T16:00:00", None),
}


@pytest.mark.parametrize("kind", EXPECTED)
def test_each_published_example_becomes_the_booking_that_it_describes(reference: Path, kind: str) -> None:
    examples = (reference / "schemaorg/examples-reservations.txt").read_text(encoding="utf-8")
    example = next(e for e in re.split(r"(?m)^TYPES:", examples) if f'"@type": "{kind}"' in e)
    mail = EmailMessage()
    mail["From"] = "bookings@example.org"
    mail["Date"] = datetime(2017, 1, 1, tzinfo=UTC)
    mail.set_content(example[example.index("JSON:") :], subtype="html")
    reading = read_mail(mail.as_bytes(), received=datetime(2017, 1, 2, tzinfo=UTC))
    (found,) = reading.bookings
    (segment,) = found.booking.segments
    end = None if segment.end is None else segment.end.local
    assert segment.start is not None
    assert (segment.type, found.booking.record_locator, segment.start.local, end) == EXPECTED[kind]
