"""Trips in JSON over HTTP (design, section 11). Reads only; what decides stands in the handlers."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.params import Depends as DependsParameter
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.routing import APIRoute
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware

from services.platform.etags import EncodedETags, is_named
from services.platform.http_watching import NO_OTHER_TRACES, WatchedRequests
from services.platform.once import Once
from services.platform.openapi import describe
from services.platform.problems import problems_router
from services.platform.tokens import Guard, principal_of
from services.query.answers import PRIVATE, Failure, answer_failures
from services.query.calendar import calendar_router
from services.query.calendar_feeds import CalendarFeeds
from services.query.codes import codes_router
from services.query.concur import concur_router
from services.query.concur_v4 import concur_v4_router
from services.query.dependencies import caught_up, known_parameters, queries_at
from services.query.described import TOLD
from services.query.domain.listing import encode_cursor
from services.query.domain.selection import Selection, read_selection, selected
from services.query.domain.trip_format import provenance_json
from services.query.events import changes_router
from services.query.feed import ChangeFeed
from services.query.handlers import TripQueries
from services.query.limits import RateLimit, RateLimitHeaders, by_link
from services.query.looks import Looks
from services.query.openings import Openings
from services.query.page.rendering import shown_failure
from services.query.page.routes import Page, SignInNeeded, to_sign_in
from services.query.parameters import ListParameters, Parameters, TripParameters
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
_EXPOSED = (
    "ETag",
    "Idempotency-Replayed",
    "Itinerary-Message",
    "Itinerary-Position",
    "Link",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
)
"""Headers that scripts of other sites may read, where any may call at all."""
_ACCEPTED = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "Last-Event-ID")
_COMPRESSED_FROM_BYTES = 1024


class Traffic(NamedTuple):
    """How much of it is let through, and from where."""

    requests_per_minute: int
    concur_requests_per_minute: int
    link_requests_per_minute: int
    cors_origins: Sequence[str]
    own_reads_secret: str | None
    """By which what ingest reads to answer a post is known, and not counted."""

    def limit(self, name: str, *, per_minute: int) -> RateLimit:
        """Return what counts the requests of a policy."""
        return RateLimit(name=name, per_minute=per_minute, own_reads_secret=self.own_reads_secret)

    def limit_of_links(self) -> RateLimit:
        """Return what counts how often a link is opened that is a key itself."""
        return RateLimit(
            name="link",
            per_minute=self.link_requests_per_minute,
            own_reads_secret=None,
            asker=by_link,
            counts_unchanged=True,
        )


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
    looks: Looks
    openings: Openings
    once: Once
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
    app.state.webhooks, app.state.looks, app.state.openings, app.state.once, app.state.check = serving[4:]
    app.state.face = face
    app.state.parameters = {}  # by the name of a route, once it was asked
    app.state.stopping = lambda: False  # until a server that can stop serves it
    _add_traffic_rules(app, traffic=traffic)
    counted = guard.and_then(traffic.limit("default", per_minute=traffic.requests_per_minute))
    as_at_concur = traffic.limit("concur", per_minute=traffic.concur_requests_per_minute)
    guarded = [Depends(counted)]
    concurs = [Depends(guard.and_then(as_at_concur))]
    ours = [Depends(counted.and_then(known_parameters))]
    add_trip_routes(app.router, guarded=guarded)
    links = Depends(traffic.limit_of_links())
    app.include_router(calendar_router(of_links=links), dependencies=ours)
    app.include_router(share_router(), dependencies=ours)
    app.include_router(traveller_router(), dependencies=ours)
    app.include_router(changes_router(), dependencies=[*ours, Depends(caught_up)])
    app.include_router(webhooks_router(), dependencies=ours)
    app.include_router(concur_router(base_url=face.resource), dependencies=concurs)
    app.include_router(concur_v4_router(base_url=face.resource), dependencies=concurs)
    app.include_router(codes_router(), dependencies=guarded)
    app.include_router(health_router(face), dependencies=guarded)
    app.include_router(problems_router(), dependencies=guarded)
    looks = Depends(traffic.limit("page", per_minute=traffic.requests_per_minute))
    app.include_router(page.router(of_people=looks, of_links=links))
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
            allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=_ACCEPTED,
            expose_headers=_EXPOSED,
            max_age=600,
        )


def _failure_as_page(request: Request, failed: Failure) -> Response:
    return shown_failure(request, status=failed.status, detail=failed.detail, headers=failed.headers)


async def _to_sign_in(request: Request, _: Exception) -> Response:
    return to_sign_in(request)


class DirectRoute(APIRoute):
    """A route whose checks and endpoint are given the request as it is, beside what the path names."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request, once all checks let it pass."""
        checks = [named.dependency for named in self.dependencies if named.dependency is not None]

        async def answer(request: Request) -> Response:
            for check in checks:
                await check(request)
            return await self.endpoint(request, **request.path_params)

        return answer


