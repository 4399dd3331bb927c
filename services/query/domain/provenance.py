"""Where the shown values of a segment come from, told group by group; what the page's "Why?" shows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.money import Money
from schemas.segments import CONFIRMATION_NUMBERS, Place, Segment, field_of, number_field
from schemas.times import Moment
from schemas.trip import Claim, Provenance, TripSegment


@dataclass(frozen=True, slots=True)
class Unused:
    """What another statement says of the same fields, and is not shown."""

    values: tuple[tuple[str, str], ...]
    record: str
    source: str
    party: str
    live: bool
    """False where that statement was cancelled."""


@dataclass(frozen=True, slots=True)
class Line:
    """One group of values that came from one statement."""

    group: str
    values: tuple[tuple[str, str], ...]
    """Field and shown value, as text."""
    record: str
    """Of the statement: a booking's, or a person's word."""
    source: str
    party: str
    filled: bool
    unused: tuple[Unused, ...] = ()
    """What others say otherwise, in the order of the claims."""


@dataclass(frozen=True, slots=True)
class Told:
    """A segment, where its values come from, and who told of it."""

    segment: TripSegment
    lines: tuple[Line, ...]
    claims: tuple[Claim, ...]


def told_of(segment: TripSegment) -> Told:
    """Return where the values of a segment come from; each shown field stands in exactly one line."""
    return Told(segment, tuple(_line(segment, entry) for entry in segment.provenance), segment.claims)


def _line(segment: TripSegment, entry: Provenance) -> Line:
    values = tuple(_values(segment, entry))
    said = entry.owner
    unused = tuple(_unused(segment.claims, entry, shown=dict(values)))
    return Line(entry.group.value, values, entry.record, said.source, said.party, entry.filled, unused)


def _unused(claims: Iterable[Claim], entry: Provenance, *, shown: Mapping[str, str]) -> Iterator[Unused]:
    for claim in claims:
        if claim.record == entry.record or claim.values is None:
            continue
        told = [(field, value) for field, value in _values(claim.values, entry) if value]
        differing = tuple(said for said in told if not is_plainly_equal(said[1], shown.get(said[0], "")))
        if differing:
            yield Unused(differing, claim.record, claim.owner.source, claim.owner.party, claim.live)


def is_plainly_equal(left: str, right: str) -> bool:
    """Say whether two values are the same to people: 0490 and 490, Xyz and XYZ."""
    return _plain(left) == _plain(right)


def _plain(value: str) -> str:
    return value.casefold().replace(" ", "").lstrip("0")


def _values(segment: TripSegment | Segment, entry: Provenance) -> Iterator[tuple[str, str]]:
    for name in entry.fields:
        field = field_of(name)
        value: Any = getattr(segment, field, None)
        if field == CONFIRMATION_NUMBERS:
            numbers = [n.value for n in segment.confirmation_numbers if number_field(n) == name]
            yield field, ", ".join(numbers)
        elif value is not None:
            yield field, value_text(value)


def value_text(value: object) -> str:
    """Return what a field says, in one line of text."""
    match value:
        case Moment():
            return f"{value.local[:16].replace('T', ' ')} {value.zone or ''}".rstrip()
        case Money():
            return f"{value.amount} {value.currency or ''}".rstrip()
        case Place():
            return ", ".join(filter(None, (value.name, value.city, value.code)))
        case tuple():
            return ", ".join(str(getattr(one, "number", one)) for one in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case _:
            return str(value)
