"""The query service as tests run it: its app, projectors, and a stand-in for the consolidator's output."""

# ruff: noqa: TID251 - a composition root, like __main__

import asyncio
import itertools
import secrets
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from aiokafka import AIOKafkaProducer

from schemas.base import Model
from schemas.booking_record import ReconsolidateStatement
from schemas.topics import BOOKINGS, TRIPS
from schemas.trip import ProgressMarker
from services.platform.issuer import EmbeddedIssuer, embedded_issuer
from services.platform.kafka import client_arguments, partition_for
from services.platform.positions import Position, encode_position
from services.platform.principals import Principal, PrincipalKind
from services.platform.settings import KafkaSettings, PostgresSettings, TokenSettings, TopicSettings
from services.query.postgres import PROJECTOR_ROLE, open_pool
from services.query.projector import Projector
from services.query.serving import QuerySetup, open_serving, query_app
from services.query.settings import ProjectorSettings, QuerySettings, SignInSettings, WebhookSettings
from tests.support.query_trips import an_id
from tests.support.waiting import wait_until_async

NOW = datetime(2026, 5, 10, 12, tzinfo=UTC)
PARTITIONS = TopicSettings().partitions

_EPOCHS = itertools.count(int(time.time()))
"""Every generation of a test is above those that other tests left progress of."""


