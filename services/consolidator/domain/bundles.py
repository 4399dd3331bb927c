"""Bookings that belong together whatever their dates, and the small tools that grouping needs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from services.consolidator.domain.claims import BookingShape
from services.consolidator.domain.overrides import Overrides
from services.consolidator.domain.segments import SegmentShape

Interval = tuple[str, str]
"""First and last local date, both inclusive."""

Reach = tuple[Interval, ...]
"""The dates that bookings cover: a gap between two of them belongs to neither."""

SegmentsByRecord = Mapping[str, Sequence[SegmentShape]]


class Sets:
    """Disjoint sets of keys."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._parent = {key: key for key in keys}

    def __contains__(self, key: str) -> bool:
        return key in self._parent

    def find(self, key: str) -> str:
        """Return the representative of a key's set."""
        while (parent := self._parent[key]) != key:
            self._parent[key] = self._parent[parent]
            key = parent
        return key

    def union(self, left: str, right: str) -> None:
        """Join two sets; which representative remains depends on the keys alone."""
        first, second = sorted((self.find(left), self.find(right)))
        self._parent[second] = first

    def groups(self) -> list[list[str]]:
        """Return the sets, in the order of their first keys."""
        found: dict[str, list[str]] = {}
        for key in self._parent:
            found.setdefault(self.find(key), []).append(key)
        return list(found.values())


class TieKind(StrEnum):
    """Why bookings go together whatever their dates."""

    SEGMENT = "segment"
    SENT_TO_ONE_TRIP = "sent_to_one_trip"
    MERGED_BY_PERSON = "merged_by_person"
    SPLIT_BY_PERSON = "split_by_person"


@dataclass(frozen=True, slots=True)
class Tie:
    """What holds bookings together."""

    kind: TieKind
    on: str
    """The id of the segment, trip or split that they have in common."""
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """Loose bookings that move as one."""

    records: tuple[str, ...]
    """By age."""
    founded: int
    reach: Reach
    wanted: frozenset[str]
    """Trip ids that people, or else senders, named for it."""
    by_person: bool
    """It was a person who named them."""
    apart: bool
    """A person split it from everything else."""
    ties: tuple[Tie, ...]


class Rule(StrEnum):
    """The rule that put a booking into its trip."""

    POSTED = "posted"
    NAMED_BY_PERSON = "named_by_person"
    NAMED_BY_SENDER = "named_by_sender"
    SHARES_SEGMENT = "shares_segment"
    OVERLAPS_TRIP = "overlaps_trip"
    CONNECTED_BY_DATES = "connected_by_dates"
    """A component of loose bookings, of one bundle at least."""
    UNDATED = "undated"
    SPLIT_BY_PERSON = "split_by_person"


@dataclass(frozen=True, slots=True)
class Placement:
    """Why a booking is in its trip."""

    rule: Rule
    bundle: Bundle | None
    """What it moved with; None where it was posted with the trip."""
    reach: Reach
    """The dates that the trip covered when it came to it."""


def interval_of(segments: Sequence[SegmentShape]) -> Interval | None:
    """From the smallest to the largest winning local date of what still stands of a booking."""
    dated = [s for s in segments if s.start_date is not None]
    standing = [s for s in dated if s.live] or dated
    return spanning((s.start_date or "", s.end_date or "") for s in standing)


def spanning(intervals: Iterable[Interval]) -> Interval | None:
    """Return the smallest interval that covers all; None where there is none."""
    found = list(intervals)
    return (min(i[0] for i in found), max(i[1] for i in found)) if found else None


def covering(intervals: Iterable[Interval]) -> Reach:
    """Return the dates that intervals cover, as few intervals without overlap, the first one first."""
    covered: list[Interval] = []
    for first, last in sorted(intervals):
        if covered and first <= covered[-1][1]:
            covered[-1] = (covered[-1][0], max(covered[-1][1], last))
        else:
            covered.append((first, last))
    return tuple(covered)


def overlapping_days(left: Reach, right: Reach) -> int:
    """Return how many calendar days two stretches of dates share."""
    return sum(_shared_days(one, other) for one in left for other in right)


def _shared_days(left: Interval, right: Interval) -> int:
    first, last = max(left[0], right[0]), min(left[1], right[1])
    return (date.fromisoformat(last) - date.fromisoformat(first)).days + 1 if first <= last else 0


def connects(reached: str, start: str, *, gap_days: int) -> bool:
    """Say whether what starts on a day connects with what lasts to another; a tenant may allow a gap."""
    return start <= reached or (date.fromisoformat(start) - date.fromisoformat(reached)).days <= gap_days


