"""What a flight is made of in running text: numbers, airports, days and hours, each with where it stands."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

from schemas.segments import Place
from services.ingest.domain.email.cities import main_airport
from services.ingest.domain.email.dates import Day, Reader, hours, plain
from services.ingest.domain.email.words import table
from services.ingest.domain.places import airport, airport_named

_FLIGHT = re.compile(
    r"(?<![\w/:.])([A-Z]{2}|[A-Z]\d|\d[A-Z])(\s?-?\s?)0*(\d{1,4})(?![A-Za-z0-9_%€$£]|[.,:]\d|\s?(?:€|EUR|USD|GBP|kg|KG|km))"
)
_ICAO = {
    "EZY": "U2", "EJU": "EC", "EZS": "DS", "RYR": "FR", "DLH": "LH", "BAW": "BA", "AFR": "AF", "KLM": "KL", "SWR": "LX",
    "AUA": "OS", "EWG": "EW", "WZZ": "W6", "VLG": "VY", "IBE": "IB", "TAP": "TP", "SAS": "SK", "FIN": "AY", "NAX": "DY",
    "ANA": "NH", "JAL": "JL", "UAL": "UA", "DAL": "DL", "AAL": "AA", "SWA": "WN", "JBU": "B6", "ACA": "AC", "THY": "TK", "UAE": "EK", "QFA": "QF",
}  # fmt: skip
"""Three letters by which some airlines call their flights in mails, too."""
_BY_ICAO = re.compile(rf"(?<![A-Za-z0-9_])({'|'.join(_ICAO)})\s?0*(\d{{1,4}})(?![A-Za-z0-9_.,])")
_FLIGHT_WORD = re.compile(
    r"(?:flight|flug|vol|vuelo|volo|vlucht|voo|flyg|fly|lento|lot|let|uçuş|zbor|πτήση|járat|penerbangan|chuyến bay|рейс|便名?|航班|항공편|편명)"
    r"\s?(?:number|no\.?|nr\.?|nummer|n°|#)?\s?[:：]?\s*$", re.IGNORECASE)  # fmt: skip
_BY_NAME = re.compile(
    r"(?:flight|flug|vol|vuelo|volo|vlucht|voo)\s?(?:number|no\.?|nr\.?|nummer|n°|#)?\s?[:：]?\s?0*(\d{2,4})(?![\w:.,])",
    re.IGNORECASE,
)
_BY_COLUMN = re.compile(
    r"^[ \t]*(?=[^\W\d_]|\d)[^\n]{5,24}?(?:\t|[ ]{2,})0*(\d{2,4})(?:\t|[ ]{2,})(?=[^\n]{2,60}\([A-Z]{3}\))",
    re.MULTILINE,
)
"""A number alone in its column, between the day and the airports."""
_PARENTHESES = re.compile(r"[(\[]\s?([A-Z]{3})(?=\s?[)\],/–-]|\s(?:Terminal|T\d))")
_PAIR = re.compile(
    r"(?<!\w)([A-Z]{3})\s?(?:-|–|—|→|➔|➜|✈|»|>|->|/|to|nach|à|a|bis|naar|\t)\s?(?=([A-Z]{3})(?!\w))"
)
_PAIR_OF_CELLS = re.compile(r"^([A-Z]{3})(?:\t[^\t\n]{0,16})?\t([A-Z]{3})$", re.MULTILINE)
"""A row of two codes, with at most how long it takes between them."""
_OF_NUMBER = re.compile(r"\b(?:number|code|reference|locator|reserva|réservation|booking)\s?$", re.IGNORECASE)
"""Before `(PNR)`, which is a city's code, too."""
_CLOCK = re.compile(r"(?<!\d)\d{1,2}[:.h]\d{2}(?!\d)")
_BARE = re.compile(r"(?<![\w(])([A-Z]{3})(?![\w])")
_NOT_AIRPORTS = frozenset(
    ["THE", "AND", "FOR", "DAY", "NOT", "ALL", "AIR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC", "JAN", "FEB", "MAR", "APR", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN", "EUR", "USD", "GBP", "CHF", "PNR", "VIA", "TAX", "FEE", "INC", "PDF", "VAT", "MRS", "MST", "REF", "TEL", "FAX", "YOU", "ARE", "YES", "ONE", "TWO", "END", "NEW", "OUR", "BAG", "BUS", "CAR", "WEB", "APP", "DEP", "ARR", "DUR", "CET", "UTC", "GMT", "PST", "EST", "CST", "MST", "INF", "ADT", "CHD", "STD", "ECO", "BIZ", "ABC", "COM", "ORG", "NET", "WWW", "DES", "DEN", "BIN", "ICH", "SIE", "IHR", "UND", "VON", "BIS", "FUR", "DER", "DIE", "DAS", "EIN", "LES", "UNE", "SUR", "PAR", "PAS", "CON", "POR", "LOS", "LAS", "DEL", "UNA", "SON", "SER", "NON", "PER", "DEI", "NEL", "IST", "UHR", "MAI", "DEZ", "OKT", "ANA", "SAS", "KLM", "LOT", "TAP", "PIA", "JAL", "GOL", "KGS", "PCS", "OFF", "BUY", "WIN", "SET", "OUT", "OFF", "USE", "SMS", "FAQ", "TTC", "HKD", "AUD", "CAD", "JPY", "SEK", "NOK", "DKK", "PLN"]
)  # fmt: skip
_WORDS_TOO = frozenset({"LAS", "DEN", "DEL"})
"""Large airports among them: alone in a line or right beside an hour they are meant."""
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
    r"(?<!\w)(?:check[- ]?in|boarding|einstieg|einsteigen|embarquement|embarque|imbarco|instappen|closes?|opens?|duration|dauer|"
    r"reisezeit|durée|duración|durata|layover|stopover|connection|umstieg|aufenthalt|by|before|gate|printed|issued|booked|"
    r"sent|latest|deadline|spätestens|flight time|flugzeit|flugdauer|meal)[^\d\n]{0,18}$", re.IGNORECASE)  # fmt: skip
