"""Writes messages and statements to Kafka, and returns only what the broker confirmed."""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from aiokafka.structs import RecordMetadata

from schemas.booking_record import OverrideStatement, SettingsStatement
from schemas.dead_letter import DeadLetter, DeadLetterDecision, header_texts
from schemas.identifiers import settings_key
from schemas.topics import BOOKINGS, DEAD_LETTERS, MAX_RAW_BYTES, RAW
from services.ingest.domain.statements import Draft, Receipt
from services.ingest.handlers import Unavailable
from services.ingest.raw import RawMessage, written
from services.platform import metrics, tracing
from services.platform.kafka import client_arguments, partition_for, partition_of
from services.platform.log_ends import LogEnds
from services.platform.positions import Position
from services.platform.settings import KafkaSettings, TopicSettings

log = structlog.get_logger()

_CHECK_SECONDS = 2.0
_HEADERS_BYTES = 64 * 1024
"""Room beside the largest body that `raw.v1` takes."""

Headers = list[tuple[str, bytes]]


class KafkaLog:
    """One idempotent producer, shared by everything in the process that writes."""

    def __init__(self, kafka: KafkaSettings, *, topics: TopicSettings, confirm_seconds: float) -> None:
        self._kafka = kafka
        self._partitions = topics.partitions
        self._epoch = topics.epoch
        self._confirm_seconds = confirm_seconds
        self._producer: AIOKafkaProducer | None = None
        self._ends = LogEnds(client_arguments(kafka))
        self._starting = asyncio.Lock()

    async def start(self) -> None:
        """Connect.

        Raises:
            KafkaError: where the broker does not answer.
        """
        async with self._starting:
            if self._producer is None:
                self._producer = await self._started()

    async def stop(self) -> None:
        """Send what is waiting, as far as the broker takes it in time, and disconnect."""
        if self._producer is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._producer.stop(), self._confirm_seconds)
            self._producer = None
        await self._ends.close()

    async def check(self) -> None:
        """Ask the brokers for a sign of life.

        Raises:
            Unavailable: where none comes.
        """
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                producer = await self._usable()
                await producer.client.fetch_all_metadata()
        except (KafkaError, TimeoutError) as trouble:
            raise Unavailable("Kafka does not answer") from trouble

    async def keep_raw(self, raw: RawMessage) -> Receipt:
        """Keep a message exactly as it came; the receipt carries the broker's append time."""
        partition = partition_of(raw.message.encode(), partitions=self._partitions)
        (confirmed,) = await self._confirmed(
            [(RAW.name, partition, raw.message, raw.body, [*written(raw.headers), *tracing.carried()])]
        )
        return Receipt(confirmed.timestamp or 0, confirmed.partition, confirmed.offset)

    async def append(self, statements: Sequence[Draft]) -> Position:
        """Append statements in their order, each to its traveller's partition."""
        trace = tracing.carried()
        records = [
            (BOOKINGS.name, self._partition(statement), statement.record, statement.encode(), trace)
            for statement in statements
        ]
        offsets: dict[int, int] = {}
        for confirmed in await self._confirmed(records):
            offsets[confirmed.partition] = max(confirmed.offset, offsets.get(confirmed.partition, 0))
        for statement in statements:
            source = "manual" if isinstance(statement, OverrideStatement) else statement.owner.source
            metrics.STATEMENTS.add(source=source)
        return Position(epoch=self._epoch, offsets=offsets)

    async def end_for(self, *, tenant: str, traveller: str) -> Position | None:
        """Return the position of the last message of a traveller's partition."""
        partition = partition_for(tenant=tenant, traveller=traveller, partitions=self._partitions)
        try:
            async with asyncio.timeout(self._confirm_seconds):
                end = (await self._ends.of([partition]))[partition]
        except (KafkaError, TimeoutError) as trouble:
            log.warning("log_ends.unknown", error=type(trouble).__name__)
            raise Unavailable("Kafka does not answer") from trouble
        return Position(epoch=self._epoch, offsets={partition: end - 1}) if end else None

    async def say_to_all(self, statement: SettingsStatement) -> Position:
        """Append a tenant's settings to every partition, for each keeps its own copy."""
        value = statement.encode()
        records = [
            (
                BOOKINGS.name,
                number,
                settings_key(tenant=statement.tenant, partition=number),
                value,
                list[Any](),
            )
            for number in range(self._partitions)
        ]
        confirmed = await self._confirmed(records)
        return Position(epoch=self._epoch, offsets={one.partition: one.offset for one in confirmed})

    async def bury(self, letter: DeadLetter, *, body: bytes, headers: Sequence[tuple[str, bytes]]) -> None:
        """Write a dead letter: the original bytes, and in its headers `letter` and the original headers."""
        headers = header_texts(letter, original=headers)
        partition = partition_of(letter.message.encode(), partitions=self._partitions)
        await self._confirmed([(DEAD_LETTERS.name, partition, letter.message, body, headers)])
        metrics.DEAD_LETTERS.add(reason=letter.reason)

    async def append_again(self, *, partition: int, key: str, value: bytes) -> None:
        """Append to `bookings.v1` what had been a dead letter there, as it was."""
        await self._confirmed([(BOOKINGS.name, partition, key, value, [])])

    async def decide(self, decision: DeadLetterDecision, *, partition: int) -> None:
        """Write beside a dead letter what was decided about it."""
        await self._confirmed([(DEAD_LETTERS.name, partition, decision.message, b"", header_texts(decision))])

    async def _confirmed(
        self, records: Sequence[tuple[str, int, str, bytes, Headers]]
    ) -> list[RecordMetadata]:
        """Send records and wait until every one is confirmed by all replicas in sync.

        A record that times out here stays with the producer, which goes on trying: the sender hears
        no, sends again, and the same statement twice changes nothing.
        """
        try:
            async with asyncio.timeout(self._confirm_seconds):
                producer = await self._usable()
                waiting = [
                    await producer.send(topic, value, key=key.encode(), partition=partition, headers=headers)
                    for topic, partition, key, value, headers in records
                ]
                return list(await asyncio.shield(asyncio.gather(*waiting)))
        except MessageSizeTooLargeError:
            raise
        except (KafkaError, TimeoutError) as trouble:
            log.warning("records.unconfirmed", error=type(trouble).__name__, records=len(records))
            raise Unavailable("Kafka did not confirm in time") from trouble

    async def _usable(self) -> AIOKafkaProducer:
        """Return the producer; one whose sender has ended for good is replaced."""
        async with self._starting:
            if self._producer is not None and self._has_ended(self._producer):
                with suppress(KafkaError):
                    await self._producer.stop()
                self._producer = None
            if self._producer is None:
                self._producer = await self._started()
            return self._producer

    @staticmethod
    def _has_ended(producer: AIOKafkaProducer) -> bool:
        task = producer._sender.sender_task  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - aiokafka tells nowhere else
        return task is not None and task.done()

    async def _started(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            **client_arguments(self._kafka),
            acks="all",
            enable_idempotence=True,
            max_request_size=MAX_RAW_BYTES + _HEADERS_BYTES,
            request_timeout_ms=int(self._confirm_seconds * 1000),
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        return producer

    def _partition(self, statement: Draft) -> int:
        return partition_for(
            tenant=statement.tenant, traveller=statement.traveller, partitions=self._partitions
        )
