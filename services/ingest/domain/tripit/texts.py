"""TripIt's display texts, such as "$428.35 USD" or "2h, 05m": what they say beyond doubt, else nothing."""

import re
from collections.abc import Callable, Mapping
from typing import Any

_NUMBER = r"(?P<amount>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?)"
_MONEY = re.compile(rf"(?:(?P<before>[A-Z]{{3}})\s*)?(?:[^\w\s,.+-]\s*)?{_NUMBER}\s*(?P<after>[A-Z]{{3}})?")
_LONGEST_AMOUNT = 40
_DURATION = re.compile(
    r"(?:(\d{1,3})\s*h(?:ours?|rs?)?)?,?\s*(?:(\d{1,2})\s*m(?:in(?:utes?)?)?)?", re.IGNORECASE
)
_MILES = re.compile(r"(\d[\d,]{0,8})\s*(?:mi(?:les?)?)?", re.IGNORECASE)
_COUNT = re.compile(r"(\d{1,3})(?:\s+stops?)?", re.IGNORECASE)
_SEAT = re.compile(r"\d{1,3}[A-Z]")
_NONE = frozenset({"nonstop", "non-stop", "stops"})


def money(text: str) -> dict[str, str] | None:
    """Return amount and currency; without a currency's three letters nobody knows what it is."""
    found = _MONEY.fullmatch(text.strip())
    if found is None or (currency := found["before"] or found["after"]) is None:
        return None
    amount = found["amount"].replace(",", "")
    return {"amount": amount, "currency": currency} if len(amount) <= _LONGEST_AMOUNT else None


def minutes(text: str) -> int | None:
    """Return a duration in minutes."""
    found = _DURATION.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        return None
    return int(found[1] or 0) * 60 + int(found[2] or 0)


def miles(text: str) -> int | None:
    """Return a distance that is given in miles: Concur, in TripIt's form, writes them without a unit."""
    found = _MILES.fullmatch(text.strip())
    return None if found is None else int(found[1].replace(",", ""))


def count(text: str) -> int | None:
    """Return how many of something."""
    if text.strip().lower() in _NONE:
        return 0
    found = _COUNT.fullmatch(text.strip())
    return None if found is None else int(found[1])


def seats(text: str) -> list[dict[str, str]] | None:
    """Return the seats of all passengers, which stand in one text; None where it says anything else too."""
    parts = [part for part in re.split(r"[\s,;/]+", text.strip().upper()) if part]
    if not parts or not all(map(_SEAT.fullmatch, parts)):
        return None
    return [{"number": part} for part in parts]


FIELDS: Mapping[str, Callable[[str], Any]] = {
    "total": money, "rate": money, "duration_minutes": minutes, "miles": miles, "seats": seats,
    "stops": count, "rooms": count, "party_size": count,
}  # fmt: skip
"""How the text of one of our fields is read; every other field is the text itself."""
