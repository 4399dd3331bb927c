"""Flights in running text: numbers, airports, days and hours that stand together, in whatever layout.

The text becomes a row of marks. Between one flight's number and the next stand its route and times; in some
layouts they stand before the number. A leg is taken only where it is complete and can be flown.
"""

import re
from datetime import date
from itertools import pairwise, takewhile
from typing import NamedTuple

from schemas.segments import AirSegment, Seat
from services.ingest.domain.email.airlines import airlines
from services.ingest.domain.email.airport_marks import airport_marks, are_apart, cities_beside
from services.ingest.domain.email.airport_names import airports_in_signs
from services.ingest.domain.email.dates import Reader
from services.ingest.domain.email.flight_legs import Leg, contradict, is_known, is_unread
from services.ingest.domain.email.flight_marks import (
    MAX_GAP,
    Mark,
    flight_marks,
    times_in,
    without_lists,
    without_overlaps,
)
from services.ingest.domain.email.flight_times import days_of_flight, moments_of_flight

_SEAT = re.compile(
    r"(?:seat|sitz(?:platz)?|siège|asiento|posto|stoel|plats|sete)s?\s?(?:number|no\.?)?\s?[:：]?\s?(\d{1,2}[A-K])\b",
    re.IGNORECASE,
)
_MAX_WINDOW = 1_500
_MAX_FLIGHTS = 40


def flights_in(
    text: str, *, reader: Reader, carrier: str | None = None, day: date | None = None
) -> list[Leg]:
    """Return the flights that a text speaks of; see `flights_and_unread`."""
    return flights_and_unread(text, reader=reader, carrier=carrier, day=day)[0]


def flights_and_unread(
    text: str,
    *,
    reader: Reader,
    carrier: str | None = None,
    day: date | None = None,
    number: str | None = None,
) -> tuple[list[Leg], bool]:
    """Return the flights that a text speaks of, and whether it names another with a day or an hour beside it.

    Args:
        text: lines as a person reads them.
        reader: of days in this mail.
        carrier: the airline whose mail it is, for numbers that stand without one.
        day: the day of the flights where the text does not say one, as of an event in a calendar.
        number: the booking's, which may read like a flight beside the flights: `XY9012`.
    """
    days = reader.days(text)
    flights = without_overlaps(flight_marks(text, carrier=carrier, days=days))[:_MAX_FLIGHTS]
    flights = without_lists(flights, text)
    flights = [flight for flight in flights if text[flight.start : flight.end] != number] or flights
    if not flights:
        return [], False
    times, airports = times_in(text, days, reader), airport_marks(text)
    legs = _legs(flights, [*times, *airports], text=text, day=day) if len(airports) > 1 else []
    beside = [*times, *airports]
    if not legs or is_unread(flights, legs, beside, text):
        cities = cities_beside(airports, text) or airports_in_signs(text)
        by_names = _legs(flights, [*times, *airports, *cities], text=text, day=day)
        is_whole = all(leg.segment.end for leg in by_names) and not is_unread(flights, by_names, beside, text)
        legs = by_names if not legs or is_whole else legs
    return legs, is_unread(flights, legs, beside, text) or contradict(legs)


def _legs(flights: list[Mark], marks: list[Mark], *, text: str, day: date | None) -> list[Leg]:
    marks = sorted(marks, key=lambda mark: (mark.start, mark.end))
    route_ahead = _stands_before("airport", 2, flights, marks)
    times_ahead = _stands_before("hour", 1, flights, marks)
    days_behind = _days_stand_behind(flights, marks)
    legs: list[Leg] = []
    used = 0
    for number, flight in enumerate(flights):
        following = flights[number + 1].start if number + 1 < len(flights) else len(text)
        before = [m for m in marks if used <= m.start < flight.start and flight.start - m.end < _MAX_WINDOW]
        after = [m for m in marks if flight.end <= m.start < min(following, flight.end + _MAX_WINDOW)]
        sides = _Sides(
            _up_to(flight.start, before),
            _from(flight.end, after),
            route_ahead=route_ahead,
            times_ahead=times_ahead,
        )
        behind = following if days_behind else 0
        leg = _leg(flight, sides, marks=marks, text=text, given=day, behind=behind)
        if leg is not None:
            used = leg.end
        if leg is not None and not is_known(leg, legs):
            legs.append(leg)
    return legs


