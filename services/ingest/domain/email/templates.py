"""Segments that templates find: the lines of reservation systems, read field by field."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from datetime import date, time, timedelta
from typing import NamedTuple

from schemas.segments import AirSegment, CarSegment, ConfirmationKind, HotelSegment, Place, Segment
from services.ingest.domain.cities import main_airport
from services.ingest.domain.email import number_stretches
from services.ingest.domain.email.airlines import airlines
from services.ingest.domain.email.dates import Reader
from services.ingest.domain.email.flight_times import flown
from services.ingest.domain.email.values import numbered, prose
from services.ingest.domain.email.vendor_files import templates
from services.ingest.domain.email.when import Stamp, moment_of
from services.ingest.domain.places import airport, airport_cut_short, airport_named

_CLOCK = re.compile(r"(\d{1,2}):?(\d{2})([APNM])?")
_LOOKS_PRINTED = re.compile(r"\d(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)")
"""Reservation systems write days so, and hardly anybody else does."""
_NOON = 12


_PRINTED_HOUR = re.compile(
    r"([LAD](?<!\S.)(?:(?<=L)V|(?<=A)R(?:R(?:IVE|IVAL)?)?|(?<=D)EP(?:ART(?:URE)?)?)\b[^\n]{0,60}?[ \t])"
    r"(\d{1,2})(\d{2})([APN])(?=[ \t\n]|-\d|$)"
)


def with_clocks(text: str) -> str:
    """Return a text whose lines of departure and arrival have hours such as `805A` or `2125` written out."""
    text = _PRINTED_HOUR.sub(lambda found: f"{found[1]}{found[2]}:{found[3]} {_HALVES[found[4]]}", text)
    return _HOUR_CELL.sub(r"\1:\2\3", text) if "\t" in text else text


_HOUR_CELL = re.compile(
    r"^[ \t]*([01]\d|2[0-3])([0-5]\d)(?:[ ]?(?:hrs?|H))?(\t[^\W\d_]{2,12}\.?,? \d{1,2}[ .-][^\n]{4,30})",
    re.MULTILINE,
)
"""An hour in a cell of its own before its day."""
_HALVES = {"A": "AM", "P": "PM", "N": "PM"}


_CALLED = r"(?:[A-Z][A-Z0-9]|\d[A-Z])"
_SEGMENT_LINE = re.compile(
    rf"^[ \t]*\d{{1,2}}[ .]{{1,3}}{_CALLED}[ \t]{{0,2}}\d{{1,4}}[ \t]?[A-Z][ \t]?\d{{1,2}}[A-Z]{{3}}\b"
    r"[^\n]{1,60}?[ \t][A-Z]{6}\b|"
    rf"^[ \t]*[A-Z][A-Z .'/-]{{2,24}}[ \t]{_CALLED} ?\d{{1,4}}[ \t]+[A-Z][ \t]+"
    r"\d{1,2}[A-Z]{3}[ \t]+\d{4}\b",
    re.MULTILINE,
)
"""What begins like the line of a flight: with its number, class, day, and both airports behind; or, on
tickets, with where from, and the flight, class, day and hour behind."""
_NOT_HELD = frozenset({"HX", "NO", "UC", "UN", "US", "XK", "XL", "XX"})
"""Statuses of segments that were refused or cancelled, which systems print until somebody takes them out."""
_WAITED_FOR = frozenset({"BL", "HL", "HN", "LL", "NN", "PC", "PN", "UL", "UU"})
"""Statuses of what is asked for, or on a waiting list."""


class Printed(NamedTuple):
    """A segment as a template found it."""

    segment: Segment
    is_sure: bool = True
    """Whether it is held, and its day stands in its lines or heads them, and not only somewhere above."""
    is_beside_unread: bool = False
    """Whether the text has a line like that of a flight that no template could read."""


def segments_in(text: str, *, reader: Reader) -> list[Printed]:
    """Return what the lines of a text state, each line once."""
    if next(number_stretches.finditer(_LOOKS_PRINTED, text), None) is None:
        return []
    found: list[tuple[int, Printed]] = []
    taken: set[int] = set()
    read: set[int] = set()
    above: _DaysAbove | None = None
    for template in templates():
        for match in _each_line(template.pattern, text):
            line = text.rfind("\n", 0, match.start()) + 1
            if line in taken:
                continue
            fields, is_dated = match.groupdict(), True
            if "day" not in fields:
                above = above or _DaysAbove(text, reader)
                fields["day"], is_dated = above.of(match.start())
            segment = _BUILDERS[template.kind](fields, reader)
            if segment is not None:
                taken.add(line)
                read.update(found.start() for found in _SEGMENT_LINE.finditer(text, line, match.end()))
                if (status := fields.get("status")) not in _NOT_HELD:
                    found.append((line, Printed(segment, is_dated and status not in _WAITED_FOR)))
    is_beside_unread = any(each.start() not in read for each in _SEGMENT_LINE.finditer(text))
    return [
        printed._replace(is_beside_unread=is_beside_unread)
        for _, printed in sorted(found, key=lambda pair: pair[0])
    ]


class _DaysAbove:
    """The days of a text by where they stand, for lines that are headed by theirs."""

    def __init__(self, text: str, reader: Reader) -> None:
        headings = {found.start(1): found[1] for found in _HEADING.finditer(text)}
        others = {day.start: text[day.start : day.end] for day in reader.days(text)}
        self._days = sorted({**others, **headings}.items())
        self._starts = [start for start, _ in self._days]
        self._headings = headings.keys()

    def of(self, at: int) -> tuple[str | None, bool]:
        """Return the last day above a place in the text, and whether it heads segments."""
        before = bisect_left(self._starts, at)
        if not before:
            return None, False
        start, day = self._days[before - 1]
        return day, start in self._headings


_HEADING = re.compile(r"^[ \t]*(\d{1,2} [A-Z]{3}(?: \d{2})?)[ \t]+-[ \t]+[A-Z]{3,6}DAY\b", re.MULTILINE)


def _each_line(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Give what matches, also from lines in which a match from further above ends."""
    at = 0
    while (match := pattern.search(text, at)) is not None:
        yield match
        at = text.find("\n", match.start()) + 1 or len(text)


