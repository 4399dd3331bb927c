"""Reservations from labelled values: a stay from check-in and check-out, a rental from pick-up and return.

The values of a mail are parted into blocks, one for each reservation: a field that comes again with another
value begins the next. What a block holds decides what it is; the vendor's trade decides where both would do.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, time, timedelta
from itertools import pairwise
from typing import NamedTuple

from schemas.segments import (
    CarSegment,
    DiningSegment,
    EventSegment,
    HotelSegment,
    ParkingSegment,
    Place,
    RailSegment,
    RideSegment,
    Seat,
    Segment,
)
from services.ingest.domain.email.cities import main_airport
from services.ingest.domain.email.dates import Reader, hours, plain
from services.ingest.domain.email.entries import Entry
from services.ingest.domain.email.names import home_above_kind, house_above_address
from services.ingest.domain.email.train_names import train_named
from services.ingest.domain.email.trains import route_named
from services.ingest.domain.email.values import code, prose
from services.ingest.domain.email.vendor_files import Vendor
from services.ingest.domain.email.when import Stamp, moment_of

_ONCE = (
    "number",
    "check_in",
    "check_out",
    "departs",
    "arrives",
    "event",
    "entry",
    "exit",
    "train",
    "hotel",
    "restaurant",
)
_TIME_WORDS = re.compile(
    r"\b(?:at|um|ab|from|von|bis|until|à|a las|alle|ore|om|kl|kl\.|uhr|to|and|und|before|after|from:|on|the|am|le|el|den|"
    r"de|dès|desde|after:|time|date|dalle|vanaf|until:|godz\.?|hrs?|h)\b", re.IGNORECASE)  # fmt: skip
_NOON = re.compile(r"\b(?:noon|midday|mittags?|midi|mediodía|mezzogiorno)\b", re.IGNORECASE)
_WEEKDAY = re.compile(r"\b\w{2,10}day\b|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Mo|Di|Mi|Do|Fr|Sa|So)\b\.?,?")
_ROUTE = re.compile(
    r"^[ \t]*(?:Da|From|Von|De|Van|Från)\s([A-ZÀ-Þ][^\n\d:]{2,40}?)\s(?:a|to|nach|à|naar|till|→|-)\s([A-ZÀ-Þ][^\n\d:]{2,40}?)[ \t]*$", re.MULTILINE)  # fmt: skip
"""`From Milano Centrale to Roma Termini`, in a line of its own."""
_ADMITS = re.compile(
    r"\b(?:tickets?|entradas?|billets?|bigliett[oi]|eintritt\w*|karten?)\b[^\0]{0,600}\b(?:row|reihe|rang|fila|rij|rad|rząd)\s?:?\s?[A-Z\d]",
    re.IGNORECASE,
)
"""Rows of seats, as houses have that let nobody travel."""
_PARTY = re.compile(
    r"(?:table|party|reservation|tisch|mesa|tavolo|tafel)\s(?:for|of|für|para|per|voor)\s(\d{1,2})\b(?![./:-]\d| [a-z]+ 20\d\d)|(\d{1,2})\s(?:people|persons|guests|personen|gäste|personnes|personas|persone)"
)
_HOUSE_HOURS = {
    field: re.compile(
        rf"\b{word}(?: time| begins| starts| is| are|-zeit)?(?: available| possible)?"
        rf"(?::? (?:from|after|at|by|until|before|ab|bis|um|à partir de|avant|dalle|entro|desde|hasta las|vanaf|tot)(?: las| le)?):? "
        r"(?:12 noon|noon|midday|\d{1,2}(?:[:.h]\d{2})? ?(?:[ap]\.?m\b|uhr\b|h\b|(?<=:\d\d)))",
        re.IGNORECASE,
    )
    for field, word in (("check_in", "check-?in"), ("check_out", "check-?out"))
}
"""What a sentence says of the hours of a house: `Check-in is from 3:00 PM`."""
_MAX_SPAN = 60
_MAX_NAME = 8
"""Words of a place's name: more are a sentence."""
_MAX_DAYS = 3
"""So few days are those of one journey by night."""
_MAX_TIME_LINE = 90
_ISSUED = re.compile(r"\b(?:booked|issued|sent|ordered|purchased|gebucht|bestellt)\b", re.IGNORECASE)
_MAX_SENTENCE = 300
_ROOM = re.compile(
    r"\b(?:rooms?|suite|stay(?:ing)?|check[- ]in (?:from|after|between)|nights?|\w*zimmer|übernachtung(?:en)?|nächte|aufenthalt|chambres?|nuits?|séjour|habitaci[oó]n|noches?|"
    r"estancia|camera|nott[ei]|soggiorno|kamer|nachten|verblijf|quarto|noites|rum|nätter)\b", re.IGNORECASE)  # fmt: skip
