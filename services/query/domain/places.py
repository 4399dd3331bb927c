"""How far places are from each other, as well as sources describe them."""

from math import asin, cos, radians, sin, sqrt

from schemas.segments import Place
from schemas.trade_codes import CITY_OF_AIRPORT

_EARTH_KILOMETRES = 6_371.0
_SAME_PLACE_KILOMETRES = 2.0


def kilometres(left: Place | None, right: Place | None) -> float | None:
    """Return the great-circle distance; None where coordinates are missing."""
    if left is None or right is None:
        return None
    if not (left.latitude and left.longitude and right.latitude and right.longitude):
        return None
    north, south = radians(float(left.latitude)), radians(float(right.latitude))
    east = radians(float(right.longitude)) - radians(float(left.longitude))
    half = sin((south - north) / 2) ** 2 + cos(north) * cos(south) * sin(east / 2) ** 2
    return 2 * _EARTH_KILOMETRES * asin(min(1.0, sqrt(half)))


def is_same_place(left: Place | None, right: Place | None) -> bool | None:
    """Say whether two places are one: by code, coordinates or name; None where nobody can say."""
    if left is None or right is None:
        return None
    if left.code and right.code:
        here, there = left.code.upper(), right.code.upper()
        if here == there:
            return True
        return None if there == CITY_OF_AIRPORT.get(here) or here == CITY_OF_AIRPORT.get(there) else False
    apart = kilometres(left, right)
    if apart is not None:
        return apart <= _SAME_PLACE_KILOMETRES
    if left.name and right.name and _plain(left.name) == _plain(right.name):
        return True
    return None


def is_same_city(left: Place | None, right: Place | None) -> bool:
    """Say whether two places are known to be of one city; spellings that differ do not tell."""
    if left is None or right is None:
        return False
    if left.city and right.city and _plain(left.city) == _plain(right.city):
        return True
    cities = [
        CITY_OF_AIRPORT.get(code, code) for code in ((left.code or "").upper(), (right.code or "").upper())
    ]
    return bool(cities[0]) and cities[0] == cities[1]


def is_same_house(left: Place | None, right: Place | None, *, names: tuple[str | None, str | None]) -> bool:
    """Say whether two stays are in one house: one spot, or one name that no distance contradicts."""
    apart = kilometres(left, right)
    if apart is not None and apart > _SAME_PLACE_KILOMETRES:
        return False
    return all(names) and _plain(names[0] or "") == _plain(names[1] or "")


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
