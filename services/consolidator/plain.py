"""Reads `bookings.v1` with a plain consumer: the engine that could replace Faust, in one file."""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUntypedBaseClass=false

import asyncio
import contextlib
from collections.abc import Callable, Collection
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from schemas.topics import BOOKINGS
from services.consolidator.engine import REBALANCE_SECONDS, Receiver
from services.consolidator.handed_out import HandedOut
from services.consolidator.partition import Message
from services.consolidator.settings import ConsolidatorSettings
from services.platform import faults, metrics, tracing
from services.platform.commits import commit_done
from services.platform.kafka import client_arguments
from services.platform.settings import KafkaSettings

_POLL_MS = 200
_FETCH_MAX_WAIT_MS = 100
_MOST_AT_ONCE = 500
_COMMIT_SECONDS = 1.0


class PlainStream(ConsumerRebalanceListener):
    """The subscription to `bookings.v1`."""

    def __init__(
        self,
        *,
        kafka: KafkaSettings,
        group: str,
        settings: ConsolidatorSettings,
        receiver_of: Callable[[int], Receiver],
        fail: Callable[[BaseException], None],
    ) -> None:
        self._receiver_of = receiver_of
        self._fail = fail
        self._consumer = AIOKafkaConsumer(
            **client_arguments(kafka),
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=round(settings.session_timeout_seconds * 1000),
            heartbeat_interval_ms=round(settings.heartbeat_interval_seconds * 1000),
            rebalance_timeout_ms=REBALANCE_SECONDS * 1000,
            max_poll_interval_ms=300_000,
            fetch_max_wait_ms=_FETCH_MAX_WAIT_MS,
        )
        self._joined = False
        self._handed_out = HandedOut()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def assigned(self) -> frozenset[int]:
        """The partitions of `bookings.v1` that are this worker's now."""
        return frozenset(place.partition for place in self._consumer.assignment())

    @property
    def joined(self) -> bool:
        """Whether the group has given this worker its share, which may be nothing, and work goes on."""
        return self._joined

    @property
    def ended(self) -> bool:
        """Whether reading has stopped or crashed."""
        return any(task.done() for task in self._tasks)

    @property
    def failure(self) -> BaseException | None:
        """Why it crashed."""
        ended = [task for task in self._tasks if task.done() and not task.cancelled()]
        return next(filter(None, (task.exception() for task in ended)), None)

    def hold(self, partition: int) -> None:
        """Read no more of a partition for now; what was read already still comes."""
        with contextlib.suppress(IllegalStateError):  # it was taken away meanwhile
            self._consumer.pause(_place(partition))

    def go_on(self, partition: int) -> None:
        """Read more of a partition; nothing where it was not held."""
        with contextlib.suppress(IllegalStateError):
            self._consumer.resume(_place(partition))

    def settled(self, partition: int, *, offset: int) -> None:
        """Take note that all messages of a partition up to this one are settled."""
        self._handed_out.settle(partition, offset=offset)

    async def start(self) -> None:
        """Join the group and begin to hand out messages."""
        self._consumer.subscribe([BOOKINGS.name], listener=self)
        await self._consumer.start()
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._commit_often())]

    async def stop(self) -> None:
        """Hand out nothing more, wait for what was handed out to be settled, commit, leave the group."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._handed_out.wait_until_settled(lambda: self.assigned)
        await self._commit()
        await self._consumer.stop()

    async def on_partitions_revoked(  # pyright: ignore[reportIncompatibleMethodOverride] - it awaits coroutines
        self, revoked: Collection[Any]
    ) -> None:
        """Release what is taken away, and commit what of it is settled."""
        faults.point("consolidator.revoked")
        self._joined = False
        numbers = [place.partition for place in revoked]
        try:
            await asyncio.gather(*(self._receiver_of(number).release() for number in numbers))
            await self._commit()
        finally:
            self._handed_out.forget(numbers)

    async def on_partitions_assigned(  # pyright: ignore[reportIncompatibleMethodOverride] - it awaits coroutines
        self, assigned: Collection[Any]
    ) -> None:
        """Wake those who take what comes."""
        faults.point("consolidator.assigned")
        self._joined = True
        metrics.REBALANCES.add(consumer="consolidator")
        for place in assigned:
            self._receiver_of(place.partition).wake()

    async def _read(self) -> None:
        try:
            while True:
                fetched = await self._consumer.getmany(timeout_ms=_POLL_MS, max_records=_MOST_AT_ONCE)
                if not self._joined:
                    continue  # they are of a time that is over: what is ours then is read anew
                for place, records in fetched.items():
                    receiver = self._receiver_of(place.partition)
                    for record in records:
                        self._handed_out.note(place.partition, offset=record.offset)
                        receiver.put(
                            Message(
                                record.offset,
                                record.timestamp,
                                record.value,
                                tracing.cause_of(record.headers),
                            )
                        )
        except Exception as trouble:
            self._fail(trouble)
            raise

    async def _commit_often(self) -> None:
        while True:
            await asyncio.sleep(_COMMIT_SECONDS)
            # While the group is rebalanced a commit may be of a generation that is over: aiokafka then joins
            # once more, and where that takes longer than this pause, the members never come to rest.
            if self._joined:
                with contextlib.suppress(KafkaError):  # what is not committed is read twice
                    await self._commit()

    async def _commit(self) -> None:
        """Commit what is settled of the partitions that are ours."""
        news = self._handed_out.to_commit(self.assigned)
        places = {_place(number): offset for number, offset in news.items()}
        if news and await commit_done(self._consumer, places):
            self._handed_out.committed(news)


def _place(partition: int) -> TopicPartition:
    return TopicPartition(BOOKINGS.name, partition)
