"""Expressions for words that most texts have none of: one pass over a text tells which to look for in it.

`Sought` is used as a compiled expression is, and finds what that finds. Before it looks, it asks for the
literals that it cannot match without (`needed_literals.py`). Those of all such expressions are found by one
automaton in one pass, and the answer is kept while the text is read: an expression whose words do not occur
costs a look into a set.
"""

import re
import sys
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from operator import itemgetter

from ahocorasick_rs import BytesAhoCorasick

from services.ingest.domain.email.needed_literals import begun_by, folded, needed_by

_SHORTEST = len("abc")
"""In bytes: what is shorter stands in nearly every text."""
_TEXTS_KEPT = 32
"""Of one mail there are about ten: its subject, its words, their beginnings."""


class Sought:
    """An expression that is looked for in a text alone where the literals occur that it needs."""

    def __init__(
        self, pattern: str, flags: int = 0, *, needs: Iterable[str] | None = None, in_small: bool = False
    ) -> None:
        """Take an expression, which is compiled when a text first has what it needs.

        Args:
            pattern: as `re.compile` takes it.
            flags: likewise.
            needs: literals of which whatever matches holds one, where they need not be read off the pattern.
            in_small: whether it is looked for in small letters, in what is made of texts with capitals.

        Raises:
            ValueError: where it needs nothing that tells: `re.compile` is the way then.
        """
        any_case = re.IGNORECASE if in_small else 0
        literals = _telling(pattern, flags | any_case) if needs is None else frozenset(map(folded, needs))
        self.in_small = in_small
        self._pattern, self._flags = pattern, flags
        self._number = _ALL.take(literals)

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._pattern, self._flags)

    def may_be_in(self, *texts: str) -> bool:
        """Say whether one of some texts has what this cannot match without."""
        return any(self._number in _occurring_in(text) for text in texts)

    def search(
        self, text: str, start: int = 0, stop: int = sys.maxsize, *, of: Sequence[str] = ()
    ) -> re.Match[str] | None:
        """Return the first match in a text, or in a part of it.

        `of` are the texts that it is cut from or put together of, where what they hold is known already.
        """
        return self._compiled.search(text, start, stop) if self.may_be_in(*of or (text,)) else None

    def match(self, text: str, *, of: Sequence[str] = ()) -> re.Match[str] | None:
        """Return a match at the beginning of a text; `of` as for `search`."""
        return self._compiled.match(text) if self.may_be_in(*of or (text,)) else None

    def finditer(self, text: str, *, of: Sequence[str] = ()) -> Iterator[re.Match[str]]:
        """Return the matches in a text, none within another; `of` as for `search`."""
        return self._compiled.finditer(text) if self.may_be_in(*of or (text,)) else iter(())

    def sub(self, by: str | Callable[[re.Match[str]], str], text: str) -> str:
        """Return a text with something else in place of each match."""
        return self._compiled.sub(by, text) if self.may_be_in(text) else text


class SoughtByBeginning(Sought):
    """An expression whose matches all begin with one of a few literals: it is tried alone where one stands.

    For those that may begin in so many ways that to try them all at each sign takes long.
    """

    def __init__(self, pattern: str, flags: int = 0) -> None:
        """Take an expression; raises ValueError where it may begin with anything."""
        super().__init__(pattern, flags)
        literals = begun_by(pattern, flags)
        if not literals:
            raise ValueError(f"it may begin with anything: {pattern[:60]}")
        self._literals = BytesAhoCorasick(literals)
        self._last: tuple[str, list[int]] = ("", [])
        """A text, and where in it matches may begin: one text is asked for again and again."""

    def search(
        self, text: str, start: int = 0, stop: int = sys.maxsize, *, of: Sequence[str] = ()
    ) -> re.Match[str] | None:
        """Return the first match in a text, or in a part of it; `of` as for `Sought.search`."""
        if not self.may_be_in(*of or (text,)):
            return None
        if self._last[0] is not text:
            self._last = text, list(self._beginnings(text))
        begins = self._last[1]
        tried = (self._compiled.match(text, at, stop) for at in begins[bisect_left(begins, start) :])
        return next(filter(None, tried), None)

    def finditer(self, text: str, *, of: Sequence[str] = ()) -> Iterator[re.Match[str]]:
        """Return the matches in a text, none within another; `of` as for `search`."""
        at = 0
        while (found := self.search(text, at, of=of)) is not None:
            yield found
            at = found.end()

    def _beginnings(self, text: str) -> Iterator[int]:
        """Give where in a text one of the literals stands, in order."""
        told = folded(text)
        at = signs = 0
        found = self._literals.find_matches_as_indexes(told, overlapping=True)
        for start in sorted({start for _, start, _ in found}):
            signs += start - at if text.isascii() else len(told[at:start].decode("utf-8", "surrogatepass"))
            at = start
            yield signs


def _telling(pattern: str, flags: int) -> frozenset[bytes]:
    literals = needed_by(pattern, flags)
    if min(map(len, literals), default=0) < _SHORTEST:
        raise ValueError(f"it may match anywhere: {pattern[:60]}")
    return literals


class _Literals:
    """The literals that all expressions need, and what finds them."""

    def __init__(self) -> None:
        self._needed_by: defaultdict[bytes, set[int]] = defaultdict(set)
        self._count = 0
        self._finder: tuple[BytesAhoCorasick, list[frozenset[int]]] | None = None

    def take(self, literals: frozenset[bytes]) -> int:
        """Take the literals of one more expression, and return its number."""
        self._count += 1
        for literal in literals:
            self._needed_by[literal].add(self._count)
        self._finder = None
        _occurring_in.cache_clear()
        return self._count

    def expressions_for(self, text: bytes) -> frozenset[int]:
        """Return the numbers of the expressions that a text has a literal for."""
        if self._finder is None:
            needed_by = [frozenset(each) for each in self._needed_by.values()]
            self._finder = BytesAhoCorasick(self._needed_by), needed_by
        automaton, needed_by = self._finder
        found = set(map(itemgetter(0), automaton.find_matches_as_indexes(text, overlapping=True)))
        return frozenset[int]().union(*map(needed_by.__getitem__, found))


@lru_cache(maxsize=_TEXTS_KEPT)
def _occurring_in(text: str) -> frozenset[int]:
    """Return the numbers of the expressions that may match in a text."""
    return _ALL.expressions_for(folded(text))


_ALL = _Literals()
