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

    What the form has no input for stays as it was in `former`; so does a time whose zone was stated then.
    """
    segment: Json = copy.deepcopy(dict(former or {})) | {"type": kind}
    before = said_by(segment)
    told = {one.name: said.get(one.name, "").strip() for one in FORMS[kind]}
    troubles = [*_missing(kind, told)]
    for one in FORMS[kind]:
        if one.kind not in {"date", "time"} and told[one.name] != before[one.name]:
            troubles += _take(segment, one, told[one.name], kind=kind)
    for end in _ENDS:
        _take_time(segment, end, told, before=before)
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


_OF_THE_PLACE_BEFORE = ("address", "postal_code", "state", "latitude", "longitude")
"""What is said of a place that people do not type, and that is not true of another one."""


def _put(segment: Json, name: str, value: str) -> None:
    *way, last = name.split("/")
    inner = segment
    for step in way:
        inner = inner.setdefault(step, {})
        for known in _OF_THE_PLACE_BEFORE:
            inner.pop(known, None)
    if value:
        inner[last] = value
    else:
        inner.pop(last, None)
        if way and not inner:
            del segment[way[0]]


def _take_time(segment: Json, end: str, told: Mapping[str, str], *, before: Mapping[str, str]) -> None:
    """Put a local time, by whose clock the API finds out; one that was stated with its clock stays so."""
    names = (f"{end}/date", f"{end}/time")
    day, clock = (told.get(name, "") for name in names)
    known: Json = segment.get(end) or {}
    is_as_before = all(told.get(name, "") == before.get(name, "") for name in names)
    if is_as_before and known and not known.get("inferred"):
        return
    if day:
        segment[end] = f"{day}T{clock}" if clock else day
    else:
        segment.pop(end, None)


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
