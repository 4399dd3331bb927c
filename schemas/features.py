"""What segments are compared by, read once from what was stated: numbers, names, places and times.

Comparing is done far more often than stating, so that everything is brought into the form in which it
compares here, and `likeness.py` only compares. Equal features compare alike with everything.
"""

import re
import unicodedata
from datetime import datetime
from functools import lru_cache
from math import cos, radians
from typing import Any, NamedTuple

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
    RailSegment,
    RideSegment,
    Segment,
)
from schemas.times import Moment
from schemas.trade_codes import CITY_OF_AIRPORT, RENTAL_COMPANIES

_CARRIER_CODE = re.compile(r"^[A-Z0-9]{2,3}$")
_NOT_ALPHANUMERIC = re.compile(r"[^0-9A-Z]+")
_GENERIC_NAME_WORDS = frozenset(
    {
        "THE", "AND", "BY", "A", "AN", "HOTEL", "HOTELS", "RESTAURANT", "RENT", "RENTAL", "CAR", "CARS",
        "STATION", "BAHNHOF", "HAUPTBAHNHOF", "HBF", "HB",
    }
)  # fmt: skip
_TITLES = frozenset({"MR", "MRS", "MS", "MISS", "MSTR", "DR", "PROF"})


class Name(NamedTuple):
    """The telling words of a name."""

    words: frozenset[str]
    letters: str
    """All of them in one, so that where a writer parts the words does not matter."""


class When(NamedTuple):
    """A moment: its local day, and the seconds of the wall clock and of UTC where they are known."""

    date: str
    wall: int | None
    utc: int | None


class Spot(NamedTuple):
    """Coordinates in radians, and the cosine of the latitude."""

    latitude: float
    longitude: float
    narrowing: float


class Where(NamedTuple):
    """A place."""

    code: str | None
    city_code: str | None
    """Of an airport, the code of the city that it belongs to."""
    spot: Spot | None
    name: Name | None
    city: frozenset[str]


class Designator(NamedTuple):
    """Under which carrier and number a flight is sold or flown."""

    carrier: str | None
    is_code: bool
    number: str


class Features(NamedTuple):
    """What a segment is compared by; what its kind lacks, or its source left unsaid, is empty."""

    type: str
    start: When | None
    end: When | None
    numbers: frozenset[str]
    issuers: frozenset[tuple[ConfirmationKind, str | None]]
    """Who gave the numbers: two of one kind and issuer that differ contradict each other."""
    origin: Where | None
    """Where a journey begins; of a visit, its place."""
    destination: Where | None
    designators: tuple[Designator, ...] = ()
    train: str | None = None
    name: Name | None = None
    property_id: str | None = None
    room: int | None = None
    guests: frozenset[frozenset[str]] = frozenset()
    vendor: str | None = None
    vendor_name: Name | None = None
    company: Name | None = None
    """Of a rental car, who its vendor's name or code stands for."""


COMPARED_FIELDS = frozenset(
    {
        "start", "end", "origin", "destination", "place", "confirmation_numbers", "carrier", "flight_number",
        "operating_carrier", "operating_flight_number", "train_number", "vendor", "vendor_name", "name",
        "property_id", "room_index", "passengers",
    }
)  # fmt: skip
"""All that features are read from: segments of one kind that differ in other fields alone have the same."""


def features_of(segment: Segment) -> Features:
    """Read what a segment is compared by: its `COMPARED_FIELDS`, and nothing else."""
    return Features(
        type=segment.type,
        start=_when(segment.start),
        end=_when(segment.end),
        numbers=frozenset([number_text(n.value) for n in segment.confirmation_numbers]),
        issuers=frozenset([_issuer(n) for n in segment.confirmation_numbers]),
        **_of_its_kind(segment),
    )