_OPERATED = re.compile(
    r"(?:operated by|operating flight|durchgeführt von|ausgeführt von|opéré par|exploité par|effectué par|operado por|operato da|"
    r"uitgevoerd door|flys av|flyves af)[^\n]{0,40}$", re.IGNORECASE)  # fmt: skip
"""Before the number under which another airline flies what was booked."""
_LASTS = re.compile(r"\d{1,2}\s?h\s?\d{2}", re.IGNORECASE)
"""How long a flight takes, where the hours of the same text have colons: `3h20`."""
_AIRCRAFT = re.compile(r"A3[1-8]0|A32[01]|A220|B7[1-8][7-9]|B73\d|E1[79][05]")
"""Types of aircraft that read like a carrier's code and a number."""


MAX_GAP = 300
"""Between marks of one leg: beyond are other matters, such as when somebody answers the telephone."""


class Mark(NamedTuple):
    """Something in the text that a leg may be made of."""

    kind: str
    start: int
    end: int
    value: Any


@cache
def airlines() -> dict[str, str]:
    """Return the names of airlines by their codes."""
    return {code: names.split("|")[0] for code, names in _all_names().items()}


def _all_names() -> dict[str, str]:
    return {**table("airlines_rare"), **table("airlines")}


@cache
def _codes() -> dict[str, str]:
    """Return the codes of airlines by every name that they fly under."""
    return {plain(name): code for code, names in _all_names().items() for name in names.split("|")}


def airline_called(name: str) -> str | None:
    """Return the code of the airline that somebody is called like, as senders of mails are."""
    bare = plain(name).strip()
    return _codes().get(bare) or _codes().get(_SUFFIX.sub("", bare))


_CALLED = re.compile(
    r"(?<=[\w.’'])(?:[ \t:–-]{1,3}|[ \t]{1,16}(?=FLT))(?:(?:flight|flt|flug|vol|vuelo|volo|vlucht|voo)\s?(?:number|no\.?|nr\.?|nummer|n°|#)?[ :#]{0,2})?"
    r"0*(\d{2,4})(?![\w%€$£]|[.,:/-]\d|\s?(?:€|EUR|USD|GBP|kg|hours?|hrs?|days?|years?|miles|points|stars?|minutes|\d))",
    re.IGNORECASE,
)
"""The number of a flight that is called by its airline's name: `Delta 1432`, `Air France Flight 12`."""
_MAX_NAME = 40
_SUFFIX = re.compile(r"\s(?:airlines|air lines|airways)$")


def _called(text: str) -> Iterator[tuple[int, re.Match[str], str]]:
    """Return where flights are called by names of airlines, their numbers, and the airlines' codes."""
    for found in _CALLED.finditer(text):
        line = text[max(0, found.start() - _MAX_NAME) : found.start()].rpartition("\n")[2].rpartition("\t")[2]
        words = plain(line).split()
        for count in range(min(_MOST_WORDS, len(words)), 0, -1):
            name = " ".join(words[-count:])
            code = _codes().get(name) or _codes().get(_SUFFIX.sub("", name))
            if code is not None and len(name) > len("SAS"):
                yield found.start() - len(name), found, code
                break


_MOST_WORDS = 3


def flights_named(text: str) -> set[tuple[str, str]]:
    """Return the flights that a text names, each by its carrier and number."""
    return {mark.value for mark in flight_marks(text, carrier=None, days=())}


def without_overlaps(marks: Iterator[Mark]) -> list[Mark]:
    """Return marks in order, none within another; a flight that is named twice in a row counts where it begins."""
    kept: list[Mark] = []
    end = 0
    for mark in sorted(marks, key=lambda mark: mark.start):
        is_again = any(last.value == mark.value for last in kept[-1:]) and mark.start - end < MAX_GAP
        if mark.start >= end:
            end = mark.end
            if not is_again:
                kept.append(mark)
    return kept


