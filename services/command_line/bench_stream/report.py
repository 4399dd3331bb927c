"""All scenes one after the other, and their figures as tables."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from services.command_line.bench_stream.broker import BenchBroker, bench_broker
from services.command_line.bench_stream.engines import ENGINES, OURS, installed
from services.command_line.bench_stream.scenes import (
    LOADS,
    CoreFigures,
    EngineFigures,
    Recovery,
    Size,
    measure_core,
    measure_engine,
    measure_recovery,
    measure_workers,
)
from services.platform.kafka_jars import silent

_PARTITIONS = 8
WORKERS = (1, 2, 4)
RECOVERED = (1, 10)
"""How many times the travellers of the other scenes the worker has in its state when it is killed."""


class Figures(NamedTuple):
    """All that was measured in one run."""

    size: Size
    core: CoreFigures
    engines: tuple[EngineFigures, ...]
    workers: dict[int, float]
    recoveries: tuple[Recovery, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return {
            "size": self.size._asdict(),
            "core": self.core._asdict(),
            "engines": [
                engine._asdict() | {"loads": [load._asdict() for load in engine.loads]}
                for engine in self.engines
            ],
            "workers": {str(count): rate for count, rate in self.workers.items()},
            "recoveries": [recovery._asdict() for recovery in self.recoveries],
        }


async def measure_all(size: Size, *, say: Callable[[str], None]) -> Figures:
    """Measure everything in one run, on one broker of its own.

    Args:
        size: how much.
        say: told what comes next.

    Raises:
        CannotStart: an engine ended or stands still.
    """
    async with bench_broker(partitions=_PARTITIONS, report=silent) as broker:
        say("the core alone")
        core = measure_core(size, broker=broker)
        engines: list[EngineFigures] = []
        for engine in ENGINES:
            if not installed(engine):
                say(f"{engine.name} is left out: `uv run --with quixstreams==3.28.1 itinerary bench stream`")
                continue
            say(engine.name)
            engines.append(await measure_engine(engine, broker=broker, size=size, core=core))
        workers: dict[int, float] = {}
        for count in WORKERS:
            say(f"{count} of our workers")
            workers[count] = await measure_workers(count, broker=broker, size=size)
        recoveries = [await _recovery(size.travellers * times, broker=broker, say=say) for times in RECOVERED]
    return Figures(size, core, tuple(engines), workers, tuple(recoveries))


async def measure_one_recovery(travellers: int, *, say: Callable[[str], None]) -> Recovery:
    """Measure how long our worker takes to be back with the state of so many travellers.

    Raises:
        CannotStart: as `measure_all`.
    """
    async with bench_broker(partitions=_PARTITIONS, report=silent) as broker:
        return await _recovery(travellers, broker=broker, say=say)


async def _recovery(travellers: int, *, broker: BenchBroker, say: Callable[[str], None]) -> Recovery:
    say(f"recovery with {travellers} travellers")
    return await measure_recovery(travellers, broker=broker)


def show(figures: Figures) -> None:
    """Print the tables."""
    console = Console()
    size, core = figures.size, figures.core
    console.print(
        f"{size.bookings} bookings of {size.travellers} travellers; the core alone takes "
        f"{core.single_ms:.2f} ms a booking, {core.batch_ms:.2f} ms in batches"
    )
    rates = {engine.name: engine.bookings_a_second for engine in figures.engines}
    table = Table("engine", "bookings/s", "ours is", "CPU ms a booking", "beyond the core", "peak MiB")
    delays = Table("p50 / p99, ms", *(f"at {share:.0%} of its rate" for share in LOADS))
    for engine in figures.engines:
        table.add_row(
            engine.name,
            f"{engine.bookings_a_second:,.0f}",
            f"{rates[OURS.name] / engine.bookings_a_second:.2f}×",
            f"{engine.cpu_ms:.2f}",
            f"{engine.cpu_ms - engine.core_ms:.2f}",
            f"{engine.peak_mib:,.0f}",
        )
        delays.add_row(engine.name, *(f"{load.p50_ms} / {load.p99_ms}" for load in engine.loads))
    console.print(table)
    console.print(delays)
    more = Table("workers", "bookings/s")
    for count, rate in figures.workers.items():
        more.add_row(str(count), f"{rate:,.0f}")
    console.print(more)
    show_recoveries(figures.recoveries)


def show_recoveries(recoveries: Sequence[Recovery]) -> None:
    """Print how long each took."""
    back = Table("travellers", "back after kill -9, s", "with its state lost, s")
    for one in recoveries:
        back.add_row(f"{one.travellers:,}", f"{one.with_state_s:.1f}", f"{one.without_state_s:.1f}")
    Console().print(back)
