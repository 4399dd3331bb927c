"""Concur's XML API, the writing half: bookings and trips in, the whole itinerary out.

A post waits until its own write can be read. If that takes too long it is answered with what is
known, never with a request to send again: it stands on the log already (design, section 11).
"""

from collections.abc import Mapping
from itertools import product
from types import MappingProxyType

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter, ValidationError
from starlette.exceptions import HTTPException

from schemas.booking_record import PostedTripStatement
from schemas.segments import Text
from services.ingest import concur_answers as answers
from services.ingest.concur_answers import concur_route, xml_answer
from services.ingest.domain.concur.xml import MAX_BYTES
from services.ingest.domain.concur_drafts import unknown_trip
from services.ingest.domain.messages import (
    BOOKING_SOURCE,
    CONFIRMATION_NUMBER,
    IDEMPOTENCY_KEY,
    TRIP_ID,
    TRIP_SEEN,
)
from services.ingest.domain.refusals import Problem
from services.ingest.domain.whole_trips import WholeTrip, read_whole_trip
from services.ingest.edge import Edge, Refused, accept, acceptance_headers, not_now, read_body
from services.ingest.handlers import Accepted, Arrival, Ingest, Unavailable
from services.ingest.query_service import Became, NotYetReached, QueryService
from services.ingest.raw import Route
from services.platform.positions import Position, encode_position
from services.platform.tokens import principal_of

_XML = frozenset({"application/xml", "text/xml", ""})
"""Some clients of the Concur API state no type at all."""
_WITH_BODY = frozenset({"concur_booking", "concur_trip"})
_LOGIN: TypeAdapter[str | None] = TypeAdapter(Text | None)
_USER_TYPES = frozenset({"login", "login_id"})
_USER = frozenset({"userid_type", "userid_value", "user_id"})
"""By which a user is named; `user_id` stands in Concur's templates of addresses alone."""
_REPEATED = Problem("Itinerary", "repeated", "was posted before; its tripId changes it")
_OVERTAKEN = Problem("Itinerary", "overtaken", "is unchanged: something newer was said of it meanwhile")
_PARAMETERS = {
    "tripid": TRIP_ID,
    "bookingsource": BOOKING_SOURCE,
    "confirmationnumber": CONFIRMATION_NUMBER,
}


def concur_router(ingest: Ingest, *, query: QueryService, edge: Edge) -> APIRouter:
    """Return the Concur routes that write."""
    router = APIRouter(route_class=concur_route(edge))
    posts = _Posts(ingest, query=query, edge=edge)
    for path, handler in (
        ("/travel/booking/v1.1", posts.post_concur_booking),
        ("/travel/booking/v1.0", posts.post_concur_booking),
        ("/travel/booking/v1.1/cancel", posts.cancel_concur_booking),
        ("/travel/trip/v1.1", posts.post_concur_trip),
        ("/travel/trip/v1.1/cancel", posts.cancel_concur_trip),
    ):
        # Concur's own pages write addresses with and without what stands around them here.
        for before, after in product(("/api", ""), ("", "/")):
            router.add_api_route(
                before + path + after,
                handler,
                methods=["POST"],
                name=handler.__name__,
                response_class=Response,
                include_in_schema=(before, after) == ("/api", ""),
            )
    return router


