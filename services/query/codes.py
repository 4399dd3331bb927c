"""Looks up what the codes of Concur's elements mean; the same for every tenant, and nobody's secret."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from schemas.concur.code_tables import CODE_TABLES
from services.query.refusals import NotFound

_CACHED = {"Cache-Control": "private, max-age=86400"}


def codes_router() -> APIRouter:
    """Return the routes under `/v1/codes`."""
    router = APIRouter(prefix="/v1/codes", tags=["codes"])

    async def list_code_tables() -> JSONResponse:
        """Name the tables."""
        return JSONResponse({"tables": list(CODE_TABLES)}, headers=_CACHED)

    async def get_code_table(table: str) -> JSONResponse:
        """Show what the codes of one table mean."""
        if table not in CODE_TABLES:
            raise NotFound("there is no such table of codes")
        return JSONResponse({"table": table, "codes": dict(CODE_TABLES[table])}, headers=_CACHED)

    router.add_api_route("", list_code_tables, methods=["GET"])
    router.add_api_route("/{table}", get_code_table, methods=["GET"])
    return router
