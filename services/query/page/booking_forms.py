"""From what a form for a booking says to the segment that it states, and back.

Pure. Whether a booking is right the API judges; here it is only judged whether a form says enough to be one,
and means what can be told from what it says. What the API refuses is said beside the input that it is about.
"""

import copy
import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from schemas.segments import SegmentType
from services.query.domain.airports import airports_called
from services.query.page.booking_inputs import CONFIRMATION, FLIGHT, FORMS, Input

Json = dict[str, Any]


class Trouble(NamedTuple):
    """What is wrong with what an input says; `name` is empty where it is no input's."""

    name: str
    rule: str
    message: str
    """In English, for rules that have no words of the page's own."""


_ENDS = ("start", "end")
_AT_ONE_PLACE = frozenset({"hotel", "dining", "parking", "event", "car"})
_FLIGHT = re.compile(r"([A-Z][A-Z0-9]|[0-9][A-Z]) ?-?0*([0-9]{1,4}[A-Z]?)")
_OWN_NUMBER: Mapping[SegmentType, str] = {"air": "record_locator", "rail": "record_locator"}
"""Which kind of number people read off what they booked; of all others it is the supplier's."""


def said_by(segment: Mapping[str, Any]) -> dict[str, str]:
    """Return what the inputs of a form say of a segment, as a booking states it."""
    kind: SegmentType = segment["type"]
    return {one.name: _said(segment, one.name) for one in FORMS[kind]}


def _said(segment: Mapping[str, Any], name: str) -> str:
    if name == FLIGHT:
        return " ".join(filter(None, (segment.get("carrier"), segment.get("flight_number"))))
    if name == CONFIRMATION:
        numbers = segment.get("confirmation_numbers") or ({"value": ""},)
        return str(numbers[0]["value"])
    *way, last = name.split("/")
    inner: Any = segment
    for step in way:
        inner = inner.get(step) or {}
    if way and way[0] in _ENDS:
        day, _, clock = str(inner.get("local", "")).partition("T")
        return day if last == "date" else clock[:5]
    return str(inner.get(last) or "")


def segment_of(
    kind: SegmentType, said: Mapping[str, str], *, former: Mapping[str, Any] | None = None
) -> tuple[Json, list[Trouble]]:
    """Return the segment that a form states, and what is wrong with what it says.

    What the form has no input for stays as it was in `former`, as far as it is not said of another place;
    so does a zone that was stated then.
    """
    segment: Json = copy.deepcopy(dict(former or {})) | {"type": kind}
    known = copy.deepcopy(segment)
    before = said_by(segment)
    told = {one.name: said.get(one.name, "").strip() for one in FORMS[kind]}
    troubles = [*_missing(kind, told)]
    for one in FORMS[kind]:
        if one.kind not in {"date", "time"} and told[one.name] != before[one.name]:
            troubles += _take(segment, one, told[one.name], kind=kind)
    for place in _PLACES:
        if not _is_same(known.get(place), segment.get(place)):
            _forget_what_was_of(segment, place, kind=kind)
    for end in _ENDS:
        has_moved = not _is_same(_place_at(known, end), _place_at(segment, end))
        _take_time(segment, end, told, before=before, has_moved=has_moved)
    troubles += _backwards(kind, told)
    return segment, troubles


def _missing(kind: SegmentType, told: Mapping[str, str]) -> Iterable[Trouble]:
    for one in FORMS[kind]:
        is_day_of_an_hour = one.kind == "date" and told.get(one.name.replace("date", "time"))
        if (one.required or is_day_of_an_hour) and not told[one.name]:
            yield Trouble(one.name, "missing", "is required")


def _take(segment: Json, one: Input, value: str, *, kind: SegmentType) -> list[Trouble]:
    match one.kind:
        case "flight":
            return _take_flight(segment, value)
        case "airport":
            return _take_airport(segment, one.name, value)
        case _ if one.name == CONFIRMATION:
            others = list(segment.get("confirmation_numbers") or ())[1:]
            own = [{"kind": _OWN_NUMBER.get(kind, "supplier"), "value": value}] if value else []
            segment["confirmation_numbers"] = [*own, *others]
        case _:
            _put(segment, one.name, value)
    return []


def _take_flight(segment: Json, value: str) -> list[Trouble]:
    found = _FLIGHT.fullmatch(value.upper())
    if found is None:
        return [Trouble(FLIGHT, "flight", "write it such as LH 716")] if value else []
    segment |= {"carrier": found[1], "flight_number": found[2]}
    segment.pop("carrier_name", None)
    return []


