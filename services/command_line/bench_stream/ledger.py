"""When the broker appended what came of each booking: read from the topics, the same way for every engine."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from bisect import bisect_left
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import BOOKINGS, RECORDS, TRIPS
from services.platform.kafka import client_arguments, partition_for
from services.platform.settings import KafkaSettings

WARM_UP = 0.1
"""This part of the bookings does not count."""


class Appended(NamedTuple):
    """A booking on `bookings.v1`, and when the broker appended it."""

    partition: int
    offset: int
    at_ms: int


class _Mark(NamedTuple):
    at_ms: int
    offset: int
    """Up to which bookings of the partition are done."""


class Ledger:
    """What is read of `records.v1` and `trips.v1` so far."""

    def __init__(self, consumer: AIOKafkaConsumer, *, partitions: int) -> None:
        self._consumer = consumer
        self._partitions = partitions
        self._marks: dict[str, dict[int, list[_Mark]]] = {
            RECORDS.name: defaultdict(list),
            TRIPS.name: defaultdict(list),
        }

    async def read_on(self) -> None:
        """Read what is committed by now."""
        places = list(self._consumer.assignment())
        ends = await self._consumer.end_offsets(places)
        while any([await self._consumer.position(place) < end for place, end in ends.items()]):
            for records in (await self._consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    self._take(record)

    def _take(self, record: Any) -> None:  # noqa: ANN401 - aiokafka's record
        value: dict[str, Any] = orjson.loads(record.value)
        if record.topic == TRIPS.name and value["kind"] == "progress":
            return
        # Not every engine writes to the partition that it read from.
        home = partition_for(
            tenant=value["tenant"], traveller=value["traveller"], partitions=self._partitions
        )
        offset = value["version"]["offset"] if record.topic == TRIPS.name else value["offset"]
        marks = self._marks[record.topic][home]
        marks.append(_Mark(record.timestamp, max(offset, marks[-1].offset if marks else -1)))

    async def ends(self) -> dict[int, int]:
        """Return where each partition of `bookings.v1` ends."""
        places = [TopicPartition(BOOKINGS.name, number) for number in range(self._partitions)]
        ends = await self._consumer.end_offsets(places)
        return {place.partition: end for place, end in ends.items()}

    def done(self) -> int:
        """Return how many bookings have become records."""
        return sum(marks[-1].offset + 1 for marks in self._marks[RECORDS.name].values() if marks)

    def rate(self) -> float:
        """Return bookings a second, from the end of the warm-up to the last."""
        steps: list[tuple[int, int]] = []
        for marks in self._marks[RECORDS.name].values():
            before = -1
            for mark in marks:
                steps.append((mark.at_ms, mark.offset - before))
                before = mark.offset
        steps.sort()
        total, counted, warm_ms = self.done(), 0, 0
        for at_ms, bookings in steps:
            counted += bookings
            if counted >= total * WARM_UP:
                warm_ms = at_ms
                break
        return (total - counted) / max(steps[-1][0] - warm_ms, 1) * 1000

    def delays(self, appended: Sequence[Appended]) -> list[int]:
        """Return in ascending order, in milliseconds, how long each booking took to reach `trips.v1`."""
        marks = self._marks[TRIPS.name]
        return sorted(self._shown_at(one, marks[one.partition]) - one.at_ms for one in appended)

    def shown_ms(self, appended: Sequence[Appended]) -> int:
        """Return when the last of these reached `trips.v1`."""
        return max(self._shown_at(one, self._marks[TRIPS.name][one.partition]) for one in appended)

    @staticmethod
    def _shown_at(one: Appended, marks: Sequence[_Mark]) -> int:
        return marks[bisect_left(marks, one.offset, key=lambda mark: mark.offset)].at_ms

    def shows(self, ends: Mapping[int, int]) -> bool:
        """Say whether everything below these ends is on `trips.v1`."""
        shown = self._marks[TRIPS.name]
        return all(end == 0 or (shown[n] and shown[n][-1].offset + 1 >= end) for n, end in ends.items())


@asynccontextmanager
async def open_ledger(kafka: KafkaSettings, *, partitions: int) -> AsyncGenerator[Ledger]:
    """Open an empty ledger of topics that are empty."""
    consumer = AIOKafkaConsumer(
        **client_arguments(kafka), isolation_level="read_committed", auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )  # fmt: skip
    await consumer.start()
    try:
        consumer.assign(
            [TopicPartition(topic, n) for topic in (RECORDS.name, TRIPS.name) for n in range(partitions)]
        )
        yield Ledger(consumer, partitions=partitions)
    finally:
        await consumer.stop()
