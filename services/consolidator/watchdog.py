"""Ends a worker that stands still though there is something to do; believes neither its engine nor its lanes.

Asks the broker itself, by connections of its own. Those may be what is stuck: after any trouble they are
opened anew.
"""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
import contextlib
from collections.abc import Callable, Mapping

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.topics import BOOKINGS
from services.consolidator.engine import REBALANCE_SECONDS, Engine
from services.consolidator.lanes import Lane
from services.consolidator.restore import EpochUnfit
from services.consolidator.settings import ConsolidatorSettings
from services.consolidator.standstill import Lagging, Standstill
from services.platform.consumer_watch import ConsumerWatch, Standing
from services.platform.kafka import client_arguments
from services.platform.settings import KafkaSettings
from services.platform.topic_ids import topic_ids

log = structlog.get_logger()

_ROUND_SECONDS = 5.0
_LOOK_SECONDS = 20.0
"""How long one look at the broker may take."""
_STOP_SECONDS = 5.0


class WorkerStalled(Exception):
    """There is something to do and nothing is being done."""


class Watchdog:
    """Watches one worker."""

    def __init__(
        self,
        *,
        kafka: KafkaSettings,
        group: str,
        epoch: int,
        settings: ConsolidatorSettings,
        engine: Engine,
        lanes: Mapping[int, Lane],
        now_ms: Callable[[], int],
    ) -> None:
        """Prepare.

        Args:
            kafka: where `bookings.v1` is.
            group: in which the worker is.
            epoch: of the topics.
            settings: how long it may stand still.
            engine: that of the worker.
            lanes: by partition, those that there are at any time.
            now_ms: the clock of this host.
        """
        self._kafka = kafka
        self._group = group
        self._epoch = epoch
        self._settings = settings
        self._engine = engine
        self._lanes = lanes
        self._now_ms = now_ms
        self._shown = ConsumerWatch("consolidator")
        self._standstill = Standstill(stall_seconds=settings.stall_seconds)

    async def watch_lag(self) -> None:
        """End when one of our partitions stands below the end of its log for too long, or its commits do.

        Raises:
            WorkerStalled: that one does.
            EpochUnfit: `bookings.v1` was created anew.
        """
        while True:
            watcher = AIOKafkaConsumer(
                **client_arguments(self._kafka), group_id=self._group, enable_auto_commit=False
            )
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    await watcher.start()
                await self._look_again_and_again(watcher)
            except (KafkaError, TimeoutError) as trouble:
                log.warning("watchdog.blind", trouble=type(trouble).__name__)
                self._standstill.forget()  # while the broker was away nobody could move on
            finally:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_STOP_SECONDS):
                        await watcher.stop()
            await asyncio.sleep(_ROUND_SECONDS)

    async def _look_again_and_again(self, watcher: AIOKafkaConsumer) -> None:
        while True:
            await asyncio.sleep(_ROUND_SECONDS)
            async with asyncio.timeout(_LOOK_SECONDS):
                await self._check_topic()
                lagging = await self._lagging(watcher)
            if where := self._standstill.found(lagging, now=asyncio.get_running_loop().time()):
                raise WorkerStalled(where)

    async def watch_place(self) -> None:
        """End the worker when the group gives it no place for longer than it may wait for its members.

        Where the broker does not answer either, a restart would not help.

        Raises:
            WorkerStalled: that it does.
        """
        clock = asyncio.get_running_loop().time
        since = clock()
        while True:
            await asyncio.sleep(_ROUND_SECONDS)
            if self._engine.joined or self._engine.assigned or not await self._broker_answers():
                since = clock()
            elif clock() - since > self._settings.stall_seconds + REBALANCE_SECONDS:
                raise WorkerStalled("the group gives it no place")

    async def _broker_answers(self) -> bool:
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await topic_ids(self._kafka, [BOOKINGS.name])
        except (KafkaError, TimeoutError):
            return False
        return True

    async def _check_topic(self) -> None:
        """End where `bookings.v1` was created anew under our feet.

        Its offsets begin again, and would pass for done; the next epoch does them once more.
        """
        found = (await topic_ids(self._kafka, [BOOKINGS.name]))[BOOKINGS.name]
        known = {lane.topic_id for lane in self._lanes.values()} - {None}
        if known - {found}:
            raise EpochUnfit(f"{BOOKINGS.name} was created anew; set ITINERARY_EPOCH to {self._epoch + 1}")

    async def _lagging(self, watcher: AIOKafkaConsumer) -> dict[int, Lagging]:
        places = [TopicPartition(BOOKINGS.name, number) for number in self._engine.assigned]
        if not places:
            self._shown.show({})
            return {}
        watcher.assign(places)
        ends = await watcher.end_offsets(places)
        begins = await watcher.beginning_offsets(places)
        # What expired unread is no lag: where nothing else is in the log, there is nothing to commit.
        done = {place: max(await watcher.committed(place) or 0, begins[place]) for place in places}
        self._shown.show(
            {place: self._standing(place, done=done[place], end=ends[place]) for place in places}
        )
        return {p.partition: self._seen(p.partition, done[p]) for p in places if done[p] < ends[p]}

    def _seen(self, number: int, committed: int) -> Lagging:
        lane = self._lanes.get(number)
        if lane is None:
            return Lagging(committed)
        return Lagging(committed, told=lane.told, moved_at=lane.moved_at, is_busy=lane.busy)

    def _standing(self, place: TopicPartition, *, done: int, end: int) -> Standing:
        """Return where a partition stands: by its lane, which is ahead of what is committed."""
        lane = self._lanes.get(place.partition)
        if lane is not None and lane.done is not None:
            done = max(done, lane.done + 1)
        lag = max(0, end - done)
        return Standing(lag, self._now_ms() if lag == 0 else None if lane is None else lane.settled_ms)
