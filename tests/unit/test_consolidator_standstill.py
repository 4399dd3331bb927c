"""When a worker is to be ended because a partition of its own stands still."""

import pytest

from services.consolidator.standstill import Lagging, Standstill


def _looks(*seen: Lagging, every: float = 50.0) -> list[bool]:
    """Return of each look at one partition whether it stood too long."""
    standstill = Standstill(stall_seconds=60)
    return [
        standstill.found({0: one}, now=1000 + number * every) is not None for number, one in enumerate(seen)
    ]


def test_a_partition_that_stands_is_given_its_time_and_no_more() -> None:
    assert _looks(Lagging(10), Lagging(10), Lagging(10)) == [False, False, True]


def test_a_partition_that_is_committed_on_does_not_stand() -> None:
    assert not any(_looks(Lagging(10), Lagging(11), Lagging(12), Lagging(13)))


def test_a_lane_that_moves_does_not_stand_and_a_busy_one_may_take_longer() -> None:
    assert not any(_looks(*(Lagging(10, moved_at=950 + n * 50) for n in range(9))))
    assert _looks(*[Lagging(10, is_busy=True)] * 3, every=299) == [False, False, False]
    assert _looks(*[Lagging(10, is_busy=True)] * 3, every=301) == [False, False, True]


@pytest.mark.parametrize("is_busy", [True, False])
def test_a_commit_that_does_not_follow_is_found_however_much_moves(is_busy: bool) -> None:
    seen = [Lagging(10, told=10 + n, moved_at=1000 + n * 50, is_busy=is_busy) for n in range(3)]

    assert _looks(*seen) == [False, False, True]


def test_a_commit_is_waited_for_from_when_it_can_come() -> None:
    """A long restore is no excuse to end the worker once its first batch is settled."""
    at_work = [Lagging(10, told=9, moved_at=1000 + n * 50) for n in range(4)]

    assert not any(_looks(*at_work, Lagging(10, told=12, moved_at=1200), Lagging(13, told=12)))


def test_what_was_forgotten_counts_no_more() -> None:
    standstill = Standstill(stall_seconds=60)
    assert standstill.found({0: Lagging(10)}, now=0) is None
    standstill.forget()

    assert standstill.found({0: Lagging(10)}, now=100) is None
