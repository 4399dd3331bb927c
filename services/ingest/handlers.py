"""Accepting messages: look up who is concerned, decide, keep the raw message, then its statements.

The order is the guarantee. Everything is judged before anything is written; the raw message is on
the log before its statements, and both before the sender hears yes (design, section 6).
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol

import structlog

from schemas.dead_letter import DeadLetter
from schemas.directory import Sender
from schemas.identifiers import normal_code
from schemas.settings import TenantSettings
from services.ingest.domain.messages import read_message
from services.ingest.domain.normalise import Context, Decision, Item, decide, is_proposal, logins_concerned
from services.ingest.domain.refusals import Problem, Refusal
from services.ingest.domain.statements import Draft, Drafted, Receipt, received
from services.ingest.domain.travellers import Caller, login_concerned
from services.ingest.raw import RawHeaders, RawMessage, Route, digest
from services.platform import faults, metrics
from services.platform.positions import Position
from services.platform.principals import Principal

log = structlog.get_logger()

_PEOPLE = frozenset({"traveller", "admin"})


class Known(NamedTuple):
    """What the directory knows of a client and of logins; logins are normalised."""

    sender: Sender | None
    travellers: Mapping[str, str]
    is_heard: bool = False
    """Whether something that the client sent was accepted before: its party and source are fixed then."""


class Directory(Protocol):
    """Who may send, and whom they can send for."""

    async def has_traveller(self, *, tenant: str, traveller: str) -> bool:
        """Whether a traveller is known; raises `Unavailable` where nobody can say."""
        ...

    async def settings_of(self, tenant: str) -> TenantSettings:
        """Return what a tenant decided; raises `Unavailable` where nobody can say."""
        ...

    async def look_up(self, *, tenant: str, client: str, logins: frozenset[str]) -> Known:
        """Return what is known; raises `Unavailable` where nobody can say."""
        ...

    async def hear(self, sender: Sender) -> bool:
        """Fix a sender's party and source; False where they are others by now. Raises `Unavailable`."""
        ...


class Log(Protocol):
    """Where messages and statements are written. Each call returns once the broker confirmed."""

    async def keep_raw(self, raw: RawMessage) -> Receipt:
        """Keep a message exactly as it came; raises `Unavailable`."""
        ...

    async def append(self, statements: Sequence[Draft]) -> Position:
        """Append statements, each to its traveller's partition; raises `Unavailable`."""
        ...

    async def end_for(self, *, tenant: str, traveller: str) -> Position | None:
        """Return how far a traveller's partition goes, None where it is empty; raises `Unavailable`."""
        ...

    async def bury(self, letter: DeadLetter, *, body: bytes, headers: Sequence[tuple[str, bytes]]) -> None:
        """Keep what cannot be accepted, with its own headers and the reason; raises `Unavailable`."""
        ...


class Unavailable(Exception):
    """A backing service does not answer in time: trouble, to be tried again. The text names the service."""


class Arrival(NamedTuple):
    """A message at the door."""

    message: str
    """The id given to it on arrival."""
    route: Route
    body: bytes
    content_type: str
    on_behalf_of: str | None = None
    parameters: Mapping[str, str] = MappingProxyType({})
    traveller: str | None = None
    """The traveller whose own account it was fetched from."""


class Accepted(NamedTuple):
    """What is on the log now."""

    message: str
    items: tuple[Item, ...]
    drafts: tuple[Drafted, ...]
    position: Position
    warnings: tuple[Problem, ...] = ()