_COUNTRIES = frozenset(
    ["united kingdom", "england", "scotland", "great britain", "united states", "united states of america", "germany",
     "deutschland", "france", "frankreich", "italy", "italia", "italien", "spain", "espana", "spanien", "austria",
     "osterreich", "switzerland", "schweiz", "suisse", "svizzera", "netherlands", "the netherlands", "nederland",
     "belgium", "belgie", "belgique", "portugal", "ireland", "poland", "polska", "czech republic", "czechia", "denmark",
     "danmark", "sweden", "sverige", "norway", "norge", "finland", "suomi", "greece", "turkey", "turkiye", "japan", "china",
     "singapore", "thailand", "india", "australia", "canada", "mexico", "brazil", "brasil", "united arab emirates"]
)  # fmt: skip
_COUNT = re.compile(r"\b(\d{1,2})\b")
_POSTAL = re.compile(
    r"\b([A-Z]{1,2}\d[\dA-Z]? \d[A-Z]{2}|\d{4}-\d{3}|\d{3}-\d{4}|\d{5}(?:-\d{4})?|\d{4} ?[A-Z]{2}|\d{4})\b"
)
_CODE = re.compile(r"\(([A-Z]{3})\)|\b([A-Z]{3})\b(?= airport)", re.IGNORECASE)


class Block(NamedTuple):
    """Labelled values that belong together."""

    values: dict[str, list[Entry]]

    def text(self, *fields: str) -> str | None:
        """Return the first value of the first of these fields that has one."""
        return next((self.values[field][0].value for field in fields if self.values.get(field)), None)

    def all(self, *fields: str) -> list[str]:
        """Return every value of these fields in the order of the mail."""
        found = [entry for field in fields for entry in self.values.get(field, ())]
        return [entry.value for entry in sorted(found, key=lambda entry: entry.line)]

    def only(self, field: str, *, besides: str) -> list[str]:
        """Return the values of a field whose labels cannot mean another, or else all of them."""
        found = self.values.get(field, [])
        return [entry.value for entry in found if besides not in entry.fields] or [e.value for e in found]


class Time(NamedTuple):
    """What a value says about when, and what is left of it."""

    day: date | None
    hour: time | None
    rest: str


