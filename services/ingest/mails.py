"""What the doors, the worker and the reviews of mail share: its values, and who they ask.

A mail goes from a door to bookings: kept on `raw.v1` (`mail_door.py`), then read, judged and stated
(`mail_reading.py`).
"""

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from functools import partial
from typing import NamedTuple, Protocol

from services.ingest.domain.email.results import MailReading
from services.ingest.domain.emails import EmailEntry, Judged, perhaps_stated, records_of
from services.ingest.domain.json_bookings import JsonBooking
from services.ingest.domain.statements import Receipt
from services.ingest.domain.whose_mail import Person
from services.ingest.mail_proof import Answers, Checked, Envelope, Headers
from services.ingest.raw import RawHeaders

CONTENT_TYPE = "message/rfc822"
CLIENT = "email"
MAX_MAIL_BYTES = 25 * 1024 * 1024


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


class Held(Protocol):
    """A mail that nobody else decides about, or finishes reading, for the moment."""

    @property
    def entry(self) -> EmailEntry | None:
        """What is known about it by now; None where it was erased."""
        ...

    async def supported(self, records: frozenset[str]) -> frozenset[str]:
        """Return which of some records other mails state as well, by now."""
        ...

    async def save(self, entry: EmailEntry) -> None:
        """Keep what became of it, as soon as it is let go."""
        ...


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

    async def supporters(self, *, tenant: str, records: frozenset[str]) -> frozenset[tuple[str, str]]:
        """Return which mails state some records, as pairs of a record and a mail."""
        ...

    async def is_erased(self, *, tenant: str, message: str) -> bool:
        """Say whether a mail was an erased traveller's."""
        ...

    async def of_bookings(
        self, *, tenant: str, traveller: str, message: str, locators: frozenset[str]
    ) -> tuple[EmailEntry, ...]:
        """Return the traveller's other mails that state bookings with some locators."""
        ...

    async def note(self, entry: EmailEntry) -> None:
        """Note a mail that has just arrived, unless it is known."""
        ...

    def hold(
        self, *, tenant: str, message: str, records: frozenset[str] = frozenset()
    ) -> AbstractAsyncContextManager[Held]:
        """Hold a mail while the block runs, waiting for whoever does; one that raises saves nothing.

        Of `records`, those that are stated or let go, nobody else who holds a mail with them does either.
        """
        ...

    async def save(self, entry: EmailEntry) -> None:
        """Keep what became of a mail that nobody can have decided about."""
        ...


class Stating(NamedTuple):
    """A mail that is held so that something can be stated of it."""

    held: Held
    is_as_before: bool
    """Whether it is still as it was when it was judged; if not, nothing may be stated."""


@asynccontextmanager
async def stating(judged: Judged, *, before: EmailEntry, register: Register) -> AsyncGenerator[Stating]:
    """Hold a mail to append what was judged of it, having kept before that this may come to be stated.

    Whoever dies between the log and the register leaves a mail that knows what it has perhaps stated: what
    comes next says it anew, or withdraws it. Raises `Unavailable`.
    """
    hold = partial(register.hold, tenant=before.tenant, message=before.message, records=records_of(judged))
    known = before
    if judged.statements:
        known = perhaps_stated(before, judged=judged.entry)
        async with hold() as held:
            if held.entry == before:
                await held.save(known)
    async with hold() as held:
        yield Stating(held, held.entry == known)


async def others_of(
    bookings: Iterable[JsonBooking], *, entry: EmailEntry, traveller: str | None, register: Register
) -> tuple[EmailEntry, ...]:
    """Return a traveller's other mails that state the bookings of a mail; raises `Unavailable`."""
    locators = frozenset(booking.record_locator for booking in bookings)
    if traveller is None or not locators:
        return ()
    return await register.of_bookings(
        tenant=entry.tenant, traveller=traveller, message=entry.message, locators=locators
    )


class Overrun(Exception):
    """Reading took more than it may, or ended the reader; the text says which, for people."""


class Readers(Protocol):
    """Who reads strangers' bytes, within limits."""

    async def read(self, raw: bytes, *, received: datetime) -> MailReading:
        """Return what a mail says; one that overruns the limits is rejected."""
        ...

    async def ask(self, raw: bytes, *, received: datetime, reading: MailReading) -> MailReading:
        """Return what a language model adds to a reading; only for mail that is known to be a traveller's."""
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


def arrived_entry(mail: RawMail) -> EmailEntry:
    """Return the entry of a mail that nobody has read."""
    return EmailEntry(
        tenant=mail.headers.tenant,
        message=mail.message,
        outcome="queued",
        traveller=mail.headers.traveller,
        door=mail.headers.parameters.get("door", ""),
        recipient=mail.headers.parameters.get("recipient"),
        **mail.receipt._asdict(),
    )
