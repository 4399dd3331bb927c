"""Labels and their values in a text: `Check-in: 12 May`, a row of a table, or a label above its value."""

import re
from functools import cache
from typing import NamedTuple

from services.ingest.domain.email.dates import plain
from services.ingest.domain.email.words import table

_MAX_LABEL = 45
_MAX_LINES = 4_000
_TRIM = " \t:：*•·-–—>|.#✓→▸\u2022"
_LABELLED = re.compile(r"^([^:：\t]{1,60}?)\s?[:：\t]\s*(.*)$")
_BEFORE_DIGITS = re.compile(r"^([^\d:]{2,28}?)\s(\d.*|#.*|[A-Z0-9]{6,}$)")
_SPACED = re.compile(r"^(\S.{0,43}?)\s{2,}(\S.*)$")


class Entry(NamedTuple):
    """A value, the fields that its label may mean, and its line."""

    fields: frozenset[str]
    value: str
    line: int
    label: str


@cache
def _meanings() -> dict[str, frozenset[str]]:
    meanings: dict[str, set[str]] = {}
    for field, labels in table("labels").items():
        for label in labels.split("|"):
            meanings.setdefault(plain(label).replace("’", "'"), set()).add(field)
    return {label: frozenset(fields) for label, fields in meanings.items()}


def meaning(text: str) -> frozenset[str]:
    """Return the fields that a label stands for; none where it is no label."""
    if len(text) > _MAX_LABEL:
        return frozenset()
    bare = text.strip(_TRIM)
    if not bare or bare.isdigit():
        return frozenset()
    known = _meanings()
    label = " ".join(plain(bare).replace("’", "'").replace("(", " ").replace(")", " ").split())
    if label in known:
        return known[label]
    for prefix in ("your ", "ihr ", "ihre ", "votre ", "su ", "tu ", "uw ", "din ", "the "):
        if label.startswith(prefix) and label[len(prefix) :] in known:
            return known[label[len(prefix) :]]
    return frozenset()


def entries_of(text: str) -> list[Entry]:
    """Return every labelled value of a text, in order."""
    entries: list[Entry] = []
    pending: list[tuple[frozenset[str], str]] = []
    """Labels that stood in a line of their own, and wait for their values."""
    waited = 0
    for number, line in enumerate(text.split("\n")[:_MAX_LINES]):
        cells = [cell for cell in (each.strip() for each in line.split("\t")) if cell]
        if not cells:
            continue
        meanings = [meaning(cell) for cell in cells]
        if len(pending) > 1 and len(cells) == len(pending) and not all(meanings):
            entries.extend(
                Entry(m, _one_line(cell), number, label)
                for (m, label), cell in zip(pending, cells, strict=True)
            )
            pending = []
            continue
        if all(meanings):  # a label, or a row of them: the values stand below
            pending, waited = list(zip(meanings, cells, strict=True)), 0
            continue
        found = _of_line(cells, meanings, number)
        entries.extend(found)
        if (
            not found and len(cells) > 1 and meanings[-1]
        ):  # one column ends, and the next begins with its label
            entries.extend(Entry(m, _one_line(cells[0]), number, label) for m, label in pending)
            pending, waited = [(meanings[-1], cells[-1])], 0
            continue
        if found or len(pending) != 1:
            pending = []
            continue
        (m, label), waited = pending[0], waited + 1
        entries.append(Entry(m, _one_line(cells[0]), number, label))
        if waited >= _MAX_BELOW or not m & _LONG:
            pending = []
    return entries


_LONG = frozenset({"check_in", "check_out", "pick_up", "drop_off", "departs", "arrives", "date"})
"""Fields whose values take several lines: the day, the hour, the place."""
_MAX_BELOW = 3


def _one_line(value: str) -> str:
    return value.replace("¦", ",").strip()


def _of_line(cells: list[str], meanings: list[frozenset[str]], number: int) -> list[Entry]:
    found: list[Entry] = []
    at = 0
    while at < len(cells):
        if meanings[at] and at + 1 < len(cells) and not meanings[at + 1]:
            found.append(Entry(meanings[at], _one_line(cells[at + 1]), number, cells[at]))
            at += 2
            continue
        found.extend(_inline(cells[at], number))
        at += 1
    return found


_BESIDE = re.compile(r"\s[-–|·]\s(?=[^\W\d]{3,20}\s?:?\s\d)")
"""Where the next label begins in a line such as `Partenza 12/05 10:30 - Arrivo 12/05 13:40`."""


def _inline(cell: str, number: int) -> list[Entry]:
    label, mark, rest = cell.partition("¦")
    if mark and (fields := meaning(label)):
        return [Entry(fields, _one_line(rest), number, label.strip())]
    pieces = _BESIDE.split(_one_line(cell))
    found = [entry for piece in pieces if (entry := _labelled(piece, number)) is not None]
    return found if len(found) == len(pieces) else found[:1] if len(pieces) == 1 else _whole(cell, number)


def _whole(cell: str, number: int) -> list[Entry]:
    entry = _labelled(_one_line(cell), number)
    return [entry] if entry is not None else []


def _labelled(cell: str, number: int) -> Entry | None:
    for pattern in (_LABELLED, _SPACED, _BEFORE_DIGITS):
        parts = pattern.match(cell)
        if parts is not None and parts[2].strip() and (fields := meaning(parts[1])):
            return Entry(fields, parts[2].strip(), number, parts[1])
    return None
