"""What an engine has handed out of each partition, how far it is settled, and how far that is committed.

Kept apart from what Faust keeps: acknowledgements of single messages, which stand still before a hole in the
log. Here a partition is settled up to an offset, whatever lies before it.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet


class HandedOut:
    """The partitions of one member of the group, each since it was given to it."""

    def __init__(self) -> None:
        self._last: dict[int, int] = {}
        self._settled: dict[int, int] = {}
        self._committed: dict[int, int] = {}
        """The next offset to be read, as the group knows it at least."""
        self._moved = asyncio.Event()

    def note(self, partition: int, *, offset: int) -> None:
        """Take note that a message was handed out. The group has not committed less than the first."""
        self._committed.setdefault(partition, offset)
        self._last[partition] = offset

    def settle(self, partition: int, *, offset: int) -> None:
        """Take note that all messages up to this one are settled.

        Nothing where none was handed out: the partition was taken away meanwhile, and another member may be
        far ahead of what is told late.
        """
        if partition in self._last:
            self._settled[partition] = max(offset, self._settled.get(partition, -1))
            self._moved.set()

    def to_commit(self, partitions: AbstractSet[int]) -> dict[int, int]:
        """Return for these partitions where they are to be read on, unless the group knows it."""
        return {
            number: offset + 1
            for number, offset in self._settled.items()
            if number in partitions and offset >= self._committed[number]
        }

    def committed(self, offsets: Mapping[int, int]) -> None:
        """Take note that the group knows these, but of partitions that were taken away meanwhile."""
        for number in offsets.keys() & self._committed.keys():
            self._committed[number] = max(offsets[number], self._committed[number])

    def forget(self, partitions: Iterable[int]) -> None:
        """Let go of partitions that are taken away: what comes of them from now on was given anew."""
        for number in partitions:
            for of in (self._last, self._settled, self._committed):
                of.pop(number, None)
        self._moved.set()

    async def wait_until_settled(self, assigned: Callable[[], AbstractSet[int]]) -> None:
        """Wait until nothing is open of the partitions that are this worker's at that time."""
        while any(self._settled.get(n, -1) < self._last.get(n, -1) for n in assigned()):
            self._moved.clear()
            await self._moved.wait()
