"""Parts of bookings that mails state, beside what is known of the whole: no leg stands twice, none outlives it."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

from schemas.identifiers import email_message_id
from services.ingest.domain.email.reading import read_mail
from services.ingest.domain.emails import EmailEntry, Judged, judge_reading
from services.ingest.domain.whose_mail import Whose
from tests.support.statements import TENANT, TRAVELLER
from tests.support.trips import Traveller

BOTH = (
    "LH 456 12 May 2026 FRA 10:05 - LAX 12:35\n"
    "LH 457 19 May 2026 LAX 15:10 - FRA 10:55 +1\n"
)  # fmt: skip
RETIMED = "LH 456 12 May 2026 FRA 12:05 - LAX 14:35\n"


class Mailbox:
    """A traveller's mails, read one after the other, each a day after the one before."""

    def __init__(self) -> None:
        self.entries: list[EmailEntry] = []
        self.traveller = Traveller()

    def take(self, subject: str, words: str, *, day: int | None = None) -> EmailEntry:
        """Read a mail and say what it states."""
        number = len(self.entries) if day is None else day
        written = datetime(2026, 4, 1, 12, tzinfo=UTC) + timedelta(days=number)
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "info@lufthansa.com", "anna@example.com", subject
        mail["Date"] = written
        mail.set_content(f"Booking reference: ABC123\n{words}")
        entry = EmailEntry(
            tenant=TENANT,
            message=email_message_id(tenant=TENANT, recipient="r", sha256=f"{number}"),
            outcome="queued",
            door="smtp",
            received_ms=int(written.timestamp() * 1000),
            partition=0,
            offset=number,
        )
        judged = self._judged(read_mail(mail.as_bytes(), received=written), entry)
        self.entries.append(judged.entry)
        self.traveller.each(*judged.statements)
        return judged.entry

    def _judged(self, reading: Any, entry: EmailEntry) -> Judged:
        return judge_reading(reading, entry=entry, whose=Whose(TRAVELLER), person=None)

    def live(self) -> list[tuple[str, str]]:
        """Return the flights that stand."""
        return sorted(
            (f"{segment['carrier']}{segment['flight_number']}", segment["start"]["local"][:16])
            for trip in self.traveller.live()
            for segment in trip["segments"]
            if segment["status"] == "confirmed"
        )


def test_a_booking_that_is_cancelled_takes_the_parts_that_other_mails_stated_along() -> None:
    box = Mailbox()
    box.take("Booking confirmation", BOTH)
    assert box.take("Schedule change to your booking ABC123", RETIMED).outcome == "extracted"
    assert ("LH456", "2026-05-12T12:05") in box.live()
    cancelled = box.take("Cancellation of your booking ABC123", "Your booking has been cancelled.\n" + BOTH)
    assert cancelled.outcome == "extracted"
    assert box.live() == []
