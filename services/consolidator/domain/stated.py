"""Segments as records state them, read once: what each is known by and compared by, and what it says.

A function of one record alone, worked out when it is accepted and then used by the index, the
clustering and precedence alike.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Any

from schemas.features import COMPARED_FIELDS, Features, features_of, name_words
from schemas.identifiers import segment_id
from schemas.matching import Comparison, compare_features
from schemas.segments import (
    CONFIRMATION_NUMBERS,
    FIELD_PLACES,
    AirSegment,
    FieldGroup,
    RailSegment,
    Segment,
    numbered_field,
)
from services.consolidator.domain.remembered import Remembered

CandidateKey = tuple[str, str]

Units = Mapping[FieldGroup, Mapping[str, Mapping[str, Any]]]
"""By group and unit, the fields that are stated, as JSON values."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparable:
    """A segment as clustering sees it; the same object for as long as it compares as before."""

    id: str
    features: Features
    keys: frozenset[CandidateKey]
    """Under which it is filed."""
    near: frozenset[CandidateKey]
    """Under which all that may match it is filed."""


@dataclass(frozen=True, eq=False)
class Stated:
    """A segment as a record states it.

    What it says is read when somebody asks. Of most segments nobody does: whatever a traveller booked is
    looked up in the index, and little of it is near what changes.
    """

    id: str
    position: int
    segment: Segment
    comparable: Comparable

    @cached_property
    def units(self) -> Units:
        """The fields that are stated, as JSON values, by group and unit."""
        return units_of(said_by(self.segment))

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """The units together, as they are shown of a segment that nobody else speaks of."""
        return values_of(self.units)


def _keys(features: Features) -> tuple[frozenset[CandidateKey], frozenset[CandidateKey]]:
    """Return the keys to file a segment under, and those under which its matches are filed.

    Flights and trains match on the same day or over midnight. Stays match on the day, or under one
    number where they have a night in common. Everything else matches on the day, or under one number
    wherever it was moved to.
    """
    kind, numbers = features.type, features.numbers
    day = None if features.start is None else features.start.date
    if kind in _TRAVELLING:
        return _day_keys(kind, day)
    keys, near = set[str](), set[str]()
    if day is not None:
        keys.add(f"day {day}")
        near.add(f"day {day}")
    if kind == "hotel":
        # A number may stand on every stay of a traveller's: only those of one time are compared.
        months = _months(features)
        times = [f"in {month}" for month in months] if months else ["ever"]
        keys.update(f"number {number} {time}" for number in numbers for time in (*times, "all"))
        near.update(f"number {number} {time}" for number in numbers for time in (*times, "ever"))
        if not months:
            near.update(f"number {number} all" for number in numbers)
    else:
        keys.update(f"number {number}" for number in numbers)
        near.update(f"number {number}" for number in numbers)
    return frozenset((kind, key) for key in keys), frozenset((kind, key) for key in near)


@lru_cache(maxsize=16_384)
def _day_keys(kind: str, day: str | None) -> tuple[frozenset[CandidateKey], frozenset[CandidateKey]]:
    """Return the keys of what is known by its day, and those of its day and the days beside it."""
    if day is None:
        return frozenset(), frozenset()
    on = date.fromisoformat(day)
    beside = [(kind, f"day {on + timedelta(days=step)}") for step in (-1, 0, 1)]
    return frozenset({(kind, f"day {day}")}), frozenset(beside)


_TRAVELLING = frozenset({"air", "rail"})
_LONG_MONTHS = 24


def _months(features: Features) -> range:
    """Return the months that a stay covers; none where it has no dates, or too many of them."""
    if features.start is None:
        return range(0)
    first, last = sorted(_month(moment.date) for moment in (features.start, features.end or features.start))
    return range(first, last + 1) if last - first < _LONG_MONTHS else range(0)


def _month(day: str) -> int:
    return int(day[:4]) * 12 + int(day[5:7])


def number_keys(features: Features) -> frozenset[CandidateKey]:
    """Return the keys of all segments of one kind that bear one of the numbers."""
    return frozenset((features.type, f"bears {number}") for number in features.numbers)


def said_by(segment: Segment) -> Mapping[str, Any]:
    """Return the fields that a segment states, as JSON values; equal segments of one kind say the same."""
    return segment.model_dump(mode="json", exclude_none=True, exclude_defaults=True)


def units_of(said: Mapping[str, Any]) -> Units:
    """Return what a segment says by group and unit, each confirmation number one by itself.

    So sources add up, by kind and issuer: what one does not know of, it does not take away.
    """
    units: dict[FieldGroup, dict[str, dict[str, Any]]] = {}
    for name, value in said.items():
        place = FIELD_PLACES.get(name)
        if name == CONFIRMATION_NUMBERS:
            numbers = units.setdefault(FieldGroup.CONFIRMATIONS, {})
            for number in value:
                field_of_one = numbered_field(number["kind"], number.get("issuer"))
                numbers.setdefault(field_of_one, {field_of_one: []})[field_of_one].append(number)
        elif place is not None:
            units.setdefault(place.group, {}).setdefault(place.unit, {})[name] = value
    return units


