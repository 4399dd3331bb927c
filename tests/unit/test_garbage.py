"""Whatever is ours looks for garbage seldom, and still finds it; the core makes none that waits."""

import gc
import weakref
from collections.abc import Iterator
from functools import partial

import pytest

import services
from services.command_line.bench_stream.bookings import bookings
from services.consolidator.handlers import consolidate_batch
from services.consolidator.partition import Message, PartitionState


@pytest.fixture
def unreachable() -> Iterator[list[object]]:
    """What the collector finds that nothing else let go of, kept here instead of freed."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


def _consolidated(*, kept: int) -> PartitionState:
    state = PartitionState(number=0, partitions=1, epoch=1, most_in_memory=kept)
    fed = bookings(60, travellers=5, partitions=1)
    for message in [Message(number, number, one.value) for number, one in enumerate(fed)]:
        state.absorb(consolidate_batch(state, [message]))
    return state


@pytest.mark.parametrize("kept", [1, 1000], ids=["packed and unpacked each time", "all kept ready"])
def test_nothing_that_the_core_makes_waits_for_the_collector(kept: int, unreachable: list[object]) -> None:
    state = _consolidated(kept=kept)
    assert state.done == 59
    del state
    gc.collect()
    ours = {
        type(one).__qualname__
        for one in unreachable
        if type(one).__module__.startswith(("services", "schemas"))
    }
    assert ours == set()


def test_what_does_wait_is_found(unreachable: list[object]) -> None:
    state = _consolidated(kept=1000)
    state.now_ms = partial(id, state)
    del state
    gc.collect()
    assert any(isinstance(one, PartitionState) for one in unreachable)


class _Thing:
    itself: "_Thing"


def test_what_refers_to_itself_is_found_after_many_new_objects() -> None:
    assert services.__doc__  # it is the package that sets how many
    thing = _Thing()
    thing.itself = thing
    gone = weakref.ref(thing)
    del thing

    made = [[number] for number in range(10_001)]

    assert gc.get_threshold()[0] == 10_000
    assert gone() is None
    assert made
