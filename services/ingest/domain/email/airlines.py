"""Airlines by their codes, and by the names that they fly under."""

import re
from functools import cache

from services.ingest.domain.email.dates import plain
from services.ingest.domain.email.words import table

_SUFFIX = re.compile(r"\s(?:airlines|air lines|airways)$")


@cache
def airlines() -> dict[str, str]:
    """Return the names of airlines by their codes."""
    return {code: names.split("|")[0] for code, names in _all_names().items()}


def _all_names() -> dict[str, str]:
    return {**table("airlines_rare"), **table("airlines")}


@cache
def _codes() -> dict[str, str]:
    """Return the codes of airlines by every name that they fly under."""
    return {plain(name): code for code, names in _all_names().items() for name in names.split("|")}


def airline_called(name: str) -> str | None:
    """Return the code of the airline that somebody is called like, as senders of mails are."""
    return airline_by_plain_name(plain(name).strip())


def airline_by_plain_name(bare: str) -> str | None:
    """Return the code of the airline of a name that is without case and marks already."""
    return _codes().get(bare) or _codes().get(_SUFFIX.sub("", bare))


def may_end_airline(word: str) -> bool:
    """Say whether a word, without case and marks, ends the name of an airline."""
    return word in _last_words()


@cache
def _last_words() -> frozenset[str]:
    return frozenset(name.split()[-1] for name in _codes()) | {"airlines", "lines", "airways"}


def calls_airline(text: str, *, code: str) -> bool:
    """Say whether a text calls an airline by its name."""
    return any(re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE) for name in _names(code))


@cache
def _names(code: str) -> tuple[str, ...]:
    return tuple(_all_names()[code].split("|"))