def flight_marks(text: str, *, carrier: str | None, days: Sequence[Day]) -> Iterator[Mark]:
    """Return where flights are named: by codes, by three letters, by names, and by numbers of `carrier`."""
    yield from _by_code(text, carrier=carrier)
    for found in _BY_ICAO.finditer(text):
        yield Mark("flight", found.start(), found.end(), (_ICAO[found[1]], found[2]))
    for start, found, code in _called(text):
        if not any(day.start < found.end() and found.start(1) < day.end for day in days):
            yield Mark("flight", start, found.end(), (code, found[1]))
    if carrier is not None:
        for found in (*_BY_NAME.finditer(text), *_BY_COLUMN.finditer(text)):
            yield Mark("flight", found.start(), found.end(), (carrier, found[1]))


def _by_code(text: str, *, carrier: str | None) -> Iterator[Mark]:
    known, rare = airlines(), table("airlines_rare")
    for found in _FLIGHT.finditer(text):
        code, gap, number = found[1], found[2], found[3]
        if code not in known or int(number) == 0:
            continue
        is_called_flight = _FLIGHT_WORD.search(text[max(0, found.start() - 30) : found.start()]) is not None
        if code in rare and not (is_called_flight or code == carrier or _is_called(code, text)):
            continue
        if (code in _DOUBTFUL or "-" in gap) and not (
            is_called_flight
            or (len(number) >= 3 and "-" not in gap and code not in {"AM", "PM", "DE", "AT"})
            or (code == carrier)
            or (gap == "-" and len(number) >= 3 and _is_called(code, text))
        ):
            continue
        if _AIRCRAFT.fullmatch(found[0]) and not is_called_flight:
            continue
        if _OPERATED.search(text[max(0, found.start() - 60) : found.start()]):
            continue
        if code in {"AM", "PM"} and re.search(r"\d\s?$", text[max(0, found.start() - 3) : found.start()]):
            continue
        yield Mark("flight", found.start(), found.end(), (code, number))


def _is_called(code: str, text: str) -> bool:
    """Say whether a text calls an airline by its name."""
    return any(re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE) for name in _names(code))


@cache
def _names(code: str) -> tuple[str, ...]:
    return tuple(_all_names()[code].split("|"))


def times_in(text: str, days: list[Day], reader: Reader) -> list[Mark]:
    """Return the days of travel and the hours of a text, but those at which something else is done."""
    marks = [Mark("day", day.start, day.end, day) for day in reader.days_of_travel(text)]
    clocks = list(hours(text, days=days))
    is_with_colons = sum(text[clock.start : clock.end].count(":") for clock in clocks) > 1
    marks.extend(
        Mark("hour", hour.start, hour.end, hour)
        for hour in clocks
        if not (is_with_colons and _LASTS.fullmatch(text[hour.start : hour.end]))
        and not _NOISE.search(text[max(0, hour.start - 40) : hour.start].rpartition("\n")[2])
    )
    return marks


def airport_marks(text: str) -> list[Mark]:
    """Return the codes of airports in a text."""
    found: dict[int, Mark] = {}
    for match in _PARENTHESES.finditer(text):
        if not _OF_NUMBER.search(text[max(0, match.start() - _MAX_NAME) : match.start()]):
            _add(found, match.start(1), match[1])
    for match in chain(_PAIR.finditer(text), _PAIR_OF_CELLS.finditer(text)):
        codes = {match[1], match[2]}
        if codes - _WORDS_TOO and all(
            (code not in _NOT_AIRPORTS or code in _WORDS_TOO) and airport(code) for code in codes
        ):
            _add(found, match.start(1), match[1])
            _add(found, match.start(2), match[2])
    for match in _BARE.finditer(text):
        line = text[text.rfind("\n", 0, match.start()) + 1 : text.find("\n", match.end()) % (len(text) + 1)]
        alone = line.strip(" \t:") == match[1]
        is_beside = bool(
            _CLOCK.match(text[match.end() :].lstrip(" \t,")[:5])
            or _CLOCK.search(text[max(0, match.start() - 9) : match.start()])
        )
        if (match[1] not in _NOT_AIRPORTS and (alone or _CLOCK.search(line))) or (
            match[1] in _WORDS_TOO and (alone or is_beside)
        ):
            _add(found, match.start(1), match[1])
    return list(found.values())


def _add(found: dict[int, Mark], start: int, code: str) -> None:
    if airport(code) is not None:
        found.setdefault(start, Mark("airport", start, start + 3, Place(code=code)))


_CITY = re.compile(r"(?<![\w])([A-ZÀ-ÞŁŚŻČŘŠ][\w.'’-]+(?:[ /][A-ZÀ-ÞŁŚŻČŘŠ][\w.'’-]*){0,3})")
_MAX_CITIES = 300


def cities_in(text: str, taken: set[int]) -> list[Mark]:
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


_NOT_CITIES = frozenset(["mobile", "reading", "date", "male", "nice", "split", "same", "most", "bath", "deal", "orange", "fare", "seat", "gate", "of", "best", "page", "terminal", "central", "union", "progress", "freedom", "hope", "eagle", "airlie", "green", "price", "center"])  # fmt: skip
