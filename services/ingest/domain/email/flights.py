"""Flights in running text: numbers, airports, days and hours that stand together, in whatever layout.

The text becomes a row of marks. Between one flight's number and the next stand its route and times; in some
layouts they stand before the number. A leg is taken only where it is complete and can be flown.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import pairwise, takewhile
from typing import Any, NamedTuple

from schemas.segments import AirSegment, Place, Seat
from schemas.times import Moment
from services.ingest.domain.email.cities import main_airport
from services.ingest.domain.email.dates import Day, Hour, Reader, hours
from services.ingest.domain.email.when import Stamp, moment_of
from services.ingest.domain.email.words import table
from services.ingest.domain.places import airport, airport_named

_FLIGHT = re.compile(
    r"(?<![\w/:.])([A-Z]{2}|[A-Z]\d|\d[A-Z])(\s?-?\s?)0*(\d{1,4})(?![A-Za-z0-9_%€$£]|[.,:]\d|\s?(?:€|EUR|USD|GBP|kg|KG|km))"
)
_ICAO = {
    "EZY": "U2", "EJU": "EC", "EZS": "DS", "RYR": "FR", "DLH": "LH", "BAW": "BA", "AFR": "AF", "KLM": "KL", "SWR": "LX",
    "AUA": "OS", "EWG": "EW", "WZZ": "W6", "VLG": "VY", "IBE": "IB", "TAP": "TP", "SAS": "SK", "FIN": "AY", "NAX": "DY",
    "UAL": "UA", "DAL": "DL", "AAL": "AA", "SWA": "WN", "JBU": "B6", "ACA": "AC", "THY": "TK", "UAE": "EK", "QFA": "QF",
}  # fmt: skip
"""Three letters by which some airlines call their flights in mails, too."""
_BY_ICAO = re.compile(rf"(?<!\w)({'|'.join(_ICAO)})\s?0*(\d{{1,4}})(?![\w.,])")
_FLIGHT_WORD = re.compile(
    r"(?:flight|flug|vol|vuelo|volo|vlucht|voo|flyg|fly|lento|lot|let|uçuş|рейс|便名?|航班|항공편)"
    r"\s?(?:number|no\.?|nr\.?|nummer|n°|#)?\s?[:：]?\s*$", re.IGNORECASE)  # fmt: skip
_BY_NAME = re.compile(
    r"(?:flight|flug|vol|vuelo|volo|vlucht|voo)\s?(?:number|no\.?|nr\.?|nummer|n°|#)?\s?[:：]?\s?0*(\d{2,4})(?![\w:.,])",
    re.IGNORECASE,
)
_PARENTHESES = re.compile(r"[(\[]\s?([A-Z]{3})(?=\s?[)\],/–-]|\s(?:Terminal|T\d))")
_PAIR = re.compile(
    r"(?<!\w)([A-Z]{3})\s?(?:-|–|—|→|➔|➜|✈|»|>|->|/|to|nach|à|a|bis|naar|\t)\s?(?=([A-Z]{3})(?!\w))"
)
_BARE = re.compile(r"(?<![\w(])([A-Z]{3})(?![\w])")
_NOT_AIRPORTS = frozenset(
    ["THE", "AND", "FOR", "DAY", "NOT", "ALL", "AIR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC", "JAN", "FEB", "MAR", "APR", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN", "EUR", "USD", "GBP", "CHF", "PNR", "VIA", "TAX", "FEE", "INC", "PDF", "VAT", "MRS", "MST", "REF", "TEL", "FAX", "YOU", "ARE", "YES", "ONE", "TWO", "END", "NEW", "OUR", "BAG", "BUS", "CAR", "WEB", "APP", "DEP", "ARR", "DUR", "CET", "UTC", "GMT", "PST", "EST", "CST", "MST", "INF", "ADT", "CHD", "STD", "ECO", "BIZ", "ABC", "COM", "ORG", "NET", "WWW", "DES", "DEN", "BIN", "ICH", "SIE", "IHR", "UND", "VON", "BIS", "FUR", "DER", "DIE", "DAS", "EIN", "LES", "UNE", "SUR", "PAR", "PAS", "CON", "POR", "LOS", "LAS", "DEL", "UNA", "SON", "SER", "NON", "PER", "DEI", "NEL", "IST", "UHR", "MAI", "DEZ", "OKT", "ANA", "SAS", "KLM", "LOT", "TAP", "PIA", "JAL", "GOL", "KGS", "PCS", "OFF", "BUY", "WIN", "SET", "OUT", "OFF", "USE", "SMS", "FAQ", "TTC", "HKD", "AUD", "CAD", "JPY", "SEK", "NOK", "DKK", "PLN"]
)  # fmt: skip
_DOUBTFUL = frozenset(
    [
        "AM",
        "PM",
        "NO",
        "AT",
        "IN",
        "TO",
        "IS",
        "OR",
        "ME",
        "SO",
        "BY",
        "ON",
        "DE",
        "EN",
        "LA",
        "LE",
        "UM",
        "AN",
        "AS",
        "DO",
        "IT",
        "MY",
        "OK",
        "HI",
        "TV",
        "PC",
        "EC",
        "EI",
        "RO",
        "SU",
        "DX",
        "TR",
        "BE",
        "AR",
        "AC",
        "AD",
    ]
)
"""Carriers whose codes are words, too: they need the word for flight before them, or three digits right behind."""
_NOISE = re.compile(
    r"(?:check[- ]?in|boarding|einstieg|einsteigen|embarquement|embarque|imbarco|instappen|closes?|opens?|duration|dauer|"
    r"reisezeit|durée|duración|durata|layover|stopover|connection|umstieg|aufenthalt|by|before|gate|printed|issued|booked|"
    r"sent|latest|deadline|spätestens|flight time|flugzeit|flugdauer|meal)[^\d\n]{0,18}$", re.IGNORECASE)  # fmt: skip
_SEAT = re.compile(
    r"(?:seat|sitz(?:platz)?|siège|asiento|posto|stoel|plats|sete)s?\s?(?:number|no\.?)?\s?[:：]?\s?(\d{1,2}[A-K])\b",
    re.IGNORECASE,
)
_TERMINAL = re.compile(r"Terminal\s([A-Z]?\d?[A-Z]?)\b")
_MAX_WINDOW = 1_500
_MAX_FLIGHTS = 40
_EARLIEST = timedelta(hours=-3)
"""By the clocks of two places whose zones are not known: westward flights may land before they start."""
_SHORTEST, _LONGEST = timedelta(minutes=15), timedelta(hours=20)


class Mark(NamedTuple):
    """Something in the text that a leg may be made of."""

    kind: str
    start: int
    end: int
    value: Any


class Leg(NamedTuple):
    """A flight as its marks tell, and how sure that is."""

    segment: AirSegment
    confidence: int
    end: int


@cache
def airlines() -> dict[str, str]:
    """Return the names of airlines by their codes."""
    return {code: names.split("|")[0] for code, names in table("airlines").items()}


def flights_named(text: str) -> set[tuple[str, str]]:
    """Return the flights that a text names, each by its carrier and number."""
    return {mark.value for mark in _flight_marks(text, carrier=None)}


def flights_in(
    text: str, *, reader: Reader, carrier: str | None = None, day: date | None = None
) -> list[Leg]:
    """Return the flights that a text speaks of.

    Args:
        text: lines as a person reads them.
        reader: of days in this mail.
        carrier: the airline whose mail it is, for numbers that stand without one.
        day: the day of the flights where the text does not say one, as of an event in a calendar.
    """
    flights = _without_overlaps(_flight_marks(text, carrier=carrier))[:_MAX_FLIGHTS]
    if not flights:
        return []
    marks = _marks(text, reader)
    route_ahead = _stands_before("airport", 2, flights, marks)
    times_ahead = _stands_before("hour", 1, flights, marks)
    legs: list[Leg] = []
    used = 0
    for number, flight in enumerate(flights):
        following = flights[number + 1].start if number + 1 < len(flights) else len(text)
        before = [m for m in marks if used <= m.start < flight.start and flight.start - m.end < _MAX_WINDOW]
        after = [m for m in marks if flight.end <= m.start < min(following, flight.end + _MAX_WINDOW)]
        sides = _Sides(before, after, route_ahead=route_ahead, times_ahead=times_ahead)
        leg = _leg(flight, sides, marks=marks, text=text, given=day)
        if leg is not None:
            legs.append(leg)
            used = leg.end
    return legs


def _without_overlaps(marks: Iterator[Mark]) -> list[Mark]:
    kept: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: mark.start):
        if not kept or mark.start >= kept[-1].end:
            kept.append(mark)
    return kept


def _flight_marks(text: str, *, carrier: str | None) -> Iterator[Mark]:
    known = airlines()
    for found in _FLIGHT.finditer(text):
        code, gap, number = found[1], found[2], found[3]
        if code not in known or int(number) == 0:
            continue
        if (code in _DOUBTFUL or "-" in gap) and not (
            _FLIGHT_WORD.search(text[max(0, found.start() - 30) : found.start()])
            or (len(number) >= 3 and "-" not in gap and code not in {"AM", "PM", "DE", "AT"})
            or (code == carrier)
        ):
            continue
        if code in {"AM", "PM"} and re.search(r"\d\s?$", text[max(0, found.start() - 3) : found.start()]):
            continue
        yield Mark("flight", found.start(), found.end(), (code, number))
    for found in _BY_ICAO.finditer(text):
        yield Mark("flight", found.start(), found.end(), (_ICAO[found[1]], found[2]))
    if carrier is not None:
        for found in _BY_NAME.finditer(text):
            yield Mark("flight", found.start(), found.end(), (carrier, found[1]))


def _marks(text: str, reader: Reader) -> list[Mark]:
    days = reader.days(text)
    marks = [Mark("day", day.start, day.end, day) for day in reader.days_of_travel(text)]
    marks.extend(
        Mark("hour", hour.start, hour.end, hour)
        for hour in hours(text, days=days)
        if not _NOISE.search(text[max(0, hour.start - 40) : hour.start].rpartition("\n")[2])
    )
    marks.extend(_airport_marks(text))
    return sorted(marks, key=lambda mark: (mark.start, mark.end))


def _airport_marks(text: str) -> list[Mark]:
    found: dict[int, Mark] = {}
    for match in _PARENTHESES.finditer(text):
        _add(found, match.start(1), match[1])
    for match in _PAIR.finditer(text):
        if all(code not in _NOT_AIRPORTS and airport(code) for code in (match[1], match[2])):
            _add(found, match.start(1), match[1])
            _add(found, match.start(2), match[2])
    for match in _BARE.finditer(text):
        line = text[text.rfind("\n", 0, match.start()) + 1 : text.find("\n", match.end()) % (len(text) + 1)]
        alone = line.strip(" \t:") == match[1]
        if match[1] not in _NOT_AIRPORTS and (alone or re.search(r"\d{1,2}[:.h]\d{2}", line)):
            _add(found, match.start(1), match[1])
    return list(found.values()) if len(found) > 1 else [*found.values(), *_cities(text, set(found))]


def _add(found: dict[int, Mark], start: int, code: str) -> None:
    if airport(code) is not None:
        found.setdefault(start, Mark("airport", start, start + 3, Place(code=code)))


_CITY = re.compile(r"(?<![\w])([A-ZÀ-ÞŁŚŻČŘŠ][\w.'’-]+(?:[ /][A-ZÀ-ÞŁŚŻČŘŠ][\w.'’-]*){0,3})")
_MAX_CITIES = 300


def _cities(text: str, taken: set[int]) -> list[Mark]:
    """Find cities by their names, for texts that have no codes; names that explain each other are one place."""
    found: list[Mark] = []
    for _, match in zip(range(_MAX_CITIES), _CITY.finditer(text), strict=False):
        named = _longest(match[1])
        if named is None or match.start() + named[0] in taken:
            continue
        start, place = match.start() + named[0], named[1]
        between = text[found[-1].end : start] if found else "\n"
        if found and re.fullmatch(
            r"(?:[\s,(/-]|\b[A-Z]{2}\b|\([A-Z]{2}\))*[(,](?:[\s,(/-]|\b[A-Z]{2}\b)*", between
        ):
            both = airport_named(f"{found[-1].value.name or ''} {place.name or ''}")
            code = both or found[-1].value.code or place.code
            found[-1] = found[-1]._replace(end=match.end(), value=Place(code=code, name=found[-1].value.name))
        else:
            found.append(Mark("airport", start, match.end(), place))
    return found


def _longest(phrase: str) -> tuple[int, Place] | None:
    """Return where in a phrase its longest words that name a city or airport begin, and the place."""
    words = re.split(r"[ /]", phrase)
    for first in range(len(words)):
        for last in range(len(words), first, -1):
            place = _city(" ".join(words[first:last]))
            if place is not None:
                return phrase.find(words[first]), place
    return None


@cache
def _city(name: str) -> Place | None:
    bare = name.strip(".,'’")
    if len(bare) < 4 or bare.upper() in _NOT_AIRPORTS or bare.lower() in _NOT_CITIES:
        return None
    exact = airport_named(bare) if len(bare.split()) > 1 else None
    if exact is not None:
        return Place(code=exact, name=bare.title() if bare.isupper() else bare)
    code, codes = main_airport(bare)
    if not codes and (exact := airport_named(bare)) is not None and len(bare) > 6:
        code, codes = exact, frozenset([exact])
    if not codes:
        return None
    return Place(code=code, name=bare.title() if bare.isupper() else bare)


_NOT_CITIES = frozenset(["mobile", "reading", "date", "male", "nice", "split", "same", "most", "bath", "deal", "orange", "of", "best", "page", "terminal", "central", "union", "progress", "freedom", "hope", "eagle", "airlie", "green", "price", "center"])  # fmt: skip


class _Sides(NamedTuple):
    """The marks before and after a flight's number, and on which side of it this mail writes what."""

    before: list[Mark]
    after: list[Mark]
    route_ahead: bool
    times_ahead: bool

    def route(self) -> tuple[Mark, Mark] | None:
        own, other = (self.before, self.after) if self.route_ahead else (self.after, self.before)
        return (
            _pick(own, last=self.route_ahead)
            or self.around("airport")
            or _pick(other, last=not self.route_ahead)
        )

    def begins(self) -> int | None:
        """Return where a leg begins whose number comes last: with the last day before its route and hours."""
        if not (self.route_ahead and self.times_ahead and self.before):
            return None
        days = list(takewhile(lambda mark: mark.kind == "day", self.before))
        return (days or self.before)[-1 if days else 0].start

    def around(self, kind: str) -> tuple[Mark, Mark] | None:
        """Return the last mark before the number and the first after it, where the number stands between."""
        first = [mark for mark in self.before if mark.kind == kind][-1:]
        last = [mark for mark in self.after if mark.kind == kind][:1]
        return (first[0], last[0]) if first and last and first[0].value != last[0].value else None

    def clocks(self) -> list[Mark]:
        own, other = (self.before, self.after) if self.times_ahead else (self.after, self.before)
        return _clocks(own, last=self.times_ahead) or _clocks(other, last=not self.times_ahead)


