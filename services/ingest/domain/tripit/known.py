"""What is known of one account, and what one visit saw: the two sides of every comparison."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple, cast

import orjson
from pydantic import TypeAdapter, ValidationError

from schemas.base import Model
from schemas.booking_record import BookingContent
from schemas.segments import Code
from schemas.times import LocalTime

WINDOW_DAYS = 90
"""So long after its end a plan is followed; then it stays as it is. TripIt's calendar feed does the same."""

FEED = "feed"
"""The kind of every plan of a calendar feed."""

_CODE: TypeAdapter[str] = TypeAdapter(Code)


class KnownPlan(Model):
    """A plan as it was last told."""

    kind: Code
    id: Code
    """What an address calls it, where it is asked for by itself."""
    digest: Code | None = None
    """None while it is not sure what was told last: then it is told again, whatever it says."""
    trip: Code | None = None
    modified: int = 0
    """TripIt's `last_modified`, in seconds; 0 where it says none."""
    ends: LocalTime | None = None
    """Its last day; None for an undated plan, which counts as far in the future."""
    problems: tuple[Code, ...] = ()


class Known(Model):
    """What was told of an account so far: the snapshot that the next one is compared with."""

    plans: Mapping[str, KnownPlan] = {}
    """By key."""
    trips: Mapping[str, LocalTime | None] = {}
    """The trips that were last seen, with their last day."""
    cursor: int | None = None
    """TripIt's own timestamp, from which on changes are asked for; None before the first full sweep."""
    past: tuple[Code, ...] = ()
    """Plans that ended too long ago to be followed. They still stand, until the account is left."""

    def without_cursor(self) -> "Known":
        """Return what was told alone: the cursor moves with every look, and has a place of its own."""
        return self.model_copy(update={"cursor": None})

    def doubting(self, plans: "Mapping[str, KnownPlan | None]") -> "Known":
        """Return the same without being sure what was told last of some plans, so that they are told again.

        Args:
            plans: by key, as far as more is known of them than here.
        """
        newest = {**self.plans, **{key: plan for key, plan in plans.items() if plan is not None}}
        unsure = {
            key: newest[key].model_copy(update={"digest": None}) for key in plans.keys() & newest.keys()
        }
        return self.model_copy(update={"plans": {**self.plans, **unsure}})

    @property
    def is_sure(self) -> bool:
        """Whether it is sure of every plan what was told of it last."""
        return all(plan.digest is not None for plan in self.plans.values())


class Outcome(NamedTuple):
    """What a visit comes to."""

    known: Known
    told: Mapping[int, tuple[str, ...]]
    """By the number of the answer, the plans that it tells for the first time or changed."""
    gone: tuple[str, ...]
    """Plans that are no longer there."""
    names: Mapping[str, str] = MappingProxyType({})
    """Of told plans that do not show their key, by the id that they show the key."""


def while_telling(known: Known, outcome: Outcome) -> Known:
    """Return what is to be noted before an outcome is told: that nothing is sure of the plans it is about.

    Between telling and noting what was told, a process may die or lose its lease, and the account change back
    to what it was. Whoever looks next must not take that for old news.
    """
    touched = {key for keys in outcome.told.values() for key in keys}.union(outcome.gone)
    return known.doubting({key: outcome.known.plans.get(key) for key in touched})


def unreadable(before: KnownPlan | None, *, kind: str, named: str) -> KnownPlan:
    """Return what is kept of a plan that is there and cannot be read: what was told of it, marked.

    One that was never told has no digest, so that it is told once it can be read.
    """
    kept = before or KnownPlan(kind=kind, id=named)
    return kept.model_copy(update={"problems": ("unreadable",)})


def named_in(encoded: str) -> Known:
    """Return no more than which plans were told, where what is kept is not a `Known` any more.

    That is enough to take them back. Of what cannot even be named nothing is said.
    """
    try:
        kept = orjson.loads(encoded)
    except orjson.JSONDecodeError:
        return Known()
    said = cast("dict[str, Any]", kept) if isinstance(kept, dict) else {}
    return Known(past=(*_codes(said.get("plans")), *_codes(said.get("past"))))


def _codes(kept: Any) -> Iterator[str]:  # noqa: ANN401 - whatever is kept
    for name in cast("Iterable[Any]", kept) if isinstance(kept, dict | list) else ():
        with suppress(ValidationError):
            yield _CODE.validate_python(name)


def content_digest(content: BookingContent) -> str:
    """Return the hash by which a plan's content is compared."""
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def last_day(content: BookingContent) -> str | None:
    """Return the last day that a booking touches."""
    days = [moment.date for segment in content.segments for moment in (segment.start, segment.end) if moment]
    return max(days, default=None)


def has_left(day: str | None, *, today: date, days: int = WINDOW_DAYS) -> bool:
    """Whether something that ended on a day is followed no more."""
    return day is not None and date.fromisoformat(day[:10]) < today - timedelta(days=days)
