"""What differs between two states of a trip, in lines for people: of what, which field, before and after."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, cast

from schemas.trip import TripSegment
from services.query.domain.differences import Difference
from services.query.page.presentation import Words

_SAID_OTHERWISE = frozenset({"utc", "offset_minutes", "zone", "inferred", "provenance"})
"""Parts of a time that follow from the clock that is shown."""
_THING = 2
"""Steps of a path that lead to one of several things: what they are, and which."""
_OF_SOURCES = frozenset({"source", "sources"})
_NAMED_BY = ("local", "name", "number", "value", "code", "amount", "record_locator", "type")
"""By the first of these that it has, a thing is called by."""


class Told(NamedTuple):
    """One line; what is empty is not known, or not there."""

    thing: str
    field: str
    before: str
    after: str


def told_in_lines(
    found: Iterable[Difference], *, segments: Iterable[TripSegment], words: Words
) -> list[Told]:
    """Return the lines for differences between trips in JSON; `segments` are those that can be named."""
    names = {known: words.headline(one) for one in segments for known in (one.id, *one.also_known_as)}
    lines = (_told(one, names=names, words=words) for one in found if one.path[-1] not in _SAID_OTHERWISE)
    return list(dict.fromkeys(lines))


def _told(one: Difference, *, names: Mapping[str, str], words: Words) -> Told:
    named = next((step for step in reversed(one.path) if step != "local"), "")
    before, after = (_text(value, field=named, words=words) for value in (one.before, one.after))
    where, *rest = one.path
    if where not in {"segments", "bookings"} or not rest:
        return Told("", _field(one.path, words=words), before, after)
    thing = names.get(rest[0], "") if where == "segments" else words.say("Booking")
    if len(one.path) == _THING:  # all of it came, or went
        return Told("", "", before, after and (thing if where == "segments" else after))
    return Told(thing, _field(one.path[_THING:], words=words), before, after)


def _field(path: Iterable[str], *, words: Words) -> str:
    return ", ".join(words.field(step) for step in path if step != "local")


def _text(value: Any, *, field: str, words: Words) -> str:  # noqa: ANN401 - any JSON value
    match value:
        case None:
            return ""
        case bool():
            return words.yes_or_no(value)
        case dict():
            return next(_parts(cast("dict[str, Any]", value), words=words), "…")
        case list():
            return ", ".join(_text(each, field=field, words=words) for each in cast("list[Any]", value))
        case _ if field in _OF_SOURCES:
            return words.source(str(value))
        case _:
            return str(value).replace("T", " ") if _is_time(str(value)) else words.value(field, str(value))


def _parts(thing: dict[str, Any], *, words: Words) -> Iterator[str]:
    for name in _NAMED_BY:
        if thing.get(name) is not None:
            parts = (_text(thing.get(part), field=part, words=words) for part in (name, "currency"))
            yield " ".join(filter(None, parts))


def _is_time(text: str) -> bool:
    return len(text) > len("2026-05-12T") and text[10] == "T" and text[:4].isdecimal()
