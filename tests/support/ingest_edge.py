"""Ingest as a whole for tests: the real application on real Kafka and PostgreSQL, and what it wrote."""

# ruff: noqa: TID251 - a composition root, like __main__

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.directory import Sender
from schemas.topics import BOOKINGS, RAW
from services.ingest.dead_letters import DeadLetters
from services.ingest.dead_letters_http import DeadLetterDesk, dead_letters_router
from services.ingest.edge import Edge
from services.ingest.enrolment import Enrolled, Enrolment, MailGiven
from services.ingest.feeds import Feeds
from services.ingest.handlers import Ingest
from services.ingest.http import Answering, create_app, create_router
from services.ingest.kafka import KafkaLog
from services.ingest.mails import Readers
from services.ingest.overrides import PeoplesWord
from services.ingest.overriding import Overriding
from services.ingest.peoples_word import PostgresNotes
from services.ingest.postgres import PostgresDirectory, open_directory
from services.ingest.query_service import QueryService
from services.ingest.roles.http import mail_routes
from services.ingest.settings_http import SettingsDesk
from services.ingest.settings_postgres import PostgresRegister
from services.ingest.tenant_settings import Deciding
from services.ingest.tripit_connections import TripItConnections
from services.platform.backing import Backing
from services.platform.issuer import EmbeddedIssuer, embedded_issuer
from services.platform.jwks import KeySet
from services.platform.kafka import client_arguments
from services.platform.kept_answers import PostgresKeys
from services.platform.once import Once
from services.platform.principals import Principal
from services.platform.settings import TopicSettings
from services.platform.tokens import TokenVerifier
from tests.support.readings import ToldReaders, booked

CHRIS = "chris.moser@acme.example"
DANA = "dana@acme.example"
OWN_READS_SECRET = "known to ingest and query"


