"""What reading a mail comes to: bookings, or a visible reason why there are none.

Values only: frozen, picklable, made to travel out of a limited child process.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Model
from schemas.segments import AirSegment, RailSegment, Segment
from services.ingest.domain.json_bookings import JsonBooking


class Engine(StrEnum):
    """What can find a reservation in a mail, the most reliable first."""

    MARKUP = "markup"
    """schema.org, as JSON-LD or microdata."""
    WALLET_PASS = "wallet_pass"  # noqa: S105 - no password
    BOARDING_PASS = "boarding_pass"  # noqa: S105 - no password
    """Bar codes: of boarding passes, and of rail tickets."""
    CALENDAR = "calendar"
    KITINERARY = "kitinerary"
    RULES = "rules"
    """Our declarative rules for text, HTML and PDF."""
    LANGUAGE_MODEL = "language_model"


class FoundBooking(Model):
    """One booking that a mail speaks of."""

    booking: JsonBooking
    """In the form that `POST /v1/bookings` takes; `model_dump(mode="json", exclude_none=True)` writes it."""
    confidence: Annotated[int, Field(ge=0, le=100)]
    """In percent."""
    engines: tuple[Engine, ...]
    is_part: bool = False
    """The mail speaks of a part of the booking only (a boarding pass, a reminder of one leg): what it does
    not name must not be taken for gone. `records()` gives such a part a record of its own."""
    of_change: bool = False
    """Such a part, of a mail about a change: the next change of its leg replaces it, whatever its day."""

    def records(self) -> tuple[JsonBooking, ...]:
        """Return what to state for it: a whole booking as it is, a part as one record for each segment.

        A record's full statement replaces the one before it (design, section 4); a boarding pass for the
        way out must replace neither the confirmation of both ways nor the pass for the way home.
        """
        if not self.is_part:
            return (self.booking,)
        parts: dict[str, tuple[Segment, ...]] = {}
        for position, segment in enumerate(self.booking.segments):
            which = (name_of_leg(segment) if self.of_change else None) or _which(position, segment)
            parts[which] = (*parts.get(which, ()), segment)
        return tuple(
            self.booking.model_copy(
                update={"record_locator": f"{self.booking.record_locator}/{which}", "segments": segments}
            )
            for which, segments in parts.items()
        )


def name_of_leg(segment: Segment) -> str | None:
    """Return what a flight or train is called however it is moved: its number and, in the air, its route."""
    match segment:
        case AirSegment(carrier=str(carrier), flight_number=str(number)):
            ends = (place.code for place in (segment.origin, segment.destination) if place and place.code)
            return "-".join((segment.type, carrier + number.lstrip("0"), *ends))
        case RailSegment(train_number=str(number)):
            return f"{segment.type}-{''.join(number.split()).upper()[:40]}"
        case _:
            return None


def _which(position: int, segment: Segment) -> str:
    day = segment.start.date if segment.start is not None else str(position)
    return f"{segment.type}-{day}-{position}"


class Outcome(Model):
    """What became of the mail as a whole, and why where nothing was taken from it unseen."""

    kind: Literal["extracted", "nothing_found", "needs_review", "rejected"]
    why: str | None = None
    """In words without personal data."""


class MailFacts(Model):
    """Who wrote, to whom, when: by the mail that was forwarded, where one was."""

    message_id: str | None = None
    """Of the mail as it arrived."""
    original_message_id: str | None = None
    """Of the mail that was forwarded, where its forwarder kept it."""
    from_address: str | None = None
    from_name: str | None = None
    date: str | None = None
    """ISO 8601 with offset."""
    subject: str | None = None
    forwarded_by: tuple[str, ...] = ()
    """Addresses of those who forwarded it, the last hand first; empty for a mail that came straight."""
    recipients: tuple[str, ...] = ()
    """Every address it was sent to, on all levels, as far as headers tell."""
    passengers: tuple[str, ...] = ()
    """Names of travellers, as its bookings write them."""


class MailReading(Model):
    """All that one mail says."""

    outcome: Outcome
    facts: MailFacts = MailFacts()
    bookings: tuple[FoundBooking, ...] = ()
    notes: tuple[str, ...] = ()
    """What was seen, what was skipped and why, in words without personal data."""
    questions: tuple[str, ...] = ()
    """For a language model, where one may be asked about what nothing else could read."""
