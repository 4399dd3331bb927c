"""Journeys as timetables print them: a row tells when and where a train leaves, the next where it arrives.

`ab 10:26 Köln Hbf - Gleis 19 (ICE 16)` above `an 11:33 Mainz Hbf`, or `Köln Hbf  03.11.  ab 07:49  ICE 954`.
The words before the hours tell which end is which: a leg without a train's name is read beside others.
"""

import re
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from schemas.segments import Place, RailSegment, RideSegment
from services.ingest.domain.email.dates import Day, Reader, is_weekday
from services.ingest.domain.email.train_names import TRAIN
from services.ingest.domain.email.values import code, prose
from services.ingest.domain.email.when import moment_of, stamp_on

_LEAVES = "ab|fra|da|de|dép|dep|odj|från|van|od|salida|salidas"
_ARRIVES = r"an|til|a|à|arr|p\w{1,3}íj|przyj|prz|till|naar|do|llegada"
"""Words that stand right before an hour, most of them a preposition; the hook of a letter may be broken."""
_ROW = re.compile(
    rf"(?P<before>[^\n]*?)(?<![^\W_])(?:(?P<leaves>{_LEAVES})|(?P<arrives>{_ARRIVES}))(?:\.?[ ]+|:[ ]?)"
    r"(?P<hour>[01]?\d|2[0-3])[:.](?P<minute>[0-5]\d)(?!\d)(?P<after>[^\n]*)",
    re.IGNORECASE,
)
_VEHICLE = re.compile(r"\s*\((?P<kind>[^\W\d_]{1,10})\s*(?P<number>\d{1,5})\)\s*$")
"""Behind the place: `(ICE   16)`, `(Bus51016)`."""
_END_OF_PLACE = re.compile(r"\s+[-–▷]\s|\||\s+▷|\s{2,}|\t|,\s")
_NO_PLACE = " \t●○•*·|-–"
_MOST_BEFORE = 80


class _Row(NamedTuple):
    """One end of a leg, as its line says it."""

    leaves: bool
    place: str
    clock: time
    day: date | None
    vehicle: str | None
    is_bus: bool


def rows_in(text: str, *, reader: Reader, day: date | None = None) -> list[RailSegment | RideSegment]:
    """Return the legs of a timetable's rows, on `day` where it names none; none where no train is named."""
    if _ROW.search(text) is None:
        return []
    legs: list[RailSegment | RideSegment] = []
    days = reader.days(text)
    named, above, last, is_named = day, None, None, False
    first: _Row | None = None
    at = 0
    train_above: str | None = None
    for line in text.split("\n"):
        row = _row(line, days=[each for each in days if at <= each.start < at + len(line)])
        named = next((each.day for each in reversed(days) if at <= each.start < at + len(line)), named)
        at += len(line) + 1
        if row is None:
            found = TRAIN.match(line.strip())
            train_above = found[1] if found is not None else train_above if not line.strip() else None
        elif row.leaves:
            first, above = row._replace(vehicle=row.vehicle or train_above), named
            train_above = None
        elif first is not None and (leg := _leg(first, row, named=above, last=last)) is not None:
            is_named = is_named or first.vehicle is not None
            legs.append(leg)
            last = leg.end.local if leg.end is not None else last
            first = None
    return legs if is_named else []


def _row(line: str, *, days: list[Day]) -> _Row | None:
    """Read a line; the place stands before the word and its day, or else behind the hour."""
    found = _ROW.match(line) if len(line) < 300 else None
    if found is None or len(found["before"].strip()) > _MOST_BEFORE:
        return None
    after, vehicle, is_bus = found["after"], None, False
    if (behind := _VEHICLE.search(after)) is not None:
        vehicle = f"{behind['kind']} {behind['number']}"
        is_bus = behind["kind"].lower() == "bus"
        after = after[: behind.start()]
    elif (train := TRAIN.search(after)) is not None:
        vehicle = train[1]
    places = (_place(found["before"]), _place(after))
    place = next(filter(None, places), None)
    if place is None:
        return None
    clock = time(int(found["hour"]), int(found["minute"]))
    is_departure = found["leaves"] is not None
    return _Row(is_departure, place, clock, days[0].day if days else None, vehicle, is_bus)


def _place(piece: str) -> str | None:
    """Return the name in the first cell of a piece of a line, without the day behind it."""
    bare = _DAY.sub("", piece.strip(_NO_PLACE))
    rest, _, last = bare.rpartition(" ")
    bare = rest if is_weekday(last.strip(",")) else bare
    name = _END_OF_PLACE.split(bare, maxsplit=1)[0].strip(_NO_PLACE)
    return name if _NAME.match(name) is not None and TRAIN.match(name) is None else None


_DAY = re.compile(r"\s*\d{1,2}[./]\d{1,2}[./]?(?:\d{2,4})?\s*$")
_NAME = re.compile(r"[^\W\d_][^\d]*$")


def _leg(
    first: _Row, second: _Row, *, named: date | None, last: str | None
) -> RailSegment | RideSegment | None:
    """Return the leg between two rows: of its own day, else of the last that was named, or a day after it."""
    departs = first.day or named
    if departs is None or first.place == second.place:
        return None
    one_day = timedelta(days=1)
    if first.day is None and last is not None and datetime.combine(departs, first.clock).isoformat() < last:
        departs += one_day
    arrives = second.day or (departs if second.clock >= first.clock else departs + one_day)
    start = moment_of(stamp_on(departs, first.clock), place=None)
    end = moment_of(stamp_on(arrives, second.clock), place=None)
    origin, destination = Place(name=prose(first.place)), Place(name=prose(second.place))
    if first.is_bus:
        return RideSegment(start=start, end=end, origin=origin, destination=destination)
    return RailSegment(
        start=start,
        end=end,
        origin=origin,
        destination=destination,
        train_number=code(" ".join((first.vehicle or "").split())),
    )