class Ingest:
    """Accepts what verified callers send."""

    def __init__(self, *, directory: Directory, log: Log) -> None:
        self._directory = directory
        self._log = log

    async def accept(self, arrival: Arrival, *, principal: Principal) -> Accepted | Refusal:
        """Accept a message, or say why not; on refusal nothing was written.

        Raises:
            Unavailable: where directory or log do not answer; the sender then got no yes, and what
                may stand on the log already is as if it had been sent twice.
        """
        caller = _caller(principal)
        decision = await judge(
            self._directory, arrival, tenant=principal.tenant, client=principal.client, caller=caller
        )
        if isinstance(decision, Refusal):
            metrics.REFUSED.add(reason=decision.kind)
            log.info(
                "message.refused", message=arrival.message, rules=[p.rule for p in decision.problems][:10]
            )
            return decision
        raw = RawMessage(arrival.message, arrival.body, _headers(arrival, decision, principal=principal))
        faults.point("ingest.judged")
        receipt = await self._log.keep_raw(raw)
        faults.point("ingest.kept")
        position = await self._log.append([received(draft, receipt=receipt) for draft in decision.drafts])
        faults.point("ingest.appended")
        log.info("message.accepted", message=arrival.message, statements=len(decision.drafts))
        return Accepted(arrival.message, decision.items, decision.drafts, position, decision.warnings)

    async def end_for(self, principal: Principal, *, on_behalf_of: str | None) -> Position | None:
        """Return how far the log goes for the traveller concerned: what a look must have, to decide by it.

        None where there is nothing to wait for, or where the caller may act for no such traveller.

        Raises:
            Unavailable: where directory or log do not answer.
        """
        login = login_concerned(_caller(principal), named=on_behalf_of, field="")
        if isinstance(login, Refusal):
            return None
        known = await self._directory.look_up(
            tenant=principal.tenant, client=principal.client, logins=frozenset({normal_code(login)})
        )
        traveller = known.travellers.get(normal_code(login))
        if traveller is None:
            return None
        return await self._log.end_for(tenant=principal.tenant, traveller=traveller)


async def judge(
    directory: Directory, arrival: Arrival, *, tenant: str, client: str, caller: Caller
) -> Decision | Refusal:
    """Read a message, look up who is concerned, and decide.

    Before the first message of a sender is accepted, its party and source are fixed, for they become part
    of what it booked. What is refused fixes nothing: a slip in the table of senders can be mended.

    Raises:
        Unavailable: where the directory does not answer.
    """
    message = read_message(arrival.route, body=arrival.body, parameters=arrival.parameters)
    if isinstance(message, Refusal):
        return message
    logins = logins_concerned(message, caller=caller, on_behalf_of=arrival.on_behalf_of)
    known = await directory.look_up(tenant=tenant, client=client, logins=logins)
    traveller = arrival.traveller
    if traveller is not None and not await directory.has_traveller(tenant=tenant, traveller=traveller):
        traveller = None
    sender = None if caller.kind in _PEOPLE else known.sender
    context = Context(
        tenant=tenant,
        message=arrival.message,
        caller=caller,
        sender=sender,
        travellers=known.travellers,
        on_behalf_of=arrival.on_behalf_of,
        traveller=traveller,
        proposals=is_proposal(message) and (await directory.settings_of(tenant)).agency_proposal,
    )
    decision = decide(message, context=context)
    if isinstance(decision, Refusal) or sender is None or known.is_heard or await directory.hear(sender):
        return decision
    return await judge(directory, arrival, tenant=tenant, client=client, caller=caller)  # as who it is now


def _caller(principal: Principal) -> Caller:
    return Caller(principal.kind, principal.subject, principal.company_wide)


def _headers(arrival: Arrival, decision: Decision, *, principal: Principal) -> RawHeaders:
    return RawHeaders(
        tenant=principal.tenant,
        client=principal.client,
        caller=principal.kind,
        company_wide=principal.company_wide or None,
        owner=decision.owner.party,
        source=decision.owner.source,
        route=arrival.route,
        disposition="done",
        content_type=arrival.content_type,
        sha256=digest(arrival.body),
        login=arrival.on_behalf_of or principal.subject,
        traveller=decision.traveller,
        parameters=arrival.parameters,
    )
