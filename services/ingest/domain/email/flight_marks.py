"""Flights in running text by their numbers, and days and hours of travel, each with where it stands."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache, partial
from itertools import pairwise
from typing import Any, NamedTuple

from services.ingest.domain.email import number_stretches
from services.ingest.domain.email.airlines import (
    airline_by_plain_name,
    airlines,
    calls_airline,
    may_end_airline,
)
from services.ingest.domain.email.dates import Day, Reader, hours, plain
from services.ingest.domain.email.words import table

# Expressions here begin with a sign of a few kinds, and look at what stands before it then: such a sign is found much faster.
_FLIGHT = re.compile(
    r"([A-Z\d](?<![\w/:.][A-Z\d])(?:(?<=[A-Z])[A-Z\d]|(?<=\d)[A-Z]))(\s?-?[^\S\n]?)0*(\d{1,4})(?![A-Za-z0-9_%€$£]|[.,:]\d|\s?(?:€|EUR|USD|GBP|kg|KG|km))"
)
ICAO = {
    "EZY": "U2", "EJU": "EC", "EZS": "DS", "RYR": "FR", "DLH": "LH", "BAW": "BA", "AFR": "AF", "KLM": "KL", "SWR": "LX",
    "AUA": "OS", "EWG": "EW", "WZZ": "W6", "VLG": "VY", "IBE": "IB", "TAP": "TP", "SAS": "SK", "FIN": "AY", "NAX": "DY",
    "ANA": "NH", "JAL": "JL", "UAL": "UA", "DAL": "DL", "AAL": "AA", "SWA": "WN", "JBU": "B6", "ACA": "AC", "THY": "TK", "UAE": "EK", "QFA": "QF",
    "SKY": "BC", "ADO": "HD", "SNJ": "6J", "SNA": "6J", "SFJ": "7G", "IBX": "FW", "APJ": "MM", "JJP": "GK", "JTA": "NU", "RAC": "NU",
}  # fmt: skip
"""Three letters by which some airlines call their flights in mails, too."""
_BY_ICAO = re.compile(
    rf"({'|'.join(ICAO)})(?<![A-Za-z0-9_]...)[^\S\n]?0*(\d{{1,4}})(?:便|号)?(?![A-Za-z0-9_.,])"
)
_FLIGHT_WORD = re.compile(
    r"(?:flight|flug|vol|vuelo|volo|vlucht|voo|flyg|fly|lento|lot|let|uçuş|zbor|πτήση|járat|penerbangan|chuyến bay|рейс|เที่ยวบิน|الرحلة|טיסה|便名?|航班|항공편|편명)"
    r"\s?(?:number|no\.?|nr\.?|nummer|n°|#)?\s?[:：]?\s*$", re.IGNORECASE)  # fmt: skip
_BY_NAME = re.compile(
    r"[FfVv](?i:(?<=f)(?:light|lug)|(?<=v)(?:ol|uelo|olo|lucht|oo))(?:\s?¦)?(?i:\s?(?:number|no\.?|nr\.?|nummer|n°|#)?)"
    r"\s?[:：]?\s?0*(\d{2,4})(?![\w:.,])"
)
_BY_COLUMN = re.compile(
    r"^[ \t]*(?=[^\W\d_]|\d)[^\n]{5,24}?(?:\t|[ ]{2,})0*(\d{2,4})(?:\t|[ ]{2,})(?=[^\n]{2,60}\([A-Z]{3}\))",
    re.MULTILINE,
)
"""A number alone in its column, between the day and the airports."""
_DOUBTFUL = frozenset(
    ["AM", "PM", "NO", "AT", "IN", "TO", "IS", "OR", "ME", "SO", "BY", "ON", "DE", "EN", "LA", "LE", "UM", "AN",
     "AS", "DO", "IT", "MY", "OK", "HI", "TV", "PC", "EC", "EI", "RO", "SU", "DX", "TR", "BE", "AR", "AC", "AD", "BC", "PR"]
)  # fmt: skip
"""Carriers whose codes are words or signs of fares, too: they need the word for flight before them, or three digits right behind."""
_HOW_LONG = (
    r"duration|dauer|reisezeit|durée|duración|durata|flight time|flugzeit|flugdauer|travel time|journey time|reisedauer|fahrzeit|"
    r"temps de (?:vol|trajet)|tiempo de (?:vuelo|viaje)|tempo di (?:volo|viaggio)|duração|tempo de (?:voo|viagem)|reistijd|"
    r"vliegtijd|reisduur|czas (?:lotu|podróży|przelotu|jazdy)|restid|flygtid|reisetid|flytid|rejsetid|flyvetid|matka-aika|"
    r"lentoaika|doba (?:letu|jízdy)|repülési idő|menetidő|durata zborului|uçuş süresi|время в пути|час \w дорозі|"
    r"тривалість|διάρκεια|所要時間|飛行時間|飞行时间|飞行时长|全程|소요\s?시간|비행\s?시간|ระยะเวลา|waktu tempuh|durasi|"
    r"thời gian bay|مدة الرحلة|משך הטיסה"
)
_NOISE = re.compile(
    r"(?<!\w)(?:check[- ]?in|boarding|einstieg|einsteigen|embarquement|embarque|imbarco|instappen|closes?|opens?|"
    r"layover|stopover|connection|umstieg|aufenthalt|by|before|gate|printed|issued|booked|"
    rf"sent|latest|deadline|spätestens|meal|{_HOW_LONG})[^\d\n]{{0,18}}$", re.IGNORECASE)  # fmt: skip
_LASTS_BELOW = re.compile(rf"(?:^|[\n\t])\W{{0,4}}(?:{_HOW_LONG})\W{{0,4}}\n[ \t]*\Z", re.IGNORECASE)
"""A row of its own above how long a flight takes."""
_OPERATED = re.compile(
    r"(?:operated by|operating flight|durchgeführt von|ausgeführt von|opéré par|exploité par|effectué par|operado por|operato da|"
    r"uitgevoerd door|flys av|flyves af)(?:[^\n]{0,40}|[ \t:]{0,3}\n{1,2})\Z", re.IGNORECASE)  # fmt: skip
"""Before the number under which another airline flies what was booked."""
_LASTS = re.compile(r"\d{1,2}\s?h\s?\d{2}", re.IGNORECASE)
"""How long a flight takes, where the hours of the same text have colons: `3h20`."""
_AIRCRAFT = re.compile(r"A3[1-8]0|A31[89]|A32[01]|A220|B7[1-8][7-9]|B73\d|E1[79][05]")
"""Types of aircraft that read like a carrier's code and a number."""
_CALLED = re.compile(
    r"[ \t:–-](?=[ \t:–\-\dFV])(?<=[\w.’'].)(?:[ \t:–-]{0,2}|(?<=[ \t])[ \t]{0,15}(?=FLT))(?:(?:flight|flt|flug|vol|vuelo|volo|vlucht|voo)\s?(?:number|no\.?|nr\.?|nummer|n°|#)?[ :#]{0,2})?"
    r"0*(\d{2,4}|\d(?=,|[ \t]*$))(?![\w%€$£]|[.,:/-]\d|\s?(?:€|EUR|USD|GBP|kg|hours?|hrs?|days?|years?|miles|points|stars?|minutes|\d))",
    re.IGNORECASE | re.MULTILINE,
)
"""The number of a flight that is called by its airline's name: `Delta 1432`, `Air France Flight 12`, `Lufthansa 4, Economy`."""
_CABIN = re.compile(r",\s?(?:premium|economy|eco\b|business|first)", re.IGNORECASE)
"""A single digit behind an airline's name may be a count or a gate, but not before the cabin."""
_MAX_NAME = 40
_MOST_WORDS = 3
MAX_GAP = 300
"""Between marks of one leg: beyond are other matters, such as when somebody answers the telephone."""


