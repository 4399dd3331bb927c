"""Where a traveller is on a day, as far as bookings tell: duty of care, from bookings alone.

By the local dates of the places, for "who is in Japan on Friday" is asked in days. What is not known is said.
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from schemas.segments import Place, SegmentStatus
from schemas.trip import Trip, TripAir, TripHotel, TripRail, TripSegment, TripStatus
from services.query.domain.places import is_same_city, is_same_place
from services.query.domain.timeline import Edge, days_of

Journey = TripAir | TripRail
_LONGEST_CHANGE = timedelta(hours=4)
"""So long at most does somebody only change; KDE Itinerary takes as much for one stop."""


class Certainty(StrEnum):
    """How well it is known."""

    CERTAIN = "certain"
    """A bed that is booked for the night, or under way as booked."""
    LIKELY = "likely"
    """Arrived before, and not known to have left; or by what is asked for, or may have been cancelled."""
    UNKNOWN = "unknown"
    """On a trip, and no booking says where; or on one that is merely proposed."""


class Whereabouts(NamedTuple):
    """Where the traveller of a trip is on a day."""

    place: Place | None
    certainty: Certainty
    by: TripSegment | None
    """What tells it."""
    until: str | None
    """The local date on which that ends."""

    @property
    def under_way(self) -> bool:
        """Whether they spend the day's end between two places."""
        return isinstance(self.by, (TripAir, TripRail)) and self.place is None


def whereabouts(trip: Trip, *, on: date) -> Whereabouts | None:
    """Return where the traveller is at the end of a day; None where the trip is not on that day.

    Where the last journey of the trip is over by then, the traveller is home, and so nowhere. What may not
    take place makes nothing certain, and is asked only where what is booked tells nothing.
    """
    day = on.isoformat()
    first, last = trip.content.start_date, trip.content.end_date
    if first is None or last is None or not first[:10] <= day <= last[:10]:
        return None
    if trip.content.status is TripStatus.PROPOSAL:
        return _NOWHERE_KNOWN
    planned = [
        row.segment
        for each in days_of(trip)
        for row in each.rows
        if row.edge is not Edge.END and row.segment.status is not SegmentStatus.CANCELLED
    ]
    is_booked = trip.content.status is not TripStatus.BOOKED_PROPOSAL
    booked = [segment for segment in planned if is_booked and not _is_doubtful(segment)]
    found = _told_by(booked, day=day)
    if found is not None and found.certainty is not Certainty.UNKNOWN:
        return found  # home, by what is booked, is only who is home by what may take place as well
    planned_for = _told_by(planned, day=day)
    if planned_for is None or planned_for.certainty is not Certainty.CERTAIN:
        return planned_for
    return planned_for._replace(certainty=Certainty.LIKELY)


_NOWHERE_KNOWN = Whereabouts(None, Certainty.UNKNOWN, None, None)
_NOT_BOOKED = frozenset({SegmentStatus.WAITLISTED, SegmentStatus.REQUESTED})


def _is_doubtful(segment: TripSegment) -> bool:
    return segment.suspected_cancelled or segment.status in _NOT_BOOKED


def _told_by(segments: Sequence[TripSegment], *, day: str) -> Whereabouts | None:
    """Return where somebody is who does all of this, and nothing else."""
    journeys = [s for s in segments if isinstance(s, (TripAir, TripRail))]
    for journey in journeys:
        if journey.start and journey.end and journey.start.date <= day < journey.end.date:
            return Whereabouts(None, Certainty.CERTAIN, journey, journey.end.date)
    stay = next((s for s in segments if isinstance(s, TripHotel) and _covers(s, day)), None)
    if stay is not None:
        return Whereabouts(stay.place, Certainty.CERTAIN, stay, stay.end.date if stay.end else None)
    arrived = [j for j in journeys if j.end is not None and j.end.date <= day]
    leaving = [j for j in journeys if j.start is not None and j.start.date > day]
    if not arrived:
        return _NOWHERE_KNOWN
    if not leaving and len(journeys) > 1:
        return None
    until = leaving[0].start.date if leaving and leaving[0].start else None
    return Whereabouts(arrived[-1].destination, Certainty.LIKELY, arrived[-1], until)


def _covers(stay: TripHotel, day: str) -> bool:
    if stay.start is None or stay.start.date > day:
        return False
    return stay.start.date == day if stay.end is None else day < stay.end.date


class Moves(NamedTuple):
    """The journeys of a trip that end, and that begin, on certain days."""

    arriving: Sequence[Journey]
    leaving: Sequence[Journey]


def moves(trip: Trip, *, on: Collection[date]) -> Moves:
    """Return by what somebody arrives or leaves on these dates, of the places.

    Where they only change is neither; what may not take place moves nobody.
    """
    if trip.content.status in {TripStatus.CANCELLED, TripStatus.PROPOSAL, TripStatus.BOOKED_PROPOSAL}:
        return Moves((), ())
    days = {day.isoformat() for day in on}
    journeys = [
        one
        for one in trip.content.segments
        if isinstance(one, (TripAir, TripRail))
        and one.status is not SegmentStatus.CANCELLED
        and not _is_doubtful(one)
    ]
    changing = [(one, other) for one in journeys for other in journeys if _is_change(one, other)]
    going_on, coming_on = {one.id for one, _ in changing}, {other.id for _, other in changing}
    return Moves(
        [j for j in journeys if j.end is not None and j.end.date in days and j.id not in going_on],
        [j for j in journeys if j.start is not None and j.start.date in days and j.id not in coming_on],
    )


def _is_change(arriving: Journey, leaving: Journey) -> bool:
    at, onward = arriving.destination, leaving.origin
    if not (is_same_place(at, onward) or is_same_city(at, onward)):
        return False
    lands = arriving.end and arriving.end.instant()
    leaves = leaving.start and leaving.start.instant()
    return lands is not None and leaves is not None and timedelta() <= leaves - lands <= _LONGEST_CHANGE


def is_in(place: Place | None, *, where: str) -> bool:
    """Say whether a place is in a country, a city or at a code, as people write them."""
    wanted = where.strip().casefold()
    if place is None:
        return False
    return wanted in {
        said.casefold() for said in (place.country, place.city, place.code, place.state) if said
    }


def is_asked_for(place: Place | None, *, where: str) -> bool:
    """Say whether a place is where somebody asks about; who names nothing asks about everywhere."""
    return not where.strip() or is_in(place, where=where)
