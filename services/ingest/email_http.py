"""Mail over HTTP: upload, what became of each mail, and the review queue."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import TypeAdapter, ValidationError
from starlette.exceptions import HTTPException

from schemas.identifiers import Identifier
from services.ingest.domain.email.results import MailReading
from services.ingest.domain.emails import EmailEntry, EmailOutcome
from services.ingest.domain.refusals import Refusal
from services.ingest.domain.travellers import Caller, login_concerned
from services.ingest.edge import Edge, ProblemRoute, Refused, available, read_body
from services.ingest.mail_door import MailDoor
from services.ingest.mails import CONTENT_TYPE, MAX_MAIL_BYTES, Arrived, EmailQuery, Readers
from services.ingest.reviews import Decided, Reviews, Verb
from services.platform.positions import encode_position
from services.platform.principals import Principal, PrincipalKind
from services.platform.tokens import Policy, principal_of

_PEOPLE: frozenset[PrincipalKind] = frozenset({"traveller", "admin"})
_WRITERS = Policy(_PEOPLE, scopes=frozenset({"bookings:write", "ITINER"}))
_READERS = Policy(_PEOPLE, scopes=frozenset({"trips:read", "bookings:write", "ITINER"}))

EMAIL_POLICIES: Mapping[str, Policy] = {
    "post_email": _WRITERS,
    "list_emails": _READERS,
    "get_email": _READERS,
    "list_mail_addresses": _READERS,
    "accept_email": _WRITERS,
    "correct_email": _WRITERS,
    "assign_email": _WRITERS,
    "discard_email": _WRITERS,
}

_MAX_DECISION_BYTES = 4 * 1024 * 1024
_MAX_ROWS = 200
_IDENTIFIER: TypeAdapter[str] = TypeAdapter(Identifier)
_JSON = frozenset({"application/json", ""})


def email_router(door: MailDoor, *, reviews: Reviews, pool: Readers, edge: Edge) -> APIRouter:
    """Return the routes of mail."""
    router = APIRouter(route_class=ProblemRoute, tags=["emails"])
    _add_upload(router, door=door, reviews=reviews, pool=pool, edge=edge)
    _add_queries(router, reviews=reviews)
    for verb in ("accept", "correct", "assign", "discard"):
        _add_decision(router, reviews=reviews, verb=verb)
    return router


def _add_upload(router: APIRouter, *, door: MailDoor, reviews: Reviews, pool: Readers, edge: Edge) -> None:
    @router.post("/v1/emails", status_code=202, openapi_extra=_MAIL_BODY, responses=_UPLOADED)
    async def post_email(  # pyright: ignore[reportUnusedFunction] - the decorator keeps it
        request: Request, *, dry_run: bool = False, traveller: str | None = None
    ) -> Response:
        """Take a mail for the token's user, or for `traveller`, a login, with an administrator's token.

        With `dry_run=true` say what would be read from it, and keep nothing.
        """
        principal = principal_of(request)
        raw = await read_body(request, media_types=frozenset({CONTENT_TYPE}), max_bytes=MAX_MAIL_BYTES)
        if dry_run:
            reading = await pool.read(raw, received=edge.now())
            if reading.questions:
                await _answered(reviews.traveller_of(_login(principal, named=traveller), principal=principal))
                reading = await pool.ask(raw, received=edge.now(), reading=reading)
            return _json(200, _read(reading))
        login = _login(principal, named=traveller)
        whose = await _answered(reviews.traveller_of(login, principal=principal))
        arrived = Arrived(
            "http", principal.tenant, raw, recipient=f"upload for {whose}", traveller=whose, login=login
        )
        message, _ = await available(door.accept(arrived))
        headers = {"Itinerary-Message": message, "Location": f"/v1/emails/{message}"}
        return _json(202, {"message": message}, headers=headers)


def _add_queries(router: APIRouter, *, reviews: Reviews) -> None:
    @router.get("/v1/emails", responses=_LISTED)
    async def list_emails(  # pyright: ignore[reportUnusedFunction] - as above
        request: Request,
        outcome: EmailOutcome | None = None,
        traveller: str | None = None,
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=_MAX_ROWS)] = 50,
    ) -> Response:
        """List mails, the newest first: an administrator's of the company, everybody else's own.

        `outcome=needs_review` is the review queue. `traveller` is a login.
        """
        principal = principal_of(request)
        query = EmailQuery(principal.tenant, limit + 1, outcome, **_behind(cursor))
        if traveller is not None:
            login = _login(principal, named=traveller)
            query = query._replace(
                traveller=await _answered(reviews.traveller_of(login, principal=principal))
            )
        found = await _answered(reviews.listed(query, principal=principal))
        more = found[limit - 1] if len(found) > limit else None
        shown = [_shown(entry, whole=False) for entry in found[:limit]]
        return _json(200, {"emails": shown, "next_cursor": None if more is None else _cursor(more)})

    @router.get("/v1/mail-addresses", responses=_ADDRESSES)
    async def list_mail_addresses(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction] - as above
        """Tell where the token's user can send mail to.

        That is an own address, which nobody else may know, and the company's.
        """
        addresses = await _answered(reviews.addresses(principal=principal_of(request)))
        kinds = [
            {"address": a.address, "kind": "company" if a.traveller is None else "own"} for a in addresses
        ]
        return _json(200, {"addresses": kinds})

    @router.get("/v1/emails/{id}", responses=_ONE)
    async def get_email(request: Request, id: str) -> Response:  # noqa: A002 # pyright: ignore[reportUnusedFunction] - as the address says; as above
        """Show what became of a mail, with the bookings that were found in it."""
        entry = await _answered(reviews.shown(_identifier(id), principal=principal_of(request)))
        return _json(200, _shown(entry, whole=True))


def _add_decision(router: APIRouter, *, reviews: Reviews, verb: Verb) -> None:
    async def decide(request: Request, id: str) -> Response:  # noqa: A002 - as the address says
        body = await read_body(request, media_types=_JSON, max_bytes=_MAX_DECISION_BYTES)
        decided: Decided = await _answered(
            reviews.decide(_identifier(id), verb=verb, body=body, principal=principal_of(request))
        )
        position = decided.position
        headers = {} if position is None else {"Itinerary-Position": encode_position(position)}
        return _json(200, _shown(decided.entry, whole=True), headers=headers)

    router.add_api_route(
        f"/v1/emails/{{id}}/{verb}",
        decide,
        methods=["POST"],
        name=f"{verb}_email",
        summary=_SUMMARIES[verb],
        responses=_DECIDED,
    )


def _read(reading: MailReading) -> dict[str, Any]:
    bookings = [found.booking.model_dump(mode="json", exclude_none=True) for found in reading.bookings]
    outcome = reading.outcome.model_dump(mode="json", exclude_none=True)
    return {"bookings": bookings, "notes": list(reading.notes), "outcome": outcome}


def _shown(entry: EmailEntry, *, whole: bool) -> dict[str, Any]:
    fields = {
        "outcome", "reason", "why", "traveller", "proposed_traveller", "door", "recipient", "sender",
        "subject", "authenticity", "notes", "reviewed",
    }  # fmt: skip
    shown = entry.model_dump(mode="json", include=fields)
    shown |= {
        "id": entry.message,
        "received": datetime.fromtimestamp(entry.received_ms / 1000, UTC).isoformat(timespec="milliseconds"),
    }
    bookings = [one.model_dump(mode="json", exclude_none=True) for one in entry.bookings]
    if whole:
        records = [one.record for one in entry.records]
        return shown | {"bookings": bookings, "records": records}
    return shown | {"bookings": len(bookings)}


def _login(principal: Principal, *, named: str | None) -> str:
    caller = Caller(principal.kind, principal.subject, principal.company_wide)
    login = login_concerned(caller, named=named, field="traveller")
    if isinstance(login, Refusal):
        raise Refused(login)
    return login


def _identifier(text: str) -> str:
    try:
        return _IDENTIFIER.validate_python(text)
    except ValidationError:
        raise HTTPException(404, "no such mail") from None


def _cursor(entry: EmailEntry) -> str:
    return f"{entry.received_ms}.{entry.message}"


def _behind(cursor: str | None) -> dict[str, Any]:
    if cursor is None:
        return {}
    received, _, message = cursor.partition(".")
    if not (received.isascii() and received.isdecimal() and len(received) < 15):  # noqa: PLR2004 - years beyond 30000
        raise HTTPException(400, "the cursor is none of ours")
    try:
        return {"before_ms": int(received), "before_message": _IDENTIFIER.validate_python(message)}
    except ValidationError:
        raise HTTPException(400, "the cursor is none of ours") from None


async def _answered(asked: Any) -> Any:  # noqa: ANN401 - whatever the handler gives
    answer = await available(asked)
    if isinstance(answer, Refusal):
        raise Refused(answer)
    return answer


def _json(status: int, content: object, *, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers=headers, media_type="application/json")


_SUMMARIES: Mapping[Verb, str] = {
    "accept": "Take what was read from a mail, for its traveller or for another one",
    "correct": "State other bookings instead of those that were read",
    "assign": "Give a mail to a traveller, and take what was read from it",
    "discard": "Take nothing from a mail, and withdraw what was taken from it",
}
_Responses = dict[int | str, dict[str, Any]]
_MAIL_BODY = {
    "requestBody": {
        "required": True,
        "content": {CONTENT_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}
_UPLOADED: _Responses = {
    200: {"description": "With `dry_run`: the bookings as POST /v1/bookings takes them, and notes."},
    202: {"description": "Kept; GET /v1/emails/{message} tells what becomes of it."},
    413: {"description": "Larger than 25 MiB."},
    415: {"description": "Not message/rfc822."},
}
_LISTED: _Responses = {200: {"description": "Mails without their bookings, and the cursor to those behind."}}
_ADDRESSES: _Responses = {200: {"description": "The addresses, the own one first."}}
_ONE: _Responses = {
    200: {"description": "The mail, its outcome, and the bookings found in it."},
    404: {"description": "No such mail, or none that the token may see."},
}
_DECIDED: _Responses = {
    **_ONE,
    409: {"description": "Somebody else decided meanwhile, or it was read again: `detail` says which."},
}
