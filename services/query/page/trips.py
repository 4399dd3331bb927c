"""The pages that show trips: lists, and one day by day.

May not read trips but through `TripQueries`, so that the page shows what the API shows.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Annotated, Any, NamedTuple

from fastapi import Query, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.datastructures import URL

from schemas.trip import Trip
from services.platform.positions import decode_position
from services.platform.principals import Principal
from services.query.dependencies import Caller, Changes, LooksOf, Queries, SharesOf
from services.query.domain.between import timely, told_after
from services.query.domain.listing import Filters
from services.query.domain.own_bookings import own_bookings, seen_state
from services.query.domain.route_map import route_map
from services.query.domain.timeline import days_of, now_in, undated_of
from services.query.feed import ChangeFeed
from services.query.handlers import TripQueries
from services.query.looks import News
from services.query.page.difference_words import Told, told_in_lines
from services.query.page.lists import PAGE, STATES, page_of
from services.query.page.plain_text import plain_text
from services.query.page.present import present_of
from services.query.page.rendering import SECURITY, led_to, shown, words_of
from services.query.policies import CHANGE_TRIPS, HAND_OUT_LINKS
from services.query.read_model import Person
from services.query.refusals import NotYetReadable


class Live(NamedTuple):
    """What lets a page follow what it shows."""

    stream: str | None
    """None while the read model has just begun to be filled."""
    here: str
    """The page without what an earlier deed made it say."""
    at: datetime


async def _live(
    changes: ChangeFeed, queries: TripQueries, principal: Principal, **what: str
) -> dict[str, Live]:
    """Return how a page follows its trips; asked for before they are read, so that nothing is missed."""
    said = {name: value for name, value in what.items() if name != "here"}
    try:
        cursor = await changes.now(principal)
    except NotYetReadable:
        stream = None
    else:
        stream = str(URL("/live").include_query_params(cursor=cursor, **said))
    return {"live": Live(stream, what["here"], queries.now())}


async def show_trips(
    request: Request,
    queries: Queries,
    changes: Changes,
    looks: LooksOf,
    principal: Caller,
    show: Annotated[str, Query(pattern="^(upcoming|past|cancelled)$")] = "upcoming",
    cursor: str | None = None,
    q: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Show the trips that lie ahead, those of the past, or those in which words are found."""
    query = f"?{request.url.query}" if request.url.query else ""
    live = await _live(changes, queries, principal, here=f"/{query}")
    show = "found" if any(letter.isalnum() for letter in q) else show
    trips, following = await page_of(
        queries, principal, show=show, cursor=cursor, words=q if show == "found" else None
    )
    is_first = show == "upcoming" and cursor is None
    present = await present_of(request, queries, looks, principal, trips=trips) if is_first else None
    listed = [trip for trip in trips if present is None or trip.id != present.trip.id]
    months = [(month, list(found)) for month, found in groupby(listed, key=_month)]
    more = None
    if following:
        asked = {"q": q} if show == "found" else {"show": show}
        more = URL("/").include_query_params(**asked, cursor=following)
    context = {"show": show, "q": q, "present": present, "months": months, "place": "trips"}
    context |= {"next_page": more and str(more)}
    return shown(request, "trips.html", context | live | await names_of(queries, principal, trips))


def _month(trip: Trip) -> str | None:
    start = trip.content.start_date
    return None if start is None else f"{start[:7]}-01"


async def names_of(queries: TripQueries, principal: Principal, trips: Sequence[Trip]) -> dict[str, Any]:
    """Return the names of the trips' travellers, where there may be several."""
    if not principal.company_wide:
        return {"people": None}
    people = await queries.people(principal, trips=trips)
    return {"people": {trip.traveller: name_of(people.get(trip.traveller)) for trip in trips}}


def name_of(person: Person | None) -> str:
    """Return what to call a traveller."""
    if person is None:
        return ""
    return " ".join(filter(None, (person.first_name, person.last_name))) or person.login or ""


