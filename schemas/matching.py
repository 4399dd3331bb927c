"""Are two segments the same real thing? A pure, symmetric comparison in three values.

Equal, absent or conflict: what one side does not say never blocks, and a conflict on a field that
identifies the thing always does (design, section 5, rule 1). Never on exact times alone: a retimed
flight is the same flight.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from schemas.features import Features, Where, features_of
from schemas.likeness import (
    ABSENT,
    CONFLICT,
    EQUAL,
    Likeness,
    cities,
    codes,
    confirmations,
    days_apart,
    designators,
    exact_times,
    guests,
    nights_in_common,
    places,
    same_day,
    same_start,
    served,
    vendors,
    visited,
    within,
)
from schemas.segments import Segment

FLIGHT_WINDOW_SECONDS = 12 * 3600
RAIL_TOLERANCE_SECONDS = 3 * 60
MOVED_AT_MOST_DAYS = 180
"""So far is a reservation moved under its number; beyond, a vendor or an agency has given the number again.
KDE Itinerary looks as far for what a number cancels, as does the consolidator."""


class Comparison(NamedTuple):
    """The verdict on two segments.

    `strength` is above 0 where they match, and the greater the more speaks for it; `conflict` names
    the aspect that forbids it. Neither means that nothing links them and nothing keeps them apart.
    """

    strength: int
    conflict: str | None
    reasons: tuple[str, ...]

    @property
    def matches(self) -> bool:
        """Whether the two are the same thing as far as these two claims tell."""
        return self.strength > 0


def compare(left: Segment, right: Segment) -> Comparison:
    """Compare two segments of different records of one traveller; the order does not matter."""
    return compare_features(features_of(left), features_of(right))


def compare_features(left: Features, right: Features) -> Comparison:
    """Compare two segments by what was read of them before."""
    if left.type != right.type:
        return Comparison(0, "type", ())
    return _COMPARISONS[left.type](left, right)


def _verdict(aspects: Mapping[str, Likeness], *, enough: Iterable[frozenset[str]]) -> Comparison:
    """Match where no aspect conflicts and some sufficient set of aspects is equal."""
    for aspect, likeness in aspects.items():
        if likeness is CONFLICT:
            return Comparison(0, aspect, ())
    equal = frozenset(aspect for aspect, likeness in aspects.items() if likeness is EQUAL)
    if not any(needed <= equal for needed in enough):
        return Comparison(0, None, ())
    return Comparison(sum(_WEIGHTS[aspect] for aspect in equal), None, tuple(sorted(equal)))


_WEIGHTS = {
    "confirmation": 16, "number": 8, "place": 4, "origin": 4, "destination": 4,
    "departure": 2, "start": 2, "exact time": 1, "vendor": 2, "room": 2, "guests": 2, "city": 1,
}  # fmt: skip


def _sets(*needed: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(aspects.split("+")) for aspects in needed)


_FLIGHT_EVIDENCE = _sets("number+departure", "origin+destination+departure", "confirmation+departure+origin")
_RAIL_EVIDENCE = _sets("number+departure", "origin+destination+exact time")
_STAY_EVIDENCE = _sets("place+start", "confirmation+start", "confirmation+place")
_SERVICE_EVIDENCE = _sets("confirmation", "vendor+place+start")


def _compare_flights(left: Features, right: Features) -> Comparison:
    origin, destination = places(left.origin, right.origin), places(left.destination, right.destination)
    exact = exact_times(left, right)
    number = designators(left, right)
    if number is CONFLICT and origin is EQUAL and destination is EQUAL and exact is EQUAL:
        number = ABSENT  # a codeshare: one aircraft under two numbers
    return _verdict(
        {
            "number": number,
            "origin": origin,
            "destination": destination,
            "departure": within(left.start, right.start, FLIGHT_WINDOW_SECONDS),
            "exact time": EQUAL if exact is EQUAL else ABSENT,
            "confirmation": EQUAL if confirmations(left, right) is EQUAL else ABSENT,
        },
        enough=_FLIGHT_EVIDENCE,
    )


def _compare_trains(left: Features, right: Features) -> Comparison:
    origin, destination = places(left.origin, right.origin), places(left.destination, right.destination)
    punctual = within(left.start, right.start, RAIL_TOLERANCE_SECONDS)
    number = codes(left.train, right.train)
    if number is CONFLICT and origin is EQUAL and destination is EQUAL and punctual is EQUAL:
        number = ABSENT  # line name and train number of the same departure
    if number is EQUAL and punctual is EQUAL and EQUAL in {origin, destination}:
        # One train at one time from or to one station: the other is only written differently.
        origin = _unless_by_name(origin, left.origin, right.origin)
        destination = _unless_by_name(destination, left.destination, right.destination)
    return _verdict(
        {
            "number": number,
            "origin": origin,
            "destination": destination,
            "departure": within(left.start, right.start, FLIGHT_WINDOW_SECONDS),
            "exact time": EQUAL if punctual is EQUAL else ABSENT,
            "confirmation": EQUAL if confirmations(left, right) is EQUAL else ABSENT,
        },
        enough=_RAIL_EVIDENCE,
    )


def _unless_by_name(likeness: Likeness, left: Where | None, right: Where | None) -> Likeness:
    """Drop a conflict that names alone make; codes that differ are different places."""
    coded = left is not None and right is not None and left.code is not None and right.code is not None
    return ABSENT if likeness is CONFLICT and not coded else likeness


def _compare_stays(left: Features, right: Features) -> Comparison:
    confirmation = confirmations(left, right)
    place = visited(left, right)
    start = same_day(left.start, right.start)
    if confirmation is EQUAL:
        # One number at one hotel, whatever its name is said to be; prolonged or shortened at its
        # beginning, it is still that stay. Before or after it, it is the next one under that number.
        if start is CONFLICT and place is EQUAL and nights_in_common(left, right):
            start = ABSENT
        place = ABSENT if place is CONFLICT else place
    return _verdict(
        {
            "confirmation": confirmation,
            "place": place,
            "start": start,
            "room": codes(left.room, right.room),
            "guests": guests(left, right),
            "city": cities(left, right),
        },
        enough=_STAY_EVIDENCE,
    )


def _compare_services(left: Features, right: Features) -> Comparison:
    confirmation = confirmations(left, right)
    vendor, place, start = vendors(left, right), served(left, right), same_start(left, right)
    if confirmation is EQUAL:
        if vendor is not CONFLICT:  # moved to another hour or counter, it is still that reservation
            place = ABSENT if place is CONFLICT else place
            start = ABSENT if start is CONFLICT and not _long_apart(left, right) else start
        elif CONFLICT not in {place, start} and codes(left.vendor, right.vendor) is not CONFLICT:
            vendor = ABSENT  # the same number then and there, whatever its vendor is called
    return _verdict(
        {"confirmation": confirmation, "vendor": vendor, "place": place, "start": start},
        enough=_SERVICE_EVIDENCE,
    )


def _long_apart(left: Features, right: Features) -> bool:
    if left.start is None or right.start is None:
        return False
    return days_apart(left.start, right.start) > MOVED_AT_MOST_DAYS


_COMPARISONS: Mapping[str, Callable[..., Comparison]] = {
    "air": _compare_flights, "rail": _compare_trains, "hotel": _compare_stays, "car": _compare_services,
    "ride": _compare_services, "dining": _compare_services, "parking": _compare_services,
    "event": _compare_services,
}  # fmt: skip