def _stands_before(kind: str, enough: int, flights: list[Mark], marks: list[Mark]) -> bool:
    """Say whether marks of a kind stand before the numbers: they do before the first, not after the last."""
    first, last = flights[0], flights[-1]
    before = [m for m in marks if m.kind == kind and first.start - _MAX_WINDOW < m.start < first.start]
    after = [m for m in marks if m.kind == kind and last.end < m.start < last.end + _MAX_WINDOW]
    return len(before) >= enough and len(after) < enough


def _leg(flight: Mark, sides: _Sides, *, marks: list[Mark], text: str, given: date | None) -> Leg | None:
    ends = sides.route()
    if ends is None:
        return None
    is_between = ends[0].start < flight.start < ends[1].start
    clocks = list(sides.around("hour") or ()) if is_between else sides.clocks()
    anchor = min([flight.start, ends[0].start, *(mark.start for mark in clocks)])
    limit = max([ends[1].end, *(mark.end for mark in clocks)])
    begins = sides.begins()
    if begins is None:
        begins = text.rfind("\n", 0, anchor) + 1
    departs, arrives = _days(marks, begins=begins, limit=max(limit, flight.end), clocks=clocks, text=text)
    departs = departs or given
    if departs is None:
        return None
    start, end = _moments(departs, arrives, clocks, ends)
    window = text[min(anchor, flight.start) : max(limit, flight.end) + 200]
    seat = _SEAT.search(window[: limit - min(anchor, flight.start) + 120])
    code, number = flight.value
    return Leg(
        AirSegment(
            start=start,
            end=end,
            origin=ends[0].value,
            destination=ends[1].value,
            carrier=code,
            carrier_name=airlines().get(code),
            flight_number=number,
            seats=() if seat is None else (Seat(number=seat[1].upper()),),
        ),
        85 if start is not None and start.has_time and end is not None else 65,
        max(limit, flight.end),
    )


