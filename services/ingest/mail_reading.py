"""What the worker and a replay do with a mail: read it, judge whose it is, state its bookings, keep an entry.

The entry says what may be stated before it is on the log, and that it is only afterwards. Each step may be
repeated without harm. A mail about which something came to be known while it was read is read again: a person
may have decided.
"""

import asyncio
from datetime import UTC, datetime
from typing import Literal

import structlog

from services.ingest.domain.authenticity import UNPROVEN, Authenticity, authenticity, host_says
from services.ingest.domain.email.results import MailReading
from services.ingest.domain.emails import (
    DECIDED,
    EmailEntry,
    Judged,
    judge_reading,
    keep_supported,
    withdrawals,
)
from services.ingest.domain.parts import beside, with_ended_parts
from services.ingest.domain.whose_mail import Evidence, named_in, whose
from services.ingest.handlers import Log, Unavailable
from services.ingest.mail_proof import Answers, Envelope, Headers
from services.ingest.mails import (
    MailTrust,
    Overrun,
    People,
    RawMail,
    Readers,
    Register,
    Resolver,
    arrived_entry,
    others_of,
    stating,
)
from services.platform import faults, metrics

log = structlog.get_logger()

_MAX_ROUNDS = 14
"""Of questions to the DNS: SPF alone may ask ten, each after the answer to the last."""
_PROOF_SECONDS = 30.0
"""A stranger's records can lead from one slow server of names to the next."""
_MAX_ADDRESSES = 100
_MAX_READINGS = 5

Wrote = Literal["written", "erased", "decided"]


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
        for _ in range(_MAX_READINGS):
            known = await self.known(mail)
            if known is not None and is_settled(known, mail=mail):
                return None
            judged = await self.judge(mail, known=known)
            faults.point("mail.judged")
            if await self.write(judged, mail=mail, known=known) != "decided":
                break
        else:
            raise Unavailable("others keep deciding about the mail")
        entry = judged.entry
        metrics.MAILS.add(outcome=entry.outcome)
        log.info("mail.read", message=mail.message, outcome=entry.outcome, reason=entry.reason)
        return entry

    async def known(self, mail: RawMail) -> EmailEntry | None:
        """Return what is known about a mail; raises `Unavailable`."""
        return await self._register.entry(tenant=mail.headers.tenant, message=mail.message)

    async def write(self, judged: Judged, *, mail: RawMail, known: EmailEntry | None) -> Wrote:
        """Append statements, then keep the entry that says so; raises `Unavailable`.

        Writes nothing where the mail was erased, and is as if it had never come, or where something was
        decided, and it is no longer known as it was when it was read.
        """
        if known is None:
            known = arrived_entry(mail)
            await self._register.note(known)
        async with stating(judged, before=known, register=self._register) as (held, is_as_before):
            if not is_as_before:
                return "erased" if held.entry is None else "decided"
            if judged.statements:
                await self._log.append(judged.statements)
            faults.point("mail.stated")
            await held.save(judged.entry)
        return "written"

    async def is_erased(self, mail: RawMail) -> bool:
        """Say whether a mail was an erased traveller's; raises `Unavailable`."""
        return await self._register.is_erased(tenant=mail.headers.tenant, message=mail.message)

    async def supporters(self, mail: RawMail, records: frozenset[str]) -> frozenset[tuple[str, str]]:
        """Return which other mails state some records, each with its record; raises `Unavailable`."""
        pairs = await self._register.supporters(tenant=mail.headers.tenant, records=records)
        return frozenset((record, by) for record, by in pairs if by != mail.message)

    async def judge(self, mail: RawMail, *, known: EmailEntry | None) -> Judged:
        """Return what a mail comes to, without writing anything; raises `Unavailable`."""
        entry = arrived_entry(mail)
        if known is not None:
            entry = known.model_copy(update=entry.receipt._asdict())
        headers = await self._readers.headers(mail.raw)
        if entry.authenticity is None:
            checked = await self._authenticity(mail, headers=headers)
            entry = entry.model_copy(update={"authenticity": checked})
        received = datetime.fromtimestamp(mail.receipt.received_ms / 1000, UTC)
        reading = await self._readers.read(mail.raw, received=received)
        sender = headers.from_addresses[0] if len(headers.from_addresses) == 1 else None
        entry = entry.model_copy(update={"sender": sender, "subject": reading.facts.subject})
        people = await self._people(entry, mail=mail, reading=reading, sender=sender)
        whom = whose(_evidence(entry, mail=mail, reading=reading, people=people))
        if whom.traveller is not None:
            reading = await self._readers.ask(mail.raw, received=received, reading=reading)
        bookings = [found.booking for found in reading.bookings]
        others = await others_of(bookings, entry=entry, traveller=whom.traveller, register=self._register)
        reading = beside(reading, entry=entry, others=others)
        judged = judge_reading(reading, entry=entry, whose=whom, person=people.person(whom.traveller))
        supported = await self._register.supported(
            tenant=entry.tenant, message=entry.message, records=withdrawals(judged)
        )
        return with_ended_parts(keep_supported(judged, supported=supported), others=others)

    async def _people(
        self, entry: EmailEntry, *, mail: RawMail, reading: MailReading, sender: str | None
    ) -> People:
        facts = reading.facts
        addresses = {sender, facts.from_address, *facts.forwarded_by, *facts.recipients[:_MAX_ADDRESSES]}
        addresses.add(mail.headers.parameters.get("recipient"))
        given_to = _given_to(entry, mail=mail)
        return await self._register.people(
            tenant=mail.headers.tenant,
            addresses={address for address in addresses if address},
            last_names={
                passenger.last_name
                for found in reading.bookings
                for passenger in found.booking.passengers
                if passenger.last_name
            },
            travellers={given_to} if given_to else (),
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
            async with asyncio.timeout(_PROOF_SECONDS):
                for _ in range(_MAX_ROUNDS):
                    checked = await self._readers.check(
                        mail.raw, envelope=envelope, answers=answers, chains=bool(self._trust.sealers)
                    )
                    if checked.findings is not None:
                        return authenticity(checked.findings, trusted_sealers=self._trust.sealers)
                    answers = {**answers, **await self._resolver.answers(checked.questions)}
        except (Overrun, TimeoutError):
            log.warning("mail.unchecked", message=mail.message)
        return UNPROVEN


def _given_to(entry: EmailEntry, *, mail: RawMail) -> str | None:
    """Return the traveller for whom a mail was uploaded, or to whom a person gave it."""
    return mail.headers.traveller or (entry.traveller if entry.reviewed is not None else None)


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
        given_to=_given_to(entry, mail=mail),
        addressee=addressee,
        sender=people.verified.get(entry.sender or ""),
        recipient=recipient,
        named=frozenset(named or named_in((f.booking for f in reading.bookings), people=people.people)),
    )