class Written(NamedTuple):
    """A record as it stands on a topic."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: str
    value: bytes
    headers: Mapping[str, str]


class IngestUnderTest:
    """The application, tokens for it, and the log behind it. The tenant is this instance's own."""

    def __init__(
        self, backing: Backing, *, issuer: EmbeddedIssuer, directory: PostgresDirectory, log: KafkaLog
    ) -> None:
        self.backing = backing
        self.tenant = f"t{uuid.uuid4().hex[:12]}"
        self.issuer = issuer
        self.directory = directory
        self.log = log

    def client(
        self,
        *,
        query: httpx.AsyncBaseTransport | None = None,
        log: KafkaLog | None = None,
        readers: Readers | None = None,
        tripit: TripItConnections | None = None,
    ) -> httpx.AsyncClient:
        """Return a client of the application; without `query` no query service answers."""
        behind = httpx.AsyncClient(transport=query, base_url="http://127.0.0.1:9")
        verifier = TokenVerifier(
            issuer=self.issuer.issuer, audience=self.issuer.audience, keys=KeySet(self.issuer.jwks_url)
        )
        log = log or self.log
        trips = QueryService(behind, wait_seconds=5, own_reads_secret=OWN_READS_SECRET)
        edge = Edge(new_id=lambda: str(uuid.uuid4()), now=lambda: datetime(2026, 5, 1, tzinfo=UTC))
        notes = PostgresNotes(self.directory)
        overriding = Overriding(directory=self.directory, log=log, trips=trips, notes=notes)
        answering = Answering(
            ingest=Ingest(directory=self.directory, log=log),
            query=trips,
            word=PeoplesWord(overriding, once=Once(PostgresKeys(self.directory.transaction)), edge=edge),
            settings=SettingsDesk(
                Deciding(register=PostgresRegister(self.directory), log=log, now=edge.now), edge
            ),
            edge=edge,
            emails=mail_routes(self.directory, messages=log, pool=readers or ToldReaders(booked), edge=edge),
            dead_letters=dead_letters_router(self._dead_letter_desk(log)),
            tripit=tripit,
        )
        router = create_router(answering, verifier=verifier)
        transport = httpx.ASGITransport(create_app(router, check=self.directory.check))
        return httpx.AsyncClient(transport=transport, base_url="http://ingest")

    def _dead_letter_desk(self, log: KafkaLog) -> DeadLetterDesk:
        kafka, feeds = self.backing.kafka_settings, Feeds(directory=self.directory, log=log)
        return DeadLetterDesk(kafka=kafka, letters=DeadLetters(kafka=kafka, log=log, feeds=feeds))

    async def enrol(self, login: str = CHRIS, *, admin: bool = False, sender: Sender | None = None) -> str:
        """Enter a traveller, and a sender, and return the traveller's id."""
        return (await self.enrolled(login, admin=admin, sender=sender)).traveller

    async def enrolled(
        self, login: str = CHRIS, *, admin: bool = False, sender: Sender | None = None
    ) -> Enrolled:
        """Enter a traveller with addresses for mail, and a sender."""
        mail = MailGiven("mail.localhost", uuid.uuid4().hex)
        enrolment = Enrolment(tenant=self.tenant, login=login, is_admin=admin, sender=sender, mail=mail)
        return await enrolment.enter(self.backing.postgres_settings, kafka=self.backing.kafka_settings)

    def sender(self, client: str, **fields: Any) -> Sender:
        """Return a row of the table of senders."""
        return Sender(tenant=self.tenant, client=client, party=fields.pop("party", client), **fields)

    def bearer(
        self, kind: Any = "traveller", *, login: str = CHRIS, client: str = "itinerary", **fields: Any
    ) -> dict[str, str]:
        """Return the header of a request by a principal."""
        principal = Principal(
            tenant=fields.pop("tenant", self.tenant), kind=kind, subject=login, client=client, **fields
        )
        token = self.issuer.sign(
            principal, token_id=uuid.uuid4().hex, issued_at=int(time.time()), lifetime_seconds=600
        )
        return {"Authorization": f"Bearer {token}"}

    async def written(self, *topics: str) -> list[Written]:
        """Return what stands on the topics for this tenant (all dead letters), in order of append."""
        async with _reader(self.backing) as reader:
            partitions = [
                TopicPartition(topic, partition)
                for topic in topics or (RAW.name, BOOKINGS.name)
                for partition in range(TopicSettings().partitions)
            ]
            reader.assign(partitions)
            ends = await reader.end_offsets(partitions)
            found: list[Written] = []
            async with asyncio.timeout(20):
                while any([await reader.position(tp) < end for tp, end in ends.items()]):
                    for records in (await reader.getmany(timeout_ms=200)).values():
                        found += [_written(record) for record in records]
        return [record for record in found if self._is_ours(record)]

    def _is_ours(self, record: Written) -> bool:
        return self.tenant.encode() in record.value or record.headers.get("tenant") == self.tenant


def _written(record: Any) -> Written:
    headers = {name: value.decode() for name, value in record.headers}
    return Written(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key.decode(),
        record.value,
        headers,
    )


@asynccontextmanager
async def _reader(backing: Backing) -> AsyncGenerator[AIOKafkaConsumer]:
    reader = AIOKafkaConsumer(
        **client_arguments(backing.kafka_settings), auto_offset_reset="earliest", fetch_max_wait_ms=20
    )
    await reader.start()
    try:
        yield reader
    finally:
        await reader.stop()


@asynccontextmanager
async def ingest_under_test(backing: Backing, *, folder: Path) -> AsyncGenerator[IngestUnderTest]:
    """Open directory and log; close both at the end."""
    async with AsyncExitStack() as stack:
        directory = await stack.enter_async_context(open_directory(backing.postgres_settings))
        log = KafkaLog(backing.kafka_settings, topics=TopicSettings(), confirm_seconds=10)
        await log.start()
        stack.push_async_callback(log.stop)
        yield IngestUnderTest(backing, issuer=embedded_issuer(folder), directory=directory, log=log)


async def rows(backing: Backing, statement: str, *values: Any) -> list[Any]:
    """Run a statement as the owner of the database."""
    connection = await asyncpg.connect(backing.database_url)
    try:
        return await connection.fetch(statement, *values)
    finally:
        await connection.close()
