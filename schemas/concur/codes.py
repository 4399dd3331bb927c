"""Concur's codes and what they mean in the language: tables, walked in both directions."""

from collections.abc import Mapping

from schemas.booking_record import Source
from schemas.segments import SegmentStatus

STATUS_CODES: Mapping[SegmentStatus, tuple[str, ...]] = {
    SegmentStatus.CONFIRMED: (
        "HK", "GK", "KK", "KL", "TK", "LK", "RR", "SS", "BK", "AK", "EK", "FK", "MK", "PK", "YK", "OK",
    ),
    SegmentStatus.WAITLISTED: ("HL", "LL", "BL", "GL", "TL", "US", "UU"),
    SegmentStatus.REQUESTED: ("HN", "NN", "BN", "DS", "GN", "PN", "RQ", "SQ", "TN"),
    SegmentStatus.CANCELLED: ("HX", "XX", "XK", "XL", "XN", "IX", "NO", "NS", "UC", "UN", "WK"),
}  # fmt: skip
"""Segment status codes of the reservation systems; the first of each is the one that we write."""

STATUS_OF_CODE: Mapping[str, SegmentStatus] = {
    code: status for status, codes in STATUS_CODES.items() for code in codes
}

TRIP_STATUS_NUMBERS: Mapping[str, str] = {
    "0": "confirmed",
    "1": "ticketed",
    "2": "cancelled",
    "6": "proposal",
    "7": "booked_proposal",
}
"""TripStatus by its number; the values are those of `schemas.trip.TripStatus`."""

NUMBER_OF_TRIP_STATUS: Mapping[str, str] = {name: number for number, name in TRIP_STATUS_NUMBERS.items()}

BOOKING_OWNERS: Mapping[Source, str] = {
    "manual": "OpenBookingEmail",
    "tmc": "ConcurConnectAPI",
    "supplier": "OpenBookingSupplier",
    "booking_tool": "ConcurTravel",
    "tripit": "TripIt",
    "email": "OpenBookingEmail",
}
"""BookingOwner and Source, by the way on which a booking came."""


def segment_status(code: str | None, *, date_cancelled: str | None) -> SegmentStatus | None:
    """Return what a status code means, or None where it is not known.

    A segment that names the date of its cancellation is cancelled, though Concur leaves its status
    at HK.
    """
    if date_cancelled:
        return SegmentStatus.CANCELLED
    return None if code is None else STATUS_OF_CODE.get(code.strip().upper())
