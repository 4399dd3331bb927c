"""How single aspects of two segments compare: numbers, names, places, times; equal, absent or conflict."""

from datetime import date
from enum import Enum
from math import asin, sin, sqrt

from schemas.features import Designator, Features, Name, Spot, When, Where, person_words
from schemas.segments import ConfirmationKind

SAME_SPOT_METRES = 100.0
OTHER_CITY_METRES = 50_000.0

_EARTH_METRES = 6_371_000.0


class Likeness(Enum):
    """How one aspect of two segments compares."""

    EQUAL = "equal"
    ABSENT = "absent"
    CONFLICT = "conflict"


EQUAL, ABSENT, CONFLICT = Likeness.EQUAL, Likeness.ABSENT, Likeness.CONFLICT


# --- numbers and names ---------------------------------------------------------------------------


def codes(left: object, right: object) -> Likeness:
    """Compare two values that are equal or not, with no shades between."""
    if left is None or right is None:
        return ABSENT
    return EQUAL if left == right else CONFLICT


def _names(left: Name | None, right: Name | None) -> Likeness:
    """Compare names as sets of words.

    Equal where they are, or where one spells out what the other shortens. One word of several,
    as `Hilton` is of `Hilton Tower`, tells nothing: it may be the same and may be another.
    """
    if left is None or right is None:
        return ABSENT
    shorter, longer = (left, right) if len(left.words) <= len(right.words) else (right, left)
    if shorter.words <= longer.words:
        return EQUAL if shorter.words == longer.words or len(shorter.words) > 1 else ABSENT
    return EQUAL if shorter.letters == longer.letters else CONFLICT


def designators(left: Features, right: Features) -> Likeness:
    """Marketing or operating carrier and number; any of one side may equal any of the other."""
    if not left.designators or not right.designators:
        return ABSENT
    if any(_same_designator(a, b) for a in left.designators for b in right.designators):
        return EQUAL
    return CONFLICT


def _same_designator(left: Designator, right: Designator) -> bool:
    if left.number != right.number:
        return False
    if left.carrier is None or right.carrier is None or left.carrier == right.carrier:
        return True
    # A code cannot be held against a name; two codes or two names can.
    return left.is_code != right.is_code


def confirmations(left: Features, right: Features) -> Likeness:
    """Any equal number is evidence; numbers of one kind and issuer that all differ are a conflict."""
    if not left.numbers or not right.numbers:
        return ABSENT
    if not left.numbers.isdisjoint(right.numbers):
        return EQUAL
    comparable = any(_comparable(a, b) for a in left.issuers for b in right.issuers)
    return CONFLICT if comparable else ABSENT


def _comparable(
    left: tuple[ConfirmationKind, str | None], right: tuple[ConfirmationKind, str | None]
) -> bool:
    """One kind's difference never vetoes another kind's equality; a locator is its issuer's own."""
    if left[0] is not right[0]:
        return False
    if left[1] is None or right[1] is None:
        return left[0] is ConfirmationKind.SUPPLIER
    return left[1] == right[1]


# --- places --------------------------------------------------------------------------------------


def places(left: Where | None, right: Where | None) -> Likeness:
    """By code, else by coordinates, else by name; a city alone says nothing against."""
    if left is None or right is None:
        return ABSENT
    if left.code is not None and right.code is not None:
        if left.code == right.code:
            return EQUAL
        # One code is that of a city and the other that of one of its airports.
        return ABSENT if right.code == left.city_code or left.code == right.city_code else CONFLICT
    if left.spot is not None and right.spot is not None:
        return EQUAL if _metres(left.spot, right.spot) < SAME_SPOT_METRES else ABSENT
    return _names(left.name, right.name)


def visited(left: Features, right: Features) -> Likeness:
    """A property by its id within a chain, its coordinates or its name."""
    if left.property_id is not None and left.property_id == right.property_id:
        return EQUAL
    here, there = left.origin, right.origin
    if here is not None and there is not None and here.spot is not None and there.spot is not None:
        metres = _metres(here.spot, there.spot)
        if metres < SAME_SPOT_METRES:
            return EQUAL
        if metres > OTHER_CITY_METRES:
            return CONFLICT  # two houses of one chain
    named = _names(left.name, right.name)
    if named is ABSENT and left.name is not None and right.name is not None:
        cities = _city_words(here) & _city_words(there)
        # `Hilton`, said to be in Berlin, is the `Hilton Berlin`.
        if left.name.words - cities == right.name.words - cities:
            return EQUAL
    return named


def _city_words(place: Where | None) -> frozenset[str]:
    return frozenset() if place is None else place.city


