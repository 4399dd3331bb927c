"""Waiting for a condition with a deadline: the only way in which a test may wait."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Found = TypeVar("Found")

_POLL_SECONDS = 0.05


def wait_until(look: Callable[[], Found | None], *, what: str, deadline_seconds: float = 20) -> Found:
    """Look again and again until something true is found, and return it; fail at the deadline.

    `what` completes the sentence "Waited in vain for …".
    """
    deadline = time.monotonic() + deadline_seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(
                f"Waited in vain for {what}, {deadline_seconds} s long; last seen: {found!r}"
            )
        time.sleep(_POLL_SECONDS)
    return found


async def wait_until_async(
    look: Callable[[], Awaitable[Found | None]], *, what: str, deadline_seconds: float = 20
) -> Found:
    """Do as `wait_until`, for a look that must be awaited."""
    deadline = time.monotonic() + deadline_seconds
    while not (found := await look()):
        if time.monotonic() > deadline:
            raise AssertionError(
                f"Waited in vain for {what}, {deadline_seconds} s long; last seen: {found!r}"
            )
        await asyncio.sleep(_POLL_SECONDS)
    return found
