"""The writer of a partition, with a client that the network has left alone."""

import asyncio
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaProducer

from schemas.topics import TRIPS
from services.consolidator.outputs import PartitionWriter
from services.consolidator.values import Output


class LonelyProducer:
    """Waits for an answer that does not come, even when it is stopped, as aiokafka's does for metadata."""

    async def begin_transaction(self) -> None:
        pass

    async def send(self, *_: Any, **__: Any) -> None:
        await asyncio.Event().wait()

    async def stop(self) -> None:
        pass


async def test_closing_breaks_off_a_commit_so_that_nobody_waits_for_its_deadline() -> None:
    writer = PartitionWriter(cast("AIOKafkaProducer", LonelyProducer()), partition=0)
    committing = asyncio.create_task(writer.commit([Output(TRIPS.name, b"any", b"{}")]))
    await asyncio.sleep(0)  # it has begun

    await writer.close()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(committing), 5)
    assert committing.done()
