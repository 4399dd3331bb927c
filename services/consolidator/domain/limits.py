"""How much may hang together, so that whatever anybody sends costs bounded time.

Counted before anything is computed. A traveller whose history is as long as one likes is nothing to
refuse: only what hangs together counts, for that is what one update looks at.
"""

from operator import le
from typing import NamedTuple

MAX_SEGMENTS_PER_TRIP = 500
MAX_CLAIMS = 1_000
"""What two sources say of the largest trip, or five of one of 200 segments. Each takes about 0.6 kB of the
trip's value, which so stays well below a megabyte."""
MAX_ALIKE = 200
"""Tellings of one flight, or hotels on one day, in bookings that their owners did not cancel; a real
traveller has ten."""
MAX_COMPARISONS = 50_000
"""Of some three hundred tellings with each other, cancelled ones included."""
MAX_POSTED_TRIPS = 250
MAX_NAMED_BY_PEOPLE = 1_000


class Extent(NamedTuple):
    """How much a part of a history is."""

    claims: int = 0
    alike: int = 0
    """Segments of other records, of such as stand, that may be one thing with one that comes."""
    comparisons: int = 0
    """Pairs of claims of two records that may be one thing, at most."""
    posted_trips: int = 0
    named_by_people: int = 0
    """Trips, bookings and segments, as often as people's overrides name them."""

    def excess(self, *, beyond: "Extent | None" = None) -> str | None:
        """Return why it is too much, if it is, and more than it was before."""
        if all(map(le, self, _MOST)):
            return None
        for count, before, most, of_what in zip(self, beyond or Extent(), _MOST, _OF_WHAT, strict=True):
            if count > max(most, before):
                return f"more than {most} {of_what} would hang together"
        return None


_MOST = Extent(MAX_CLAIMS, MAX_ALIKE, MAX_COMPARISONS, MAX_POSTED_TRIPS, MAX_NAMED_BY_PEOPLE)
_OF_WHAT = (
    "statements about segments",
    "segments that may be the same",
    "pairs of segments that may be the same",
    "posted trips",
    "trips, bookings and segments that people named",
)

TRIP_TOO_LARGE = f"a trip holds at most {MAX_SEGMENTS_PER_TRIP} segments"
