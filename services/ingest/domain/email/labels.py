"""What labels mean: which fields stand behind `Check-in`, `Your booking number` or `Traveloka Booking ID`."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from services.ingest.domain.email.dates import plain
from services.ingest.domain.email.vendor_files import vendor_names
from services.ingest.domain.email.words import table

_MAX_LABEL = 45
TRIM = " \t:：*•·-–—>|.#✓→▸\u2022■□◆◇●○▼▶※"
"""What stands around labels and is none of them."""


@cache
def _meanings() -> dict[str, frozenset[str]]:
    meanings: dict[str, set[str]] = {}
    for field, labels in table("labels").items():
        for label in labels.split("|"):
            written = plain(label).replace("’", "'").strip(TRIM)
            for each in {written, written.replace("-", " "), written.replace("-", "")}:
                meanings.setdefault(each, set()).add(field)
    return {label: frozenset(fields) for label, fields in meanings.items()}


@lru_cache(maxsize=8_192)  # of one mail's cells, each is asked for several times
def meaning(text: str) -> frozenset[str]:
    """Return the fields that a label stands for; none where it is no label."""
    if len(text) > _MAX_LABEL:
        return frozenset()
    bare = text.strip(TRIM)
    if not bare or bare.isdigit():
        return frozenset()
    known = _meanings()
    words = _words(bare)
    if not words or words[0] not in _first_words():
        return frozenset()
    label = " ".join(words)
    if label in known:
        return known[label]
    if bare.endswith(")") and (outside := bare[: bare.rfind("(")]):
        return meaning(outside)
    told = next(
        (known[each] for each in _shorter(label) if each in known), _NUMBER if _is_number(label) else _NONE
    )
    return told or (_in_two_languages(bare) if "/" in bare else _NONE)


def _in_two_languages(label: str) -> frozenset[str]:
    """Return what `Buchungsnummer /Booking code` means: that of a part, where none means anything else."""
    told = {fields for part in label.split("/") if (fields := meaning(part))}
    return next(iter(told)) if len(told) == 1 else _NONE


_NUMBER, _NONE = frozenset({"number"}), frozenset[str]()


def _words(bare: str) -> list[str]:
    return plain(bare).replace("’", "'").replace("(", " ").replace(")", " ").split()


def may_begin_with_label(text: str) -> bool:
    """Say whether a text begins as some label does: most lines of prose need no other look."""
    first = _FIRST_WORD.match(text)
    return first is not None and _begins_label(first[1])


@lru_cache(maxsize=8_192)  # lines begin with the same words, in one mail as in all
def _begins_label(word: str) -> bool:
    words = _words(word)
    return bool(words) and (words[0] in _first_words() or words[0].rstrip(TRIM) in _first_words())


_FIRST_WORD = re.compile(rf"[{re.escape(TRIM)}]*([^\s:：]*)")


@cache
def _first_words() -> frozenset[str]:
    """Return the words with which labels begin, with all that may stand before or in place of them."""
    number, _, every = _composing()
    begin = (*_meanings(), *_OWNER_WORDS.split("|"), *vendor_names(), *number, *every, *_NUMBER_SIGNS)
    return frozenset(words[0] for each in begin if (words := each.split()))


@cache
def _composing() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return the words for numbers, for bookings, and those that may stand between them."""
    words = table("number_labels")
    number, booking, between = (
        frozenset(map(plain, words[kind].split("|"))) for kind in ("number", "booking", "between")
    )
    return number, booking, number | booking | between


def _is_number(label: str) -> bool:
    """Say whether a label is composed of a word for a number, one for a booking, and nothing else."""
    words = label.split()
    if len(words) < 2:
        return False
    number, booking, all_words = _composing()
    return all_words.issuperset(words) and not number.isdisjoint(words) and not booking.isdisjoint(words)


def _shorter(label: str) -> Iterator[str]:
    """Give what is left of a label without whose it is, the word for a number, and the vendor's name."""
    bare = _OWNERS.sub("", label)
    for each in (bare, *_without_vendor(bare)):
        yield each
        yield _NUMBER_SIGN.sub("", each)
        yield _PREPOSITION.sub("", each)


def _without_vendor(label: str) -> Iterator[str]:
    """Give `booking number` for `Traveloka booking number`, and `numéro de réservation` for that of Opodo."""
    words = label.split()
    for count in range(1, min(_LONGEST_NAME, len(words) - 1) + 1):
        if " ".join(words[:count]) in vendor_names():
            yield " ".join(words[count:])
        if " ".join(words[-count:]) in vendor_names():
            yield " ".join(words[:-count])


_OWNER_WORDS = (
    "your|ihr|ihre|votre|su|tu|uw|din|the|my|mein|meine|ton|ta|la tua|il tuo|sua|seu|je|jouw|ditt|"
    "new|updated|revised|neue|neuer|neues|nouvelle|nouveau|nueva|nuevo|nuova|nuovo|nieuwe|nova|novo"
)
_OWNERS = re.compile(rf"^(?:{_OWNER_WORDS})\s")
_NUMBER_SIGNS = [f"{sign}{stop}" for sign in ("n°", "nº", "no", "nr", "num") for stop in ("", ".")]
"""What may stand before a label in place of the word for a number."""
_NUMBER_SIGN = re.compile(
    r"\s(?:no|nr|num|n[°º]|id|number|nummer|code)\.?$|^(?:n[°º]|no|nr|num)\.?\s(?:de\s|di\s)?"
)
_PREPOSITION = re.compile(r"\s(?:am|on|at|um|ab|from|vom|von|le|el|il|op|den|dne|dia|em|i)$")
"""Between a label and its day: `Abholung am 9. November`."""
_LONGEST_NAME = 3


@cache
def first_words(fields: frozenset[str]) -> frozenset[str]:
    """Return the words with which labels of some fields begin."""
    return frozenset(
        words[0] for label, meant in _meanings().items() if meant & fields and (words := label.split())
    )
