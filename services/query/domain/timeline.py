"""A trip as a line of what happens, day by day, at the wall clocks of the places.

Stays, rentals and parking have two ends, as travellers live them: check in, check out. What moves has
its departure, and its arrival apart where that is on another day. Order is by instant, so that a
westbound flight over the date line stands before what follows it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from schemas.segments import Place, SegmentStatus
from schemas.times import Moment
from schemas.trip import Trip, TripSegment
from services.query.domain.zones import known_zone

LASTING = frozenset({"hotel", "car", "parking"})
"""What has two ends, each an entry of its own."""
_MOVING = frozenset({"air", "rail", "ride"})


class Edge(StrEnum):
    """Which part of a segment a row tells of."""

    WHOLE = "whole"
    """All of it: it ends on the day that it begins, or nobody says when it ends."""
    START = "start"
    END = "end"


class Row(NamedTuple):
    """One entry of the line."""

    segment: TripSegment
    edge: Edge
    moment: Moment
    place: Place | None
    """Where it happens."""

    @property
    def cancelled(self) -> bool:
        """Whether the segment does not take place."""
        return self.segment.status is SegmentStatus.CANCELLED


class Day(NamedTuple):
    """The entries of one local date."""

    date: str
    rows: tuple[Row, ...]

    @property
    def place(self) -> Place | None:
        """Where the traveller is first on that day."""
        return next((row.place for row in self.rows if row.place is not None), None)

    @property
    def offset_minutes(self) -> int | None:
        """How far the clock is from UTC where that day begins; None where nobody says."""
        return next((r.moment.offset_minutes for r in self.rows if r.moment.offset_minutes is not None), None)


def days_of(trip: Trip) -> list[Day]:
    """Return the days on which something happens, in order; segments without dates are not among them."""
    rows = [row for segment in trip.content.segments for row in _rows(segment)]
    assumed = _assumed_offset(rows)
    rows.sort(key=lambda row: (_instant(row, assumed), row.edge is not Edge.END, row.segment.id))
    return [Day(date, tuple(of_day)) for date, of_day in groupby(rows, key=lambda row: row.moment.date)]


def _assumed_offset(rows: Iterable[Row]) -> int:
    """Return by which clock a time is taken of which nobody says it: that of the first time that has one."""
    known = [
        (r.cancelled, r.moment.local, r.segment.id, r.moment.offset_minutes or 0)
        for r in rows
        if r.moment.offset_minutes is not None
    ]
    return min(known)[-1] if known else 0


class Now(NamedTuple):
    """Where the present stands in the line of a trip that goes on."""

    at: Moment
    """By the clock of the place where the traveller was last."""
    place: Place | None
    before: tuple[str, Edge]
    """The entry that comes next."""


class Line(NamedTuple):
    """The entries of a trip in order, to be held against the present."""

    rows: Sequence[Row]
    assumed: int
    """By which clock a time is taken of which nobody says it, in minutes from UTC."""
    utc: datetime
    """The present, in UTC."""

    def instant(self, row: Row) -> datetime:
        """Return when something is, in UTC, as well as it is known."""
        return _instant(row, self.assumed)

    def ahead(self) -> Iterator[Row]:
        """Yield what is still to come, and takes place."""
        return (row for row in self.rows if not row.cancelled and self.instant(row) > self.utc)


def line_at(rows: Iterable[Row], *, now: datetime) -> Line:
    """Return entries, which are in order, with the present."""
    held = tuple(rows)
    return Line(held, _assumed_offset(held), now.astimezone(UTC).replace(tzinfo=None))


def rows_of(days: Iterable[Day]) -> Iterator[Row]:
    """Yield the entries of days."""
    return (row for day in days for row in day.rows)


def now_in(days: Sequence[Day], *, now: datetime) -> Now | None:
    """Return where the present stands; None before the first entry and behind the last."""
    line = line_at(rows_of(days), now=now)
    coming = next((row for row in line.rows if line.instant(row) > line.utc), None)
    been = [row for row in line.rows if line.instant(row) <= line.utc and not row.cancelled]
    if coming is None or not been:
        return None
    last, place = been[-1].moment, been[-1].place
    end = been[-1].segment.end
    if end is not None and (ended := end.instant()) is not None and ended <= now:
        last, place = end, places_of(been[-1].segment)[1]
    offset = _offset_at(last, assumed=line.assumed, now=now)
    local = (line.utc + timedelta(minutes=offset)).isoformat(timespec="seconds")
    at = Moment(local=local, zone=last.zone, offset_minutes=offset)
    return Now(at, place, (coming.segment.id, coming.edge))


def _offset_at(moment: Moment, *, assumed: int, now: datetime) -> int:
    """Return how far the clock of a moment's place is from UTC by now, in minutes."""
    zone = known_zone(moment.zone)
    by_zone = None if zone is None else now.astimezone(zone).utcoffset()
    if by_zone is not None:  # clocks may have been put forward or back since
        return int(by_zone.total_seconds()) // 60
    return assumed if moment.offset_minutes is None else moment.offset_minutes