def _pick(window: list[Mark], *, last: bool) -> tuple[Mark, Mark] | None:
    """Return two different airports that stand next to each other, nearest to the number."""
    found = [mark for mark in window if mark.kind == "airport"]
    pairs = [(a, b) for a, b in pairwise(found) if a.value != b.value]
    if not pairs:
        return None
    return pairs[-1] if last else pairs[0]


def _clocks(window: list[Mark], *, last: bool) -> list[Mark]:
    found = [mark for mark in window if mark.kind == "hour"]
    return found[-2:] if last else found[:2]


def _days(
    marks: list[Mark], *, begins: int, limit: int, clocks: list[Mark], text: str
) -> tuple[date | None, date | None]:
    """Return the days of departure and arrival: those amid the leg, else the last that was named before it."""
    line_end = text.find("\n", limit)
    stop = line_end if line_end >= 0 else len(text)
    inside: list[Day] = [m.value for m in marks if m.kind == "day" and begins <= m.start <= stop]
    before: list[Day] = [m.value for m in marks if m.kind == "day" and m.start < begins]
    if inside and before and clocks and inside[0].start > clocks[-1].end:
        late = inside[0].day - before[-1].day
        if timedelta(0) < late <= timedelta(days=1):  # a mark behind the arrival that it is the day after
            return before[-1].day, inside[0].day
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