def cities(left: Features, right: Features) -> Likeness:
    """A city speaks for the same stay and never against: suburbs and spellings differ."""
    return ABSENT if _city_words(left.origin).isdisjoint(_city_words(right.origin)) else EQUAL


def guests(left: Features, right: Features) -> Likeness:
    """Compare who sleeps there: a guest in common speaks for one room, all strangers speak for two.

    Relatives, nicknames and surnames alone tell nothing: they share a name with whom they may be.
    """
    if not left.guests or not right.guests:
        return ABSENT
    pairs = [(a, b) for a in left.guests for b in right.guests]
    if any(_same_person(a, b) for a, b in pairs):
        return EQUAL
    return ABSENT if any(a & b for a, b in pairs) else CONFLICT


def same_person(left: str, right: str) -> bool:
    """Tell whether two ways of writing a person's name mean the same one, whatever the order and titles."""
    return _same_person(person_words(left), person_words(right))


def _same_person(left: frozenset[str], right: frozenset[str]) -> bool:
    shorter, longer = sorted((left, right), key=len)
    return len(shorter) > 1 and shorter <= longer


def served(left: Features, right: Features) -> Likeness:
    """Compare where a service begins: the pick-up place, else the name, else the place visited."""
    named = _names(left.name, right.name)  # of cars and rides there is none
    return named if named is not ABSENT else places(left.origin, right.origin)


def vendors(left: Features, right: Features) -> Likeness:
    """Codes are compared with codes and names with names; equal names settle it.

    A rental company that is known only by its code goes by the name that the code stands for.
    """
    named = _names(left.vendor_name, right.vendor_name)
    if named is ABSENT:
        named = _names(left.company, right.company)
    if named is EQUAL:
        return EQUAL
    coded = codes(left.vendor, right.vendor)
    if coded is not ABSENT:
        return coded
    if named is ABSENT and left.type not in {"car", "ride"}:
        # A table or a parking place is known by its own name; a vendor behind it is an extra.
        return EQUAL if left.vendor is None and right.vendor is None else ABSENT
    return named


def _metres(left: Spot, right: Spot) -> float:
    """Great-circle distance."""
    half = (
        sin((right.latitude - left.latitude) / 2) ** 2
        + left.narrowing * right.narrowing * sin((right.longitude - left.longitude) / 2) ** 2
    )
    return 2 * _EARTH_METRES * asin(min(1.0, sqrt(half)))


# --- times ---------------------------------------------------------------------------------------


def within(left: When | None, right: When | None, seconds: int) -> Likeness:
    """Two instants so close together, else two wall clocks of one place, else two dates."""
    if left is None or right is None:
        return ABSENT
    apart = _apart(left, right)
    if apart is None:
        return EQUAL if left.date == right.date else CONFLICT
    return EQUAL if abs(apart) <= seconds else CONFLICT


def _apart(left: When, right: When) -> int | None:
    """Return by how many seconds two moments differ; None where a time of day is not known."""
    if left.wall is None or right.wall is None:
        return None
    if left.utc is None or right.utc is None:
        return left.wall - right.wall
    return left.utc - right.utc


def exact_times(left: Features, right: Features) -> Likeness:
    """Equal departure, and no different arrival."""
    departures = None if left.start is None or right.start is None else _apart(left.start, right.start)
    if departures is None:
        return ABSENT
    arrivals = None if left.end is None or right.end is None else _apart(left.end, right.end)
    return CONFLICT if departures or arrivals else EQUAL


def same_day(left: When | None, right: When | None) -> Likeness:
    """Compare local calendar dates."""
    if left is None or right is None:
        return ABSENT
    return EQUAL if left.date == right.date else CONFLICT


def days_apart(left: When, right: When) -> int:
    """Return how many days lie between two local calendar dates, whichever is the earlier."""
    return abs((date.fromisoformat(left.date) - date.fromisoformat(right.date)).days)


def nights_in_common(left: Features, right: Features) -> bool:
    """Say whether there is a night that both stays are known to cover."""
    if left.start is None or left.end is None or right.start is None or right.end is None:
        return False
    return max(left.start.date, right.start.date) < min(left.end.date, right.end.date)


def same_start(left: Features, right: Features) -> Likeness:
    """Pick-ups by the day, for counters move them by hours; everything else by the wall clock."""
    if left.start is None or right.start is None:
        return ABSENT
    if left.type in {"car", "parking"} or left.start.wall is None or right.start.wall is None:
        return same_day(left.start, right.start)
    return EQUAL if left.start.wall == right.start.wall else CONFLICT
