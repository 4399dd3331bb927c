"""Phrases of `words/phrases.toml` in a text: whole words, but where a star says that more may stand there."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from services.ingest.domain.email.dates import plain
from services.ingest.domain.email.words import table


class Phrases:
    """What finds any of some phrases. As they stand they are looked for first, which is much faster."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases = tuple(sorted(map(plain, phrases), key=len, reverse=True))
        self._bare = tuple(phrase.strip("*") for phrase in self._phrases)
        self._whole = _any_of(self._phrases)

    def _may_be_in(self, text: str) -> bool:
        return any(map(text.__contains__, self._bare))

    def search(self, text: str) -> re.Match[str] | None:
        """Return the first phrase in a text."""
        return self._whole.search(text) if self._may_be_in(text) else None

    def without(self, text: str) -> str:
        """Return a text with a blank in place of each phrase."""
        return self._whole.sub(" ", text) if self._may_be_in(text) else text


@cache
def pattern(*path: str) -> Phrases:
    """Return what finds any phrase of a list, in a text made plain.

    `storno*` begins a word, `*rechnung` ends one, `deal` is one. Scripts without blanks between words know no
    such bounds.
    """
    words: Any = table("phrases")
    for step in path:
        words = words.get(step, {})
    return Phrases(words or ())


def _any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """One pattern of all phrases; those of the same bounds share them, which is many times faster."""
    groups: dict[tuple[str, str], list[str]] = {}
    for phrase in phrases:
        groups.setdefault(_bounds(phrase), []).append(re.escape(phrase.strip("*")))
    return re.compile(
        "|".join(f"{begins}(?:{'|'.join(words)}){ends}" for (begins, ends), words in groups.items())
    )


def _bounds(phrase: str) -> tuple[str, str]:
    bare = phrase.strip("*")
    begins = "" if phrase.startswith("*") or not _has_bounds(bare[0]) else r"\b"
    ends = "" if phrase.endswith("*") or not _has_bounds(bare[-1]) else r"\b"
    return begins, ends


def _has_bounds(sign: str) -> bool:
    return sign.isalnum() and sign < "\u2e80"


_ENDS = re.compile(
    r"(?<!\d)(?<!\bno)(?<!\bnr)[.;](?=\s|$)|[!?](?=\s|$)|[\u3002\uff01\uff1f]|:\s*\n|\n\s*\n|\n(?=[^\n:]{1,40}:\s)"
)
_WRAPPED = re.compile(r"[^\n]{49,}[^\W\d_],?$")
"""What clients wrap ends in a word, and late; any other line that a capital follows had ended."""


def sentences(text: str) -> Iterator[str]:
    """Part a text into sentences, each with the sign that ends it; lines that clients wrapped are joined."""
    at = 0
    for end in (*(found.end() for found in _ENDS.finditer(text)), len(text)):
        sentence = ""
        for line in text[at:end].split("\n"):
            follows = _WRAPPED.search(sentence) is not None or line.strip()[:1].islower()
            if sentence and not follows:
                yield sentence
                sentence = ""
            sentence = f"{sentence}\n{line}" if sentence else line
        if sentence.strip():
            yield sentence
        at = end
