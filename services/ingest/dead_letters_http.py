"""Dead letters over HTTP, for a company's administrators and its operators: of their own company alone.

What could not be told to be of a company is in nobody's reach here; `itinerary dead-letters` has it all.
Each request reads `dead-letters.v1` from its beginning, one request at a time, and decides about few.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, TypeVar

import orjson
from aiokafka.errors import KafkaError  # pyright: ignore[reportMissingTypeStubs] - it carries no types
from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, ValidationError
from starlette.exceptions import HTTPException

from schemas.dead_letter import Stage
from schemas.topics import BOOKINGS
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
from services.ingest.edge import DECIDERS, ProblemRoute, Refused, available, not_now, read_body
from services.ingest.handlers import Unavailable
from services.platform.settings import KafkaSettings
from services.platform.tokens import Policy, principal_of

_R = TypeVar("_R")

_MAX_BYTES = 256 * 1024
_JSON = frozenset({"application/json"})

DEAD_LETTER_POLICIES: Mapping[str, Policy] = {
    "list_dead_letters": DECIDERS,
    "get_dead_letter": DECIDERS,
    "redrive_dead_letters": DECIDERS,
    "discard_dead_letters": DECIDERS,
}


_MOST_DECIDED = 50
"""So many at once: what fails again must not look to the consolidator like a log full of poison."""
_MOST_SHOWN = 20
_MOST_BODY_BYTES = 1024 * 1024
_PARTIES = frozenset({"tmc", "supplier", "booking_tool"})
"""What these sent is the company's to read. What a traveller's mailbox or account held is not."""
_QUEUE_SECONDS = 5


class DeadLetterDesk:
    """What answers behind these routes."""

    def __init__(self, *, kafka: KafkaSettings, letters: DeadLetters) -> None:
        self._kafka = kafka
        self._letters = letters
        self._working = asyncio.Lock()

    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[None]:
        """Keep others of this process out, who would read the topic at the same time.

        Raises:
            HTTPException: 503 where it takes long until they are through.
        """
        try:
            async with asyncio.timeout(_QUEUE_SECONDS):
                await self._working.acquire()
        except TimeoutError:
            raise not_now(Unavailable("others are reading the dead letters")) from None
        try:
            yield
        finally:
            self._working.release()

    async def found(self, wanted: Wanted) -> tuple[Buried, ...]:
        """Return the dead letters that are wanted, the oldest first."""
        return await _answered(find(self._kafka, wanted=wanted, on_progress=lambda _read, _total: None))

    async def body(self, buried: Buried) -> str | None:
        """Return the body as text; None where it is nobody's here, very large, or has just expired."""
        if buried.letter.source not in _PARTIES or buried.size_bytes > _MOST_BODY_BYTES:
            return None
        try:
            return (await _answered(body_of(self._kafka, buried))).decode(errors="replace")
        except NotRedrivable:
            return None

    async def redriven(self, letters: Sequence[Buried], *, write: bool) -> list[Done]:
        """Redrive those that ingest buried. To send the consolidator its poison again is for operations."""
        ours = [one for one in letters if one.letter.topic != BOOKINGS.name][:_MOST_DECIDED]
        others = [Done(one, _FOR_OPERATIONS) for one in letters if one.letter.topic == BOOKINGS.name]
        done = await _answered(self._letters.redrive_all(ours, write=write))
        return [*done, *others[: _MOST_DECIDED - len(done)]]

    async def discarded(self, letters: Sequence[Buried], *, write: bool) -> list[Done]:
        """Discard the oldest."""
        return await _answered(self._letters.discard_all(letters[:_MOST_DECIDED], write=write))


_FOR_OPERATIONS = "the consolidator refused it: ask operations, who have `itinerary dead-letters redrive`"


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
        wanted = Wanted(frozenset(), reason, stage, tenant, source, since, until, decided_too)
        async with desk.alone():
            letters = await desk.found(wanted)
        shown = [shown_letter(one) for one in letters[:limit]]
        return _json({"dead_letters": shown, "more": len(letters) > limit})

    async def get_dead_letter(request: Request, message: str) -> Response:
        """Show the latest dead letters of a message, with its body where a party of the company sent it."""
        wanted = Wanted(frozenset({message}), tenant=principal_of(request).tenant, decided_too=True)
        async with desk.alone():
            letters = (await desk.found(wanted))[-_MOST_SHOWN:]
            shown = [{**shown_letter(one), "body": await desk.body(one)} for one in letters]
        if not shown:
            raise HTTPException(404, "no dead letter of your company is of this message")
        return _json({"dead_letters": shown})

    router.add_api_route("", list_dead_letters, methods=["GET"])
    router.add_api_route("/{message}", get_dead_letter, methods=["GET"])


def _add_decisions(router: APIRouter, *, desk: DeadLetterDesk) -> None:
    async def decided(
        request: Request, decide: Callable[[Sequence[Buried], bool], Awaitable[list[Done]]]
    ) -> Response:
        choice = await _choice(request)
        async with desk.alone():
            letters = await desk.found(_wanted(choice, tenant=principal_of(request).tenant))
            done = await decide(letters, not choice.dry_run)
        return _json({"dead_letters": [done_letter(one) for one in done], "more": len(letters) > len(done)})

    async def redrive_dead_letters(request: Request) -> Response:
        """Send the oldest 50 the way they came; what fails again is a dead letter again. Twice is harmless.

        Where there are `more`, send the same again.
        """
        return await decided(request, lambda letters, write: desk.redriven(letters, write=write))

    async def discard_dead_letters(request: Request) -> Response:
        """Note of the oldest 50 that they are not wanted; they can be read until they expire.

        Where there are `more`, send the same again.
        """
        return await decided(request, lambda letters, write: desk.discarded(letters, write=write))

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
        choice = DeadLetterChoice.model_validate_json(body)
    except ValidationError as error:
        raise Refused(broken_rules(error)) from None
    if choice.model_copy(update={"dry_run": False}) == DeadLetterChoice():
        text = "name messages, or what they have in common"
        raise Refused(refusal(RefusalKind.INVALID, field="", rule="missing", message=text))
    return choice


async def _answered(asked: Awaitable[_R]) -> _R:
    try:
        return await available(asked)
    except KafkaError as trouble:
        raise not_now(Unavailable("Kafka does not answer")) from trouble


def _json(content: object) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(orjson.dumps(content), headers=headers, media_type="application/json")
