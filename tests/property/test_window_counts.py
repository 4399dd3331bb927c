"""Counting in windows of time: as if each caller had been looked at alone, and at the cost of one caller."""

import asyncio
from time import process_time

from hypothesis import given
from hypothesis import strategies as st

from services.platform.window_counts import WindowCounts

_SECONDS = 60
STEPS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2 * _SECONDS), st.booleans()), max_size=40)


class Clock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


async def counted(steps: list[tuple[str, int, bool]]) -> list[tuple[int, float]]:
    clock = Clock()
    counts = WindowCounts(seconds=_SECONDS, clock=clock)
    told: list[tuple[int, float]] = []
    for who, seconds, counts_it in steps:
        clock.now += seconds
        count = await (counts.incr(who, _SECONDS) if counts_it else counts.get(who))
        told.append((count, await counts.get_expiry(who)))
    return told


def expected(steps: list[tuple[str, int, bool]]) -> list[tuple[int, float]]:
    """What a caller has who is looked at alone: a window begins with the first count outside of one."""
    now, told = 1_000_000.0, list[tuple[int, float]]()
    windows: dict[str, tuple[int, float]] = {}
    for who, seconds, counts_it in steps:
        now += seconds
        count, ends = windows.get(who, (0, now))
        if now >= ends:
            count, ends = 0, now
        if counts_it:
            count, ends = count + 1, ends if count else now + _SECONDS
            windows[who] = (count, ends)
        told.append((count, ends))
    return told


@given(STEPS)
def test_each_caller_is_counted_as_if_there_were_no_other(steps: list[tuple[str, int, bool]]) -> None:
    assert asyncio.run(counted(steps)) == expected(steps)


async def test_a_count_costs_the_same_however_many_callers_there_are() -> None:
    async def seconds_of(callers: int) -> float:
        counts = WindowCounts(seconds=_SECONDS, clock=Clock())
        for caller in range(callers):
            await counts.incr(str(caller), _SECONDS)
        tries: list[float] = []
        for _ in range(5):
            begun = process_time()
            for _ in range(200):
                await counts.incr("0", _SECONDS)
                await asyncio.sleep(0)  # whatever is left for later
            tries.append(process_time() - begun)
        return min(tries)

    assert await seconds_of(20_000) < 20 * await seconds_of(20)


async def test_what_is_over_is_not_kept() -> None:
    clock = Clock()
    counts = WindowCounts(seconds=_SECONDS, clock=clock)
    for caller in range(100):
        await counts.incr(str(caller), _SECONDS)
    clock.now += _SECONDS
    await counts.incr("another", _SECONDS)

    assert counts.held == 1
    await counts.clear("another")
    assert await counts.get("another") == 0
    await counts.incr("another", _SECONDS)
    await counts.reset()
    assert counts.held == 0
    assert await counts.check()
