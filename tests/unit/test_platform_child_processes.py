"""Children are known by process id and creation time, and stopped exactly."""

import os
import signal
import sys
from pathlib import Path

import pytest

from services.platform.child_processes import Child, ChildCommand, Roster, start_child, stop_children
from services.platform.data_folder import StartedChild, occupied
from tests.support.waiting import wait_until

WAITS = "import sys; print('up', flush=True); sys.stdin.close(); import signal; signal.pause()"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAITS}"
WITH_OFFSPRING = (
    "import subprocess, sys, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    f"print(subprocess.Popen([sys.executable, '-c', {WAITS!r}]).pid, flush=True); {WAITS}"
)


def command(folder: Path, *, program: str) -> ChildCommand:
    return ChildCommand("child", (sys.executable, "-c", program), log=folder / "child.log", folder=folder)


def wait_for_output(folder: Path) -> str:
    log = folder / "child.log"
    return wait_until(lambda: log.read_text() if "up\n" in log.read_text() else None, what="the child")


def started(folder: Path, *, program: str) -> StartedChild:
    handle = start_child(command(folder, program=program))
    child = Child.of(handle.pid, name="child")
    wait_for_output(folder)
    return StartedChild(command(folder, program=program), child=child, handle=handle)


def test_a_child_stops_when_it_is_asked(tmp_path: Path) -> None:
    one = started(tmp_path, program=WAITS)
    assert one.child.running() is not None
    assert stop_children([one.child], grace_seconds=20) == ()
    assert one.child.running() is None
    assert one.handle.wait(20) == -signal.SIGTERM


def test_a_child_that_does_not_heed_is_killed_and_named(tmp_path: Path) -> None:
    one = started(tmp_path, program=STUBBORN)
    assert stop_children([one.child], grace_seconds=0.5) == (one.child,)
    assert one.handle.wait(20) == -signal.SIGKILL


def test_what_a_killed_child_started_goes_with_it(tmp_path: Path) -> None:
    one = started(tmp_path, program=WITH_OFFSPRING)
    offspring = Child.of(int(wait_for_output(tmp_path).split()[0]), name="offspring")
    stop_children([one.child], grace_seconds=0.5)
    assert offspring.running() is None
    one.handle.wait(20)


def test_a_process_is_known_whatever_becomes_of_the_clock() -> None:
    """The kernel tells its beginning in ticks since that of the machine; by the clock both would move."""
    ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    assert Child.of(os.getpid(), name="self").created == pytest.approx(
        ticks / os.sysconf("SC_CLK_TCK"), abs=0.01
    )


def test_a_process_of_another_start_of_the_machine_is_no_child() -> None:
    me = Child.of(os.getpid(), name="self")
    assert me.running() is not None
    assert me.model_copy(update={"boot": "another"}).running() is None


def test_another_process_with_the_same_id_is_no_child(tmp_path: Path) -> None:
    one = started(tmp_path, program=WAITS)
    earlier = one.child.model_copy(update={"created": one.child.created - 60})
    assert earlier.running() is None
    stop_children([earlier], grace_seconds=0)
    assert one.exit_code is None
    stop_children([one.child], grace_seconds=20)
    one.handle.wait(20)


def test_a_child_that_ended_leaves_the_roster(tmp_path: Path) -> None:
    with occupied(tmp_path) as folder:
        one = folder.start(command(tmp_path, program="pass"))
        one.handle.wait(20)
        assert Roster.read(tmp_path / "processes.json") == folder.roster
        assert folder.roster.children == (one.child,)
        folder.stop(one)
        assert folder.roster.children == ()


def test_nothing_is_started_in_a_folder_that_is_being_left(tmp_path: Path) -> None:
    with occupied(tmp_path) as folder:
        pass
    with pytest.raises(Exception, match="not started any more"):
        folder.start(command(tmp_path, program="pass"))
