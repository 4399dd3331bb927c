"""How single aspects of two segments compare: numbers, names, places, times; equal, absent or conflict."""

import re
import unicodedata
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt

from schemas.segments import (
    AirSegment,
    CarSegment,
    ConfirmationKind,
    ConfirmationNumber,
    DiningSegment,
    EventSegment,
    HotelSegment,
    ParkingSegment,
    Place,
    RideSegment,
    Segment,
)
from schemas.times import Moment
from schemas.trade_codes import CITY_OF_AIRPORT, RENTAL_COMPANIES

SAME_SPOT_METRES = 100.0
OTHER_CITY_METRES = 50_000.0

_EARTH_METRES = 6_371_000.0
_CARRIER_CODE = re.compile(r"^[A-Z0-9]{2,3}$")
_NOT_ALPHANUMERIC = re.compile(r"[^0-9A-Z]+")
_GENERIC_NAME_WORDS = frozenset(
    {
        "THE", "AND", "BY", "A", "AN", "HOTEL", "HOTELS", "RESTAURANT", "RENT", "RENTAL", "CAR", "CARS",
        "STATION", "BAHNHOF", "HAUPTBAHNHOF", "HBF", "HB",
    }
)  # fmt: skip

Service = CarSegment | RideSegment | DiningSegment | ParkingSegment | EventSegment
"""The kinds that are told apart by confirmation, or by vendor, place and start."""


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


@lru_cache(maxsize=16_384)
def number_text(number: str) -> str:
    """Return a number as it is compared: upper case letters and digits alone."""
    return _NOT_ALPHANUMERIC.sub("", number.upper())


@lru_cache(maxsize=16_384)
def name_words(name: str) -> frozenset[str]:
    """Return the telling words of a name: without case, accents, punctuation and generic words.

    `Zürich`, `Zuerich` and `Zurich` are one word: a letter that is written out and one that lost its
    marks both end as the plain one.
    """
    plain = unicodedata.normalize("NFKD", name.translate(_LETTERS_WITHOUT_MARKS).upper())
    letters = "".join(mark for mark in plain if not unicodedata.combining(mark))
    folded = _WRITTEN_OUT.sub(lambda pair: pair[0][0], letters)
    words = frozenset(_NOT_ALPHANUMERIC.sub(" ", folded).split())
    return (words - _GENERIC_NAME_WORDS) or words


