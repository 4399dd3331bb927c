"""Which segments of a trip may be one thing that nobody could tell: what a person is asked about.

The consolidator joins what is sure to be one, and a person's word outranks it. What is asked here lies
between: nobody does both, nothing says that they are two, and too little says that they are one. It is a
question and changes nothing; better none than one that everybody answers with no.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import combinations, islice
from typing import NamedTuple, cast

from schemas.features import Features, features_of
from schemas.likeness import (
    CONFLICT,
    EQUAL,
    cities,
    confirmations,
    designators,
    guests,
    nights_in_common,
    same_day,
    served,
    vendors,
    visited,
)
from schemas.segments import Place, Segment, SegmentStatus
from schemas.times import Moment
from schemas.trip import Trip, TripSegment, TripStatus
from services.query.domain.between import MOST_SEGMENTS, between
from services.query.domain.places import is_same_city, is_same_house
from services.query.domain.provenance import is_plainly_equal, value_text
from services.query.domain.timeline import places_of
from services.query.domain.wording import place_name, place_with_code

_UNTIL_NOBODY_SAYS = timedelta(hours=1)
"""How long something is taken to last of which no source gives the end."""
_SAID_TO_BE_TWO = frozenset({"overlap_stay", "impossible"})
"""Facts about two things at one time: whoever says that it is fine says that they are two."""
_SHOWN = (
    "name", "vendor_name", "vendor", "carrier", "flight_number", "train_number", "origin", "destination",
    "place", "start", "end", "confirmation_numbers", "passengers", "room_type", "car_class",
    "party_size", "total",
)  # fmt: skip
"""What people tell two bookings by, in the order in which they read it."""


class Differing(NamedTuple):
    """A field that two segments do not say alike; what one does not say is empty."""

    field: str
    left: str
    right: str


class Pair(NamedTuple):
    """Two segments that may be one, the one that begins first before the other."""

    left: TripSegment
    right: TripSegment
    agree: tuple[str, ...]
    """Fields that both say alike."""
    differ: tuple[Differing, ...]


def pairs_alike(
    trip: Trip, *, settled: Collection[frozenset[str]] = (), most: int | None = None
) -> tuple[Pair, ...]:
    """Return the pairs of a trip that a person is asked about, in the order of time.

    Args:
        trip: as its reader sees it.
        settled: ids of segments about which a person said that they are one, or that they are not.
        most: how many are wanted; all where that is None.
    """
    standing = [one for one in trip.content.segments if one.status is not SegmentStatus.CANCELLED]
    if trip.content.status is TripStatus.CANCELLED or len(standing) > MOST_SEGMENTS:
        return ()
    dated = sorted((one for one in standing if one.start is not None), key=_begins)
    if len(dated) < 2:  # noqa: PLR2004 - a pair
        return ()
    features = {one.id: features_of(cast("Segment", one)) for one in dated}  # it has all that is compared
    pairs = (_Two(one, other, features[one.id], features[other.id]) for one, other in combinations(dated, 2))
    told = [*settled, *_dismissed(trip)]
    asked = (
        two
        for two in pairs
        if _may_be_one(two) and not any(_is_about(ids, two.left, two.right) for ids in told)
    )
    return tuple(_pair(two.left, two.right) for two in islice(asked, most))


def _begins(segment: TripSegment) -> tuple[str, str]:
    return (segment.start.local if segment.start else "", segment.id)


def _dismissed(trip: Trip) -> Iterator[frozenset[str]]:
    if not trip.content.dismissed:
        return
    for fact in between(trip):
        if fact.dismissed and fact.code in _SAID_TO_BE_TWO:
            yield frozenset(fact.segments)


def _is_about(ids: frozenset[str], left: TripSegment, right: TripSegment) -> bool:
    return not ids.isdisjoint(_ids(left)) and not ids.isdisjoint(_ids(right))


def _ids(segment: TripSegment) -> set[str]:
    return {segment.id, *segment.also_known_as, *(claim.segment for claim in segment.claims)}


def _may_be_one(two: "_Two") -> bool:
    if two.left.type != two.right.type or _of_one_record(two.left, two.right):
        return False
    if guests(two.here, two.there) is CONFLICT or confirmations(two.here, two.there) is CONFLICT:
        return False
    return _ALIKE[two.left.type](two)


def _of_one_record(left: TripSegment, right: TripSegment) -> bool:
    """Say whether one booking tells of both: then they are two."""
    return not _tellers(left).isdisjoint(_tellers(right))


def _tellers(segment: TripSegment) -> set[str]:
    """Return the bookings that still tell of it; where a person kept what all took back, those that did."""
    still = {claim.record for claim in segment.claims if claim.live}
    return still or {claim.record for claim in segment.claims}


class _Two(NamedTuple):
    left: TripSegment
    right: TripSegment
    here: Features
    there: Features


def _journeys_alike(two: _Two) -> bool:
    """Nobody takes two flights or trains at a time; from and to the same cities, they may be one."""
    if same_day(two.here.start, two.there.start) is not EQUAL or not _at_one_time(two.left, two.right):
        return False
    ends = zip(places_of(two.left), places_of(two.right), strict=True)
    return all(_may_be_one_place(*end) for end in ends) or designators(two.here, two.there) is EQUAL


def _stays_alike(two: _Two) -> bool:
    """Nobody sleeps in two beds: one house is asked about, and one city from the same day to the same day."""
    here, there = two.here, two.there
    if not nights_in_common(here, there) or (here.room != there.room and None not in {here.room, there.room}):
        return False
    house = visited(here, there)
    left, right = places_of(two.left)[0], places_of(two.right)[0]
    names = (getattr(two.left, "name", None), getattr(two.right, "name", None))
    if house is EQUAL or is_same_house(left, right, names=names):
        return True
    days = same_day(here.start, there.start), same_day(here.end, there.end)
    return cities(here, there) is EQUAL and days == (EQUAL, EQUAL)


def _services_alike(two: _Two) -> bool:
    """Cars, tables and the like of one day, at one place or of one name, where nothing differs but hours."""
    here, there = two.here, two.there
    if same_day(here.start, there.start) is not EQUAL:
        return False
    if here.type not in {"car", "parking"} and not _at_one_time(two.left, two.right):
        return False
    vendor, at = vendors(here, there), served(here, there)
    left, right = places_of(two.left)[0], places_of(two.right)[0]
    if vendor is CONFLICT or (at is CONFLICT and not is_same_city(left, right)):
        return False
    is_named_alike = vendor is EQUAL and (here.vendor_name or here.company or here.vendor) is not None
    return is_named_alike or at is EQUAL or is_same_city(left, right)


_ALIKE: Mapping[str, Callable[[_Two], bool]] = {
    "air": _journeys_alike, "rail": _journeys_alike, "hotel": _stays_alike, "car": _services_alike,
    "ride": _services_alike, "dining": _services_alike, "parking": _services_alike, "event": _services_alike,
}  # fmt: skip


def _may_be_one_place(left: Place | None, right: Place | None) -> bool:
    if left is None or right is None:
        return False
    return is_same_city(left, right) or bool(left.name and left.name == right.name)


def _at_one_time(left: TripSegment, right: TripSegment) -> bool:
    """Say whether two things of one day overlap; where an hour is not known, the day is all that there is."""
    if left.start is None or right.start is None:
        return False
    if not (left.start.has_time and right.start.has_time):
        return True
    by_instant = left.start.instant() is not None and right.start.instant() is not None
    (one_begins, one_ends), (other_begins, other_ends) = (
        _span(one.start, one.end, by_instant=by_instant) for one in (left, right) if one.start
    )
    return one_begins < other_ends and other_begins < one_ends


def _span(start: Moment, end: Moment | None, *, by_instant: bool) -> tuple[datetime, datetime]:
    begins, ends = (_read(moment, by_instant=by_instant) for moment in (start, end))
    assert begins is not None  # noqa: S101 - its hour is known
    return begins, ends if ends is not None and ends > begins else begins + _UNTIL_NOBODY_SAYS


def _read(moment: Moment | None, *, by_instant: bool) -> datetime | None:
    if moment is None or not moment.has_time:
        return None
    return moment.instant() if by_instant else datetime.fromisoformat(moment.local)


def _pair(left: TripSegment, right: TripSegment) -> Pair:
    told = [(field, _said(left, field), _said(right, field)) for field in _SHOWN]
    agree = tuple(field for field, one, other in told if one and other and is_plainly_equal(one, other))
    differ = tuple(
        Differing(field, one, other)
        for field, one, other in told
        if (one or other) and field not in agree and not _follows(field, left, right)
    )
    return Pair(left, right, agree, differ)


def _follows(field: str, left: TripSegment, right: TripSegment) -> bool:
    """Say whether a field is told by another: a vendor's code by its name."""
    return field == "vendor" and bool(_said(left, "vendor_name") or _said(right, "vendor_name"))


def _said(segment: TripSegment, field: str) -> str:
    value = getattr(segment, field, None)
    match value:
        case None:
            return ""
        case Moment():
            return value.local[:16].replace("T", " ")
        case Place():
            return (place_name(value) if field == "place" else place_with_code(value)) or ""
        case tuple() if field == "confirmation_numbers":
            return _joined(number.value for number in segment.confirmation_numbers)
        case _:
            return value_text(value)


def _joined(texts: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(texts))
