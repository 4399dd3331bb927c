"""What time that passes costs, from due trips to their events; and webhooks to endpoints of which some hang.

Real processes of ours on a Kafka and a PostgreSQL of the benchmark's own.
"""

# aiokafka and asyncpg carry no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from pydantic import SecretStr

from schemas.booking_record import BookingContent, BookingStatement, Owner, Revision
from schemas.identifiers import inbox_message_id, record_key, traveller_id
from schemas.segments import Place, RideSegment
from schemas.times import Moment
from schemas.topics import BOOKINGS, TRIP_EVENTS
from services.platform.awaiting import CannotStart
from services.platform.backing import Backing, start_backing
from services.platform.data_folder import occupied
from services.platform.free_ports import LOOPBACK, free_ports
from services.platform.kafka import client_arguments, create_topics, partition_for
from services.platform.migrations import migrate
from services.platform.sealing import Seal, new_key
from services.platform.settings import GivenBacking, TopicSettings
from services.query.webhook_secrets import Secrets
from services.query.webhook_tables import DeliveryQueue
from services.query.webhook_visits import Queued

_TENANT = "bench"
_STALL_SECONDS = 120.0
_LOOK_SECONDS = 0.2
_PIECE = 2000
_PROJECTOR = ("services.query", "projector")

Say = Callable[[str], None]


class DueFigures(NamedTuple):
    """Trips that are all due at once, told by one sweeper, one worker and one relay."""

    trips: int
    seconds: float
    """From the first completion that is told to the last."""
    advances_a_second: float
    events_a_second: float
    last_lag_seconds: float
    """From the start of the sweeper to the last event: how late the last of them completes."""


class WebhookFigures(NamedTuple):
    """Deliveries to endpoints of which some hang, by one sender."""

    endpoints: int
    hanging: int
    deliveries: int
    """To those that do not hang."""
    seconds: float


async def measure_due(trips: int, *, say: Say) -> DueFigures:
    """Have so many trips be over at once, and tell all of it.

    Raises:
        CannotStart: something does not start, or stands still.
    """
    async with _backing() as (backing, folder), _counting(backing) as told:
        environment = _environment(backing) | {
            "ITINERARY_CONSOLIDATOR_STATE_FOLDER": str(folder / "state"),
            "ITINERARY_SWEEPER_LOOK_SECONDS": "0.5",
        }
        with ExitStack() as running:
            for role in (("services.consolidator",), ("services.consolidator", "relay"), _PROJECTOR):
                running.enter_context(_process(*role, environment=environment, folder=folder))
            await _feed(backing, trips)
            await _grown(lambda: _shown(backing), up_to=trips, what="trips shown", say=say)
            before = told.events
            sweeping = _process("services.consolidator", "sweeper", environment=environment, folder=folder)
            started_ms = _now_ms()
            running.enter_context(sweeping)
            await _grown(told.completed, up_to=trips, what="trips completed", say=say)
    seconds = (told.last_ms - told.first_ms) / 1000
    return DueFigures(
        trips,
        seconds,
        advances_a_second=trips / seconds,
        events_a_second=(told.events - before) / seconds,
        last_lag_seconds=(told.last_ms - started_ms) / 1000,
    )


async def measure_webhooks(endpoints: int, *, hanging: int, each: int, say: Say) -> WebhookFigures:
    """Deliver so much to each endpoint.

    Raises:
        CannotStart: as `measure_due`.
    """
    async with _backing() as (backing, folder), _receiver(hanging) as (origin, taken):
        key, settings = new_key(), backing.postgres_settings
        await _subscribe(backing, key=key, origin=origin, endpoints=endpoints)
        pool = await asyncpg.create_pool(settings.database_url.get_secret_value(), min_size=1, max_size=2)
        async with pool:
            queue = DeliveryQueue(pool, seal=Seal(SecretStr(key)))
            for number in range(each):
                deliveries = [_delivery(endpoint, number) for endpoint in range(endpoints)]
                await queue.queue(deliveries, group=_TENANT, topic="", places={})
        environment = _environment(backing) | {
            "ITINERARY_WEBHOOKS_SEALING_KEYS": key,
            "ITINERARY_WEBHOOKS_PRIVATE_ORIGINS": json.dumps({_TENANT: [origin]}),
        }
        wanted = (endpoints - hanging) * each
        with _process("services.query", "webhooks", environment=environment, folder=folder):

            async def came() -> int:
                return taken.total()

            await _grown(came, up_to=1, what="deliveries", say=say)
            began = time.monotonic()
            await _grown(came, up_to=wanted, what="deliveries", say=say)
            seconds = time.monotonic() - began
    return WebhookFigures(endpoints, hanging, wanted, seconds)


