"""Parts of bookings that mails state, beside what is known of the whole: no leg stands twice, none outlives it."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

from schemas.identifiers import email_message_id
from services.ingest.domain.email.reading import read_mail
from services.ingest.domain.email.results import MailReading
from services.ingest.domain.emails import EmailEntry, Judged, judge_reading, state
from services.ingest.domain.parts import MOVED, beside, with_ended_parts, with_moved_legs
from services.ingest.domain.whose_mail import Whose
from tests.support.statements import TENANT, TRAVELLER
from tests.support.trips import Traveller

BOTH = (
    "LH 456 12 May 2026 FRA 10:05 - LAX 12:35\n"
    "LH 457 19 May 2026 LAX 15:10 - FRA 10:55 +1\n"
)  # fmt: skip
INSTEAD = BOTH.replace("LH 456", "LH 400").replace("LAX 12:35", "JFK 12:35").replace("LH 457", "LH 401")
RETIMED = "LH 456 12 May 2026 FRA 12:05 - LAX 14:35\n"


class Mailbox:
    """A traveller's mails, read one after the other, each a day after the one before."""

    def __init__(self) -> None:
        self.entries: list[EmailEntry] = []
        self.readings: list[tuple[MailReading, Judged]] = []
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
            received_ms=1_000 + len(self.entries),
            partition=0,
            offset=len(self.entries),
        )
        reading = read_mail(mail.as_bytes(), received=written)
        judged = self._judged(reading, entry)
        self.entries.append(judged.entry)
        self.readings.append((reading, judged))
        self.traveller.each(*judged.statements)
        return judged.entry

    def accept(self, entry: EmailEntry) -> EmailEntry:
        """Take what a mail says, as `Reviews` does when a person wants it."""
        others = [other for other in self.entries if other is not entry]
        bookings = with_moved_legs(entry.bookings, entry=entry, others=others)
        judged = state(entry, traveller=TRAVELLER, bookings=bookings, outcome="accepted")
        assert isinstance(judged, Judged)
        judged = with_ended_parts(judged, others=others)
        self.entries = [judged.entry if other is entry else other for other in self.entries]
        self.traveller.each(*judged.statements)
        return judged.entry

    def take_again(self) -> list[Judged]:
        """Read all mails again, now that all are known."""
        return [self._judged(reading, judged.entry) for reading, judged in self.readings]

    def _judged(self, reading: MailReading, entry: EmailEntry) -> Judged:
        """Judge it as `MailReader.judge` does."""
        doubted = beside(reading, entry=entry, others=self.entries)
        judged = judge_reading(doubted, entry=entry, whose=Whose(TRAVELLER), person=None)
        return with_ended_parts(judged, others=self.entries)

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


def test_a_leg_that_is_moved_far_waits_and_does_not_stand_twice() -> None:
    box = Mailbox()
    box.take("Booking confirmation", BOTH)
    moved = box.take("Schedule change to your booking ABC123", "LH 456 13 May 2026 FRA 01:05 - LAX 03:35\n")
    assert (moved.outcome, moved.why) == ("needs_review", MOVED)
    assert box.live() == [("LH456", "2026-05-12T10:05"), ("LH457", "2026-05-19T15:10")]


def test_a_leg_that_is_moved_far_takes_the_old_ones_place_once_a_person_accepts_it() -> None:
    box = Mailbox()
    box.take("Booking confirmation", BOTH)
    box.take("Schedule change to your booking ABC123", "LH 457 19 May 2026 LAX 17:10 - FRA 12:55 +1\n")
    moved = box.take("Schedule change to your booking ABC123", "LH 456 13 May 2026 FRA 01:05 - LAX 03:35\n")
    assert (moved.outcome, moved.why) == ("needs_review", MOVED)
    box.accept(moved)
    assert box.live() == [("LH456", "2026-05-13T01:05"), ("LH457", "2026-05-19T17:10")]


def test_a_flight_between_the_same_ends_takes_the_place_of_another_once_a_person_accepts_it() -> None:
    box = Mailbox()
    box.take("Booking confirmation", BOTH)
    other = box.take("Schedule change to your booking ABC123", "LH 450 14 May 2026 FRA 10:05 - LAX 12:35\n")
    assert other.why == MOVED
    box.accept(other)
    assert box.live() == [("LH450", "2026-05-14T10:05"), ("LH457", "2026-05-19T15:10")]


