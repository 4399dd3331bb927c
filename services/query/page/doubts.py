"""What of trips waits for a person beside mails: two bookings that may be one, and suspected cancellations.

Both are found in the trips of whoever looks, as they may see them; only what they answer is kept.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from schemas.trip import Trip, TripSegment
from services.platform.principals import Principal
from services.query.domain.alike import Pair, pairs_alike
from services.query.domain.between_facts import SuspectedCancelled
from services.query.domain.listing import Filters, encode_cursor, place_of
from services.query.feed import ChangeFeed
from services.query.handlers import Shown, TripQueries
from services.query.page.lists import after_place
from services.query.refusals import NotFound

_TRIPS = 100
"""How many trips are looked through at a time."""
_QUESTIONS = 50
"""With so many a page is full; the trips after it, and what more is asked of its last, come later."""
_ANSWERS = frozenset({"same", "not_same"})


class Doubted(NamedTuple):
    """A trip of which something is asked, as it was when the question was put."""

    trip: Trip
    etag: str
    pairs: Sequence[Pair]
    suspected: Sequence[SuspectedCancelled]
    has_more: bool = False
    """Whether there are more pairs, which are asked about once some of these are settled."""

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
    doubted: list[Doubted] = []
    questions = 0
    for trip in trips:
        one = await _doubted(queries, changes, principal, trip=trip) if _may_ask(trip) else None
        if one is not None:
            doubted.append(one)
            questions += len(one.pairs) + len(one.suspected)
        if questions >= _QUESTIONS and trip is not trips[-1]:
            following = place_of(trip)
            break
    return doubted, None if following is None else encode_cursor(following)


def _may_ask(trip: Trip) -> bool:
    return _is_suspect(trip) or bool(pairs_alike(trip, most=1))


def _is_suspect(trip: Trip) -> bool:
    return any(segment.suspected_cancelled for segment in trip.content.segments)


async def _doubted(
    queries: TripQueries, changes: ChangeFeed, principal: Principal, *, trip: Trip
) -> Doubted | None:
    """Return what is asked of a trip; None where that is nothing, or it has vanished since it was listed."""
    try:
        seen: Shown = await queries.get_trip(principal, trip=trip.id, form="json")
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
    pairs = pairs_alike(seen.trip, settled=settled, most=_QUESTIONS + 1)
    if not pairs and not open_ones:
        return None
    return Doubted(seen.trip, seen.etag, pairs[:_QUESTIONS], open_ones, len(pairs) > _QUESTIONS)
