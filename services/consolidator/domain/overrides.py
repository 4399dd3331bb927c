"""What people said, ready for use: pairs of segments, sets of bookings, corrected values, names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from schemas.booking_record import (
    CorrectSegment,
    DifferentSegments,
    DismissFact,
    MergeTrips,
    NameTrip,
    OverrideRecord,
    SameSegments,
    SplitTrip,
)
from services.consolidator.domain.records import TravellerRecord


@dataclass(frozen=True, slots=True)
class Correction:
    """A person's values for the segment that bears an id, as a claim that outranks every source."""

    record: OverrideRecord
    correction: CorrectSegment


@dataclass(frozen=True, slots=True, eq=False)
class Overrides:
    """All overrides of a traveller that are in force, the oldest first."""

    same: tuple[tuple[str, str], ...] = ()
    different: frozenset[tuple[str, str]] = frozenset()
    merged_trips: tuple[tuple[str, str], ...] = ()
    """Pairs of trip ids."""
    split: Mapping[str, str] = field(default_factory=dict[str, str])
    """By booking record, the split that it was last part of."""
    corrections: Mapping[str, Sequence[Correction]] = field(default_factory=dict[str, Sequence[Correction]])
    """By the segment id that they name."""
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    """By trip id."""
    dismissed: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """By trip id, what need not be warned of."""


NOTHING_SAID = Overrides()


def overrides_of(records: Iterable[TravellerRecord]) -> Overrides:
    """Collect the overrides that are in force; of two that contradict, the newer counts."""
    in_force = sorted(
        (record for record in records if isinstance(record, OverrideRecord) and record.override is not None),
        key=lambda record: (record.revision.order(), record.record),
    )
    joined: dict[tuple[str, str], bool] = {}
    merged: list[tuple[str, str]] = []
    split: dict[str, str] = {}
    corrections: dict[str, list[Correction]] = {}
    names: dict[str, str] = {}
    dismissed: dict[str, list[str]] = {}
    for record in in_force:
        match record.override:
            case SameSegments(segments=segments):
                joined |= {_ordered(*pair): True for pair in pairwise(segments)}
            case DifferentSegments(segments=segments):
                joined |= {_ordered(a, b): False for a in segments for b in segments if a < b}
            case MergeTrips(trips=trips):
                merged += list(pairwise(trips))
            case SplitTrip(records=apart):
                split |= dict.fromkeys(apart, record.record)
            case CorrectSegment() as correction:
                corrections.setdefault(correction.segment, []).append(Correction(record, correction))
            case NameTrip(trip=trip, name=name):
                names[trip] = name
            case DismissFact(trip=trip, fact=fact):
                dismissed.setdefault(trip, []).append(fact)
            case None:
                pass
    return Overrides(
        same=tuple(pair for pair, same in joined.items() if same),
        different=frozenset(pair for pair, same in joined.items() if not same),
        merged_trips=tuple(merged),
        split=split,
        corrections=corrections,
        names=names,
        dismissed=dismissed,
    )


def _ordered(left: str, right: str) -> tuple[str, str]:
    return (min(left, right), max(left, right))
