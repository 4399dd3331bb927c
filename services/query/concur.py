"""Trips in XML as Concur's Itinerary v1.1 gives them: the list and the detail. Reads only."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from fastapi import APIRouter, Depends, Request, Response

from schemas.trip import Trip
from services.platform.tokens import Principal
from services.query.answers import PRIVATE, XML
from services.query.dependencies import Caller, Queries, caught_up
from services.query.domain.concur_format import itinerary_list_xml, itinerary_xml
from services.query.domain.listing import Filters
from services.query.refusals import Forbidden, Malformed, NotFound

_PATH = "/api/travel/trip/v1.1"
_MOST = 1000
"""Concur's ItemsPerPage where none is given."""
_BEFORE = timedelta(days=30)
_USER_TYPES = frozenset({"login", "login_id"})
_EVERYONE = "all"


class Listing(NamedTuple):
    """A Concur list request."""

    filters: Filters
    user: str | None
    """The login that was named; None where none was."""
    everyone: bool


def concur_router(*, base_url: str) -> APIRouter:
    """Return the routes under `/api/travel/trip/v1.1`; trips name themselves by `base_url`."""
    router = APIRouter(dependencies=[Depends(caught_up)])

    async def list_concur_trips(request: Request, queries: Queries, principal: Caller) -> Response:
        """List trips that are under way between two dates (Concur's Itinerary v1.1)."""
        listing = read_listing(request.query_params.items(), today=queries.now().date())
        trips = await _listed(queries, principal, listing=listing)
        people = await queries.people(principal, trips=trips)
        with_status = listing.filters.with_cancelled
        return _xml(itinerary_list_xml(trips, people=people, base_url=base_url, with_status=with_status))

    async def get_concur_trip(
        request: Request, queries: Queries, principal: Caller, *, trip: str
    ) -> Response:
        """Show one trip; any id it ever had will do, for Concur's clients follow no redirect."""
        user = _user(_by_lower_name(request.query_params.items()))
        shown = await queries.get_trip(principal, trip=trip, traveller=user, form="concur")
        person = (await queries.people(principal, trips=[shown.trip])).get(shown.trip.traveller)
        return _xml(itinerary_xml(shown.trip, base_url=base_url, login=person and person.login))

    for path in (_PATH, f"{_PATH}/"):
        router.add_api_route(path, list_concur_trips, methods=["GET"], include_in_schema=path == _PATH)
    router.add_api_route(f"{_PATH}/{{trip}}", get_concur_trip, methods=["GET"])
    return router


async def _listed(queries: Queries, principal: Principal, *, listing: Listing) -> Sequence[Trip]:
    """Return the trips of a list: the token's own user's, unless another or everyone was named."""
    user = None if listing.everyone else listing.user or principal.subject
    try:
        trips, _ = await queries.list_trips(
            principal, filters=listing.filters, traveller=user, everyone=listing.everyone, limit=_MOST
        )
    except (NotFound, Forbidden):
        if listing.user is not None or listing.everyone:
            raise
        return []  # The token's user is no traveller of ours.
    return trips


def read_listing(parameters: Iterable[tuple[str, str]], *, today: date) -> Listing:
    """Read the parameters of a list; names are not case-sensitive.

    Without dates the window runs from 30 days ago to 12 months ahead; where one is named, the other is open.

    Raises:
        Malformed: a value breaks its rule.
    """
    given = _by_lower_name(parameters)
    start, end = _date(given, "startDate"), _date(given, "endDate")
    if start is None and end is None:
        start, end = today - _BEFORE, _a_year_after(today)
    user = _user(given)
    everyone = user is not None and user.casefold() == _EVERYONE
    with_cancelled = _flag(given, "includeCanceledTrips")
    filters = Filters(starting_until=end, ending_from=start, with_cancelled=with_cancelled)
    return Listing(filters, user=None if everyone else user, everyone=everyone)


def _by_lower_name(parameters: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    return {name.lower(): value.strip() for name, value in parameters}


def _date(given: Mapping[str, str], name: str) -> date | None:
    text = given.get(name.lower())
    if text is None:
        return None
    for form in ("%Y-%m-%d", "%Y/%m/%d"):
        with contextlib.suppress(ValueError):
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a date has no zone
    raise Malformed(field=name, rule="write YYYY-MM-DD or YYYY/MM/DD")


def _a_year_after(day: date) -> date:
    leap_day = (2, 29)
    return day.replace(year=day.year + 1, day=28 if (day.month, day.day) == leap_day else day.day)


def _flag(given: Mapping[str, str], name: str) -> bool:
    text = given.get(name.lower(), "false").lower()
    if text not in {"true", "false", "1", "0"}:
        raise Malformed(field=name, rule="write true or false")
    return text in {"true", "1"}


def _user(given: Mapping[str, str]) -> str | None:
    kind, user = given.get("userid_type"), given.get("userid_value")
    if kind is not None and kind.lower() not in _USER_TYPES:
        raise Malformed(field="userid_type", rule="write login or login_id")
    return user or None


def _xml(body: bytes) -> Response:
    return Response(body, media_type=XML, headers=PRIVATE)
