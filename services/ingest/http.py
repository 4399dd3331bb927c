"""The HTTP edge of ingest: its routes, who may call them, and the application around them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import orjson
from fastapi import APIRouter, Depends, FastAPI, Request, Response

from services.ingest import overrides
from services.ingest.concur import concur_router
from services.ingest.dead_letters_http import DEAD_LETTER_POLICIES
from services.ingest.described import TOLD
from services.ingest.domain.normalise import Item
from services.ingest.edge import Edge, ProblemRoute, accept, acceptance_headers, errors_of, read_body
from services.ingest.email_http import EMAIL_POLICIES
from services.ingest.handlers import Arrival, Ingest, Unavailable
from services.ingest.overrides import PeoplesWord, overrides_router
from services.ingest.query_service import QueryService
from services.ingest.settings_http import SETTINGS_POLICIES, SettingsDesk, settings_router
from services.ingest.tripit_connections import TripItConnections
from services.ingest.tripit_http import TRIPIT_POLICIES, tripit_router
from services.platform.etags import EncodedETags
from services.platform.http_watching import NO_OTHER_TRACES, WatchedRequests
from services.platform.openapi import describe
from services.platform.problems import problems_router
from services.platform.tokens import ANYONE, Guard, Policy, TokenVerifier

MAX_JSON_BYTES = 4 * 1024 * 1024

_SENDERS = Policy(
    kinds=frozenset({"traveller", "admin", "tmc", "supplier"}),
    scopes=frozenset({"bookings:write", "ITINER"}),
)
"""Whoever posts bookings; `ITINER` is the scope of the Concur API."""

POLICIES: Mapping[str, Policy] = {
    "post_json_bookings": _SENDERS,
    "post_concur_booking": _SENDERS,
    "post_concur_trip": _SENDERS,
    "cancel_concur_booking": _SENDERS,
    "cancel_concur_trip": _SENDERS,
    **overrides.POLICIES,
    **SETTINGS_POLICIES,
    **DEAD_LETTER_POLICIES,
    **EMAIL_POLICIES,
    **TRIPIT_POLICIES,
    "show_problem": ANYONE,
    "live": ANYONE,
    "ready": ANYONE,
}
"""Who may call which route, by its name. A route that is not named here is closed."""

_JSON = frozenset({"application/json"})


class Answering(NamedTuple):
    """What answers behind the routes."""

    ingest: Ingest
    query: QueryService
    word: PeoplesWord
    settings: SettingsDesk
    edge: Edge
    emails: APIRouter
    dead_letters: APIRouter
    tripit: TripItConnections | None = None
    """None where no accounts are kept."""


def create_router(answering: Answering, *, verifier: TokenVerifier) -> APIRouter:
    """Return the routes of ingest without health, to be served alone or beside those of query."""
    ingest, query, word, settings, edge, emails, dead_letters, tripit = answering
    router = APIRouter(dependencies=[Depends(Guard(verifier, policies=POLICIES))])
    router.include_router(_json_router(ingest, edge=edge))
    router.include_router(concur_router(ingest, query=query, edge=edge))
    router.include_router(overrides_router(word))
    router.include_router(settings_router(settings))
    router.include_router(emails)
    router.include_router(dead_letters)
    router.include_router(tripit_router(tripit))
    return router


def create_app(router: APIRouter, *, check: Callable[[], Awaitable[None]]) -> FastAPI:
    """Return ingest as an application of its own; `check` raises `Unavailable` while it is not ready."""
    app = FastAPI(title="Itinerary ingest", docs_url=None, redoc_url=None, telemetry=NO_OTHER_TRACES)
    app.include_router(router)
    app.include_router(problems_router())  # where query's routes are beside, these have it already
    app.add_middleware(WatchedRequests)
    app.add_middleware(EncodedETags)  # they come from the query service, which compresses
    describe(app, about="Takes in bookings, mails and people's word.", told=TOLD)

    @app.get("/health/live")
    async def live() -> Mapping[str, str]:  # pyright: ignore[reportUnusedFunction] - the decorator keeps it
        return {"status": "live"}

    @app.get("/health/ready")
    async def ready() -> Response:  # pyright: ignore[reportUnusedFunction] - the decorator keeps it
        try:
            await check()
        except Unavailable as trouble:
            return _json(503, {"status": "not ready", "reason": str(trouble)})
        return _json(200, {"status": "ready"})

    return app


def _json_router(ingest: Ingest, *, edge: Edge) -> APIRouter:
    router = APIRouter(route_class=ProblemRoute, tags=["bookings"])

    @router.post("/v1/bookings", status_code=202)
    async def post_json_bookings(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction] - as above
        """Accept one booking, or an array of up to 1,000."""
        body = await read_body(request, media_types=_JSON, max_bytes=MAX_JSON_BYTES)
        arrival = Arrival(edge.new_id(), "json", body, "application/json")
        accepted = await accept(ingest, request=request, arrival=arrival)
        results = [_result(item) for item in accepted.items]
        content = {"message": accepted.message, "results": results}
        return _json(202, content, headers=acceptance_headers(accepted))

    return router


def _result(item: Item) -> dict[str, Any]:
    if item.refusal is None:
        return {"key": item.key, "status": "accepted"}
    return {"key": None, "status": "rejected", "errors": errors_of(item.refusal)}


def _json(status: int, content: object, *, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers=headers, media_type="application/json")
