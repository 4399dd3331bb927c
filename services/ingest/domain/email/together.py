"""Several mails in one that speak of one booking: what they name together, and what the newest decides."""

from collections.abc import Iterable

from schemas.limits import MAX_SEGMENTS
from schemas.matching import compare
from schemas.segments import Segment
from services.ingest.domain.email.results import FoundBooking

SEVERAL = "several mails of one booking name different journeys of one kind"


def together(bookings: Iterable[FoundBooking]) -> tuple[tuple[FoundBooking, ...], str | None]:
    """Return each booking once, and why a person should look where the mails do not agree."""
    groups: dict[tuple[str, str, bool, bool], list[FoundBooking]] = {}
    for each in bookings:
        key = (each.booking.booking_source, each.booking.record_locator, each.is_part, each.of_change)
        groups.setdefault(key, []).append(each)
    joined = [_joined(sorted(group, key=_age)) for group in groups.values()]
    return tuple(booking for booking, _ in joined), next((doubt for _, doubt in joined if doubt), None)


def _age(found: FoundBooking) -> int:
    return -(found.booking.revision or 0)


def _joined(newest_first: list[FoundBooking]) -> tuple[FoundBooking, str | None]:
    """Add to the newest mail what older ones name beside it; what it cancels as a whole stays cancelled."""
    newest, *older = newest_first
    doubt: str | None = None
    if newest.booking.status == "cancelled" and not newest.is_part:
        return newest, None
    segments = list(newest.booking.segments)
    for each in older:
        for segment in each.booking.segments:
            if len(segments) == MAX_SEGMENTS:
                return newest, SEVERAL
            if any(compare(segment, known).matches for known in segments):
                continue
            if not newest.is_part and any(known.type == segment.type for known in segments):
                doubt = SEVERAL
            segments.append(segment)
    segments.sort(key=_begins)
    booking = newest.booking.model_copy(update={"segments": tuple(segments)})
    return newest.model_copy(update={"booking": booking}), doubt


def _begins(segment: Segment) -> str:
    return segment.start.local if segment.start is not None else ""