class QueryUnderTest:
    """One tenant of its own, what is written for it, and how its people read it."""

    def __init__(self, *, kafka: KafkaSettings, postgres: PostgresSettings, issuer: EmbeddedIssuer) -> None:
        self.kafka = kafka
        self.postgres = postgres
        self.issuer = issuer
        self.tenant = f"t{uuid.uuid4().hex[:12]}"
        self.epoch = next(_EPOCHS)
        self.group = f"test-{uuid.uuid4().hex}"

    def on(self, postgres: PostgresSettings) -> "QueryUnderTest":
        """Return the same tenant, with the same consumer group, on another database."""
        other = QueryUnderTest(kafka=self.kafka, postgres=postgres, issuer=self.issuer)
        other.tenant, other.epoch, other.group = self.tenant, self.epoch, self.group
        return other

    def partition(self, traveller: str = "maria", *, tenant: str | None = None) -> int:
        """Return the partition of a traveller, named as in `query_trips`."""
        return partition_for(tenant=tenant or self.tenant, traveller=an_id(traveller), partitions=PARTITIONS)

    async def write(
        self,
        *values: Model | bytes,
        traveller: str = "maria",
        committed: bool | None = None,
        appended_ms: int | None = None,
    ) -> None:
        """Put values on trips.v1: plainly, or in a transaction that is committed or aborted."""
        transaction = None if committed is None else f"test-{uuid.uuid4().hex}"
        producer = AIOKafkaProducer(**client_arguments(self.kafka), transactional_id=transaction)
        await producer.start()
        try:
            if committed is not None:
                await producer.begin_transaction()
            for value in values:
                record = self._record(value, traveller=traveller)
                await producer.send_and_wait(TRIPS.name, **record, timestamp_ms=appended_ms)
            if committed is not None:
                await (producer.commit_transaction() if committed else producer.abort_transaction())
        finally:
            await producer.stop()

    def _record(self, value: Model | bytes, *, traveller: str) -> dict[str, Any]:
        partition = value.partition if isinstance(value, ProgressMarker) else self.partition(traveller)
        key = str(getattr(value, "id", "key")).encode()
        return {
            "value": value.encode() if isinstance(value, Model) else value,
            "key": key,
            "partition": partition,
        }

    async def append_booking(self, traveller: str = "maria") -> int:
        """Put something harmless on bookings.v1 and return its offset, for positions that exist."""
        statement = ReconsolidateStatement(
            tenant=self.tenant, traveller=an_id(traveller), message=an_id("any")
        )
        producer = AIOKafkaProducer(**client_arguments(self.kafka))
        await producer.start()
        try:
            sent = await producer.send_and_wait(
                BOOKINGS.name, statement.encode(), key=b"any", partition=self.partition(traveller)
            )
        finally:
            await producer.stop()
        return int(sent.offset)

    def position(self, offset: int, *, traveller: str = "maria") -> str:
        """Return the token for an offset on a traveller's partition."""
        return encode_position(Position(epoch=self.epoch, offsets={self.partition(traveller): offset}))

    @asynccontextmanager
    async def projector(self, **settings: Any) -> AsyncGenerator[Projector]:
        """Run a projector for the length of the block."""
        pool = await open_pool(self.postgres, role=PROJECTOR_ROLE, connections=2)
        projector = Projector(
            kafka=self.kafka,
            pool=pool,
            settings=ProjectorSettings(**{"group": self.group} | settings),
            moved=lambda: None,
        )
        stop = asyncio.Event()
        running = asyncio.create_task(projector.run(stop))
        try:
            yield projector
        finally:
            stop.set()
            try:
                await running
            finally:
                await pool.close()

    @asynccontextmanager
    async def client(
        self,
        *,
        webhooks: WebhookSettings | None = None,
        sign_in: SignInSettings | None = None,
        now: Callable[[], datetime] = lambda: NOW,
        **settings: Any,
    ) -> AsyncGenerator[httpx.AsyncClient]:
        """Run the app for the length of the block, and give a client without any token."""
        setup = QuerySetup(
            sign_in=sign_in or SignInSettings(),
            kafka=self.kafka,
            postgres=self.postgres,
            topics=TopicSettings(epoch=self.epoch),
            webhooks=webhooks or WebhookSettings(),
            tokens=TokenSettings(
                issuer=self.issuer.issuer, audience=self.issuer.audience, jwks_url=self.issuer.jwks_url
            ),
            query=QuerySettings(public_url="https://trips.example", **settings),
            now=now,
            new_id=lambda: str(uuid.uuid4()),
            new_secret=lambda: secrets.token_urlsafe(32),
        )
        async with open_serving(setup) as serving:
            transport = httpx.ASGITransport(query_app(setup, serving=serving))
            async with httpx.AsyncClient(transport=transport, base_url="https://trips.example") as client:
                yield client

    def token(
        self, kind: PrincipalKind = "traveller", *, subject: str = "maria", **said: Any
    ) -> dict[str, str]:
        """Return the header of a token for somebody; a traveller's login is their name at acme.example."""
        principal = Principal(
            **{"tenant": self.tenant, "kind": kind, "subject": f"{subject}@acme.example", "client": "own"}
            | {"company_wide": kind == "admin"}
            | said
        )
        signed = self.issuer.sign(
            principal, token_id=str(uuid.uuid4()), issued_at=int(time.time()), lifetime_seconds=600
        )
        return {"Authorization": f"Bearer {signed}"}

    async def enrol(self, *travellers: str) -> None:
        """Enter travellers into the directory."""
        async with self.session() as session:
            await session.execute("INSERT INTO own.tenants VALUES ($1) ON CONFLICT DO NOTHING", self.tenant)
            for name in travellers:
                await session.execute(
                    "INSERT INTO own.travellers (tenant, traveller, first_name) VALUES ($1, $2, $3)",
                    self.tenant,
                    an_id(name),
                    name.title(),
                )
                await session.execute(
                    "INSERT INTO own.traveller_logins (tenant, login, traveller) VALUES ($1, $2, $3)",
                    self.tenant,
                    f"{name}@acme.example",
                    an_id(name),
                )

    async def enrol_sender(self, *, client: str, party: str) -> None:
        """Enter a supplier into the table of senders."""
        async with self.session() as session:
            await session.execute(
                "INSERT INTO own.senders (tenant, client, party, source) VALUES ($1, $2, $3, 'supplier')",
                self.tenant,
                client,
                party,
            )

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[Any]:
        """Give a connection that row-level security does not bind."""
        connection = await asyncpg.connect(self.postgres.database_url.get_secret_value())
        try:
            yield connection
        finally:
            await connection.close()

    async def rows(self, sql: str, *arguments: object) -> Sequence[Any]:
        """Return rows as the database's owner sees them."""
        async with self.session() as session:
            return list(await session.fetch(sql, *arguments))

    async def stored(self, name: str) -> Any:
        """Return the row of a trip id, None where there is none."""
        found = await self.rows(
            "SELECT * FROM read.trips WHERE tenant = $1 AND id = $2", self.tenant, an_id(name)
        )
        return found[0] if found else None

    async def until_stored(
        self, name: str, *, offset: int | None = None, deadline_seconds: float = 20
    ) -> Any:
        """Wait until a trip id has a row, of this version where one is named."""

        async def look() -> Any:
            row = await self.stored(name)
            return row if row is not None and offset in (None, row["version_offset"]) else None

        return await wait_until_async(
            look, what=f"the row of {name} at {offset}", deadline_seconds=deadline_seconds
        )


def query_under_test(*, kafka: KafkaSettings, postgres: PostgresSettings, folder: Path) -> QueryUnderTest:
    """Return a tenant of the test's own, with an issuer whose keys stand in the folder."""
    return QueryUnderTest(kafka=kafka, postgres=postgres, issuer=embedded_issuer(folder))


async def has_stopped(projector: Any) -> bool:
    """Say whether a projector has ended."""
    return bool(projector._consumer._closed)  # noqa: SLF001 - nothing else tells
