"""Named crash points: places in our code at which a test may have the process die, fail, pause or hang.

Without a plan a point costs one comparison. A plan comes from the environment of the process alone, and a
process that finds one refuses to start unless it is told that it is being tested.
"""

import os
import re
import time
from typing import Literal, NamedTuple, cast

import structlog
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.platform.awaiting import CannotStart

log = structlog.get_logger()

EXIT_CODE = 97
"""Of a process that died at a crash point."""

Action = Literal["exit", "raise", "sleep", "hang"]
_TRAP = re.compile(r"([a-z_]+\.[a-z_]+):([1-9][0-9]*):(?:(exit|raise|hang)|(sleep)=([0-9]+(?:\.[0-9]+)?))")


class FaultSettings(BaseSettings):
    """Variables are `ITINERARY_FAULT_…`; nothing but tests sets them."""

    model_config = SettingsConfigDict(env_prefix="ITINERARY_FAULT_")

    plan: str = ""
    """`POINT:HIT:ACTION`, several parted by commas: `projector.committed:3:exit`."""
    testing: bool = False
    """Without this a plan is refused."""


class FaultInjected(OSError):
    """Trouble that a plan asked for, to be met like a broken connection."""


class Trap(NamedTuple):
    """What happens at one hit of a point."""

    point: str
    hit: int
    """From 1."""
    action: Action
    seconds: float = 0.0
    """How long `sleep` stops the whole process, its event loop included."""


_traps: dict[tuple[str, int], Trap] = {}
_hits: dict[str, int] = {}


def read_plan(text: str) -> tuple[Trap, ...]:
    """Return the traps of a plan.

    Raises:
        ValueError: it is not written as `FaultSettings.plan` says.
    """
    return tuple(_read_trap(part.strip()) for part in text.split(",") if part.strip())


def arm(settings: FaultSettings) -> None:
    """Set the traps of this process; the composition roots call it before anything else.

    Raises:
        CannotStart: there is a plan, and either nobody said that this is a test, or it cannot be read.
    """
    if settings.plan and not settings.testing:
        raise CannotStart("ITINERARY_FAULT_PLAN is for tests alone: unset it.")
    try:
        traps = read_plan(settings.plan)
    except ValueError as why:
        raise CannotStart(str(why)) from why
    _hits.clear()
    _traps.clear()
    _traps.update({(trap.point, trap.hit): trap for trap in traps})
    if traps:
        log.warning("faults.armed", plan=settings.plan)


def point(name: str) -> None:
    """Come by a crash point; nothing happens unless a plan names it and this hit of it.

    Raises:
        FaultInjected: the plan says `raise`.
    """
    if not _traps:
        return
    _hits[name] = _hits.get(name, 0) + 1
    trap = _traps.get((name, _hits[name]))
    if trap is not None:
        _spring(trap)


def _read_trap(text: str) -> Trap:
    found = _TRAP.fullmatch(text)
    if found is None:
        raise ValueError(f"ITINERARY_FAULT_PLAN: {text!r} is not POINT:HIT:exit|raise|hang|sleep=SECONDS")
    name, hit, plain, sleep, seconds = found.groups()
    return Trap(name, int(hit), cast("Action", plain or sleep), float(seconds or 0))


def _spring(trap: Trap) -> None:
    log.warning("fault.injected", point=trap.point, hit=trap.hit, action=trap.action)
    match trap.action:
        case "exit":
            os._exit(EXIT_CODE)  # as a kill would: nothing is flushed, closed or said
        case "raise":
            raise FaultInjected(f"a fault at {trap.point}")
        case "sleep":
            time.sleep(trap.seconds)
        case "hang":
            while True:
                time.sleep(1)
