"""What records come to today: bookings and their claims, and the shapes by which they are placed.

A shape holds all that a stage reads; while it is equal it is the same object, and what that stage
made of it holds.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from schemas.booking_record import BookingContent, BookingRecord, Owner, Revision, Source
from schemas.segments import Segment
from services.consolidator.domain.stated import Comparable, Stated


class Standing(StrEnum):
    """What a booking is worth today."""

    LIVE = "live"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"


class Ended(StrEnum):
    """What took a booking, or one of its segments, away."""

    BY_OWNER = "its owner cancelled the booking"
    WITHDRAWN = "its owner withdrew the booking"
    BY_NUMBER = "its owner cancelled the number"
    WITH_TRIP = "the trip that it was posted with was cancelled"
    UNNAMED = "a newer post of its trip no longer names it"
    STATED = "its owner states it as cancelled"
    EMPTIED = "its owner cancelled every segment of it"


class ClaimShape(NamedTuple):
    """All that clustering reads of a claim; values that are only shown are no part of it."""

    id: str
    record: str
    founded: int
    position: int
    source: Source
    comparable: Comparable
    pinned_to: str | None
    secluded: bool
    """Its posted trip is proposed, virtual or cancelled: it meets only what was posted with it."""


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """One record's statement about one segment."""

    id: str
    record: str
    owner: Owner
    revision: Revision
    stated: Stated
    ended: Ended | None
    shape: ClaimShape

    @property
    def live(self) -> bool:
        """Whether it still holds."""
        return self.ended is None

    @property
    def position(self) -> int:
        """Its place among the record's segments, from 0."""
        return self.stated.position

    @property
    def segment(self) -> Segment:
        """What is stated."""
        return self.stated.segment


class Guest(NamedTuple):
    """A record of the same booking that was posted apart from the trip and is read as part of this one."""

    record: str
    founded: int


class BookingShape(NamedTuple):
    """All that grouping and tokens read of a booking."""

    key: str
    founded: int
    """The offset at which the record was first accepted: its age among its traveller's."""
    standing: Standing
    speaks: bool
    """It has claims."""
    pinned_to: str | None
    """The posted trip that it belongs to."""
    explicit_trip: str | None
    """The trip that its sender named for it."""
    guests: tuple[Guest, ...]

    @property
    def also(self) -> tuple[str, ...]:
        """The records that are read as part of it."""
        return tuple(guest.record for guest in self.guests)


@dataclass(frozen=True, slots=True, eq=False)
class Booking:
    """A booking as it holds today. Records without a snapshot make none."""

    key: str
    record: BookingRecord
    content: BookingContent
    revision: Revision
    claims: tuple[Claim, ...]
    ended: Ended | None
    """Why it is not live."""
    shape: BookingShape

    @property
    def standing(self) -> Standing:
        """What it is worth."""
        return self.shape.standing

    @property
    def also(self) -> tuple[str, ...]:
        """Records that are read as part of it."""
        return self.shape.also
