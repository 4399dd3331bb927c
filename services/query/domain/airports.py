"""Airports by what people call them, by a table that the package `airportsdata` brings along."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import chain
from typing import NamedTuple

import airportsdata

from schemas.cities import airports_by_another_name, city_key, inhabitants, known_city, main_airports
from schemas.trade_codes import CITY_OF_AIRPORT

_CODE_LETTERS = 3


class Airport(NamedTuple):
    """An airport as the table knows it; degrees."""

    code: str
    name: str
    city: str
    country: str
    """ISO 3166, two letters."""
    longitude: float
    latitude: float
    zone: str


@cache
def _airports() -> Mapping[str, Airport]:
    return {
        code: Airport(code, row["name"], row["city"], row["country"], row["lon"], row["lat"], row["tz"])
        for code, row in airportsdata.load("IATA").items()
    }


def airports() -> Iterable[Airport]:
    """Return all airports."""
    return _airports().values()


def airport(code: str) -> Airport | None:
    """Return an airport by its IATA code, None where the table does not know it."""
    return _airports().get(code.strip().upper())


def airports_called(said: str) -> tuple[Airport, ...]:
    """Return the airports that a person may mean by a code or by a city's name, the larger first.

    Three letters are a code where they are capitals, or name no city. Ulm has no airport, and is not New Ulm,
    whose code it is: then there is none.
    """
    word = said.strip()
    coded = airport(word) if len(word) == _CODE_LETTERS else None
    if coded is not None and word.isupper():
        return (coded,)
    named = _of_city(word) or (frozenset() if coded else _of_city_that_begins(word))
    if coded is not None and (named or not _is_rather_a_city(word, than=coded)):
        named |= {coded}
    meant = _meant_by(word)
    return tuple(sorted(named, key=lambda one: (one.code not in meant, *_larger_first(one))))


def _of_city(name: str) -> frozenset[Airport]:
    of_its_name = (_by_city().get(key, frozenset[Airport]()) for key in _keys(name))
    return frozenset(one for code in _meant_by(name) if (one := airport(code)) is not None).union(
        *of_its_name
    )


def _meant_by(name: str) -> frozenset[str]:
    """Return the airports that people mean by a name, whatever the table calls their cities."""
    mains = (main_airports()[key] for key in _keys(name) if key in main_airports())
    others = (airports_by_another_name(each) for each in (name, known_city(name)))
    return frozenset(chain(mains, *others))


def _keys(name: str) -> set[frozenset[str]]:
    return {key for key in (city_key(name), city_key(known_city(name))) if any(key)}


def _of_city_that_begins(name: str) -> frozenset[Airport]:
    key, count = city_key(name), len(name.split())
    begins = (one for one in airports() if city_key(" ".join(one.city.split()[:count])) == key)
    return frozenset(begins if any(key) else ())


@cache
def _by_city() -> Mapping[frozenset[str], frozenset[Airport]]:
    found: dict[frozenset[str], set[Airport]] = defaultdict(set)
    for one in airports():
        for part in (one.city, *_PARTS.split(one.city)):
            found[city_key(part)].add(one)
    return {key: frozenset(some) for key, some in found.items()}


_PARTS = re.compile(r"[/(),]")
"""The table writes `Pau/Pyrenees (Uzein)`."""


def _is_rather_a_city(word: str, *, than: Airport) -> bool:
    """Say whether a word is a city without an airport, and not a code that many know however written."""
    return bool(inhabitants(word)) and than.code not in main_airports().values()


def _people(one: Airport) -> int:
    return max(_people_of(part, zone=one.zone) for part in _PARTS.split(one.city))


def _people_of(city: str, *, zone: str) -> int:
    """Return how many live in the city of a name there; tables differ in some zones of one clock."""
    towns = inhabitants(city)
    return towns.get(zone, next(iter(towns.values())) if len(towns) == 1 else 0)


def _larger_first(one: Airport) -> tuple[int, int, str]:
    return -_people(one), _OF_LARGE_CITIES.get(one.code, len(_OF_LARGE_CITIES)), one.code


_OF_LARGE_CITIES = {code: place for place, code in enumerate(CITY_OF_AIRPORT)}
"""Those of each city stand with the larger first."""
