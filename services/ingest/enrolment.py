"""Enters travellers and senders into the directory: for the embedded system, where nobody else does.

Connects as the owner of the database, because the role of the ingest processes may only read.
"""

# asyncpg and aiokafka carry no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from typing import Any, NamedTuple

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.directory import Sender, TravellerEntry
from schemas.identifiers import normal_code, traveller_id
from schemas.topics import TRAVELLERS
from services.ingest.postgres import QUERIES, sender_fields
from services.platform.awaiting import CannotStart
from services.platform.kafka import client_arguments
from services.platform.postgres import TROUBLE
from services.platform.settings import KafkaSettings, PostgresSettings

ADMIN_ROLE = "travel_admin"


class MailGiven(NamedTuple):
    """Of which addresses travellers are given: secrets of so many bits that nobody guesses one."""

    domain: str
    secret: str


class Enrolled(NamedTuple):
    """A traveller as the directory has them now."""

    traveller: str
    is_admin: bool
    mail_addresses: tuple[str, ...] = ()
    """Where to send mail to: the traveller's own address, then the company's."""


class Enrolment:
    """What to enter: a tenant, one of its travellers, and a sender where one is meant."""

    def __init__(
        self,
        *,
        tenant: str,
        login: str,
        is_admin: bool,
        sender: Sender | None = None,
        mail: MailGiven | None = None,
    ) -> None:
        self._tenant = tenant
        self._login = normal_code(login)
        self._roles = [ADMIN_ROLE] if is_admin else []
        self._sender = sender
        self._mail = mail

    async def enter(self, postgres: PostgresSettings, *, kafka: KafkaSettings) -> Enrolled:
        """Enter it; what is there already stays.

        Raises:
            CannotStart: where database or broker do not answer, or refuse; the text says which and why.
        """
        try:
            connection = await asyncpg.connect(postgres.database_url.get_secret_value(), timeout=10)
        except TROUBLE as trouble:
            raise CannotStart(f"PostgreSQL does not answer: {type(trouble).__name__}") from trouble
        try:
            async with connection.transaction():
                return await self._entered(connection, kafka=kafka)
        except asyncpg.CheckViolationError as wrong:
            raise CannotStart(f"The directory refuses this: {wrong}") from wrong
        except TROUBLE as trouble:
            raise CannotStart(f"PostgreSQL refuses this: {trouble}") from trouble
        finally:
            await connection.close()

    async def _entered(self, connection: Any, *, kafka: KafkaSettings) -> Enrolled:  # noqa: ANN401 - asyncpg carries no types
        await QUERIES.set_tenant(connection, tenant=self._tenant)
        await QUERIES.enrol_tenant(connection, tenant=self._tenant)
        known = await QUERIES.find_enrolled(connection, tenant=self._tenant, login=self._login)
        traveller: str = (
            traveller_id(tenant=self._tenant, login=self._login) if known is None else known["traveller"]
        )
        await QUERIES.enrol_traveller(connection, tenant=self._tenant, traveller=traveller, roles=self._roles)
        await QUERIES.enrol_login(connection, tenant=self._tenant, login=self._login, traveller=traveller)
        if self._sender is not None:
            await _enter_sender(connection, sender=self._sender)
        verified = (self._login,) if "@" in self._login else ()
        for address in verified:
            await QUERIES.enrol_address(connection, tenant=self._tenant, address=address, traveller=traveller)
        if known is None:
            # Before the commit: a traveller on the topic whom the directory lacks harms nobody.
            entry = TravellerEntry(
                tenant=self._tenant,
                traveller=traveller,
                logins=(self._login,),
                verified_addresses=verified,
            )
            await _publish(entry, kafka=kafka)
        roles = {*self._roles, *([] if known is None else known["roles"])}
        addresses = await self._mail_addresses(connection, traveller=traveller)
        return Enrolled(traveller, is_admin=ADMIN_ROLE in roles, mail_addresses=addresses)

    async def _mail_addresses(self, connection: Any, *, traveller: str) -> tuple[str, ...]:  # noqa: ANN401 - as above
        """Give what is missing of an address of the traveller's own and one of the company."""
        rows = [row async for row in QUERIES.find_mail_addresses_of(connection, traveller=traveller)]
        if self._mail is not None:
            wanted = ((traveller, f"{self._tenant}+{self._mail.secret}"), (None, self._tenant))
            for owner, local in wanted:
                if any(row["secret"] == (owner is not None) for row in rows):
                    continue
                await QUERIES.enrol_mail_address(
                    connection, tenant=self._tenant, address=f"{local}@{self._mail.domain}", traveller=owner
                )
            rows = [row async for row in QUERIES.find_mail_addresses_of(connection, traveller=traveller)]
        return tuple(row["address"] for row in rows)


class Enrollee(NamedTuple):
    """Somebody whom the directory knows."""

    tenant: str
    login: str
    is_admin: bool


async def enrolled(postgres: PostgresSettings) -> list[Enrollee]:
    """Return whom the directory knows, of all tenants; for the embedded issuer, which signs for anybody.

    Raises:
        CannotStart: where the database does not answer.
    """
    try:
        connection = await asyncpg.connect(postgres.database_url.get_secret_value(), timeout=10)
        try:
            return [Enrollee(**row) async for row in QUERIES.list_enrolled(connection)]
        finally:
            await connection.close()
    except TROUBLE as trouble:
        raise CannotStart(f"PostgreSQL does not answer: {type(trouble).__name__}") from trouble


async def _enter_sender(connection: Any, *, sender: Sender) -> None:  # noqa: ANN401 - asyncpg carries no types
    await QUERIES.enrol_sender(connection, **sender_fields(sender))


async def _publish(entry: TravellerEntry, *, kafka: KafkaSettings) -> None:
    producer = AIOKafkaProducer(**client_arguments(kafka), acks="all", enable_idempotence=True)
    try:
        await producer.start()
        await producer.send_and_wait(TRAVELLERS.name, entry.encode(), key=entry.traveller.encode())
    except KafkaError as trouble:
        raise CannotStart(f"Kafka does not answer: {type(trouble).__name__}") from trouble
    finally:
        await producer.stop()
