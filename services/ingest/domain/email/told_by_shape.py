"""What a mail books by its shape, where no label is known: ends that fit what its sender sells.

Only asked where nothing else was found. Each shape is narrow: whatever is there twice over is no answer.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from schemas.segments import (
    CarSegment,
    DiningSegment,
    EventSegment,
    HotelSegment,
    ParkingSegment,
    Place,
    RailSegment,
    RideSegment,
    Segment,
)
from services.ingest.domain.email.addresses import place_at
from services.ingest.domain.email.dates import Day
from services.ingest.domain.email.flight_marks import times_in
from services.ingest.domain.email.labelled import Labelled
from services.ingest.domain.email.names import house_above_address
from services.ingest.domain.email.sought import Sought
from services.ingest.domain.email.trains import route_named
from services.ingest.domain.email.values import prose
from services.ingest.domain.email.when import Stamp, moment_of, stamp_on

_NIGHTS = re.compile(
    r"(?<![\d.,])(\d{1,2}) ?(?:nights?|nächte|übernachtung(?:en)?|nuit(?:ée)?s?|noches?|nott[ei]|nachten|"
    r"noites?|nätter|netter|nætter|yötä|noce|nocí|éjszaka|gece)\b|(?<![\d.,])(\d{1,2}) ?(?:泊|晚|박)",
    re.IGNORECASE,
)
_MAX_NIGHTS = 30
_MAX_LINE = 120
_ROOM = Sought(
    r"\b(?:rooms?|suite|nights?|\w*zimmer|übernachtung|aufenthalt|chambres?|séjour|habitaci[oó]n|estancia|"
    r"camera|soggiorno|kamer|verblijf|quarto|estadia|rum|rom|værelse|pokój|pokoj|szoba|oda|номер|check-?in)\b|"
    r"客房|房型|部屋|객실",
    re.IGNORECASE,
)
_DEADLINE = re.compile(
    r"cancel|storn|annul|avbok|avbestill|disdett|kostenfrei|free of charge|refund|payment|zahlung|zahlbar|"
    r"deposit|due\b|issued|invoice|無料|免费|取消|キャンセル|취소",
    re.IGNORECASE,
)
"""In lines that name no end of what is booked."""
_PARKING = Sought(
    r"\b(?:park(?:ing|platz|haus|ering)\w*|aparcamiento|parcheggio|estacionamento)\b", in_small=True
)
_RENTAL = Sought(
    r"\b(?:rental car|car rental|car hire|hire car|mietwagen\w*|autovermietung|location de voiture|"
    r"autonoleggio|alquiler de coches?|huurauto|aluguel de carros?|rent[- ]a[- ]car)\b",
    in_small=True,
)


def told_by_shape(within: Labelled) -> Segment | None:
    """Return the one thing to come that a text can mean, by its days and hours and what its sender sells."""
    told = _told(within)
    begins = told.start.date if told is not None and told.start is not None else ""
    return told if begins >= within.reader.near.isoformat() else None


def _told(within: Labelled) -> Segment | None:
    if within.says(_PARKING) and within.sold in {None, "parking"}:
        return _parking(within)
    if within.sold == "car" or (within.trade in {None, "site", "agency"} and within.says(_RENTAL)):
        return _rental(within)
    if within.sold in {"rail", "bus"}:
        return _journey(within)
    if within.sold in {"ride", "dining", "event"}:
        return _visit(within)
    return _stay(within) if within.trade in {None, "hotel", "site"} else None


def _times(within: Labelled) -> list[tuple[Stamp, str | None]]:
    """Return the times of a text that have an hour, each once, and the places beside them."""
    times: dict[str, tuple[Stamp, str | None]] = {}
    lines = [
        line for line in within.body.split("\n") if 0 < len(line) < _MAX_LINE and not _DEADLINE.search(line)
    ]
    for line, below in pairwise([*lines, ""]):
        stamp, rest = within.when([line])
        if stamp is not None and not stamp.has_time and within.time(below).day is None:
            stamp, rest = within.when([line, below])
        if stamp is not None and stamp.has_time:
            times.setdefault(stamp.local, (stamp, rest))
    return [times[local] for local in sorted(times)]


def _visit(within: Labelled) -> Segment | None:
    """Return a ride, a table or an event: there is one time, and a name where the sender sells no rides."""
    times = _times(within)
    kinds = {"dining": "restaurant", "event": "event"}
    name = within.names(kinds[within.sold]) if within.sold in kinds else None
    if len(times) != 1 or (name is None and within.sold in kinds):
        return None
    start = moment_of(times[0][0], place=None)
    if within.sold == "ride":
        return RideSegment(start=start)
    return (
        DiningSegment(start=start, name=name)
        if within.sold == "dining"
        else EventSegment(start=start, name=name)
    )


def _parking(within: Labelled) -> Segment | None:
    """Return a parking place: there are two times, on two days or more."""
    times = _times(within)
    if len(times) != 2 or times[0][0].day == times[1][0].day:
        return None
    return ParkingSegment(start=moment_of(times[0][0], place=None), end=moment_of(times[1][0], place=None))


def _stay(within: Labelled) -> Segment | None:
    """Return a stay: the only two days, or those that as many nights lie between as are said."""
    said = {int(found[1] or found[2]) for found in _NIGHTS.finditer(within.text)}
    if not said and within.trade != "hotel" and within.says(_ROOM) is None:
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
    if len(ends) != 1 or (name is None and not (said and within.trade in {"hotel", "site"})):
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
    times = _times(within)
    if len(times) != 2:
        return None
    return CarSegment(start=moment_of(times[0][0], place=None), end=moment_of(times[1][0], place=None))


def _journey(within: Labelled) -> Segment | None:
    """Return a journey by train, bus or ship: a line with both its ends, one day, and two hours."""
    route = route_named(within.body)
    days = within.reader.days_of_travel(within.body)
    clocks = [mark.value for mark in times_in(within.body, days, within.reader) if mark.kind == "hour"]
    if route is None or len({day.day for day in days}) != 1 or len({clock.hour for clock in clocks}) != 2:
        return None
    day, (leaves, lands) = (
        days[0].day,
        (clocks[0].hour, next(c.hour for c in clocks if c.hour != clocks[0].hour)),
    )
    arrives = day if lands > leaves else day + timedelta(days=1)
    kind = RailSegment if within.sold == "rail" else RideSegment
    first, last = (Place(name=prose(name)) for name in route)
    return kind(
        start=moment_of(stamp_on(day, leaves), place=first),
        end=moment_of(stamp_on(arrives, lands), place=last),
        origin=first,
        destination=last,
    )
