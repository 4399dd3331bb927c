"""Whose clock a time is told by: the zone of the place, where the sender gave neither zone nor offset.

What a person types, and what many feeds send, is a wall clock in a city. Airports are looked up while a
booking is read (`moments`); here it is by city, country and the name of a station, as in mails.
"""

from zoneinfo import ZoneInfo

from schemas.segments import Place, Segment
from schemas.times import Moment
from services.ingest.domain.email.cities import city_of_station
from services.ingest.domain.email.when import zone_of_place
from services.ingest.domain.places import offset_at


def with_local_clocks(segment: Segment) -> Segment:
    """Return the segment with zones and offsets of its places, marked as inferred, where it has none."""
    start, end = _places(segment)
    told = {"start": _by_clock_of(start, segment.start), "end": _by_clock_of(end, segment.end)}
    inferred = {field: moment for field, moment in told.items() if moment is not None}
    return segment.model_copy(update=inferred) if inferred else segment


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


def _by_clock_of(place: Place | None, moment: Moment | None) -> Moment | None:
    if place is None or moment is None or moment.zone is not None or moment.offset_minutes is not None:
        return None
    zone = zone_of_place(place)
    if zone is None:
        return None
    offset = offset_at(moment.local, ZoneInfo(zone))
    return moment.model_copy(update={"zone": zone, "offset_minutes": offset, "inferred": True})


def _in_its_city(station: Place | None) -> Place | None:
    if station is None or station.city is not None:
        return station
    return station.model_copy(update={"city": city_of_station(station.name)})
