"""What lies between the segments of a trip: layovers, gaps, conflicts, clocks that change. Read this first.

A pure function of what the viewer may see of the trip. It says what the bookings say and do not say; no
outside service, no clock. Whoever does not see every segment is told none of it: what they do not see would
look like a gap.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from schemas.segments import SegmentStatus
from schemas.trip import Trip, TripSegment, TripStatus
from services.query.domain.between_facts import (
    CheckInOpens,
    Fact,
    SuspectedCancelled,
)
from services.query.domain.between_journeys import (
    CHECK_IN_BEFORE,
    Journey,
    check_ins,
    clashes,
    clock_changes,
    connections,
    transfers,
)
from services.query.domain.between_stays import (
    dst_changes,
    free_days,
    nights_without_stay,
    overlapping_stays,
    waits,
)
from services.query.domain.timeline import Day, Edge, Row, days_of

RowKey = tuple[str, Edge]
"""A row of the timeline: the id of its segment, and which end of it."""
_AT_THE_START = frozenset({"date_line", "zone_change", "check_in_opens", "suspected_cancelled"})
"""Facts that are told between a journey's departure and its arrival, or of something as a whole."""
_CHECK_IN_SOON = timedelta(hours=48)
"""So long before the departure people think of check-in."""
MOST_SEGMENTS, MOST_DAYS = 60, 400
"""Of a trip with more that stands, or over more days, nothing is told. No journey is so large, and comparing
pairs of stays and nights between dates would keep all others waiting."""


def between(trip: Trip) -> tuple[Fact, ...]:
    """Return the facts of a trip in the order of its timeline; of one cancelled or too large none."""
    if trip.content.status is TripStatus.CANCELLED:
        return ()
    days = days_of(trip)
    rows = _standing(days)
    if _is_too_large(trip, rows):
        return ()
    places = {_key(row): at for at, row in enumerate(rows)}
    found = [(places.get(_told_after(fact, rows), len(rows)), fact) for fact in _facts(trip, days)]
    ordered = (fact for _, fact in sorted(found, key=lambda entry: entry[0]))
    dismissed = frozenset(trip.content.dismissed or ())
    return tuple(_as_said(fact, dismissed) for fact in ordered) if dismissed else tuple(ordered)


def _as_said(fact: Fact, dismissed: Collection[str]) -> Fact:
    return fact.model_copy(update={"dismissed": True}) if fact.id in dismissed else fact


def timely(facts: Sequence[Fact], *, now: datetime) -> Sequence[Fact]:
    """Return what to show at a time: when check-in opens only soon before a flight, and until it leaves."""
    return [fact for fact in facts if not isinstance(fact, CheckInOpens) or _is_soon(fact, now=now)]


def _is_soon(fact: CheckInOpens, *, now: datetime) -> bool:
    leaves = datetime.fromisoformat(fact.utc) + CHECK_IN_BEFORE
    return leaves - _CHECK_IN_SOON <= now < leaves


def told_after(facts: Sequence[Fact], days: Sequence[Day]) -> Mapping[RowKey, list[Fact]]:
    """Return by row of the timeline the facts that are told after it."""
    told: dict[RowKey, list[Fact]] = {}
    rows = _standing(days)
    for fact in facts:
        told.setdefault(_told_after(fact, rows), []).append(fact)
    return told


def _standing(days: Sequence[Day]) -> list[Row]:
    return [row for day in days for row in day.rows if not row.cancelled]


def _is_too_large(trip: Trip, rows: Sequence[Row]) -> bool:
    standing = sum(segment.status is not SegmentStatus.CANCELLED for segment in trip.content.segments)
    dates = sorted(row.moment.date for row in rows)
    return standing > MOST_SEGMENTS or (bool(dates) and _days(dates[0], dates[-1]) > MOST_DAYS)


def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def _told_after(fact: Fact, rows: Sequence[Row]) -> RowKey:
    match fact.code:  # by its class it would take longer than all the rest
        case "night_without_stay":  # after its evening
            return _key(_last(rows, until=fact.first, itself=True))
        case "dst_change" | "free_days":  # where the day would stand
            return _key(_last(rows, until=fact.first, itself=False))
        case _:
            pass
    of_segment = [_key(row) for row in rows if row.segment.id == fact.segments[0]]
    if not of_segment:  # it has no date
        return (fact.segments[0], Edge.WHOLE)
    return of_segment[0] if fact.code in _AT_THE_START else of_segment[-1]


def _last(rows: Sequence[Row], *, until: str, itself: bool) -> Row:
    """Return the last row before a date, or on it; where there is none, the first of all."""
    before = [row for row in rows if row.moment.date < until or (itself and row.moment.date == until)]
    return before[-1] if before else rows[0]


def _key(row: Row) -> RowKey:
    return (row.segment.id, row.edge)


def _facts(trip: Trip, days: Sequence[Day]) -> Iterator[Fact]:
    bookings = trip.content.bookings
    begun = [
        row.segment for day in days for row in day.rows if row.edge is not Edge.END and not row.cancelled
    ]
    journeys: list[Journey] = [s for s in begun if s.type in {"air", "rail", "ride"}]  # pyright: ignore[reportAssignmentType] - these are the types
    stays = [segment for segment in begun if segment.type == "hotel"]
    live_days = [day for day in days if any(not row.cancelled for row in day.rows)]
    yield from _suspected(trip.content.segments)
    yield from check_ins(journeys)
    yield from clock_changes(journeys)
    yield from clashes(journeys)
    yield from connections(journeys, bookings=bookings)
    yield from transfers(
        [s for s in begun if s.type in {"air", "rail", "ride", "hotel"}], car_days=_car_days(begun)
    )
    yield from overlapping_stays(stays, bookings=bookings)
    last = date.fromisoformat(live_days[-1].date) if live_days else None
    yield from nights_without_stay(journeys, stays, until=last)
    yield from waits(journeys, stays)
    yield from dst_changes(stays)
    busy = [s for s in begun if s.type in {"event", "ride", "air", "rail"}]
    yield from free_days([day.date for day in live_days], stays, busy=busy)


def _suspected(segments: Sequence[TripSegment]) -> Iterator[Fact]:
    for segment in segments:
        if segment.suspected_cancelled and segment.status is not SegmentStatus.CANCELLED:
            said_by = tuple(claim.owner.source for claim in segment.claims if not claim.live)
            yield SuspectedCancelled(segments=(segment.id,), said_by=tuple(dict.fromkeys(said_by)))


def _car_days(segments: Sequence[TripSegment]) -> list[tuple[str, str]]:
    return [
        (segment.start.date, (segment.end or segment.start).date)
        for segment in segments
        if segment.type == "car" and segment.start is not None
    ]
