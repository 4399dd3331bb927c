"""Relays what happened to trips from `trips.v1` to `trip-events.v1`, at least once and always the same.

Keeps nothing: what was relayed is what the group has committed, and it commits only what the broker has
confirmed. After a crash the same events come again with the same ids and bytes; several relays share the
partitions, and two that both believe to have one only repeat each other.
"""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import structlog
from aiokafka import AIOKafkaProducer
from pydantic import ValidationError

from schemas.dead_letter import DeadLetter, Stage, header_texts
from schemas.identifiers import inbox_message_id
from schemas.topics import DEAD_LETTERS, TRIP_EVENTS, TRIPS
from schemas.trip import decode_trips_value
from services.consolidator.domain.events import events_of
from services.consolidator.settings import RelaySettings
from services.platform import faults, metrics, tracing
from services.platform.group_reader import GroupReader, Reads, group_reader
from services.platform.kafka import client_arguments
from services.platform.settings import KafkaSettings

log = structlog.get_logger()

_FETCH_BYTES = 8 * 1024 * 1024
_CONFIRM_SECONDS = 30.0
_SESSION_MS = 6000
"""A relay that is silent for so long loses its partitions to the others."""


class _Sending(NamedTuple):
    topic: str
    key: bytes
    headers: Sequence[tuple[str, bytes]]
    value: bytes
    partition: int | None
    change: str | None = None
    """What the event tells; None for a dead letter."""


class Relay:
    """One member of the group that shares the partitions of `trips.v1`."""

    def __init__(self, *, kafka: KafkaSettings, settings: RelaySettings, moved: Callable[[], None]) -> None:
        self._settings = settings
        self._moved = moved
        self._kafka = kafka
        self._reads = Reads(
            TRIPS.name,
            group=settings.group,
            consumer="relay",
            options={
                "isolation_level": "read_committed",
                "session_timeout_ms": _SESSION_MS,
                "heartbeat_interval_ms": _SESSION_MS // 3,
                "max_partition_fetch_bytes": _FETCH_BYTES,
            },
        )
        self._producer = AIOKafkaProducer(
            **client_arguments(kafka),
            acks="all",
            enable_idempotence=True,
            max_request_size=_FETCH_BYTES,
            compression_type="gzip",
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until `stop` is set.

        Raises:
            TopicRecreated: `trips.v1` was deleted and created anew.
            KafkaError, OSError: trouble; nothing unconfirmed was committed, and a restart goes on there.
        """
        try:
            await self._producer.start()
            async with group_reader(self._kafka, self._reads) as reader:
                log.info("relay.started", group=self._settings.group)
                while not stop.is_set():
                    self._moved()
                    await self._step(reader)
        finally:
            await self._producer.stop()
        log.info("relay.stopped")

    async def _step(self, reader: GroupReader) -> None:
        fetched = await reader.fetch(max_records=self._settings.batch_records)
        if not fetched:
            return
        records = [record for batch in fetched.values() for record in batch]
        with tracing.processing(TRIPS.name, causes=(tracing.cause_of(record.headers) for record in records)):
            await self._confirmed([sending for record in records for sending in _sendings(record)])
        faults.point("relay.confirmed")
        if await reader.commit(fetched):
            faults.point("relay.committed")

    async def _confirmed(self, sendings: Sequence[_Sending]) -> None:
        async with asyncio.timeout(_CONFIRM_SECONDS):
            deliveries = [
                await self._producer.send(
                    sending.topic,
                    sending.value,
                    key=sending.key,
                    partition=sending.partition,
                    headers=list(sending.headers),
                )
                for sending in sendings
            ]
            await asyncio.gather(*deliveries)
        for sending in sendings:
            if sending.change is not None:
                metrics.EVENTS.add(change=sending.change)


def _sendings(record: Any) -> Sequence[_Sending]:  # noqa: ANN401 - a ConsumerRecord
    """Return what is to be sent for a record of `trips.v1`: its events, or a dead letter."""
    if record.value is None:  # the tombstone of a deletion that was told a week ago
        return ()
    try:
        value = decode_trips_value(record.value)
    except ValidationError as error:
        return (_dead_letter(record, error),)
    trace = tracing.told_with(tracing.cause_of(record.headers))
    return [
        _Sending(
            TRIP_EVENTS.name,
            event.key,
            (*event.headers, *trace),
            event.value,
            record.partition,
            event.change,
        )
        for event in events_of(value)
    ]


def _dead_letter(record: Any, error: ValidationError) -> _Sending:  # noqa: ANN401 - a ConsumerRecord
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])[:200]
    letter = DeadLetter(
        message=inbox_message_id(topic=TRIPS.name, partition=record.partition, offset=record.offset),
        stage=Stage.RELAY,
        reason="malformed_trips_value",
        detail=f"{place or 'value'}: {first['type']}",
        topic=TRIPS.name,
        partition=record.partition,
        offset=record.offset,
    )
    metrics.DEAD_LETTERS.add(reason=letter.reason)
    log.error("trip.buried", reason=letter.reason, partition=record.partition, offset=record.offset)
    headers = header_texts(letter)
    return _Sending(DEAD_LETTERS.name, letter.message.encode(), headers, record.value, None)
