"""What is measured: a backlog worked off, delays under even load, recovery after a kill, and more workers."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer

from schemas.topics import BOOKINGS
from services.command_line.bench_stream.bookings import Fed, bookings
from services.command_line.bench_stream.broker import BenchBroker
from services.command_line.bench_stream.engines import OURS, Engine, RunningEngine, running
from services.command_line.bench_stream.ledger import WARM_UP, Appended, Ledger, open_ledger
from services.command_line.bench_stream.states import States
from services.consolidator.lanes import MAX_BATCH
from services.consolidator.partition import Message
from services.platform.awaiting import CannotStart
from services.platform.kafka import client_arguments

LOADS = (0.25, 0.5, 0.75)
_LOOK_SECONDS = 1.0
_STALL_SECONDS = 180.0
_SETTLING = 0.2
"""This part of the time under load does not count."""
_BEAT_SECONDS = 0.01


class Size(NamedTuple):
    """How much is measured."""

    bookings: int
    travellers: int
    load_seconds: float


class Load(NamedTuple):
    """Delays under an even load, from append on `bookings.v1` to append on `trips.v1`."""

    bookings_a_second: float
    p50_ms: int
    p99_ms: int


class EngineFigures(NamedTuple):
    """What one engine came to."""

    name: str
    bookings_a_second: float
    cpu_ms: float
    """Processor time of a booking, once it is warm."""
    core_ms: float
    """Of that the core's, alone and as this engine uses it."""
    peak_mib: float
    loads: tuple[Load, ...]


class CoreFigures(NamedTuple):
    """What the core alone costs, in milliseconds a booking."""

    single_ms: float
    batch_ms: float


class Recovery(NamedTuple):
    """From a kill -9 of the only worker until the next bookings of all partitions are on `trips.v1`."""

    travellers: int
    with_state_s: float
    without_state_s: float


class _Look(NamedTuple):
    """At one moment, how many bookings were done, and what that had cost in seconds of processor time."""

    done: int
    used: float


async def measure_engine(
    engine: Engine, *, broker: BenchBroker, size: Size, core: CoreFigures
) -> EngineFigures:
    """Have an engine work off all bookings, then put it under even loads."""
    await broker.renew()
    partitions = broker.topics.partitions
    fed = await broker.feed(bookings(size.bookings, travellers=size.travellers, partitions=partitions))
    async with open_ledger(broker.kafka, partitions=partitions) as ledger:
        with running(engine, broker=broker, state=broker.folder / "state") as process:
            cpu_ms = await _until_shown(ledger, (process,))
            rate = ledger.rate()
            loads: list[Load] = []
            for share in LOADS:
                load, fed = await _under_load(rate * share, ledger, process, broker, size, start=fed)
                loads.append(load)
    shutil.rmtree(broker.folder / "state", ignore_errors=True)
    return EngineFigures(
        engine.name,
        bookings_a_second=rate,
        cpu_ms=cpu_ms,
        core_ms=core.batch_ms if engine.batches else core.single_ms,
        peak_mib=process.peak_bytes / 1024 / 1024,
        loads=tuple(loads),
    )


async def measure_backlog(bookings_fed: int, *, travellers: int, broker: BenchBroker) -> tuple[float, float]:
    """Have our worker work off so many bookings; return the processor ms of one, and the peak in MiB."""
    await broker.renew()
    partitions, state = broker.topics.partitions, broker.folder / "state"
    await broker.feed(bookings(bookings_fed, travellers=travellers, partitions=partitions))
    async with open_ledger(broker.kafka, partitions=partitions) as ledger:
        with running(OURS, broker=broker, state=state) as worker:
            cpu_ms = await _until_shown(ledger, (worker,))
    shutil.rmtree(state, ignore_errors=True)
    return cpu_ms, worker.peak_bytes / 1024 / 1024


async def measure_workers(count: int, *, broker: BenchBroker, size: Size) -> float:
    """Return bookings a second that so many of our workers work off together."""
    await broker.renew()
    partitions = broker.topics.partitions
    await broker.feed(bookings(size.bookings, travellers=size.travellers, partitions=partitions))
    states = [broker.folder / f"state-{number}" for number in range(count)]
    async with open_ledger(broker.kafka, partitions=partitions) as ledger:
        with ExitStack() as leaving:
            workers = [leaving.enter_context(running(OURS, broker=broker, state=state)) for state in states]
            await _until_shown(ledger, workers)
    for state in states:
        shutil.rmtree(state, ignore_errors=True)
    return ledger.rate()


