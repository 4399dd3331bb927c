"""A process that remembers much looks for garbage seldom, and still finds it."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from services.platform.garbage import look_for_garbage_seldom


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


class _Thing:
    itself: "_Thing"


def test_what_refers_to_itself_is_found_after_many_new_objects() -> None:
    look_for_garbage_seldom()
    thing = _Thing()
    thing.itself = thing
    gone = weakref.ref(thing)
    del thing

    made = [[number] for number in range(gc.get_threshold()[0] + 1)]

    assert gone() is None
    assert made