def today_in(days: Sequence[Day], *, now: datetime) -> date:
    """Return which day it is for a trip's traveller: where they were last, and before it where it begins."""
    here = now_in(days, now=now)
    if here is not None:
        return date.fromisoformat(here.at.date)
    line = line_at(rows_of(days), now=now)
    row = next(line.ahead(), line.rows[-1] if line.rows else None)
    offset = 0 if row is None else _offset_at(row.moment, assumed=line.assumed, now=now)
    return (line.utc + timedelta(minutes=offset)).date()


def undated_of(trip: Trip) -> tuple[TripSegment, ...]:
    """Return the segments of which no source gave a date."""
    return tuple(s for s in trip.content.segments if s.start is None and s.end is None)


def nights_of(segment: TripSegment) -> int | None:
    """Return how many nights a stay has."""
    if segment.start is None or segment.end is None:
        return None
    return (_day(segment.end) - _day(segment.start)).days


def lasts_minutes(segment: TripSegment) -> int | None:
    """Return how long a segment takes by the instants of its ends; None where one is not known."""
    start = segment.start and segment.start.instant()
    end = segment.end and segment.end.instant()
    if start is None or end is None or end < start:
        return None
    return int((end - start).total_seconds()) // 60


def days_later(segment: TripSegment) -> int:
    """Return by how many calendar days the local end lies after the local start: the +1 of an arrival."""
    if segment.start is None or segment.end is None:
        return 0
    return (_day(segment.end) - _day(segment.start)).days


def places_of(segment: TripSegment) -> tuple[Place | None, Place | None]:
    """Return where a segment starts and ends."""
    match segment.type:
        case "air" | "rail" | "ride" | "car":
            return (segment.origin, segment.destination)
        case "hotel" | "dining" | "parking" | "event":
            return (segment.place, segment.place)


def _rows(segment: TripSegment) -> Iterator[Row]:
    begins, ends = segment.start, segment.end
    first, last = places_of(segment)
    if begins is None and ends is None:
        return
    if begins is None or ends is None or not _is_told_twice(segment, begins, ends):
        moment = begins or ends
        assert moment is not None  # noqa: S101 - one of them is, by the lines above
        yield Row(segment, Edge.WHOLE if begins else Edge.END, moment, first)
        return
    yield Row(segment, Edge.START, begins, first)
    yield Row(segment, Edge.END, ends, last)


def _is_told_twice(segment: TripSegment, begins: Moment, ends: Moment) -> bool:
    return segment.type in LASTING or begins.date != ends.date


def hour_of_house(moment: Moment | None, house_says: str | None) -> str | None:
    """Return when a house receives or wants the room back, as a local time; None where nobody says."""
    if moment is None or moment.has_time:
        return None if moment is None else moment.local
    if house_says is None:
        return None
    try:
        at = datetime.strptime(house_says, "%H:%M")  # noqa: DTZ007 - a time of day alone
    except ValueError:
        return None
    return f"{moment.date}T{at:%H:%M}:00"


_USUAL_HOUR = {("hotel", Edge.START): 15, ("hotel", Edge.END): 11}
"""A stay of dates alone stands among the day's entries where check-in and check-out usually do."""


def _instant(row: Row, assumed_offset: int) -> datetime:
    """Return what to sort by: the instant in UTC, as well as it is known."""
    local = datetime.fromisoformat(row.moment.local)
    if not row.moment.has_time:
        usual = 23 if row.edge is Edge.END and row.segment.type not in _MOVING else 0
        local += timedelta(hours=_USUAL_HOUR.get((row.segment.type, row.edge), usual))
    offset = row.moment.offset_minutes
    return local - timedelta(minutes=assumed_offset if offset is None else offset)


def _day(moment: Moment) -> datetime:
    return datetime.fromisoformat(moment.date)


def sources_of(segments: Iterable[TripSegment]) -> list[str]:
    """Return the sources that had a word, each once, in the order of precedence as first met."""
    return list(dict.fromkeys(source for segment in segments for source in segment.sources))
