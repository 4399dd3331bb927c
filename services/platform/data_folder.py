"""The one folder in which an embedded system keeps everything, and the lock that gives it one owner."""

import fcntl
import os
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import structlog

from services.platform.awaiting import CannotStart
from services.platform.child_processes import (
    Child,
    ChildCommand,
    Roster,
    start_child,
    stop_children,
)

log = structlog.get_logger()

STOP_GRACE_SECONDS = 30.0  # longer than any service takes to stop in order


class FolderInUse(CannotStart):
    """Another process owns the data folder."""


class StartedChild(NamedTuple):
    """A child of this process: how it was started, who it is, and the handle that tells when it has ended."""

    command: ChildCommand
    child: Child
    handle: subprocess.Popen[bytes]

    @property
    def exit_code(self) -> int | None:
        """How the child ended; None while it runs."""
        return self.handle.poll()


class DataFolder:
    """A data folder that this process owns; made by `occupied`."""

    def __init__(self, path: Path, *, roster: Roster) -> None:
        self.path = path
        self.roster = roster
        self.started: list[StartedChild] = []
        self._closed = False
        self._lock = threading.Lock()
        self.roster.write(roster_file(path))

    @property
    def logs(self) -> Path:
        """Where every child's output goes, `NAME.log`."""
        return self.path / "logs"

    def start(self, command: ChildCommand) -> StartedChild:
        """Start a child and write it down. Safe to call from several threads.

        Raises:
            CannotStart: the folder is being left.
        """
        with self._lock:
            if self._closed:
                raise CannotStart(
                    f"{command.name} is not started any more: everything in {self.path} is stopping."
                )
            handle = start_child(command)
            child = Child.of(handle.pid, name=command.name, stop_signal=command.stop_signal)
            started = StartedChild(command, child=child, handle=handle)
            self.started.append(started)
            self.roster = self.roster.with_child(child)
            self.roster.write(roster_file(self.path))
        return started

    def stop(self, *started: StartedChild, grace_seconds: float = STOP_GRACE_SECONDS) -> None:
        """Stop children, ended ones included, and strike them from the roster."""
        for child in stop_children([one.child for one in started], grace_seconds=grace_seconds):
            log.warning("child.killed", child=child.name, pid=child.pid, grace_seconds=grace_seconds)
        with self._lock:
            self.started = [one for one in self.started if one not in started]
            self.roster = self.roster.without(one.child.pid for one in started)
            self.roster.write(roster_file(self.path))
        for one in started:
            one.handle.wait(timeout=grace_seconds)  # takes note of the end, so that no zombie stays

    def close(self) -> None:
        """Stop all children, those included that another thread is starting right now."""
        with self._lock:
            self._closed = True
        self.stop(*self.started)


def roster_file(data: Path) -> Path:
    """Return where a data folder keeps its roster."""
    return data / "processes.json"


@contextmanager
def occupied(data: Path) -> Generator[DataFolder]:
    """Own a data folder: lock it, stop what a killed owner left behind, and stop all children at the end.

    The lock is the operating system's and falls with its holder, so a killed owner leaves no stale one.

    Raises:
        FolderInUse: another living process owns it.
    """
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUse(f"Another process works on {data}; {_owner(data)}.") from None
        stop_leftovers(data)
        folder = DataFolder(data, roster=Roster(owner=Child.of(os.getpid(), name="up")))
        try:
            yield folder
        finally:
            folder.close()
            roster_file(data).unlink(missing_ok=True)


def stop_leftovers(data: Path) -> None:
    """Stop the children of an owner that is gone. Call it only as the holder of the lock."""
    roster = Roster.read(roster_file(data))
    if roster is None:
        return
    leftovers = tuple(child for child in roster.children if child.running() is not None)
    if leftovers:
        log.warning("leftovers.stopped", data=str(data), children=[f"{c.name}:{c.pid}" for c in leftovers])
        stop_children(leftovers, grace_seconds=STOP_GRACE_SECONDS)


def _owner(data: Path) -> str:
    roster = Roster.read(roster_file(data))
    return "its owner is not known yet" if roster is None else f"process {roster.owner.pid}"
