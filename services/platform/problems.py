"""The problems that JSON routes answer with (RFC 9457), as a table: each has an address that stays."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, NamedTuple

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

PATH = "/problems"
"""Below it each `type` is told; relative, as the services answer under several names."""


class Problem(NamedTuple):
    """One kind of problem."""

    status: int
    title: str
    about: str
    """What it means, and what to do about it."""
    retryable: bool = False
    """Whether the same request can succeed later; where it says `Retry-After`, not before that."""


PROBLEMS: Mapping[str, Problem] = {
    "malformed": Problem(400, "It cannot be read", "A parameter or the body is wrong; `field` names it."),
    "no-token": Problem(401, "No token that is believed", "Send one that holds: `Authorization: Bearer`."),
    "not-allowed": Problem(403, "Not allowed", "Tokens of this kind, or with these scopes, may not do this."),
    "hidden-filter": Problem(
        403, "Not allowed", "A list cannot be filtered by what the caller does not see of others' bookings."
    ),
    "not-found": Problem(404, "Not found", "There is no such thing, or the caller may not know of it."),
    "method-not-allowed": Problem(405, "Not in this way", "`Allow` names the methods of the address."),
    "conflict": Problem(409, "It does not fit how things stand", "Look again, and decide again."),
    "under-way": Problem(
        409, "It is under way", "The first request with this `Idempotency-Key` still runs.", retryable=True
    ),
    "gone": Problem(410, "No longer there", "It was there once, and does not come back."),
    "cursor-too-old": Problem(
        410, "The cursor is too old", "What came after it is no longer kept. Take `now`, then list the trips."
    ),
    "changed": Problem(412, "Changed meanwhile", "The state that `If-Match` names is past; look again."),
    "too-large": Problem(413, "Too large", "Send less at once."),
    "content-type": Problem(415, "This content type is not read here", "`detail` names those that are."),
    "breaks-rules": Problem(422, "It breaks rules", "It can be read; `errors` names each rule and where."),
    "key-reused": Problem(
        422, "The key was used", "Another request was sent with this `Idempotency-Key`; take another key."
    ),
    "state-not-named": Problem(428, "Say which state it is about", "Send the ETag as `If-Match`."),
    "too-many-requests": Problem(429, "Too many requests", "Come back after `Retry-After`.", retryable=True),
    "not-set-up": Problem(501, "Not set up here", "An operator has to set it up; `detail` says what."),
    "unavailable": Problem(503, "Not available just now", "Come back after `Retry-After`.", retryable=True),
    "not-yet-readable": Problem(
        503, "Not readable yet", "It is being stored; come back after `Retry-After`.", retryable=True
    ),
}


class ProblemRaised(HTTPException):
    """An HTTP error that is of a kind of its own, and not only of its status."""

    def __init__(self, kind: str, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(PROBLEMS[kind].status, detail, headers=headers)
        self.kind = kind


def kind_of(status: int) -> str | None:
    """Return what kind an error is of which only the status is known; None where it is none of ours."""
    return next((kind for kind, problem in PROBLEMS.items() if problem.status == status), None)


def kind_raised(error: HTTPException) -> str | None:
    """Return the kind that an error says it is of; None: what its status alone tells."""
    return error.kind if isinstance(error, ProblemRaised) else None


def problem_json(
    status: int, *, detail: str, kind: str | None = None, said: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Any]:
    """Return problem details.

    Args:
        status: of the answer.
        detail: what is wrong this time, for people.
        kind: by the table; None: what the status alone tells.
        said: what this problem tells beyond that.
    """
    kind = kind or kind_of(status)
    if kind is None:
        told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "retryable": False}
    else:
        problem = PROBLEMS[kind]
        told = {"type": f"{PATH}/{kind}", "title": problem.title, "retryable": problem.retryable}
    return {**told, "status": status, "detail": detail, **said}


def problems_router() -> APIRouter:
    """Return the route that tells each `type`, for every application that answers with problems."""
    router = APIRouter(include_in_schema=False)  # the document describes what is in JSON
    router.add_api_route(f"{PATH}/{{kind}}", show_problem, methods=["GET"])
    return router


async def show_problem(kind: str) -> Response:
    """Tell what a `type` of a problem means, and what to do about it."""
    if (problem := PROBLEMS.get(kind)) is None:
        missing = problem_json(404, detail="there is no such problem")
        return JSONResponse(missing, 404, media_type="application/problem+json")
    again = "The same request can succeed later." if problem.retryable else "Do not just send it again."
    text = f"{problem.title} (HTTP {problem.status})\n\n{problem.about}\n{again}\n"
    return PlainTextResponse(text, headers={"Cache-Control": "public, max-age=86400"})
