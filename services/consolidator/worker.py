"""One worker: the engine, a lane for each partition, and a watchdog that believes neither.

Nothing is lost when a worker ends at any moment, so that ending is the answer to whatever it cannot mend.
"""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.topics import BOOKINGS
from services.consolidator.engine import REBALANCE_SECONDS, EngineMaker
from services.consolidator.in_memory import InMemory
from services.consolidator.lanes import Lane
from services.consolidator.local_state import StateFolder
from services.consolidator.partition import PartitionState
from services.consolidator.restore import EpochUnfit
from services.consolidator.settings import ConsolidatorSettings
from services.platform.consumer_watch import ConsumerWatch, Standing
from services.platform.health import Health
from services.platform.kafka import client_arguments
from services.platform.settings import KafkaSettings, TopicSettings
from services.platform.topic_ids import topic_ids

log = structlog.get_logger()

_WATCH_SECONDS = 1.0
_LAG_SECONDS = 5.0
_BUSY_PATIENCE = 10
"""How much longer a lane may stand that has work in hand: it has deadlines of its own."""


class WorkerStalled(Exception):
    """There is something to do and nothing is being done."""


class Worker:
    """Consolidates the partitions that the group gives it."""

    def __init__(
        self,
        *,
        kafka: KafkaSettings,
        topics: TopicSettings,
        settings: ConsolidatorSettings,
        engine: EngineMaker,
        health: Health,
        folder: StateFolder | None,
        now_ms: Callable[[], int],
    ) -> None:
        """Prepare a worker.

        Args:
            kafka: where the topics are.
            topics: how many partitions they have, and which epoch it is.
            settings: of the consolidator.
            engine: what is to read `bookings.v1`.
            health: where it tells how it is.
            folder: where it keeps its state; None for in memory.
            now_ms: the clock of this host.
        """
        self._folder = folder
        self._now_ms = now_ms
        self._kafka = kafka
        self._topics = topics
        self._settings = settings
        self._health = health
        self._group = f"itinerary-consolidator-{topics.epoch}"
        self._lanes: dict[int, Lane] = {}
        self._computing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="core")
        self._watch = ConsumerWatch("consolidator")
        self._tasks: set[asyncio.Task[None]] = set()
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._engine = engine(
            kafka=kafka, group=self._group, settings=settings, receiver_of=self._lane, fail=self._fail
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish what was begun and leave the group.

        Raises:
            Exception: whatever a part failed with; nothing unsettled was acknowledged.
        """
        await self._engine.start()
        log.info("worker.started", group=self._group)
        stopping = asyncio.create_task(stop.wait())
        self._start(self._watch_engine())
        self._start(self._watch_lag())
        self._start(self._watch_place())
        await asyncio.wait({stopping, self._failed}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if self._failed.done():
            self._failed.result()
        async with asyncio.timeout(self._settings.stop_seconds):
            await self._engine.stop()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*(lane.release() for lane in self._lanes.values()))
        self._computing.shutdown(wait=False, cancel_futures=True)
        log.info("worker.stopped")

    def _lane(self, partition: int) -> Lane:
        if partition not in self._lanes:
            state = PartitionState(
                number=partition,
                partitions=self._topics.partitions,
                epoch=self._topics.epoch,
                local=InMemory() if self._folder is None else self._folder.of_partition(partition),
                most_in_memory=self._settings.unpacked_in_memory // self._topics.partitions,
                poison_limit=self._settings.poison_limit,
                now_ms=self._now_ms,
            )
            lane = Lane(state, kafka=self._kafka, engine=self._engine, computing=self._computing)
            self._lanes[partition] = lane
            self._start(lane.run())
        return self._lanes[partition]

    def _start(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (failure := task.exception()) is not None:
            self._fail(failure)

    def _fail(self, failure: BaseException) -> None:
        if not self._failed.done():
            self._failed.set_exception(failure)

    async def _watch_engine(self) -> None:
        while not self._engine.ended:
            self._health.moved()
            if self._engine.joined:
                self._health.ready()
            else:
                self._health.not_ready(awaited="its place in the consumer group")
            await asyncio.sleep(_WATCH_SECONDS)
        if self._engine.failure is not None:
            raise WorkerStalled("the stream engine crashed") from self._engine.failure

    def _share_memory(self) -> None:
        """Let the partitions that are ours share what may be kept ready."""
        share = self._settings.unpacked_in_memory // max(1, len(self._engine.assigned))
        for lane in self._lanes.values():
            lane.keep_ready(share)

    async def _watch_lag(self) -> None:
        """End the worker when one of our partitions stands below the end of its log for too long."""
        clock = asyncio.get_running_loop().time
        since: dict[int, tuple[int, float]] = {}
        watcher = AIOKafkaConsumer(
            **client_arguments(self._kafka), group_id=self._group, enable_auto_commit=False
        )
        await watcher.start()
        try:
            while True:
                await asyncio.sleep(_LAG_SECONDS)
                with contextlib.suppress(
                    KafkaError
                ):  # the lanes and the engine see the trouble for themselves
                    await self._check_topic()
                    self._share_memory()
                    lagging = await self._lagging(watcher)
                    since = {
                        number: since[number] if since.get(number, (-1, 0.0))[0] == done else (done, clock())
                        for number, done in lagging.items()
                    }
                for number, (done, began) in since.items():
                    lane = self._lanes.get(number)
                    idle_since = began if lane is None else max(began, lane.moved_at)
                    patience = _BUSY_PATIENCE if lane is not None and lane.busy else 1
                    if clock() - idle_since > self._settings.stall_seconds * patience:
                        raise WorkerStalled(f"partition {number} stands at {done} with more in the log")
        finally:
            await watcher.stop()

    async def _watch_place(self) -> None:
        """End the worker when the group gives it no place for longer than it may wait for its members.

        Where the broker does not answer either, a restart would not help.
        """
        clock = asyncio.get_running_loop().time
        since = clock()
        while True:
            await asyncio.sleep(_LAG_SECONDS)
            if self._engine.joined or self._engine.assigned or not await self._broker_answers():
                since = clock()
            elif clock() - since > self._settings.stall_seconds + REBALANCE_SECONDS:
                raise WorkerStalled("the group gives it no place")

    async def _broker_answers(self) -> bool:
        try:
            await topic_ids(self._kafka, [BOOKINGS.name])
        except KafkaError:
            return False
        return True

    async def _check_topic(self) -> None:
        """End where `bookings.v1` was created anew under our feet.

        Its offsets begin again, and would pass for done; the next epoch does them once more.
        """
        found = (await topic_ids(self._kafka, [BOOKINGS.name]))[BOOKINGS.name]
        known = {lane.topic_id for lane in self._lanes.values()} - {None}
        if known - {found}:
            raise EpochUnfit(
                f"{BOOKINGS.name} was created anew; set ITINERARY_EPOCH to {self._topics.epoch + 1}"
            )

    async def _lagging(self, watcher: AIOKafkaConsumer) -> dict[int, int]:
        places = [TopicPartition(BOOKINGS.name, number) for number in self._engine.assigned]
        if not places:
            self._watch.show({})
            return {}
        watcher.assign(places)
        ends = await watcher.end_offsets(places)
        begins = await watcher.beginning_offsets(places)
        done = {place: await watcher.committed(place) or begins[place] for place in places}
        self._watch.show(
            {place: self._standing(place, done=done[place], end=ends[place]) for place in places}
        )
        return {place.partition: done[place] for place in places if done[place] < ends[place]}

    def _standing(self, place: TopicPartition, *, done: int, end: int) -> Standing:
        """Return where a partition stands: by its lane, which is ahead of what is committed."""
        lane = self._lanes.get(place.partition)
        if lane is not None and lane.done is not None:
            done = max(done, lane.done + 1)
        lag = max(0, end - done)
        return Standing(lag, self._now_ms() if lag == 0 else None if lane is None else lane.settled_ms)
