"""Forgets a traveller: the command on the log, the directory's tombstone, and PostgreSQL at once.

In this order, so that a crash in between leaves the traveller findable and the command can be given again:
the log first, which every later statement has to pass; the ledger and what people entered last.
"""

# asyncpg and aiokafka carry no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import orjson
from aiokafka import AIOKafkaProducer, TopicPartition

from schemas.booking_record import EraseStatement
from schemas.identifiers import erase_message_id, normal_code, traveller_id
from schemas.topics import BOOKINGS, RECORDS, TRAVELLERS
from services.ingest.erased_deeds import Deeds, deeds_of, forget_names, forget_names_shown, said_by_nobody
from services.ingest.postgres import QUERIES
from services.platform import faults
from services.platform.awaiting import CannotStart
from services.platform.kafka import client_arguments, partition_for
from services.platform.reading import end_offsets, open_reader, read_stretch
from services.platform.settings import KafkaSettings, PostgresSettings, TopicSettings
from services.platform.sql_files import statements_of

_SQL: Any = statements_of(Path(__file__).with_name("erasure.sql"))
_LOOK_SECONDS = 0.1
_PROJECTED_SECONDS = 60.0


class Whom(NamedTuple):
    """The traveller who is to be forgotten."""

    tenant: str
    traveller: str
    was_erased: bool
    """Whether the ledger names them already; erasing again repairs an erasure that was broken off."""

    def named(self) -> dict[str, str]:
        """Return who it is, as statements ask for it."""
        return {"tenant": self.tenant, "traveller": self.traveller}


