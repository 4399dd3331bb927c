"""Links to single trips over HTTP: made, listed and taken back. What they show is a page."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from schemas.base import Model
from services.query.answers import PRIVATE, instant_json
from services.query.dependencies import Caller, SharesOf
from services.query.repeats import Repeated
from services.query.shares import MAX_DAYS, Share


class ShareRequest(Model):
    """A link to be made."""

    days: Annotated[int | None, Field(ge=1, le=MAX_DAYS, examples=[14])] = None
    """How long it holds; until a week after the trip if left out."""


def share_router() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/v1", tags=["shares"])
    router.add_api_route("/trips/{trip}/shares", list_shares, methods=["GET"])
    router.add_api_route("/trips/{trip}/shares", make_share, methods=["POST"], status_code=201)
    router.add_api_route("/shares/{share}", revoke_share, methods=["DELETE"], status_code=204)
    return router


async def list_shares(shares: SharesOf, principal: Caller, *, trip: str) -> Response:
    """List the links to a trip, and how often each was opened. The links are not shown again."""
    found = await shares.list(principal, trip=trip)
    return JSONResponse({"shares": [_share_json(share) for share in found]}, headers=PRIVATE)


async def make_share(
    request: Request,
    shares: SharesOf,
    principal: Caller,
    repeated: Repeated,
    *,
    trip: str,
    wanted: Annotated[ShareRequest | None, Body()] = None,
) -> Response:
    """Make a link to a trip for people without an account; it is in this answer and nowhere else.

    It shows where and when, and no number of a booking, no amount and no name of a person.
    """

    async def work() -> Response:
        made = await shares.make(principal, trip=trip, days=None if wanted is None else wanted.days)
        url = f"{request.app.state.face.resource}/share/{made.secret}"
        return JSONResponse(_share_json(made.share) | {"url": url}, 201, headers=PRIVATE)

    return await repeated.of_client(work)


async def revoke_share(shares: SharesOf, principal: Caller, *, share: str) -> Response:
    """Take a link back for good; it then answers 410."""
    await shares.revoke(principal, share=share)
    return Response(status_code=204)


def _share_json(share: Share) -> dict[str, Any]:
    return {
        "id": share.share,
        "trip": share.trip,
        "created_by": share.created_by,
        "created_at": instant_json(share.created_at),
        "expires_at": instant_json(share.expires_at),
        "revoked_at": instant_json(share.revoked_at),
        "last_opened_at": instant_json(share.opened_at),
        "opened_times": share.opened_times,
    }