@asynccontextmanager
async def _backing() -> AsyncGenerator[tuple[Backing, Path]]:
    with (
        tempfile.TemporaryDirectory(prefix="itinerary-bench-", ignore_cleanup_errors=True) as temporary,
        occupied(Path(temporary)) as folder,
    ):
        backing = await start_backing(folder, given=GivenBacking(kafka=None, database_url=None))
        await create_topics(backing.kafka_settings, topics=TopicSettings())
        await asyncio.to_thread(migrate, backing.postgres_settings)
        yield backing, folder.path


def _environment(backing: Backing) -> dict[str, str]:
    inherited = dict(os.environ)  # noqa: TID251 - a child process inherits what its parent was given
    return inherited | {"KAFKA_BOOTSTRAP": backing.kafka, "DATABASE_URL": backing.database_url}


@contextmanager
def _process(*role: str, environment: Mapping[str, str], folder: Path) -> Generator[None]:
    with (folder / f"{'-'.join(role)}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *role], env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield
    finally:
        process.kill()
        process.wait()


async def _grown(look: Callable[[], Any], *, up_to: int, what: str, say: Say) -> None:
    """Wait until a count is reached.

    Raises:
        CannotStart: it stands still.
    """
    seen, moved = -1, time.monotonic()
    while (found := await look()) < up_to:
        if found != seen:
            seen, moved = found, time.monotonic()
        elif time.monotonic() - moved > _STALL_SECONDS:
            raise CannotStart(f"The benchmark stands still at {found} of {up_to} {what}.")
        await asyncio.sleep(_LOOK_SECONDS)
    say(f"{up_to} {what}")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000  # beside the stamps of messages


def _rides(trips: int) -> Iterator[BookingStatement]:
    """Yield a ride of each traveller, all over within one hour of long ago."""
    for number in range(trips):
        traveller = traveller_id(tenant=_TENANT, login=f"u{number}")
        second = number % 3600
        ends = f"2020-03-02T10:{second // 60:02d}:{second % 60:02d}"
        yield BookingStatement(
            tenant=_TENANT,
            traveller=traveller,
            message=inbox_message_id(topic="bench", partition=0, offset=number),
            record=record_key(
                tenant=_TENANT, traveller=traveller, owner="tmc", booking_source="tmc", record_locator="A"
            ),
            revision=Revision(received_ms=number, partition=0, offset=number, normaliser=1, content_hash="0"),
            owner=Owner(party="tmc", source="tmc"),
            booking_source="tmc",
            record_locator="A",
            content=BookingContent(
                segments=(
                    RideSegment(
                        vendor="Any Cab",
                        origin=Place(city="Bonn"),
                        start=Moment(local="2020-03-02T09:00:00", offset_minutes=0),
                        end=Moment(local=ends, offset_minutes=0),
                    ),
                )
            ),
        )


async def _feed(backing: Backing, trips: int) -> None:
    partitions = TopicSettings().partitions
    producer = AIOKafkaProducer(
        **client_arguments(backing.kafka_settings), linger_ms=20, max_batch_size=256 * 1024
    )
    async with producer:
        waiting: list[Any] = []
        for ride in _rides(trips):
            partition = partition_for(tenant=_TENANT, traveller=ride.traveller, partitions=partitions)
            waiting.append(
                await producer.send(
                    BOOKINGS.name, ride.encode(), key=ride.record.encode(), partition=partition
                )
            )
            if len(waiting) >= _PIECE:
                await asyncio.gather(*waiting)
                waiting.clear()
        await asyncio.gather(*waiting)


async def _shown(backing: Backing) -> int:
    connection = await asyncpg.connect(backing.database_url)
    try:
        return await connection.fetchval("SELECT count(*) FROM read.trips")
    finally:
        await connection.close()


class _Told:
    """Counts what is on `trip-events.v1`, and when it was told."""

    def __init__(self, consumer: Any) -> None:  # noqa: ANN401 - aiokafka's
        self._consumer = consumer
        self.events = self.first_ms = self.last_ms = 0
        self._completed = 0

    async def completed(self) -> int:
        """Return how many completions were told."""
        return self._completed

    async def follow(self) -> None:
        """Count for ever."""
        while True:
            for records in (await self._consumer.getmany(timeout_ms=200, max_records=5000)).values():
                for record in records:
                    self.events += 1
                    if dict(record.headers)["ce_type"] == b"itinerary.trip.completed.v1":
                        self._completed += 1
                        self.first_ms = min(self.first_ms or record.timestamp, record.timestamp)
                        self.last_ms = max(self.last_ms, record.timestamp)


@asynccontextmanager
async def _counting(backing: Backing) -> AsyncGenerator[_Told]:
    consumer = AIOKafkaConsumer(**client_arguments(backing.kafka_settings), auto_offset_reset="earliest")
    async with consumer:
        consumer.assign([TopicPartition(TRIP_EVENTS.name, n) for n in range(TopicSettings().partitions)])
        told = _Told(consumer)
        following = asyncio.create_task(told.follow())
        try:
            yield told
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following


def _webhook(endpoint: int) -> str:
    return inbox_message_id(topic="webhook", partition=0, offset=endpoint)


def _delivery(endpoint: int, number: int) -> Queued:
    trip = inbox_message_id(topic="trip", partition=endpoint, offset=number)
    event = inbox_message_id(topic="event", partition=endpoint, offset=number)
    body = f'{{"specversion":"1.0","id":"{event}","data":{{"trip":"{trip}","note":"{"x" * 700}"}}}}'
    return Queued(_TENANT, _webhook(endpoint), event, "itinerary.trip.completed.v1", trip, trip, body)


async def _subscribe(backing: Backing, *, key: str, origin: str, endpoints: int) -> None:
    seal = Seal(SecretStr(key))
    rows = [
        (
            _TENANT,
            _webhook(endpoint),
            f"{origin}/{endpoint}",
            Secrets(f"whsec_{'a' * 32}").sealed(seal, tenant=_TENANT, webhook=_webhook(endpoint)),
        )
        for endpoint in range(endpoints)
    ]
    connection = await asyncpg.connect(backing.database_url)
    try:
        await connection.execute("INSERT INTO own.tenants VALUES ($1)", _TENANT)
        await connection.executemany(
            "INSERT INTO own.webhooks (tenant, webhook, url, sealed, form, concurrency)"
            " VALUES ($1, $2, $3, $4, 'cloudevents', 1)",
            rows,
        )
    finally:
        await connection.close()


@asynccontextmanager
async def _receiver(hanging: int) -> AsyncGenerator[tuple[str, Counter[str]]]:
    """Take requests; those to the first `hanging` endpoints are never answered."""
    taken: Counter[str] = Counter()
    (port,) = free_ports(1)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Cancelled at the end, where the sender was killed and left its connections behind.
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
                await reader.readexactly(length)
                endpoint = head.split(b" ", 2)[1].decode().removeprefix("/")
                if int(endpoint) < hanging:
                    await reader.read()  # until the sender goes away
                    break
                taken[endpoint] += 1
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(serve, LOOPBACK, port):
        yield f"http://{LOOPBACK}:{port}", taken
