"""People's overrides over HTTP: merge, split, correct, and take back (design, section 11)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

import orjson
from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from services.ingest.domain.overrides import Verb
from services.ingest.domain.refusals import Refusal
from services.ingest.edge import RETRY_SECONDS, Edge, ProblemRoute, Refused, problem, read_body
from services.ingest.handlers import Unavailable
from services.ingest.overriding import Changed, Overriding, Said, Wish
from services.platform.once import Once
from services.platform.positions import encode_position
from services.platform.tokens import Policy, principal_of

Work = Callable[[str | None], Awaitable[Response]]

MAX_BYTES = 256 * 1024
_JSON = frozenset({"application/json"})

_PEOPLE = Policy(kinds=frozenset({"traveller", "admin"}), scopes=frozenset({"bookings:write"}))
"""Whose word outranks every source: the traveller's, and that of an administrator of the company."""

POLICIES: Mapping[str, Policy] = {
    "merge_trips": _PEOPLE,
    "split_trip": _PEOPLE,
    "correct_trip": _PEOPLE,
    "undo_override": _PEOPLE,
}


class PeoplesWord(NamedTuple):
    """What answers behind these routes."""

    overriding: Overriding
    once: Once
    edge: Edge

    async def say(self, request: Request, *, verb: Verb, trip: str) -> Response:
        """Take a person's word about a trip that did not change since they looked.

        Raises:
            HTTPException: 428 where the request does not say which state it is about.
        """
        if_match = request.headers.get("if-match")
        if if_match is None:
            raise HTTPException(428, "send If-Match with the ETag of the trip that you looked at")
        body = await read_body(request, media_types=_JSON, max_bytes=MAX_BYTES)

        async def work(key: str | None) -> Response:
            message = self.edge.new_id()
            wish = Wish(
                verb=verb,
                trip=trip,
                body=body,
                if_match=if_match,
                authorization=request.headers["authorization"],
                after=request.query_params.get("after"),
                reference=key or message,
            )
            principal = principal_of(request)
            return _answer(await self.overriding.say(wish, principal=principal, message=message))

        return await self._once(request, body=body, work=work)

    async def undo(self, request: Request, *, override: str) -> Response:
        """Take back what a person said."""

        async def work(_: str | None) -> Response:
            principal = principal_of(request)
            message = self.edge.new_id()
            return _answer(await self.overriding.undo(override, principal=principal, message=message))

        return await self._once(request, body=b"", work=work)

    async def _once(self, request: Request, *, body: bytes, work: Work) -> Response:
        try:
            return await self.once.answer(request, principal=principal_of(request), body=body, work=work)
        except Unavailable as trouble:
            retry = {"Retry-After": str(RETRY_SECONDS)}
            raise HTTPException(503, f"{trouble}; send again later", headers=retry) from trouble


def overrides_router(word: PeoplesWord) -> APIRouter:
    """Return the routes by which people override trips, and take it back."""
    router = APIRouter(route_class=ProblemRoute, tags=["overrides"])

    async def merge_trips(request: Request, trip: str) -> Response:
        """Make other trips of the same traveller part of this one."""
        return await word.say(request, verb="merge", trip=trip)

    async def split_trip(request: Request, trip: str) -> Response:
        """Make bookings of this trip a trip of their own, whatever their dates."""
        return await word.say(request, verb="split", trip=trip)

    async def correct_trip(request: Request, trip: str) -> Response:
        """Correct a segment, name the trip, tell segments together or apart, or dismiss a warning."""
        return await word.say(request, verb="corrections", trip=trip)

    async def undo_override(request: Request, override: str) -> Response:
        """Take back an override; the trips become what they are without it."""
        return await word.undo(request, override=override)

    router.add_api_route("/v1/trips/{trip}/merge", merge_trips, methods=["POST"], status_code=202)
    router.add_api_route("/v1/trips/{trip}/split", split_trip, methods=["POST"], status_code=202)
    router.add_api_route("/v1/trips/{trip}/corrections", correct_trip, methods=["POST"], status_code=202)
    router.add_api_route("/v1/overrides/{override}", undo_override, methods=["DELETE"], status_code=202)
    return router


def _answer(result: Said | Changed | Refusal) -> Response:
    match result:
        case Refusal():
            raise Refused(result)
        case Changed(etag, shown):
            text = "the trip has changed since you looked at it; look again, and decide again"
            return problem(412, detail=text, headers={"ETag": etag}, said={"current": orjson.loads(shown)})
        case Said(override, message, trip, position):
            headers = {"Itinerary-Position": encode_position(position), "Itinerary-Message": message}
            body = {"override": override, "message": message, "trip": trip}
            return Response(orjson.dumps(body), 202, headers, media_type="application/json")
