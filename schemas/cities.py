"""Cities by what people call them: in other languages, and where a name stands for several of them.

Tables, not rules: `cities.tsv` is who lives in cities of one name, `cities.toml` what else people mean.
"""

import tomllib
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from schemas.features import name_words

_BY_FAR = 10
"""So many times as many people live in the city that everybody means as in any namesake."""
_LARGE = 100_000
_TOWN = 20_000
"""Namesakes that are smaller are not thought of."""


def city_key(name: str) -> frozenset[str]:
    """Return what names of one city have in common; of one in letters that have none of ours, itself."""
    return name_words(name) or frozenset([name.strip()])


def known_city(name: str) -> str:
    """Return a city by the name that the table of airports has for it, or as it was given."""
    return _names().get(city_key(name), name)


def main_airports() -> Mapping[frozenset[str], str]:
    """Return the airport that a city's name means, where that has several, or a namesake has one."""
    return _main()


def airports_by_another_name(name: str) -> tuple[str, ...]:
    """Return the airports of what the table of airports does not call so, the larger first."""
    return _airports().get(city_key(name), ())


def inhabitants(name: str) -> Mapping[str, int]:
    """Return how many live in the cities of a name, by zone; only of towns that one may think of."""
    known = _inhabitants()
    return known.get(city_key(name)) or known.get(city_key(known_city(name)), _NOBODY)


def zone_meant(name: str) -> str | None:
    """Return the zone of the city that everybody means by a name, None where it may be another one.

    Canton is a city in Ohio before it is another name of Guangzhou, and so neither.
    """
    keys = [city_key(name), city_key(known_city(name))]
    if not _doubtful().isdisjoint(keys[:1]):
        return None
    if (vetted := _zones().get(keys[0])) is not None:
        return vetted
    told = {
        _zones().get(key) or _zone_of_most(_inhabitants().get(key, _NOBODY))
        for key in keys
        if key in _zones() or key in _inhabitants()
    }
    return next(iter(told)) if len(told) == 1 else None


def zones_possible(name: str) -> frozenset[str]:
    """Return the zones of all that may be meant by a name, as far as the tables know."""
    towns = frozenset(zone for zone, people in inhabitants(name).items() if people >= _TOWN)
    meant = zone_meant(name)
    return towns if meant is None else towns | {meant}


def _zone_of_most(people: Mapping[str, int]) -> str | None:
    (zone, most), *others = sorted(people.items(), key=lambda row: -row[1]) or [("", 0)]
    is_meant = most >= _LARGE and all(most >= _BY_FAR * few for _, few in others)
    return zone if is_meant else None


_NOBODY: Mapping[str, int] = MappingProxyType({})


def _text(name: str) -> str:
    return files("schemas").joinpath(name).read_text(encoding="utf-8")


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_text("cities.toml"))


@cache
def _names() -> Mapping[frozenset[str], str]:
    return {
        city_key(other): known for known, others in _table()["names"].items() for other in others.split("|")
    }


@cache
def _zones() -> Mapping[frozenset[str], str]:
    return {city_key(city): zone for zone, cities in _table()["zones"].items() for city in cities.split("|")}


@cache
def _doubtful() -> frozenset[frozenset[str]]:
    return frozenset(city_key(name) for name in _table()["doubtful"]["names"].split("|"))


@cache
def _main() -> Mapping[frozenset[str], str]:
    return {city_key(city): code for city, code in _table()["main"].items()}


@cache
def _airports() -> Mapping[frozenset[str], tuple[str, ...]]:
    return {city_key(name): tuple(codes.split()) for name, codes in _table()["airports"].items()}


@cache
def _inhabitants() -> Mapping[frozenset[str], Mapping[str, int]]:
    """By the words of the name, so that spellings of one name are one; the largest town of each zone."""
    found: dict[frozenset[str], dict[str, int]] = defaultdict(dict)
    for line in _text("cities.tsv").splitlines():
        if not line.startswith("#"):
            name, *rows = line.split("\t")
            towns = found[city_key(name)]
            for zone, people in (row.split(" ") for row in rows):
                towns[zone] = max(int(people), towns.get(zone, 0))
    return found
