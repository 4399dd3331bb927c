"""Child processes that are stopped exactly.

A process id alone may have been given to a stranger since; a child is therefore known by its id and the time
of its creation. The roster on disk outlives a killed parent, so that whoever comes next can clear up.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self

import psutil
from pydantic import BaseModel, ConfigDict

from services.platform import faults

_SAME_SECONDS = 1.0
"""Of rounding; an id is not given to another process so soon."""
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_POLL_SECONDS = 0.05
_LOG_BYTES = 16 * 1024 * 1024


class ChildCommand(NamedTuple):
    """How to start a child: everything that a restart needs again."""

    name: str
    arguments: tuple[str, ...]
    log: Path
    folder: Path
    """The child's working directory."""
    environment: Mapping[str, str] = {}
    """Added to the parent's environment."""
    user: int | None = None
    """User and group id to run as; None for the parent's own."""
    stop_signal: signal.Signals = signal.SIGTERM
    """What asks this program to stop in order."""


class Child(BaseModel):
    """A process that was started, recognisable after its parent is gone."""

    model_config = ConfigDict(frozen=True)

    name: str
    pid: int
    created: float
    """Seconds after the start of the machine: when it was by the clock moves with each correction of that."""
    boot: str = ""
    """Which start of the machine that was, where the system tells."""
    stop_signal: int = signal.SIGTERM

    @classmethod
    def of(cls, pid: int, *, name: str, stop_signal: int = signal.SIGTERM) -> Self:
        """Return the identity of a running process.

        Raises:
            psutil.NoSuchProcess: it has ended already.
        """
        created = _after_boot(psutil.Process(pid))
        return cls(name=name, pid=pid, created=created, boot=_boot(), stop_signal=stop_signal)

    def running(self) -> psutil.Process | None:
        """Return the process if it still runs and is this very one."""
        try:
            process = psutil.Process(self.pid)
            same = self.boot == _boot() and abs(_after_boot(process) - self.created) < _SAME_SECONDS
        except psutil.NoSuchProcess:
            return None
        return process if same and not _gone(process) else None


def _after_boot(process: psutil.Process) -> float:
    return process.create_time() - psutil.boot_time()


def _boot() -> str:
    return _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else ""


class Roster(BaseModel):
    """Who works on a data folder: the owner, which started the others, and its children."""

    model_config = ConfigDict(frozen=True)

    owner: Child
    children: tuple[Child, ...] = ()

    @classmethod
    def read(cls, file: Path) -> Self | None:
        """Return the roster that was written last, or None."""
        return cls.model_validate_json(file.read_bytes()) if file.exists() else None

    def write(self, file: Path) -> None:
        """Replace the roster on disk in one step, so that a reader never sees half of it."""
        write_private(file, text=self.model_dump_json(indent=2))

    def with_child(self, child: Child) -> Self:
        """Return the roster with a child added."""
        return self.model_copy(update={"children": (*self.children, child)})

    def without(self, pids: Iterable[int]) -> Self:
        """Return the roster without the children of these process ids."""
        leaving = set(pids)
        return self.model_copy(update={"children": tuple(c for c in self.children if c.pid not in leaving)})


def write_private(file: Path, *, text: str) -> None:
    """Write a file that only its owner reads, in one step."""
    new = file.with_name(f".{file.name}.{os.getpid()}")
    new.touch(mode=0o600)
    new.write_text(text)
    faults.point("private_file.written")
    new.replace(file)


def start_child(command: ChildCommand) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, so that a Ctrl-C meant for the parent does not reach it."""
    command.folder.mkdir(parents=True, exist_ok=True)
    command.log.parent.mkdir(parents=True, exist_ok=True)
    if command.log.exists() and command.log.stat().st_size > _LOG_BYTES:
        command.log.replace(command.log.with_suffix(".log.1"))
    environment = {**os.environ, **command.environment}  # noqa: TID251 - a child inherits what its parent was given
    with command.log.open("ab") as log:
        return subprocess.Popen(
            command.arguments,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=command.folder,
            env=environment,
            start_new_session=True,
            user=command.user,
            group=command.user,
            extra_groups=None if command.user is None else [],
        )


def stop_children(children: Sequence[Child], *, grace_seconds: float) -> tuple[Child, ...]:
    """Ask children to stop, wait, and kill what is left, with all that they started.

    Returns:
        The children that had to be killed.
    """
    family: list[psutil.Process] = []
    for child in children:
        if (process := child.running()) is not None:
            family += [process, *_descendants(process)]
            _send(process, child.stop_signal)
    _wait_until_gone(family, seconds=grace_seconds)
    stubborn = tuple(child for child in children if child.running() is not None)
    for process in family:
        if not _gone(process):
            _send(process, signal.SIGKILL)
    _wait_until_gone(family, seconds=grace_seconds)
    return stubborn


def last_lines(log: Path, *, lines: int = 15) -> str:
    """Return the end of a log, to show beside the message that its process has failed."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _send(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)  # psutil refuses where the id has been given to another process
    except psutil.NoSuchProcess:
        return


def _gone(process: psutil.Process) -> bool:
    # A zombie has ended; it waits for a parent to take note, and the first process of a container may never.
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _wait_until_gone(processes: Sequence[psutil.Process], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not all(_gone(process) for process in processes):
        time.sleep(_POLL_SECONDS)