def add_trip_routes(router: APIRouter, *, guarded: Sequence[DependsParameter]) -> None:
    """Add the routes that read trips, the ones that are called most.

    To the app's own router, before all others: FastAPI goes twice through each router that is included. They
    ask the request itself for handlers, caller and parameters: finding out dependencies takes longer than
    what they do, even where there are none.
    """

    def add(path: str, endpoint: Callable[..., Awaitable[Response]]) -> None:
        router.add_api_route(
            path,
            endpoint,
            methods=["GET"],
            tags=["trips"],
            dependencies=guarded,
            route_class_override=DirectRoute,
        )

    add("/v1/trips", list_trips)
    add("/v1/trips/{trip}", get_trip)
    add("/v1/trips/{trip}/provenance", get_trip_provenance)
    add("/v1/messages/{message}", get_message)


async def list_trips(request: Request) -> Response:
    """List trips by start date; `from` and `to` name local dates that a trip touches."""
    wanted = ListParameters.of(request)
    selection = _selection(wanted.fields)
    filters, after = wanted.filters, wanted.after_trip()
    queries = await queries_at(request, wanted.after)
    trips, following = await queries.list_answers(
        principal_of(request), filters=filters, traveller=wanted.traveller, after=after, limit=wanted.limit
    )
    next_cursor = None if following is None else f"{encode_cursor(following)}.{wanted.mark}"
    shown = _selected(f"[{trips}]", selection=selection)
    body = f'{{"trips":{shown},"next_cursor":{orjson.dumps(next_cursor).decode()}}}'
    headers = dict(PRIVATE)
    if next_cursor is not None:
        url = request.url.include_query_params(cursor=next_cursor)
        headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
    return _json(body, headers=headers)


def _selection(fields: str | None) -> Selection | None:
    try:
        return None if fields is None else read_selection(fields)
    except ValueError as error:
        raise Malformed(field="fields", rule=str(error)) from None


def _selected(written: str, *, selection: Selection | None) -> str:
    """Return what is selected of a trip in JSON, or of each of a list of them."""
    if selection is None:
        return written
    read: Any = orjson.loads(written)
    chosen = [selected(one, selection) for one in read] if written[0] == "[" else selected(read, selection)
    return orjson.dumps(chosen).decode()


async def get_trip(request: Request, trip: str) -> Response:
    """Show one trip; an id that was merged away leads to the trip of today."""
    wanted = TripParameters.of(request)
    selection = _selection(wanted.fields)
    form = "json" if wanted.fields is None else f"json {wanted.fields}"
    queries = await queries_at(request, wanted.after)
    shown = await queries.get_answer(principal_of(request), trip=trip, form=form)
    return (
        _moved(request, shown.id, asked=trip)
        or _unchanged(request, shown.etag)
        or _json(_selected(shown.body, selection=selection), headers={**PRIVATE, "ETag": shown.etag})
    )


async def get_trip_provenance(request: Request, trip: str) -> Response:
    """Show for every field group of a trip which owner, record and revision it comes from."""
    queries = await queries_at(request, Parameters.of(request).after)
    shown = await queries.get_trip(principal_of(request), trip=trip, form="provenance")
    return (
        _moved(request, shown.trip.id, asked=trip)
        or _unchanged(request, shown.etag)
        or _json(orjson.dumps(provenance_json(shown.trip)), headers={**PRIVATE, "ETag": shown.etag})
    )


async def get_message(request: Request, message: str) -> Response:
    """Show what became of a message, statement by statement."""
    queries = await queries_at(request, Parameters.of(request).after)
    outcomes = await queries.get_message(principal_of(request), message=message)
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
    url = request.url.replace(path=request.url.path.replace(asked, now_id))
    where = f"{url.path}?{url.query}" if url.query else url.path
    return RedirectResponse(where, 307, {"Cache-Control": "no-store"})


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
