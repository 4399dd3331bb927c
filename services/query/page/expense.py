"""What can be expensed, what waits for it, and what never can be, each with the reason."""

from collections.abc import Sequence

from fastapi import Request, Response

from schemas.trip import ExpenseReason, Trip
from services.platform.principals import Principal
from services.query.dependencies import Caller, Queries
from services.query.domain.listing import Filters, encode_cursor
from services.query.handlers import TripQueries
from services.query.page.lists import PAGE, after_place, page_of
from services.query.page.rendering import shown
from services.query.page.trips import names_of

_LOOKS = 8
"""How many pages of trips that are over are looked through at once for those that cannot be expensed."""
_NEVER_READY = frozenset({ExpenseReason.NOTHING_EXPENSABLE, ExpenseReason.PROPOSED, ExpenseReason.UNDATED})
"""Why trips that are over cannot be expensed. Who may not know why is told of none."""


async def show_expense(
    request: Request,
    queries: Queries,
    principal: Caller,
    *,
    ready_from: str | None = None,
    waiting_from: str | None = None,
    over_from: str | None = None,
) -> Response:
    """Show which trips can be expensed, and why the others cannot yet; each list has pages of its own."""
    ready, more_ready = await page_of(queries, principal, show="ready", cursor=ready_from)
    trips, more_waiting = await page_of(queries, principal, show="upcoming", cursor=waiting_from)
    waiting = [trip for trip in trips if not trip.content.expense.ready]
    over, more_over = await _over_and_not_ready(queries, principal, cursor=over_from)
    following = {"ready_from": more_ready, "waiting_from": more_waiting, "over_from": more_over}
    links = {
        name: cursor and str(request.url.replace_query_params(**{name: cursor}).query)
        for name, cursor in following.items()
    }
    context = {"ready": ready, "waiting": waiting, "over": over, "more": links, "place": "expense"}
    names = await names_of(queries, principal, [*ready, *waiting, *over])
    return shown(request, "expense.html", context | names)


async def _over_and_not_ready(
    queries: TripQueries, principal: Principal, *, cursor: str | None
) -> tuple[Sequence[Trip], str | None]:
    """Return the last trips that are over and cannot be expensed, and the cursor behind what was looked at.

    Most that are over can be, and the database lists them together: so much is looked through at once, and
    where nothing was among it the next page goes on.
    """
    after = None if cursor is None else after_place(cursor)
    found: list[Trip] = []
    for _ in range(_LOOKS):
        trips, after = await queries.list_trips(
            principal, filters=Filters(state="completed"), after=after, limit=PAGE, backwards=True
        )
        found += [trip for trip in trips if trip.content.expense.reason in _NEVER_READY]
        if after is None or len(found) >= PAGE:
            break
    return found, None if after is None else encode_cursor(after)