class Mark(NamedTuple):
    """Something in the text that a leg may be made of."""

    kind: str
    start: int
    end: int
    value: Any


def _called(text: str) -> Iterator[tuple[int, re.Match[str], str]]:
    """Return where flights are called by names of airlines, their numbers, and the airlines' codes."""
    for found in number_stretches.finditer(_CALLED, text):
        line = text[max(0, found.start() - _MAX_NAME) : found.start()].rpartition("\n")[2].rpartition("\t")[2]
        words = plain(line).split()
        if not (words and may_end_airline(words[-1])):
            continue
        for count in range(min(_MOST_WORDS, len(words)), 0, -1):
            name = " ".join(words[-count:])
            code = airline_by_plain_name(name)
            # A single digit behind a sentence may be anything.
            is_alone = len(found[1]) > 1 or count == len(words)
            if code is not None and len(name) > len("SAS") and is_alone:
                yield found.start() - len(name), found, code
                break


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


def without_lists(flights: list[Mark], text: str) -> list[Mark]:
    """Leave out flights that are named together, `for flight BA781 and BA247`, where each is named alone, too."""
    listed = {
        mark.start
        for pair in pairwise(flights)
        for mark in pair
        if _AND.fullmatch(text, pair[0].end, pair[1].start)
    }
    alone = {mark.value for mark in flights if mark.start not in listed}
    return [mark for mark in flights if mark.start not in listed or mark.value not in alone]


