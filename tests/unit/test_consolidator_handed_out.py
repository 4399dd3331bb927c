"""What an engine commits of what it handed out, whatever the log and the group do meanwhile."""

import asyncio

from services.consolidator.handed_out import HandedOut

OURS = frozenset({0, 1})


def _handed_out(partition: int, *offsets: int) -> HandedOut:
    handed_out = HandedOut()
    for offset in offsets:
        handed_out.note(partition, offset=offset)
    return handed_out


def test_what_is_settled_is_committed_past_any_hole_of_the_log() -> None:
    handed_out = _handed_out(0, 7, 1000, 1003)
    handed_out.settle(0, offset=1003)

    assert handed_out.to_commit(OURS) == {0: 1004}


def test_nothing_is_committed_twice_nor_of_others() -> None:
    handed_out = _handed_out(0, 7)
    handed_out.note(5, offset=3)
    handed_out.settle(0, offset=7)
    handed_out.settle(5, offset=3)

    assert handed_out.to_commit(OURS) == {0: 8}
    handed_out.committed({0: 8})
    assert handed_out.to_commit(OURS) == {}


def test_what_was_settled_before_a_partition_left_is_not_committed_after_its_return() -> None:
    handed_out = _handed_out(0, 100)
    handed_out.settle(0, offset=100)
    handed_out.forget([0])

    assert handed_out.to_commit(OURS) == {}
    handed_out.settle(0, offset=100)  # told late
    handed_out.committed({0: 101})
    assert handed_out.to_commit(OURS) == {}
    handed_out.note(0, offset=5000)  # another worker came so far
    handed_out.settle(0, offset=100)
    assert handed_out.to_commit(OURS) == {}
    handed_out.settle(0, offset=5000)
    assert handed_out.to_commit(OURS) == {0: 5001}


async def test_a_wait_ends_with_what_is_settled_or_taken_away() -> None:
    handed_out = _handed_out(0, 7)
    handed_out.note(1, offset=3)
    waiting = asyncio.create_task(handed_out.wait_until_settled(lambda: OURS))
    await asyncio.sleep(0)
    handed_out.settle(0, offset=7)
    await asyncio.sleep(0)
    assert not waiting.done()

    handed_out.forget([1])

    async with asyncio.timeout(5):
        await waiting
