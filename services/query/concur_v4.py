"""Concur's Itinerary v4: trips in JSON, read only, for clients that moved on from v1.1."""

import hashlib
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response

from services.platform.etags import is_named
from services.query.answers import PRIVATE
from services.query.concur_parameters import by_lower_name, date_of
from services.query.dependencies import Caller, Queries, caught_up
from services.query.domain.itinerary_v4 import V4_PATH, trip_v4, trips_v4
from services.query.domain.listing import Filters, decode_cursor, encode_cursor
from services.query.refusals import Malformed

_PAGE = 10
_JSON = "application/json"


def concur_v4_router(*, base_url: str) -> APIRouter:
    """Return the routes under `/travel/v4/trips`; trips name themselves by `base_url`."""
    router = APIRouter(dependencies=[Depends(caught_up)], tags=["concur"])

    async def list_concur_v4_trips(request: Request, queries: Queries, principal: Caller) -> Response:
        """List the ids of trips that end between two dates, ten at a time."""
        given = by_lower_name(request.query_params.items())
        if given.get("schema", "id") != "id":
            raise Malformed(field="schema", rule="write id, or leave it out")
        filters = Filters(ending_from=date_of(given, "endDateFrom"), ending_until=date_of(given, "endDateTo"))
        try:
            after = decode_cursor(given["startafter"]) if "startafter" in given else None
        except ValueError:
            raise Malformed(field="startAfter", rule="take it from the page before") from None
        trips, cursor = await queries.list_trips(principal, filters=filters, after=after, limit=_PAGE)
        following = None
        if cursor is not None:
            kept = {name: value for name, value in request.query_params.items() if name.lower() in _KEPT}
            query = urlencode(kept | {"startAfter": encode_cursor(cursor)})
            following = f"{base_url.rstrip('/')}{V4_PATH}?{query}"
        body = trips_v4(trips, base_url=base_url, following=following)
        return Response(body, media_type=_JSON, headers=PRIVATE)

    async def get_concur_v4_trip(
        request: Request, queries: Queries, principal: Caller, *, trip: str
    ) -> Response:
        """Show one trip; any id it ever had will do."""
        shown = await queries.get_trip(principal, trip=trip, form="concur-v4")
        person = (await queries.people(principal, trips=[shown.trip])).get(shown.trip.traveller)
        body = trip_v4(shown.trip, base_url=base_url, login=person and person.login, party=shown.party)
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'  # the login in it is none of the trip's
        headers = {**PRIVATE, "ETag": etag}
        if is_named(etag, among=request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type=_JSON, headers=headers)

    router.add_api_route(V4_PATH, list_concur_v4_trips, methods=["GET"])
    router.add_api_route(f"{V4_PATH}/{{trip}}", get_concur_v4_trip, methods=["GET"])
    return router


_KEPT = frozenset({"schema", "enddatefrom", "enddateto"})