class Erasing:
    """Works through one connection of the owner of the tables."""

    def __init__(self, connection: Any, *, kafka: KafkaSettings, topics: TopicSettings) -> None:  # noqa: ANN401 - asyncpg carries no types
        self._connection = connection
        self._kafka = kafka
        self._topics = topics

    async def find(self, login: str, *, tenant: str) -> Whom:
        """Return whose login it is, or was; see `find_whom`."""
        return await find_whom(self._connection, login, tenant=tenant)

    async def find_on_log(self) -> list[Whom]:
        """Return whom `records.v1` says was erased: what a restored backup may know nothing of.

        Raises:
            KafkaError: trouble with the broker.
        """
        found: dict[Whom, None] = {}
        async with open_reader(self._kafka) as reader:
            places = [TopicPartition(RECORDS.name, number) for number in range(self._topics.partitions)]
            for place, end in (await end_offsets(reader, places)).items():
                async for chunk in read_stretch(reader, place, start=0, end=end):
                    records = (orjson.loads(entry.value) for entry in chunk if entry.value is not None)
                    for record in records:
                        if record["kind"] == "erasure":
                            found[Whom(record["tenant"], record["traveller"], was_erased=True)] = None
        return list(found)

    async def erase(self, whom: Whom, *, login: str | None = None) -> None:
        """Forget them; doing it again changes nothing.

        Args:
            whom: the traveller.
            login: by which they were named, if they were.

        Raises:
            CannotStart: the erasure is on its way, but consolidator or projector do not get on.
            KafkaError, OSError, asyncpg.PostgresError: trouble; to be repeated.
        """
        deeds = await deeds_of(self._connection, **whom.named(), login=login)
        said = await self._say(whom, deeds)
        faults.point("erase.said")
        await self._forget_own(whom, deeds)
        faults.point("erase.forgotten")
        for partition, offset in said.items():
            await self._until_projected(partition, offset)
        faults.point("erase.projected")
        await self._forget_shown(whom, deeds)

    async def _say(self, whom: Whom, deeds: Deeds) -> dict[int, int]:
        """Say it on the log, and return of each partition the last offset."""
        partition = partition_for(
            tenant=whom.tenant, traveller=whom.traveller, partitions=self._topics.partitions
        )
        message = erase_message_id(tenant=whom.tenant, traveller=whom.traveller)
        statement = EraseStatement(tenant=whom.tenant, traveller=whom.traveller, message=message)
        key = whom.traveller.encode()
        words = await said_by_nobody(deeds, kafka=self._kafka, partitions=self._topics.partitions)
        said: dict[int, int] = {}
        producer = AIOKafkaProducer(**client_arguments(self._kafka), acks="all", enable_idempotence=True)
        try:
            await producer.start()
            for home, word in words:
                place = await producer.send_and_wait(
                    BOOKINGS.name, word.encode(), key=word.record.encode(), partition=home
                )
                said[home] = place.offset
            place = await producer.send_and_wait(
                BOOKINGS.name, statement.encode(), key=key, partition=partition
            )
            said[partition] = place.offset
            await producer.send_and_wait(TRAVELLERS.name, None, key=key)
        finally:
            await producer.stop()
        return said

    async def _forget_own(self, whom: Whom, deeds: Deeds) -> None:
        concerned = whom.named()
        async with self._connection.transaction():
            await QUERIES.set_tenant(self._connection, tenant=whom.tenant)
            await QUERIES.enrol_tenant(self._connection, tenant=whom.tenant)
            await _SQL.note_erasure(self._connection, **concerned)
            await _SQL.note_mails(self._connection, **concerned)
            await _SQL.drop_old_mails(self._connection)
            await _SQL.forget_mails(self._connection, **concerned)
            await _SQL.forget_overrides(self._connection, **concerned)
            await forget_names(self._connection, deeds)
            await _SQL.forget_answers(self._connection, tenant=whom.tenant)
            await _SQL.forget_traveller(self._connection, **concerned)
            await self._forget_read(whom, deeds)

    async def _forget_shown(self, whom: Whom, deeds: Deeds) -> None:
        """Forget what was under way when the erasure began, and see that the projector has."""
        concerned = whom.named()
        async with self._connection.transaction():
            await QUERIES.set_tenant(self._connection, tenant=whom.tenant)
            await self._forget_read(whom, deeds)
            if left := await _SQL.count_shown(self._connection, **concerned):
                raise CannotStart(f"{left} rows of the read model still tell of the traveller: erase again.")

    async def _forget_read(self, whom: Whom, deeds: Deeds) -> None:
        concerned = whom.named()
        await _SQL.as_query(self._connection)
        await _SQL.forget_deliveries(self._connection, **concerned)
        await _SQL.as_projector(self._connection)
        await _SQL.forget_outcomes(self._connection, **concerned)
        await _SQL.forget_left_answers(self._connection, **concerned)
        has_aside = await _SQL.has_aside(self._connection)
        if has_aside:
            await _SQL.forget_aside(self._connection, **concerned)
        await forget_names_shown(self._connection, deeds, everywhere=whom.was_erased, has_aside=has_aside)

    async def _until_projected(self, partition: int, offset: int) -> None:
        clock = asyncio.get_running_loop().time
        deadline = clock() + _PROJECTED_SECONDS
        while True:
            row = await _SQL.find_progress(self._connection, partition=partition)
            if row is not None and (row["epoch"], row["done_offset"]) >= (self._topics.epoch, offset):
                return
            if clock() > deadline:
                raise CannotStart(
                    "The erasure is on the log and in the ledger, but is not done: do a consolidator and a "
                    "projector run? It happens when they do; erase again to see that it did."
                )
            await asyncio.sleep(_LOOK_SECONDS)


async def find_whom(connection: Any, login: str, *, tenant: str) -> Whom:  # noqa: ANN401 - as above
    """Return whose login it is, or was.

    Raises:
        CannotStart: neither the directory nor the ledger knows it.
    """
    async with connection.transaction():
        await QUERIES.set_tenant(connection, tenant=tenant)
        known = await QUERIES.find_enrolled(connection, tenant=tenant, login=normal_code(login))
        traveller = traveller_id(tenant=tenant, login=login) if known is None else known["traveller"]
        erased: bool = await _SQL.find_erased(connection, tenant=tenant, traveller=traveller)
    if known is None and not erased:
        raise CannotStart(f"The directory of {tenant} knows no such login, and nobody of it was erased.")
    return Whom(tenant, traveller, erased)


@asynccontextmanager
async def open_erasing(
    postgres: PostgresSettings, *, kafka: KafkaSettings, topics: TopicSettings
) -> AsyncGenerator[Erasing]:
    """Connect as the owner of the tables.

    Raises:
        OSError, asyncpg.PostgresError: the database cannot be reached.
    """
    connection = await asyncpg.connect(postgres.database_url.get_secret_value(), timeout=10)
    try:
        yield Erasing(connection, kafka=kafka, topics=topics)
    finally:
        await connection.close()
