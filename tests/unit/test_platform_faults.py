import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from services.platform import faults
from services.platform.awaiting import CannotStart
from services.platform.faults import EXIT_CODE, FaultInjected, FaultSettings, Trap, arm, point, read_plan


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    arm(FaultSettings(plan=""))


def test_without_a_plan_a_point_does_nothing() -> None:
    arm(FaultSettings(plan=""))
    for _ in range(3):
        point("consolidator.committed")


def test_a_plan_names_point_hit_and_action() -> None:
    assert read_plan("a.b:1:exit, c.d_e:20:sleep=0.5") == (
        Trap("a.b", 1, "exit"),
        Trap("c.d_e", 20, "sleep", 0.5),
    )


@pytest.mark.parametrize("plan", ["a.b", "a.b:0:exit", "a.b:1:explode", "a.b:1:sleep", "ab:1:exit"])
def test_a_plan_that_cannot_be_read_is_refused(plan: str) -> None:
    with pytest.raises(CannotStart, match="ITINERARY_FAULT_PLAN"):
        arm(FaultSettings(plan=plan, testing=True))


def test_a_plan_outside_a_test_is_refused() -> None:
    with pytest.raises(CannotStart, match="for tests alone"):
        arm(FaultSettings(plan="a.b:1:exit"))


def test_only_the_hit_that_is_named_raises_and_no_other_point() -> None:
    arm(FaultSettings(plan="a.b:2:raise", testing=True))
    point("a.b")
    point("a.c")
    with pytest.raises(FaultInjected):
        point("a.b")
    point("a.b")


def test_sleep_stops_the_process_for_as_long_as_it_says() -> None:
    arm(FaultSettings(plan="a.b:1:sleep=0.2", testing=True))
    began = time.monotonic()
    point("a.b")
    assert time.monotonic() - began >= 0.2


def test_exit_ends_the_process_at_once() -> None:
    said = (
        "from services.platform.faults import *\n"
        "arm(FaultSettings(plan='a.b:1:exit', testing=True))\n"
        "try:\n    point('a.b')\nfinally:\n    print('cleaned up')\n"
    )
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=False)
    assert done.returncode == EXIT_CODE
    assert "cleaned up" not in done.stdout


def test_a_point_that_no_plan_names_is_not_even_counted() -> None:
    arm(FaultSettings(plan=""))
    point("a.b")
    assert faults._hits == {}  # noqa: SLF001 - that it costs nothing has no other witness
