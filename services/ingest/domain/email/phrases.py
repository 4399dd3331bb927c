"""Phrases of `words/phrases.toml` in a text: whole words, but where a star says that more may stand there."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, cast

from services.ingest.domain.email.dates import plain
from services.ingest.domain.email.sought import Sought
from services.ingest.domain.email.words import table


def pattern(*path: str) -> Sought:
    """Return what finds any phrase of a list, in a text made plain; a list that is not there has none.

    `storno*` begins a word, `*rechnung` ends one, `deal` is one. Scripts without blanks between words know no
    such bounds.
    """
    return _PHRASES.get(path, _NO_PHRASE)


def _any_of(phrases: Iterable[str]) -> Sought:
    """One expression of all phrases; those of the same bounds share them, which is many times faster."""
    phrases = sorted(map(plain, phrases), key=len, reverse=True)
    groups: dict[tuple[str, str], list[str]] = {}
    for phrase in phrases:
        groups.setdefault(_bounds(phrase), []).append(re.escape(phrase.strip("*")))
    ways = (f"{begins}(?:{'|'.join(words)}){ends}" for (begins, ends), words in groups.items())
    return Sought("|".join(ways), needs=(phrase.strip("*") for phrase in phrases))


def _bounds(phrase: str) -> tuple[str, str]:
    bare = phrase.strip("*")
    begins = "" if phrase.startswith("*") or not _has_bounds(bare[0]) else r"\b"
    ends = "" if phrase.endswith("*") or not _has_bounds(bare[-1]) else r"\b"
    return begins, ends


def _has_bounds(sign: str) -> bool:
    return sign.isalnum() and sign < "\u2e80"


def _lists(words: Any, *path: str) -> Iterator[tuple[tuple[str, ...], list[str]]]:  # noqa: ANN401 - a table
    if isinstance(words, list):
        yield path, cast("list[str]", words)
    elif isinstance(words, dict) and path != ("names",):  # which are expressions
        for step, inner in cast("dict[str, Any]", words).items():
            yield from _lists(inner, *path, step)


_PHRASES = {path: _any_of(phrases) for path, phrases in _lists(table("phrases"))}
_NO_PHRASE = Sought("", needs=())


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
