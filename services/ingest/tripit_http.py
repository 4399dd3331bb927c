"""The routes around accounts at TripIt: connect, see, disconnect; TripIt's notifications; a company's key."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qs

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from starlette.exceptions import HTTPException

from schemas.segments import Code
from services.ingest.edge import RETRY_SECONDS, ProblemRoute, read_body
from services.ingest.handlers import Unavailable
from services.ingest.tripit_authorisations import BeingEnded
from services.ingest.tripit_connections import NotPossible, TripItConnections
from services.ingest.tripit_requests import Credentials, Revoked, Trouble
from services.platform.sealing import SealBroken
from services.platform.tokens import ANYONE, Policy, principal_of

_M = TypeVar("_M", bound=BaseModel)

_MAX_BYTES = 64 * 1024
_MAX_TOKENS = 200
_JSON = frozenset({"application/json"})
_FORM = frozenset({"application/x-www-form-urlencoded"})

_OWN_ACCOUNT = Policy(kinds=frozenset({"traveller", "admin"}), scopes=frozenset({"bookings:write"}))

TRIPIT_POLICIES: Mapping[str, Policy] = {
    "get_tripit_connection": _OWN_ACCOUNT,
    "post_tripit_connection": _OWN_ACCOUNT,
    "delete_tripit_connection": _OWN_ACCOUNT,
    "put_tripit_consumer": Policy(kinds=frozenset({"admin"}), scopes=frozenset({"bookings:write"})),
    # A browser that comes back from TripIt, and TripIt itself, have no token of ours.
    "get_tripit_callback": ANYONE,
    "post_tripit_notification": ANYONE,
}


class _Connection(BaseModel):
    """How to connect: by a private calendar feed, or by the API where nothing is named."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    calendar: Annotated[SecretStr, Field(max_length=2000)] | None = None


class _Consumer(BaseModel):
    """A company's key at TripIt."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    key: Code
    secret: Annotated[SecretStr, Field(min_length=1, max_length=1000)]


def tripit_router(connections: TripItConnections | None) -> APIRouter:
    """Return the routes; without `connections` each says that nothing can be connected here."""
    router = APIRouter(route_class=ProblemRoute, tags=["tripit"])
    routes = _Routes(connections)
    _add_travellers_routes(router, routes)
    _add_other_routes(router, routes)
    return router


class _Routes:
    """What the routes do, in words of HTTP."""

    def __init__(self, connections: TripItConnections | None) -> None:
        self._connections = connections

    @property
    def connections(self) -> TripItConnections:
        """What is connected.

        Raises:
            HTTPException: 404 where this system keeps no accounts.
        """
        if self._connections is None:
            raise HTTPException(404, "this system follows no accounts at TripIt")
        return self._connections

    async def whose(self, request: Request) -> dict[str, str]:
        """Return tenant and traveller of the token: everybody's own account and nobody else's."""
        principal = principal_of(request)
        try:
            traveller = await self.connections.traveller(tenant=principal.tenant, login=principal.subject)
        except NotPossible as why:
            raise HTTPException(422, str(why)) from why
        return {"tenant": principal.tenant, "traveller": traveller}


def _add_travellers_routes(router: APIRouter, routes: _Routes) -> None:
    @router.post("/v1/tripit/connection", status_code=202)
    async def post_tripit_connection(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction] - the decorator keeps it
        """Connect the traveller's account: by a calendar feed, or begin to by the API."""
        asked = _read(_Connection, await read_body(request, media_types=_JSON, max_bytes=_MAX_BYTES))
        with _Worded():
            who = await routes.whose(request)
            if asked.calendar is not None:
                await routes.connections.connect_feed(asked.calendar.get_secret_value(), **who)
                return _json(202, {"state": "connected"})
            address = await routes.connections.begin(**who)
        return _json(202, {"state": "awaiting_traveller", "authorise_url": address})

    @router.get("/v1/tripit/connection")
    async def get_tripit_connection(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction] - as above
        """Show how the traveller's account is doing; a revoked grant, too."""
        with _Worded():
            status = await routes.connections.status(**await routes.whose(request))
        if status is None:
            raise HTTPException(404, "no account is connected")
        return _json(200, status)

    @router.delete("/v1/tripit/connection", status_code=202)
    async def delete_tripit_connection(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction] - as above
        """Disconnect the account; what it told is taken back."""
        with _Worded():
            if not await routes.connections.disconnect(**await routes.whose(request)):
                raise HTTPException(404, "no account is connected")
        return _json(202, {"state": "leaving"})


def _add_other_routes(router: APIRouter, routes: _Routes) -> None:
    @router.put("/v1/tripit/consumer", status_code=204)
    async def put_tripit_consumer(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction] - as above
        """Keep the company's own key at TripIt."""
        asked = _read(_Consumer, await read_body(request, media_types=_JSON, max_bytes=_MAX_BYTES))
        consumer = Credentials(asked.key, asked.secret.get_secret_value())
        with _Worded():
            await routes.connections.keep_consumer(consumer, tenant=principal_of(request).tenant)
        return Response(status_code=204)

    @router.get("/v1/tripit/callback")
    async def get_tripit_callback(oauth_token: str = "") -> Response:  # pyright: ignore[reportUnusedFunction] - as above
        """Take in a traveller who comes back from TripIt, agreed or not."""
        with _Worded():
            done = await routes.connections.complete(oauth_token)
        if not done:
            raise HTTPException(404, "nothing such is under way; begin again")
        return _json(200, {"state": "connected"})

    @router.post("/v1/tripit/notifications")
    async def post_tripit_notification(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction] - as above
        """Take a notification for what it is: a hint. Of what is not known nobody learns anything."""
        form = parse_qs((await read_body(request, media_types=_FORM, max_bytes=_MAX_BYTES)).decode("latin-1"))
        trip = form.get("id", [""])[0]
        if form.get("type") == ["trip"]:
            with _Worded():
                await routes.connections.take_hints(form.get("oauth_token_key", [])[:_MAX_TOKENS], trip=trip)
        return Response(status_code=200)


class _Worded:
    """Says what went wrong in HTTP, without a word of what was sent."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, trouble: BaseException | None, _where: object) -> None:
        retry = {"Retry-After": str(RETRY_SECONDS)}
        match trouble:
            case NotPossible():
                raise HTTPException(422, str(trouble)) from trouble
            case BeingEnded():
                raise HTTPException(
                    409,
                    "TripIt is being asked already; look again later, or begin anew",
                    headers={"Retry-After": str(trouble.seconds)},
                ) from trouble
            case Revoked():
                raise HTTPException(403, "TripIt was not given the traveller's consent") from trouble
            case Trouble():
                raise HTTPException(503, f"TripIt: {trouble.code}", headers=retry) from trouble
            case SealBroken():
                raise HTTPException(
                    503, "a sealing key is missing; tell the operator", headers=retry
                ) from trouble
            case Unavailable():
                raise HTTPException(503, f"{trouble}; send again later", headers=retry) from trouble
            case _:
                return


def _read(model: type[_M], body: bytes) -> _M:
    try:
        return model.model_validate_json(body or b"{}")
    except ValidationError as wrong:
        named = sorted({str(found["loc"][0]) for found in wrong.errors(include_input=False) if found["loc"]})
        raise HTTPException(422, f"wrong or missing: {', '.join(named) or 'the JSON'}") from None


def _json(status: int, content: Mapping[str, Any]) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")
