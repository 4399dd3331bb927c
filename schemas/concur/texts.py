"""A Concur document as texts by path, such as `Segments/Air[1]/Seats/AirSeat[2]/SeatNumber`.

Paths are relative to the element that holds them; repeated elements are numbered from 1, each name by
itself. It is the form in which `details` keep what the language has no name for.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import MAXYEAR, MINYEAR, datetime

from schemas.concur.elements import ELEMENTS, SET_BY_US

Texts = Mapping[str, str]

_NUMBERED = re.compile(r"(?P<name>[A-Za-z]+)\[(?P<number>[1-9][0-9]{0,5})\]")
_NUMBER = re.compile(r"\[([0-9]+)\]")
_DATE_TIME = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<time>\d{2}:\d{2})(?P<seconds>:\d{2})?(?:\.\d{1,9})?(?P<offset>Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)


def members(texts: Texts, wrapper: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield name and texts of each repeated element inside `wrapper`, in their order."""
    for member, inner in numbered(texts, wrapper).items():
        yield member.partition("[")[0], inner


def numbered(texts: Texts, wrapper: str) -> dict[str, dict[str, str]]:
    """Return the texts of each repeated element inside `wrapper`, by its name with its number."""
    found: dict[str, dict[str, str]] = {}
    start = f"{wrapper}/"
    for path, text in texts.items():
        if path.startswith(start):
            member, _, inner = path[len(start) :].partition("/")
            found.setdefault(member, {})[inner] = text
    return found


def prefixed(path: str, texts: Texts) -> dict[str, str]:
    """Return the texts as they stand further out, under `path`."""
    return {f"{path}/{inner}": text for inner, text in texts.items()}


def may_stand_in(element: str, path: str) -> bool:
    """Whether the element tree knows this path, and leaves its text to those who post."""
    *outer, last = path.split("/")
    for name in outer:
        numbered = _NUMBERED.fullmatch(name)
        inner, known = (numbered["name"], "repeated") if numbered else (name, "parents")
        if inner not in getattr(ELEMENTS[element], known):
            return False
        element = inner
    return last in ELEMENTS[element].texts and last not in SET_BY_US.get(element, ())


def natural_order(path: str) -> list[str | tuple[int, str]]:
    """Return the key by which the tenth of something comes after the second."""
    return [part.rjust(6, "0") for part in _NUMBER.split(path)]


def local_time(text: str) -> tuple[str, int | None] | None:
    """Read a date or date-time as Concur's clients write it; return local text and offset in minutes.

    Fractions of seconds are cut off. None where it is not one that exists.
    """
    found = _DATE_TIME.fullmatch(text.strip())
    if found is None:
        return None
    if found["time"] is None:
        local = found["date"]
    else:
        local = f"{found['date']}T{found['time']}{found['seconds'] or ':00'}"
    try:
        year = datetime.fromisoformat(local).year
    except ValueError:
        return None
    if year in {MINYEAR, MAXYEAR}:  # no other zone's clock can be computed at the ends of the calendar
        return None
    return local, _minutes(found["offset"])


def _minutes(offset: str | None) -> int | None:
    if offset is None:
        return None
    if offset == "Z":
        return 0
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    return -minutes if offset[0] == "-" else minutes


def agree(posted: str, written: str) -> bool:
    """Whether a text as it was posted says the same as the text that we would write."""
    plain = posted.strip()
    if plain.casefold() == written.casefold():
        return True
    if _as_bool(plain) is not None and _as_bool(plain) == _as_bool(written):
        return True
    if plain.lstrip("+0") == written.lstrip("+0") or plain.removesuffix(".0") == written:
        return True
    time = local_time(plain)
    return time is not None and _at_midnight(time[0]) == _at_midnight(written)


def _as_bool(text: str) -> bool | None:
    return {"true": True, "1": True, "false": False, "0": False}.get(text.casefold())


def _at_midnight(local: str) -> str:
    return local if "T" in local else f"{local}T00:00:00"
