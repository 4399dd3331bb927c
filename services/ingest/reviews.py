"""What people decide about mails: accept, correct, assign, discard.

A decision that states for the first time what the mail says is dated as the mail; every other one is kept on
`raw.v1` as a message of its own and dated as that, so that it is newer than what it changes.

Of decisions side by side one wins: the mail is held in the database before anything is appended, and whoever
finds it changed appends nothing. What a decision that died or was not confirmed may have stated is kept with
the mail: whatever is decided next says it anew, or withdraws it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

import orjson
import structlog

from schemas.identifiers import normal_code
from services.ingest.domain.emails import (
    DECIDED,
    OWNER,
    EmailEntry,
    EmailOutcome,
    EntryBooking,
    Judged,
    Reviewed,
    as_of,
    keep_supported,
    said_of,
    state,
    withdrawals,
    withdrawn,
)
from services.ingest.domain.json_bookings import JsonBooking, read_json, read_json_booking
from services.ingest.domain.parts import with_ended_parts, with_moved_legs
from services.ingest.domain.refusals import Refusal, RefusalKind, refusal
from services.ingest.domain.travellers import unknown_traveller
from services.ingest.handlers import Directory, Log
from services.ingest.mails import CLIENT, EmailQuery, MailAddress, Register, others_of, stating
from services.ingest.raw import RawMessage, decision
from services.platform import faults
from services.platform.positions import Position
from services.platform.principals import Principal

log = structlog.get_logger()

Verb = Literal["accept", "correct", "assign", "discard"]

FROM: Mapping[Verb, frozenset[EmailOutcome]] = {
    "accept": frozenset({"needs_review"}),
    "assign": frozenset({"needs_review", "nothing_found", "extracted", "accepted", "corrected"}),
    "correct": frozenset(
        {"needs_review", "nothing_found", "rejected", "extracted", "accepted", "corrected", "discarded"}
    ),
    "discard": frozenset({"needs_review", "nothing_found", "rejected", "extracted", "accepted", "corrected"}),
}
"""What may be decided about a mail that came to what."""


class EmailRegister(Register, Protocol):
    """What is known about mail, with lists of it."""

    async def listed(self, query: EmailQuery) -> list[EmailEntry]:
        """Return the mails that a query asks for; raises `Unavailable`."""
        ...

    async def addresses_of(self, *, tenant: str, traveller: str) -> tuple[MailAddress, ...]:
        """Return where a traveller can send mail to; raises `Unavailable`."""
        ...


class Decided(NamedTuple):
    """What is known about the mail now, and where its statements stand; None where there were none."""

    entry: EmailEntry
    position: Position | None


class Reviews:
    """Shows mails, and does with them what people decide."""

    def __init__(
        self,
        *,
        register: EmailRegister,
        directory: Directory,
        log: Log,
        new_id: Callable[[], str],
        now: Callable[[], datetime],
    ) -> None:
        self._register = register
        self._directory = directory
        self._log = log
        self._new_id = new_id
        self._now = now

    async def listed(self, query: EmailQuery, *, principal: Principal) -> list[EmailEntry] | Refusal:
        """Return mails: all of the company to an administrator, else one's own; raises `Unavailable`."""
        if principal.kind != "admin":
            own = await self._own(principal)
            if own is None:
                return unknown_traveller(field="traveller")
            query = query._replace(traveller=own)
        return await self._register.listed(query)

    async def addresses(self, *, principal: Principal) -> tuple[MailAddress, ...] | Refusal:
        """Return where the principal's user can send mail to; raises `Unavailable`."""
        own = await self._own(principal)
        if own is None:
            return unknown_traveller(field="traveller")
        return await self._register.addresses_of(tenant=principal.tenant, traveller=own)

    async def traveller_of(self, login: str, *, principal: Principal) -> str | Refusal:
        """Return the traveller with a login; raises `Unavailable`."""
        known = await self._look_up(login, principal=principal)
        return unknown_traveller(field="traveller") if known is None else known

    async def shown(self, message: str, *, principal: Principal) -> EmailEntry | Refusal:
        """Return a mail; one that the principal may not see does not exist. Raises `Unavailable`."""
        entry = await self._register.entry(tenant=principal.tenant, message=message)
        if entry is None or not await self._may_see(entry, principal=principal):
            return _unknown_email()
        return entry

    async def decide(
        self, message: str, *, verb: Verb, body: bytes, principal: Principal
    ) -> Decided | Refusal:
        """Do what a person decided; raises `Unavailable`."""
        entry = await self.shown(message, principal=principal)
        if isinstance(entry, Refusal):
            return entry
        if entry.outcome not in FROM[verb]:
            return _not_from_here(entry.outcome)
        judged = await self._judged(entry, verb=verb, body=body, principal=principal)
        if isinstance(judged, Refusal):
            return judged
        reviewed = Reviewed(by=principal.subject, at=self._now().isoformat())
        judged = judged._replace(entry=judged.entry.model_copy(update={"reviewed": reviewed}))
        return await self._carried_out(judged, before=entry, verb=verb, principal=principal)

    async def _carried_out(
        self, judged: Judged, *, before: EmailEntry, verb: Verb, principal: Principal
    ) -> Decided | Refusal:
        """State what was decided, unless somebody else decided meanwhile, and keep what came of it."""
        bookings = [one.booking for one in judged.entry.bookings if one.taken]
        others = await others_of(
            bookings, entry=before, traveller=judged.entry.traveller, register=self._register
        )
        async with stating(judged, before=before, register=self._register) as (held, is_as_before):
            if not is_as_before:
                return _decided_beside(held.entry, before=before)
            judged = keep_supported(judged, supported=await held.supported(withdrawals(judged)))
            judged = with_ended_parts(judged, others=others)
            position = await self._stated(judged, before=before, verb=verb, principal=principal)
            faults.point("review.stated")
            await held.save(judged.entry)
        log.info("mail.reviewed", message=before.message, verb=verb, statements=len(judged.statements))
        return Decided(judged.entry, position)

    async def _judged(
        self, entry: EmailEntry, *, verb: Verb, body: bytes, principal: Principal
    ) -> Judged | Refusal:
        if verb == "discard":
            return withdrawn(entry)
        chosen = await self._chosen(entry, verb=verb, body=body, principal=principal)
        if isinstance(chosen, Refusal):
            return chosen
        traveller, bookings = chosen
        if not bookings and verb == "accept":
            return _nothing_to_accept()
        if not bookings:
            # Nobody else's mail any more, and nothing to say of it: a reading may still find something.
            return Judged(entry.model_copy(update={"traveller": traveller, "proposed_traveller": None}), ())
        if verb == "correct":
            return state(entry, traveller=traveller, bookings=bookings, outcome="corrected")
        others = await others_of(
            [one.booking for one in bookings], entry=entry, traveller=traveller, register=self._register
        )
        bookings = with_moved_legs(bookings, entry=entry, others=others)
        return state(entry, traveller=traveller, bookings=bookings, outcome="accepted")

    async def _chosen(
        self, entry: EmailEntry, *, verb: Verb, body: bytes, principal: Principal
    ) -> tuple[str, Sequence[EntryBooking]] | Refusal:
        """Return for whom, and what."""
        said = _object(body)
        if isinstance(said, Refusal):
            return said
        login = said.get("traveller")
        if login is not None or verb == "assign":
            if not isinstance(login, str) or not login.strip():
                return refusal(
                    RefusalKind.INVALID, field="traveller", rule="missing", message="name a traveller's login"
                )
            if principal.kind != "admin" and normal_code(login) != normal_code(principal.subject):
                return _admins_only()
            traveller = await self.traveller_of(login, principal=principal)
        else:
            traveller = entry.traveller or _nobodys()
        if isinstance(traveller, Refusal):
            return traveller
        bookings = _corrected(said) if verb == "correct" else entry.bookings
        return bookings if isinstance(bookings, Refusal) else (traveller, bookings)

    async def _stated(
        self, judged: Judged, *, before: EmailEntry, verb: Verb, principal: Principal
    ) -> Position | None:
        if not judged.statements:
            return None
        if before.records or before.outcome == "discarded" or verb == "correct":
            raw = _decision(judged.entry, verb=verb, message=self._new_id(), principal=principal)
            judged = as_of(judged, receipt=await self._log.keep_raw(raw))
            faults.point("review.kept")
        return await self._log.append(judged.statements)

    async def _may_see(self, entry: EmailEntry, *, principal: Principal) -> bool:
        if principal.kind == "admin":
            return True
        return entry.traveller is not None and entry.traveller == await self._own(principal)

    async def _own(self, principal: Principal) -> str | None:
        return await self._look_up(principal.subject, principal=principal)

    async def _look_up(self, login: str, *, principal: Principal) -> str | None:
        login = normal_code(login)
        known = await self._directory.look_up(
            tenant=principal.tenant, client=principal.client, logins=frozenset({login})
        )
        return known.travellers.get(login)


