"""Cities as senders name them: whose clocks they go by, and which airport is theirs.

A zone is right or absent: by a name alone only where everybody means one city by it.
"""

import re

from schemas import cities
from schemas.cities import city_key, main_airports
from schemas.segments import Place
from services.ingest.domain.places import airports_of_city, zone_of_airport, zone_of_city, zones_of_airports


def known_city(name: str | None) -> str | None:
    """Return a city by the name that the table of airports has for it, or as it was given."""
    return None if name is None else cities.known_city(name)


def zone_of(city: str | None, *, country: str | None = None) -> str | None:
    """Return the zone of a city of a country; without one, of that which everybody means by the name.

    Where a sender writes a country's name and not its code, only a city without namesakes is known.
    """
    if country and len(country.strip()) == _LETTERS_OF_A_COUNTRY:
        return zone_of_city(known_city(city), country=country)
    if not city or (country and len(zones_possible(city)) > 1):
        return None
    return _zone_meant(city)


def _zone_meant(city: str) -> str | None:
    airport = main_airports().get(city_key(city)) if not cities.inhabitants(city) else None
    return cities.zone_meant(city) or (zone_of_airport(airport) if airport else None)


_LETTERS_OF_A_COUNTRY = len("DE")


def zone_of_place(place: Place | None) -> str | None:
    """Return the IANA zone of a place by airport, or else by city and country."""
    if place is None:
        return None
    zone = zone_of_airport(place.code) if place.code is not None else None
    return zone or zone_of(place.city, country=place.country)


def zones_possible(city: str) -> frozenset[str]:
    """Return the zones of all that may be meant by a name alone."""
    meant = _zone_meant(city)
    others = cities.zones_possible(city)
    return others | ({meant} if meant is not None else zones_of_airports(cities.known_city(city)))


_STATION_WORDS = re.compile(
    r"\b(?:union station|hbf|hauptbahnhof|hb|hl\. ?n\.|bahnhof|bf|central(?:e|station)?|centraal|gare|"
    r"station|stazione|estaci[oó]n|zob)\b\.?",
    re.IGNORECASE)  # fmt: skip


def city_of_station(name: str | None) -> str | None:
    """Return the city that a station's name begins with, or that may be: the longest that is known."""
    bare = _STATION_WORDS.sub(" ", re.sub(r"\([^()]*\)", " ", name or "")).split()
    named = (" ".join(bare[:count]) for count in range(min(len(bare), _MOST_WORDS), 0, -1))
    return next((city for city in named if zones_possible(city)), None)


_MOST_WORDS = 3


def main_airport(city: str) -> tuple[str | None, frozenset[str]]:
    """Return the airport that a city's name means, if it is one, and all that it may mean."""
    known = cities.known_city(city)
    codes = airports_of_city(known)
    code = main_airports().get(city_key(known)) or (next(iter(codes)) if len(codes) == 1 else None)
    return code, codes | frozenset([code] if code else [])
