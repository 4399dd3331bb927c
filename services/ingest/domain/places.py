"""Where in the world an airport is, by a table that the package `airportsdata` brings along."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import airportsdata

from schemas.features import name_words


class Airport(NamedTuple):
    """An airport as the table knows it."""

    code: str
    name: str
    city: str
    country: str
    """ISO 3166, two letters."""
    zone: str


@cache
def _airports() -> Mapping[str, Airport]:
    return {
        code: Airport(code, row["name"], row["city"], row["country"], row["tz"])
        for code, row in airportsdata.load("IATA").items()
    }


_FORMER = {
    "KIV": ("Chișinău", "RMO"), "TSE": ("Astana", "NQZ"), "FRU": ("Bishkek", "BSZ"),
    "PNH": ("Phnom Penh", "KTI"), "REP": ("Siem Reap", "SAI"), "SXF": ("Berlin", "BER"),
    "THF": ("Berlin", "BER"), "MHP": ("Minsk", "MSQ"), "IZM": ("Izmir", "ADB"), "EAP": ("Basel", "BSL"),
    "FBU": ("Oslo", "OSL"), "RYG": ("Rygge", "OSL"), "DSA": ("Doncaster", "LBA"),
    "PFN": ("Panama City", "ECP"),
}  # fmt: skip
"""Codes that were given up, which older mails have: of which city, and one that is near it today."""


@cache
def _former() -> Mapping[str, Airport]:
    near = {code: _airports()[today] for code, (_, today) in _FORMER.items() if today in _airports()}
    return {
        code: Airport(code, _FORMER[code][0], _FORMER[code][0], row.country, row.zone)
        for code, row in near.items()
    }


def airport(code: str) -> Airport | None:
    """Return an airport by its IATA code, or None where the table does not know it."""
    code = code.strip().upper()
    return _airports().get(code) or _former().get(code)


def zone_of_airport(code: str) -> str | None:
    """Return the IANA zone of an airport by its IATA code, or None where the table does not know it."""
    found = airport(code)
    return None if found is None else found.zone


@cache
def _zones_of_countries() -> Mapping[str, str]:
    """Countries that keep one time; some table rows of tiny fields lie on the wrong side of a border."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in _airports().values():
        counts[row.country][row.zone] += 1
    return {country: next(iter(zones)) for country, zones in counts.items() if len(zones) == 1}


@cache
def _zones_of_cities() -> Mapping[tuple[str, frozenset[str]], frozenset[str]]:
    """By country, or none, and the words of the city's name."""
    zones: dict[tuple[str, frozenset[str]], set[str]] = defaultdict(set)
    for row in _airports().values():
        if row.city:
            for country in (row.country, ""):
                zones[country, name_words(row.city)].add(row.zone)
    return {named: frozenset(found) for named, found in zones.items()}


def zone_of_city(city: str | None, *, country: str) -> str | None:
    """Return the zone of a country that keeps one time, or of its one city of a name that has an airport.

    Args:
        city: as a sender writes it.
        country: ISO 3166, two letters; of another country nothing is known.
    """
    code = country.strip().upper()
    zone = _zones_of_countries().get(code)
    if zone is None and city and code:
        found = _zones_of_cities().get((code, name_words(city)), frozenset())
        zone = next(iter(found)) if len(found) == 1 else None
    return zone


def zones_of_airports(city: str) -> frozenset[str]:
    """Return the zones of all airports of cities of a name, in any country."""
    return _zones_of_cities().get(("", name_words(city)), frozenset())


@cache
def _codes_by_word() -> Mapping[str, frozenset[str]]:
    codes: dict[str, set[str]] = defaultdict(set)
    for row in _airports().values():
        for word in name_words(f"{row.name} {row.city}"):
            codes[word].add(row.code)
    return {word: frozenset(found) for word, found in codes.items()}


@cache
def _codes_by_city() -> Mapping[frozenset[str], frozenset[str]]:
    codes: dict[frozenset[str], set[str]] = defaultdict(set)
    for row in _airports().values():
        for name in {row.city, *row.city.split("/")}:  # `Oulu / Oulunsalo` is called by either
            if words := name_words(name):
                codes[words].add(row.code)
    return {words: frozenset(found) for words, found in codes.items()}


def airports_of_city(name: str) -> frozenset[str]:
    """Return the codes of all airports of a city, by its name alone."""
    return _codes_by_city().get(name_words(name), frozenset())


def airport_named(name: str) -> str | None:
    """Return the code of the one airport whose name and city hold every word, or None."""
    words = [word for word in name_words(name) if word not in _AIRPORT_WORDS]
    found: frozenset[str] | None = None
    for word in words:
        codes = _codes_by_word().get(word, frozenset())
        found = codes if found is None else found & codes
        if not found:
            return None
    return next(iter(found)) if found and len(found) == 1 else None


def airport_cut_short(name: str) -> str | None:
    """Return the code of a city's only airport that is called like the last word: `STOCKHOLM ARLAN`."""
    city, _, rest = name.strip().rpartition(" ")
    cut = name_words(rest)
    if not city or len(cut) != 1 or len(begins := next(iter(cut))) < _SHORTEST_CUT:
        return None
    found = {
        code
        for code in airports_of_city(city)
        if any(word.startswith(begins) for word in name_words(_airports()[code].name))
    }
    return next(iter(found)) if len(found) == 1 else None


_SHORTEST_CUT = 3
_AIRPORT_WORDS = name_words("Airport International Intl Flughafen Aeroport Aeropuerto Aeroporto Terminal")


@cache  # of which there are some six hundred; the library keeps eight, and reads the file of any other again
def zone_called(name: str) -> ZoneInfo:
    """Return a zone by its name; raises what `ZoneInfo` raises where there is none."""
    return ZoneInfo(name)


def offset_at(local: str, zone: ZoneInfo, *, fold: int = 0) -> int | None:
    """Return how far a local time is ahead of UTC in its zone, in minutes.

    A date alone stands for its whole day, and what is over when that is needs the offset at its end; on
    days on which the clocks change that is another than in the morning.

    Args:
        local: `YYYY-MM-DDThh:mm:ss`, or `YYYY-MM-DD`.
        zone: where.
        fold: 1 for the second of two equal hours.
    """
    clock = datetime.fromisoformat(local if "T" in local else f"{local}T23:59:59")
    offset = clock.replace(tzinfo=zone, fold=fold).utcoffset()
    return None if offset is None else round(offset.total_seconds() / 60)