def _days_stand_behind(flights: list[Mark], marks: list[Mark]) -> bool:
    """Say whether no day stands before the flights, and one behind the last of them."""
    days = [mark.start for mark in marks if mark.kind == "day"]
    first, last = flights[0].start, flights[-1].end
    return not any(day < first for day in days) and any(last < day < last + MAX_GAP for day in days)


def _from(end: int, marks: list[Mark]) -> list[Mark]:
    """Return the marks behind a place up to the first wide gap."""
    kept: list[Mark] = []
    for mark in marks:
        if mark.start - end > MAX_GAP:
            break
        kept.append(mark)
        end = max(end, mark.end)
    return kept


def _up_to(start: int, marks: list[Mark]) -> list[Mark]:
    """Return the marks before a place from behind the last wide gap."""
    kept: list[Mark] = []
    for mark in reversed(marks):
        if start - mark.end > MAX_GAP:
            break
        kept.append(mark)
        start = mark.start
    return kept[::-1]


class _Sides(NamedTuple):
    """The marks before and after a flight's number, and on which side of it this mail writes what."""

    before: list[Mark]
    after: list[Mark]
    route_ahead: bool
    times_ahead: bool

    def route(self) -> tuple[Mark, Mark] | None:
        is_ahead = self.route_ahead or self.is_all_ahead()
        own, other = (self.before, self.after) if is_ahead else (self.after, self.before)
        return _pick(own, last=is_ahead) or self.around("airport") or _pick(other, last=not is_ahead)

    def is_all_ahead(self) -> bool:
        """Say whether a route and its hours stand before the number, and behind it a day before all else."""
        is_next = next((mark.kind for mark in self.after), None) == "day"
        hours = sum(mark.kind == "hour" for mark in self.before)
        return is_next and hours > 1 and _pick(self.before, last=True) is not None

    def begins(self) -> int | None:
        """Return where a leg begins whose number comes last: with the last day before its route and hours."""
        if not (self.route_ahead and self.times_ahead and self.before):
            return None
        days = list(takewhile(lambda mark: mark.kind == "day", self.before))
        return (days or self.before)[-1 if days else 0].start

    def around(self, kind: str) -> tuple[Mark, Mark] | None:
        """Return the last mark before the number and the first after it, where the number stands between."""
        first = [mark for mark in self.before if mark.kind == kind][-1:]
        last = [mark for mark in self.after if mark.kind == kind][:1]
        return (first[0], last[0]) if first and last and are_apart(first[0], last[0]) else None

    def below(self, ends: tuple[Mark, Mark]) -> list[Mark]:
        """Return both hours of a route whose columns go on below: none beside its ends, two behind the second."""
        behind = [mark for mark in self.after if mark.kind == "hour" and mark.start > ends[1].end]
        is_beside = any(mark.kind == "hour" and mark.start < ends[1].end for mark in self.after)
        return [] if is_beside else behind[:2] if len(behind) > 1 else []

    def above(self, ends: tuple[Mark, Mark], text: str) -> list[Mark]:
        """Return both hours of a route that stand in a row of their own, right above that of its ends."""
        hours = [mark for mark in self.before if mark.kind == "hour"][-2:]
        if len(hours) < 2 or "\n" in text[ends[0].start : ends[1].end]:
            return []
        is_row = "\n" not in text[hours[0].start : hours[1].end]
        return hours if is_row and text.count("\n", hours[1].end, ends[0].start) == 1 else []

    def clocks(self) -> list[Mark]:
        own, other = (self.before, self.after) if self.times_ahead else (self.after, self.before)
        return _clocks(own, last=self.times_ahead) or _clocks(other, last=not self.times_ahead)


