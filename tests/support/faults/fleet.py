"""Our processes, each known by its name, which tests kill, and which are started again as `up` would."""

import asyncio
import re
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from services.platform.backing import Backing
from tests.support.waiting import wait_until_async
from tests.support.worker_processes import WorkerProcess, worker_process

_LOOK_SECONDS = 0.1
_LAST_LINES = 25
_NUMBERS = re.compile(r"[0-9][0-9T:.Z-]*")
_STRUCK = '"event": "fault.injected"'
_HANGS = '"action": "hang", "event": "fault.injected"'


class _Start(NamedTuple):
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    says: str


ROLES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "consolidator": (("services.consolidator",), "worker.started"),
    "relay": (("services.consolidator", "relay"), "relay.started"),
    "projector": (("services.query", "projector"), "partitions.assigned"),
    "sweeper": (("services.consolidator", "sweeper"), "sweeper.started"),
    "webhooks": (("services.query", "webhooks"), "events.followed"),
    "gateway": (("services.command_line", "gateway"), "Uvicorn running"),
}
"""By role how it is started, and what it says once it is at work."""


class Fleet:
    """The processes of one test."""

    def __init__(self, backing: Backing, *, environment: Mapping[str, str]) -> None:
        """Prepare.

        Args:
            backing: where they find Kafka and PostgreSQL.
            environment: of all of them.
        """
        self._backing = backing
        self._environment = environment
        self._leaving = ExitStack()
        self._states = Path(self._leaving.enter_context(TemporaryDirectory(ignore_cleanup_errors=True)))
        self._starts: dict[str, _Start] = {}
        self._plans: dict[str, deque[str]] = {}
        self._running: dict[str, WorkerProcess] = {}
        self._logs: list[WorkerProcess] = []
        self.restarts: dict[str, list[int]] = {}
        """By name the exit codes of those that ended by themselves."""

    def add(
        self,
        name: str,
        *,
        plans: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        module: str | None = None,
        more: tuple[str, ...] = (),
    ) -> WorkerProcess:
        """Start a process; its role is its name up to the dash.

        Args:
            name: `consolidator-1`.
            plans: at which crash points its first lives end, one after the other.
            environment: what it alone is given.
            module: what is run in the place of its role's own.
            more: further arguments.
        """
        arguments, says = ROLES[name.partition("-")[0]]
        if module is not None:
            arguments = (module, *arguments[1:])
        self._starts[name] = _Start((*arguments, *more), environment or {}, says)
        self._plans[name] = deque(plans)
        return self._start(name)

    async def overtake(self, name: str, *, by: str) -> None:
        """Freeze a process at the crash point where its plan has it sleep, and start another beside it."""

        async def asleep() -> bool:
            return _STRUCK in self._running[name].said()

        await wait_until_async(asleep, what=f"{name} to fall asleep", deadline_seconds=60)
        self._running[name].freeze()
        self.add(by, module=self._starts[name].arguments[0])

    def process(self, name: str) -> WorkerProcess:
        return self._running[name]

    @property
    def process_names(self) -> tuple[str, ...]:
        return tuple(self._running)

    def state_of(self, name: str) -> Path:
        """Return the folder in which a consolidator keeps its state from life to life."""
        return self._states / name

    def names(self, role: str) -> list[str]:
        return [name for name in self._running if name.partition("-")[0] == role]

    async def at_work(self, *names: str) -> None:
        """Wait until these, or all, say that they are; of one that hangs at its crash point, that it does."""
        for name in names or tuple(self._running):
            await self._says(name)

    async def _says(self, name: str) -> None:
        async def said() -> bool:
            words = self._running[name].said()
            return self._starts[name].says in words or _HANGS in words

        await wait_until_async(said, what=f"{name} to be at work", deadline_seconds=60)

    async def struck(self) -> None:
        """Wait until what a plan says has happened."""

        async def said() -> bool:
            return _STRUCK in self.logs()

        await wait_until_async(said, what="the plan to come true", deadline_seconds=60)

    def kill(self, name: str) -> None:
        """Kill it; `tend` starts it again."""
        self._running[name].kill()

    def dismiss(self, name: str, *, kill: bool = False) -> None:
        """End it for good."""
        process = self._running.pop(name)
        if kill:
            process.kill()
        else:
            process.stop()

    async def tend(self) -> None:
        """Start again whatever ends, until cancelled; each life has the next plan, the others none."""
        while True:
            for name, process in list(self._running.items()):
                if (code := process.ended()) is not None:
                    self.restarts.setdefault(name, []).append(code)
                    self._start(name)
            await asyncio.sleep(_LOOK_SECONDS)

    def close(self) -> None:
        """End all; in order where they can, so that the next test's group need not wait for them."""
        for process in self._running.values():
            process.thaw()
            process.terminate()
        for process in self._running.values():
            with suppress(subprocess.TimeoutExpired):
                process.exit_code(deadline_seconds=10)
        self._leaving.close()

    def logs(self) -> str:
        """Return all that all of them said, in every life."""
        return "\n".join(process.said() for process in self._logs)

    def last_words(self) -> str:
        """Return what each of them said last, in every life."""
        return "\n".join(_last_words(process.said()) for process in self._logs)

    def _start(self, name: str) -> WorkerProcess:
        start = self._starts[name]
        plan = self._plans[name].popleft() if self._plans[name] else ""
        faults = {"ITINERARY_FAULT_PLAN": plan, "ITINERARY_FAULT_TESTING": "1"} if plan else {}
        state = {"ITINERARY_CONSOLIDATOR_STATE_FOLDER": str(self.state_of(name))}
        environment = {**self._environment, **state, **start.environment, **faults}
        process = self._leaving.enter_context(
            worker_process(*start.arguments, backing=self._backing, environment=environment)
        )
        self._running[name] = process
        self._logs.append(process)
        return process


def _last_words(said: str) -> str:
    """Return the end of what was said, without what says the same again but for times and numbers."""
    kept: dict[str, str] = {}
    for line in said.splitlines():
        sort = _NUMBERS.sub("#", line)
        kept.pop(sort, None)
        kept[sort] = line
    return "\n".join(list(kept.values())[-_LAST_LINES:])
