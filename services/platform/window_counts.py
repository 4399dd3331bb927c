"""How often each caller did something in a window of time: a storage of the library `limits`, in memory.

Its own one in memory walks every counter there is at each count, to drop those that are over. Here they stand
in the order in which they end (`cachetools`), so that a count drops what is over and looks at nothing else.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import TTLCache
from limits.aio.storage import Storage


@dataclass(slots=True)
class _Window:
    """What was counted, and until when it is."""

    count: int
    ends: float


class WindowCounts(Storage):
    """Counts in fixed windows, all of one length, each of which begins with the first that is counted."""

    STORAGE_SCHEME = None  # it is made here, and never by an address

    def __init__(self, *, seconds: int, clock: Callable[[], float]) -> None:
        """`seconds` is how long a window is; `clock` tells seconds since 1970."""
        super().__init__()
        self._seconds = seconds
        self._clock = clock
        self._windows: TTLCache[str, _Window] = TTLCache(math.inf, seconds, timer=clock)

    @property
    def base_exceptions(self) -> type[Exception]:
        """None of its own: memory does not fail."""
        return ValueError

    @property
    def held(self) -> int:
        """How many windows are not over yet."""
        return len(self._windows)

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and return what was counted in this window."""
        del expiry  # of all alike
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = _Window(0, self._clock() + self._seconds)
        window.count += amount
        return window.count

    async def get(self, key: str) -> int:
        """Return what was counted in this window."""
        window = self._windows.get(key)
        return 0 if window is None else window.count

    async def get_expiry(self, key: str) -> float:
        """Return when the window ends, or now where none began."""
        window = self._windows.get(key)
        return self._clock() if window is None else window.ends

    async def check(self) -> bool:
        """Return that it is there."""
        return True

    async def reset(self) -> int | None:
        """Forget everything."""
        self._windows.clear()

    async def clear(self, key: str) -> None:
        """Forget what was counted of a key."""
        self._windows.pop(key, None)
