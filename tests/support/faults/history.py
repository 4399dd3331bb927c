"""What the clients of a run saw: what senders were told, what readers were shown, what is on the log."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.topics import BOOKINGS, DEAD_LETTERS, RECORDS, TRIP_EVENTS, TRIPS
from services.platform.kafka import client_arguments, partition_for
from services.platform.settings import KafkaSettings, PostgresSettings, TopicSettings

PARTITIONS = TopicSettings().partitions
_READ = (BOOKINGS.name, RECORDS.name, TRIPS.name, TRIP_EVENTS.name, DEAD_LETTERS.name)
_LOOK_SECONDS = 0.1
_SEND_SECONDS = 60.0
_LARGEST_BYTES = 8 * 1024 * 1024
"""More than the log takes, so that it is the broker who refuses."""


class Entry(NamedTuple):
    """A message as it lies on a topic."""

    topic: str
    partition: int
    offset: int
    appended_ms: int
    key: bytes
    value: bytes | None
    headers: Mapping[str, bytes]


class Acknowledged(NamedTuple):
    """A sender was told that this is accepted."""

    partition: int
    offset: int
    value: bytes | None


class Senders:
    """Append to `bookings.v1`, and remember what they were told."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._producer = AIOKafkaProducer(
            **client_arguments(kafka), acks="all", enable_idempotence=True, max_request_size=_LARGEST_BYTES
        )
        self.acknowledged: list[Acknowledged] = []
        self.unknown = 0
        """How often a sender was told nothing: the message may be on the log or not."""

    async def start(self) -> None:
        await self._producer.start()

    async def stop(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._producer.stop(), 10)

    async def send(self, statements: Iterable[Any], *, timestamp_ms: int | None = None) -> None:
        """Append statements one after the other to their homes; a failure is remembered as unknown."""
        for statement in statements:
            home = partition_for(
                tenant=statement.tenant, traveller=statement.traveller, partitions=PARTITIONS
            )
            await self.send_bytes(
                statement.encode(), key=statement.record.encode(), partition=home, timestamp_ms=timestamp_ms
            )

    async def send_bytes(
        self, value: bytes | None, *, partition: int, key: bytes = b"any", timestamp_ms: int | None = None
    ) -> None:
        try:
            async with asyncio.timeout(_SEND_SECONDS):
                told = await self._producer.send_and_wait(
                    BOOKINGS.name, value, key=key, partition=partition, timestamp_ms=timestamp_ms
                )
        except (KafkaError, TimeoutError):
            self.unknown += 1
        else:
            self.acknowledged.append(Acknowledged(told.partition, told.offset, value))


class TopicReader:
    """Reads on, committed messages only, from where the run began."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._consumer = AIOKafkaConsumer(
            **client_arguments(kafka), isolation_level="read_committed", auto_offset_reset="earliest",
            max_partition_fetch_bytes=8 * 1024 * 1024,
        )  # fmt: skip
        self._places = [TopicPartition(topic, number) for topic in _READ for number in range(PARTITIONS)]
        self.entries: dict[str, list[Entry]] = defaultdict(list)

    async def start(self) -> None:
        await self._consumer.start()
        self._consumer.assign(self._places)
        for place, end in (await self._consumer.end_offsets(self._places)).items():
            self._consumer.seek(place, end)

    async def stop(self) -> None:
        with suppress(KafkaError):  # a fetch under way may still meet a fault
            await self._consumer.stop()

    async def read_on(self) -> None:
        """Read what is committed by now."""
        ends = await self._consumer.end_offsets(self._places)
        while any([await self._consumer.position(place) < end for place, end in ends.items()]):
            for records in (await self._consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    self.entries[record.topic].append(_entry(record))


def _entry(record: Any) -> Entry:
    headers = dict(record.headers)
    return Entry(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key or b"",
        record.value,
        headers,
    )


class Watcher:
    """A reader of PostgreSQL who looks again and again, and notices when a trip goes back or is missing."""

    def __init__(self, postgres: PostgresSettings, *, tenants: tuple[str, ...]) -> None:
        self._url = postgres.database_url.get_secret_value()
        self._tenants = list(tenants)
        self._seen: dict[str, tuple[int, int]] = {}
        self._live: set[str] = set()
        self.went_back: list[str] = []
        self.looks = 0

    async def watch(self) -> None:
        """Look until cancelled; while the database is away there is nothing to see."""
        while True:
            # The last is what asyncpg says of itself after a look that a frozen server left unanswered.
            with suppress(
                OSError,
                TimeoutError,
                asyncpg.PostgresError,
                asyncpg.InterfaceError,
                asyncpg.InternalClientError,
            ):
                connection = await asyncpg.connect(
                    self._url, server_settings={"role": "itinerary_projector"}, timeout=5
                )
                try:
                    while True:
                        await self._look(connection)
                        await asyncio.sleep(_LOOK_SECONDS)
                finally:
                    connection.terminate()
            await asyncio.sleep(_LOOK_SECONDS)

    async def _look(self, connection: Any) -> None:
        rows = await connection.fetch(
            "SELECT id, epoch, version_offset, state FROM read.trips WHERE tenant = ANY ($1)",
            self._tenants,
            timeout=5,
        )
        self.looks += 1
        for row in rows:
            version = (row["epoch"], row["version_offset"])
            if version < self._seen.get(row["id"], version):
                self.went_back.append(f"{row['id']} from {self._seen[row['id']]} to {version}")
            self._seen[row["id"]] = version
        self.went_back += [f"{trip} is gone" for trip in self._live - {row["id"] for row in rows}]
        self._live = {row["id"] for row in rows if row["state"] == "live"}


async def shown_rows(postgres: PostgresSettings, *, tenants: tuple[str, ...]) -> dict[str, Any]:
    """Return, by trip id, the rows of the read model."""
    connection = await asyncpg.connect(
        postgres.database_url.get_secret_value(), server_settings={"role": "itinerary_projector"}, timeout=10
    )
    try:
        rows = await connection.fetch(
            """SELECT id, tenant, epoch, version_offset, state, document::text AS document
                 FROM read.trips WHERE tenant = ANY ($1)""",
            list(tenants),
        )
    finally:
        await connection.close()
    return {row["id"]: row for row in rows}


async def shown_progress(postgres: PostgresSettings) -> dict[int, int]:
    """Return, by partition, the last offset whose effects the read model shows."""
    connection = await asyncpg.connect(
        postgres.database_url.get_secret_value(), server_settings={"role": "itinerary_projector"}, timeout=10
    )
    try:
        rows = await connection.fetch("SELECT partition, done_offset FROM read.progress")
    finally:
        await connection.close()
    return {row["partition"]: row["done_offset"] for row in rows}
