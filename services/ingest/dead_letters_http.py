"""Dead letters over HTTP, for a company's administrators and its operators: of their own company alone.

What could not be told to be of a company is in nobody's reach here; `itinerary dead-letters` has it all.
Each request reads `dead-letters.v1` from its beginning, one request at a time.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Annotated, TypeVar

import orjson
from aiokafka.errors import KafkaError  # pyright: ignore[reportMissingTypeStubs] - it carries no types
from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, ValidationError
from starlette.exceptions import HTTPException

from schemas.dead_letter import Stage
from services.ingest.dead_letters import (
    Buried,
    DeadLetters,
    Done,
    NotRedrivable,
    Wanted,
    body_of,
    done_letter,
    find,
    shown_letter,
)
from services.ingest.domain.dead_letters import MOST_AT_ONCE, DeadLetterChoice
from services.ingest.domain.refusals import RefusalKind, broken_rules, refusal
from services.ingest.edge import ProblemRoute, Refused, not_now, read_body
from services.ingest.handlers import Unavailable
from services.platform.settings import KafkaSettings
from services.platform.tokens import Policy, principal_of

_R = TypeVar("_R")

_MAX_BYTES = 256 * 1024
_JSON = frozenset({"application/json"})

_DECIDE = Policy(
    kinds=frozenset({"admin", "operator"}),
    scopes=frozenset({"settings:write", "bookings:write", "operations"}),
)

DEAD_LETTER_POLICIES: Mapping[str, Policy] = {
    "list_dead_letters": _DECIDE,
    "get_dead_letter": _DECIDE,
    "redrive_dead_letters": _DECIDE,
    "discard_dead_letters": _DECIDE,
}


class DeadLetterDesk:
    """What answers behind these routes: one reading of the topic at a time."""

    def __init__(self, *, kafka: KafkaSettings, letters: DeadLetters) -> None:
        self._kafka = kafka
        self._letters = letters
        self._reading = asyncio.Lock()

    async def found(self, wanted: Wanted) -> tuple[Buried, ...]:
        """Return the dead letters that are wanted, the oldest first."""
        async with self._reading:
            return await _answered(find(self._kafka, wanted=wanted, on_progress=lambda _read, _total: None))

    async def body(self, buried: Buried) -> str | None:
        """Return the body as text; None where it has expired since it was found."""
        try:
            return (await _answered(body_of(self._kafka, buried))).decode(errors="replace")
        except NotRedrivable:
            return None

    async def redriven(self, choice: DeadLetterChoice, *, tenant: str) -> list[Done]:
        """Redrive what was chosen."""
        found = await self.found(_wanted(choice, tenant=tenant))
        return await _answered(self._letters.redrive_all(found, write=not choice.dry_run))

    async def discarded(self, choice: DeadLetterChoice, *, tenant: str) -> list[Done]:
        """Discard what was chosen."""
        found = await self.found(_wanted(choice, tenant=tenant))
        return await _answered(self._letters.discard_all(found, write=not choice.dry_run))


def dead_letters_router(desk: DeadLetterDesk) -> APIRouter:
    """Return the routes by which dead letters are looked at and decided about."""
    router = APIRouter(prefix="/v1/dead-letters", route_class=ProblemRoute, tags=["dead letters"])
    _add_queries(router, desk=desk)
    _add_decisions(router, desk=desk)
    return router


def _add_queries(router: APIRouter, *, desk: DeadLetterDesk) -> None:
    async def list_dead_letters(
        request: Request,
        *,
        reason: str | None = None,
        stage: Stage | None = None,
        source: str | None = None,
        since: Annotated[AwareDatetime | None, Query(alias="from", description="buried from then on")] = None,
        until: Annotated[AwareDatetime | None, Query(alias="to", description="buried before then")] = None,
        decided_too: Annotated[bool, Query(alias="all", description="with decided ones")] = False,
        limit: Annotated[int, Query(ge=1, le=MOST_AT_ONCE)] = MOST_AT_ONCE,
    ) -> Response:
        """List the dead letters of the caller's company that wait for a decision, the oldest first.

        Where there are `more`, narrow the choice, or decide about these and list again.
        """
        tenant = principal_of(request).tenant
        letters = await desk.found(
            Wanted(frozenset(), reason, stage, tenant, source, since, until, decided_too)
        )
        shown = [shown_letter(one) for one in letters[:limit]]
        return _json({"dead_letters": shown, "more": len(letters) > limit})

    async def get_dead_letter(request: Request, message: str) -> Response:
        """Show every dead letter of a message, with its body as it came."""
        tenant = principal_of(request).tenant
        letters = await desk.found(Wanted(frozenset({message}), tenant=tenant, decided_too=True))
        if not letters:
            raise HTTPException(404, "no dead letter of your company is of this message")
        return _json(
            {"dead_letters": [{**shown_letter(one), "body": await desk.body(one)} for one in letters]}
        )

    router.add_api_route("", list_dead_letters, methods=["GET"])
    router.add_api_route("/{message}", get_dead_letter, methods=["GET"])


def _add_decisions(router: APIRouter, *, desk: DeadLetterDesk) -> None:
    async def redrive_dead_letters(request: Request) -> Response:
        """Send messages the way they came; what fails again is a dead letter again. Twice is harmless."""
        done = await desk.redriven(await _choice(request), tenant=principal_of(request).tenant)
        return _json({"dead_letters": [done_letter(one) for one in done]})

    async def discard_dead_letters(request: Request) -> Response:
        """Note that messages are not wanted; they can be read until they expire."""
        choice = await _choice(request)
        if choice.model_copy(update={"dry_run": False}) == DeadLetterChoice():
            text = "name messages, or what they have in common"
            raise Refused(refusal(RefusalKind.INVALID, field="", rule="missing", message=text))
        done = await desk.discarded(choice, tenant=principal_of(request).tenant)
        return _json({"dead_letters": [done_letter(one) for one in done]})

    router.add_api_route("/redrive", redrive_dead_letters, methods=["POST"])
    router.add_api_route("/discard", discard_dead_letters, methods=["POST"])


def _wanted(choice: DeadLetterChoice, *, tenant: str) -> Wanted:
    return Wanted(
        frozenset(choice.messages), choice.reason, choice.stage, tenant, choice.source, choice.since,
        choice.until,
    )  # fmt: skip


async def _choice(request: Request) -> DeadLetterChoice:
    body = await read_body(request, media_types=_JSON, max_bytes=_MAX_BYTES)
    try:
        return DeadLetterChoice.model_validate_json(body)
    except ValidationError as error:
        raise Refused(broken_rules(error)) from None


async def _answered(asked: Awaitable[_R]) -> _R:
    try:
        return await asked
    except Unavailable as trouble:
        raise not_now(trouble) from trouble
    except KafkaError as trouble:
        raise not_now(Unavailable("Kafka does not answer")) from trouble


def _json(content: object) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(orjson.dumps(content), headers=headers, media_type="application/json")
