"""Flights and trains that an event of a calendar is, by its text or by its summary, at its own times."""

import re

from schemas.segments import AirSegment, Place, RailSegment, RideSegment, Segment
from schemas.times import Moment
from services.ingest.domain.cities import main_airport
from services.ingest.domain.clocks import zones_of_stations
from services.ingest.domain.email.airlines import airlines
from services.ingest.domain.email.calendar_events import Event
from services.ingest.domain.email.dates import Reader
from services.ingest.domain.email.entries import entries_of
from services.ingest.domain.email.flights import flights_in
from services.ingest.domain.email.labelled_journeys import goes_by_air, goes_by_road_or_sea
from services.ingest.domain.email.train_names import train_named, trains_named
from services.ingest.domain.email.trains import route_named, trains_in
from services.ingest.domain.email.values import code, prose
from services.ingest.domain.email.when import moment_of
from services.ingest.domain.places import airport

_FLIGHT_TO = re.compile(
    r"(?:flight to|flug nach|vol à|vol pour|vuelo a|volo per|vlucht naar|voo para) (.{2,40}?) "
    r"\(([A-Z]{2}|[A-Z]\d|\d[A-Z]) ?0*(\d{1,4})\)",
    re.IGNORECASE,
)
"""As calendars call a flight that they found in somebody's mail: `Flight to Chicago (UA 1217)`."""

_SAYS_FLIGHT = re.compile(
    r"fl(?:ight|ug|yg)|\b(?:vol|vuelo|volo|vlucht|voo|lot|let)\b|airport|✈|\([A-Z]{3}\)", re.IGNORECASE
)
"""Without it, `RJ 1234` is a Railjet and no flight to Jordan."""

_ATTENDED = re.compile(
    r"\b(?:tours?|guided|concert|konzert|live|show|festival|match|game|party|meeting|review|workshop|training|session|"
    r"seminar|course|museum|exhibition|ausstellung|führung|visit[ae]?|dinner|lunch|breakfast|brunch|abendessen)\b",
    re.IGNORECASE,
)
"""In what is attended, whatever brings people there."""


def legs_of(event: Event, *, reader: Reader) -> list[Segment]:
    """Return the legs that an event names; its own times are those of the only one."""
    day = event.start.day if event.start is not None else None
    flights = [leg.segment for leg in flights_in(event.text, reader=reader, day=day)]
    if flights and _SAYS_FLIGHT.search(event.text) is None:
        trains = trains_named(event.text)
        flights = [each for each in flights if (each.carrier, each.flight_number) not in trains]
    if flights and all(_is_called_train(each, event) for each in flights):
        return [_by_rail(each, event) for each in flights]
    if flights:
        return [_timed(flights[0], event)] if len(flights) == 1 else [*flights]
    if (flight := _flight_by_summary(event)) is not None:
        return [flight]
    trains = trains_in(event.text, reader=reader, day=day)
    if trains:
        only = trains[0] if len(trains) == 1 else None
        return [_timed_train(only, event)] if isinstance(only, RailSegment) else [*trains]
    train = _train_by_summary(event)
    return [] if train is None else [train]


def _timed(flight: AirSegment, event: Event) -> AirSegment:
    """The event's own times are those of the flight, where the text has none or others."""
    start = moment_of(event.start, place=flight.origin, is_instant=True)
    end = moment_of(event.end, place=flight.destination, is_instant=True)
    if (
        start is None
        or not start.has_time
        or (flight.start is not None and flight.start.has_time and flight.end is not None)
    ):
        return flight
    return flight.model_copy(update={"start": start, "end": end or flight.end})


def _is_called_train(flight: AirSegment, event: Event) -> bool:
    """Say whether an airline's number is that of a train: `Train: LH 3402`, from a station with a code."""
    called = (
        rf"\b(?:train|zug|treno|tren)\s{{0,2}}[:：]\s{{0,3}}{flight.carrier}\s?0*{flight.flight_number}\b"
    )
    return re.search(called, event.text, re.IGNORECASE) is not None


