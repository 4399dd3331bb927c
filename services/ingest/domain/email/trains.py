"""Trains in running text: a train's name between the lines that tell when and where it stops."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain, pairwise

from schemas.segments import Place, RailSegment, RideSegment, Seat
from services.ingest.domain.email.dates import Day, Reader, hours
from services.ingest.domain.email.labels import meaning
from services.ingest.domain.email.stops import Stop, stops_of
from services.ingest.domain.email.timetable_rows import rows_in
from services.ingest.domain.email.train_names import TRAIN, train_names
from services.ingest.domain.email.values import code, prose
from services.ingest.domain.email.when import Stamp, moment_of

_SEAT = re.compile(
    r"(?:seat|sitz(?:platz)?|platz|place|siège|asiento|plaza|posto|plats|stoel)s?\s?(?:no\.?|n°)?\s?[:：]?\s?(\d{1,3}[A-F]?)\b(?!:\d)",
    re.IGNORECASE,
)
_COACH = re.compile(
    r"(?:coach|wagen|wg\.?|voiture|coche|carrozza|vagn|rijtuig|carriage)\s?(?:no\.?|n°)?\s?[:：]?\s?(\d{1,3})\b",
    re.IGNORECASE,
)
_MAX_WINDOW = 600
_MAX_TRAINS = 30
_NEAR = 120
_MAX_HEAD = 200
_NUMBER_WORD = re.compile(r"\s(?:[nN]°|no\.|Nr\.|train)\s?")
_GENERIC = re.compile(r"^(?:train|zug|treno|tren|trein)\b[^\d]*(?=\d)", re.IGNORECASE)
"""What stands before a number and names no kind of train."""
_GENERIC_WORD = re.compile(
    r"^(?:(?:your )?(?:train|zug|treno|tren|trein|reise|journey|trip|voyage|route|strecke|trajet|trayecto|trecho|traject|ruta|tratta|trasa|rute|rota|reitti|strækning|strekning|sträcka|crossing|überfahrt|traversée|travesía)"
    r"(?: from| von| de| da)?|from|von)\b[\s:-]*",
    re.IGNORECASE)  # fmt: skip
_ROUTE = re.compile(
    r"^(?:[^\n\t\d]{1,30}\t)?[ \t]*([^\W\d_][^\n\t\d:!?]{2,45}?)[ \t]+(?:-|–|to|[→⇀⇋⇌⇄⇆↔➔➜]|-?>|»|nach|à|a)[ \t]+([^\W\d_][^\n\t\d:!?]{2,45}?)[ \t]*$",
    re.MULTILINE,
)
_ROUTE_OF_CELLS = re.compile(
    r"^[ ]*([^\W\d_][^\n\t\d:!?]{1,45}?)(?:\t|[ ]{3,})([^\W\d_][^\n\t\d:!?]{2,45}?)(?=\t|[ ]{3,}|$)",
    re.MULTILINE,
)
"""Both ends in cells of one row."""
_ADDRESSED = re.compile(r"\b(?:you|your|we|going|thanks?|ready|off|welcome)\b", re.IGNORECASE)
"""In sentences such as `You're going to Brussels`."""
_ROUTE_OF_SIGNS = re.compile(
    r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff]{2,8})\s?(?:--?|至)\s?([\u4e00-\u9fff]{2,8})(?![\u4e00-\u9fff])"
)
_ROUTE_IN_WORDS = re.compile(
    r"^[ \t]*([^\W\d_][^\n\d:]{2,60}?)[ \t]+(?:to|[→⇀⇋⇌⇄⇆↔➔➜]|nach)[ \t]+([^\W\d_][^\n\d:(]{2,60}?)[ \t]*(?:\([^\n()]*\)[ \t]*)?$",
    re.MULTILINE,
)
"""Where a word parts both ends, dashes belong to their names."""


def trains_in(text: str, *, reader: Reader, day: date | None = None) -> list[RailSegment | RideSegment]:
    """Return the trains that a text speaks of, and the buses between them where a timetable's rows name them."""
    if rows := rows_in(text, reader=reader, day=day):
        return rows
    return [*_trains_in(text, reader=reader)]


