"""The writer of a partition, with a client that the network has left alone."""

import asyncio
from typing import cast

from aiokafka import AIOKafkaProducer

from services.consolidator.outputs import PartitionWriter
from services.consolidator.sight import Sight
from services.platform.settings import KafkaSettings


class LonelyProducer:
    """Has something left to send, which ends at a deadline of its own; aiokafka stops no second time."""

    def __init__(self) -> None:
        self.deadline = asyncio.Event()
        self.said = asyncio.Event()
        self.has_stopped = False

    async def stop(self) -> None:
        try:
            await self.deadline.wait()
            self.has_stopped = True
        finally:
            self.said.set()


async def test_a_client_that_cannot_stop_yet_is_not_waited_for_and_stops_later() -> None:
    producer = LonelyProducer()
    sight = Sight(KafkaSettings(bootstrap="127.0.0.1:9"), partition=0)
    writer = PartitionWriter(cast("AIOKafkaProducer", producer), sight=sight, partition=0)

    async with asyncio.timeout(10):
        await writer.close()
    producer.deadline.set()

    await producer.said.wait()
    assert producer.has_stopped


async def test_a_client_is_stopped_though_another_that_is_closed_with_it_hangs() -> None:
    producer = LonelyProducer()
    producer.deadline.set()
    writer = PartitionWriter(cast("AIOKafkaProducer", producer), sight=cast("Sight", Hanging()), partition=0)
    closing = asyncio.create_task(writer.close())

    await producer.said.wait()
    closing.cancel()
    await asyncio.gather(closing, return_exceptions=True)
    assert producer.has_stopped


class Hanging:
    """Does not close."""

    async def close(self) -> None:
        await asyncio.Event().wait()
