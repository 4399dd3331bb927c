"""Whose clock a time is told by: the zone of the place, where the sender gave neither zone nor offset.

What a person types, and what many feeds send, is a wall clock in a city. Airports are looked up while a
booking is read (`moments`); here it is by city, country and the name of a station, as in mails. A zone is
right or absent: what two sources say of one thing is compared by it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import product
from typing import NamedTuple

from schemas.segments import Place, Segment
from schemas.times import Moment
from services.ingest.domain.cities import city_of_station, zone_of_place, zones_possible
from services.ingest.domain.places import offset_at, zone_called

_FAR_MINUTES = 3 * 60
"""No train, bus or ferry brings people to clocks that differ by more, as far as names alone tell."""


class _Clock(NamedTuple):
    """What a wall shows somewhere; a sender may have stated its offset alone."""

    zone: str | None
    offset: int


class _End(NamedTuple):
    """One end of a segment, and the clocks that it may go by."""

    local: str | None
    """Of the moment, where there is one."""
    meant: _Clock | None
    possible: frozenset[_Clock]
    is_sure: bool
    """Whether it is stated, or told by an airport or a country."""


_Pair = tuple[_Clock | None, _Clock | None]


def with_local_clocks(segment: Segment) -> Segment:
    """Return the segment with zones and offsets of its places, marked as inferred, where it has none."""
    first, last = _places(segment)
    start, end = segment.start, segment.end
    known = start or end
    if known is None:
        return segment
    ends = (_end(first, start, at=known), _end(last, end, at=end or known))
    here, there = _clocks(*ends, by_land=segment.type in _BY_LAND)
    told = {"start": _by_clock(start, here), "end": _by_clock(end, there)}
    inferred = {field: moment for field, moment in told.items() if moment is not None}
    return segment.model_copy(update=inferred) if inferred else segment


def zones_of_stations(
    origin: str | None, destination: str | None, *, at: Moment
) -> tuple[str | None, str | None]:
    """Return the zones of the stations that a train runs between at about that time, by their names alone."""
    stations = (Place(city=city_of_station(name)) for name in (origin, destination))
    first, last = (_end(place, None, at=at) for place in stations)
    here, there = _clocks(first, last, by_land=True)
    return (here and here.zone, there and there.zone)


_BY_LAND = frozenset({"rail", "ride", "car"})


def _places(segment: Segment) -> tuple[Place | None, Place | None]:
    """Where it begins and ends; a car that is brought back where it was fetched names that place once."""
    match segment.type:
        case "hotel" | "dining" | "parking" | "event":
            return segment.place, segment.place
        case "car":
            return segment.origin, segment.destination or segment.origin
        case "rail":
            return _in_its_city(segment.origin), _in_its_city(segment.destination)
        case "air" | "ride":
            return segment.origin, segment.destination


def _in_its_city(station: Place | None) -> Place | None:
    if station is None or station.city is not None:
        return station
    return station.model_copy(update={"city": city_of_station(station.name)})


def _end(place: Place | None, moment: Moment | None, *, at: Moment) -> _End:
    local = None if moment is None else moment.local
    if moment is not None and (stated := _stated(moment)) is not None:
        return _End(local, stated, frozenset([stated]), is_sure=True)
    if place is None:
        return _End(local, None, frozenset(), is_sure=False)
    zone = zone_of_place(place)
    meant = None if zone is None else _clock(zone, at=at)
    by_name = not (place.code or place.country)
    zones = zones_possible(place.city) if place.city and by_name else frozenset[str]()
    possible = {_clock(each, at=at) for each in zones} | ({meant} if meant else set[_Clock]())
    return _End(local, meant, frozenset(possible), is_sure=meant is not None and not by_name)


def _stated(moment: Moment) -> _Clock | None:
    if moment.offset_minutes is not None:
        return _Clock(moment.zone, moment.offset_minutes)
    return None if moment.zone is None else _clock(moment.zone, at=moment)


def _clock(zone: str, *, at: Moment) -> _Clock:
    return _Clock(zone, offset_at(at.local, zone_called(zone)) or 0)


def _clocks(start: _End, end: _End, *, by_land: bool) -> _Pair:
    """Return the clocks at both ends; by land either may tell which of its namesakes the other one is."""
    meant = (start.meant, end.meant)
    if (start.is_sure and end.is_sure) or not (start.possible and end.possible):
        return meant
    pairs = [
        pair
        for pair in product(start.possible, end.possible)
        if _is_forwards(start.local, end.local, *pair) and not (by_land and _is_far(*pair))
    ]
    if meant in pairs:
        return meant
    if by_land and any(meant) and (only := _only_one(pairs)) is not None:
        return only if _agrees(only, meant) else _sure(start, end)
    return _sure(start, end) if by_land or None not in meant else meant


def _only_one(pairs: Iterable[tuple[_Clock, _Clock]]) -> _Pair | None:
    """Return the one pair there is, first of all of those at one clock."""
    every = list(pairs)
    likely = [(here, there) for here, there in every if here.zone == there.zone] or every
    return likely[0] if len(likely) == 1 else None


def _agrees(pair: _Pair, meant: _Pair) -> bool:
    return all(known is None or known == one for one, known in zip(pair, meant, strict=True))


def _sure(start: _End, end: _End) -> _Pair:
    return (start.meant if start.is_sure else None, end.meant if end.is_sure else None)


def _is_far(here: _Clock, there: _Clock) -> bool:
    return abs(here.offset - there.offset) > _FAR_MINUTES


def _is_forwards(starts: str | None, ends: str | None, here: _Clock, there: _Clock) -> bool:
    """Say whether it may end when it does; of a day alone nobody can say."""
    if starts is None or ends is None or not ("T" in starts and "T" in ends):
        return True
    began, ended = (
        datetime.fromisoformat(local) - timedelta(minutes=clock.offset)
        for local, clock in ((starts, here), (ends, there))
    )
    return began <= ended


def _by_clock(moment: Moment | None, clock: _Clock | None) -> Moment | None:
    if moment is None or clock is None or clock.zone is None or _stated(moment) is not None:
        return None
    return moment.model_copy(update={"zone": clock.zone, "offset_minutes": clock.offset, "inferred": True})