def _air(fields: Mapping[str, str | None], reader: Reader) -> Segment | None:
    origin, destination = (_airport(fields, end) for end in ("origin", "destination"))
    day = reader.day(fields["day"] or "")
    start, end = _clock(fields["start"]), _clock(fields["end"])
    carrier = fields["carrier"] or ""
    if (
        day is None
        or start is None
        or airport(origin) is None
        or airport(destination) is None
        or (carrier not in airlines() and fields.get("status") is None)
    ):
        return None
    later, stated = fields.get("later"), fields.get("end_day")
    arrives = reader.day(stated) if stated else None
    if later is not None:
        arrives = day + timedelta(days=int(later[-1]) if later[-1].isdigit() else 1)
    first, last = Place(code=origin), Place(code=destination)
    begins, ends = flown(day, start, arrives, end, origin=first, destination=last)
    return AirSegment(
        start=begins,
        end=ends,
        origin=first,
        destination=last,
        carrier=carrier,
        carrier_name=airlines().get(carrier),
        flight_number=(fields["flight_number"] or "").lstrip("0"),
        class_of_service=fields.get("class"),
        status_code=fields.get("status"),
    )


def _airport(fields: Mapping[str, str | None], end: str) -> str:
    """Return an airport by its code, its city or its own name, also where a column cut that short."""
    named = fields.get(f"{end}_name")
    if fields.get(end) or not named:
        return fields.get(end) or ""
    city = _AIRPORT_WORD.sub("", named)
    return main_airport(city)[0] or airport_named(named) or airport_cut_short(named) or ""


_AIRPORT_WORD = re.compile(r"[ \t]+(?:AIRPORT|AIRPO?|AIR|INTERNATIONA?L?|INTL|INT)$")
"""Behind a city, where its column has room."""


def _hotel(fields: Mapping[str, str | None], reader: Reader) -> Segment | None:
    start, end = reader.day(fields["day"] or ""), reader.day(fields["end_day"] or "")
    if start is None or end is None or end <= start:
        return None
    found = airport(fields.get("place") or "")
    place = Place(city=found.city if found else None, country=found.country if found else None)
    segment: Segment = HotelSegment(
        start=moment_of(Stamp(start.isoformat()), place=place),
        end=moment_of(Stamp(end.isoformat()), place=place),
        place=place,
        vendor=fields.get("vendor"),
        name=prose(fields.get("name")),
        status_code=fields.get("status"),
    )
    return numbered(segment, fields.get("number"), kind=ConfirmationKind.SUPPLIER)


def _car(fields: Mapping[str, str | None], reader: Reader) -> Segment | None:
    start, end = reader.day(fields["day"] or ""), reader.day(fields["end_day"] or "")
    if start is None or end is None or end < start:
        return None
    place = Place(code=fields["place"])
    segment: Segment = CarSegment(
        start=moment_of(_stamp(start, _clock(fields.get("start"))), place=place),
        end=moment_of(_stamp(end, _clock(fields.get("end"))), place=place),
        origin=place,
        destination=place,
        vendor=fields["vendor"],
        car_class=fields.get("car_class"),
        status_code=fields.get("status"),
    )
    return numbered(segment, fields.get("number"), kind=ConfirmationKind.SUPPLIER)


_BUILDERS: Mapping[str, Callable[[Mapping[str, str | None], Reader], Segment | None]] = {
    "air": _air,
    "hotel": _hotel,
    "car": _car,
}


def _clock(text: str | None) -> time | None:
    """Read 1005, 10:05, 800A, 1200N (noon) and 1200M (midnight)."""
    found = _CLOCK.fullmatch(text or "")
    if found is None:
        return None
    hour, minute, half = int(found[1]), int(found[2]), found[3]
    if half in {"A", "M"}:
        hour %= _NOON
    elif half in {"P", "N"}:
        hour = hour % _NOON + _NOON
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _stamp(day: date, hour: time | None) -> Stamp:
    return Stamp(day.isoformat()) if hour is None else Stamp(f"{day.isoformat()}T{hour.isoformat()}")
