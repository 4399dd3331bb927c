"""Mail, from a door to bookings: kept on `raw.v1`, then read, judged, stated, and its entry written.

The order is the guarantee, as in `handlers.py`: the bytes are on the log before a door says yes; statements
are on the log before the entry says that they are. Each step may be repeated without harm.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

import structlog

from schemas.identifiers import email_message_id
from services.ingest.domain.authenticity import UNPROVEN, Authenticity, authenticity, host_says
from services.ingest.domain.email.results import MailReading, Outcome
from services.ingest.domain.emails import (
    DECIDED,
    OWNER,
    EmailEntry,
    Judged,
    judge_reading,
    keep_supported,
    withdrawals,
)
from services.ingest.domain.statements import Receipt
from services.ingest.domain.whose_mail import Evidence, Person, named_in, whose
from services.ingest.handlers import Log, Unavailable
from services.ingest.mail_proof import Answers, Checked, Envelope, Headers
from services.ingest.raw import RawHeaders, RawMessage, digest
from services.platform import faults

log = structlog.get_logger()

CONTENT_TYPE = "message/rfc822"
CLIENT = "email"
MAX_MAIL_BYTES = 25 * 1024 * 1024
_MAX_ROUNDS = 14
"""Of questions to the DNS: SPF alone may ask ten, each after the answer to the last."""
_MAX_ADDRESSES = 100


class MailAddress(NamedTuple):
    """An address that mail is taken for."""

    address: str
    tenant: str
    traveller: str | None
    """Whose secret address it is; None for the company's."""


class MailboxPlace(NamedTuple):
    """How far a mailbox was read; numbers hold only under one validity."""

    uid_validity: int
    next_uid: int


class People(NamedTuple):
    """Travellers that a mail may concern."""

    secret: Mapping[str, str]
    """By secret address."""
    verified: Mapping[str, str]
    """By address that they send from."""
    people: tuple[Person, ...]

    def person(self, traveller: str | None) -> Person | None:
        """Return one of them."""
        return next((person for person in self.people if person.traveller == traveller), None)


class EmailQuery(NamedTuple):
    """Which mails to list; the newest first, from behind the last that was shown."""

    tenant: str
    rows: int
    outcome: str | None = None
    traveller: str | None = None
    before_ms: int | None = None
    before_message: str | None = None


class Register(Protocol):
    """What is known about mail. Every method raises `Unavailable` where nobody can say."""

    async def find_address(self, address: str) -> MailAddress | None:
        """Return whose address it is."""
        ...

    async def people(
        self, *, tenant: str, addresses: Iterable[str], last_names: Iterable[str], travellers: Iterable[str]
    ) -> People:
        """Return the travellers that addresses, names and ids lead to."""
        ...

    async def entry(self, *, tenant: str, message: str) -> EmailEntry | None:
        """Return what is known about a mail."""
        ...

    async def supported(self, *, tenant: str, message: str, records: frozenset[str]) -> frozenset[str]:
        """Return which of some records other mails state as well."""
        ...

    async def note(self, entry: EmailEntry) -> None:
        """Note a mail that has just arrived, unless it is known."""
        ...

    async def save(self, entry: EmailEntry) -> None:
        """Keep what became of a mail; a reading does not replace what a person decided."""
        ...


class Overrun(Exception):
    """Reading took more than it may, or ended the reader; the text says which, for people."""


class Readers(Protocol):
    """Who reads strangers' bytes, within limits."""

    async def read(self, raw: bytes, *, received: datetime) -> MailReading:
        """Return what a mail says; one that overruns the limits is rejected."""
        ...

    async def headers(self, raw: bytes) -> Headers:
        """Return the headers that say who sent it."""
        ...

    async def check(self, raw: bytes, *, envelope: Envelope, answers: Answers, chains: bool) -> Checked:
        """Check who sent it, as far as the answers go; raises `Overrun`."""
        ...


class Resolver(Protocol):
    """Who knows the DNS."""

    async def answers(self, questions: tuple[str, ...]) -> Answers:
        """Return an answer to every question; None where the DNS does not answer."""
        ...


class MailTrust(NamedTuple):
    """Whose word on senders is believed."""

    hosts: frozenset[str] = frozenset()
    """Names in Authentication-Results, of hosts of ours that receive mail before we do."""
    sealers: frozenset[str] = frozenset()
    """Domains of forwarders whose ARC seals are believed."""
    smtp_is_first: bool = True
    """Whether our SMTP door is the first host of ours that a mail meets, so that we check it ourselves."""


class Arrived(NamedTuple):
    """A mail at a door."""

    door: str
    tenant: str
    raw: bytes
    recipient: str
    """The address that it was sent to, or the mailbox that it lay in."""
    envelope: Envelope = Envelope()
    traveller: str | None = None
    """For whom it was uploaded, with a token."""
    login: str | None = None


