"""Values that need not be worked out again. A cache: without it everything is the same, later."""

from collections.abc import Hashable
from operator import is_
from typing import Generic, TypeVar

_Value = TypeVar("_Value")

_MOST = 16_384


class Remembered(Generic[_Value]):
    """The newest value of one pure function by key, good for as long as its inputs are the same objects.

    Accepted records never change: a new state of one is a new object. What was computed from it is
    then computed again, and whatever does not depend on it is found here. Nothing stale can come out,
    whatever the key; a key only says which value a newer one replaces.
    """

    __slots__ = ("_known", "_most")

    def __init__(self, *, most: int = _MOST) -> None:
        """Begin with nothing; of more values than `most` the oldest is forgotten."""
        self._known: dict[Hashable, tuple[tuple[object, ...], _Value]] = {}
        self._most = most

    def get(self, key: Hashable, inputs: tuple[object, ...]) -> _Value | None:
        """Return the value that was computed from these very inputs."""
        known = self._known.get(key)
        if known is None or len(known[0]) != len(inputs) or not all(map(is_, known[0], inputs)):
            return None
        return known[1]

    def last(self, key: Hashable) -> _Value | None:
        """Return the newest value, whatever it was computed from; parts of it may be the same again."""
        known = self._known.get(key)
        return None if known is None else known[1]

    def keep(self, key: Hashable, inputs: tuple[object, ...], value: _Value) -> _Value:
        """Remember a value, and return it."""
        if key not in self._known and len(self._known) >= self._most:
            del self._known[next(iter(self._known))]
        self._known[key] = (inputs, value)
        return value


def as_before(made: _Value, last: _Value | None) -> _Value:
    """Return the object of before where it is equal, so that what was made of it holds."""
    return made if last is None or last != made else last
