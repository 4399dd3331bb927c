"""The travel manager's page: who is where on a day, from bookings alone."""

from datetime import date
from typing import Annotated, Any, NamedTuple

from fastapi import Query, Request, Response

from schemas.trip import Trip
from services.query.dependencies import Caller, OpeningsOf, Queries
from services.query.domain.listing import Filters, decode_cursor, encode_cursor
from services.query.domain.whereabouts import Whereabouts, is_in, whereabouts
from services.query.openings import Asked
from services.query.page.rendering import shown
from services.query.page.trips import names_of
from services.query.refusals import Malformed

_PAGE = 100


class Row(NamedTuple):
    """A traveller on a trip, and where that has them."""

    name: str
    trip: Trip
    found: Whereabouts


async def show_people(
    request: Request,
    queries: Queries,
    openings: OpeningsOf,
    principal: Caller,
    *,
    on: date | None = None,
    where: Annotated[str, Query(max_length=100)] = "",
    cursor: str | None = None,
) -> Response:
    """Show who of the company is where on a day; trips are looked through a hundred at a time."""
    day = on or queries.now().date()
    try:
        after = None if cursor is None else decode_cursor(cursor)
    except ValueError as error:
        raise Malformed(field="cursor", rule=str(error)) from None
    filters = Filters(starting_until=day, ending_from=day)
    trips, following = await queries.list_trips(
        principal, filters=filters, everyone=True, after=after, limit=_PAGE
    )
    names: dict[str, str] = (await names_of(queries, principal, trips))["people"] or {}
    rows = [
        Row(names.get(trip.traveller, ""), trip, found)
        for trip in trips
        if (found := whereabouts(trip, on=day)) is not None
        and (not where.strip() or is_in(found, where=where))
    ]
    asked = Asked(day, where.strip(), taken_away=False)
    shown_ones = {row.trip.traveller for row in rows}
    await openings.note(principal, opening=openings.begun(), asked=asked, travellers=shown_ones)
    more = following and str(
        request.url.replace_query_params(
            on=day.isoformat(), where=where, cursor=encode_cursor(following)
        ).query
    )
    context: dict[str, Any] = {"rows": rows, "on": day, "where": where, "more": more, "place": "people"}
    return shown(request, "people.html", context)