class RawMail(NamedTuple):
    """A mail as it stands on `raw.v1`."""

    message: str
    raw: bytes
    headers: RawHeaders
    receipt: Receipt


class MailDoor:
    """What every door does with a mail."""

    def __init__(self, *, register: Register, log: Log, now: Callable[[], datetime]) -> None:
        self._register = register
        self._log = log
        self._now = now

    async def find_address(self, address: str) -> MailAddress | None:
        """Return whose address it is; raises `Unavailable`."""
        return await self._register.find_address(address)

    async def accept(self, arrived: Arrived) -> tuple[str, Receipt]:
        """Keep a mail for the worker, and return its message id and where it stands.

        Raises:
            Unavailable: it is not kept; whoever brought it must bring it again.
        """
        sha256 = digest(arrived.raw)
        message = email_message_id(tenant=arrived.tenant, recipient=arrived.recipient, sha256=sha256)
        headers = RawHeaders(
            tenant=arrived.tenant,
            client=CLIENT,
            caller="mail",
            owner=OWNER.party,
            source=OWNER.source,
            route="email",
            disposition="queued",
            content_type=CONTENT_TYPE,
            sha256=sha256,
            login=arrived.login,
            traveller=arrived.traveller,
            parameters=_parameters(arrived),
        )
        receipt = await self._log.keep_raw(RawMessage(message, arrived.raw, headers))
        faults.point("mail.kept")
        await self._note(RawMail(message, arrived.raw, headers, receipt))
        log.info("mail.kept", message=message, door=arrived.door, size=len(arrived.raw))
        return message, receipt

    async def refuse_too_large(self, *, tenant: str, mailbox: str, number: int, size: int) -> None:
        """Note a mail that stays in its mailbox because it is too large; raises `Unavailable`."""
        nothing = digest(f"{number} {size}".encode())
        message = email_message_id(tenant=tenant, recipient=mailbox, sha256=nothing)
        why = f"it has {size} bytes, and at most {MAX_MAIL_BYTES} are read; it stays in the mailbox"
        entry = EmailEntry(
            tenant=tenant, message=message, outcome="rejected", reason="too_large", why=why, door="imap",
            recipient=mailbox, received_ms=int(self._now().timestamp() * 1000), partition=0, offset=0,
        )  # fmt: skip
        await self._register.save(entry)
        log.warning("mail.refused", message=message, reason="too_large")

    async def _note(self, mail: RawMail) -> None:
        try:
            await self._register.note(_arrived_entry(mail))
        except Unavailable:
            # The mail is safe on the log, and the worker writes the entry when it comes to it.
            log.warning("mail.unnoted", message=mail.message)