def _decision(entry: EmailEntry, *, verb: Verb, message: str, principal: Principal) -> RawMessage:
    said = {"email": entry.message, "decision": verb, "bookings": said_of(entry.bookings)}
    body = orjson.dumps(said)
    return decision(
        message,
        body,
        route="email_decision",
        owner=OWNER,
        client=CLIENT,
        principal=principal,
        traveller=entry.traveller,
    )


def _object(body: bytes) -> Mapping[str, Any] | Refusal:
    if not body.strip():
        return {}
    try:
        said: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return refusal(RefusalKind.MALFORMED, field="", rule="json", message="this is not JSON")
    if not isinstance(said, dict):
        return refusal(RefusalKind.INVALID, field="", rule="object", message="send an object")
    return said  # pyright: ignore[reportUnknownVariableType] - its values are judged one by one


def _corrected(said: Mapping[str, Any]) -> tuple[EntryBooking, ...] | Refusal:
    unread = read_json(orjson.dumps(said.get("bookings")))
    if isinstance(unread, Refusal):
        return unread.under("bookings")
    if not unread.is_array:
        return refusal(
            RefusalKind.INVALID, field="bookings", rule="array", message="send an array of bookings"
        )
    read = [read_json_booking(item) for item in unread.items]
    for position, booking in enumerate(read):
        if isinstance(booking, Refusal):
            return booking.under(f"bookings.{position}")
    whole = [booking for booking in read if isinstance(booking, JsonBooking)]
    return tuple(EntryBooking(booking=booking, confidence=100) for booking in whole)


