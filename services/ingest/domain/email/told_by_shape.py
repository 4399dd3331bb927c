"""What a mail books by its shape, where no label is known: two ends that fit what its sender sells, and nothing else.

Only asked where nothing else was found. Each shape is a narrow one: whatever is there twice over is no answer.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from schemas.segments import CarSegment, HotelSegment, Place, RailSegment, RideSegment, Segment
from services.ingest.domain.email.addresses import place_at
from services.ingest.domain.email.dates import Day
from services.ingest.domain.email.flight_marks import times_in
from services.ingest.domain.email.labelled import Labelled
from services.ingest.domain.email.names import house_above_address
from services.ingest.domain.email.trains import route_named
from services.ingest.domain.email.values import prose
from services.ingest.domain.email.when import Stamp, moment_of, stamp_on

_NIGHTS = re.compile(
    r"(?<![\d.,])(\d{1,2}) ?(?:nights?|nächte|übernachtung(?:en)?|nuit(?:ée)?s?|noches?|nott[ei]|nachten|noites?|nätter|netter|nætter|"
    r"yötä|noce|nocí|éjszaka|gece|泊|晚|박)\b|(?<![\d.,])(\d{1,2})(?:泊|晚|박)",
    re.IGNORECASE,
)
_MAX_NIGHTS = 30
_ROOM = re.compile(
    r"\b(?:rooms?|suite|nights?|\w*zimmer|übernachtung|aufenthalt|chambres?|séjour|habitaci[oó]n|estancia|camera|soggiorno|kamer|verblijf|"
    r"quarto|estadia|rum|rom|værelse|pokój|pokoj|szoba|oda|номер|check-?in)\b|客房|房型|部屋|객실", re.IGNORECASE)  # fmt: skip
_DEADLINE = re.compile(
    r"cancel|storn|annul|annull|avbok|avbestill|cancella|disdett|kostenfrei|free of charge|refund|payment|zahlung|zahlbar|deposit|due\b|"
    r"issued|invoice|無料|免费|取消|キャンセル|취소", re.IGNORECASE)  # fmt: skip
"""In lines that name no end of a stay."""
_MAX_LINE = 120


def told_by_shape(within: Labelled) -> Segment | None:
    """Return the one thing that a text can mean, by its days and hours and what its sender sells."""
    if within.sold == "car":
        return _rental(within)
    if within.sold in {"rail", "bus"}:
        return _journey(within)
    return _stay(within) if within.trade in {None, "hotel", "site"} else None


def _stay(within: Labelled) -> Segment | None:
    """Return a stay: the only two days, or those that as many nights lie between as are said."""
    said = {int(found[1] or found[2]) for found in _NIGHTS.finditer(within.text)}
    if not said and within.trade != "hotel" and _ROOM.search(within.text) is None:
        return None
    days = sorted({day.day for day in _days_of_stay(within)})
    ends = [
        (first, last)
        for first in days
        for last in days
        if 0 < (last - first).days <= _MAX_NIGHTS and (not said or (last - first).days in said)
    ]
    headed = house_above_address(within.body)
    name = within.names("hotel") or (headed[0] if headed is not None else None)
    if len(ends) != 1 or name is None:
        return None
    place = place_at(name, headed[1] if headed is not None and headed[0] == name else None)
    starts, stops = (Stamp(day.isoformat()) for day in ends[0])
    return HotelSegment(
        start=moment_of(starts, place=place), end=moment_of(stops, place=place), place=place, name=name
    )


def _days_of_stay(within: Labelled) -> Iterator[Day]:
    """Give the days of a text but for those until which one may cancel or has to pay."""
    for day in within.reader.days_of_travel(within.body):
        begins = within.body.rfind("\n", 0, day.start) + 1
        ends = within.body.find("\n", day.end) % (len(within.body) + 1)
        if not _DEADLINE.search(within.body[begins:ends]):
            yield day


def _rental(within: Labelled) -> Segment | None:
    """Return a rental: there are a first and a second time, each with its hour, and no third."""
    times: dict[str, tuple[Stamp, str | None]] = {}
    lines = [line for line in within.body.split("\n") if 0 < len(line) < _MAX_LINE]
    for line, below in pairwise([*lines, ""]):
        stamp, rest = within.when([line])
        if stamp is not None and not stamp.has_time and within.time(below).day is None:
            stamp, rest = within.when([line, below])
        if stamp is not None and stamp.has_time:
            times.setdefault(stamp.local, (stamp, rest))
    if len(times) != 2:
        return None
    (starts, _), (ends, _) = (times[local] for local in sorted(times))
    return CarSegment(start=moment_of(starts, place=None), end=moment_of(ends, place=None))


def _journey(within: Labelled) -> Segment | None:
    """Return a journey by train, bus or ship: a line with both its ends, one day, and two hours."""
    route = route_named(within.body)
    days = within.reader.days_of_travel(within.body)
    clocks = [mark.value for mark in times_in(within.body, days, within.reader) if mark.kind == "hour"]
    if route is None or len({day.day for day in days}) != 1 or len({clock.hour for clock in clocks}) != 2:
        return None
    day, (leaves, lands) = days[0].day, (clocks[0].hour, next(c.hour for c in clocks if c.hour != clocks[0].hour))
    arrives = day if lands > leaves else day + timedelta(days=1)
    kind = RailSegment if within.sold == "rail" else RideSegment
    first, last = (Place(name=prose(name)) for name in route)
    return kind(
        start=moment_of(stamp_on(day, leaves), place=first),
        end=moment_of(stamp_on(arrives, lands), place=last),
        origin=first,
        destination=last,
    )
