"""A text with labelled values, as its blocks are read: whose it is, and what it says of when and where.

What a block holds decides what it is; the vendor's trade decides where both would do.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date, time
from itertools import pairwise
from typing import NamedTuple

from services.ingest.domain.email.blocks import Block
from services.ingest.domain.email.dates import Reader, hours, is_weekday
from services.ingest.domain.email.sought import Sought
from services.ingest.domain.email.trains import route_named
from services.ingest.domain.email.vendor_files import Vendor
from services.ingest.domain.email.when import Stamp, stamp_on

_TIME_WORDS = re.compile(
    r"\b(?:local time|ortszeit|heure locale|hora local|ora locale|lokal tid|at|um|ab|from|von|bis|until|à|a las|alle|ore|om|kl|kl\.|uhr|to|and|und|before|after|from:|on|the|am|le|el|den|"
    r"de|dès|desde|after:|time|date|dalle|vanaf|until:|godz\.?|hrs?|h|в|о)\b", re.IGNORECASE)  # fmt: skip
_NOON = re.compile(r"\b(?:noon|midday|mittags?|midi|mediodía|mezzogiorno)\b", re.IGNORECASE)
_WEEKDAY = re.compile(r"\b\w{2,10}day\b|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Mo|Di|Mi|Do|Fr|Sa|So)\b\.?,?")
_MAX_NAME = 8
"""Words of a place's name: more are a sentence."""
_MAX_TIME_LINE = 90
_MAX_ABOVE = 8
_ISSUED = re.compile(r"\b(?:booked|issued|sent|ordered|purchased|gebucht|bestellt)\b", re.IGNORECASE)


class Time(NamedTuple):
    """What a value says about when, and what is left of it."""

    day: date | None
    hour: time | None
    rest: str


class Labelled:
    """A text as its blocks are read: by its days, its vendor's trade, and its other words."""

    def __init__(
        self,
        reader: Reader,
        *,
        names: Callable[[str], str | None],
        by: Vendor | None,
        text: str,
        subject: str = "",
    ) -> None:
        self.reader = reader
        self.names = names
        self.trade = by.trade if by is not None else None
        self.sold = (by.sells or by.trade) if by is not None else None
        self.text = (f"{subject}\n{text}" if subject else text)[:20_000]
        self.body = text[:20_000]
        self.lines = self.body.split("\n")
        self.lowered = self.text.lower()
        self.made_of = (subject, self.body)

    def says(self, words: Sought) -> re.Match[str] | None:
        """Return where it says something, in small letters where these words are looked for in such."""
        return words.search(self.lowered if words.in_small else self.text, of=self.made_of)

    def time(self, value: str) -> Time:
        """Read day and hour out of a value."""
        days = self.reader.days(value)
        found = list(hours(value, days=days))
        spans = sorted([(d.start, d.end) for d in days] + [(h.start, h.end) for h in found], reverse=True)
        rest = value
        for start, end in spans:
            rest = f"{rest[:start]} {rest[end:]}"
        if spans:
            rest = _WEEKDAY.sub(" ", _TIME_WORDS.sub(" ", rest))
            rest = " ".join(word for word in rest.split() if not is_weekday(word.rstrip(",.")))
        rest = re.sub(r"\(\s*[-–,. ]*\)", " ", rest)
        noon = time(12) if not found and _NOON.search(value) else None
        return Time(
            days[0].day if days else None,
            found[0].hour if found else noon,
            " ".join(rest.split()).strip(" ,;:-–|·@."),
        )

    def when(self, values: Iterable[str], *, default: date | None = None) -> tuple[Stamp | None, str | None]:
        """Join values into one time, and one place where text is left over."""
        day, hour, rest = default, None, ""
        for value in values:
            read = self.time(value)
            day = read.day if read.day is not None and day in {None, default} else day
            hour = hour or read.hour
            if (len(read.rest) > 2 or not read.rest.isascii()) and _place_rank(read.rest) > _place_rank(rest):
                rest = read.rest
        return stamp_on(day, hour), rest or None

    def route_of(self, block: Block) -> tuple[str, str] | None:
        """Return both ends of a journey that a block or a line names: the last above its times, else the first of all."""
        if (route := route_named(block.text("route") or "")) is not None:
            return route
        times = [entry.line for field in ("departs", "arrives") for entry in block.values.get(field, ())]
        first = min(times, default=0)
        above = self.lines[max(0, first - _MAX_ABOVE) : first][::-1]
        return next(filter(None, map(route_named, above)), None) or route_named(self.text)

    def first_time(self) -> Stamp | None:
        """Return the first time in lines of few words: a day and an hour, in one line or in two."""
        lines = [line for line in self.text.split("\n") if 0 < len(line) < _MAX_TIME_LINE]
        for line, below in pairwise([*lines, ""]):
            stamp, rest = self.when([line])
            if stamp is not None and not stamp.has_time and self.time(below).hour is not None:
                stamp, _ = self.when([line, below])
            if stamp is not None and stamp.has_time and not _ISSUED.search(rest or ""):
                return stamp
        return None


def _place_rank(rest: str) -> tuple[bool, int]:
    """Say how well a text names a place: better than an address or a sentence, and the longer the better."""
    is_name = bool(rest) and not rest[0].isdigit() and len(rest.split()) <= _MAX_NAME
    return is_name and _OPENING.search(rest) is None, len(rest)


_OPENING = re.compile(
    r"\b\d{3,4}\s?[-–]\s?\d{3,4}\b|\b(?:location|opening|business|office) hours\b|\böffnungszeiten\b|\bhoraires\b|\bhorario\b",
    re.IGNORECASE,
)
"""When somebody is there to hand out a car: `Mo-Fr 0700-2330`."""
