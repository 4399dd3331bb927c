"""Airports in running text, by their codes or by the names of cities, each with where it stands."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import chain

from schemas.features import name_words
from schemas.segments import Place
from services.ingest.domain.cities import main_airport
from services.ingest.domain.email.airlines import airline_called
from services.ingest.domain.email.flight_marks import Mark
from services.ingest.domain.places import airport, airport_named

_PARENTHESES = re.compile(r"[(\[]\s?([A-Z]{3})(?=\s?[)\],/–-]|\s(?:Terminal|T\d))")
_PAIR = re.compile(
    r"([A-Z](?<!\w.)[A-Z]{2})\s?(?:-|–|—|→|➔|➜|✈|»|>|->|/|to|(?<=\s)T[oO]:?(?=\s)|nach|à|a|bis|naar|\t)\s?(?=([A-Z]{3})(?!\w))"
)
_PAIR_OF_CELLS = re.compile(r"^([A-Z]{3})(?:\t[^\t\n]{0,16})?\t([A-Z]{3})$", re.MULTILINE)
"""A row of two codes, with at most how long it takes between them."""
_OF_NUMBER = re.compile(r"\b(?:number|code|reference|locator|reserva|réservation|booking)\s?$", re.IGNORECASE)
"""Before `(PNR)`, which is a city's code, too."""
_OF_PEOPLE = frozenset(["ADT", "CHD", "CNN", "INF", "INS", "MRS", "MSR", "YTH"])
"""What stands in brackets behind the name of a passenger, and is an airport elsewhere."""
_CLOCK = re.compile(r"(?<!\d)\d{1,2}[:.h]\d{2}(?!\d)")
_BEHIND_CITY = re.compile(
    r"[-–](?:(?<=[^\W\d_]{3} .)|(?<=[^\W\d_]{3} [A-Z]{2} .)|(?<=[^\W\d_]{3}, [A-Z]{2} .)) ([A-Z]{3})(?=[ \t]*(?:$|[\n,(¦]|\t|Terminal|T\d))",
    re.MULTILINE,
)
"""`Fort Myers, FL - RSW`."""
_BEFORE_NAME = re.compile(r"(?:^|:)[ \t]{0,12}([A-Z]{3}) [-–] (?=[^\W\d_]{4})", re.MULTILINE)
"""`Airport:   FRA - Frankfurt Intl`."""
_LAST_IN_LINE = re.compile(r"^([^\W\d_][^\n\d]{2,60}?), ([A-Z]{3})(?=[ \t]*$)", re.MULTILINE)
"""`Rome, Fiumicino Airport, FCO`: a country's three letters are some other city's."""
_BARE = re.compile(r"([A-Z](?<![\w(].)[A-Z]{2})(?![\w])")
_NOT_AIRPORTS = frozenset(
    ["THE", "AND", "FOR", "DAY", "NOT", "ALL", "AIR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC", "JAN", "FEB", "MAR", "APR", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN", "EUR", "USD", "GBP", "CHF", "PNR", "VIA", "TAX", "FEE", "INC", "PDF", "VAT", "MRS", "MST", "REF", "TEL", "FAX", "YOU", "ARE", "YES", "ONE", "TWO", "END", "NEW", "OUR", "BAG", "BUS", "CAR", "WEB", "APP", "DEP", "ARR", "DUR", "CET", "UTC", "GMT", "PST", "EST", "CST", "MST", "INF", "ADT", "CHD", "STD", "ECO", "BIZ", "ABC", "COM", "ORG", "NET", "WWW", "DES", "DEN", "BIN", "ICH", "SIE", "IHR", "UND", "VON", "BIS", "FUR", "DER", "DIE", "DAS", "EIN", "LES", "UNE", "SUR", "PAR", "PAS", "CON", "POR", "LOS", "LAS", "DEL", "UNA", "SON", "SER", "NON", "PER", "DEI", "NEL", "IST", "UHR", "MAI", "DEZ", "OKT", "ANA", "SAS", "KLM", "LOT", "TAP", "PIA", "JAL", "GOL", "KGS", "PCS", "OFF", "BUY", "WIN", "SET", "OUT", "OFF", "USE", "SMS", "FAQ", "TTC", "HKD", "AUD", "CAD", "JPY", "SEK", "NOK", "DKK", "PLN", "NVA", "NVB", "NVD", "EMD", "TKT", "ETA", "ETD", "STA", "MIN", "HRS", "RES"]
)  # fmt: skip
_WORDS_TOO = frozenset({"LAS", "DEN", "DEL"})
"""Large airports among them: alone in a line or right beside an hour they are meant."""
_MAX_BEFORE = 40


def airport_marks(text: str) -> list[Mark]:
    """Return the codes of airports in a text."""
    found: dict[int, Mark] = {}
    for match in _PARENTHESES.finditer(text):
        is_number = _OF_NUMBER.search(text[max(0, match.start() - _MAX_BEFORE) : match.start()]) is not None
        if not is_number and match[1] not in _OF_PEOPLE:
            _add(found, match.start(1), match[1])
    for match in chain(_PAIR.finditer(text), _PAIR_OF_CELLS.finditer(text)):
        codes = {match[1], match[2]}
        if codes - _WORDS_TOO and all(
            (code not in _NOT_AIRPORTS or code in _WORDS_TOO) and airport(code) for code in codes
        ):
            _add(found, match.start(1), match[1])
            _add(found, match.start(2), match[2])
    for match in chain(_BEHIND_CITY.finditer(text), _BEFORE_NAME.finditer(text)):
        if match[1] not in _NOT_AIRPORTS:
            _add(found, match.start(1), match[1])
    for match in _bare_codes(text):
        _add(found, match.start(1), match[1])
    for match in _LAST_IN_LINE.finditer(text):
        if (row := airport(match[2])) is not None and name_words(match[1]) & name_words(row.city):
            _add(found, match.start(2), match[2])
    return list(found.values())


def _bare_codes(text: str) -> Iterator[re.Match[str]]:
    """Give the codes that stand alone in their line, or in one with an hour; each line is looked at once."""
    stops, words, has_clock = -1, "", False
    for match in _BARE.finditer(text):
        if match.start() >= stops:
            begins = text.rfind("\n", 0, match.start()) + 1
            stops = text.find("\n", match.end()) % (len(text) + 1)
            words = text[begins:stops].strip(" \t:")
            has_clock = _CLOCK.search(text, begins, stops) is not None
        if match[1] not in _NOT_AIRPORTS:
            is_meant = has_clock or words == match[1] or _is_behind_its_city(match, text)
        else:
            is_meant = match[1] in _WORDS_TOO and (words == match[1] or _is_beside_clock(match, text))
        if is_meant:
            yield match


def _is_behind_its_city(code: re.Match[str], text: str) -> bool:
    """Say whether right before a code stands the city that it is of: `London LHR`."""
    city = _CITY_AHEAD.search(text, max(0, code.start() - _MAX_BEFORE), code.start())
    row = airport(code[1]) if city is not None else None
    return city is not None and row is not None and not name_words(city[1]).isdisjoint(name_words(row.city))


_CITY_AHEAD = re.compile(r"([^\W\d_]{3,}) \Z")


def _is_beside_clock(code: re.Match[str], text: str) -> bool:
    """Say whether an hour stands right beside a code."""
    blanks = _BLANKS.match(text, code.end())
    behind = code.end() if blanks is None else blanks.end()
    return bool(
        _CLOCK.match(text[behind : behind + len("10:35")])
        or _CLOCK.search(text[max(0, code.start() - 9) : code.start()])
    )


_BLANKS = re.compile(r"[ \t,]+")


def _add(found: dict[int, Mark], start: int, code: str) -> None:
    if airport(code) is not None:
        found.setdefault(start, Mark("airport", start, start + 3, Place(code=code)))


def are_apart(one: Mark, other: Mark) -> bool:
    """Say whether two marks are of different airports, or are no airports and different."""
    if one.kind == other.kind == "airport" and one.value.code and other.value.code:
        return one.value.code != other.value.code
    return one.value != other.value


def cities_beside(airports: list[Mark], text: str) -> list[Mark]:
    """Find cities by their names beside the codes of a text, but those whose airport's code stands right beside."""
    cities = _without_headings(cities_in(text, {mark.start for mark in airports}), airports, text)
    ends, starts = {mark.end: mark for mark in airports}, {mark.start: mark for mark in airports}
    return [
        city
        for city in cities
        if not any(
            mark is not None and mark.value.code in (main_airport(city.value.name)[1] | {city.value.code})
            for mark in (
                _at(starts, city.end, _TO_CODE.match(text, city.end)),
                _at(ends, city.start, _TO_NAME.search(text, max(0, city.start - 4), city.start)),
                starts.get(city.end - len("OSL")),  # `Oslo OSL`
            )
        )
    ]


def _without_headings(cities: list[Mark], airports: list[Mark], text: str) -> list[Mark]:
    """Leave out the city of `Your flight to Amsterdam`, where it is named again as an end of that flight."""
    headed = [city for city in cities if _HEADING.search(text, max(0, city.start - _MAX_BEFORE), city.start)]
    return [
        city
        for city in cities
        if city not in headed
        or not any(
            city.value.code is not None and other.value.code == city.value.code
            for other in (*cities, *airports)
            if other not in headed
        )
    ]


_HEADING = re.compile(
    r"\b(?:flight|trip|journey|flug|reise|vlucht|reis|vol|voyage|vuelo|viaje|volo|viaggio|voo|viagem|flyg|resa|rejse)\s"
    r"(?:to|nach|naar|pour|à|vers|a|para|per|till|til)\s$",
    re.IGNORECASE,
)


def _at(marks: dict[int, Mark], here: int, gap: re.Match[str] | None) -> Mark | None:
    """Return the mark at the other side of a gap, or right here where there is none."""
    if gap is None:
        return marks.get(here)
    return marks.get(gap.end() if gap.start() == here else gap.start())


_TO_CODE = re.compile(r"[ \t]?[(\[]?[ \t]?|[ \t]?[-–,][ \t]?")
_TO_NAME = re.compile(r"[)\]]?[ \t]?[-–,]?[ \t]?$")
_CITY = re.compile(r"(?<![^\W\d])(?<!_)([A-ZÀ-ÞŁŚŻČŘŠ][\w.'’-]+(?:[ /][A-ZÀ-ÞŁŚŻČŘŠ][\w.'’-]*){0,3})")
_MAX_CITIES = 300


def cities_in(text: str, taken: set[int]) -> list[Mark]:
    """Find cities by their names, for texts that have no codes; names that explain each other are one place."""
    found: list[Mark] = []
    for _, match in zip(range(_MAX_CITIES), _CITY.finditer(text), strict=False):
        named = _longest(match[1])
        if named is None or match.start() + named[0] in taken:
            continue
        start, place = match.start() + named[0], _explained(named[1], text, match.end())
        between = text[found[-1].end : start] if found else "\n"
        if found and re.fullmatch(
            r"(?:[\s,(/-]|\b[A-Z]{2}\b|\([A-Z]{2}\))*[(,](?:[\s,(/-]|\b[A-Z]{2}\b)*", between
        ):
            both = airport_named(f"{found[-1].value.name or ''} {place.name or ''}")
            code = both or found[-1].value.code or place.code
            found[-1] = found[-1]._replace(end=match.end(), value=Place(code=code, name=found[-1].value.name))
        elif found and not between.strip() and (code := _of_both(found[-1].value, place)) is not None:
            found[-1] = found[-1]._replace(end=match.end(), value=Place(code=code, name=found[-1].value.name))
        else:
            found.append(Mark("airport", start, match.end(), place))
    return found


def _of_both(city: Place, place: Place) -> str | None:
    """Return the airport of a city whose own name stands below it: `SAO PAULO`, `GUARULHOS INTL`."""
    if city.code is not None and city.code == place.code:
        return city.code
    return airport_named(f"{city.name} {place.name}")


_EXPLANATION = re.compile(r"(?:,? [A-Z]{2})? \(([^()\n\d]{3,40})\)")


def _explained(city: Place, text: str, end: int) -> Place:
    """Return the airport that is told behind its city: `BERLIN, DE (TEGEL)`."""
    behind = _EXPLANATION.match(text, end)
    code = airport_named(f"{city.name} {behind[1]}") if behind is not None else None
    return city if code is None else city.model_copy(update={"code": code})


def _longest(phrase: str) -> tuple[int, Place] | None:
    """Return where in a phrase its longest words that name a city or airport begin, and the place."""
    words = re.split(r"[ /]", phrase)
    for first in range(len(words)):
        for last in range(len(words), first, -1):
            place = _city(" ".join(words[first:last]))
            if place is not None and not _is_in_airline(first, words):
                return phrase.find(words[first]), place
    return None


def _is_in_airline(at: int, words: list[str]) -> bool:
    """Say whether a word stands in the name of an airline: `Brussels Airlines` is no city."""
    return any(
        airline_called(" ".join(words[first:last])) is not None
        for first in range(at + 1)
        for last in range(max(at + 1, first + 2), len(words) + 1)
    )


@cache
def _city(name: str) -> Place | None:
    bare = name.strip(".,'’")
    is_other = (
        bare.upper() in _NOT_AIRPORTS or bare.lower() in _NOT_CITIES or airline_called(bare) is not None
    )
    if len(bare) < 4 or is_other:
        return None
    exact = airport_named(bare) if len(bare.split()) > 1 else None
    if exact is not None:
        return Place(code=exact, name=bare.title() if bare.isupper() else bare)
    code, codes = main_airport(bare)
    if not codes and (exact := airport_named(bare)) is not None and len(bare) > 6:
        code, codes = exact, frozenset([exact])
    region, _, city = bare.rpartition("-")
    if not codes and region and not main_airport(region)[1]:
        code, codes = main_airport(city)  # `Sicily-Catania`, but not `Oslo-Torp`
    if not codes:
        return None
    return Place(code=code, name=bare.title() if bare.isupper() else bare)


_NOT_CITIES = frozenset(["mobile", "reading", "date", "male", "nice", "split", "same", "most", "bath", "deal", "orange", "fare", "seat", "gate", "of", "best", "page", "terminal", "central", "union", "progress", "freedom", "hope", "eagle", "airlie", "green", "price", "center", "save", "alert", "alma", "augustus", "boende", "carsamba", "crossing", "cuyo", "estancia", "fevereiro", "lock", "mayo", "mesa", "nome", "novembre", "noviembre", "pago", "salida", "hola", "gracias", "valley", "liberty"])  # fmt: skip
