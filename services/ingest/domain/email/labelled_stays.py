"""Stays at hotels by labelled values: check-in and check-out, or what a sentence says of both."""

import re
from datetime import date, timedelta

from schemas.segments import HotelSegment, Segment
from services.ingest.domain.cities import main_airport
from services.ingest.domain.email.addresses import place_at
from services.ingest.domain.email.blocks import Block
from services.ingest.domain.email.labelled import Labelled
from services.ingest.domain.email.names import home_above_kind, house_above_address, without_address
from services.ingest.domain.email.sought import Sought
from services.ingest.domain.email.values import code, count_in, prose
from services.ingest.domain.email.when import Stamp, moment_of, stamp_on

_HOUSE_HOURS = {
    field: Sought(
        rf"\b{word}(?: time| begins| starts| is| are|-zeit)?(?: available| possible)?"
        rf"(?::? (?:from|after|at|by|until|before|ab|bis|um|à partir de|avant|dalle|entro|desde|hasta las|vanaf|tot)(?: las| le)?):? "
        r"(?:12 noon|noon|midday|\d{1,2}(?:[:.h]\d{2})? ?(?:[ap]\.?m\b|uhr\b|h\b|(?<=:\d\d)))",
        re.IGNORECASE,
    )
    for field, word in (("check_in", "check-?in"), ("check_out", "check-?out"))
}
"""What a sentence says of the hours of a house: `Check-in is from 3:00 PM`."""
_MAX_SPAN = 60
_MAX_SENTENCE = 300
_NUMBERS = re.compile(r"\d\D.*\d")
"""Of two days: a line without is not looked at any further."""
_ROOM = re.compile(
    r"\b(?:rooms?|suite|stay(?:ing)?|check[- ]in (?:from|after|between)|nights?|\w*zimmer|übernachtung(?:en)?|nächte|aufenthalt|chambres?|nuits?|séjour|habitaci[oó]n|noches?|"
    r"estancia|camera|nott[ei]|soggiorno|kamer|nachten|verblijf|quarto|noites|rum|nätter)\b", re.IGNORECASE)  # fmt: skip


def stay_of(block: Block, *, within: Labelled) -> Segment | None:
    """Return a stay at a hotel."""
    starts = _end(block, "check_in", besides="arrives", within=within)
    ends = _end(block, "check_out", besides="departs", within=within)
    if starts is None or ends is None:
        span = _span(block.text("stay", "check_in"), within=within)
        if span is not None:
            starts, ends = (
                within.when(block.only(field, besides=other), default=day)[0] or stamp_on(day, None)
                for day, field, other in zip(
                    span, ("check_in", "check_out"), ("arrives", "departs"), strict=True
                )
            )
    if starts is None and ends is None:
        starts = within.when(block.all("stay"))[0]
    if (starts is None or ends is None) and block.text("hotel", "room") is not None:
        begins, stops = within.when(block.all("from"))[0], within.when(block.all("to"))[0]
        starts, ends = (begins, stops) if begins is not None and stops is not None else (starts, ends)
    if starts is not None and ends is None and (nights := _nights(block)) is not None:
        ends = Stamp((starts.day + timedelta(days=nights)).isoformat())
    if starts is None or ends is None or not 0 < (ends.day - starts.day).days <= 60:
        return None
    address = block.text("address")
    name = (
        _house(block.text("hotel"), within=within)
        or home_above_kind(within.text, of=within.made_of)
        or within.names("hotel")
    )
    if name is not None and main_airport(name)[1]:
        name = None  # a city, where a subject says no more
    if name is None or address is None:
        headed = house_above_address(within.text)
        if headed is not None and (name is None or name.lower() in headed[0].lower()):
            is_longer = name is None or headed[0].lower().startswith(name.lower())
            name, address = headed[0] if is_longer else name, address or headed[1]
    name = name or _named_before_address(address)
    place = place_at(name, address)
    return HotelSegment(
        start=moment_of(starts, place=place),
        end=moment_of(ends, place=place),
        place=place,
        name=name,
        phone=code(block.text("phone")),
        room_description=prose(block.text("room")),
        party_size=count_in(block.text("party")),
    )


def _nights(block: Block) -> int | None:
    """Return how many nights a label counts, or the value that tells when a stay begins: `10月13日から2泊`."""
    told = _NIGHTS.search(" ".join(block.all("check_in", "stay")))
    return count_in(block.text("nights")) or (int(told[1]) if told is not None else None)


_NIGHTS = re.compile(
    r"(?<!\d)(\d{1,2})\s?(?:泊|晚|夜|박|(?:nights?|nächte|nuits?|noches?|notti|nachten|noites|nätter|netter|nætter|yötä|noce|nocí)\b)",
    re.IGNORECASE,
)


def _end(block: Block, field: str, *, besides: str, within: Labelled) -> Stamp | None:
    """Return an end of a stay; labels of hours alone do not hide those of days that flights have as well."""
    found = within.when(block.only(field, besides=besides))[0] or within.when(block.all(field))[0]
    if found is None or found.has_time:
        return found
    said = within.says(_HOUSE_HOURS[field])
    return stamp_on(found.day, None if said is None else within.time(said[0]).hour)


def _span(value: str | None, *, within: Labelled) -> tuple[date, date] | None:
    """Return both ends of `12 - 15 June`: of a label, of a sentence on a room, of a line of who lets rooms."""
    lines = [] if value is None else [value]
    told = within.text.split("\n")
    if within.trade in {None, "site", "hotel"}:
        dated = [line for line in told if len(line) < _MAX_SENTENCE and _NUMBERS.search(line)]
        lines += filter(_ROOM.search, dated)
    if within.trade in {"site", "hotel"}:
        lines += [line for line in told if len(line) < _MAX_SPAN and ("–" in line or " - " in line)]
    for line in lines:
        days = within.reader.span(line)
        if len(days) > 1:
            return days[0].day, days[1].day
    return None


def _named_before_address(address: str | None) -> str | None:
    """Return what stands before an address in its own line: `Upper Pines, Yosemite National Park, CA`."""
    first, _, rest = (address or "").partition(", ")
    return prose(first) if rest and not any(sign.isdigit() for sign in first) else None


def _house(value: str | None, *, within: Labelled) -> str | None:
    """Return a house's name, without what stands in other columns of its line."""
    if value is None or _ROOM_NAME.search(value):
        return None
    first = re.split(r"\s{3,}|\t", value)[0]
    name = prose(without_address(within.time(first).rest if within.reader.days(first) else first))
    return name if name is not None and any(map(str.isalpha, name)) else None


_ROOM_NAME = re.compile(
    r"^(?:\d ?x ?)?(?:superior|standard|deluxe|classic|comfort|economy|budget|premium|single|double|twin|triple|family|queen|king|junior)\b"
    r"(?!.*\b(?:hotel|inn|hostel|lodge|resort|house)\b)", re.IGNORECASE)  # fmt: skip
"""What some call an accommodation is a room."""
