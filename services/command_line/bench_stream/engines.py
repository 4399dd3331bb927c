"""The engines that are compared, each a process of its own, watched from outside."""

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

from services.command_line.bench_stream.broker import BenchBroker
from services.platform.awaiting import CannotStart
from services.platform.child_processes import last_lines

_STOP_SECONDS = 40.0


class Engine(NamedTuple):
    """One engine."""

    name: str
    module: str
    library: str | None = None
    """What it needs beside our own."""
    batches: bool = True
    """Whether it has the core settle many bookings at once."""


_HERE = "services.command_line.bench_stream"
OURS = Engine("our worker", "services.consolidator")
PLAIN = Engine("plain aiokafka", f"{_HERE}.plain_loop")
ENGINES = (
    PLAIN,
    Engine("Quix Streams", f"{_HERE}.quix", library="quixstreams", batches=False),
    Engine("naive Faust", f"{_HERE}.naive_faust", batches=False),
    OURS,
)


def installed(engine: Engine) -> bool:
    """Say whether the engine's library is there."""
    return engine.library is None or importlib.util.find_spec(engine.library) is not None


class RunningEngine:
    """A process, and what it used."""

    def __init__(self, engine: Engine, *, broker: BenchBroker, state: Path) -> None:
        self._arguments = (sys.executable, "-m", engine.module)
        self._log = broker.folder / "logs" / f"{engine.module}.log"
        self._log.parent.mkdir(exist_ok=True)
        self._environment = {
            **os.environ,  # noqa: TID251 - a child inherits what its parent was given
            "KAFKA_BOOTSTRAP": broker.kafka.bootstrap,
            "ITINERARY_PARTITIONS": str(broker.topics.partitions),
            "ITINERARY_EPOCH": str(broker.topics.epoch),
            "ITINERARY_CONSOLIDATOR_STATE_FOLDER": str(state),
        }
        self.peak_bytes = 0
        self.start()

    def start(self) -> None:
        """Start it, again after a kill."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._arguments, env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )
        self._watched = psutil.Process(self._process.pid)

    def look(self) -> float:
        """Note its memory, and return the processor seconds that it has used.

        Raises:
            CannotStart: it has ended; the text shows its last words.
        """
        if self._process.poll() is not None:
            raise CannotStart(f"{self._arguments[-1]} ended:\n{last_lines(self._log)}")
        self.peak_bytes = max(self.peak_bytes, self._watched.memory_info().rss)
        times = self._watched.cpu_times()
        return times.user + times.system

    def kill(self) -> None:
        """Kill it as a crash would."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Stop it, by force where it takes long."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()


@contextmanager
def running(engine: Engine, *, broker: BenchBroker, state: Path) -> Generator[RunningEngine]:
    """Run an engine on the broker's topics."""
    process = RunningEngine(engine, broker=broker, state=state)
    try:
        yield process
    finally:
        process.stop()
