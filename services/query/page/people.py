"""The travel manager's page: who is where on a day, from bookings alone."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, NamedTuple

from fastapi import Query, Request, Response

from schemas.trip import Trip
from services.query.dependencies import Caller, OpeningsOf, Queries
from services.query.domain.listing import Filters, decode_cursor, encode_cursor
from services.query.domain.whereabouts import Journey, Whereabouts, is_asked_for, moves, whereabouts
from services.query.openings import Asked
from services.query.page.rendering import shown
from services.query.page.trips import names_of
from services.query.refusals import Malformed

_PAGE = 100
_YEARS = range(1900, 2200)
"""As of all that trips say (`schemas.times`)."""


class Row(NamedTuple):
    """A traveller on a trip, and where that has them."""

    name: str
    trip: Trip
    found: Whereabouts


class Mover(NamedTuple):
    """A traveller, and by what they arrive or leave."""

    name: str
    trip: Trip
    by: Journey


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
    day = _day(on, today=queries.now().date())
    try:
        after = None if cursor is None else decode_cursor(cursor)
    except ValueError as error:
        raise Malformed(field="cursor", rule=str(error)) from None
    filters = Filters(starting_until=day + timedelta(days=1), ending_from=day)
    trips, following = await queries.list_trips(
        principal, filters=filters, everyone=True, after=after, limit=_PAGE
    )
    names: dict[str, str] = (await names_of(queries, principal, trips))["people"] or {}
    rows = [
        Row(names.get(trip.traveller, ""), trip, found)
        for trip in trips
        if (found := whereabouts(trip, on=day)) is not None and is_asked_for(found.place, where=where)
    ]
    arriving, leaving = _movers(trips, day=day, where=where, names=names)
    asked = Asked(day, where.strip(), taken_away=False)
    shown_ones = {one.trip.traveller for one in (*rows, *arriving, *leaving)}
    await openings.note(principal, opening=openings.begun(), asked=asked, travellers=shown_ones)
    more = following and str(
        request.url.replace_query_params(
            on=day.isoformat(), where=where, cursor=encode_cursor(following)
        ).query
    )
    context: dict[str, Any] = {"rows": rows, "on": day, "where": where, "more": more, "place": "people"}
    context |= {"arriving": arriving, "leaving": leaving, "in_part": bool(more) or after is not None}
    return shown(request, "people.html", context)


def _day(on: date | None, *, today: date) -> date:
    """Return the day that is asked for.

    Raises:
        Malformed: nobody travels then, and the last day of all has none after it.
    """
    if on is not None and on.year not in _YEARS:
        raise Malformed(field="on", rule=f"the year must be between {_YEARS[0]} and {_YEARS[-1]}")
    return on or today


def _movers(
    trips: Sequence[Trip], *, day: date, where: str, names: Mapping[str, str]
) -> tuple[list[Mover], list[Mover]]:
    """Return who arrives, and who leaves, on a day or the next, in the order of time."""
    arriving: list[Mover] = []
    leaving: list[Mover] = []
    for trip in trips:
        found, name = moves(trip, on=(day, day + timedelta(days=1))), names.get(trip.traveller, "")
        arriving += [
            Mover(name, trip, by) for by in found.arriving if is_asked_for(by.destination, where=where)
        ]
        leaving += [Mover(name, trip, by) for by in found.leaving if is_asked_for(by.origin, where=where)]
    arriving.sort(key=lambda one: (one.by.end.local if one.by.end else "", one.name))
    leaving.sort(key=lambda one: (one.by.start.local if one.by.start else "", one.name))
    return arriving, leaving
