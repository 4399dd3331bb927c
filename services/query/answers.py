"""What goes wrong, written down: RFC 9457 problems on our own routes, Concur's error shape on its routes."""

from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple
from uuid import uuid5

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from schemas.identifiers import NAMESPACE
from services.query.domain.concur_format import error_xml
from services.query.postgres import TROUBLE
from services.query.refusals import Forbidden, Malformed, NotFound, NotYetReadable

log = structlog.get_logger()

CONCUR_PATHS = "/api/travel/"
XML = "application/xml; charset=utf-8"
PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
"""The headers of every trip: it is one caller's view, and asked for anew each time."""
_RETRY_SECONDS = "1"


class Failure(NamedTuple):
    """An error answer, apart from how it is written."""

    status: int
    detail: str
    headers: Mapping[str, str] = {}
    field: str | None = None
    rule: str | None = None


def failure(error: Exception) -> Failure:
    """Return what to answer to an error; its text never repeats what the caller sent."""
    match error:
        case NotFound() | Forbidden():
            return Failure(404 if isinstance(error, NotFound) else 403, str(error))
        case Malformed():
            return Failure(400, str(error), field=error.field, rule=error.rule)
        case NotYetReadable():
            return Failure(503, str(error), {"Retry-After": _RETRY_SECONDS})
        case RequestValidationError():
            first = error.errors()[0]
            field = str(first["loc"][-1])
            return Failure(400, f"{field}: {first['msg']}", field=field, rule=str(first["msg"]))
        case HTTPException():
            return Failure(error.status_code, error.detail, error.headers or {})
        case _:
            log.warning("database.lost", trouble=type(error).__name__)
            return Failure(503, "the database cannot be asked just now", {"Retry-After": _RETRY_SECONDS})


def answer_failures(app: FastAPI, *, now: Callable[[], datetime]) -> None:
    """Let every error of the app be answered in the form of the route that was called."""

    async def handle(request: Request, error: Exception) -> Response:
        failed = failure(error)
        if request.url.path.startswith(CONCUR_PATHS):
            return _concur(request, failed, at=now())
        return _problem(failed)

    for kind in (
        NotFound,
        Forbidden,
        Malformed,
        NotYetReadable,
        RequestValidationError,
        HTTPException,
        *TROUBLE,
    ):
        app.add_exception_handler(kind, handle)


def _problem(failed: Failure) -> Response:
    body = {
        "type": "about:blank",
        "title": HTTPStatus(failed.status).phrase,
        "status": failed.status,
        "detail": failed.detail,
    }
    if failed.field is not None:
        body |= {"field": failed.field, "rule": failed.rule or ""}
    return JSONResponse(body, failed.status, dict(failed.headers), media_type="application/problem+json")


def _concur(request: Request, failed: Failure, *, at: datetime) -> Response:
    reference = str(uuid5(NAMESPACE, f"error {request.method} {request.url.path} {at.isoformat()}"))
    body = error_xml(failed.detail, server_time=at.strftime("%Y-%m-%dT%H:%M:%S"), error_id=reference)
    return Response(body, failed.status, dict(failed.headers), media_type=XML)
