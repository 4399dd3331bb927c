"""A tenant's settings over HTTP: `GET` and `PUT /v1/settings` (design, section 11)."""

from collections.abc import Mapping
from typing import NamedTuple

import orjson
from fastapi import APIRouter, Request, Response

from services.ingest.domain.refusals import Refusal
from services.ingest.edge import DECIDERS, Edge, ProblemRoute, Refused, available, problem, read_body
from services.ingest.tenant_settings import Deciding, Meanwhile, Shown
from services.platform.positions import encode_position
from services.platform.tokens import Policy, principal_of

MAX_BYTES = 256 * 1024
_JSON = frozenset({"application/json"})

SETTINGS_POLICIES: Mapping[str, Policy] = {"get_settings": DECIDERS, "put_settings": DECIDERS}


class SettingsDesk(NamedTuple):
    """What answers behind these routes."""

    deciding: Deciding
    edge: Edge


def settings_router(desk: SettingsDesk) -> APIRouter:
    """Return the routes by which a company's settings are read and changed."""
    router = APIRouter(route_class=ProblemRoute, tags=["settings"])

    async def get_settings(request: Request) -> Response:
        """Return the settings of the caller's company, with its table of senders."""
        shown = await available(desk.deciding.look(principal_of(request)))
        if isinstance(shown, Refusal):
            raise Refused(shown)
        return _json(200, shown)

    async def put_settings(request: Request) -> Response:
        """Replace the settings of the caller's company; trips follow piece by piece.

        What is left out becomes what it is by default, but for `senders`, which then stay. With
        `If-Match`, only the state that was looked at is replaced.
        """
        body = await read_body(request, media_types=_JSON, max_bytes=MAX_BYTES)
        result = await available(
            desk.deciding.change(
                body,
                principal=principal_of(request),
                message=desk.edge.new_id(),
                if_match=request.headers.get("if-match"),
            )
        )
        if isinstance(result, Refusal):
            raise Refused(result)
        if isinstance(result, Meanwhile):
            text = "the settings are not those that you looked at; look again, and decide again"
            said = {"current": result.shown.settings}
            return problem(412, detail=text, headers={"ETag": result.shown.etag}, said=said)
        position = {
            "Itinerary-Position": encode_position(result.position),
            "Itinerary-Message": result.message,
        }
        return _json(202, result.shown, headers=position)

    router.add_api_route("/v1/settings", get_settings, methods=["GET"])
    router.add_api_route("/v1/settings", put_settings, methods=["PUT"], status_code=202)
    return router


def _json(status: int, shown: Shown, *, headers: Mapping[str, str] | None = None) -> Response:
    named = {"ETag": shown.etag, "Cache-Control": "no-store", **(headers or {})}
    return Response(orjson.dumps(shown.settings), status, named, media_type="application/json")