_LETTERS_WITHOUT_MARKS = str.maketrans(
    {"ø": "o", "Ø": "O", "æ": "a", "Æ": "A", "œ": "o", "Œ": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D"}
)
_WRITTEN_OUT = re.compile("AE|OE|UE|AA")


def _names(left: str | None, right: str | None) -> Likeness:
    """Compare names as sets of words.

    Equal where they are, or where one spells out what the other shortens. One word of several,
    as `Hilton` is of `Hilton Tower`, tells nothing: it may be the same and may be another.
    """
    if left is None or right is None:
        return ABSENT
    shorter, longer = sorted((name_words(left), name_words(right)), key=len)
    if shorter <= longer:
        return EQUAL if shorter == longer or len(shorter) > 1 else ABSENT
    return EQUAL if "".join(sorted(shorter)) == "".join(sorted(longer)) else CONFLICT


def _flight_number(number: str | None) -> str | None:
    return None if number is None else number_text(number).lstrip("0") or "0"


def train_number(number: str | None) -> str | None:
    """A train is known by its digits where it has any: `ICE 70` is `70`."""
    if number is None:
        return None
    digits = "".join(sign for sign in number if sign.isdigit()).lstrip("0")
    return digits or number_text(number)


def designators(left: AirSegment, right: AirSegment) -> Likeness:
    """Marketing or operating carrier and number; any of one side may equal any of the other."""
    lefts, rights = _flight_designators(left), _flight_designators(right)
    if not lefts or not rights:
        return ABSENT
    if any(_same_designator(a, b) for a in lefts for b in rights):
        return EQUAL
    return CONFLICT


def _flight_designators(flight: AirSegment) -> list[tuple[str | None, str]]:
    pairs = (
        (flight.carrier, flight.flight_number),
        (flight.operating_carrier, flight.operating_flight_number),
    )
    return [
        (None if carrier is None else carrier.strip().upper(), number)
        for carrier, given in pairs
        if (number := _flight_number(given)) is not None
    ]


def _same_designator(left: tuple[str | None, str], right: tuple[str | None, str]) -> bool:
    (left_carrier, left_number), (right_carrier, right_number) = left, right
    if left_number != right_number:
        return False
    if left_carrier is None or right_carrier is None or left_carrier == right_carrier:
        return True
    # A code cannot be held against a name; two codes or two names can.
    return bool(_CARRIER_CODE.match(left_carrier)) != bool(_CARRIER_CODE.match(right_carrier))


def confirmations(left: Segment, right: Segment) -> Likeness:
    """Any equal number is evidence; numbers of one kind and issuer that all differ are a conflict."""
    lefts, rights = left.confirmation_numbers, right.confirmation_numbers
    if not {number_text(n.value) for n in lefts}.isdisjoint(number_text(n.value) for n in rights):
        return EQUAL
    comparable = any(_comparable(a, b) for a in lefts for b in rights)
    return CONFLICT if comparable else ABSENT


def _comparable(left: ConfirmationNumber, right: ConfirmationNumber) -> bool:
    """One kind's difference never vetoes another kind's equality; a locator is its issuer's own."""
    if left.kind is not right.kind:
        return False
    if left.issuer is None or right.issuer is None:
        return left.kind is ConfirmationKind.SUPPLIER
    return left.issuer.casefold() == right.issuer.casefold()


# --- places --------------------------------------------------------------------------------------


def places(left: Place | None, right: Place | None) -> Likeness:
    """By code, else by coordinates, else by name; a city alone says nothing against."""
    if left is None or right is None:
        return ABSENT
    coded = codes(_upper(left.code), _upper(right.code))
    if coded is not ABSENT:
        return ABSENT if coded is CONFLICT and _city_and_airport(left, right) else coded
    if (metres := _distance(left, right)) is not None:
        return EQUAL if metres < SAME_SPOT_METRES else ABSENT
    return _names(left.name, right.name)


def _city_and_airport(left: Place, right: Place) -> bool:
    """Say whether one code is that of a city and the other that of one of its airports."""
    first, second = _upper(left.code) or "", _upper(right.code) or ""
    return CITY_OF_AIRPORT.get(first) == second or CITY_OF_AIRPORT.get(second) == first


def _upper(code: str | None) -> str | None:
    return None if code is None else code.strip().upper()


def visited(left: HotelSegment, right: HotelSegment) -> Likeness:
    """A property by its id within a chain, its coordinates or its name."""
    if left.property_id is not None and left.property_id == right.property_id:
        return EQUAL
    if left.place is not None and right.place is not None:
        metres = _distance(left.place, right.place)
        if metres is not None and metres < SAME_SPOT_METRES:
            return EQUAL
        if metres is not None and metres > OTHER_CITY_METRES:
            return CONFLICT  # two houses of one chain
    named = _names(left.name, right.name)
    if named is ABSENT and left.name is not None and right.name is not None:
        cities = _city_words(left.place) & _city_words(right.place)
        # `Hilton`, said to be in Berlin, is the `Hilton Berlin`.
        if name_words(left.name) - cities == name_words(right.name) - cities:
            return EQUAL
    return named


def _city_words(place: Place | None) -> frozenset[str]:
    return name_words(place.city) if place is not None and place.city is not None else frozenset()


def cities(left: HotelSegment, right: HotelSegment) -> Likeness:
    """A city speaks for the same stay and never against: suburbs and spellings differ."""
    if left.place is None or right.place is None:
        return ABSENT
    return EQUAL if _city_words(left.place) & _city_words(right.place) else ABSENT


def guests(left: HotelSegment, right: HotelSegment) -> Likeness:
    """Compare who sleeps there: a guest in common speaks for one room, all strangers speak for two.

    Relatives, nicknames and surnames alone tell nothing: they share a name with whom they may be.
    """
    pairs = [(_person_words(a), _person_words(b)) for a in left.passengers for b in right.passengers]
    if any(_same_person(a, b) for a, b in pairs):
        return EQUAL
    return ABSENT if not pairs or any(a & b for a, b in pairs) else CONFLICT


_TITLES = frozenset({"MR", "MRS", "MS", "MISS", "MSTR", "DR", "PROF"})


def _person_words(name: str) -> frozenset[str]:
    return name_words(name) - _TITLES


def _same_person(left: frozenset[str], right: frozenset[str]) -> bool:
    shorter, longer = sorted((left, right), key=len)
    return len(shorter) > 1 and shorter <= longer


def served(left: Service, right: Service) -> Likeness:
    """Compare where a service begins: the pick-up place, else the name, else the place visited."""
    if isinstance(left, CarSegment | RideSegment) and isinstance(right, CarSegment | RideSegment):
        return places(left.origin, right.origin)
    if isinstance(left, CarSegment | RideSegment) or isinstance(right, CarSegment | RideSegment):
        return CONFLICT
    named = _names(left.name, right.name)
    return named if named is not ABSENT else places(left.place, right.place)


def vendors(left: Service, right: Service) -> Likeness:
    """Codes are compared with codes and names with names; equal names settle it.

    A rental company that is known only by its code goes by the name that the code stands for.
    """
    named = _names(left.vendor_name, right.vendor_name)
    if named is ABSENT and isinstance(left, CarSegment) and isinstance(right, CarSegment):
        named = _names(_company(left), _company(right))
    if named is EQUAL:
        return EQUAL
    coded = codes(_upper(left.vendor), _upper(right.vendor))
    if coded is not ABSENT:
        return coded
    if named is ABSENT and not isinstance(left, CarSegment | RideSegment):
        # A table or a parking place is known by its own name; a vendor behind it is an extra.
        return EQUAL if left.vendor is None and right.vendor is None else ABSENT
    return named


def _company(car: CarSegment) -> str | None:
    return car.vendor_name or RENTAL_COMPANIES.get(_upper(car.vendor) or "")


def _distance(left: Place, right: Place) -> float | None:
    """Great-circle distance in metres, or None where a coordinate is missing."""
    if None in (left.latitude, left.longitude, right.latitude, right.longitude):
        return None
    lat_a, lon_a = radians(float(left.latitude or 0)), radians(float(left.longitude or 0))
    lat_b, lon_b = radians(float(right.latitude or 0)), radians(float(right.longitude or 0))
    half = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * _EARTH_METRES * asin(min(1.0, sqrt(half)))


# --- times ---------------------------------------------------------------------------------------


def within(left: Moment | None, right: Moment | None, window: timedelta) -> Likeness:
    """Two instants within the window, else two wall clocks of one place, else two dates."""
    if left is None or right is None:
        return ABSENT
    if not (left.has_time and right.has_time):
        return EQUAL if left.date == right.date else CONFLICT
    return EQUAL if abs(_apart(left, right)) <= window else CONFLICT


def _apart(left: Moment, right: Moment) -> timedelta:
    first, second = left.instant(), right.instant()
    if first is None or second is None:
        return datetime.fromisoformat(left.local) - datetime.fromisoformat(right.local)
    return first - second


def exact_times(left: AirSegment, right: AirSegment) -> Likeness:
    """Equal departure, and no different arrival."""
    if left.start is None or right.start is None or not (left.start.has_time and right.start.has_time):
        return ABSENT
    if _apart(left.start, right.start):
        return CONFLICT
    if left.end is None or right.end is None or not (left.end.has_time and right.end.has_time):
        return EQUAL
    return CONFLICT if _apart(left.end, right.end) else EQUAL


def same_day(left: Moment | None, right: Moment | None) -> Likeness:
    """Compare local calendar dates."""
    if left is None or right is None:
        return ABSENT
    return EQUAL if left.date == right.date else CONFLICT


def nights_in_common(left: HotelSegment, right: HotelSegment) -> bool:
    """Say whether there is a night that both stays are known to cover."""
    if left.start is None or left.end is None or right.start is None or right.end is None:
        return False
    return max(left.start.date, right.start.date) < min(left.end.date, right.end.date)


def same_start(left: Service, right: Service) -> Likeness:
    """Pick-ups by the day, for counters move them by hours; everything else by the wall clock."""
    if left.start is None or right.start is None:
        return ABSENT
    by_day = isinstance(left, CarSegment | ParkingSegment)
    if by_day or not (left.start.has_time and right.start.has_time):
        return same_day(left.start, right.start)
    return EQUAL if left.start.local == right.start.local else CONFLICT