def _of_its_kind(segment: Segment) -> dict[str, Any]:
    match segment.type:  # by the class itself it would take longer than all the rest
        case "air":
            return _journey(segment) | {"designators": _flight_designators(segment)}
        case "rail":
            return _journey(segment) | {"train": _train_number(segment.train_number)}
        case "car":
            company = segment.vendor_name or RENTAL_COMPANIES.get(_upper(segment.vendor) or "")
            return _journey(segment) | _vendor(segment) | {"company": _name(company)}
        case "ride":
            return _journey(segment) | _vendor(segment)
        case "hotel":
            guests = frozenset(person_words(name) for name in segment.passengers)
            about = {"property_id": segment.property_id, "room": segment.room_index, "guests": guests}
            return _visit(segment) | about
        case "dining" | "parking" | "event":
            return _visit(segment) | _vendor(segment)


def _journey(segment: AirSegment | RailSegment | CarSegment | RideSegment) -> dict[str, Any]:
    return {"origin": _where(segment.origin), "destination": _where(segment.destination)}


def _visit(segment: HotelSegment | DiningSegment | ParkingSegment | EventSegment) -> dict[str, Any]:
    return {"origin": _where(segment.place), "destination": None, "name": _name(segment.name)}


def _vendor(
    segment: CarSegment | RideSegment | DiningSegment | ParkingSegment | EventSegment,
) -> dict[str, Any]:
    return {"vendor": _upper(segment.vendor), "vendor_name": _name(segment.vendor_name)}


# --- numbers and names ---------------------------------------------------------------------------


@lru_cache(maxsize=16_384)
def number_text(number: str) -> str:
    """Return a number as it is compared: upper case letters and digits alone."""
    return _NOT_ALPHANUMERIC.sub("", number.upper())


@lru_cache(maxsize=16_384)
def person_words(name: str) -> frozenset[str]:
    """Return the words of a person's name, without titles."""
    return name_words(name) - _TITLES


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


@lru_cache(maxsize=16_384)
def _name(name: str | None) -> Name | None:
    if name is None:
        return None
    words = name_words(name)
    return Name(words, "".join(sorted(words)))


def _issuer(number: ConfirmationNumber) -> tuple[ConfirmationKind, str | None]:
    return (number.kind, None if number.issuer is None else number.issuer.casefold())


def _flight_designators(flight: AirSegment) -> tuple[Designator, ...]:
    pairs = (
        (flight.carrier, flight.flight_number),
        (flight.operating_carrier, flight.operating_flight_number),
    )
    return tuple(_designator(_upper(carrier), number) for carrier, number in pairs if number is not None)


def _designator(carrier: str | None, number: str) -> Designator:
    is_code = carrier is not None and _CARRIER_CODE.match(carrier) is not None
    return Designator(carrier, is_code, number_text(number).lstrip("0") or "0")


def _train_number(number: str | None) -> str | None:
    """A train is known by its digits where it has any: `ICE 70` is `70`."""
    if number is None:
        return None
    digits = "".join(sign for sign in number if sign.isdigit()).lstrip("0")
    return digits or number_text(number)


# --- places and times ----------------------------------------------------------------------------


def _where(place: Place | None) -> Where | None:
    if place is None:
        return None
    return _described(place.code, place.name, place.city, place.latitude, place.longitude)


@lru_cache(maxsize=16_384)
def _described(
    code: str | None, name: str | None, city: str | None, latitude: str | None, longitude: str | None
) -> Where:
    code = _upper(code)
    return Where(
        code=code,
        city_code=None if code is None else CITY_OF_AIRPORT.get(code),
        spot=_spot(latitude, longitude),
        name=_name(name),
        city=frozenset() if city is None else name_words(city),
    )


def _upper(code: str | None) -> str | None:
    return None if code is None else code.strip().upper()


def _spot(latitude: str | None, longitude: str | None) -> Spot | None:
    if latitude is None or longitude is None:
        return None
    height = radians(float(latitude))
    return Spot(height, radians(float(longitude)), cos(height))


def _when(moment: Moment | None) -> When | None:
    if moment is None:
        return None
    if not moment.has_time:
        return When(moment.date, None, None)
    wall = _wall_seconds(moment.local)
    return When(
        moment.date, wall, None if moment.offset_minutes is None else wall - moment.offset_minutes * 60
    )


@lru_cache(maxsize=16_384)
def _wall_seconds(local: str) -> int:
    since = datetime.fromisoformat(local) - _EPOCH
    return since.days * 86_400 + since.seconds


_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock has no zone
