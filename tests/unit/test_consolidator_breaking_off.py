"""What is broken off has ended, whatever it does with that; what a thread does is never in two hands."""

import asyncio
import threading

import pytest

from services.consolidator.breaking_off import done_unless, to_its_end


async def test_what_is_told_nothing_is_done_to_its_end() -> None:
    done: list[str] = []

    async def work() -> None:
        await asyncio.sleep(0)
        done.append("work")

    assert await done_unless(asyncio.Event(), work())
    assert done == ["work"]


async def test_what_waits_for_ever_is_broken_off() -> None:
    told = asyncio.Event()
    asyncio.get_running_loop().call_soon(told.set)

    async with asyncio.timeout(5):
        assert not await done_unless(told, asyncio.sleep(3600))


async def test_what_swallows_that_it_is_broken_off_is_told_again() -> None:
    told = asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()

    asyncio.get_running_loop().call_soon(told.set)

    async with asyncio.timeout(10):
        assert not await done_unless(told, stubborn())


async def test_a_failure_is_raised() -> None:
    async def failing() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await done_unless(asyncio.Event(), failing())


async def test_what_a_thread_does_has_ended_before_anything_else_begins() -> None:
    told, may_end, ended = asyncio.Event(), threading.Event(), threading.Event()

    def compute() -> None:
        may_end.wait(10)
        ended.set()

    async def work() -> None:
        await to_its_end(asyncio.to_thread(compute))

    working = asyncio.create_task(done_unless(told, work()))
    await asyncio.sleep(0)
    told.set()
    done, _ = await asyncio.wait({working}, timeout=1.5)  # it was told twice by then
    assert not done

    may_end.set()

    assert not await working
    assert ended.is_set()
