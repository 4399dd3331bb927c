"""What a list of trips is filtered by, and the cursor that goes on where a page ended."""

import base64
import binascii
import hashlib
from datetime import date, datetime
from typing import Literal, NamedTuple

from pydantic import TypeAdapter, ValidationError

from schemas.booking_record import Source
from schemas.identifiers import Identifier
from schemas.segments import SegmentType
from schemas.trip import Trip

ListState = Literal["upcoming", "ongoing", "completed", "ready_to_expense", "cancelled"]

MAX_PAGE = 200


class Cursor(NamedTuple):
    """The last trip of a page: lists are in the order of (start date, id), undated trips last."""

    start_date: date | None
    id: str


class Filters(NamedTuple):
    """Which trips; they hold together. `traveller` is an id, None for everyone in reach."""

    traveller: str | None = None
    state: ListState | None = None
    starting_until: date | None = None
    ending_from: date | None = None
    ending_until: date | None = None
    modified_since: datetime | None = None
    created_since: datetime | None = None
    created_before: datetime | None = None
    segment_type: SegmentType | None = None
    words: str | None = None
    """In names, places, vendors or locators; the last may be the beginning of a word."""
    place: str | None = None
    source: Source | None = None
    with_cancelled: bool = False
    with_virtual: bool = True


class Page(NamedTuple):
    """A page by its number, from 1, as Concur's clients turn them."""

    number: int
    items: int

    def first(self) -> int:
        """Return how many trips stand before the page."""
        return (self.number - 1) * self.items


def place_of(trip: Trip) -> Cursor:
    """Return the place of a trip in the lists."""
    start = trip.content.start_date
    return Cursor(None if start is None else datetime.fromisoformat(start).date(), trip.id)


_CURSOR = TypeAdapter(tuple[date | None, Identifier])


def encode_cursor(cursor: Cursor) -> str:
    """Return the opaque text that stands for a place in the list."""
    return base64.urlsafe_b64encode(_CURSOR.dump_json((cursor.start_date, cursor.id))).decode().rstrip("=")


def decode_cursor(text: str) -> Cursor:
    """Read what `encode_cursor` wrote.

    Raises:
        ValueError: where it is nothing of ours.
    """
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        return Cursor(*_CURSOR.validate_json(base64.b64decode(padded, altchars=b"-_", validate=True)))
    except (UnicodeEncodeError, binascii.Error, ValidationError):
        raise ValueError("take the cursor from next_cursor of the page before") from None


def filter_mark(*said: object) -> str:
    """Return what tells one list's filters from another's: a cursor goes on in its own list only."""
    return hashlib.sha256(repr(said).encode()).hexdigest()[:12]
