"""What goes wrong, written down: RFC 9457 problems on our own routes, Concur's error shape on its routes."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import uuid5

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from schemas.identifiers import NAMESPACE
from schemas.times import instant_text
from services.platform.postgres import TROUBLE
from services.platform.problems import kind_raised, problem_json
from services.query.domain.concur_format import error_xml
from services.query.domain.itinerary_v4 import V4_PATH, errors_v4
from services.query.refusals import (
    Conflict,
    CursorTooOld,
    FiltersByWhatIsHidden,
    Forbidden,
    Gone,
    Malformed,
    NotFound,
    NotSetUp,
    NotYetReadable,
)

log = structlog.get_logger()

CONCUR_PATHS = ("/api/travel/", "/travel/trip/", "/travel/booking/")
XML = "application/xml; charset=utf-8"
PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Accept, Authorization"}
"""The headers of every trip: it is one caller's view, and asked for anew each time."""
_RETRY_SECONDS = "1"
_CORRELATION = "concur-correlationid"
_NOT_ALLOWED = 405
_NO_TOKEN, _BAD_TOKEN = 401, 403
"""As Concur parts them: no token, and one that is not believed, has expired or is none."""


class Failure(NamedTuple):
    """An error answer, apart from how it is written."""

    status: int
    detail: str
    headers: Mapping[str, str] = {}
    field: str | None = None
    rule: str | None = None
    kind: str | None = None
    """Of the table of problems; None: what the status alone tells."""


_STATUS: Mapping[type[Exception], int] = {
    NotFound: 404,
    Forbidden: 403,
    FiltersByWhatIsHidden: 403,
    Gone: 410,
    CursorTooOld: 410,
    Conflict: 409,
    NotSetUp: 501,
}
_KINDS: Mapping[type[Exception], str] = {
    FiltersByWhatIsHidden: "hidden-filter",
    CursorTooOld: "cursor-too-old",
}


def failure(error: Exception) -> Failure:
    """Return what to answer to an error; its text never repeats what the caller sent."""
    match error:
        case NotFound() | Forbidden() | Gone() | Conflict() | NotSetUp():
            return Failure(_STATUS[type(error)], str(error), kind=_KINDS.get(type(error)))
        case Malformed():
            return Failure(400, str(error), field=error.field, rule=error.rule)
        case NotYetReadable():
            return Failure(503, str(error), {"Retry-After": _RETRY_SECONDS}, kind="not-yet-readable")
        case RequestValidationError():
            first = error.errors()[0]
            field = str(first["loc"][-1])
            return Failure(400, f"{field}: {first['msg']}", field=field, rule=str(first["msg"]))
        case HTTPException():
            return Failure(error.status_code, error.detail, error.headers or {}, kind=kind_raised(error))
        case _:
            log.warning("database.lost", trouble=type(error).__name__)
            return Failure(503, "the database cannot be asked just now", {"Retry-After": _RETRY_SECONDS})


def instant_json(instant: datetime | None) -> str | None:
    """Return an instant as JSON shows it; None stays None."""
    return None if instant is None else instant_text(instant)


def answer_failures(
    app: FastAPI, *, now: Callable[[], datetime], as_page: Callable[[Request, Failure], Response]
) -> None:
    """Let every error of the app be answered in the form of the route that was called.

    Args:
        app: the app.
        now: reads the clock.
        as_page: writes a failure down for people who look at the page.
    """

    async def handle(request: Request, error: Exception) -> Response:
        failed = failure(error)
        if failed.status == _NOT_ALLOWED:
            failed = failed._replace(headers={"Allow": _allowed(request)})
        if getattr(request.state, "is_page", False):
            return as_page(request, failed)
        if request.url.path.startswith(CONCUR_PATHS):
            return _concur(request, failed, at=now())
        if request.url.path.startswith(V4_PATH):
            body = errors_v4(code=failed.status, message=failed.detail)
            return Response(body, failed.status, dict(failed.headers), media_type="application/json")
        return _problem(failed)

    for kind in (
        Conflict,
        Gone,
        NotSetUp,
        NotFound,
        Forbidden,
        Malformed,
        NotYetReadable,
        RequestValidationError,
        HTTPException,
        *TROUBLE,
    ):
        app.add_exception_handler(kind, handle)


def _allowed(request: Request) -> str:
    """Return the methods of all routes of an address; the one that refused it knows only its own."""
    methods = set[str]()
    for route in iter_route_contexts(request.app.routes):
        if route.methods and compile_path(route.path or "")[0].match(request.url.path):
            methods |= route.methods
    return ", ".join(sorted(methods))


def _problem(failed: Failure) -> Response:
    said = {} if failed.field is None else {"field": failed.field, "rule": failed.rule or ""}
    body = problem_json(failed.status, detail=failed.detail, kind=failed.kind, said=said)
    return JSONResponse(body, failed.status, dict(failed.headers), media_type="application/problem+json")


def _concur(request: Request, failed: Failure, *, at: datetime) -> Response:
    reference = _reference(request, at=at)
    body = error_xml(failed.detail, server_time=at.strftime("%Y-%m-%dT%H:%M:%S"), error_id=reference)
    is_refused_token = failed.status == _NO_TOKEN and "authorization" in request.headers
    status = _BAD_TOKEN if is_refused_token else failed.status
    response = Response(body, status, dict(failed.headers), media_type=XML)
    correlate(request, response, at=at)
    return response


def correlate(request: Request, response: Response, *, at: datetime) -> None:
    """Give a caller of Concur's routes its own correlation id back, or one of ours."""
    stated = request.headers.get(_CORRELATION)
    response.headers[_CORRELATION] = stated or _reference(request, at=at)


def _reference(request: Request, *, at: datetime) -> str:
    """Name one call, for whoever has to look for it."""
    return str(uuid5(NAMESPACE, f"call {request.method} {request.url.path} {at.isoformat()}"))
