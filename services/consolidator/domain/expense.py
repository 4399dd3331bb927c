"""When a trip is over, and when the expense system may take it; time comes in as the traveller's instant.

Rules: section 4 of the Concur reference, in the terms of design, section 5, rule 5.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.settings import TenantSettings
from schemas.trip import ExpenseReason, TripStatus
from services.consolidator.domain.claims import Booking
from services.consolidator.domain.segments import Document, ShownSegment

_VALID_COUPONS = frozenset({"OPEN", "USED", "PRTD"})
_EXPENSABLE_TYPES = frozenset({"car", "hotel", "ride"})
_NEVER = frozenset({TripStatus.CANCELLED, TripStatus.PROPOSAL, TripStatus.BOOKED_PROPOSAL})


@dataclass(frozen=True, slots=True)
class Completion:
    """Whether a trip is over as of the instant, and when it is."""

    completed: bool
    completes_at: str | None


def completion(segments: Iterable[ShownSegment], *, instant: str | None) -> Completion:
    """Say when the last live segment ends, and whether that is so at the instant."""
    ends = [segment.ends_at for segment in segments if segment.shape.live and segment.ends_at is not None]
    if not ends:
        return Completion(completed=False, completes_at=None)
    last = max(ends)
    return Completion(completed=instant is not None and instant >= last, completes_at=last)


def expense(
    status: TripStatus,
    segments: Sequence[ShownSegment],
    bookings: Sequence[Booking],
    over: Completion,
    *,
    settings: TenantSettings,
) -> Document:
    """Return the trip's `expense` field: ready or not, with the reason."""
    live = [segment for segment in segments if segment.shape.live]
    types = {segment.document["type"] for segment in live}
    flown = {
        record for segment in live if segment.document["type"] == "air" for record in segment.shape.records
    }
    ticketed = has_valid_coupon((booking for booking in bookings if booking.key in flown), settings)
    if ticketed and settings.pre_expense_air and status not in _NEVER:
        return {"ready": True, "reason": ExpenseReason.TICKETED_AIR.value}
    billed = bool(types & _EXPENSABLE_TYPES)
    obstacles = (
        (status is TripStatus.CANCELLED, ExpenseReason.CANCELLED),
        (status in _NEVER, ExpenseReason.PROPOSED),
        (over.completes_at is None, ExpenseReason.UNDATED),
        (not (billed or ticketed), ExpenseReason.NOTHING_EXPENSABLE),
    )
    for stands, reason in obstacles:
        if stands:
            return _not_ready(reason)
    if not over.completed:
        return _not_ready(ExpenseReason.NOT_OVER) | {"expensable_from": over.completes_at}
    reason = ExpenseReason.OVER_WITH_EXPENSABLE_SEGMENT if billed else ExpenseReason.OVER_WITH_VALID_COUPON
    return {"ready": True, "reason": reason.value, "since": over.completes_at}


def _not_ready(reason: ExpenseReason) -> Document:
    return {"ready": False, "reason": reason.value}


def has_valid_coupon(bookings: Iterable[Booking], settings: TenantSettings) -> bool:
    """Say whether some of these bookings has a ticket with a coupon that is still worth something."""
    valid = _VALID_COUPONS | {"CKIN"} if settings.ckin_counts_as_valid else _VALID_COUPONS
    return any(
        (coupon.status or "").upper() in valid
        for booking in bookings
        for ticket in booking.content.tickets
        for coupon in ticket.coupons
    )