async def measure_recovery(travellers: int, *, broker: BenchBroker) -> Recovery:
    """Kill our worker with so much state, and once more without what it had on disk."""
    await broker.renew()
    partitions, state = broker.topics.partitions, broker.folder / "state"
    fed = await broker.feed(bookings(travellers, travellers=travellers, partitions=partitions))
    seconds: list[float] = []
    async with open_ledger(broker.kafka, partitions=partitions) as ledger:
        with running(OURS, broker=broker, state=state) as worker:
            await _until_shown(ledger, (worker,))
            for lost in (False, True):
                worker.kill()
                killed_ms = time.time_ns() // 1_000_000
                if lost:
                    shutil.rmtree(state)
                worker.start()
                one_each = bookings(partitions * 8, travellers=travellers, partitions=partitions, start=fed)
                appended = await _append([(0.0, one) for one in one_each], broker)
                fed += partitions * 8
                await _until_shown(ledger, (worker,))
                seconds.append((ledger.shown_ms(appended) - killed_ms) / 1000)
    shutil.rmtree(state, ignore_errors=True)
    return Recovery(travellers, *seconds)


def measure_core(size: Size, *, broker: BenchBroker) -> CoreFigures:
    """Run the core alone over the bookings of one partition, one by one and in batches.

    Whose bookings meet in a batch, and what is known of them by then, is as in the engines: a batch in which
    each traveller is told of four times costs half of one in which each is told of once.
    """
    fed = bookings(size.bookings, travellers=size.travellers, partitions=broker.topics.partitions)
    values = [one.value for one in fed if one.partition == 0]
    messages = [Message(number, number, value) for number, value in enumerate(values)]
    return CoreFigures(*(_core_ms(messages, broker, batch=batch) for batch in (1, MAX_BATCH)))


def _core_ms(messages: Sequence[Message], broker: BenchBroker, *, batch: int) -> float:
    states = States(broker.topics)

    def settle(some: Sequence[Message]) -> None:
        for first in range(0, len(some), batch):
            states.settle(some[first : first + batch], partition=0)

    warm = int(len(messages) * WARM_UP)
    settle(messages[:warm])
    started = time.process_time()
    settle(messages[warm:])
    return (time.process_time() - started) / (len(messages) - warm) * 1000


async def _under_load(
    rate: float, ledger: Ledger, process: RunningEngine, broker: BenchBroker, size: Size, *, start: int
) -> tuple[Load, int]:
    count = max(1, int(rate * size.load_seconds))
    made = bookings(count, travellers=size.travellers, partitions=broker.topics.partitions, start=start)
    appended = await _append([(number / rate, one) for number, one in enumerate(made)], broker)
    await _until_shown(ledger, (process,))
    delays = ledger.delays(appended[int(len(appended) * _SETTLING) :])
    return Load(rate, delays[len(delays) // 2], delays[len(delays) * 99 // 100]), start + count


async def _append(timed: Sequence[tuple[float, Fed]], broker: BenchBroker) -> list[Appended]:
    """Append each message at its second, whatever became of those before it."""
    producer = AIOKafkaProducer(**client_arguments(broker.kafka), acks="all")
    await producer.start()
    try:
        clock = asyncio.get_running_loop().time
        began = clock()
        deliveries: list[asyncio.Future[Any]] = []
        for due, one in timed:
            while clock() - began < due:  # noqa: ASYNC110 - it is the clock that is waited for
                await asyncio.sleep(_BEAT_SECONDS)
            deliveries.append(
                await producer.send(BOOKINGS.name, one.value, key=one.key, partition=one.partition)
            )
        told = await asyncio.gather(*deliveries)
    finally:
        await producer.stop()
    return [Appended(one.partition, one.offset, one.timestamp) for one in told]


async def _until_shown(ledger: Ledger, processes: Sequence[RunningEngine]) -> float:
    """Wait until all bookings are on `trips.v1`; return the milliseconds of processor time of one.

    Raises:
        CannotStart: an engine ended, or stands still.
    """
    ends: Mapping[int, int] = await ledger.ends()
    clock = asyncio.get_running_loop().time
    moved, done = clock(), -1
    looks: list[_Look] = []
    while True:
        used = sum(process.look() for process in processes)
        await ledger.read_on()
        looks.append(_Look(ledger.done(), used))
        if ledger.shows(ends):
            return _milliseconds_each(looks)
        if ledger.done() != done:
            moved, done = clock(), ledger.done()
        elif clock() - moved > _STALL_SECONDS:
            raise CannotStart(f"The engine stands still at {done} bookings of {sum(ends.values())}.")
        await asyncio.sleep(_LOOK_SECONDS)


def _milliseconds_each(looks: Sequence[_Look]) -> float:
    """Return the processor time of a booking, since the warm-up was over: starting is no booking's work."""
    last = looks[-1]
    warm = (look for look in looks if WARM_UP * last.done <= look.done < last.done)
    first = next(warm, _Look(0, 0.0))
    return (last.used - first.used) / (last.done - first.done) * 1000
