"""One message of `bookings.v1`, as the core takes it."""

from dataclasses import dataclass

from schemas.booking_record import Statement


@dataclass(frozen=True, slots=True)
class Input:
    """One message of `bookings.v1`."""

    statement: Statement
    offset: int
    appended_ms: int
    """When the broker appended it, in milliseconds since 1970."""