class _Posts:
    """The four posts; each reads, accepts, and answers with what the caller can then read."""

    def __init__(self, ingest: Ingest, *, query: QueryService, edge: Edge) -> None:
        self._ingest = ingest
        self._query = query
        self._edge = edge

    async def post_concur_booking(self, request: Request) -> Response:
        """Create or update one booking; answers with its whole itinerary."""
        return await self._post(request, route="concur_booking")

    async def post_concur_trip(self, request: Request) -> Response:
        """Create or replace a trip; answers with its whole itinerary."""
        return await self._post(request, route="concur_trip")

    async def _post(self, request: Request, *, route: Route) -> Response:
        seen, lags = dict[str, str](), False
        try:
            seen = await self._seen(request)
        except Unavailable as trouble:
            # Whose trip it is, the consolidator judges as well; what can be accepted is not turned away.
            lags = isinstance(trouble, NotYetReached)
        else:
            if not seen and _named(request).get("tripid", "").strip():
                # As another's: taken, it would change nothing that anybody sees, or stand elsewhere.
                raise Refused(unknown_trip())
        accepted = await self._accept(request, route=route, parameters=seen)
        if lags:  # What lies before it was waited for in vain: the sender is kept no longer.
            return _pending(request, accepted=accepted)
        return await self._answer(request, accepted=accepted)

    async def cancel_concur_trip(self, request: Request) -> Response:
        """Cancel what the caller has in a trip; answers with the whole itinerary as it is then."""
        try:
            seen = await self._seen(request)
        except Unavailable as trouble:
            raise not_now(trouble) from trouble
        accepted = await self._accept(request, route="concur_cancel_trip", parameters=seen)
        return await self._answer(request, accepted=accepted)

    async def cancel_concur_booking(self, request: Request) -> Response:
        """Cancel whatever bears a number; answers with the booking, or 404 where none does yet.

        The cancellation is kept in either case: it holds for an older booking that arrives later.
        """
        accepted = await self._accept(request, route="concur_cancel_booking")
        became = await self._became(request, accepted=accepted)
        if became is None:
            return _pending(request, accepted=accepted)
        try:
            booking = await self._cancelled_booking(request, accepted=accepted, became=became)
        except Unavailable:
            return _pending(request, accepted=accepted)
        if booking is not None:
            return _answer(booking, accepted=accepted)
        if became.trip_of(accepted) is not None:
            return _answer(_known(request, accepted=accepted), accepted=accepted)
        body = answers.error("No booking bears this number", edge=self._edge, status="NotFound")
        return xml_answer(404, body, headers=acceptance_headers(accepted))

    async def _cancelled_booking(
        self, request: Request, *, accepted: Accepted, became: Became
    ) -> bytes | None:
        """Return the caller's own booking that bears the number, as it is now; None where none shows."""
        itinerary = await self._itinerary(request, accepted=accepted, became=became)
        trip = became.trip_of(accepted)
        whole = None if trip is None else await self._whole_trip(request, trip=trip)
        if itinerary is None or whole is None:
            return None
        return answers.cancelled_bookings(itinerary, whole=whole, accepted=accepted)

    async def _whole_trip(
        self, request: Request, *, trip: str, after: Position | None = None
    ) -> WholeTrip | None:
        """Return a trip as the caller sees it; raises `Unavailable`, where `after` is not reached as well."""
        looked = await self._query.look_at(
            trip,
            authorization=request.headers["authorization"],
            after=None if after is None else encode_position(after),
        )
        return None if looked is None else read_whole_trip(looked.shown)

    async def _seen(self, request: Request) -> dict[str, str]:
        """Return, as a parameter, the trip that the address names, where there is one.

        It is looked at with all that was posted for the traveller so far: a trip just created is there, and
        nothing is decided by what was changed since. Raises `Unavailable`.
        """
        named = _named(request)
        if not (trip := named.get("tripid", "").strip()):
            return {}
        end = await self._ingest.end_for(principal_of(request), on_behalf_of=_user(named))
        whole = await self._whole_trip(request, trip=trip, after=end)
        return {} if whole is None else {TRIP_SEEN: whole.encode().decode()}

    async def _accept(
        self,
        request: Request,
        *,
        route: Route,
        parameters: Mapping[str, str] = MappingProxyType({}),
    ) -> Accepted:
        named = _named(request)
        body = b""
        if route in _WITH_BODY:
            body = await read_body(request, media_types=_XML, max_bytes=MAX_BYTES)
        said = {ours: named[theirs] for theirs, ours in _PARAMETERS.items() if theirs in named}
        if (key := request.headers.get("idempotency-key")) is not None:
            said[IDEMPOTENCY_KEY] = key
        arrival = Arrival(
            message=self._edge.new_id(),
            route=route,
            body=body,
            content_type="application/xml",
            on_behalf_of=_user(named),
            parameters={**said, **parameters},
        )
        return await accept(self._ingest, request=request, arrival=arrival)

    async def _answer(self, request: Request, *, accepted: Accepted) -> Response:
        became = await self._became(request, accepted=accepted)
        if became is None:
            return _pending(request, accepted=accepted)
        if became.trip_of(accepted) is None:  # it is done, and there is nothing more to wait for
            return _answer(_known(request, accepted=accepted), accepted=accepted)
        itinerary = await self._itinerary(request, accepted=accepted, became=became)
        if itinerary is None:
            return _pending(request, accepted=accepted)
        return _answer(itinerary, accepted=_warned(accepted, became=became))

    async def _became(self, request: Request, *, accepted: Accepted) -> Became | None:
        became = await self._query.became(accepted, authorization=request.headers["authorization"])
        if became is not None and (reason := became.refused()) is not None:
            raise HTTPException(400, reason, headers=acceptance_headers(accepted))
        return became

    async def _itinerary(self, request: Request, *, accepted: Accepted, became: Became) -> bytes | None:
        trip = became.trip_of(accepted)
        if trip is None:
            return None
        user = {name: value for name, value in _named(request).items() if name in _USER}
        return await self._query.itinerary(
            trip, accepted=accepted, authorization=request.headers["authorization"], user=user
        )


def _named(request: Request) -> dict[str, str]:
    """Return the parameters of the address; their names are not case-sensitive."""
    return {name.lower(): value for name, value in request.query_params.items()}


def _user(named: Mapping[str, str]) -> str | None:
    """Return the login on whose behalf it is posted.

    Raises:
        HTTPException: 400 where it is no login, or of a kind not known here.
    """
    value = (named.get("userid_value") or named.get("user_id", "")).strip() or None
    if value is not None and named.get("userid_type", "login").lower() not in _USER_TYPES:
        raise HTTPException(400, "userid_type must be login or login_id")
    try:
        return _LOGIN.validate_python(value)
    except ValidationError:
        raise HTTPException(400, "Invalid User: userid_value is no login") from None


def _warned(accepted: Accepted, *, became: Became) -> Accepted:
    """Return what was accepted with a word on it where it changed nothing: 200 alone would say it did."""
    if not became.repeats():
        return accepted
    # Only the creation of a trip is the older for being the same; anything else is for what came in between.
    creates = any(isinstance(one, PostedTripStatement) and one.creates for one in accepted.drafts)
    return accepted._replace(warnings=(_REPEATED if creates else _OVERTAKEN, *accepted.warnings))


def _answer(body: bytes, *, accepted: Accepted) -> Response:
    return xml_answer(200, body, headers=acceptance_headers(accepted))


def _pending(request: Request, *, accepted: Accepted) -> Response:
    """Answer with what is known when the wait runs out: nobody is ever told to send again."""
    headers = acceptance_headers(accepted)
    headers["Itinerary-Pending"] = headers["Itinerary-Position"]
    return xml_answer(200, _known(request, accepted=accepted), headers=headers)


def _known(request: Request, *, accepted: Accepted) -> bytes:
    return answers.known(accepted, trips_url=f"{request.base_url}api/travel/trip/v1.1/")
