"""Looks up what the codes of Concur's elements mean; the same for every tenant, and nobody's secret."""

from collections.abc import Mapping
from functools import cache
from zoneinfo import available_timezones

from babel.dates import get_timezone_location
from fastapi import APIRouter
from fastapi.responses import JSONResponse

from schemas.concur.code_tables import CODE_TABLES
from services.query.refusals import NotFound

_CACHED = {"Cache-Control": "private, max-age=86400"}
_NO_PLACE = frozenset({"Factory", "localtime"})
"""Names that the time zone database has for its own use."""


@cache
def code_tables() -> Mapping[str, Mapping[str, str]]:
    """Return all tables by name; of time zones the names of the IANA's, with the places of Unicode's CLDR."""
    zones = {
        name: get_timezone_location(name, locale="en") for name in sorted(available_timezones() - _NO_PLACE)
    }
    return {**CODE_TABLES, "time-zones": zones}


def codes_router() -> APIRouter:
    """Return the routes under `/v1/codes`."""
    router = APIRouter(prefix="/v1/codes", tags=["codes"])

    async def list_code_tables() -> JSONResponse:
        """Name the tables."""
        return JSONResponse({"tables": list(code_tables())}, headers=_CACHED)

    async def get_code_table(table: str) -> JSONResponse:
        """Show what the codes of one table mean."""
        if table not in code_tables():
            raise NotFound("there is no such table of codes")
        return JSONResponse({"table": table, "codes": dict(code_tables()[table])}, headers=_CACHED)

    router.add_api_route("", list_code_tables, methods=["GET"])
    router.add_api_route("/{table}", get_code_table, methods=["GET"])
    return router