_AND = re.compile(r"\s?(?:,|&|\+|/|and|und|et|y|e|en|och|og|i)\s?(?:flight |flug |vol )?", re.IGNORECASE)


def flight_marks(text: str, *, carrier: str | None, days: Sequence[Day]) -> Iterator[Mark]:
    """Return where flights are named: by codes, by three letters, by names, and by numbers of `carrier`."""
    starts = [day.start for day in days]
    for mark in _by_code(text, carrier=carrier):
        if mark.end > _end_of_day_before(mark.end, days, starts):  # `MS 09 NOV`
            yield mark
    for found in number_stretches.finditer(_BY_ICAO, text):
        yield Mark("flight", found.start(), found.end(), (ICAO[found[1]], found[2]))
    for start, found, code in _called(text):
        is_flight = len(found[1]) > 1 or code == carrier or _is_called_flight(found)
        if is_flight and found.start(1) >= _end_of_day_before(found.end(), days, starts):
            yield Mark("flight", start, found.end(), (code, found[1]))
    if carrier is not None:
        for found in (*_BY_NAME.finditer(text), *_BY_COLUMN.finditer(text)):
            yield Mark("flight", found.start(), found.end(), (carrier, found[1]))


def _end_of_day_before(at: int, days: Sequence[Day], starts: Sequence[int]) -> int:
    """Return where the last day ends that begins before a place: they are in order, and none within another."""
    before = bisect_left(starts, at)
    return days[before - 1].end if before else 0


def _is_called_flight(found: re.Match[str]) -> bool:
    """Say whether a number behind an airline's name has the word for a flight before it, or a cabin behind."""
    has_word = any(map(str.isalpha, found[0]))
    return has_word or _CABIN.match(found.string, found.end()) is not None


def _by_code(text: str, *, carrier: str | None) -> Iterator[Mark]:
    known, rare = airlines(), table("airlines_rare")
    is_called = cache(partial(calls_airline, text))  # looks through the whole text
    for found in number_stretches.finditer(_FLIGHT, text):
        code, gap, number = found[1], found[2], found[3]
        if code not in known or int(number) == 0:
            continue
        is_called_flight = _FLIGHT_WORD.search(text[max(0, found.start() - 30) : found.start()]) is not None
        if code in rare and not (is_called_flight or code == carrier or is_called(code=code)):
            continue
        if (code in _DOUBTFUL or "-" in gap) and not (
            is_called_flight
            or (len(number) >= 3 and "-" not in gap and code not in {"AM", "PM", "DE", "AT"})
            or (code == carrier)
            or (
                gap == "-"
                and (
                    is_called(code=code)
                    if len(number) > 2
                    else calls_airline(_just_before(text, found), code=code)
                )
            )
        ):
            continue
        if _AIRCRAFT.fullmatch(found[0]) and not is_called_flight:
            continue
        if _OPERATED.search(text[max(0, found.start() - 60) : found.start()]):
            continue
        if code in {"AM", "PM"} and re.search(r"\d\s?$", text[max(0, found.start() - 3) : found.start()]):
            continue
        yield Mark("flight", found.start(), found.end(), (code, number))


def _just_before(text: str, found: re.Match[str]) -> str:
    """Return what stands in the line of a number before it, or in the line above."""
    return text[max(0, found.start() - _MAX_NAME) : found.start()]


def times_in(text: str, days: list[Day], reader: Reader) -> list[Mark]:
    """Return the days of travel and the hours of a text, but those at which something else is done."""
    marks = [Mark("day", day.start, day.end, day) for day in reader.days_of_travel(text)]
    clocks = list(hours(text, days=days))
    is_with_colons = sum(text[clock.start : clock.end].count(":") for clock in clocks) > 1
    marks.extend(
        Mark("hour", hour.start, hour.end, hour)
        for hour in clocks
        if not (is_with_colons and _LASTS.fullmatch(text[hour.start : hour.end]))
        and not _is_of_something_else(text[max(0, hour.start - _MAX_NAME) : hour.start])
    )
    return marks


def _is_of_something_else(before: str) -> bool:
    """Say whether an hour is no departure's or arrival's, by the words before it or in a row of their own above."""
    line = before.rpartition("\n")[2]
    if line.strip():
        return _NOISE.search(line) is not None
    return _LASTS_BELOW.search(before) is not None
