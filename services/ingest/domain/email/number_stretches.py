"""Where numbers stand in a text: what holds one is looked for there, and not in the prose between."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

_BEFORE, _BEHIND = 64, 32
"""Signs: further away from a number is nothing of what an expression for this module matches or looks at."""
_STRETCH = re.compile(rf"\d(?:\D{{0,{_BEFORE + _BEHIND}}}+\d)*+")
_SHORT = 500
"""Signs: to look through such a text takes no longer than to tell where its numbers are."""


def finditer(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Return the matches in a text, as the expression itself does, none within another.

    Each match has to hold a number, or to look ahead at one, and begins at most 64 signs before it. What is
    behind its last number, looked at or matched, ends within 32 signs.
    """
    if len(text) < _SHORT:
        return pattern.finditer(text)
    return chain.from_iterable(pattern.finditer(text, start, stop) for start, stop in _stretches(text))


@lru_cache(maxsize=8)  # of one mail
def _stretches(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(
        (max(0, found.start() - _BEFORE), found.end() + _BEHIND) for found in _STRETCH.finditer(text)
    )
