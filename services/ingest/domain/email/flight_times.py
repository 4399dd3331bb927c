"""When a flight leaves and lands: its days among the marks around its number, and what can be flown."""

from datetime import date, datetime, time, timedelta

from schemas.segments import Place
from schemas.times import Moment
from services.ingest.domain.email.dates import Day, Hour
from services.ingest.domain.email.flight_marks import Mark
from services.ingest.domain.email.when import Stamp, moment_of, stamp_on

_EARLIEST = timedelta(hours=-3)
"""By the clocks of two places whose zones are not known: westward flights may land before they start."""
_SHORTEST, _LONGEST = timedelta(minutes=15), timedelta(hours=20)
_LONGEST_WITH_STOP = timedelta(hours=30)
"""Under one number, where it is said on what day that lands."""


def days_of_flight(
    marks: list[Mark], *, begins: int, limit: int, clocks: list[Mark], text: str
) -> tuple[date | None, date | None]:
    """Return the days of departure and arrival: those amid the leg, else the last named before it."""
    begins = max(begins, _day_beside_departure(marks, clocks, text))
    line_end = text.find("\n", limit)
    stop = line_end if line_end >= 0 else len(text)
    inside: list[Day] = [m.value for m in marks if m.kind == "day" and begins <= m.start <= stop]
    before: list[Day] = [m.value for m in marks if m.kind == "day" and m.start < begins]
    if inside and before and clocks and inside[0].start > clocks[-1].end:
        late = inside[0].day - before[-1].day
        if timedelta(0) < late <= timedelta(days=1):  # a mark behind the arrival that it is the day after
            return before[-1].day, inside[0].day
    if not inside and len(before) > 1 and _in_one_line(before[-2], before[-1], text):
        before.pop()  # `Departure 8 Sep  Arrival 9 Sep`, above both
    departs = inside[0].day if inside else (before[-1].day if before else None)
    if departs is None:
        later = [m.value for m in marks if m.kind == "day" and stop < m.start < stop + 300]
        return (later[0].day if later else None), None
    own = _in_the_line_of_arrival(inside, clocks, text)
    if own is not None and timedelta(days=-1) <= own - departs <= timedelta(days=2):
        return departs, own
    second = next((d.day for d in inside[1:] if timedelta(0) <= d.day - departs <= timedelta(days=2)), None)
    is_between = len(clocks) > 1 and len(inside) > 1 and inside[1].start > clocks[0].start
    return departs, second if is_between or (second is not None and len(inside) == 2) else None


def _day_beside_departure(marks: list[Mark], clocks: list[Mark], text: str) -> int:
    """Return where a day stands right before the hour of departure: those above are of something else."""
    if not clocks:
        return 0
    begins = text.rfind("\n", 0, clocks[0].start)
    return next((m.start for m in marks if m.kind == "day" and begins < m.start < clocks[0].start), 0)


def _in_one_line(first: Day, second: Day, text: str) -> bool:
    """Say whether the second of two days is the day of arrival, or the same, in the line of the first."""
    apart = second.day - first.day
    return timedelta(0) <= apart <= timedelta(days=2) and "\n" not in text[first.end : second.start]


def _in_the_line_of_arrival(inside: list[Day], clocks: list[Mark], text: str) -> date | None:
    """Return the day that stands beside the hour of arrival, in a line that is not that of departure."""
    if len(clocks) < 2:
        return None
    begins = text.rfind("\n", 0, clocks[1].start)
    stops = text.find("\n", clocks[1].end) % (len(text) + 1)
    if begins < clocks[0].end:
        return None
    return next((day.day for day in inside if begins < day.start < stops), None)


def moments_of_flight(
    departs: date, arrives: date | None, clocks: list[Mark], ends: tuple[Mark, Mark]
) -> tuple[Moment | None, Moment | None]:
    """Return both moments of a flight between two airports, by its days and the hours beside its number."""
    if not clocks:
        return moment_of(Stamp(departs.isoformat()), place=ends[0].value), None
    arrival: Hour | None = clocks[1].value if len(clocks) > 1 else None
    if arrives is None and arrival is not None and arrival.days_later:
        arrives = departs + timedelta(days=arrival.days_later)
    hour = arrival.hour if arrival is not None else None
    return flown(
        departs, clocks[0].value.hour, arrives, hour, origin=ends[0].value, destination=ends[1].value
    )


def flown(
    departs: date,
    leaves: time,
    arrives: date | None,
    lands: time | None,
    *,
    origin: Place,
    destination: Place,
) -> tuple[Moment | None, Moment | None]:
    """Return both moments of a flight; a day of arrival that is not stated is the one that can be flown."""
    start = moment_of(stamp_on(departs, leaves), place=origin)
    if lands is None or start is None:
        return start, None
    one_day = timedelta(days=1)
    for day in [arrives] if arrives is not None else [departs, departs + one_day, departs - one_day]:
        end = moment_of(stamp_on(day, lands), place=destination)
        longest = _LONGEST if arrives is None else _LONGEST_WITH_STOP
        if end is not None and _can_be_flown(start, end, longest=longest):
            return start, end
    return start, None


def _can_be_flown(start: Moment, end: Moment, *, longest: timedelta) -> bool:
    begins, stops = start.instant(), end.instant()
    if begins is None or stops is None:
        apart = datetime.fromisoformat(end.local) - datetime.fromisoformat(start.local)
        return _EARLIEST < apart <= longest
    return _SHORTEST <= stops - begins <= longest
