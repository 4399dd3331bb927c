"""Tells where `bookings.v1` ends: what a position can name, and what a look must have to be up to date."""

# aiokafka ships no types: what comes from it is Any.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import BOOKINGS


class LogEnds:
    """Asks Kafka where partitions end; connects at its first use, for most processes never ask."""

    def __init__(self, client_arguments: dict[str, Any]) -> None:
        self._arguments = client_arguments
        self._consumer: Any = None
        self._connecting = asyncio.Lock()

    async def of(self, partitions: Collection[int]) -> Mapping[int, int]:
        """Return for each partition the offset after its last message; 0 where there was none ever.

        No transaction writes to this topic, so that the offset before is a message's.

        Raises:
            KafkaError: the brokers do not answer.
        """
        places = [TopicPartition(BOOKINGS.name, partition) for partition in partitions]
        ends: dict[TopicPartition, int] = await (await self._connected()).end_offsets(places)
        return {place.partition: end for place, end in ends.items()}

    async def close(self) -> None:
        """Close the connection, if there is one."""
        if self._consumer is not None:
            await self._consumer.stop()

    async def _connected(self) -> Any:  # noqa: ANN401 - an aiokafka consumer
        async with self._connecting:
            if self._consumer is None:
                consumer = AIOKafkaConsumer(**self._arguments, request_timeout_ms=5_000)
                try:
                    await consumer.start()
                except BaseException:
                    await consumer.stop()
                    raise
                self._consumer = consumer
            return self._consumer
