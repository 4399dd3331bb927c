"""What several engines, or several passengers' tickets, say of one thing becomes one.

By the comparison that consolidation uses too (`schemas/matching.py`): the better engine's word stands, the
others fill what it left unsaid, unit by unit of the table of field groups and never half a unit.
"""

from collections.abc import Iterable
from typing import Any

from schemas.matching import compare
from schemas.segments import FIELD_PLACES, ConfirmationNumber, Segment
from services.ingest.domain.email.found import Found
from services.ingest.domain.email.results import Engine
from services.ingest.domain.email.values import once

_RANKS = {engine: rank for rank, engine in enumerate(Engine)}
_ADDED_UP = frozenset({"confirmation_numbers", "passengers", "seats"})


class Thing:
    """One real thing, and all that was found of it, the best word first."""

    def __init__(self, first: Found) -> None:
        self.found = [first]

    @property
    def best(self) -> Found:
        """The word that stands."""
        return self.found[0]

    def takes(self, other: Found) -> bool:
        """Say whether another find is of this thing."""
        if other.segment is None or any(_numbers_conflict(each, other) for each in self.found):
            return False
        return any(
            each.segment is not None and compare(each.segment, other.segment).matches for each in self.found
        )

    def segment(self) -> Segment | None:
        """Return the segment that all finds together state."""
        merged = self.best.segment
        for other in self.found[1:]:
            if merged is not None and other.segment is not None:
                merged = merged_segment(merged, other.segment)
        return merged


def _numbers_conflict(left: Found, right: Found) -> bool:
    """Two bookings of one engine are two, however alike; engines see different numbers of one booking."""
    return (
        left.engine is right.engine
        and None not in {left.number, right.number}
        and left.number != right.number
    )


def things_of(found: Iterable[Found]) -> list[Thing]:
    """Return the things that were found, in the order in which the best engine names them."""
    things: list[Thing] = []
    for each in sorted(found, key=lambda find: _RANKS[find.engine]):
        same = next((thing for thing in things if thing.takes(each)), None)
        if same is None:
            things.append(Thing(each))
        else:
            same.found.append(each)
    return things


def merged_segment(segment: Segment, other: Segment) -> Segment:
    """Fill from `other` the units of which `segment` says nothing; lists of people and numbers add up."""
    update: dict[str, Any] = {}
    stated = {FIELD_PLACES[name].unit for name in _stated(segment) if name in FIELD_PLACES}
    for name in _stated(other):
        value, mine = getattr(other, name), getattr(segment, name)
        is_new = name in FIELD_PLACES and FIELD_PLACES[name].unit not in stated
        if name in _ADDED_UP and mine:
            update[name] = _added(mine, value)
        elif is_new or (name in {"start", "end"} and _says_more(value, mine)):
            update[name] = value
    return segment.model_copy(update=update)


def _stated(segment: Segment) -> list[str]:
    return [name for name in type(segment).model_fields if getattr(segment, name) not in (None, (), {})]


def _added(mine: tuple[Any, ...], others: tuple[Any, ...]) -> tuple[Any, ...]:
    if mine and isinstance(mine[0], ConfirmationNumber):
        known = {number.value for number in mine}
        return (*mine, *(number for number in others if number.value not in known))
    return once((*mine, *others))


def _says_more(value: Any, mine: Any) -> bool:  # noqa: ANN401 - moments
    """A time of day on the same day says more than the day alone."""
    return mine is not None and value.has_time and not mine.has_time and value.date == mine.date
