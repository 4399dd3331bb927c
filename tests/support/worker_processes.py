"""Our workers as real child processes, which tests may kill."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from services.platform.backing import Backing
from tests.support.waiting import wait_until


class WorkerProcess:
    """One running process and what it says."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self._process = process
        self._log = log

    def kill(self) -> None:
        """Kill it as a crash would: with no chance to finish anything."""
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> int:
        """Ask it to stop, and return its exit code."""
        self._process.terminate()
        return self._process.wait(timeout=40)

    def terminate(self) -> None:
        """Ask it to stop, without waiting."""
        self._process.terminate()

    def exit_code(self, *, deadline_seconds: float = 40) -> int:
        """Wait until it ends by itself."""
        return self._process.wait(timeout=deadline_seconds)

    def ended(self) -> int | None:
        """Return how it ended; None while it runs."""
        return self._process.poll()

    @property
    def pid(self) -> int:
        return self._process.pid

    def said(self) -> str:
        return self._log.read_text()

    def facts(self, event: str) -> list[dict[str, Any]]:
        """Return what it logged of one kind of event."""
        lines = (line for line in self.said().splitlines() if line.startswith("{"))
        return [fact for fact in map(orjson.loads, lines) if fact["event"] == event]

    def await_saying(self, text: str, *, deadline_seconds: float = 40) -> None:
        wait_until(
            lambda: text in self.said() or self.ended() is not None,
            what=f"{text!r} in the log of the worker",
            deadline_seconds=deadline_seconds,
        )
        assert text in self.said(), self.said()


@contextmanager
def worker_process(
    *arguments: str, backing: Backing, environment: Mapping[str, str] = {}, code: Path | None = None
) -> Generator[WorkerProcess]:
    """Run `python -m ARGUMENTS` against the backing services; killed at the end if it still runs.

    `code` is a folder with another version of the packages.
    """
    variables = {
        **os.environ,  # noqa: TID251 - a child process inherits what the tests were given
        "KAFKA_BOOTSTRAP": backing.kafka,
        "DATABASE_URL": backing.database_url,
        **environment,
    }
    with TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=code,
                env=variables,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        worker = WorkerProcess(process, log)
        try:
            yield worker
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                worker.kill()


@contextmanager
def consolidator(
    backing: Backing,
    *,
    state: Path | None = None,
    environment: Mapping[str, str] = {},
    code: Path | None = None,
) -> Generator[WorkerProcess]:
    """A consolidator that has joined the group; `state` is the folder in which it keeps its state."""
    if state is not None:
        environment = {**environment, "ITINERARY_CONSOLIDATOR_STATE_FOLDER": str(state)}
    with worker_process(
        "services.consolidator", backing=backing, environment=environment, code=code
    ) as worker:
        worker.await_saying("worker.started")
        yield worker
