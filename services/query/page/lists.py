"""The page's lists of trips, a page at a time: what stands in which, and where the next page begins."""

from collections.abc import Sequence

from schemas.trip import Trip
from services.platform.principals import Principal
from services.query.domain.listing import Cursor, Filters, ListState, decode_cursor, encode_cursor
from services.query.handlers import TripQueries
from services.query.refusals import Malformed

PAGE = 25
_NEWEST_FIRST = frozenset({"past", "cancelled", "found"})
_WITH_CANCELLED = frozenset({"cancelled", None})
"""States, or none in particular, in which what was cancelled is wanted too."""
STATES: dict[str, tuple[ListState | None, ...]] = {
    "upcoming": ("ongoing", "upcoming"),
    "past": ("completed",),
    "cancelled": ("cancelled",),
    "found": (None,),
    "ready": ("ready_to_expense",),
}


async def page_of(
    queries: TripQueries, principal: Principal, *, show: str, cursor: str | None, words: str | None = None
) -> tuple[Sequence[Trip], str | None]:
    """Return the trips of one page, and the cursor of the next: what goes on now is before what begins."""
    states = STATES[show]
    begun, after = _place_of(cursor, states=states)
    trips: list[Trip] = []
    for state in states[begun:]:
        filters = Filters(state=state, with_cancelled=state in _WITH_CANCELLED, words=words)
        found, following = await queries.list_trips(
            principal, filters=filters, after=after, limit=PAGE, backwards=show in _NEWEST_FIRST
        )
        trips += found
        if following is not None:
            return trips, f"{state or ''}.{encode_cursor(following)}"
        after = None
    return trips, None


def _place_of(cursor: str | None, *, states: Sequence[ListState | None]) -> tuple[int, Cursor | None]:
    """Return in which of the states a page begins, and behind which trip.

    Raises:
        Malformed: the cursor is none of ours.
    """
    if cursor is None:
        return 0, None
    named, _, place = cursor.rpartition(".")
    begun = next((number for number, state in enumerate(states) if state == named), len(states) - 1)
    return begun, after_place(place)


def after_place(place: str) -> Cursor:
    """Return behind which trip a page begins.

    Raises:
        Malformed: the cursor is none of ours.
    """
    try:
        return decode_cursor(place)
    except ValueError as error:
        raise Malformed(field="cursor", rule=str(error)) from None