def test_a_flight_that_takes_no_legs_place_stands_beside_the_booking_once_a_person_accepts_it() -> None:
    box = Mailbox()
    box.take("Booking confirmation", BOTH)
    third = box.take("Schedule change to your booking ABC123", "LH 400 14 May 2026 FRA 10:05 - JFK 12:35\n")
    box.accept(third)
    assert [flight for flight, _ in box.live()] == ["LH400", "LH456", "LH457"]


def test_an_old_confirmation_that_a_person_accepts_leaves_a_leg_where_a_change_moved_it() -> None:
    box = Mailbox()
    moved = "LH 456 13 May 2026 FRA 01:05 - LAX 03:35\n"
    box.take("Schedule change to your booking ABC123", moved, day=5)
    old = box.take("Booking confirmation", BOTH, day=1)
    assert old.why == MOVED
    box.accept(old)
    assert box.live() == [("LH456", "2026-05-13T01:05"), ("LH457", "2026-05-19T15:10")]


def test_a_confirmation_that_arrives_behind_a_change_that_moved_a_leg_far_waits() -> None:
    box = Mailbox()
    moved = "LH 456 13 May 2026 FRA 01:05 - LAX 03:35\n"
    assert box.take("Schedule change to your booking ABC123", moved, day=5).outcome == "extracted"
    assert box.take("Booking confirmation", BOTH, day=1).why == MOVED
    assert box.live() == [("LH456", "2026-05-13T01:05")]


def test_a_second_change_takes_the_place_of_the_first_over_midnight_too() -> None:
    box = Mailbox()
    box.take("Booking confirmation", "LH 456 12 May 2026 FRA 20:05 - LAX 22:35\n")
    for departs in ("12 May 2026 FRA 11:05 - LAX 13:35", "13 May 2026 FRA 01:05 - LAX 03:35"):
        mail = box.take("Schedule change to your booking ABC123", f"LH 456 {departs}\n")
        assert mail.outcome == "extracted"
    assert box.live() == [("LH456", "2026-05-13T01:05")]


def test_a_change_of_one_of_two_flights_of_one_number_waits() -> None:
    box = Mailbox()
    box.take("Booking confirmation", BOTH + "LH 456 26 May 2026 FRA 10:05 - LAX 12:35\n")
    assert box.take("Schedule change to your booking ABC123", RETIMED).why == MOVED


def test_a_newer_statement_of_the_whole_ends_the_parts_that_it_does_not_name() -> None:
    box = Mailbox()
    box.take("Booking confirmation", BOTH)
    box.take("Schedule change to your booking ABC123", RETIMED)
    assert box.take("Booking confirmation", INSTEAD).outcome == "extracted"
    assert [flight for flight, _ in box.live()] == ["LH400", "LH401"]


def test_what_was_flown_before_the_whole_was_stated_anew_stays() -> None:
    box = Mailbox()
    box.take("Booking confirmation", BOTH)
    box.take("Schedule change to your booking ABC123", RETIMED)
    box.take("Booking confirmation", BOTH.splitlines(keepends=True)[1], day=45)
    assert [flight for flight, _ in box.live()] == ["LH456", "LH457"]


def test_a_change_that_arrives_behind_a_newer_statement_of_the_whole_ends_at_once() -> None:
    box = Mailbox()
    box.take("Booking confirmation", BOTH)
    box.take("Booking confirmation", INSTEAD, day=5)
    assert box.take("Schedule change to your booking ABC123", RETIMED, day=2).outcome == "extracted"
    assert [flight for flight, _ in box.live()] == ["LH400", "LH401"]


def test_mails_that_are_read_again_when_all_are_known_say_the_same() -> None:
    box = Mailbox()
    box.take("Schedule change to your booking ABC123", RETIMED, day=3)
    box.take("Booking confirmation", BOTH, day=1)
    box.take("Schedule change to your booking ABC123", RETIMED.replace("12:05", "13:05"), day=4)
    box.take("Booking confirmation", INSTEAD, day=6)
    box.take("Schedule change to your booking ABC123", RETIMED, day=5)
    box.take("Cancellation of your booking ABC123", "Your booking has been cancelled.\n" + BOTH, day=8)
    assert [judged.entry.outcome for _, judged in box.readings] == ["extracted"] * 6
    assert box.take_again() == [judged for _, judged in box.readings]