def _nobodys() -> Refusal:
    return refusal(
        RefusalKind.INVALID,
        field="traveller",
        rule="missing",
        message="the mail is nobody's yet; name a traveller's login",
    )


def _nothing_to_accept() -> Refusal:
    return refusal(
        RefusalKind.INVALID,
        field="id",
        rule="nothing_read",
        message="nothing was read from this mail; correct it with what it says, or discard it",
    )


def _admins_only() -> Refusal:
    return refusal(
        RefusalKind.FORBIDDEN,
        field="traveller",
        rule="not_your_traveller",
        message="giving a mail to another traveller needs a company administrator's token",
    )


def _unknown_email() -> Refusal:
    return refusal(RefusalKind.NOT_FOUND, field="id", rule="unknown_email", message="no such mail")


def _not_from_here(outcome: EmailOutcome) -> Refusal:
    return refusal(
        RefusalKind.CONFLICT if outcome in DECIDED else RefusalKind.INVALID,
        field="id",
        rule="not_in_this_state",
        message=f"the mail is {outcome}; that cannot be decided about it now",
    )


def _decided_beside(now: EmailEntry | None, *, before: EmailEntry) -> Refusal:
    """Say what came of a mail while somebody decided about it, and not by whom: it may be another's now."""
    if now is None:
        return _unknown_email()
    is_read = now.reviewed == before.reviewed and (now.outcome, now.bookings) != (
        before.outcome,
        before.bookings,
    )
    if now.reviewed != before.reviewed:
        what = f"somebody else decided meanwhile, and it is {now.outcome} now"
    elif is_read:
        what = f"the mail was read again meanwhile, and it is {now.outcome} now"
    else:
        what = "somebody else is about to decide"
    return refusal(
        RefusalKind.CONFLICT,
        field="id",
        rule="read_meanwhile" if is_read else "decided_meanwhile",
        message=f"{what}; nothing was done",
    )
