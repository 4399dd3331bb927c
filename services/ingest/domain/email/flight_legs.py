"""Flights that were read, beside the numbers that a text names: which is read twice, and which is left."""

from typing import NamedTuple

from schemas.segments import AirSegment
from services.ingest.domain.email.flight_marks import Mark


class Leg(NamedTuple):
    """A flight as its marks tell, and how sure that is."""

    segment: AirSegment
    confidence: int
    end: int


def is_unread(flights: list[Mark], legs: list[Leg], marks: list[Mark], text: str) -> bool:
    """Say whether a flight is named with a day, an hour or an airport, and is none of the legs."""
    known = set(map(_flight_of, legs))
    return any(mark.value not in known and _has_beside(mark, marks, text) for mark in flights)


def _has_beside(flight: Mark, marks: list[Mark], text: str) -> bool:
    """Say whether a day or an hour of travel, or an airport, stands in the line of a flight's number."""
    begins, stops = text.rfind("\n", 0, flight.start), text.find("\n", flight.end) % (len(text) + 1)
    return any(begins < mark.start < stops for mark in marks)


def contradict(legs: list[Leg]) -> bool:
    """Say whether one flight is read to leave at one time from or for two places."""
    routes: dict[object, set[object]] = {}
    for leg in legs:
        when = leg.segment.start.local if leg.segment.start is not None else None
        routes.setdefault((_flight_of(leg), when), set()).add((leg.segment.origin, leg.segment.destination))
    return any(len(found) > 1 for found in routes.values())


def _flight_of(leg: Leg) -> tuple[str | None, str | None]:
    return leg.segment.carrier, leg.segment.flight_number


def is_known(leg: Leg, legs: list[Leg]) -> bool:
    """Say whether a flight was read before, in full where this is: what names it again tells of bags.

    It is another where it goes on from where the former ends, or on another day.
    """
    same = [known.segment for known in legs if _flight_of(known) == _flight_of(leg)]
    if leg.segment.end is None or leg.segment.start is None:
        return bool(same)
    day, origin = leg.segment.start.date, leg.segment.origin
    return any(
        known.end is not None
        and known.start is not None
        and known.start.date == day
        and known.destination != origin
        for known in same
    )
