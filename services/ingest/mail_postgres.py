"""What is known about mail in PostgreSQL, schema `own`: addresses, what became of each mail, mailboxes."""

# asyncpg carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from services.ingest.domain.emails import EmailEntry
from services.ingest.domain.whose_mail import Person
from services.ingest.mails import EmailQuery, MailAddress, MailboxPlace, People
from services.ingest.postgres import QUERIES, PostgresDirectory

_NOBODY = ""
"""The tenant while it is not known: row-level security then shows nothing that is a tenant's."""


class HeldMail:
    """A mail in a transaction that has its row locked."""

    def __init__(self, connection: Any, *, message: str, entry: EmailEntry | None) -> None:  # noqa: ANN401 - asyncpg carries no types
        self._connection = connection
        self._message = message
        self.entry = entry

    async def supported(self, records: frozenset[str]) -> frozenset[str]:
        """Return which of some records other mails state as well."""
        return _others(await _supporters(self._connection, records), message=self._message)

    async def save(self, entry: EmailEntry) -> None:
        """Keep what became of it."""
        await _save(self._connection, entry)


class PostgresMails:
    """The register of mails. Every method raises `Unavailable` where the database does not answer."""

    def __init__(self, directory: PostgresDirectory) -> None:
        self._directory = directory

    async def find_address(self, address: str) -> MailAddress | None:
        """Return whose address it is that a mail was sent to."""
        async with self._directory.transaction(_NOBODY) as connection:
            await QUERIES.set_mail_address(connection, address=address.lower())
            row = await QUERIES.find_mail_address(connection, address=address.lower())
        return None if row is None else MailAddress(**dict(row))

    async def addresses_of(self, *, tenant: str, traveller: str) -> tuple[MailAddress, ...]:
        """Return where a traveller can send mail to: the own address first, then the company's."""
        async with self._directory.transaction(tenant) as connection:
            return tuple(
                [
                    MailAddress(row["address"], tenant, traveller if row["secret"] else None)
                    async for row in QUERIES.find_mail_addresses_of(connection, traveller=traveller)
                ]
            )

    async def people(
        self, *, tenant: str, addresses: Iterable[str], last_names: Iterable[str], travellers: Iterable[str]
    ) -> People:
        """Return the travellers that addresses, names and ids lead to."""
        wanted = sorted({address.lower() for address in addresses})
        async with self._directory.transaction(tenant) as connection:
            secret = {
                row["address"]: row["traveller"]
                async for row in QUERIES.find_secret_addressees(connection, addresses=wanted)
            }
            verified = {
                row["address"]: row["traveller"]
                async for row in QUERIES.find_address_owners(connection, addresses=wanted)
            }
            ids = sorted({*travellers, *secret.values(), *verified.values()})
            names = sorted({name.lower() for name in last_names})
            rows = QUERIES.find_people(connection, travellers=ids, last_names=names)
            people = tuple(
                [Person(row["traveller"], row["first_name"], row["last_name"]) async for row in rows]
            )
        return People(secret, verified, people)

    async def entry(self, *, tenant: str, message: str) -> EmailEntry | None:
        """Return what is known about a mail."""
        async with self._directory.transaction(tenant) as connection:
            row = await QUERIES.find_email(connection, message=message)
        return None if row is None else EmailEntry.model_validate_json(row["entry"])

    async def supported(self, *, tenant: str, message: str, records: frozenset[str]) -> frozenset[str]:
        """Return which of some records other mails state as well."""
        return _others(await self.supporters(tenant=tenant, records=records), message=message)

    async def supporters(self, *, tenant: str, records: frozenset[str]) -> frozenset[tuple[str, str]]:
        """Return which mails state some records, as pairs of a record and a mail."""
        async with self._directory.transaction(tenant) as connection:
            return await _supporters(connection, records)

    async def is_erased(self, *, tenant: str, message: str) -> bool:
        """Say whether a mail was an erased traveller's."""
        async with self._directory.transaction(tenant) as connection:
            return await QUERIES.find_erased_mail(connection, message=message)

    async def of_bookings(
        self, *, tenant: str, traveller: str, message: str, locators: frozenset[str]
    ) -> tuple[EmailEntry, ...]:
        """Return the traveller's other mails that state bookings with some locators."""
        async with self._directory.transaction(tenant) as connection:
            rows = QUERIES.find_mails_of_bookings(
                connection, traveller=traveller, message=message, locators=sorted(locators)
            )
            return tuple([EmailEntry.model_validate_json(row["entry"]) async for row in rows])

    async def note(self, entry: EmailEntry) -> None:
        """Note a mail that has just arrived, unless it is known."""
        async with self._directory.transaction(entry.tenant) as connection:
            await QUERIES.note_email(
                connection,
                tenant=entry.tenant,
                message=entry.message,
                traveller=entry.traveller,
                door=entry.door,
                received=_moment(entry),
                entry=entry.encode().decode(),
            )

    @asynccontextmanager
    async def hold(
        self, *, tenant: str, message: str, records: frozenset[str] = frozenset()
    ) -> AsyncGenerator[HeldMail]:
        """Hold a mail while the block runs, waiting for whoever does; one that raises saves nothing."""
        async with self._directory.transaction(tenant) as connection:
            await QUERIES.hold_records(connection, records=sorted(records))
            row = await QUERIES.hold_email(connection, message=message)
            entry = None if row is None else EmailEntry.model_validate_json(row["entry"])
            yield HeldMail(connection, message=message, entry=entry)

    async def save(self, entry: EmailEntry) -> None:
        """Keep what became of a mail that nobody can have decided about."""
        async with self._directory.transaction(entry.tenant) as connection:
            await _save(connection, entry)

    async def listed(self, query: EmailQuery) -> list[EmailEntry]:
        """Return the mails that a query asks for, the newest first."""
        before = None if query.before_ms is None else datetime.fromtimestamp(query.before_ms / 1000, UTC)
        async with self._directory.transaction(query.tenant) as connection:
            rows = QUERIES.list_emails(
                connection,
                outcome=query.outcome,
                traveller=query.traveller,
                before=before,
                before_message=query.before_message,
                rows=query.rows,
            )
            return [EmailEntry.model_validate_json(row["entry"]) async for row in rows]

    async def place(self, *, tenant: str, mailbox: str) -> MailboxPlace | None:
        """Return how far a mailbox was read."""
        async with self._directory.transaction(tenant) as connection:
            row = await QUERIES.find_mailbox(connection, mailbox=mailbox)
        return None if row is None else MailboxPlace(**dict(row))

    async def save_place(self, place: MailboxPlace, *, tenant: str, mailbox: str) -> None:
        """Keep how far a mailbox was read."""
        async with self._directory.transaction(tenant) as connection:
            await QUERIES.save_mailbox(connection, mailbox=mailbox, tenant=tenant, **place._asdict())


async def _supporters(connection: Any, records: frozenset[str]) -> frozenset[tuple[str, str]]:  # noqa: ANN401 - as above
    if not records:
        return frozenset()
    rows = QUERIES.find_supporters(connection, records=sorted(records))
    return frozenset([(row["record"], row["message"]) async for row in rows])


def _others(supporters: frozenset[tuple[str, str]], *, message: str) -> frozenset[str]:
    return frozenset(record for record, by in supporters if by != message)


async def _save(connection: Any, entry: EmailEntry) -> None:  # noqa: ANN401 - asyncpg carries no types
    columns = entry.model_dump(
        include={
            "tenant", "message", "traveller", "proposed_traveller", "outcome", "reason", "why", "door",
            "sender", "subject",
        }
    )  # fmt: skip
    await QUERIES.save_email(connection, **columns, received=_moment(entry), entry=entry.encode().decode())


def _moment(entry: EmailEntry) -> datetime:
    return datetime.fromtimestamp(entry.received_ms / 1000, UTC)