class Labelled:
    """Reads the blocks of one mail."""

    def __init__(
        self, reader: Reader, *, names: Callable[[str], str | None], by: Vendor | None, text: str
    ) -> None:
        self._reader = reader
        self._names = names
        self._trade = by.trade if by is not None else None
        self._sold = (by.sells or by.trade) if by is not None else None
        self._text = text[:20_000]
        self._lowered = self._text.lower()

    def time(self, value: str) -> Time:
        """Read day and hour out of a value."""
        days = self._reader.days(value)
        found = list(hours(value, days=days))
        spans = sorted([(d.start, d.end) for d in days] + [(h.start, h.end) for h in found], reverse=True)
        rest = value
        for start, end in spans:
            rest = f"{rest[:start]} {rest[end:]}"
        if spans:
            rest = _WEEKDAY.sub(" ", _TIME_WORDS.sub(" ", rest))
        rest = re.sub(r"\(\s*[-–,. ]*\)", " ", rest)
        noon = time(12) if not found and _NOON.search(value) else None
        return Time(
            days[0].day if days else None,
            found[0].hour if found else noon,
            " ".join(rest.split()).strip(" ,;:-–|·@."),
        )

    def _when(self, values: Iterable[str], *, default: date | None = None) -> tuple[Stamp | None, str | None]:
        """Join values into one time, and one place where text is left over."""
        day, hour, rest = default, None, ""
        for value in values:
            read = self.time(value)
            day = read.day if read.day is not None and day in {None, default} else day
            hour = hour or read.hour
            if (len(read.rest) > 2 or not read.rest.isascii()) and _place_rank(read.rest) > _place_rank(rest):
                rest = read.rest
        return _stamp(day, hour), rest or None

    # --- what a block is -------------------------------------------------------------------------

    def stay(self, block: Block) -> Segment | None:
        """Return a stay at a hotel."""
        starts = self._end(block, "check_in", besides="arrives")
        ends = self._end(block, "check_out", besides="departs")
        if starts is None or ends is None:
            span = self._span(block.text("stay", "check_in"))
            if span is not None:
                starts, ends = (
                    self._when(block.only(field, besides=other), default=day)[0] or _stamp(day, None)
                    for day, field, other in zip(
                        span, ("check_in", "check_out"), ("arrives", "departs"), strict=True
                    )
                )
        if (starts is None or ends is None) and block.text("hotel", "room") is not None:
            begins, stops = self._when(block.all("from"))[0], self._when(block.all("to"))[0]
            starts, ends = (begins, stops) if begins is not None and stops is not None else (starts, ends)
        if starts is not None and ends is None and (nights := _count(block.text("nights"))) is not None:
            ends = Stamp((starts.day + timedelta(days=nights)).isoformat())
        if starts is None or ends is None or not 0 < (ends.day - starts.day).days <= 60:
            return None
        address = block.text("address")
        name = self._house(block.text("hotel")) or home_above_kind(self._text) or self._names("hotel")
        if name is not None and main_airport(name)[1]:
            name = None  # a city, where a subject says no more
        if name is None or address is None:
            headed = house_above_address(self._text)
            if headed is not None and (name is None or name.lower() in headed[0].lower()):
                is_longer = name is None or headed[0].lower().startswith(name.lower())
                name, address = headed[0] if is_longer else name, address or headed[1]
        place = _place(name, address)
        return HotelSegment(
            start=moment_of(starts, place=place),
            end=moment_of(ends, place=place),
            place=place,
            name=name,
            phone=code(block.text("phone")),
            room_description=prose(block.text("room")),
            party_size=_count(block.text("party")),
        )

    def _end(self, block: Block, field: str, *, besides: str) -> Stamp | None:
        """Return an end of a stay; labels of hours alone do not hide those of days that flights have as well."""
        found = self._when(block.only(field, besides=besides))[0] or self._when(block.all(field))[0]
        if found is None or found.has_time:
            return found
        said = _HOUSE_HOURS[field].search(self._text)
        hour = (
            None if said is None else self.time(said[0]).hour or (time(12) if _NOON.search(said[0]) else None)
        )
        return _stamp(found.day, hour)

    def _span(self, value: str | None) -> tuple[date, date] | None:
        """Return both ends of `12 - 15 June`: of a label, of a sentence on a room, of a line of who lets rooms."""
        lines = [] if value is None else [value]
        told = self._text.split("\n")
        if self._trade in {None, "site", "hotel"}:
            lines += [line for line in told if len(line) < _MAX_SENTENCE and _ROOM.search(line)]
        if self._trade in {"site", "hotel"}:
            lines += [line for line in told if len(line) < _MAX_SPAN and ("–" in line or " - " in line)]
        for line in lines:
            days = self._reader.span(line)
            if len(days) > 1:
                return days[0].day, days[1].day
        return None

    def _house(self, value: str | None) -> str | None:
        """Return a house's name, without what stands in other columns of its line."""
        if value is None:
            return None
        first = re.split(r"\s{3,}|\t", value)[0]
        return prose(self.time(first).rest if self._reader.days(first) else first)

    def rental(self, block: Block) -> Segment | None:
        """Return a rental car."""
        is_renter = self._trade == "car"  # whose words for both are anybody's for departure and return
        # A renter checks a car out, and in again when it comes back.
        out, back = ("departs", "check_out"), ("arrives", "check_in")
        starts, origin = self._when(block.all("pick_up") or (block.all(*out) if is_renter else ()))
        ends, destination = self._when(block.all("drop_off") or (block.all(*back) if is_renter else ()))
        if starts is None or ends is None or ends.day < starts.day:
            return None
        origin_place = _place(origin, None)
        destination_place = _place(destination, None) or origin_place
        return CarSegment(
            start=moment_of(starts, place=origin_place),
            end=moment_of(ends, place=destination_place),
            origin=origin_place,
            destination=destination_place,
            vendor_name=prose(block.text("vendor")),
            car_class=code(block.text("car_class")),
        )

    def ride(self, block: Block) -> Segment | None:
        """Return a taxi or transfer, which nobody gives back."""
        if not re.search(
            r"taxi|transfer|chauffeur|shuttle|ride|driver|fahrt|fahrer|abholadresse|cab\b|limousine|pick-?up",
            self._lowered,
        ):
            return None
        days = {day.day for day in self._reader.days_of_travel(self._text)}
        only = next(iter(days)) if len(days) == 1 else None
        starts, origin = self._when(block.all("pick_up", "time", "date"), default=only)
        if self._trade == "ride" and (starts is None or not starts.has_time):
            starts = self._first_time() or starts
        origin = prose(block.text("from")) or origin
        if starts is None or not starts.has_time or origin is None:
            return None
        _, destination = self._when(block.all("drop_off", "to"))
        place = _place(origin, None)
        return RideSegment(
            start=moment_of(starts, place=place),
            origin=place,
            destination=_place(destination, None),
            vendor_name=prose(block.text("vendor")),
            party_size=_count(block.text("party")),
        )

    def train(self, block: Block) -> Segment | None:
        """Return a train, or a bus where it is called so."""
        stated_day = next((read.day for value in block.all("date") if (read := self.time(value)).day), None)
        if (
            stated_day is None
            and len(days := {day.day for day in self._reader.days_of_travel(self._text)}) < _MAX_DAYS
        ):
            stated_day = min(days, default=None)
        starts, departs_at = self._when(block.all("departs"), default=stated_day)
        ends, arrives_at = self._when(block.all("arrives"), default=starts.day if starts else stated_day)
        if starts is None and stated_day is not None:
            _, hour, _ = self.time(block.text("time") or "")
            starts = _stamp(stated_day, hour)
        origin, destination = block.text("from") or departs_at, block.text("to") or arrives_at
        if origin is None and destination is None and block.text("line", "train") is not None:
            origin, destination = route_named(self._text) or (None, None)
        if starts is None or not starts.has_time or origin is None or destination is None:
            return None
        is_known = block.text("line") is not None or self._sold in {"rail", "bus"}
        if not is_known and not re.search(
            r"train|zug|rail|bahn|tren\b|treno|trein|tåg|pociąg|juna|bus|coach|gare|station|ferry|fähre|comboio|trem\b|\btog\b|vonat|"
            r"\bvlak|kereta|поезд|поїзд|ônibus|autocarro|列車|新幹線|열차|승차권|버스|车次|車次",
            self._lowered,
        ):
            return None
        origin, destination = self.time(origin).rest or origin, self.time(destination).rest or destination
        first, last = Place(name=prose(origin)), Place(name=prose(destination))
        vehicle = block.text("train") or train_named(self._text)
        if vehicle is None and (
            block.text("line")
            or self._sold == "bus"
            or re.search(r"\bbus\b|flixbus|\bcoach\b|ferry|fähre", self._lowered)
        ):
            return RideSegment(start=moment_of(starts, place=first), end=moment_of(ends, place=last), origin=first,
                               destination=last, vendor_name=prose(block.text("vendor")))  # fmt: skip
        seat = _first_sign(block.text("seat"))
        return RailSegment(
            start=moment_of(starts, place=first),
            end=moment_of(ends, place=last),
            origin=first,
            destination=last,
            train_number=code(vehicle and vehicle.partition(" / ")[0]),
            wagon=_first_sign(block.text("coach")),
            cabin=code(block.text("cabin")),
            seats=() if seat is None else (Seat(number=seat),),
        )

    def parking(self, block: Block) -> Segment | None:
        """Return a parking place."""
        if not re.search(
            r"park(?:ing|platz|haus|ering)|aparcamiento|parcheggio|estacionamento", self._lowered
        ):
            return None
        handed = block.all("drop_off")  # a car is dropped off, and one returns to it
        starts, _ = self._when(block.all("entry", "check_in") or handed[:-1])
        ends, _ = self._when(block.all("exit", "check_out") or block.all("pick_up") or handed[-1:])
        name = prose(block.text("car_park", "venue"))
        if starts is None or ends is None or name is None:
            return None
        place = _place(name, block.text("address"))
        return ParkingSegment(
            start=moment_of(starts, place=place), end=moment_of(ends, place=place), place=place, name=name
        )

    def table(self, block: Block) -> Segment | None:
        """Return a table at a restaurant."""
        starts, _ = self._when(block.all("date", "time"))
        name = prose(block.text("restaurant")) or self._names("restaurant")
        party = _count(block.text("party"))
        told = _PARTY.search(self._lowered)
        if told is not None and (party is None or starts is None):
            line = self._lowered[self._lowered.rfind("\n", 0, told.start()) + 1 :].partition("\n")[0]
            party = party or int(told[1] or told[2])
            starts = starts or self._when([line])[0]
        if self._trade == "dining" and (starts is None or not starts.has_time):
            starts = self._first_time() or starts
        is_meal = block.text("restaurant") is not None or re.search(
            r"\b(?:table|tisch|restaurant|dinner|lunch|ristorante|restaurante|mesa|tavolo|diner)\b", self._lowered)  # fmt: skip
        is_meal = is_meal or self._trade == "dining"
        if starts is None or not starts.has_time or name is None or party is None or not is_meal:
            return None
        place = _place(name, block.text("address", "venue"))
        return DiningSegment(start=moment_of(starts, place=place), place=place, name=name, party_size=party)

    def event(self, block: Block) -> Segment | None:
        """Return something to attend."""
        starts, _ = self._when(block.all("date", "time"))
        name = prose(block.text("event")) or self._names("event")
        where = block.text("venue")
        is_event = self._trade == "event" or block.text("event") is not None or _ADMITS.search(self._text)
        if is_event and (starts is None or where is None or name is None):
            starts, where, name = self._in_lines(starts, where, name)
        if starts is None or name is None or where is None:
            return None
        place = _place(where, block.text("address"))
        seat = code(block.text("seat"))
        return EventSegment(
            start=moment_of(starts, place=place),
            place=place,
            name=name,
            details={"seat": seat} if seat else {},
        )

    def _in_lines(
        self, starts: Stamp | None, where: str | None, name: str | None
    ) -> tuple[Stamp | None, str | None, str | None]:
        """Return when, where and what an event is by the first line with a day and an hour, and its neighbours."""
        lines = [line for line in self._text.split("\n") if line.strip()]
        for above, line, below in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
            stamp, _ = self._when([line])
            if stamp is not None and stamp.has_time:
                return starts or stamp, where or prose(below), name or _title(above)
        return starts, where, name

    def _first_time(self) -> Stamp | None:
        """Return the first time in lines of few words: a day and an hour, in one line or in two."""
        lines = [line for line in self._text.split("\n") if 0 < len(line) < _MAX_TIME_LINE]
        for line, below in pairwise([*lines, ""]):
            stamp, rest = self._when([line])
            if stamp is not None and not stamp.has_time and self.time(below).hour is not None:
                stamp, _ = self._when([line, below])
            if stamp is not None and stamp.has_time and not _ISSUED.search(rest or ""):
                return stamp
        return None


