"""What a mail is for, by the words of its subject and first lines."""

from enum import StrEnum
from functools import cache

from services.ingest.domain.email.dates import plain
from services.ingest.domain.email.words import table

_HEAD = 2_500


class Purpose(StrEnum):
    """Why a mail was written."""

    CANCELLED = "cancelled"
    PART = "part"
    """Check-in, boarding passes, reminders: true, but of a part of the booking only."""
    MARKETING = "marketing"
    OVER = "over"
    """After the journey: surveys, miles."""
    UNFINISHED = "unfinished"
    """Quotes, alerts, baskets: nothing is booked."""
    RECEIPT = "receipt"
    BOOKED = "booked"
    OTHER = "other"


_UNBOOKED = (Purpose.MARKETING, Purpose.OVER, Purpose.UNFINISHED)


@cache
def _phrases() -> dict[Purpose, dict[str, tuple[str, ...]]]:
    return {
        Purpose(name): {kind: tuple(words) for kind, words in kinds.items()}
        for name, kinds in table("phrases")["purpose"].items()
    }


def purpose_of(subject: str, text: str) -> Purpose:
    """Return what a mail is for. A cancellation is told by its subject or by its first sentences."""
    title, head = plain(subject), plain(text[:_HEAD])
    if _says(Purpose.CANCELLED, title=title, head=head):
        return Purpose.CANCELLED
    for purpose in (*_UNBOOKED, Purpose.PART, Purpose.RECEIPT):
        if _says(purpose, title=title, head=""):
            return purpose
    words = table("phrases")["booked"]["words"]
    return Purpose.BOOKED if any(word in title or word in head for word in words) else Purpose.OTHER


def _says(purpose: Purpose, *, title: str, head: str) -> bool:
    phrases = _phrases()[purpose]
    if any(phrase in head for phrase in phrases["body"]):
        return True
    return any(phrase in title for phrase in phrases["subject"]) and not any(
        phrase in title for phrase in phrases["not"]
    )


def is_booking(purpose: Purpose) -> bool:
    """Say whether a mail of this purpose may speak of what is booked, in words alone."""
    return purpose not in _UNBOOKED and purpose is not Purpose.OTHER
