"""What the HTTP routes of ingest share: reading bodies within limits, and saying no in the caller's way."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from services.ingest.domain.refusals import Refusal, RefusalKind
from services.ingest.handlers import Accepted, Arrival, Ingest, Unavailable
from services.platform.positions import encode_position
from services.platform.problems import kind_raised, problem_json
from services.platform.tokens import Policy, principal_of

_R = TypeVar("_R")

RETRY_SECONDS = 5
DECIDERS = Policy(
    kinds=frozenset({"admin", "operator"}),
    scopes=frozenset({"settings:write", "bookings:write", "operations"}),
)
"""Who decides for a company: its administrators, and the operators who serve it."""
_MOST_WARNINGS = 10
"""In a header, which is not the place for long texts."""

_STATUS = {
    RefusalKind.MALFORMED: 400,
    RefusalKind.INVALID: 422,
    RefusalKind.FORBIDDEN: 403,
    RefusalKind.NOT_FOUND: 404,
    RefusalKind.CONFLICT: 409,
    RefusalKind.TOO_LARGE: 413,
}


class Edge(NamedTuple):
    """Where identity and time come in."""

    new_id: Callable[[], str]
    now: Callable[[], datetime]


class Refused(Exception):
    """Carries a refusal from a route to the route class that words it."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal


async def read_body(request: Request, *, media_types: frozenset[str], max_bytes: int) -> bytes:
    """Return the body, having judged its kind and its announced length before reading any of it.

    Raises:
        HTTPException: 415 for another media type or an encoded body, 413 as soon as it is too large.
    """
    if media_type(request) not in media_types:
        raise HTTPException(415, f"send {' or '.join(sorted(filter(None, media_types)))}")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise HTTPException(415, "send the body without content encoding")
    too_large = HTTPException(413, f"send at most {max_bytes} bytes", headers={"Connection": "close"})
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > max_bytes:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise too_large
    return bytes(body)


def media_type(request: Request) -> str:
    """Return the media type without its parameters; empty where none is stated."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def accept(ingest: Ingest, *, request: Request, arrival: Arrival) -> Accepted:
    """Hand an arrival to the handlers.

    Raises:
        Refused: where they say no.
        HTTPException: 503 where a backing service does not answer; the sender may send again.
    """
    try:
        result = await ingest.accept(arrival, principal=principal_of(request))
    except Unavailable as trouble:
        raise not_now(trouble) from trouble
    if isinstance(result, Refusal):
        raise Refused(result)
    return result


def not_now(trouble: Unavailable) -> HTTPException:
    """Return the answer to whoever comes while a backing service is away."""
    retry = {"Retry-After": str(RETRY_SECONDS)}
    return HTTPException(503, f"{trouble}; send again later", headers=retry)


async def available(asked: Awaitable[_R]) -> _R:
    """Return what a handler answers.

    Raises:
        HTTPException: 503 where a backing service does not answer.
    """
    try:
        return await asked
    except Unavailable as trouble:
        raise not_now(trouble) from trouble


def acceptance_headers(accepted: Accepted) -> dict[str, str]:
    """Return the headers by which the sender can read its own write, and ask what became of it."""
    headers = {
        "Itinerary-Position": encode_position(accepted.position),
        "Itinerary-Message": accepted.message,
    }
    if accepted.warnings:
        told = "; ".join(
            f"{warning.field} {warning.message}" for warning in accepted.warnings[:_MOST_WARNINGS]
        )
        headers["Itinerary-Warnings"] = told
    return headers


def errors_of(refusal: Refusal) -> list[dict[str, str]]:
    """Return the problems as JSON shows them."""
    return [problem._asdict() for problem in refusal.problems]


class ProblemRoute(APIRoute):
    """Words every no as RFC 9457 problem details."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the route's own handler."""
        handler = super().get_route_handler()

        async def worded(request: Request) -> Response:
            try:
                return await handler(request)
            except Refused as no:
                status = _STATUS[no.refusal.kind]
                said = {"errors": errors_of(no.refusal)}
                return problem(status, detail=no.refusal.text, said=said)
            except HTTPException as no:
                headers, kind = dict(no.headers or {}), kind_raised(no)
                return problem(no.status_code, detail=str(no.detail), headers=headers, kind=kind)

        return worded


def problem(
    status: int,
    *,
    detail: str,
    said: Mapping[str, Any] = MappingProxyType({}),
    headers: Mapping[str, str] | None = None,
    kind: str | None = None,
) -> Response:
    """Return RFC 9457 problem details; `said` is what this problem tells beyond them."""
    body = problem_json(status, detail=detail, kind=kind, said=said)
    return Response(orjson.dumps(body), status, headers, media_type="application/problem+json")
