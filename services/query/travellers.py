"""The directory over HTTP: the travellers of a company, for who looks after them."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from services.query.answers import PRIVATE
from services.query.dependencies import Caller, Queries
from services.query.domain.listing import MAX_PAGE

_PAGE = 50


def traveller_router() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/v1", tags=["travellers"])
    router.add_api_route("/travellers", list_travellers, methods=["GET"])
    return router


async def list_travellers(
    queries: Queries,
    principal: Caller,
    *,
    login: Annotated[str | None, Query(max_length=320, description="whose login it is")] = None,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = _PAGE,
) -> Response:
    """List the company's travellers in the order of their ids, or the one who has a login."""
    found, following = await queries.list_travellers(principal, login=login, after=cursor, limit=limit)
    body = {
        "travellers": [{**one._asdict(), "logins": list(one.logins)} for one in found],
        "next_cursor": following,
    }
    return JSONResponse(body, headers=PRIVATE)
