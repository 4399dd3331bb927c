"""Mails about a change that name some legs of a booking: what they do not name stays as it is.

The newest statement of a booking replaces the one before, so that a mail on one retimed leg would have the
others vanish. Such a mail states its leg as a part. Where it puts another flight in place of the old one, a
person looks: the old one is in a statement that stands.
"""

from collections.abc import Sequence

from schemas.segments import AirSegment, RailSegment, Segment
from services.ingest.domain.email.cancelling import leg_of, legs_named
from services.ingest.domain.email.dates import plain
from services.ingest.domain.email.phrases import pattern
from services.ingest.domain.email.results import FoundBooking

REPLACED = "it puts one flight or train in place of another, and does not name all of the booking"
_HEAD = 2_500


def is_of_change(subject: str) -> bool:
    """Say whether a subject tells of a change to something that was booked."""
    return pattern("changed", "subject").search(plain(subject)) is not None


def is_replacement(subject: str, text: str) -> bool:
    """Say whether words tell that something is booked in place of something that was cancelled."""
    head = plain(f"{subject}\n{text[:_HEAD]}")
    return (
        pattern("confirmed", "instead").search(head) is not None
        and pattern("purpose", "cancelled", "body").search(" ".join(head.split())) is not None
    )


def parts_of(
    bookings: Sequence[FoundBooking], *, subject: str, text: str
) -> tuple[tuple[FoundBooking, ...], str | None]:
    """Return the bookings of a mail about a change, those that may not be whole as parts, and a doubt."""
    if pattern("changed", "whole").search(plain(f"{subject}\n{text[:_HEAD]}")) is not None:
        return tuple(bookings), None
    judged = tuple(
        each.model_copy(update={"is_part": True, "of_change": True})
        if _may_be_part(each.booking.segments)
        else each
        for each in bookings
    )
    found = {leg_of(segment) for each in judged if each.is_part for segment in each.booking.segments}
    is_replaced = any(each.is_part for each in judged) and (
        bool(legs_named(f"{subject}\n{text[:_HEAD]}") - found)
        or any(segment.status == "cancelled" for each in judged for segment in each.booking.segments)
    )
    return judged, REPLACED if is_replaced else None


def _may_be_part(segments: Sequence[Segment]) -> bool:
    """Say whether there may be more of a booking: all are legs, and they do not lead home again."""
    legs = [segment for segment in segments if isinstance(segment, AirSegment | RailSegment)]
    if not legs or len(legs) < len(segments):
        return False
    first, last = legs[0].origin, legs[-1].destination
    is_round = len(legs) > 1 and first is not None and last is not None and _name(first) == _name(last)
    return not is_round


def _name(place: object) -> object:
    return getattr(place, "code", None) or getattr(place, "name", None)
