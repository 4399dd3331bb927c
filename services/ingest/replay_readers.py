"""How each kind of message is normalised again: what it comes to today, beside what it came to before.

Nothing is written while a message is read: whoever replays appends its statements, or has a reading that
keeps more than these write itself.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal, NamedTuple, Protocol, cast

from schemas.base import Model
from schemas.booking_record import (
    NumberCancellationStatement,
    OverrideStatement,
    PostedTripStatement,
    WithdrawalStatement,
)
from schemas.directory import Sender
from schemas.settings import TenantSettings
from services.ingest.domain.emails import EmailEntry, Judged
from services.ingest.domain.fetched import mentioned_plans
from services.ingest.domain.statements import Draft, Receipt, received
from services.ingest.domain.travellers import Caller, CallerKind
from services.ingest.feeds import Consumed, Poison, feed_of, normalised
from services.ingest.handlers import Directory, Known
from services.ingest.mail_reading import MailReader, is_settled
from services.ingest.mails import RawMail
from services.ingest.raw import RawHeaders, Route, read_headers
from services.ingest.raw_mail import read_raw_mail
from services.ingest.replay_place import Wanted
from services.ingest.replay_said import Said
from services.ingest.tripit_doubt import doubt_plans

Standing = Literal["settled", "refused", "unchanged", "changed"]


class Change(Model):
    """What a replay changes about one message, or why it changes nothing."""

    tenant: str
    message: str
    source: str
    before: str | None
    """What it had come to; None where nothing is known of it."""
    after: str
    why: str | None = None
    stated: tuple[str, ...] = ()
    """Bookings that are new or say something else, as `booking source locator`."""
    withdrawn: tuple[str, ...] = ()


POSTED: tuple[Route, ...] = (
    "json",
    "concur_booking",
    "concur_trip",
    "concur_cancel_booking",
    "concur_cancel_trip",
    "tripit_answer",
    "tripit_feed",
    "tripit_gone",
)
"""What `PostsAgain` reads. What a person decided is read by nobody: it stays."""


class Reading(NamedTuple):
    """What a message comes to today."""

    standing: Standing
    change: Change | None = None
    """Of what is changed or refused."""
    statements: Sequence[Draft] = ()
    """To be appended."""
    write: Callable[[], Awaitable[bool]] | None = None
    """Appends them, where more is to be kept than they are; says whether it did."""


class Normaliser(Protocol):
    """Normalises some kinds of messages again."""

    async def again(self, record: Consumed, *, wanted: Wanted, said: Said) -> Reading | None:
        """Return what a record comes to; None where it is not wanted.

        Raises:
            Unavailable: a backing service does not answer.
        """
        ...


class MailsAgain:
    """Reads mails again.

    What several mails had stated is withdrawn with the last that lets go of it, as of the newest of them: the
    register says who states it, the log when it was stated.
    """

    def __init__(self, reader: MailReader) -> None:
        self._reader = reader
        self._let_go: set[tuple[str, str]] = set()
        """Records with the mails that state them no more: a dry run leaves the register as it is."""

    async def again(self, record: Consumed, *, wanted: Wanted, said: Said) -> Reading | None:
        """Read a mail again; see `Normaliser`."""
        mail = read_raw_mail(record)
        if mail is None:
            return None
        known = await self._reader.known(mail)
        if known is not None and is_settled(known, mail=mail):
            return Reading("settled") if _concerns(wanted, known) else None
        if known is None and await self._reader.is_erased(mail):
            return Reading("settled") if wanted.traveller is None else None
        judged = await self._reader.judge(mail, known=known)
        if not _concerns(wanted, known, judged.entry):
            return None
        before = frozenset[str](() if known is None else known.record_keys)
        lapsed = (before | said.stated(mail.message)) - frozenset(judged.entry.record_keys)
        gone = await self._gone(mail, judged, lapsed=lapsed, said=said)
        stated = said.news([one for one in judged.statements if one.record not in lapsed])
        statements = (*stated, *gone)
        change = _mail_change(known, judged, gone=gone)

        async def write() -> bool:
            # Where somebody decided meanwhile, or it was read with the parsers of today, that stands.
            wrote = await self._reader.write(judged._replace(statements=statements), mail=mail, known=known)
            if wrote != "written":
                self._let_go -= {(record, mail.message) for record in lapsed}
            return wrote == "written"

        return Reading("changed" if change or statements else "unchanged", change, statements, write)

    async def _gone(
        self, mail: RawMail, judged: Judged, *, lapsed: frozenset[str], said: Said
    ) -> tuple[WithdrawalStatement, ...]:
        self._let_go |= {(record, mail.message) for record in lapsed}
        supporters = await self._reader.supporters(mail, lapsed) - self._let_go
        drafted = {one.record: one for one in judged.statements if isinstance(one, WithdrawalStatement)}
        unsupported = sorted(lapsed - {record for record, _ in supporters})
        found = (said.withdrawal_of(record, unknown=drafted.get(record)) for record in unsupported)
        return tuple(one for one in found if one is not None)


class PostsAgain:
    """Normalises what was posted, published by feeds, and fetched of accounts, again.

    Whoever sent it is known by then, so nobody is let in here who was not. What today is refused, as a whole
    or in part, takes nothing back: a row that is missing in the table of senders must not cancel journeys.
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = _Unchanged(directory)

    async def again(self, record: Consumed, *, wanted: Wanted, said: Said) -> Reading | None:
        """Normalise a message again; see `Normaliser`."""
        headers = read_headers(record.headers)
        if headers is None:
            return None
        judged = await normalised(self._directory, record, headers=headers, caller=_caller(headers))
        drafts = () if isinstance(judged, Poison) else judged.drafts
        of_it = {headers.traveller, *(one.traveller for one in drafts), *said.travellers(record.key)}
        if wanted.traveller is not None and wanted.traveller not in of_it:
            return None
        if isinstance(judged, Poison):
            return Reading(
                "refused", _refused(record, headers, known=said.knows(record.key), why=judged.detail)
            )
        receipt = Receipt(record.timestamp_ms, record.partition, record.offset)
        refused = [item.refusal.text for item in judged.items if item.refusal is not None]
        named = frozenset(draft.record for draft in drafts)
        gone = () if refused else said.gone(record.key, named=named)
        stated = said.news([received(draft, receipt=receipt) for draft in drafts])
        if not stated and not gone:
            return Reading("unchanged")
        change = Change(
            tenant=headers.tenant,
            message=record.key,
            source=headers.source,
            before="stated" if said.knows(record.key) else None,
            after="stated",
            why="; ".join(refused) or None,
            stated=tuple(map(_named, stated)),
            withdrawn=tuple(map(_named, gone)),
        )
        return Reading("changed", change, (*stated, *gone))