def splits(keys: Iterable[str], segments: SegmentsByRecord, overrides: Overrides) -> dict[str, str]:
    """Return, by record, the split that it belongs to; what shares a segment is split off with it."""
    if not overrides.split:
        return {}
    sets = Sets(keys)
    for together in _sharing(list(keys), segments).values():
        for left, right in pairwise(together):
            sets.union(left, right)
    found: dict[str, str] = {}
    for group in sets.groups():
        named = [overrides.split[key] for key in group if key in overrides.split]
        found |= dict.fromkeys(group, max(named)) if named else {}
    return found


def bundles_of(
    keys: Sequence[str],
    bookings: Mapping[str, BookingShape],
    segments: SegmentsByRecord,
    *,
    births: Mapping[str, str],
    split: Mapping[str, str],
    overrides: Overrides,
) -> list[Bundle]:
    """Put together what shares a segment, what was sent to one trip and what people merged; by age."""
    sets = Sets(keys)
    by_split: dict[str, list[str]] = {}
    for key in keys:
        if key in split:
            by_split.setdefault(split[key], []).append(key)
    ties = [
        *_ties(TieKind.SEGMENT, _sharing(keys, segments), sets),
        *_ties(TieKind.SENT_TO_ONE_TRIP, _sent_together(keys, bookings, births, split), sets),
        *_ties(TieKind.MERGED_BY_PERSON, _merged(births, overrides), sets),
        *_ties(TieKind.SPLIT_BY_PERSON, by_split, sets),
    ]
    for tie in ties:
        for left, right in pairwise(tie.records):
            sets.union(left, right)
    by_set: dict[str, list[Tie]] = {}
    for tie in ties:
        by_set.setdefault(sets.find(tie.records[0]), []).append(tie)
    partners = _partners(births, overrides)
    made = (
        _bundle(group, by_set.get(sets.find(group[0]), []), bookings, segments, partners, split)
        for group in sets.groups()
    )
    return sorted(made, key=lambda bundle: (bundle.founded, bundle.records))


def _ties(kind: TieKind, found: Mapping[str, Sequence[str]], among: Sets) -> Iterable[Tie]:
    for on, records in found.items():
        present = tuple(dict.fromkeys(key for key in records if key in among))
        if len(present) > 1:
            yield Tie(kind, on, present)


def _merged(births: Mapping[str, str], overrides: Overrides) -> dict[str, list[str]]:
    return {
        f"{first} {second}": [births[trip] for trip in (first, second) if trip in births]
        for first, second in overrides.merged_trips
    }


def _sharing(keys: Sequence[str], segments: SegmentsByRecord) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key in keys:
        for segment in segments.get(key, ()):
            found.setdefault(segment.id, []).append(key)
    return found


def _sent_together(
    keys: Sequence[str],
    bookings: Mapping[str, BookingShape],
    births: Mapping[str, str],
    split: Mapping[str, str],
) -> dict[str, list[str]]:
    """Bookings sent to one trip, together with the booking that the trip's id was born with."""
    found: dict[str, list[str]] = {}
    for key in keys:
        trip = bookings[key].explicit_trip
        if trip is not None and key not in split:
            found.setdefault(trip, []).append(key)
    for trip, records in found.items():
        home = births.get(trip)
        if home is not None and home not in split:
            records.append(home)
    return found


def _partners(births: Mapping[str, str], overrides: Overrides) -> dict[str, set[str]]:
    """Return, by booking, the trips that people merged with the trip whose id it was born with."""
    partners: dict[str, set[str]] = {}
    for first, second in overrides.merged_trips:
        for trip, other in ((first, second), (second, first)):
            if trip in births:
                partners.setdefault(births[trip], set()).add(other)
    return partners


def _bundle(
    records: list[str],
    ties: Sequence[Tie],
    bookings: Mapping[str, BookingShape],
    segments: SegmentsByRecord,
    partners: Mapping[str, set[str]],
    split: Mapping[str, str],
) -> Bundle:
    by_people = {trip for key in records for trip in partners.get(key, ())}
    by_senders = {trip for key in records if (trip := bookings[key].explicit_trip) is not None}
    intervals = (interval_of(segments.get(key, ())) for key in records)
    return Bundle(
        records=tuple(records),
        founded=min(bookings[key].founded for key in records),
        reach=covering(interval for interval in intervals if interval is not None),
        wanted=frozenset(by_people or by_senders),
        by_person=bool(by_people),
        apart=any(key in split for key in records),
        ties=tuple(ties),
    )