def _stands_before(kind: str, enough: int, flights: list[Mark], marks: list[Mark]) -> bool:
    """Say whether marks of a kind stand before the numbers: they do before the first, not after the last."""
    first, last = flights[0], flights[-1]
    before = _up_to(first.start, [m for m in marks if first.start - _MAX_WINDOW < m.start < first.start])
    after = _from(last.end, [m for m in marks if last.end < m.start < last.end + _MAX_WINDOW])
    return sum(m.kind == kind for m in before) >= enough > sum(m.kind == kind for m in after)


def _leg(
    flight: Mark, sides: _Sides, *, marks: list[Mark], text: str, given: date | None, behind: int
) -> Leg | None:
    ends = sides.route()
    if ends is None:
        return None
    is_between = ends[0].start < flight.start < ends[1].start
    if is_between:
        clocks = sides.above(ends, text) or list(sides.around("hour") or sides.below(ends))
    else:
        clocks = sides.clocks()
    beside = sides.around("hour")
    if len(clocks) < 2 and beside is not None and "\n" not in text[beside[0].start : beside[1].end]:
        clocks = list(beside)  # a row of cells: hour, number, hour
    is_route = given is not None and "\n" not in text[ends[0].start : ends[1].end]
    if not clocks and ends[0].value.name is not None and not is_route:
        return (
            None  # two cities beside a number are any sentence's; in one line of an event they are its route
        )
    anchor = min([flight.start, ends[0].start, *(mark.start for mark in clocks)])
    limit = max([ends[1].end, *(mark.end for mark in clocks)])
    begins = sides.begins()
    if begins is None:
        begins = text.rfind("\n", 0, anchor) + 1
    days = [mark for mark in marks if mark.start >= begins] if behind else marks
    departs, arrives = days_of_flight(
        days, begins=begins, limit=max(limit, flight.end), clocks=clocks, text=text
    )
    departs = departs or given
    if departs is None:
        return None
    is_of_others = _are_of_others(clocks, ends, marks, text) or _is_of_arrival(clocks, ends, text)
    start, end = moments_of_flight(departs, arrives, clocks[:1] if is_of_others else clocks, ends)
    window = text[min(anchor, flight.start) : max(limit, flight.end) + 200]
    seat = _SEAT.search(window[: limit - min(anchor, flight.start) + 120])
    code, number = flight.value
    return Leg(
        AirSegment(
            start=start,
            end=end,
            origin=ends[0].value,
            destination=ends[1].value,
            carrier=code,
            carrier_name=airlines().get(code),
            flight_number=number,
            seats=() if seat is None else (Seat(number=seat[1].upper()),),
        ),
        _NOT_SURE if is_of_others else 85 if start is not None and start.has_time and end is not None else 65,
        max(limit, flight.end),
    )


_NOT_SURE = 45


def _are_of_others(clocks: list[Mark], ends: tuple[Mark, Mark], marks: list[Mark], text: str) -> bool:
    """Say whether an airport that is neither end stands right behind one of the hours, as of a whole way with stops."""
    codes = [mark for mark in marks if mark.kind == "airport" and mark.value.name is None]
    own = [mark.value for mark in ends]
    return any(
        code.value not in own and not text[clock.end : code.start].strip()
        for clock in clocks
        for code in codes
        if clock.end <= code.start < clock.end + _BESIDE
    )


_BESIDE = 8


def _is_of_arrival(clocks: list[Mark], ends: tuple[Mark, Mark], text: str) -> bool:
    """Say whether the only hour may be that of arrival: it stands fewer lines above where to than below where from."""
    if len(clocks) != 1 or not ends[0].end <= clocks[0].start < ends[1].start:
        return False
    below = text.count("\n", clocks[0].end, ends[1].start)
    return below < text.count("\n", ends[0].end, clocks[0].start)


def _pick(window: list[Mark], *, last: bool) -> tuple[Mark, Mark] | None:
    """Return two different airports that stand next to each other, nearest to the number."""
    found = [mark for mark in window if mark.kind == "airport"]
    pairs = [(a, b) for a, b in pairwise(found) if are_apart(a, b)]
    if not pairs:
        return None
    return pairs[-1] if last else pairs[0]


def _clocks(window: list[Mark], *, last: bool) -> list[Mark]:
    found = [mark for mark in window if mark.kind == "hour"]
    return found[-2:] if last else found[:2]
