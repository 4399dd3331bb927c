"""Writes a batch: one Kafka transaction by the partition's own transactional id, which fences late writers.

Taking the id over makes the broker end whatever its former holder left open and refuse all that he may
still send (design, section 6). What the broker has forgotten to end is ended here (`sight.py`).
"""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
from collections.abc import Sequence
from typing import Self

import structlog
from aiokafka import AIOKafkaProducer

from schemas.topics import DEAD_LETTERS, TRIPS
from services.consolidator.sight import Sight
from services.consolidator.values import Output, Tombstone
from services.platform import faults, tracing
from services.platform.kafka import client_arguments
from services.platform.settings import KafkaSettings

log = structlog.get_logger()

COMMIT_DEADLINE_SECONDS = 30.0
_TRANSACTION_TIMEOUT_MS = 45_000
"""The broker ends a dead writer's transaction after this; above the deadline, so that ours ends first."""
_BATCH_BYTES = 512 * 1024
_STOP_SECONDS = 5.0
_ENDS = b"itinerary:transaction-end"
"""The key of a tombstone that says nothing: a transaction needs a message to be one."""
_STOPPING: set[asyncio.Task[None]] = set()
"""Held here, or Python might forget them."""


def transactional_id(partition: int) -> str:
    """Return the id of which only the owner of a partition of `bookings.v1` is the last to take it over."""
    return f"itinerary-consolidator-{partition}"


class PartitionWriter:
    """The only one who may write what comes of one partition, until another takes over."""

    def __init__(self, producer: AIOKafkaProducer, *, sight: Sight, partition: int) -> None:
        self._producer = producer
        self._sight = sight
        self._partition = partition

    @classmethod
    async def take_over(cls, kafka: KafkaSettings, *, partition: int) -> Self:
        """Become the writer of a partition; from here on every other is fenced, and nothing is left open.

        Raises:
            KafkaError: the broker cannot be reached or refuses.
            TimeoutError: it did not answer in time.
        """
        producer = AIOKafkaProducer(
            **client_arguments(kafka),
            transactional_id=transactional_id(partition),
            transaction_timeout_ms=_TRANSACTION_TIMEOUT_MS,
            max_request_size=int(DEAD_LETTERS.config["max.message.bytes"]),
            max_batch_size=_BATCH_BYTES,
            compression_type="zstd",
            linger_ms=0,
        )
        sight = Sight(kafka, partition=partition)
        writer = cls(producer, sight=sight, partition=partition)
        try:
            async with asyncio.timeout(COMMIT_DEADLINE_SECONDS):
                await producer.start()
                await sight.open()
                await writer._end_what_is_open()
        except BaseException:
            await writer.close()
            raise
        return writer

    async def commit(self, outputs: Sequence[Output | Tombstone]) -> dict[str, int]:
        """Write all outputs to the partition, or none, and wait until readers see them.

        Returns:
            Per topic the offset after the last output.

        Raises:
            ProducerFenced: another worker has taken the partition over; nothing was written.
            KafkaError, TimeoutError: trouble; whether it was written, only the topics can tell.
        """
        async with asyncio.timeout(COMMIT_DEADLINE_SECONDS):
            positions = await self._send(outputs)
            faults.point("consolidator.sent")
            await self._producer.commit_transaction()
            faults.point("consolidator.committed")
            await self._sight.reaches(positions)
        return positions

    async def _send(self, outputs: Sequence[Output | Tombstone]) -> dict[str, int]:
        """Begin a transaction, and return per topic the offset after the last output that the broker took."""
        trace = tracing.carried()
        await self._producer.begin_transaction()
        deliveries = [
            await self._producer.send(
                output.topic,
                key=output.key,
                value=output.value,
                headers=[*output.headers, *trace],
                partition=self._partition,
            )
            for output in outputs
        ]
        positions: dict[str, int] = {}
        for place in await asyncio.gather(*deliveries):
            positions[place.topic] = max(positions.get(place.topic, 0), place.offset + 1)
        return positions

    async def _end_what_is_open(self) -> None:
        """End what the broker has forgotten to end, by a transaction, which ends it in its own way.

        What hangs on `trips.v1`, the progress among it, was never counted, and what it says is done may be
        nowhere else: it is taken back, and done once more. Where the progress of a batch is in sight it was
        committed, and what hangs of it elsewhere has to be.
        """
        topics = await self._sight.left_open()
        if not topics:
            return
        is_counted = TRIPS.name not in topics
        log.warning("transaction.left_open", partition=self._partition, topics=topics, is_counted=is_counted)
        positions = await self._send([Tombstone(topic, _ENDS) for topic in topics])
        if is_counted:
            await self._producer.commit_transaction()
        else:
            await self._producer.abort_transaction()
        await self._sight.reaches(positions)

    async def close(self) -> None:
        """Let go of the connections; a transaction that is still open ends with the next take-over.

        What cannot be sent is waited for only a moment, and then goes on to its own deadline: aiokafka stops
        no second time, and leaves all running if it is broken off. No commit may be under way: it would wait
        for a client that is no more.
        """
        stopping = asyncio.create_task(self._stop())
        _STOPPING.add(stopping)
        stopping.add_done_callback(_STOPPING.discard)
        await asyncio.wait({stopping}, timeout=_STOP_SECONDS)
        if stopping.done():
            stopping.result()

    async def _stop(self) -> None:
        await asyncio.gather(self._producer.stop(), self._sight.close())


async def append(kafka: KafkaSettings, output: Output, *, partition: int) -> None:
    """Append one message outside of any transaction, and wait for the broker's word.

    For `bookings.v1`, where the markers of a transaction would look like messages that are missing. It is
    wanted so rarely that its producer lives no longer than it.

    Raises:
        KafkaError, TimeoutError: trouble; it may have been appended nevertheless.
    """
    producer = AIOKafkaProducer(**client_arguments(kafka), acks="all", enable_idempotence=True)
    async with asyncio.timeout(COMMIT_DEADLINE_SECONDS):
        try:
            await producer.start()
            await producer.send_and_wait(output.topic, output.value, key=output.key, partition=partition)
        finally:
            await producer.stop()
    faults.point("consolidator.continued")
