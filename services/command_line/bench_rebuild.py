"""What `itinerary rebuild build` takes for a booking, beside what the worker took that did it live.

On a Kafka and a PostgreSQL of the benchmark's own. The worker works off a part of the bookings; what the log
holds of all of them, once it is compacted, is written by the same core without it.
"""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
import logging
import multiprocessing
import resource
import tempfile
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from itertools import repeat
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from aiokafka import AIOKafkaProducer

from schemas.settings import TenantSettings
from schemas.topics import RECORDS, TRIPS
from services.command_line.bench_stream.bookings import statements_of_one
from services.command_line.bench_stream.broker import BenchBroker
from services.command_line.bench_stream.scenes import measure_backlog
from services.command_line.rebuild_parts import recomputed_parts
from services.command_line.running import System
from services.consolidator.domain.consolidate import step
from services.consolidator.domain.inputs import Input
from services.consolidator.domain.state import TravellerState
from services.platform.awaiting import CannotStart
from services.platform.backing import start_backing
from services.platform.data_folder import occupied
from services.platform.kafka import client_arguments, partition_for
from services.platform.migrations import migrate
from services.platform.settings import GivenBacking, KafkaSettings
from services.query.aside import open_aside

BOOKINGS_OF_ONE = 10
"""Of a traveller: as many records, of three trips."""
_PARTITIONS = 8
_APPENDED_MS = 1_767_225_600_000
_PIECE = 2000
_LOOK_SECONDS = 0.1

Say = Callable[[str], None]


class Size(NamedTuple):
    """How much is measured."""

    bookings: int
    live: int
    """So many of them are worked off live."""
    processes: int


class Rebuilt(NamedTuple):
    """What a rebuild came to and took."""

    records: int
    trips: int
    differences: int
    seconds: float
    processor_seconds: float
    """Of all processes of ours, their start among it; PostgreSQL and Kafka are not."""
    peak_mib: float
    """Of the largest process."""


class Figures(NamedTuple):
    """All that was measured in one run."""

    size: Size
    live_cpu_ms: float
    """Processor time of a booking in the worker, once it is warm."""
    live_peak_mib: float
    idle: Rebuilt
    """Of an empty log: what starting the processes takes."""
    rebuilt: Rebuilt

    @property
    def cpu_ms(self) -> float:
        """Processor time of a booking in the rebuild, without starting its processes."""
        return (self.rebuilt.processor_seconds - self.idle.processor_seconds) / self.size.bookings * 1000

    @property
    def times_live(self) -> float:
        """How many times as fast as the worker the rebuild is, on one core."""
        return self.live_cpu_ms / self.cpu_ms

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return {
            **self.size._asdict(),
            "live_cpu_ms": self.live_cpu_ms,
            "live_peak_mib": self.live_peak_mib,
            "idle": self.idle._asdict(),
            "rebuilt": self.rebuilt._asdict(),
            "cpu_ms": self.cpu_ms,
            "bookings_a_second_and_core": 1000 / self.cpu_ms,
            "times_live": self.times_live,
        }


async def measure_rebuild(size: Size, *, say: Say) -> Figures:
    """Measure all of it.

    Raises:
        CannotStart: something does not start, stands still, or comes to something else than was written.
    """
    async with _system() as (system, broker):
        say(f"{size.live} bookings, live")
        live_cpu_ms, live_peak_mib = await measure_backlog(
            size.live, travellers=max(1, size.live // BOOKINGS_OF_ONE), broker=broker
        )
        await broker.renew()
        idle = await _rebuilt(system, processes=size.processes)
        say(f"{size.bookings} bookings, written")
        await asyncio.to_thread(_write_all, system.kafka, size)
        say(f"{size.bookings} bookings, rebuilt")
        rebuilt = await _rebuilt(system, processes=size.processes)
    if rebuilt.differences or rebuilt.records < size.bookings:
        raise CannotStart(f"The rebuild does not find what was written: {rebuilt}")
    return Figures(size, live_cpu_ms, live_peak_mib, idle, rebuilt)


@asynccontextmanager
async def _system() -> AsyncGenerator[tuple[System, BenchBroker]]:
    # Topics that were created a moment ago have no leader yet; clients try again by themselves.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with (
        tempfile.TemporaryDirectory(prefix="itinerary-bench-", ignore_cleanup_errors=True) as temporary,
        occupied(Path(temporary)) as folder,
    ):
        backing = await start_backing(folder, given=GivenBacking(kafka=None, database_url=None))
        await asyncio.to_thread(migrate, backing.postgres_settings)
        broker = BenchBroker(backing.kafka_settings, folder=folder.path, partitions=_PARTITIONS)
        yield System(backing.kafka_settings, backing.postgres_settings, broker.topics), broker