def values_of(units: Units) -> dict[str, Any]:
    """Return the fields of units together, as they are shown of a segment that nobody else speaks of."""
    values = {
        name: value for group in units.values() for unit in group.values() for name, value in unit.items()
    }
    join_numbers(values, units.get(FieldGroup.CONFIRMATIONS, ()))
    return values


def join_numbers(values: dict[str, Any], units: Iterable[str]) -> None:
    """Make one field of the confirmation numbers among these units, in the order of kinds and issuers."""
    names = sorted([unit for unit in units if unit.startswith(_NUMBERS)])
    numbers = [number for name in names for number in values.pop(name)]
    if numbers:
        values[CONFIRMATION_NUMBERS] = numbers


_NUMBERS = f"{CONFIRMATION_NUMBERS}."


# --- reading, once -------------------------------------------------------------------------------


@dataclass(slots=True)
class Readings:
    """What was read of a traveller's segments, and how they compare."""

    _stated: Remembered[tuple[Stated, ...]] = field(default_factory=Remembered[tuple[Stated, ...]])
    _comparisons: Remembered[Comparison] = field(default_factory=lambda: Remembered[Comparison](most=32_768))

    def stated(self, record: str, segments: Sequence[Segment], *, told_by: str) -> tuple[Stated, ...]:
        """Return the segments of a record, as `told_by` states them: the record itself as a rule.

        What a sender says again, or says anew without touching what it is compared by, stays the
        same object, so that nothing that depends on it is worked out again.
        """
        key = (record, told_by)
        known = self._stated.get(key, (segments,))
        if known is not None:
            return known
        last = {stated.id: stated for stated in self._stated.last(key) or ()}
        ids = _segment_ids(record, segments)
        made = tuple(
            _read(id_, position, segment, last.get(id_))
            for position, (id_, segment) in enumerate(zip(ids, segments, strict=True))
        )
        return self._stated.keep(key, (segments,), made)

    def compare(self, left: Comparable, right: Comparable) -> Comparison:
        """Compare two segments; the order does not matter."""
        if left.id > right.id:
            left, right = right, left
        pair, two = (left.id, right.id), (left, right)
        known = self._comparisons.get(pair, two)
        return known or self._comparisons.keep(pair, two, compare_features(left.features, right.features))


def _read(id_: str, position: int, segment: Segment, last: Stated | None) -> Stated:
    if last is None or last.segment.type != segment.type:
        return Stated(id_, position, segment, _comparable(id_, features_of(segment)))
    if last.segment == segment:
        return last if last.position == position else replace(last, position=position)
    return Stated(id_, position, segment, _still_comparable(last, segment))


def _still_comparable(last: Stated, segment: Segment) -> Comparable:
    """Return a segment as clustering sees it: the object of before, where it compares as before."""
    if all(getattr(last.segment, one, None) == getattr(segment, one, None) for one in COMPARED_FIELDS):
        return last.comparable
    features = features_of(segment)
    return last.comparable if last.comparable.features == features else _comparable(last.id, features)


def _comparable(id_: str, features: Features) -> Comparable:
    return Comparable(id_, features, *_keys(features))


# --- ids -----------------------------------------------------------------------------------------


def _segment_ids(record: str, segments: Sequence[Segment]) -> list[str]:
    """Return ids that survive a change of times: the source's own, else what identifies the thing.

    Segments that are identified alike are told apart by their order of departure.
    """
    order = sorted(range(len(segments)), key=lambda at: _start_text(segments[at]))
    seen: dict[str, int] = {}
    ids = [""] * len(segments)
    for at in order:
        discriminator = _discriminator(segments[at])
        count = seen[discriminator] = seen.get(discriminator, 0) + 1
        ids[at] = segment_id(record=record, discriminator=f"{discriminator}#{count}")
    return ids


def _start_text(segment: Segment) -> str:
    return "" if segment.start is None else segment.start.local


def _discriminator(segment: Segment) -> str:
    if segment.reference is not None:
        return f"reference:{segment.reference}"
    match segment.type:  # as in `features_of`
        case "air":
            return _of_journey(segment, number=segment.flight_number)
        case "rail":
            return _of_journey(segment, number=segment.train_number)
        case _:
            name = getattr(segment, "name", None) or segment.vendor_name or segment.vendor or ""
            return f"{segment.type}:{' '.join(sorted(name_words(name)))}"


def _of_journey(segment: AirSegment | RailSegment, *, number: str | None) -> str:
    ends = (segment.origin and segment.origin.code, segment.destination and segment.destination.code)
    return f"{segment.type}:{segment.carrier}:{number}:{ends[0]}:{ends[1]}"
