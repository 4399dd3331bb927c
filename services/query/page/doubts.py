"""What of trips waits for a person beside mails: two bookings that may be one, and suspected cancellations.

Both are found in the trips of whoever looks, as they may see them; only what they answer is kept.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from schemas.trip import Trip, TripSegment
from services.platform.principals import Principal
from services.query.domain.alike import Pair, pairs_alike
from services.query.domain.between_facts import SuspectedCancelled
from services.query.domain.listing import Filters, encode_cursor
from services.query.feed import ChangeFeed
from services.query.handlers import Shown, TripQueries
from services.query.page.lists import after_place
from services.query.refusals import NotFound

_TRIPS = 100
"""How many trips are looked through at a time."""
_ANSWERS = frozenset({"same", "not_same"})


class Doubted(NamedTuple):
    """A trip of which something is asked, as it was when the question was put."""

    trip: Trip
    etag: str
    pairs: Sequence[Pair]
    suspected: Sequence[SuspectedCancelled]

    @property
    def segments(self) -> Mapping[str, TripSegment]:
        """Return the trip's segments by their ids."""
        return {segment.id: segment for segment in self.trip.content.segments}


async def doubts_of(
    queries: TripQueries, changes: ChangeFeed, principal: Principal, *, cursor: str | None
) -> tuple[Sequence[Doubted], str | None]:
    """Return what is asked of trips that are not over, the earliest first, and where to go on.

    Raises:
        Malformed: the cursor is none of ours.
    """
    after = None if cursor is None else after_place(cursor)
    filters = Filters(ending_from=queries.now().date())
    trips, following = await queries.list_trips(principal, filters=filters, after=after, limit=_TRIPS)
    asked = [trip.id for trip in trips if pairs_alike(trip) or _is_suspect(trip)]
    found = [await _doubted(queries, changes, principal, trip=trip) for trip in asked]
    doubted = [one for one in found if one is not None and (one.pairs or one.suspected)]
    return doubted, None if following is None else encode_cursor(following)


def _is_suspect(trip: Trip) -> bool:
    return any(segment.suspected_cancelled for segment in trip.content.segments)


async def _doubted(
    queries: TripQueries, changes: ChangeFeed, principal: Principal, *, trip: str
) -> Doubted | None:
    """Return what is asked of a trip; None where it has vanished since it was listed."""
    try:
        seen: Shown = await queries.get_trip(principal, trip=trip, form="json")
        said = await changes.overrides(principal, trip=seen.trip.id)
    except NotFound:
        return None
    settled = [
        frozenset(one.subjects)
        for one in said
        if one.action in _ANSWERS and one.undone_at is None and one.result == "applied"
    ]
    suspected = [fact for fact in seen.between or () if isinstance(fact, SuspectedCancelled)]
    open_ones = [fact for fact in suspected if not fact.dismissed]
    return Doubted(seen.trip, seen.etag, pairs_alike(seen.trip, settled=settled), open_ones)