def _trains_in(text: str, *, reader: Reader) -> list[RailSegment]:
    names = [found for _, found in zip(range(_MAX_TRAINS), train_names(text), strict=False)]
    if not names:
        return []
    days = reader.days(text)
    stops = list(stops_of(text, days, travel=reader.days_of_travel(text)))
    legs: list[RailSegment] = []
    used = -1
    ahead = _stands_before([m.start() for m in names], stops)
    between = _stands_between([m.start() for m in names], stops)
    for number, name in enumerate(names):
        following = names[number + 1].start() if number + 1 < len(names) else len(text)
        previous = names[number - 1].end() if number else 0
        line_start = text.rfind("\n", 0, name.start()) + 1
        if ahead:
            around = [s for s in stops if max(previous, used + 1) <= s.start < name.end()][-2:]
        elif between:
            around = _beside(name, stops, used=used, following=following)
        else:
            around = [
                s
                for s in stops
                if s.start > used and line_start <= s.start < min(following, name.end() + _MAX_WINDOW)
            ][:2]
        if len(around) < 2:
            around = _beside(name, stops, used=used, following=following)
        if len(around) == 2 and around[0].name != around[1].name:
            leg = leg_between(_GENERIC.sub("", name[1]), around, days=days, text=text, until=following)
            if leg is not None:
                legs.append(leg)
                used = around[1].start
    legs = legs or [leg for name in names for leg in _in_sentence(name, reader=reader, text=text)]
    return legs or list(_headed(names, reader=reader, text=text))


def _headed(names: list[re.Match[str]], *, reader: Reader, text: str) -> Iterator[RailSegment]:
    """Read trains whose ends stand apart from their hours, each between its line and that of the next."""
    bounds = [*(text.rfind("\n", 0, name.start()) + 1 for name in names), len(text)]
    bounds[0] = max(0, bounds[0] - _MAX_HEAD) if len(names) == 1 else bounds[0]
    for name, (begins, ends) in zip(names, pairwise(bounds), strict=True):
        yield from _by_heading(name, reader=reader, text=text, begins=begins, ends=ends)


def _in_sentence(name: re.Match[str], *, reader: Reader, text: str) -> Iterator[RailSegment]:
    """Read `10月13日07:00开，北京南-上海虹桥，G5次列车`: the hour of departure alone, both ends, the train."""
    begins, ends = text.rfind("\n", 0, name.start()) + 1, text.find("\n", name.end()) % (len(text) + 1)
    line = text[begins:ends]
    route = _ROUTE_OF_SIGNS.search(line) if "-" in line or "至" in line else None
    days = reader.days(line)
    clock = next(hours(line, days=days), None) if route is not None else None
    if route is None or clock is None or len({day.day for day in days}) != 1:
        return
    stops = [Stop(place, clock.hour.isoformat(), clock.start, days[0].day) for place in route.groups()]
    leg = leg_between(name[1], stops, days=days, text=line, until=len(line))
    if leg is not None:
        yield leg.model_copy(update={"end": None})


def _beside(name: re.Match[str], stops: list[Stop], *, used: int, following: int) -> list[Stop]:
    """Return the last stop before a train's name and the first behind it."""
    return [
        *[s for s in stops if used < s.start < name.start()][-1:],
        *[s for s in stops if name.end() < s.start < following][:1],
    ]


def _by_heading(
    name: re.Match[str], *, reader: Reader, text: str, begins: int, ends: int
) -> Iterator[RailSegment]:
    """Read a train whose two ends stand in one line, and whose hours in others."""
    window = text[begins : min(ends, name.end() + _MAX_WINDOW)]
    bare = TRAIN.sub(" ", window.replace(":", " "))
    cells = (each for each in _ROUTE_OF_CELLS.finditer(bare) if not (meaning(each[1]) or meaning(each[2])))
    told = (each for each in _ROUTE_IN_WORDS.finditer(bare) if not _ADDRESSED.search(each[1]))
    route = next(told, None) or next(cells, None) or _ROUTE.search(bare)
    days = reader.days_of_travel(text)
    near = [day._replace(start=day.start - begins, end=day.end - begins) for day in reader.days(text)]
    issued = {day.start for day in near} - {day.start - begins for day in days}
    clocks = [clock for clock in hours(window, days=near) if not _is_beside(clock.start, issued, window)][:2]
    if route is None or len(clocks) < 2:
        return
    stops = [
        Stop(place, clock.hour.isoformat(), begins + clock.start, _day_beside(clock.start, near, window))
        for place, clock in zip(_unlabelled(*route.groups()), clocks, strict=True)
    ]
    leg = leg_between(_GENERIC.sub("", name[1]), stops, days=days, text=text, until=ends)
    if leg is not None:
        yield leg


