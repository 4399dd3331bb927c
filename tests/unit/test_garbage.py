"""Whatever is ours looks for garbage seldom, and still finds it."""

import gc
import weakref

import services


class _Thing:
    itself: "_Thing"


def test_what_refers_to_itself_is_found_after_many_new_objects() -> None:
    assert services.__doc__  # it is the package that sets how many
    thing = _Thing()
    thing.itself = thing
    gone = weakref.ref(thing)
    del thing

    made = [[number] for number in range(50_001)]

    assert gc.get_threshold()[0] == 50_000
    assert gone() is None
    assert made