def _by_rail(flight: AirSegment, event: Event) -> RailSegment:
    """Return the train that bears an airline's number, between the ends that its labels name."""
    entries = entries_of(event.text)
    origin = next((prose(each.value) for each in entries if "from" in each.fields), None)
    destination = next((prose(each.value) for each in entries if "to" in each.fields), None)
    return RailSegment(
        start=flight.start,
        end=flight.end,
        origin=Place(name=origin) if origin is not None else _by_code(flight.origin),
        destination=Place(name=destination) if destination is not None else _by_code(flight.destination),
        carrier=flight.carrier,
        train_number=f"{flight.carrier} {flight.flight_number}",
    )


def _by_code(airport: Place | None) -> Place | None:
    """Return an airport by its code alone, where it has one: words beside it may be a station's."""
    return Place(code=airport.code) if airport is not None and airport.code is not None else airport


def _flight_by_summary(event: Event) -> AirSegment | None:
    """Return the flight that an event is whose summary says where to, and whose location where from."""
    found, codes = _FLIGHT_TO.fullmatch(event.summary.strip()), re.findall(r"\b[A-Z]{3}\b", event.location)
    origin = next((Place(code=code) for code in codes if airport(code) is not None), None)
    if found is None or origin is None or found[2] not in airlines():
        return None
    destination = _called(found[1])
    return AirSegment(
        start=moment_of(event.start, place=origin, is_instant=True),
        end=moment_of(event.end, place=destination, is_instant=True),
        origin=origin,
        destination=destination,
        carrier=found[2],
        carrier_name=airlines()[found[2]],
        flight_number=found[3],
    )


def _timed_train(train: RailSegment, event: Event) -> RailSegment:
    start, end = _at_stations(event, *(place and place.name for place in (train.origin, train.destination)))
    if start is None or train.start is None or start.zone is None or start.local != train.start.local:
        return train
    return train.model_copy(update={"start": start, "end": end})


def _at_stations(
    event: Event, origin: str | None, destination: str | None
) -> tuple[Moment | None, Moment | None]:
    """Return an event's times by the clocks at two stations; one tells of both, for want of the other."""
    about = moment_of(event.start, place=None)
    if about is None:
        return None, moment_of(event.end, place=None)
    here, there = zones_of_stations(origin, destination, at=about)
    return (
        moment_of(event.start, place=None, zone_there=here or there, is_instant=True),
        moment_of(event.end, place=None, zone_there=there or here, is_instant=True),
    )


def _train_by_summary(event: Event) -> RailSegment | None:
    """Return the train that an event is, whose text names it and whose summary both its ends."""
    number, route = train_named(event.text), route_named(event.summary)
    if number is None or route is None or event.start is None or not event.start.has_time:
        return None
    start, end = _at_stations(event, *route)
    return RailSegment(
        start=start,
        end=end,
        origin=Place(name=route[0]),
        destination=Place(name=route[1]),
        train_number=code(number),
    )


def ride_of_event(event: Event) -> RideSegment | None:
    """Return the bus or ship that an event is called, or its organiser, where its summary names both ends.

    How to get there by bus is told of anything.
    """
    called = f"{event.summary}\n{event.organiser or ''}"
    if not goes_by_road_or_sea(called) or goes_by_air(event.text) or _ATTENDED.search(event.summary):
        return None
    route = route_named(event.summary.rpartition(": ")[2])
    if route is None or event.start is None or not event.start.has_time:
        return None
    start, end = _at_stations(event, *route)
    return RideSegment(start=start, end=end, origin=Place(name=route[0]), destination=Place(name=route[1]))


def _called(city: str) -> Place:
    """Return a city's airport, or the city where it has several."""
    named = main_airport(city)[0]
    return Place(code=named, name=prose(city), city=None if named else prose(city))