def _unlabelled(origin: str, destination: str) -> tuple[str, str]:
    """Return both ends without the labels that one word each is: `Origen Madrid`, `Destino Sevilla`."""
    (first, _, start), (second, _, end) = origin.partition(" "), destination.partition(" ")
    are_labels = "from" in meaning(first) and "to" in meaning(second)
    return (start.strip(), end.strip()) if are_labels and start and end else (origin, destination)


def _is_beside(at: int, marks: Iterable[int], text: str) -> bool:
    """Say whether one of some places in a text is in the line of another."""
    begins, stops = text.rfind("\n", 0, at), text.find("\n", at) % (len(text) + 1)
    return any(begins < mark < stops for mark in marks)


def _day_beside(at: int, days: list[Day], text: str) -> date | None:
    """Return the day in the line of a place in a text."""
    begins, stops = text.rfind("\n", 0, at), text.find("\n", at) % (len(text) + 1)
    return next((day.day for day in days if begins < day.start < stops), None)


def route_named(text: str) -> tuple[str, str] | None:
    """Return both ends of a journey that a line names, beside a train or alone: `ICE 597 Köln Hbf - Berlin Hbf`."""
    bare = TRAIN.sub(" ", text.replace(":", " "))
    found = next(
        (
            each
            for each in chain(_ROUTE_IN_WORDS.finditer(bare), _ROUTE.finditer(bare))
            if not (_ADDRESSED.search(each[1]) or each[2][:1].islower())
        ),
        None,
    )
    return None if found is None else (_bare(found[1]), _bare(found[2]))


def _bare(name: str) -> str:
    return _GENERIC_WORD.sub("", name.strip())


def _stands_before(names: list[int], stops: list[Stop]) -> bool:
    before = [s for s in stops if s.start < names[0] and names[0] - s.start < _MAX_WINDOW]
    after = [s for s in stops if names[-1] < s.start < names[-1] + _MAX_WINDOW]
    return len(before) >= 2 and len(after) < 2


def _stands_between(names: list[int], stops: list[Stop]) -> bool:
    """Say whether each train stands between its two ends: one stop before the first, two amid, one or more behind."""
    bounds = [0, *names]
    before = [sum(first <= s.start < last for s in stops) for first, last in pairwise(bounds)]
    after = [s for s in stops if names[-1] < s.start < names[-1] + _MAX_WINDOW]
    is_near = bool(before[0]) and names[0] - max(s.start for s in stops if s.start < names[0]) < _NEAR
    return is_near and before[0] == 1 and all(count == 2 for count in before[1:]) and bool(after)


def leg_between(
    name: str, stops: list[Stop], *, days: list[Day], text: str, until: int
) -> RailSegment | None:
    """Return the train of a name from one stop to another, on the day that stands with them or above."""
    first, last = stops
    line_start = text.rfind("\n", 0, first.start) + 1
    named = first.day or next((d.day for d in reversed(days) if d.start < line_start), None)
    if named is None:
        named = next((d.day for d in days if line_start <= d.start <= until), None)
    if named is None:
        return None
    arrives = last.day or named
    start = moment_of(Stamp(f"{named.isoformat()}T{first.clock}"), place=None)
    end = moment_of(Stamp(f"{arrives.isoformat()}T{last.clock}"), place=None)
    if end is not None and start is not None and end.local < start.local and arrives == named:
        end = moment_of(
            Stamp(f"{date.fromordinal(named.toordinal() + 1).isoformat()}T{last.clock}"), place=None
        )
    window = text[first.start : min(until, last.start + 300)]
    seat, coach = _SEAT.search(window), _COACH.search(window)
    return RailSegment(
        start=start,
        end=end,
        origin=Place(name=prose(first.name)),
        destination=Place(name=prose(last.name)),
        train_number=code(_NUMBER_WORD.sub(" ", name)),
        wagon=coach[1] if coach else None,
        seats=() if seat is None else (Seat(number=seat[1]),),
    )
