"""Trips in JSON over HTTP (design, section 11). Reads only; what decides stands in the handlers."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import AwareDatetime

from services.platform.tokens import Guard
from services.query.answers import PRIVATE, answer_failures
from services.query.concur import concur_router
from services.query.dependencies import Caller, Queries, caught_up
from services.query.domain.listing import MAX_PAGE, Filters, ListState, decode_cursor, encode_cursor
from services.query.domain.trip_format import provenance_json, trip_json
from services.query.handlers import Shown, TripQueries
from services.query.refusals import Malformed

_PAGE = 50


class PublicFace(NamedTuple):
    """By which addresses clients know the service and its issuer."""

    resource: str
    issuer: str


class Serving(NamedTuple):
    """What answers behind an app."""

    queries: TripQueries
    check: Callable[[], Awaitable[None]]
    """Raises where trips cannot be read."""


def create_app(serving: Serving, *, guard: Guard, face: PublicFace, now: Callable[[], datetime]) -> FastAPI:
    """Return the query service as an app of its own; the gateway adds ingest's routes to it.

    Args:
        serving: what answers.
        guard: verifies tokens and walks `services.query.policies.POLICIES`.
        face: the addresses for the metadata of RFC 9728, and by which trips name themselves.
        now: reads the clock.
    """
    app = FastAPI(title="Itinerary", docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.queries, app.state.check = serving
    guarded = [Depends(guard)]
    app.include_router(trip_router(), dependencies=guarded)
    app.include_router(concur_router(base_url=face.resource), dependencies=guarded)
    app.include_router(health_router(face), dependencies=guarded)
    answer_failures(app, now=now)
    return app


def trip_router() -> APIRouter:
    """Return the routes under `/v1`."""
    router = APIRouter(prefix="/v1", dependencies=[Depends(caught_up)])
    router.add_api_route("/trips", list_trips, methods=["GET"])
    router.add_api_route("/trips/{trip}", get_trip, methods=["GET"])
    router.add_api_route("/trips/{trip}/provenance", get_trip_provenance, methods=["GET"])
    router.add_api_route("/messages/{message}", get_message, methods=["GET"])
    return router


async def list_trips(  # noqa: PLR0913 - one parameter for each filter of the design
    queries: Queries,
    principal: Caller,
    *,
    traveller: Annotated[str | None, Query(description="login or id")] = None,
    state: ListState | None = None,
    from_date: Annotated[date | None, Query(alias="from")] = None,
    to_date: Annotated[date | None, Query(alias="to")] = None,
    modified_since: AwareDatetime | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = _PAGE,
) -> Response:
    """List trips by start date; `from` and `to` name local dates that a trip touches."""
    if from_date is not None and to_date is not None and to_date < from_date:
        raise Malformed(field="to", rule="must not lie before from")
    try:
        after = None if cursor is None else decode_cursor(cursor)
    except ValueError as error:
        raise Malformed(field="cursor", rule=str(error)) from None
    filters = Filters(
        state=state,
        starting_until=to_date,
        ending_from=from_date,
        modified_since=modified_since,
        with_cancelled=state == "cancelled",
    )
    trips, following = await queries.list_trips(
        principal, filters=filters, traveller=traveller, after=after, limit=limit
    )
    body = {
        "trips": [trip_json(trip) for trip in trips],
        "next_cursor": None if following is None else encode_cursor(following),
    }
    return JSONResponse(body, headers=PRIVATE)


async def get_trip(request: Request, queries: Queries, principal: Caller, *, trip: str) -> Response:
    """Show one trip; an id that was merged away leads to the trip of today."""
    shown = await queries.get_trip(principal, trip=trip, form="json")
    return (
        _moved(request, shown, asked=trip)
        or _unchanged(request, shown)
        or _shown(shown, trip_json(shown.trip))
    )


async def get_trip_provenance(
    request: Request, queries: Queries, principal: Caller, *, trip: str
) -> Response:
    """Show for every field group of a trip which owner, record and revision it comes from."""
    shown = await queries.get_trip(principal, trip=trip, form="provenance")
    body = provenance_json(shown.trip)
    return _moved(request, shown, asked=trip) or _unchanged(request, shown) or _shown(shown, body)


async def get_message(queries: Queries, principal: Caller, *, message: str) -> Response:
    """Show what became of a message, statement by statement."""
    outcomes = await queries.get_message(principal, message=message)
    body = {
        "message": message,
        "outcomes": [{**outcome._asdict(), "record": outcome.record or None} for outcome in outcomes],
        "trips": sorted({outcome.trip for outcome in outcomes if outcome.trip is not None}),
    }
    return JSONResponse(body, headers=PRIVATE)


def _moved(request: Request, shown: Shown, *, asked: str) -> Response | None:
    if shown.trip.id == asked:
        return None
    # The answer must not be kept: a split can give the id back to the trip that had it.
    url = request.url.path.replace(asked, shown.trip.id)
    return RedirectResponse(url, 307, {"Cache-Control": "no-store"})


def _unchanged(request: Request, shown: Shown) -> Response | None:
    known = request.headers.get("if-none-match", "")
    names = {name.strip().removeprefix("W/") for name in known.split(",")}
    if shown.etag in names or "*" in names:
        return Response(status_code=304, headers={**PRIVATE, "ETag": shown.etag})
    return None


def _shown(shown: Shown, body: dict[str, Any]) -> Response:
    return JSONResponse(body, headers={**PRIVATE, "ETag": shown.etag})


def health_router(face: PublicFace) -> APIRouter:
    """Return the routes by which others find out whether and how to speak to the service."""
    router = APIRouter()

    async def live() -> dict[str, str]:
        """Say that the process answers."""
        return {"status": "live"}

    async def ready(request: Request) -> dict[str, str]:
        """Say whether trips can be read: the database answers and has the schema of this release."""
        await request.app.state.check()
        return {"status": "ready"}

    async def protected_resource() -> dict[str, Any]:
        """Say who issues tokens for this resource (RFC 9728)."""
        return {
            "resource": face.resource,
            "authorization_servers": [face.issuer],
            "scopes_supported": ["trips:read", "bookings:write"],
            "bearer_methods_supported": ["header"],
        }

    router.add_api_route("/health/live", live, methods=["GET"])
    router.add_api_route("/health/ready", ready, methods=["GET"])
    router.add_api_route("/.well-known/oauth-protected-resource", protected_resource, methods=["GET"])
    return router