class MailReader:
    """What the worker and a replay do with a mail."""

    def __init__(
        self, *, register: Register, log: Log, readers: Readers, resolver: Resolver, trust: MailTrust
    ) -> None:
        self._register = register
        self._log = log
        self._readers = readers
        self._resolver = resolver
        self._trust = trust

    async def take(self, mail: RawMail) -> EmailEntry | None:
        """Read a mail, state its bookings and write its entry; None where it was settled before.

        Raises:
            Unavailable: trouble; nothing was lost, try again.
        """
        known = await self.known(mail)
        if known is not None and is_settled(known, mail=mail):
            return None
        judged = await self.judge(mail, known=known)
        faults.point("mail.judged")
        await self.write(judged)
        entry = judged.entry
        log.info("mail.read", message=mail.message, outcome=entry.outcome, reason=entry.reason)
        return entry

    async def known(self, mail: RawMail) -> EmailEntry | None:
        """Return what is known about a mail; raises `Unavailable`."""
        return await self._register.entry(tenant=mail.headers.tenant, message=mail.message)

    async def write(self, judged: Judged) -> None:
        """Append statements, then keep the entry that says so; raises `Unavailable`."""
        if judged.statements:
            await self._log.append(judged.statements)
        faults.point("mail.stated")
        await self._register.save(judged.entry)

    async def judge(self, mail: RawMail, *, known: EmailEntry | None) -> Judged:
        """Return what a mail comes to, without writing anything; raises `Unavailable`."""
        entry = _arrived_entry(mail)
        if known is not None:
            entry = known.model_copy(update=entry.receipt._asdict())
        headers = await self._readers.headers(mail.raw)
        if entry.authenticity is None:
            checked = await self._authenticity(mail, headers=headers)
            entry = entry.model_copy(update={"authenticity": checked})
        reading = await self._read(mail)
        sender = headers.from_addresses[0] if len(headers.from_addresses) == 1 else None
        entry = entry.model_copy(update={"sender": sender, "subject": reading.facts.subject})
        people = await self._people(mail, reading=reading, sender=sender)
        whom = whose(_evidence(entry, mail=mail, reading=reading, people=people))
        judged = judge_reading(reading, entry=entry, whose=whom, person=people.person(whom.traveller))
        supported = await self._register.supported(
            tenant=entry.tenant, message=entry.message, records=withdrawals(judged)
        )
        return keep_supported(judged, supported=supported)

    async def _read(self, mail: RawMail) -> MailReading:
        received = datetime.fromtimestamp(mail.receipt.received_ms / 1000, UTC)
        try:
            return await self._readers.read(mail.raw, received=received)
        except Exception as bug:  # noqa: BLE001 - one mail must not stop the others; it is kept and seen
            # Without the stack: its messages may quote what the traveller booked.
            log.error("mail.unread", message=mail.message, error=type(bug).__name__)  # noqa: TRY400 - as above
            why = f"our reader failed with {type(bug).__name__}"
            return MailReading(outcome=Outcome(kind="rejected", why=why))

    async def _people(self, mail: RawMail, *, reading: MailReading, sender: str | None) -> People:
        facts = reading.facts
        addresses = {sender, facts.from_address, *facts.forwarded_by, *facts.recipients[:_MAX_ADDRESSES]}
        addresses.add(mail.headers.parameters.get("recipient"))
        travellers = {mail.headers.traveller} - {None}
        return await self._register.people(
            tenant=mail.headers.tenant,
            addresses={address for address in addresses if address},
            last_names={
                passenger.last_name
                for found in reading.bookings
                for passenger in found.booking.passengers
                if passenger.last_name
            },
            travellers={traveller for traveller in travellers if traveller},
        )

    async def _authenticity(self, mail: RawMail, *, headers: Headers) -> Authenticity:
        door = mail.headers.parameters.get("door")
        if door == "http":
            return UNPROVEN  # the token of whoever uploaded it speaks for it
        if door != "smtp" or not self._trust.smtp_is_first:
            return host_says(
                headers.authentication_results,
                trusted_hosts=self._trust.hosts,
                from_addresses=headers.from_addresses,
            )
        return await self._checked(mail)

    async def _checked(self, mail: RawMail) -> Authenticity:
        """Check a mail ourselves, asking the DNS what the check has to know."""
        said = mail.headers.parameters
        envelope = Envelope(said.get("peer"), said.get("helo", ""), said.get("mail_from", ""))
        answers: Answers = {}
        try:
            for _ in range(_MAX_ROUNDS):
                checked = await self._readers.check(
                    mail.raw, envelope=envelope, answers=answers, chains=bool(self._trust.sealers)
                )
                if checked.findings is not None:
                    return authenticity(checked.findings, trusted_sealers=self._trust.sealers)
                answers = {**answers, **await self._resolver.answers(checked.questions)}
        except Overrun:
            log.warning("mail.unchecked", message=mail.message)
        return UNPROVEN


def _parameters(arrived: Arrived) -> dict[str, str]:
    said = {
        "door": arrived.door,
        "recipient": arrived.recipient,
        "peer": arrived.envelope.peer,
        "helo": arrived.envelope.helo,
        "mail_from": arrived.envelope.mail_from,
    }
    return {name: value for name, value in said.items() if value}


def _arrived_entry(mail: RawMail) -> EmailEntry:
    return EmailEntry(
        tenant=mail.headers.tenant,
        message=mail.message,
        outcome="queued",
        traveller=mail.headers.traveller,
        door=mail.headers.parameters.get("door", ""),
        recipient=mail.headers.parameters.get("recipient"),
        **mail.receipt._asdict(),
    )


def is_settled(known: EmailEntry, *, mail: RawMail) -> bool:
    """Tell whether a mail is left as it is: a person decided, or the same bytes were taken from elsewhere.

    Without the latter anybody who has the bytes of a mail could have its bookings withdrawn, by delivering
    them again from a host that nobody believes.
    """
    is_copy = (known.partition, known.offset) != (mail.receipt.partition, mail.receipt.offset)
    return known.outcome in DECIDED or (is_copy and known.outcome == "extracted")


def _evidence(entry: EmailEntry, *, mail: RawMail, reading: MailReading, people: People) -> Evidence:
    recipient = (entry.recipient or "").lower()
    # A mailbox knows no envelope; there the headers tell which of its addresses a mail was sent to.
    addressees = {people.secret[a] for a in reading.facts.recipients if a in people.secret}
    addressee = people.secret.get(recipient)
    if addressee is None and entry.door == "imap" and len(addressees) == 1:
        (addressee,) = addressees
    named = set(people.verified.values()) | addressees
    return Evidence(
        authenticity=entry.authenticity or UNPROVEN,
        uploader=mail.headers.traveller,
        addressee=addressee,
        sender=people.verified.get(entry.sender or ""),
        named=frozenset(named or named_in((f.booking for f in reading.bookings), people=people.people)),
    )
