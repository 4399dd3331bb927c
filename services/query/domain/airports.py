"""Airports by what people call them, by a table that the package `airportsdata` brings along."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

import airportsdata

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


@cache
def _airports() -> Mapping[str, Airport]:
    return {
        code: Airport(code, row["name"], row["city"], row["country"], row["lon"], row["lat"])
        for code, row in airportsdata.load("IATA").items()
    }


def airports() -> Iterable[Airport]:
    """Return all airports."""
    return _airports().values()


def airport(code: str) -> Airport | None:
    """Return an airport by its IATA code, None where the table does not know it."""
    return _airports().get(code.strip().upper())


def airports_called(said: str) -> tuple[Airport, ...]:
    """Return the airports that a person may mean by a code or by the name of a city, sorted by code."""
    known = airport(said) if len(said.strip()) == _CODE_LETTERS else None
    if known is not None:
        return (known,)
    city = said.strip().casefold()
    if not city:
        return ()
    found = [one for one in _airports().values() if one.city.casefold() == city]
    found = found or [one for one in _airports().values() if one.city.casefold().startswith(f"{city} ")]
    return tuple(sorted(found))
