"""Waiting for what a process needs, with a deadline; the one base of all refusals to start."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

log = structlog.get_logger()

Answer = TypeVar("Answer")

DEADLINE_SECONDS = 60.0
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 1.0
_GROWTH = 1.3  # what starts beside us is ready soon: long pauses would be most of the wait
_QUIET_SECONDS = 5.0  # before that it is not worth a line


class CannotStart(Exception):
    """A process refuses to start. The text is for people: one line that says what to mend, no stack trace."""


class CannotGoOn(Exception):
    """A process ends, to be started again. The text is for people: one line that says why, no stack trace."""


class NotYet(Exception):
    """An attempt that is worth repeating; the text says why it failed."""


async def wait_for_answer(
    attempt: Callable[[], Awaitable[Answer]], *, what: str, deadline_seconds: float = DEADLINE_SECONDS
) -> Answer:
    """Repeat an attempt with growing pauses until it answers.

    Args:
        attempt: raises `NotYet` where another attempt may succeed; everything else passes through.
        what: who is waited for, as people should read it.
        deadline_seconds: how long to go on.

    Raises:
        CannotStart: the deadline passed; the text names `what` and the last reason.
    """
    began = time.monotonic()
    pause = _FIRST_PAUSE_SECONDS
    said = ""
    while True:
        try:
            return await attempt()
        except NotYet as reason:
            if time.monotonic() + pause > began + deadline_seconds:
                raise CannotStart(
                    f"{what} did not answer within {deadline_seconds:.0f} s: {reason}"
                ) from reason
            if time.monotonic() > began + _QUIET_SECONDS and str(reason) != said:
                said = str(reason)
                log.warning("service.awaited", what=what, reason=said, deadline_seconds=deadline_seconds)
        await asyncio.sleep(pause)
        pause = min(pause * _GROWTH, _LONGEST_PAUSE_SECONDS)


def stop_when_told() -> asyncio.Event:
    """Return an event that SIGINT and SIGTERM set; until this is called they end the process at once.

    Call it when there is something to stop in order, and not while waiting for others to answer.
    """
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    return told
