"""Labelled values by the reservations that they belong to: one block for each.

A field that comes again with another value begins the next.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from services.ingest.domain.email.entries import Entry

_ONCE = (
    "number", "check_in", "check_out", "departs", "arrives", "event", "entry", "exit", "train", "hotel",
    "restaurant",
)  # fmt: skip
"""Fields that a reservation has once."""


class Block(NamedTuple):
    """Labelled values that belong together."""

    values: dict[str, list[Entry]]

    def text(self, *fields: str) -> str | None:
        """Return the first value of the first of these fields that has one."""
        return next((self.values[field][0].value for field in fields if self.values.get(field)), None)

    def all(self, *fields: str) -> list[str]:
        """Return every value of these fields in the order of the mail."""
        found = [entry for field in fields for entry in self.values.get(field, ())]
        return [entry.value for entry in sorted(found, key=lambda entry: entry.line)]

    def only(self, field: str, *, besides: str) -> list[str]:
        """Return the values of a field whose labels cannot mean another, or else all of them."""
        found = self.values.get(field, [])
        return [entry.value for entry in found if besides not in entry.fields] or [e.value for e in found]


def blocks_of(entries: Iterable[Entry], *, once: tuple[str, ...] = ()) -> Iterator[Block]:
    """Part values into blocks; `once` are fields beside the usual ones that each of them has once."""
    once = (*_ONCE, *once)
    values: dict[str, list[Entry]] = {}
    for entry in entries:
        if any(field in once and _begins_anew(entry, values.get(field, [])) for field in entry.fields):
            ahead = _ahead_of(entry, values)
            yield Block(values)
            values = ahead
        for field in entry.fields:
            values.setdefault(field, []).append(entry)
    if values:
        yield Block(values)


def _ahead_of(first: Entry, values: dict[str, list[Entry]]) -> dict[str, list[Entry]]:
    """Take out of a block what stands right above the next one's first line and was said in it already."""
    ahead: dict[str, list[Entry]] = {}
    line = first.line
    known = sorted({entry for entries in values.values() for entry in entries}, key=lambda entry: entry.line)
    for entry in reversed(known):
        is_again = all(len(values[field]) > 1 for field in entry.fields)
        if not (line - entry.line <= 1 and is_again):
            break
        line = entry.line
        for field in entry.fields:
            values[field].remove(entry)
            ahead.setdefault(field, []).insert(0, entry)
    return ahead


def _begins_anew(entry: Entry, known: list[Entry]) -> bool:
    """Say whether a value is another reservation's: its label again, with another value, further down."""
    return (
        bool(known)
        and entry.value != known[0].value
        and entry.label.lower() == known[0].label.lower()
        and entry.line > known[-1].line + 1
    )
