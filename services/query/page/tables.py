"""Lists to take away, whole, page by page as they are read: CSV (RFC 4180) for spreadsheets, and JSON.

May not read trips but through `TripQueries`, so that a list shows what the page shows.
"""

import csv
import io
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import date
from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import StreamingResponse

from schemas.segments import SegmentStatus
from schemas.trip import Trip
from services.platform.principals import Principal
from services.query.dependencies import Caller, OpeningsOf, Queries
from services.query.domain.listing import MAX_PAGE, Cursor, Filters
from services.query.domain.whereabouts import Whereabouts, is_asked_for, whereabouts
from services.query.domain.wording import headline, place_with_code
from services.query.handlers import TripQueries
from services.query.openings import Asked
from services.query.page.rendering import SECURITY
from services.query.page.trips import names_of

_FORMULA = re.compile(r"((?:^|[;\t\r\n])(?:[^\S\t\r\n]|\")*+)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""What stands before a text that a spreadsheet takes for something to compute, full-width forms included;
senders write the texts. Where lists are parted by semicolons, one within a text begins a cell, whatever
quotes are around it."""
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_EXPENSES = (
    "trip", "name", "traveller", "first_day", "last_day", "ready_since", "reason",
    "item", "amount", "currency",
)  # fmt: skip
_PEOPLE = ("traveller", "where", "country", "until", "certainty", "known_by", "trip")


Row = Sequence[str]
_Named = Sequence[tuple[Trip, str]]
"""Trips with the names of their travellers."""
Rows = Callable[[Trip, str], Iterable[Row]]
"""Makes rows of a trip and of the name of its traveller, which is empty where there is but one."""


async def expense_csv(queries: Queries, principal: Caller) -> Response:
    """Return what can be expensed, one row for each thing that has a price, in its own currency."""
    pages = _pages(queries, principal, filters=Filters(state="ready_to_expense"))
    return await _table("ready-to-expense.csv", _EXPENSES, pages=pages, rows=_expenses)


async def people_csv(
    queries: Queries,
    openings: OpeningsOf,
    principal: Caller,
    *,
    on: date | None = None,
    where: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Return who of the company is where on a day."""
    day = on or queries.now().date()

    def whereabouts_there(trip: Trip) -> Whereabouts | None:
        found = whereabouts(trip, on=day)
        return found if found is None or is_asked_for(found.place, where=where) else None

    async def noted(pages: AsyncIterator[_Named]) -> AsyncIterator[_Named]:
        opening, asked = openings.begun(), Asked(day, where.strip(), taken_away=True)
        async for page in pages:
            seen = {trip.traveller for trip, _ in page if whereabouts_there(trip) is not None}
            await openings.note(principal, opening=opening, asked=asked, travellers=seen)
            yield page

    def row(trip: Trip, name: str) -> Iterable[Row]:
        found = whereabouts_there(trip)
        if found is None:
            return
        place = "under way" if found.under_way else place_with_code(found.place) or ""
        country = (found.place and found.place.country) or ""
        by = headline(found.by) if found.by else ""
        yield (name, place, country, found.until or "", found.certainty.value, by, trip.id)

    filters = Filters(starting_until=day, ending_from=day)
    pages = _pages(queries, principal, filters=filters, everyone=True)
    return await _table(f"who-is-where-{day.isoformat()}.csv", _PEOPLE, pages=noted(pages), rows=row)


async def trips_json(queries: Queries, principal: Caller) -> Response:
    """Return all trips in reach, those of the past and cancelled ones too, as the API lists them."""
    filters = Filters(with_cancelled=True)
    first, following = await queries.list_answers(principal, filters=filters, limit=MAX_PAGE)

    async def parts() -> AsyncIterator[str]:
        yield f'{{"trips":[{first}'
        after = following
        while after is not None:
            page, after = await queries.list_answers(principal, filters=filters, after=after, limit=MAX_PAGE)
            yield f",{page}" if page else ""
        yield "]}"

    headers = {**SECURITY, "Content-Disposition": 'attachment; filename="trips.json"'}
    return StreamingResponse(parts(), headers=headers, media_type="application/json")


def _expenses(trip: Trip, name: str) -> Iterable[Row]:
    content, expense = trip.content, trip.content.expense
    days = ((content.start_date or "")[:10], (content.end_date or "")[:10])
    told = (trip.id, content.name, name, *days, expense.since or "", expense.reason.value)
    priced = [
        (headline(segment), segment.total.amount, segment.total.currency or "")
        for segment in content.segments
        if segment.total is not None and segment.status is not SegmentStatus.CANCELLED
    ]
    return [(*told, *item) for item in priced or [("", "", "")]]


async def _pages(
    queries: TripQueries, principal: Principal, *, filters: Filters, everyone: bool = False
) -> AsyncIterator[_Named]:
    """Yield trips with the names of their travellers, page by page until there are no more."""
    after: Cursor | None = None
    while True:
        trips, after = await queries.list_trips(
            principal, filters=filters, everyone=everyone, after=after, limit=MAX_PAGE
        )
        names: dict[str, str] = (await names_of(queries, principal, trips))["people"] or {}
        yield [(trip, names.get(trip.traveller, "")) for trip in trips]
        if after is None:
            return


async def _table(name: str, columns: Row, *, pages: AsyncIterator[_Named], rows: Rows) -> Response:
    first = await anext(pages)  # before the answer begins, so that whoever may not see it is refused

    async def parts() -> AsyncIterator[bytes]:
        yield _written([columns])
        yield _written(row for told in first for row in rows(*told))
        async for page in pages:
            yield _written(row for told in page for row in rows(*told))

    headers = {**SECURITY, "Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(parts(), headers=headers, media_type="text/csv; charset=utf-8")


def _written(rows: Iterable[Row]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _harmless(cell: str) -> str:
    return cell if _NUMBER.fullmatch(cell) else _FORMULA.sub(r"\1'", cell)
