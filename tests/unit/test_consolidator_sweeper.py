"""In which partitions a sweeper asks for nothing more."""

from services.consolidator.sweeper import Standstills


def test_a_partition_stands_still_once_what_was_asked_is_not_done_after_a_while() -> None:
    now = 0.0
    standstills = Standstills(patience_seconds=60, clock=lambda: now)
    standstills.asked({0: 10, 1: 7})
    now = 50.0
    standstills.asked({0: 20})

    assert standstills.still({}) == set()
    now = 61.0
    assert standstills.still({0: (1, 9), 1: (1, 6)}) == {0, 1}
    assert standstills.still({0: (1, 10), 1: (1, 7)}) == set()
    now = 111.0
    assert standstills.still({0: (1, 19)}) == {0}
    assert standstills.still({0: (1, 20)}) == set()


def test_a_log_that_was_begun_anew_owes_nothing_of_the_old_one() -> None:
    now = 0.0
    standstills = Standstills(patience_seconds=60, clock=lambda: now)
    standstills.still({0: (1, 1000)})
    standstills.asked({0: 1001})
    now = 61.0

    assert standstills.still({0: (1, 1000)}) == {0}
    assert standstills.still({0: (2, 3)}) == set()
