"""Which words the source of a page holds: found in one pass, before anything walks through its tree."""

import re
from functools import lru_cache
from operator import itemgetter

from ahocorasick_rs import BytesAhoCorasick, MatchKind

_QUOTING = (
    "blockquote", "gmail_quote", "moz-forward", "moz-email", "RplyFwd", "border-top:solid", "Forwarded",
    "forwarded", "Original", "appendonsend", "yahoo_quoted", "WordSection", "MsoNormal",
)  # fmt: skip
"""By which clients mark what they quote."""
_OF_QUOTING = frozenset(
    ["blockquote", "gmail_quote", "moz-email", "rplyfwd", "border-top:solid", "forward", "original",
     "appendonsend", "ahoo_quoted", "wordsection", "msonormal"]
)  # fmt: skip
"""One of them is in each of these marks."""
_OF_HIDING, _OF_PICTURES = "isplay", "ata:image/"
WORDS = ("reservation", "itemscope", "typeof=", _OF_HIDING, _OF_PICTURES, *_OF_QUOTING)
"""Words of which none ends as another begins, so that none hides another: such are found fastest."""
_FINDER = BytesAhoCorasick([word.encode() for word in WORDS], matchkind=MatchKind.LeftmostFirst)
_HIDES = re.compile(rb"y *: *n *o *n *e")
_SPELLED = re.compile(
    r"&#(?:0*(?:32|58|6[5-9]|[7-9]\d|1[01]\d|12[0-2])(?!\d)"
    r"|[xX]0*(?:20|3[aA]|[46][1-9a-fA-F]|[57][0-9aA])(?![\da-fA-F]))"
)
"""A letter, a blank or a colon by its number: so may be written whatever hides something."""


def _small(source: str) -> bytes:
    return source.encode("utf-8", "surrogatepass").lower()


@lru_cache(maxsize=8)  # of one mail
def words_in(source: str) -> frozenset[str]:
    """Return the words that the source of a page holds, in whatever case."""
    found = set(map(itemgetter(0), _FINDER.find_matches_as_indexes(_small(source))))
    return frozenset(map(WORDS.__getitem__, found))


def may_quote(source: str) -> bool:
    """Say whether a page has marks of clients around what they quote."""
    return not words_in(source).isdisjoint(_OF_QUOTING) and any(mark in source for mark in _QUOTING)


def may_hide(source: str) -> bool:
    """Say whether a page may have elements that are not shown."""
    hides = _OF_HIDING in words_in(source) and _HIDES.search(_small(source)) is not None
    return hides or _SPELLED.search(source) is not None


def may_hold_pictures(source: str) -> bool:
    """Say whether a page may have pictures within itself."""
    return _OF_PICTURES in words_in(source)
