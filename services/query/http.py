"""Trips in JSON over HTTP (design, section 11). Reads only; what decides stands in the handlers."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple

import orjson
from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import AwareDatetime, StringConstraints
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware

from schemas.booking_record import Source
from services.platform.etags import EncodedETags, is_named
from services.platform.http_watching import NO_OTHER_TRACES, WatchedRequests
from services.platform.openapi import describe
from services.platform.tokens import Guard
from services.query.answers import PRIVATE, Failure, answer_failures
from services.query.calendar import calendar_router
from services.query.calendar_feeds import CalendarFeeds
from services.query.codes import codes_router
from services.query.concur import concur_router
from services.query.concur_v4 import concur_v4_router
from services.query.dependencies import Caller, Queries, caught_up, known_parameters
from services.query.described import TOLD
from services.query.domain.listing import (
    MAX_PAGE,
    Cursor,
    Filters,
    ListState,
    decode_cursor,
    encode_cursor,
    filter_mark,
)
from services.query.domain.selection import Selection, read_selection, selected
from services.query.domain.trip_format import provenance_json
from services.query.events import changes_router
from services.query.feed import ChangeFeed
from services.query.handlers import TripQueries
from services.query.limits import RateLimit, RateLimitHeaders
from services.query.page.rendering import shown_failure
from services.query.page.routes import Page, SignInNeeded, to_sign_in
from services.query.refusals import Malformed
from services.query.shares import Shares
from services.query.sharing import share_router
from services.query.travellers import traveller_router
from services.query.webhooks import Webhooks
from services.query.webhooks_http import webhooks_router

ABOUT = (
    "Trips, consolidated from bookings of many sources. Errors of routes under /v1 are problem details "
    "(RFC 9457). Take fields that you do not know for new ones."
)
_PAGE = 50
_EXPOSED = ("ETag", "Itinerary-Position", "Itinerary-Message", "Link", "RateLimit", "Retry-After")
"""Headers that scripts of other sites may read, where any may call at all."""
_ACCEPTED = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "Last-Event-ID")
_COMPRESSED_FROM_BYTES = 1024

Words = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*\w[^\x00]*$")]


class Traffic(NamedTuple):
    """How much of it is let through, and from where."""

    requests_per_minute: int
    concur_requests_per_minute: int
    cors_origins: Sequence[str]
    own_reads_secret: str | None
    """By which what ingest reads to answer a post is known, and not counted."""

    def limit(self, name: str, *, per_minute: int) -> RateLimit:
        """Return what counts the requests of a policy."""
        return RateLimit(name=name, per_minute=per_minute, own_reads_secret=self.own_reads_secret)


class PublicFace(NamedTuple):
    """By which addresses clients know the service and its issuer."""

    resource: str
    issuer: str


class Serving(NamedTuple):
    """What answers behind an app."""

    queries: TripQueries
    changes: ChangeFeed
    feeds: CalendarFeeds
    shares: Shares
    webhooks: Webhooks
    check: Callable[[], Awaitable[None]]
    """Raises where trips cannot be read."""


def create_app(
    serving: Serving,
    *,
    guard: Guard,
    page: Page,
    face: PublicFace,
    traffic: Traffic,
    now: Callable[[], datetime],
) -> FastAPI:
    """Return the query service as an app of its own; the gateway adds ingest's routes to it.

    Args:
        serving: what answers.
        guard: verifies tokens and walks `services.query.policies.POLICIES`.
        page: what people look at.
        face: the addresses for the metadata of RFC 9728, and by which trips name themselves.
        traffic: how much of it is let through, and from where.
        now: reads the clock.
    """
    app = FastAPI(
        title="Itinerary",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=NO_OTHER_TRACES,
    )
    app.state.queries, app.state.changes, app.state.feeds, app.state.shares = serving[:4]
    app.state.webhooks, app.state.check = serving[4:]
    app.state.face = face
    app.state.parameters = {}  # by the name of a route, once it was asked
    app.state.stopping = lambda: False  # until a server that can stop serves it
    _add_traffic_rules(app, traffic=traffic)
    counted = guard.and_then(traffic.limit("default", per_minute=traffic.requests_per_minute))
    as_at_concur = traffic.limit("concur", per_minute=traffic.concur_requests_per_minute)
    guarded = [Depends(counted)]
    concurs = [Depends(guard.and_then(as_at_concur))]
    ours = [Depends(counted.and_then(known_parameters))]
    # Before the trips: its address would else be that of a trip.
    app.include_router(calendar_router(), dependencies=ours)
    app.include_router(trip_router(), dependencies=ours)
    app.include_router(share_router(), dependencies=ours)
    app.include_router(traveller_router(), dependencies=ours)
    app.include_router(changes_router(), dependencies=[*ours, Depends(caught_up)])
    app.include_router(webhooks_router(), dependencies=ours)
    app.include_router(concur_router(base_url=face.resource), dependencies=concurs)
    app.include_router(concur_v4_router(base_url=face.resource), dependencies=concurs)
    app.include_router(codes_router(), dependencies=guarded)
    app.include_router(health_router(face), dependencies=guarded)
    app.include_router(page.router())
    answer_failures(app, now=now, as_page=_failure_as_page)
    describe(app, about=ABOUT, told=TOLD)
    app.add_exception_handler(SignInNeeded, _to_sign_in)
    return app


def _add_traffic_rules(app: FastAPI, *, traffic: Traffic) -> None:
    """Compress answers (never a stream), tell limits, count, and let scripts of named sites in."""
    app.add_middleware(WatchedRequests)
    app.add_middleware(RateLimitHeaders)
    app.add_middleware(GZipMiddleware, minimum_size=_COMPRESSED_FROM_BYTES)
    app.add_middleware(EncodedETags)
    if traffic.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=traffic.cors_origins,
            allow_methods=("GET", "POST", "PATCH", "DELETE"),
            allow_headers=_ACCEPTED,
            expose_headers=_EXPOSED,
            max_age=600,
        )


def _failure_as_page(request: Request, failed: Failure) -> Response:
    title = HTTPStatus(failed.status).phrase
    return shown_failure(request, status=failed.status, title=title, detail=failed.detail)


async def _to_sign_in(request: Request, _: Exception) -> Response:
    return to_sign_in(request)


def trip_router() -> APIRouter:
    """Return the routes under `/v1`."""
    router = APIRouter(prefix="/v1", tags=["trips"], dependencies=[Depends(caught_up)])
    router.add_api_route("/trips", list_trips, methods=["GET"])
    router.add_api_route("/trips/{trip}", get_trip, methods=["GET"])
    router.add_api_route("/trips/{trip}/provenance", get_trip_provenance, methods=["GET"])
    router.add_api_route("/messages/{message}", get_message, methods=["GET"])
    return router


async def list_trips(  # noqa: PLR0913 - one parameter for each filter of the design
    request: Request,
    queries: Queries,
    principal: Caller,
    *,
    traveller: Annotated[str | None, Query(description="login or id")] = None,
    state: ListState | None = None,
    from_date: Annotated[date | None, Query(alias="from")] = None,
    to_date: Annotated[date | None, Query(alias="to")] = None,
    modified_since: AwareDatetime | None = None,
    q: Annotated[Words | None, Query(description="words in names, places, vendors and locators")] = None,
    place: Annotated[Words | None, Query(description="words of a place, or its code")] = None,
    source: Annotated[Source | None, Query(description="a kind of sender that has a booking in it")] = None,
    fields: Annotated[str | None, Query(description="such as id,name,segments.start")] = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = _PAGE,
) -> Response:
    """List trips by start date; `from` and `to` name local dates that a trip touches."""
    selection = _selection(fields)
    if from_date is not None and to_date is not None and to_date < from_date:
        raise Malformed(field="to", rule="must not lie before from")
    filters = Filters(
        words=q,
        place=place,
        source=source,
        state=state,
        starting_until=to_date,
        ending_from=from_date,
        modified_since=modified_since,
        with_cancelled=state == "cancelled",
    )
    mark = filter_mark(filters, traveller)
    after = _after(cursor, mark=mark)
    trips, following = await queries.list_answers(
        principal, filters=filters, traveller=traveller, after=after, limit=limit
    )
    next_cursor = None if following is None else f"{encode_cursor(following)}.{mark}"
    shown = ",".join(_part(trip, selection=selection) for trip in trips)
    body = f'{{"trips":[{shown}],"next_cursor":{orjson.dumps(next_cursor).decode()}}}'
    headers = dict(PRIVATE)
    if next_cursor is not None:
        url = request.url.include_query_params(cursor=next_cursor)
        headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
    return _json(body, headers=headers)


def _after(cursor: str | None, *, mark: str) -> Cursor | None:
    if cursor is None:
        return None
    place, _, marked = cursor.partition(".")
    try:
        after = decode_cursor(place)
    except ValueError as error:
        raise Malformed(field="cursor", rule=str(error)) from None
    if marked != mark:
        raise Malformed(field="cursor", rule="is of a list with other filters; begin this one anew")
    return after


def _selection(fields: str | None) -> Selection | None:
    try:
        return None if fields is None else read_selection(fields)
    except ValueError as error:
        raise Malformed(field="fields", rule=str(error)) from None


def _part(trip: str, *, selection: Selection | None) -> str:
    return trip if selection is None else orjson.dumps(selected(orjson.loads(trip), selection)).decode()


async def get_trip(
    request: Request,
    queries: Queries,
    principal: Caller,
    *,
    trip: str,
    fields: Annotated[str | None, Query(description="such as id,name,segments.start")] = None,
) -> Response:
    """Show one trip; an id that was merged away leads to the trip of today."""
    selection = _selection(fields)
    form = "json" if fields is None else f"json {fields}"
    shown = await queries.get_answer(principal, trip=trip, form=form)
    return (
        _moved(request, shown.id, asked=trip)
        or _unchanged(request, shown.etag)
        or _json(_part(shown.body, selection=selection), headers={**PRIVATE, "ETag": shown.etag})
    )


async def get_trip_provenance(
    request: Request, queries: Queries, principal: Caller, *, trip: str
) -> Response:
    """Show for every field group of a trip which owner, record and revision it comes from."""
    shown = await queries.get_trip(principal, trip=trip, form="provenance")
    return (
        _moved(request, shown.trip.id, asked=trip)
        or _unchanged(request, shown.etag)
        or _json(orjson.dumps(provenance_json(shown.trip)), headers={**PRIVATE, "ETag": shown.etag})
    )


async def get_message(queries: Queries, principal: Caller, *, message: str) -> Response:
    """Show what became of a message, statement by statement."""
    outcomes = await queries.get_message(principal, message=message)
    body = {
        "message": message,
        "outcomes": [{**outcome._asdict(), "record": outcome.record or None} for outcome in outcomes],
        "trips": sorted({outcome.trip for outcome in outcomes if outcome.trip is not None}),
    }
    return JSONResponse(body, headers=PRIVATE)


def _moved(request: Request, now_id: str, *, asked: str) -> Response | None:
    if now_id == asked:
        return None
    # The answer must not be kept: a split can give the id back to the trip that had it.
    url = request.url.path.replace(asked, now_id)
    return RedirectResponse(url, 307, {"Cache-Control": "no-store"})


def _unchanged(request: Request, etag: str) -> Response | None:
    if is_named(etag, among=request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers={**PRIVATE, "ETag": etag})
    return None


def _json(body: str | bytes, *, headers: Mapping[str, str]) -> Response:
    """Return what was written in JSON already: pages of trips are long."""
    return Response(body, headers=dict(headers), media_type="application/json")


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
            "scopes_supported": ["trips:read", "bookings:write", "ITINER"],
            "bearer_methods_supported": ["header"],
            "resource_documentation": f"{face.resource}/openapi.json",
        }

    router.add_api_route("/health/live", live, methods=["GET"])
    router.add_api_route("/health/ready", ready, methods=["GET"])
    router.add_api_route("/.well-known/oauth-protected-resource", protected_resource, methods=["GET"])
    return router