class PlansAgain:
    """Has what accounts at TripIt were told of told again: what is kept of them may be older than the log.

    So it is after PostgreSQL came back from a backup. The next visit asks TripIt, and tells or takes back.
    """

    def __init__(self, pool: Any) -> None:  # noqa: ANN401 - asyncpg carries no types
        self._pool = pool

    async def again(self, record: Consumed, *, wanted: Wanted, said: Said) -> Reading | None:  # noqa: ARG002 - as any
        """Doubt what a message told; see `Normaliser`. Settled is one whose account is connected no more."""
        headers = read_headers(record.headers)
        if headers is None or headers.traveller is None or wanted.traveller not in {None, headers.traveller}:
            return None
        tenant, traveller = headers.tenant, headers.traveller
        plans = mentioned_plans(headers.route, record.value, headers.parameters)
        if plans is None:
            return None
        doubted = await doubt_plans(self._pool, plans, tenant=tenant, traveller=traveller, write=False)
        if doubted is None:
            return Reading("settled")

        async def write() -> bool:
            return (
                await doubt_plans(self._pool, plans, tenant=tenant, traveller=traveller, write=True)
                is not None
            )

        change = Change(
            tenant=tenant,
            message=record.key,
            source=headers.source,
            before=None,
            after="to be told again",
            stated=tuple(f"TripIt {key}" for key in doubted),
        )
        return Reading("changed", change, write=write)


class _Unchanged:
    """The directory, asked and never told: a replay lets nobody in, and a dry run changes nothing."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def has_traveller(self, *, tenant: str, traveller: str) -> bool:
        return await self._directory.has_traveller(tenant=tenant, traveller=traveller)

    async def settings_of(self, tenant: str) -> TenantSettings:
        return await self._directory.settings_of(tenant)

    async def look_up(self, *, tenant: str, client: str, logins: frozenset[str]) -> Known:
        return await self._directory.look_up(tenant=tenant, client=client, logins=logins)

    async def hear(self, sender: Sender) -> bool:  # noqa: ARG002 - as the directory's
        return True


def _caller(headers: RawHeaders) -> Caller:
    if headers.disposition == "queued":
        return feed_of(headers)
    kind = cast("CallerKind", headers.caller)  # as the door wrote it
    return Caller(kind, headers.login or "", company_wide=bool(headers.company_wide))


def _refused(record: Consumed, headers: RawHeaders, *, known: bool, why: str) -> Change:
    return Change(
        tenant=headers.tenant,
        message=record.key,
        source=headers.source,
        before="stated" if known else None,
        after="refused",
        why=why,
    )


def _named(statement: Draft) -> str:
    match statement:
        case PostedTripStatement():
            return f"trip {statement.trip}"
        case NumberCancellationStatement():
            return f"{statement.booking_source} {statement.number}"
        case OverrideStatement():
            return statement.record
        case _:
            return f"{statement.booking_source} {statement.record_locator}"


def _concerns(wanted: Wanted, *entries: EmailEntry | None) -> bool:
    if wanted.traveller is None:
        return True
    return any(entry is not None and entry.traveller == wanted.traveller for entry in entries)


def _mail_change(
    before: EmailEntry | None, judged: Judged, *, gone: Sequence[WithdrawalStatement]
) -> Change | None:
    after = judged.entry
    old = {} if before is None else {one.record: one for one in before.records}
    new = {one.record: one for one in after.records}
    stated = [one for key, one in new.items() if key not in old or old[key].says != one.says]
    outcome_before = None if before is None else before.outcome
    if not stated and not gone and old.keys() <= new.keys() and outcome_before == after.outcome:
        return None
    return Change(
        tenant=after.tenant,
        message=after.message,
        source="email",
        before=outcome_before,
        after=after.outcome,
        why=after.why,
        stated=tuple(f"{one.booking_source} {one.record_locator}" for one in stated),
        withdrawn=tuple(map(_named, gone)),
    )
