"""Breaks off what is under way once it must not go on, and waits for its end; a thread is left to its own."""

import asyncio
import contextlib
from collections.abc import Awaitable, Coroutine
from typing import TypeVar

Result = TypeVar("Result")

_AGAIN_SECONDS = 1.0
"""aiokafka swallows a cancellation now and then, where it closes something."""


async def done_unless(told: asyncio.Event, work: Coroutine[object, object, None]) -> bool:
    """Do some work to its end, or break it off once an event is set; say whether it was done.

    It has ended in either case, so that nothing else touches what it touches.
    """
    working, waiting = asyncio.create_task(work), asyncio.create_task(told.wait())
    try:
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
        while not working.done():
            working.cancel()
            await asyncio.wait({working}, timeout=_AGAIN_SECONDS)
    finally:
        working.cancel()
        waiting.cancel()
    if working.cancelled():
        return False
    working.result()
    return True


async def to_its_end(work: Awaitable[Result]) -> Result:
    """Return what a thread comes to; who is cancelled meanwhile ends when it does, and not before.

    A thread cannot be broken off, and a partition's state is not made for two.
    """
    working = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        while not working.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({working})
        if not working.cancelled():
            working.exception()  # it is of no interest any more
        raise