def _take_airport(segment: Json, name: str, value: str) -> list[Trouble]:
    meant = airports_called(value)
    if len(meant) == 1:
        segment[name.partition("/")[0]] = {"code": meant[0].code, "city": meant[0].city}
    elif meant:
        named = ", ".join(f"{one.code} ({one.name})" for one in meant[:_MOST_NAMED])
        return [Trouble(name, "airports", named)]
    elif value:
        return [Trouble(name, "airport", "no airport is known by this")]
    return []


_MOST_NAMED = 9


def _put(segment: Json, name: str, value: str) -> None:
    *way, last = name.split("/")
    inner = segment
    for step in way:
        inner = inner.setdefault(step, {})
    if value:
        inner[last] = value
    else:
        inner.pop(last, None)
        if way and not inner:
            del segment[way[0]]


_PLACES = ("origin", "destination", "place")


def _is_same(before: Json | None, now: Json | None) -> bool:
    """Say whether two places are one; that somebody says now in which country it is makes it no other."""
    old, new = before or {}, now or {}
    is_same = all(old.get(field) == new.get(field) for field in ("code", "name", "city"))
    return is_same and old.get("country") in {None, new.get("country")}


def _forget_what_was_of(segment: Json, place: str, *, kind: SegmentType) -> None:
    """Keep of a place what was typed, and nothing that is true of the one before: address, code, platform."""
    inputs = {one.name for one in FORMS[kind]}
    if kind != "air" and place in segment:  # an airport is taken whole from the table of airports
        typed = {field: value for field, value in segment[place].items() if f"{place}/{field}" in inputs}
        segment[place] = typed
        if not typed:
            del segment[place]
    for field in [field for field in segment if field.startswith(f"{place}_")]:
        del segment[field]


def _place_at(segment: Json, end: str) -> Json | None:
    """Return where a segment starts or ends; what is returned nowhere else ends where it started."""
    own = segment.get("destination") if end == "end" else None
    return own or segment.get("origin") or segment.get("place")


def _take_time(
    segment: Json, end: str, told: Mapping[str, str], *, before: Mapping[str, str], has_moved: bool
) -> None:
    """Put a local time; by whose clock the API finds out, unless that was stated of the same place."""
    known: Json = segment.get(end) or {}
    day, _, clock = str(known.get("local", "")).partition("T")
    time = f"{end}/time"
    if told.get(time, "") != before.get(time, ""):  # else with its seconds, or an hour that has no input
        clock = told[time]
    told_day = told[f"{end}/date"]
    if not told_day:
        segment.pop(end, None)
        return
    local = f"{told_day}T{clock}" if clock else told_day
    if not known or known.get("inferred") or has_moved:
        segment[end] = local
    elif local != known["local"]:
        segment[end] = {"local": local, **_clock_stated(known, is_same_day=told_day == day)}


def _clock_stated(known: Json, *, is_same_day: bool) -> Json:
    """Return by whose clock a time was stated; another day may have another offset."""
    if known.get("zone"):
        return {"zone": known["zone"]}
    return {"offset_minutes": known.get("offset_minutes")} if is_same_day else {}


def _backwards(kind: SegmentType, told: Mapping[str, str]) -> Iterable[Trouble]:
    """Find an end before its start; west over the date line a journey ends the day before."""
    first, last = told.get("start/date", ""), told.get("end/date", "")
    try:
        days = date.fromisoformat(last) - date.fromisoformat(first)
    except ValueError:
        return
    least = timedelta(0 if kind in _AT_ONE_PLACE else -1)
    hours = (told.get("start/time"), told.get("end/time"))
    is_earlier = kind in _AT_ONE_PLACE and not days and all(hours) and str(hours[1]) < str(hours[0])
    if days < least or is_earlier:
        name = "end/time" if is_earlier else "end/date"
        yield Trouble(name, "ends_before_it_starts", "is before it begins")


def troubles_of(errors: Iterable[Mapping[str, str]], *, kind: SegmentType) -> list[Trouble]:
    """Return what the API found wrong, each with the input that it is about."""
    names = {one.name for one in FORMS[kind]} | {"traveller"}
    return [Trouble(_input_at(error["field"], names), error["rule"], error["message"]) for error in errors]


def _input_at(field: str, names: set[str]) -> str:
    path = re.sub(r"^segments\.\d+\.", "", field).replace(".", "/")
    if path.startswith(("carrier", "flight_number")):
        path = FLIGHT
    if path.startswith("confirmation_numbers"):
        path = CONFIRMATION
    if path.split("/")[0] in _ENDS:
        path = f"{path.split('/')[0]}/date"
    return path if path in names else ""
