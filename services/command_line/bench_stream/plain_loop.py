"""The least that could do it: consume, core, produce with awaited confirmations, commit. No fencing, no disk.

A yardstick: `python -m` this module.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.topics import BOOKINGS
from services.command_line.bench_stream.states import States
from services.consolidator.partition import Message
from services.platform.awaiting import stop_when_told
from services.platform.kafka import client_arguments
from services.platform.settings import KafkaSettings, TopicSettings

_BATCH = 200
_SESSION_MS = 45_000
"""A batch is computed on the loop, which sends no heartbeat meanwhile."""


async def run() -> None:
    """Run until told to stop."""
    kafka, topics = KafkaSettings.model_validate({}), TopicSettings()
    states, stop = States(topics), stop_when_told()
    consumer = AIOKafkaConsumer(
        BOOKINGS.name, **client_arguments(kafka), group_id=f"bench-plain-{topics.epoch}",
        enable_auto_commit=False, auto_offset_reset="earliest", session_timeout_ms=_SESSION_MS,
    )  # fmt: skip
    producer = AIOKafkaProducer(
        **client_arguments(kafka), acks="all", compression_type="zstd", max_batch_size=512 * 1024
    )
    await producer.start()
    await consumer.start()
    try:
        while not stop.is_set():
            await _step(consumer, producer, states)
    finally:
        await consumer.stop()
        await producer.stop()


async def _step(consumer: AIOKafkaConsumer, producer: AIOKafkaProducer, states: States) -> None:
    fetched: dict[TopicPartition, list[Any]] = await consumer.getmany(timeout_ms=200, max_records=_BATCH)
    if not fetched:
        return
    deliveries: list[Any] = []
    for place, records in fetched.items():
        messages = [Message(record.offset, record.timestamp, record.value) for record in records]
        deliveries += [
            await producer.send(output.topic, output.value, key=output.key, partition=place.partition)
            for output in states.settle(messages, partition=place.partition)
        ]
    await asyncio.gather(*deliveries)
    await consumer.commit()


if __name__ == "__main__":
    asyncio.run(run())
