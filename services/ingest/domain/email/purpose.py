"""What a mail is for, by the words of its subject and first lines."""

from enum import StrEnum
from functools import cache

from services.ingest.domain.email.cancelling import cancellation_in
from services.ingest.domain.email.dates import plain
from services.ingest.domain.email.phrases import pattern
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


UNBOOKED = (Purpose.MARKETING, Purpose.OVER, Purpose.UNFINISHED)


def purpose_of(subject: str, text: str, *, cancels: bool | None = None) -> Purpose:
    """Return what a mail is for; its subject or first sentences tell a cancellation that is not known yet."""
    if cancellation_in(subject, text) is not None if cancels is None else cancels:
        return Purpose.CANCELLED
    title, head = plain(subject), plain(text[:_HEAD])
    for purpose in (*UNBOOKED, Purpose.PART, Purpose.RECEIPT):
        if _is_titled(purpose, title):
            return purpose
    is_booked = any(word in title or word in head for word in _booked())
    return Purpose.BOOKED if is_booked or pattern("changed", "subject").search(title) else Purpose.OTHER


def confirms(subject: str) -> bool:
    """Say whether a subject says of itself that it confirms a journey or stay."""
    title = plain(subject)
    return any(pattern("confirmed", kind).search(title) is not None for kind in ("subject", "unread"))


@cache
def _booked() -> tuple[str, ...]:
    return tuple(plain(word).strip("*") for word in table("phrases")["booked"]["words"])


def _is_titled(purpose: Purpose, title: str) -> bool:
    if pattern("purpose", purpose, "unless").search(title):
        return False
    told = pattern("purpose", purpose, "not").sub(" ", title)
    return pattern("purpose", purpose, "subject").search(told) is not None