def _first_sign(value: str | None) -> str | None:
    """Return `5` of `5 Lugar 67`: what a coach or a seat is called, without what stands behind it."""
    found = _SIGN.match(value or "")
    return code(value) if found is None else found[1]


_SIGN = re.compile(r"\s*(\d{1,3}[A-Z]?|[A-Z]\d{0,3})(?![\w-])")


def _place_rank(rest: str) -> tuple[bool, int]:
    """Say how well a text names a place: better than an address or a sentence, and the longer the better."""
    is_name = bool(rest) and not rest[0].isdigit() and len(rest.split()) <= _MAX_NAME
    return is_name, len(rest)


def _title(line: str) -> str | None:
    """Return a line that may name an event: no label, no number, no sentence."""
    return prose(line) if line and not re.search(r"[:#!?]|\.$", line) else None


def blocks_of(entries: Iterable[Entry]) -> Iterator[Block]:
    """Part values into blocks."""
    values: dict[str, list[Entry]] = {}
    for entry in entries:
        if any(field in _ONCE and _begins_anew(entry, values.get(field, [])) for field in entry.fields):
            yield Block(values)
            values = {}
        for field in entry.fields:
            values.setdefault(field, []).append(entry)
    if values:
        yield Block(values)


def _stamp(day: date | None, hour: time | None) -> Stamp | None:
    if day is None:
        return None
    return Stamp(day.isoformat()) if hour is None else Stamp(f"{day.isoformat()}T{hour.isoformat()}")


