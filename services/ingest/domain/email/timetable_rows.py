"""Journeys as timetables print them: a row tells when and where a train leaves, the next where it arrives.

`ab 10:26 Köln Hbf - Gleis 19 (ICE 16)` above `an 11:33 Mainz Hbf`, or `Köln Hbf  03.11.  ab 07:49  ICE 954`.
The words before the hours tell which end is which: a leg without a train's name is read where it joins one.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import NamedTuple

from schemas.segments import Place, RailSegment, RideSegment
from services.ingest.domain.email import number_stretches
from services.ingest.domain.email.dates import Day, Reader, is_weekday
from services.ingest.domain.email.train_names import TRAIN
from services.ingest.domain.email.values import code, prose
from services.ingest.domain.email.when import moment_of, stamp_on

_LEAVES = "ab|fra|da|de|dép|dep|odj|från|van|od|salida|salidas"
_ARRIVES = r"an|til|a|à|arr|p\w{1,3}íj|przyj|prz|till|naar|do|llegada"
"""Words that stand right before an hour, most of them a preposition; the hook of a letter may be broken."""
# It begins with a digit, and then looks at what stands before: a sign of a few kinds is found much faster.
_HOUR = re.compile(r"(\d(?<!\d\d)(?<!\d[:.]\d)(?:(?<=[01])\d|(?<=2)[0-3])?)[:.]([0-5]\d)(?!\d)")
_WORD = re.compile(
    rf"(?<![^\W_])(?:(?P<leaves>{_LEAVES})|(?P<arrives>{_ARRIVES}))(?:\.?[ ]+|:[ ]?)\Z", re.IGNORECASE
)
_LONGEST_WORD = len("salidas:   ")
_VEHICLE = re.compile(r"\s*\((?P<kind>[^\W\d_]{1,10})\s*(?P<number>\d{1,5})\)\s*$")
"""Behind the place: `(ICE   16)`, `(Bus51016)`."""
_END_OF_PLACE = re.compile(r"\s+[-–▷]\s|\||\s+▷|\s{2,}|\t|,\s")
_NO_PLACE = " \t●○•*·|-–"
_MOST_BEFORE, _LONGEST_LINE = 80, 300


class _Mark(NamedTuple):
    """An hour with the word before it that tells which end of a leg it is."""

    leaves: bool
    clock: time
    line: tuple[int, int]
    """Where its line begins and ends."""
    at: tuple[int, int]
    """Where the word begins and the hour ends."""


class _Row(NamedTuple):
    """One end of a leg, as its line says it."""

    leaves: bool
    place: str
    clock: time
    day: date | None
    vehicle: str | None
    is_bus: bool


_Ridden = RailSegment | RideSegment


def rows_in(text: str, *, reader: Reader, day: date | None = None) -> list[_Ridden]:
    """Return the legs of a timetable's rows, on `day` where it names none; the nameless join others."""
    marks = list(_marks(text))
    if len({mark.leaves for mark in marks}) < len(("leaves", "arrives")):
        return []
    legs: list[tuple[_Ridden, bool]] = []
    days = reader.days(text)
    last: _Ridden | None = None
    first: _Row | None = None
    above = day
    for mark in marks:
        row = _row(mark, text, days=days)
        if row is None:
            continue
        if row.leaves:
            first = row
            above = next((each.day for each in reversed(days) if each.start < mark.line[1]), day)
        elif first is not None and (leg := _leg(first, row, named=above, last=last)) is not None:
            legs.append((leg, first.vehicle is not None))
            last = leg
            first = None
    return list(chain.from_iterable(_joined(legs)))


def _joined(
    legs: Iterable[tuple[RailSegment | RideSegment, bool]],
) -> Iterator[list[RailSegment | RideSegment]]:
    """Give the journeys in which some train is named: each leg begins where the one before it ended."""
    journey: list[_Ridden] = []
    is_named = False
    for leg, has_name in legs:
        if journey and leg.origin != journey[-1].destination:
            yield journey if is_named else []
            journey, is_named = [], False
        journey.append(leg)
        is_named = is_named or has_name
    yield journey if is_named else []


