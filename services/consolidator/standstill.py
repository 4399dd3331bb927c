"""Tells where a partition stands still: where nothing is done of what is in the log, or no commit follows."""

from collections.abc import Mapping
from typing import NamedTuple

_BUSY_PATIENCE = 10
"""How much longer a lane may stand that has work in hand: it has deadlines of its own."""


class Lagging(NamedTuple):
    """A partition that the group has not committed up to the end of its log."""

    committed: int
    """The offset that is to be read next, as the group knows it."""
    told: int | None = None
    """The last offset of which its lane has told that it is settled."""
    moved_at: float = 0.0
    """Loop time of the lane's last step forward."""
    is_busy: bool = False
    """Whether the lane has work in hand."""

    @property
    def is_not_kept(self) -> bool:
        """Say whether more is settled than is committed."""
        return self.told is not None and self.told >= self.committed


class Standstill:
    """Remembers from look to look where each partition stands, and since when."""

    def __init__(self, *, stall_seconds: float) -> None:
        """Begin; a partition may stand for so long."""
        self._stall_seconds = stall_seconds
        self._undone: dict[int, tuple[int, float]] = {}
        """By partition, what is committed, and since when it was seen to be."""
        self._not_kept: dict[int, tuple[int, float]] = {}
        """The same, of those of which more is settled by now: a step of the lane does not excuse them."""

    def forget(self) -> None:
        """Begin anew, as after a time in which nobody could move on."""
        self._undone, self._not_kept = {}, {}

    def found(self, lagging: Mapping[int, Lagging], *, now: float) -> str | None:
        """Take note of a look at all partitions that lag, and say where one has stood too long."""
        committed = {number: seen.committed for number, seen in lagging.items()}
        not_kept = {n: offset for n, offset in committed.items() if lagging[n].is_not_kept}
        self._undone = _since(self._undone, committed, now=now)
        self._not_kept = _since(self._not_kept, not_kept, now=now)
        for number, (offset, since) in self._not_kept.items():
            if now - since > self._stall_seconds:
                return (
                    f"partition {number} is committed up to {offset} and settled up to {lagging[number].told}"
                )
        for number, (offset, since) in self._undone.items():
            seen = lagging[number]
            patience = self._stall_seconds * (_BUSY_PATIENCE if seen.is_busy else 1)
            if now - max(since, seen.moved_at) > patience:
                return f"partition {number} stands at {offset} with more in the log"
        return None


def _since(
    before: Mapping[int, tuple[int, float]], seen: Mapping[int, int], *, now: float
) -> dict[int, tuple[int, float]]:
    return {
        number: before[number] if before.get(number, (-1, 0.0))[0] == offset else (offset, now)
        for number, offset in seen.items()
    }
