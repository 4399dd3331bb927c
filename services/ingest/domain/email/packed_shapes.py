"""Tables of shapes that values packed into bits have, one shape a line, for `packed_bits.py` to walk.

    visit: room:utf8? 1..12? bool [guest]?    a sequence; fields without a name are stepped over
    guest...: first:utf8 &birth               dots: what later editions put behind its fields is stepped over
    way... = by_car on_foot                   a choice
    &birth: 1900..2155? 1..366?               a run of fields that several sequences share

`?` marks what may be absent, `[x]` any number of x, `of3` one of three names, `of3+` of three or more by now.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_RANGE = re.compile(r"(-?\d+)\.\.(\d+)")
_NAMES = re.compile(r"of(\d+)(\+?)")
_LETTERS = re.compile(r"ia5(?:\((\d+)(?:\.\.(\d+))?\))?")
PLAIN = frozenset({"bool", "int", "utf8", "octets"})


class Whole(NamedTuple):
    """A whole number within bounds."""

    low: int
    high: int


class Named(NamedTuple):
    """One of so many names, told by its number; of more than these where later editions may add some."""

    names: int
    is_open: bool


class Letters(NamedTuple):
    """Signs of seven bits, of any number or as many as are said."""

    low: int = 0
    high: int | None = None


class Many(NamedTuple):
    """Any number of one kind."""

    kind: "Kind"


Kind = Whole | Named | Letters | Many | str
"""A string is a plain kind, or the name of a shape."""


class Field(NamedTuple):
    """One field of a sequence."""

    name: str | None
    kind: Kind
    may_lack: bool


class Shape(NamedTuple):
    """A sequence of fields, or a choice between them."""

    fields: tuple[Field, ...]
    is_open: bool
    is_choice: bool = False


Shapes = Mapping[str, Shape]


def shapes_of(notation: str) -> Shapes:
    """Read a table of shapes."""
    lines = dict(re.findall(r"^(&?\w+(?:\.\.\.)?(?: =|:)) +(.+)$", notation, re.MULTILINE))
    runs = {head.rstrip(":"): fields for head, fields in lines.items() if head.startswith("&")}
    return {
        head.rstrip(".=: "): Shape(
            tuple(_field(each) for each in _spliced(fields, runs)),
            is_open="..." in head,
            is_choice=head.endswith("="),
        )
        for head, fields in lines.items()
        if not head.startswith("&")
    }


def _spliced(fields: str, runs: Mapping[str, str]) -> Iterator[str]:
    for each in fields.split():
        yield from _spliced(runs[each], runs) if each in runs else (each,)


def _field(text: str) -> Field:
    name, _, kind = text.removesuffix("?").rpartition(":")
    return Field(name or None, _kind(kind), text.endswith("?"))


def _kind(text: str) -> Kind:
    if text.startswith("["):
        return Many(_kind(text[1:-1]))
    if (bounds := _RANGE.fullmatch(text)) is not None:
        return Whole(int(bounds[1]), int(bounds[2]))
    if (names := _NAMES.fullmatch(text)) is not None:
        return Named(int(names[1]), is_open=bool(names[2]))
    if (letters := _LETTERS.fullmatch(text)) is not None:
        return Letters(int(letters[1]), int(letters[2] or letters[1])) if letters[1] else Letters()
    return text
