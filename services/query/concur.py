"""Trips in XML as Concur's Itinerary v1.1 gives them: the list and the detail. Reads only."""

from collections.abc import Callable, Coroutine, Sequence
from itertools import product
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from schemas.trip import Trip
from services.platform.principals import Principal
from services.query.answers import PRIVATE, XML, correlate
from services.query.concur_parameters import (
    Given,
    Listing,
    by_lower_name,
    in_body,
    listing,
    user_of,
    wants_tripit,
)
from services.query.dependencies import Caller, Queries, caught_up, queries_of
from services.query.domain.concur_format import TRIP_PATH, itinerary_xml
from services.query.domain.concur_list import Paging, itinerary_list_xml, paged_list_xml
from services.query.domain.tripit_format import tripit_xml
from services.query.handlers import TripQueries
from services.query.refusals import FiltersByWhatIsHidden, Forbidden, NotFound

_MOST_BYTES = 16 * 1024
"""Of a list request; parameters are short."""


def concur_router(*, base_url: str) -> APIRouter:
    """Return the routes under `/api/travel/trip/v1.1`; trips name themselves by `base_url`."""
    router = APIRouter(route_class=_Correlated, dependencies=[Depends(caught_up)])

    async def list_concur_trips(request: Request, queries: Queries, principal: Caller) -> Response:
        """List trips that are under way between two dates (Concur's Itinerary v1.1)."""
        given = by_lower_name(request.query_params.items())
        address = _address(base_url, given=given)
        return await _list(queries, principal, given=given, base_url=base_url, address=address)

    async def post_get_concur_trips(request: Request, queries: Queries, principal: Caller) -> Response:
        """List trips; the parameters stand in a JSON object, so that no login stands in an address.

        The addresses of other pages are posted to with the same object; what they name goes before it.
        """
        given = {**in_body(await _body(request)), **by_lower_name(request.query_params.items())}
        address = f"{base_url.rstrip('/')}{TRIP_PATH}/GetTrips?"
        return await _list(queries, principal, given=given, base_url=base_url, address=address)

    async def get_concur_trip(
        request: Request, queries: Queries, principal: Caller, *, trip: str
    ) -> Response:
        """Show one trip; any id it ever had will do, for Concur's clients follow no redirect."""
        given = by_lower_name(request.query_params.items())
        user, in_tripits_form = user_of(given), wants_tripit(given)
        shown = await queries.get_trip(principal, trip=trip, traveller=user, form="concur")
        if in_tripits_form:
            return _xml(tripit_xml(shown.trip, party=shown.party))
        person = (await queries.people(principal, trips=[shown.trip])).get(shown.trip.traveller)
        login = person and person.login
        return _xml(itinerary_xml(shown.trip, base_url=base_url, login=login, party=shown.party))

    # Concur's own pages write addresses with and without what stands around them here.
    for before, slash in product(("/api", ""), ("", "/")):
        for path, endpoint, method in (
            ("", list_concur_trips, "GET"),
            ("/GetTrips", post_get_concur_trips, "POST"),
            ("/{trip}", get_concur_trip, "GET"),
        ):
            router.add_api_route(
                before + TRIP_PATH.removeprefix("/api") + path + slash,
                endpoint,
                methods=[method],
                include_in_schema=(before, slash) == ("/api", ""),
            )
    return router


class _Correlated(APIRoute):
    """Names each call by the id that its caller gave it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def correlated(request: Request) -> Response:
            response = await handler(request)
            correlate(request, response, at=(await queries_of(request)).now())
            return response

        return correlated


async def _list(
    queries: TripQueries, principal: Principal, *, given: Given, base_url: str, address: str
) -> Response:
    """Answer a list; `address` is its own, to which the number of a page can be added."""
    asked = listing(given, today=queries.now().date())
    trips, total = await _listed(queries, principal, asked=asked)
    people = await queries.people(principal, trips=trips)
    with_status = asked.filters.with_cancelled
    listed = itinerary_list_xml(trips, people=people, base_url=base_url, with_status=with_status)
    if not asked.with_metadata:
        return _xml(listed)
    paging = Paging(total=total, page=asked.page, address=address)
    return _xml(paged_list_xml(listed, paging=paging))


async def _listed(
    queries: TripQueries, principal: Principal, *, asked: Listing
) -> tuple[Sequence[Trip], int]:
    """Return a page of trips: the token's own user's, unless another or everyone was named."""
    user = None if asked.everyone else asked.user or principal.subject
    try:
        return await queries.page_of_trips(
            principal, filters=asked.filters, traveller=user, everyone=asked.everyone, page=asked.page
        )
    except FiltersByWhatIsHidden:
        return [], 0  # Of such bookings of others the caller sees nothing.
    except (NotFound, Forbidden):
        if asked.user is not None or asked.everyone:
            raise
        return [], 0  # The token's user is no traveller of ours.


def _address(base_url: str, *, given: Given) -> str:
    """Return the address of the same list, without the number of the page."""
    kept = {name: value for name, value in given.items() if name not in {"page", "itemsperpage", "after"}}
    return f"{base_url.rstrip('/')}{TRIP_PATH}?{urlencode(kept)}"


async def _body(request: Request) -> bytes:
    """Return the body of a list request.

    Raises:
        HTTPException: 413 as soon as it is too large.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise HTTPException(413, f"send at most {_MOST_BYTES} bytes", headers={"Connection": "close"})
    return bytes(body)


def _xml(body: bytes) -> Response:
    return Response(body, media_type=XML, headers=PRIVATE)
