"""`bookings.v1` in tests: travellers of one test's own, what they post, and what their trips must come to."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.base import canonical_json
from schemas.booking_record import BookingStatement, Source
from schemas.identifiers import progress_key, record_key, traveller_id
from schemas.settings import TenantSettings
from schemas.topics import BOOKINGS, DEAD_LETTERS, RECORDS, TRIPS
from schemas.trip import ProgressMarker, decode_trips_value
from services.consolidator.domain.consolidate import expected_trips, step
from services.consolidator.domain.inputs import Input
from services.consolidator.domain.state import TravellerState
from services.platform.kafka import client_arguments, partition_for
from services.platform.reading import end_offsets, read_stretch
from services.platform.settings import KafkaSettings, TopicSettings
from tests.support.statements import booking, stay
from tests.support.waiting import wait_until_async

PARTITIONS = TopicSettings().partitions


def own_tenant() -> str:
    return f"t{secrets.token_hex(6)}"


def hotel_booking(
    *,
    tenant: str,
    login: str,
    locator: str,
    day: int,
    at: int,
    source: Source = "tmc",
    nights: int = 2,
    year: int = 2027,
) -> BookingStatement:
    """A stay from a day of a year on; days are counted from 0, four to a booking at most."""
    month, of_month = divmod(day, 28)
    start, end = (
        f"{year}-{1 + month:02d}-{1 + of_month:02d}",
        f"{year}-{1 + month:02d}-{1 + of_month + nights:02d}",
    )
    traveller = traveller_id(tenant=tenant, login=login)
    statement = booking(source, locator, stay(f"Hotel {locator}", start, end, city="Bonn"), at=at)
    record = record_key(
        tenant=tenant,
        traveller=traveller,
        owner=statement.owner.party,
        booking_source=statement.booking_source,
        record_locator=locator,
    )
    return statement.model_copy(update={"tenant": tenant, "traveller": traveller, "record": record})


def home(statement: BookingStatement) -> int:
    return partition_for(tenant=statement.tenant, traveller=statement.traveller, partitions=PARTITIONS)


class Posted(NamedTuple):
    """A statement and where the broker put it."""

    statement: BookingStatement
    partition: int
    offset: int
    appended_ms: int


class BookingsLog:
    """Appends to `bookings.v1`, and reads what came of it."""

    def __init__(self, kafka: KafkaSettings, producer: AIOKafkaProducer, consumer: AIOKafkaConsumer) -> None:
        self.kafka = kafka
        self._producer = producer
        self._consumer = consumer
        self._starts: dict[TopicPartition, int] = {}
        self.posted: list[Posted] = []

    async def begin(self) -> None:
        """Leave out of every later reading what the topics hold already."""
        topics = (BOOKINGS.name, RECORDS.name, TRIPS.name, DEAD_LETTERS.name)
        places = [TopicPartition(topic, number) for topic in topics for number in range(PARTITIONS)]
        self._starts = await end_offsets(self._consumer, places)

    async def post(self, *statements: BookingStatement) -> None:
        sent = [
            await self._producer.send(
                BOOKINGS.name, statement.encode(), key=statement.record.encode(), partition=home(statement)
            )
            for statement in statements
        ]
        for statement, delivery in zip(statements, sent, strict=True):
            place = await delivery
            self.posted.append(Posted(statement, place.partition, place.offset, place.timestamp))

    async def post_bytes(self, value: bytes | None, *, partition: int) -> None:
        await self.write(BOOKINGS.name, "any", value, partition=partition)

    async def write(self, topic: str, key: str, value: bytes | None, *, partition: int) -> None:
        await self._producer.send_and_wait(topic, value, key=key.encode(), partition=partition)

    async def read(self, topic: str) -> list[tuple[bytes, Any]]:
        """Return the committed keys and values of a topic since `begin`, partition by partition."""
        places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        found: list[tuple[bytes, Any]] = []
        for place, end in (await end_offsets(self._consumer, places)).items():
            async for chunk in read_stretch(self._consumer, place, start=self._starts[place], end=end):
                found += [(entry.key or b"", entry.value) for entry in chunk]
        return found

    async def count(self, topic: str) -> int:
        """Return how many messages a topic holds in all."""
        places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        return sum((await end_offsets(self._consumer, places)).values())

    async def markers(self) -> dict[int, ProgressMarker]:
        """Return the last progress marker of each partition."""
        keys = {progress_key(topic=BOOKINGS.name, partition=n).encode() for n in range(PARTITIONS)}
        values = [decode_trips_value(value) for key, value in await self.read(TRIPS.name) if key in keys]
        return {value.partition: value for value in values if isinstance(value, ProgressMarker)}

    async def settled(self, *, deadline_seconds: float = 60) -> None:
        """Wait until everything that was posted is done."""
        wanted: dict[int, int] = {}
        for item in self.posted:
            wanted[item.partition] = max(item.offset, wanted.get(item.partition, -1))
        await self.done_up_to(wanted, deadline_seconds=deadline_seconds)

    async def done_up_to(
        self, wanted: dict[int, int], *, epoch: int = 1, deadline_seconds: float = 60
    ) -> None:
        async def done() -> bool:
            markers = {n: marker for n, marker in (await self.markers()).items() if marker.epoch == epoch}
            return all(n in markers and markers[n].offset >= offset for n, offset in wanted.items())

        await wait_until_async(done, what=f"progress up to {wanted}", deadline_seconds=deadline_seconds)

    async def history(self, tenant: str) -> list[dict[str, Any]]:
        """Return every committed value of `trips.v1` of a tenant, in the order of each partition."""
        values = [orjson.loads(value) for _, value in await self.read(TRIPS.name) if value is not None]
        return [value for value in values if value.get("tenant") == tenant]

    async def contents(self, tenant: str) -> dict[str, bytes]:
        """Return by id the content of the tenant's trips of today."""
        newest = {value["id"]: value for value in await self.history(tenant)}
        return {i: canonical_json(v["content"]) for i, v in newest.items() if v["kind"] == "trip"}

    def expected_contents(self, tenant: str) -> dict[str, bytes]:
        """Return what the tenant's trips must come to, by folding each posted statement by itself."""
        states: dict[str, TravellerState] = {}
        for item in sorted(self.posted, key=lambda posted: (posted.partition, posted.offset)):
            if item.statement.tenant != tenant:
                continue
            traveller = item.statement.traveller
            state = states.setdefault(traveller, TravellerState(tenant=tenant, traveller=traveller))
            one = Input(statement=item.statement, offset=item.offset, appended_ms=item.appended_ms)
            state.absorb(step(state, [one], settings=TenantSettings(), epoch=1))
        return {
            trip: content
            for state in states.values()
            for trip, content in expected_trips(state.records, settings=TenantSettings()).items()
        }


@asynccontextmanager
async def bookings_log(kafka: KafkaSettings) -> AsyncIterator[BookingsLog]:
    """Open both ends of the log."""
    producer = AIOKafkaProducer(**client_arguments(kafka), enable_idempotence=True, acks="all")
    consumer = AIOKafkaConsumer(
        **client_arguments(kafka), isolation_level="read_committed", auto_offset_reset="earliest"
    )
    await producer.start()
    await consumer.start()
    try:
        log = BookingsLog(kafka, producer, consumer)
        await log.begin()
        yield log
    finally:
        await producer.stop()
        await consumer.stop()
