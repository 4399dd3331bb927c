"""One worker: the engine, a lane for each partition, and a watchdog that believes neither.

Nothing is lost when a worker ends at any moment, so that ending is the answer to whatever it cannot mend.
"""

import asyncio
from collections.abc import Callable, Coroutine

import structlog

from services.consolidator.computing import Computing
from services.consolidator.engine import EngineMaker
from services.consolidator.in_memory import InMemory
from services.consolidator.lanes import Lane
from services.consolidator.local_state import StateFolder
from services.consolidator.partition import PartitionState
from services.consolidator.settings import ConsolidatorSettings
from services.consolidator.watchdog import Watchdog, WorkerStalled
from services.platform.health import Health
from services.platform.settings import KafkaSettings, TopicSettings

log = structlog.get_logger()

_WATCH_SECONDS = 1.0


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
        self._computing = Computing()
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
        watchdog = Watchdog(
            kafka=self._kafka,
            group=self._group,
            epoch=self._topics.epoch,
            settings=self._settings,
            engine=self._engine,
            lanes=self._lanes,
            now_ms=self._now_ms,
        )
        self._start(watchdog.watch_lag())
        self._start(watchdog.watch_place())
        await asyncio.wait({stopping, self._failed}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if self._failed.done():
            self._failed.result()
        async with asyncio.timeout(self._settings.stop_seconds):
            await self._engine.stop()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*(lane.release() for lane in self._lanes.values()))
        self._computing.close()
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
            self._share_memory()
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
