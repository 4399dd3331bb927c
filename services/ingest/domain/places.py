"""Where in the world an airport is, by a table that the package `airportsdata` brings along."""

from functools import cache

import airportsdata


@cache
def _zones() -> dict[str, str]:
    return {code: str(airport["tz"]) for code, airport in airportsdata.load("IATA").items()}


def zone_of_airport(code: str) -> str | None:
    """Return the IANA zone of an airport by its IATA code, or None where the table does not know it."""
    return _zones().get(code.strip().upper())