def _place(name: str | None, address: str | None) -> Place | None:
    """Return a place by its name and address; the city is the word behind or before a postal code."""
    told, where = prose(name), prose(address)
    if told is None and where is None:
        return None
    airport = _CODE.search(told) if told is not None else None
    city, postal = _city(where) if where is not None else (None, None)
    return Place(
        code=(airport[1] or airport[2]).upper() if airport and len(told or "") > 5 else None,
        name=told, address=where, city=city, postal_code=postal,
    )  # fmt: skip


def _city(address: str) -> tuple[str | None, str | None]:
    pieces = [piece.strip() for piece in address.split(",") if piece.strip()]
    for piece in pieces[1:] or pieces:
        found = _POSTAL.search(piece)
        if found is not None:
            before, after = piece[: found.start()].strip(), piece[found.end() :].strip()
            if after and not _is_country(after):
                return prose(after), found[1]
            second = pieces[1] if piece not in pieces[:2] and not re.search(r"\d", pieces[1]) else None
            return prose(second or before), found[1]
    return (prose(pieces[1]) if len(pieces) > 2 else None), None


def _is_country(text: str) -> bool:
    return plain(text) in _COUNTRIES or (text.isupper() and len(text) <= len("USA"))


def _count(text: str | None) -> int | None:
    found = _COUNT.search(text) if text else None
    return int(found[1]) if found and int(found[1]) else None


def _begins_anew(entry: Entry, known: list[Entry]) -> bool:
    """Say whether a value is another reservation's: the same label again, with another value, further down."""
    return (
        bool(known)
        and entry.value != known[0].value
        and entry.label.lower() == known[0].label.lower()
        and entry.line > known[-1].line + 1
    )
