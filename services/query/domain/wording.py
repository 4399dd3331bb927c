"""What segments are called, in one line: the same on the page, in every language, and in calendars.

Nothing that a stranger should not read stands in these words: no numbers of bookings, tickets or amounts.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple, assert_never

from schemas.segments import Place, SegmentType
from schemas.times import Moment
from schemas.trip import (
    TripAir,
    TripCar,
    TripDining,
    TripEventSegment,
    TripHotel,
    TripParking,
    TripRail,
    TripRide,
    TripSegment,
)
from services.query.domain.timeline import Edge

Say = Callable[[str], str]
"""Turns a text into the reader's language; texts are English where they are written."""


class Manner(NamedTuple):
    """How a line is told."""

    say: Say = str
    clocks: bool = False
    """With the wall clocks of both ends, for whom sees them nowhere else: calendars."""


PLAIN = Manner()
ON_CALENDARS = Manner(clocks=True)
_N = str
"""Marks a text for translation where it is only named."""
KINDS: Mapping[SegmentType, str] = {
    "air": _N("Flight"),
    "rail": _N("Train"),
    "car": _N("Rental car"),
    "hotel": _N("Stay"),
    "dining": _N("Table"),
    "ride": _N("Ride"),
    "parking": _N("Parking"),
    "event": _N("Event"),
}
"""What a thing is called of which nobody gave the name."""
_ENDS: Mapping[tuple[SegmentType, Edge], str] = {
    ("hotel", Edge.START): _N("Check in"),
    ("hotel", Edge.END): _N("Check out"),
    ("car", Edge.START): _N("Pick up"),
    ("car", Edge.WHOLE): _N("Pick up"),
    ("car", Edge.END): _N("Drop off"),
    ("parking", Edge.START): _N("Park"),
    ("parking", Edge.WHOLE): _N("Park"),
    ("parking", Edge.END): _N("Leave the car park"),
}
"""How the two ends of what lasts are called."""


def kind(segment_type: SegmentType, *, say: Say = str) -> str:
    """Return what a segment is."""
    return say(KINDS[segment_type])


def headline(segment: TripSegment, *, edge: Edge = Edge.WHOLE, manner: Manner = PLAIN) -> str:
    """Return what a row of the timeline is, in one line."""
    match segment:
        case TripAir() | TripRail():
            return _journey(segment, edge=edge, manner=manner)
        case TripRide():
            return _ride(segment, manner=manner)
        case TripCar():
            at = segment.destination or segment.origin if edge is Edge.END else segment.origin
            return _end(
                segment, name=_joined(_named(segment, manner), _place(at), by=", "), edge=edge, manner=manner
            )
        case TripHotel() | TripParking():
            return _end(segment, name=_named(segment, manner), edge=edge, manner=manner)
        case TripDining() | TripEventSegment():
            return _joined(_named(segment, manner), manner.say(_N("ends")) if edge is Edge.END else None)
        case _:
            assert_never(segment)


def place_name(place: Place | None) -> str | None:
    """Return what to call a place: its city, else its own name, else its code."""
    return None if place is None else place.city or place.name or place.code


def place_with_code(place: Place | None) -> str | None:
    """Return what to call a place that is known by its code, such as an airport: Frankfurt FRA."""
    name = place_name(place)
    if place is None or place.code is None or name is None or place.code in name:
        return name
    return f"{name} {place.code}"


def clock_text(moment: Moment | None) -> str:
    """Return the wall clock, `13:05`; empty where no source gave a time."""
    return "" if moment is None or not moment.has_time else moment.local[11:16]


def _journey(segment: TripAir | TripRail, *, edge: Edge, manner: Manner) -> str:
    number = _number(segment)
    if edge is Edge.END:
        to = _place(segment.destination) or manner.say(_N("place not given"))
        return _joined(number, manner.say(_N("arrives")), to)
    if isinstance(segment, TripRail) and not number:
        number = kind("rail", say=manner.say)
    return _joined(number, _route(segment, manner=manner))


def _number(segment: TripAir | TripRail) -> str:
    if isinstance(segment, TripAir):
        return _joined(segment.carrier or segment.carrier_name, segment.flight_number)
    return _joined(segment.train_type or segment.carrier_name or segment.carrier, segment.train_number)


def _ride(segment: TripRide, *, manner: Manner) -> str:
    name = _named(segment, manner)
    if segment.origin is None and segment.destination is None:
        return name
    return f"{name}: {_route(segment, manner=manner)}"


def _route(segment: TripAir | TripRail | TripRide, *, manner: Manner) -> str:
    missing = manner.say(_N("place not given"))
    if not manner.clocks:
        return f"{_place(segment.origin) or missing} → {_place(segment.destination) or missing}"
    leaves = _joined(_short(segment.origin) or missing, clock_text(segment.start))
    arrives = _joined(_short(segment.destination) or missing, clock_text(segment.end))
    return f"{leaves} → {arrives}{_days_later(segment.start, segment.end)}"


def _end(segment: TripCar | TripHotel | TripParking, *, name: str, edge: Edge, manner: Manner) -> str:
    word = _ENDS.get((segment.type, edge))
    told = name if word is None else f"{manner.say(word)}: {name}"
    if not manner.clocks or not isinstance(segment, TripHotel):
        return told
    hour, template = (
        (segment.check_out_time, _N("(by {hour})"))
        if edge is Edge.END
        else (segment.check_in_time, _N("(from {hour})"))
    )
    return told if hour is None else f"{told} {manner.say(template).format(hour=hour)}"


def _named(segment: TripSegment, manner: Manner) -> str:
    own = getattr(segment, "name", None) or getattr(segment, "vendor_name", None)
    return own or getattr(segment, "vendor", None) or kind(segment.type, say=manner.say)


def _place(place: Place | None) -> str | None:
    return place_with_code(place) or (place and place.address)


def _short(place: Place | None) -> str | None:
    return place and (place.code or place.name or place.city or place.address)


def _days_later(start: Moment | None, end: Moment | None) -> str:
    """Return how many local days later something ends: `+1`, `-1` over the date line, or nothing."""
    if start is None or end is None or start.date == end.date:
        return ""
    return f"{(date.fromisoformat(end.date) - date.fromisoformat(start.date)).days:+d}"


def _joined(*parts: str | None, by: str = " ") -> str:
    return by.join(part for part in parts if part)