# --- what the log holds --------------------------------------------------------------------------


def _write_all(kafka: KafkaSettings, size: Size) -> None:
    """Write what all bookings come to, by as many processes as rebuild it."""
    travellers = max(1, size.bookings // BOOKINGS_OF_ONE)
    shares = [range(number, travellers, size.processes) for number in range(size.processes)]
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(size.processes, mp_context=spawning) as writers:
        list(writers.map(_write_share, repeat(kafka), shares, repeat(travellers), repeat(size.bookings)))


def _write_share(kafka: KafkaSettings, share: range, travellers: int, count: int) -> None:
    asyncio.run(_write(kafka, share, travellers=travellers, count=count))


async def _write(kafka: KafkaSettings, share: range, *, travellers: int, count: int) -> None:
    producer = AIOKafkaProducer(
        **client_arguments(kafka), compression_type="zstd", linger_ms=20, max_batch_size=512 * 1024
    )
    async with producer:
        waiting: list[Any] = []
        for first in share:
            for topic, partition, key, value in _written(first, travellers=travellers, count=count):
                waiting.append(await producer.send(topic, value, key=key.encode(), partition=partition))
            if len(waiting) >= _PIECE:
                await asyncio.gather(*waiting)
                waiting.clear()
        await asyncio.gather(*waiting)


def _written(first: int, *, travellers: int, count: int) -> Iterator[tuple[str, int, str, bytes]]:
    """Yield the records and trips of one traveller: as they are in the end, each once."""
    said = statements_of_one(first, travellers=travellers, count=count)
    state = TravellerState(said[0].tenant, said[0].traveller)
    inputs = [
        Input(one, offset=first + turn * travellers, appended_ms=_APPENDED_MS)
        for turn, one in enumerate(said)
    ]
    made = step(state, inputs, settings=TenantSettings(), epoch=1)
    home = partition_for(tenant=state.tenant, traveller=state.traveller, partitions=_PARTITIONS)
    yield from ((RECORDS.name, home, record.record, record.encode()) for record in made.records)
    yield from ((TRIPS.name, home, trip.id, trip.value) for trip in made.trips)


# --- rebuilding it -------------------------------------------------------------------------------


async def _rebuilt(system: System, *, processes: int) -> Rebuilt:
    """Fill a copy anew, as `itinerary rebuild build` does, up to where PostgreSQL compares."""
    async with open_aside(system.postgres, kafka=system.kafka) as aside:
        await aside.make()
    return await asyncio.to_thread(_filled, system, processes)


def _filled(system: System, processes: int) -> Rebuilt:
    before, began = _used(), time.monotonic()
    with _watching() as peak:
        parts = list(recomputed_parts(system, partitions=_PARTITIONS, processes=processes))
    return Rebuilt(
        records=sum(part.records for part in parts),
        trips=sum(part.trips for part in parts),
        differences=sum(len(part.differences) for part in parts),
        seconds=time.monotonic() - began,
        processor_seconds=_used() - before,
        peak_mib=peak[0] / 1024 / 1024,
    )


def _used() -> float:
    """Return the processor seconds of this process and of those that it has seen end."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


@contextmanager
def _watching() -> Generator[list[int]]:
    """Note how large the largest child becomes that is started meanwhile."""
    others, peak, stop = {child.pid for child in psutil.Process().children()}, [0], threading.Event()

    def watch() -> None:
        while not stop.wait(_LOOK_SECONDS):
            for child in psutil.Process().children():
                try:
                    size = child.memory_info().rss if child.pid not in others else 0
                except psutil.NoSuchProcess:
                    continue
                peak[0] = max(peak[0], size)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        stop.set()
        watcher.join()
