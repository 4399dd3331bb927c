"""Reads Concur posts (first outline; being filled in)."""

from services.ingest.domain.concur.posts import PostedBooking, PostedTrip
from services.ingest.domain.concur.xml import MAX_BYTES


def read_booking(body: bytes, *, max_bytes: int = MAX_BYTES) -> PostedBooking:
    """Read a posted `Booking`; raises MalformedXml where the bytes are no such document."""
    raise NotImplementedError


def read_trip(body: bytes, *, max_bytes: int = MAX_BYTES) -> PostedTrip:
    """Read a posted `Itinerary`; raises MalformedXml where the bytes are no such document."""
    raise NotImplementedError
