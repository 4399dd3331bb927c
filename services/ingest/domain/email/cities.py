"""Cities by the names that mails give them, in other languages than that of the table of airports."""

import re
from functools import cache

from schemas.features import name_words
from services.ingest.domain.email.words import table
from services.ingest.domain.places import airports_of_city, zone_of_city


def _key(name: str) -> frozenset[str]:
    """Return the words of a name; of one in letters that have none of ours, the name itself."""
    return name_words(name) or frozenset([name.strip()])


@cache
def _names() -> dict[frozenset[str], str]:
    return {_key(other): known for other, known in table("cities")["names"].items()}


@cache
def _main() -> dict[frozenset[str], str]:
    return {_key(city): code for city, code in table("cities")["main"].items()}


def known_city(name: str | None) -> str | None:
    """Return a city by the name that the table of airports has for it, or as it was given."""
    return None if name is None else _names().get(_key(name), name)


@cache
def _zones() -> dict[frozenset[str], str]:
    zones: dict[str, str] = table("cities")["zones"]
    return {_key(city): zone for zone, cities in zones.items() for city in cities.split("|")}


def zone_of(city: str | None, *, country: str | None = None) -> str | None:
    """Return the zone of a city; of several of one name, of that which is meant where no country is said."""
    known = known_city(city)
    meant = None if known is None or country else _zones().get(_key(known))
    return meant or zone_of_city(known, country=country)


_STATION_WORDS = re.compile(
    r"\b(?:hbf|hauptbahnhof|hb|hl\. ?n\.|bahnhof|bf|central(?:e|station)?|centraal|gare|station|stazione|"
    r"estaci[oó]n|zob)\b\.?",
    re.IGNORECASE)  # fmt: skip


def city_of_station(name: str | None) -> str | None:
    """Return the city that a station's name begins with, where its zone is known."""
    bare = _STATION_WORDS.sub(" ", re.sub(r"\([^()]*\)", " ", name or "")).split()
    named = (known_city(" ".join(bare[:count])) for count in range(min(len(bare), _MOST_WORDS), 0, -1))
    return next((city for city in named if zone_of(city) is not None), None)


_MOST_WORDS = 3


def main_airport(city: str) -> tuple[str | None, frozenset[str]]:
    """Return the airport that a city's name means, if it is one, and all that it may mean."""
    known = known_city(city) or city
    codes = airports_of_city(known)
    code = _main().get(_key(known)) or (next(iter(codes)) if len(codes) == 1 else None)
    return code, codes | frozenset([code] if code else [])
