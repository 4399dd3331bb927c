"""Cities by the names that mails give them, in other languages than that of the table of airports."""

from functools import cache

from schemas.features import name_words
from services.ingest.domain.email.words import table
from services.ingest.domain.places import airports_of_city


@cache
def _names() -> dict[frozenset[str], str]:
    return {name_words(other): known for other, known in table("cities")["names"].items()}


@cache
def _main() -> dict[frozenset[str], str]:
    return {name_words(city): code for city, code in table("cities")["main"].items()}


def known_city(name: str | None) -> str | None:
    """Return a city by the name that the table of airports has for it, or as it was given."""
    return None if name is None else _names().get(name_words(name), name)


def main_airport(city: str) -> tuple[str | None, frozenset[str]]:
    """Return the airport that a city's name means, if it is one, and all that it may mean."""
    known = known_city(city) or city
    codes = airports_of_city(known)
    code = _main().get(name_words(known)) or (next(iter(codes)) if len(codes) == 1 else None)
    return code, codes | frozenset([code] if code else [])
