"""Where batches are computed."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from services.consolidator.computing import Computing

HERE = threading.get_ident


@pytest.fixture
def computing() -> Iterator[Computing]:
    one = Computing()
    yield one
    one.close()


async def test_what_is_little_is_done_at_once_and_all_else_beside_the_loop(computing: Computing) -> None:
    assert await computing.do(HERE, is_little=True) == HERE()
    assert await computing.do(HERE, is_little=False) != HERE()


async def test_two_are_never_done_at_a_time_and_the_loop_waits_for_none(computing: Computing) -> None:
    begun, go_on = threading.Event(), threading.Event()
    busy: set[int] = set()

    def alone() -> int:
        assert not busy
        busy.add(HERE())
        begun.set()
        go_on.wait(10)
        busy.clear()
        return HERE()

    first = asyncio.create_task(computing.do(alone, is_little=False))
    await asyncio.to_thread(begun.wait, 10)
    second = asyncio.create_task(computing.do(alone, is_little=True))
    await asyncio.sleep(0)
    go_on.set()
    assert HERE() not in {await first, await second}


async def test_what_fails_fails_where_it_is_asked_for_and_holds_up_nothing(computing: Computing) -> None:
    def broken() -> None:
        raise ValueError("broken")

    for is_little in (True, False):
        with pytest.raises(ValueError, match="broken"):
            await computing.do(broken, is_little=is_little)
    assert await computing.do(HERE, is_little=True) == HERE()