def _marks(text: str) -> Iterator[_Mark]:
    """Give the first hour of each line that has a word for an end right before it."""
    stops = -1
    for hour in number_stretches.finditer(_HOUR, text):
        if hour.start() < stops:
            continue
        is_behind_word = text[max(0, hour.start() - 1)] in " :"
        word = (
            _WORD.search(text, max(0, hour.start() - _LONGEST_WORD), hour.start()) if is_behind_word else None
        )
        if word is not None:
            begins, stops = text.rfind("\n", 0, hour.start()) + 1, text.find("\n", hour.end())
            stops = len(text) if stops < 0 else stops
            clock = time(int(hour[1]), int(hour[2]))
            yield _Mark(word["leaves"] is not None, clock, (begins, stops), (word.start(), hour.end()))


def _row(mark: _Mark, text: str, *, days: list[Day]) -> _Row | None:
    """Read a line; the place stands before the word and its day, or else behind the hour."""
    (begins, stops), (word, hour) = mark.line, mark.at
    before, after = text[begins:word], text[hour:stops]
    if stops - begins > _LONGEST_LINE or len(before.strip()) > _MOST_BEFORE:
        return None
    vehicle, is_bus = None, False
    if (behind := _VEHICLE.search(after)) is not None:
        vehicle = f"{behind['kind']} {behind['number']}"
        is_bus = behind["kind"].lower() == "bus"
        after = after[: behind.start()]
    elif (train := TRAIN.search(after)) is not None or (
        mark.leaves and (train := TRAIN.match(text, _line_above(text, begins))) is not None
    ):
        vehicle = train[1]
    place = _place(before) or _place(after)
    if place is None:
        return None
    own = next((each.day for each in days if begins <= each.start < stops), None)
    return _Row(mark.leaves, place, mark.clock, own, vehicle, is_bus)


def _line_above(text: str, begins: int) -> int:
    return text.rfind("\n", 0, max(0, begins - 1)) + 1


def _place(piece: str) -> str | None:
    """Return the name in the first cell of a piece of a line, without the day behind it."""
    bare = _DAY.sub("", piece.strip(_NO_PLACE))
    rest, _, last = bare.rpartition(" ")
    bare = rest if is_weekday(last.strip(",")) else bare
    name = _END_OF_PLACE.split(bare, maxsplit=1)[0].strip(_NO_PLACE)
    return name if _NAME.match(name) is not None and TRAIN.match(name) is None else None


_DAY = re.compile(r"\s*\d{1,2}[./]\d{1,2}[./]?(?:\d{2,4})?\s*$")
_NAME = re.compile(r"[^\W\d_][^\d]*$")


def _leg(first: _Row, second: _Row, *, named: date | None, last: _Ridden | None) -> _Ridden | None:
    """Return the leg between two rows: of its own day, else of the last that was named, or a day after it."""
    departs = first.day or named
    if departs is None or first.place == second.place:
        return None
    one_day = timedelta(days=1)
    origin, destination = Place(name=prose(first.place)), Place(name=prose(second.place))
    goes_on = last is not None and last.destination == origin  # what begins elsewhere may be another choice
    arrived = last.end.local if goes_on and last is not None and last.end is not None else ""
    if first.day is None and datetime.combine(departs, first.clock).isoformat() < arrived:
        departs += one_day
    arrives = second.day or (departs if second.clock >= first.clock else departs + one_day)
    start = moment_of(stamp_on(departs, first.clock), place=None)
    end = moment_of(stamp_on(arrives, second.clock), place=None)
    if first.is_bus:
        return RideSegment(start=start, end=end, origin=origin, destination=destination)
    return RailSegment(
        start=start,
        end=end,
        origin=origin,
        destination=destination,
        train_number=code(" ".join((first.vehicle or "").split())),
    )
