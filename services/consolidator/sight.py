"""Tells how far readers of what is committed can see, and which transactions have no end.

A broker says yes to a commit as soon as it is decided, and writes the markers that end the transaction in
each partition afterwards. One that goes down in between may forget them: a partition without a leader counts
as deleted, and the transaction as done (Kafka 4.4, `TransactionMarkerChannelManager`: "likely deleted already
and hence can be skipped"). Readers stand before it then until the next transaction of the same id ends, and
with it this one, in the same way: an abort would take back what was committed.
"""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import DEAD_LETTERS, RECORDS, TRIPS
from services.platform.reading import end_offsets, open_reader
from services.platform.settings import KafkaSettings

_WRITTEN = (RECORDS.name, TRIPS.name, DEAD_LETTERS.name)
"""Whatever a batch may write to."""
_FIRST_PAUSE_SECONDS = 0.002
_LONGEST_PAUSE_SECONDS = 0.1
_IN_SIGHT_SECONDS = 5.0
"""Markers take milliseconds. Where a leader changes they take longer, and a take-over waits for them."""


class Sight:
    """What readers see of one partition of each topic that is written to."""

    def __init__(self, kafka: KafkaSettings, *, partition: int) -> None:
        self._kafka = kafka
        self._partition = partition
        self._leaving = AsyncExitStack()
        self._reader: AIOKafkaConsumer | None = None

    async def open(self) -> None:
        """Connect.

        Raises:
            KafkaError: the broker cannot be reached.
        """
        self._reader = await self._leaving.enter_async_context(open_reader(self._kafka))

    async def close(self) -> None:
        """Let go of the connection; once is enough, and twice is harmless."""
        await self._leaving.aclose()

    async def reaches(self, positions: Mapping[str, int]) -> None:
        """Wait until readers see all below some positions, by topic.

        Raises:
            TimeoutError: they do not; the transaction is not ended, whatever its coordinator says.
            KafkaError: trouble with the broker.
        """
        assert self._reader is not None  # noqa: S101 - `open` comes first
        wanted = {TopicPartition(topic, self._partition): end for topic, end in positions.items()}
        seen: dict[TopicPartition, int] = {}
        pause = _FIRST_PAUSE_SECONDS
        try:
            async with asyncio.timeout(_IN_SIGHT_SECONDS):
                while any(seen.get(place, 0) < end for place, end in wanted.items()):
                    if seen:
                        await asyncio.sleep(pause)
                        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
                    seen = await end_offsets(self._reader, list(wanted))
        except TimeoutError:
            found = {place.topic: f"{seen.get(place, 'nothing')} of {end}" for place, end in wanted.items()}
            raise TimeoutError(
                f"readers of what is committed see {found}: a transaction has no end"
            ) from None

    async def left_open(self) -> list[str]:
        """Return the topics with a transaction that has no end.

        Once the partition's writer was taken over nobody has one under way there: it was forgotten.

        Raises:
            KafkaError: trouble with the broker.
        """
        assert self._reader is not None  # noqa: S101 - `open` comes first
        places = [TopicPartition(topic, self._partition) for topic in _WRITTEN]
        async with open_reader(self._kafka, isolation="read_uncommitted") as of_all:
            written = await end_offsets(of_all, places)
        # Asked for last: others append dead letters without any transaction.
        seen = await end_offsets(self._reader, places)
        return [place.topic for place in places if seen[place] < written[place]]