async def show_trip(  # noqa: PLR0913 - one parameter for each thing that a link may say
    request: Request,
    queries: Queries,
    changes: Changes,
    shares: SharesOf,
    looks: LooksOf,
    principal: Caller,
    trip: str,
    *,
    after: str | None = None,
    done: str | None = None,
    booked: str | None = None,
    changed: bool = False,
    moved: bool = False,
) -> Response:
    """Show a trip day by day; an id that was merged away leads to the trip of today, with a note."""
    await queries.await_position(after)
    live = await _live(changes, queries, principal, trip=trip, here=f"/trips/{trip}")
    seen = await queries.get_trip(principal, trip=trip, form="json")
    found = seen.trip
    if found.id != trip:
        told = {name: value for name, value in (("done", done), ("booked", booked)) if value}
        leads = URL(f"/trips/{found.id}").include_query_params(moved=1, **told)
        return led_to(str(leads))
    people = (await names_of(queries, principal, [found]))["people"]
    may_change = principal.kind in CHANGE_TRIPS.kinds
    may_share = principal.kind in HAND_OUT_LINKS.kinds
    days, facts = days_of(found), timely(seen.between or (), now=queries.now())
    if after is not None and _came_of(found, after):  # of what they did here they need not be told
        await looks.look(principal, trip=found.id, version=found.version)
    news = await looks.news(principal, trip=found)
    own = own_bookings(found) if may_change else ()
    context = {
        "booked": booked,
        "own": {booking.record: seen_state(booking) for booking in own},
        "own_rows": {segment: booking.record for booking in own for segment in booking.segments},
        "news": news,
        "news_lines": _lines(request, news, trip=found),
        "facts": facts,
        "told_after": told_after(facts, days),
        "segments": {segment.id: segment for segment in found.content.segments},
        "etag": seen.etag,
        "key": secrets.token_urlsafe(),
        "done": done,
        "changed": changed,
        "may_change": may_change,
        "others": await _others(queries, principal, found) if may_change else [],
        "shares": await shares.list(principal, trip=found.id) if may_share else [],
        "may_share": may_share,
        "said": await changes.overrides(principal, trip=found.id) if may_change else [],
        "trip": found,
        "days": days,
        "now": now_in(days, now=live["live"].at),
        "undated": undated_of(found),
        "route": route_map(found),
        "moved": moved,
        "person": people and people[found.traveller],
    }
    return shown(request, "trip.html", context | live)


def _came_of(trip: Trip, after: str) -> bool:
    """Whether a trip is as somebody's own deed left it: nothing came later in the log."""
    deed = decode_position(after)
    return trip.version.order() <= (deed.epoch, max(deed.offsets.values()))


def _lines(request: Request, news: News | None, *, trip: Trip) -> list[Told]:
    if news is None:
        return []
    return told_in_lines(news.differences or (), segments=trip.content.segments, words=words_of(request))


async def show_trip_as_text(request: Request, queries: Queries, principal: Caller, trip: str) -> Response:
    """Show a trip as plain text, for mail and poor lines."""
    seen = await queries.get_trip(principal, trip=trip, form="text")
    found = seen.trip
    if found.id != trip:
        return led_to(f"/trips/{found.id}.txt")
    words = words_of(request)
    facts = timely(seen.between or (), now=queries.now())
    text = plain_text(found, facts=facts, words=words)
    return PlainTextResponse(text, headers=SECURITY)


async def _others(queries: TripQueries, principal: Principal, trip: Trip) -> list[Trip]:
    """Return the traveller's other trips that are not over: what this one may be merged with."""
    found: list[Trip] = []
    for state in STATES["upcoming"]:
        trips, _ = await queries.list_trips(
            principal, filters=Filters(state=state), traveller=trip.traveller, limit=PAGE
        )
        found += [other for other in trips if other.id != trip.id]
    return found