def _in_the_line_of_arrival(inside: list[Day], clocks: list[Mark], text: str) -> date | None:
    """Return the day that stands beside the hour of arrival, in a line that is not that of departure."""
    if len(clocks) < 2:
        return None
    begins = text.rfind("\n", 0, clocks[1].start)
    stops = text.find("\n", clocks[1].end) % (len(text) + 1)
    if begins < clocks[0].end:
        return None
    return next((day.day for day in inside if begins < day.start < stops), None)


def _moments(
    departs: date, arrives: date | None, clocks: list[Mark], ends: tuple[Mark, Mark]
) -> tuple[Moment | None, Moment | None]:
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
    start = moment_of(_stamp(departs, leaves), place=origin)
    if lands is None or start is None:
        return start, None
    one_day = timedelta(days=1)
    for day in [arrives] if arrives is not None else [departs, departs + one_day, departs - one_day]:
        end = moment_of(_stamp(day, lands), place=destination)
        if end is not None and _can_be_flown(start, end):
            return start, end
    return start, None


def _can_be_flown(start: Moment, end: Moment) -> bool:
    begins, stops = start.instant(), end.instant()
    if begins is None or stops is None:
        apart = datetime.fromisoformat(end.local) - datetime.fromisoformat(start.local)
        return _EARLIEST < apart <= _LONGEST
    return _SHORTEST <= stops - begins <= _LONGEST


def _stamp(day: date, hour: time) -> Stamp:
    return Stamp(f"{day.isoformat()}T{hour.isoformat()}")
