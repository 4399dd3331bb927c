"""The dialects of markup, calendars and passes that templates really write are read like the standards'."""

from datetime import UTC, datetime

import pytest

from services.command_line.bench_email import judge
from services.ingest.domain.email.reading import read_mail
from tests.support.email_dialects import dialects
from tests.support.email_machine_made import Made
from tests.support.email_samples import expected_of

RECEIVED = datetime(2026, 5, 4, 9, tzinfo=UTC)


@pytest.mark.parametrize("made", list(dialects()), ids=lambda made: made[0])
def test_a_dialect_is_read_as_what_it_means(made: Made) -> None:
    _, mail, expected = made
    reading = read_mail(mail.as_bytes(), received=RECEIVED)
    found = [each.booking.model_dump(mode="json", exclude_none=True) for each in reading.bookings]
    assert judge(expected_of(expected), found).misses == ()
