"""Where batches are computed: what is little by the loop itself, all else in one thread of its own.

While a thread computes, the loop waits for Python's lock at each of its steps, up to five milliseconds, and
to commit a batch takes a dozen. While the loop computes, nothing else goes on, but of a few messages that is
over as soon.
"""

import asyncio
import gc
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from services.consolidator.breaking_off import to_its_end

Result = TypeVar("Result")


def spare_what_is_held() -> None:
    """Look for garbage among young objects in small pieces, and among all that is held hardly ever.

    To look through all travellers that are kept ready takes a second, in which nothing else goes on. What the
    core makes goes by itself (`tests/unit/test_garbage.py`); of what else there is, what does not dies young.
    """
    gc.set_threshold(10_000, 2, 10_000)


class Computing:
    """Computes one thing at a time: what the core remembers is not made for two."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="core")
        self._alone = threading.Lock()

    async def do(self, work: Callable[[], Result], *, is_little: bool) -> Result:
        """Return what some work comes to, or raise as it does.

        Args:
            work: what never waits for anything.
            is_little: whether it takes no longer than others can wait; then it is done at once if it can be.
        """
        if is_little and self._alone.acquire(blocking=False):
            try:
                return work()
            finally:
                self._alone.release()
        return await to_its_end(asyncio.get_running_loop().run_in_executor(self._thread, self._in_turn, work))

    def _in_turn(self, work: Callable[[], Result]) -> Result:
        with self._alone:
            return work()

    def close(self) -> None:
        """Begin nothing more; what is being computed is left to its end."""
        self._thread.shutdown(wait=False, cancel_futures=True)
