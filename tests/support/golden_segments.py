"""Segments in the words of the golden histories: one line to read and to write them.

    air LH 400 FRA-JFK 2026-05-12 10:00 +02:00 .. 13:00 -04:00 number X7K2QP seat 12A
    rail DB "ICE 70" "Berlin Hbf - Basel SBB" 2026-05-12 08:31
    hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York" room 1
    car AL SEA 2026-05-13 12:00 .. 2026-05-15 12:00

What is unknown is `-`; a word of up to three capitals is a code, anything else a name; an end without
a date is on the day of the start; without any date the segment is undated.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import TypeAdapter

from schemas.segments import Segment

Document = dict[str, Any]

_SEGMENT: TypeAdapter[Segment] = TypeAdapter(Segment)
_CODE = re.compile(r"^[A-Z0-9]{2,3}$")
_DATE = re.compile(r"^\d{4}-\d\d-\d\d$")
_TIME = re.compile(r"^\d\d:\d\d$")
_OFFSET = re.compile(r"^[+-]\d\d:\d\d$")
_PLAIN = re.compile(r"^[^\s'\"#]+$")

_NUMBERED = {"air": "flight_number", "rail": "train_number"}
_JOURNEYS = {"air", "rail", "car", "ride"}
_NUMBER_KINDS = {"number": "supplier", "locator": "record_locator", "agency": "agency", "ticket": "ticket"}


def read_segment(words: list[str]) -> Segment:
    """Read a segment from its words.

    Raises:
        ValueError: where the words make none; pydantic's ValidationError is one.
    """
    kind, *rest = words
    document: Document = {"type": kind}
    if kind in _NUMBERED:
        document |= {"carrier": _known(rest.pop(0)), _NUMBERED[kind]: _known(rest.pop(0))}
    elif kind in _JOURNEYS:
        vendor = rest.pop(0)
        document["vendor" if _CODE.match(vendor) else "vendor_name"] = _known(vendor)
    else:
        document["name"] = _known(rest.pop(0))
    if kind in _JOURNEYS:
        document |= _route(rest.pop(0))
    start, end = _take_times(rest)
    document |= {"start": start, "end": end}
    while rest:
        keyword = rest.pop(0)
        if not rest or keyword not in _OPTIONS:
            raise ValueError(f"expected an option and its value, found {keyword!r}")
        _OPTIONS[keyword](document, rest.pop(0))
    return _SEGMENT.validate_python({k: v for k, v in document.items() if v is not None})


def segment_text(shown: Mapping[str, Any]) -> str:
    """Write what a shown segment says in the words that it would be read from."""
    kind = shown["type"]
    words = [kind]
    if kind in _NUMBERED:
        words += [_word(shown.get("carrier")), _word(shown.get(_NUMBERED[kind]))]
    elif kind in _JOURNEYS:
        words.append(_word(shown.get("vendor") or shown.get("vendor_name")))
    else:
        words.append(_word(shown.get("name")))
    if kind in _JOURNEYS:
        words.append(_route_word(shown.get("origin"), shown.get("destination")))
    start, end = shown.get("start"), shown.get("end")
    words += _time_words(start, None)
    if end is not None:
        words += ["..", *_time_words(end, start)]
    return " ".join([*words, *_option_words(shown)])


def _known(word: str) -> str | None:
    return None if word == "-" else word


def _word(value: str | None) -> str:
    if value is None:
        return "-"
    return value if _PLAIN.match(value) else f'"{value}"'


def _place(text: str) -> Document | None:
    if text == "?":
        return None
    return {"code" if _CODE.match(text) else "name": text}


def _route(word: str) -> Document:
    if word == "-":
        return {}
    origin, dash, destination = word.partition(" - " if " - " in word else "-")
    return {"origin": _place(origin), "destination": _place(destination if dash else origin)}


def _route_word(origin: Mapping[str, str] | None, destination: Mapping[str, str] | None) -> str:
    if origin is None and destination is None:
        return "-"
    ends = ["?" if end is None else end.get("code") or end.get("name", "?") for end in (origin, destination)]
    dash = "-" if all(_PLAIN.match(end) and "-" not in end for end in ends) else " - "
    return _word(ends[0] if ends[0] == ends[1] else dash.join(ends))


def _take_times(words: list[str]) -> tuple[Document | None, Document | None]:
    start = _take_moment(words, None)
    if not words or words[0] != "..":
        return start, None
    words.pop(0)
    return start, _take_moment(words, start)


def _take_moment(words: list[str], day_of: Document | None) -> Document | None:
    date = words.pop(0) if words and _DATE.match(words[0]) else day_of and day_of["local"][:10]
    if date is None:
        return None
    found: Document = {"local": date}
    if words and _TIME.match(words[0]):
        found["local"] = f"{date}T{words.pop(0)}:00"
    if words and _OFFSET.match(words[0]):
        sign, hours, minutes = words[0][0], *words.pop(0)[1:].split(":")
        found["offset_minutes"] = (int(hours) * 60 + int(minutes)) * (-1 if sign == "-" else 1)
    return found


def _time_words(moment: Mapping[str, Any] | None, day_of: Mapping[str, Any] | None) -> list[str]:
    if moment is None:
        return []
    date, _, time = moment["local"].partition("T")
    words = [] if time and day_of is not None and day_of["local"][:10] == date else [date]
    if time:
        words.append(time.removesuffix(":00"))
    if (offset := moment.get("offset_minutes")) is not None:
        words.append(f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02}:{abs(offset) % 60:02}")
    return words


# --- options: how each is read, and how all are written --------------------------------------------


def _in_place(document: Document, **values: str) -> None:
    document["place"] = document.get("place", {}) | values


def _coordinates(document: Document, value: str) -> None:
    latitude, longitude = value.split(",")
    _in_place(document, latitude=latitude, longitude=longitude)


def _operated(document: Document, value: str) -> None:
    document["operating_carrier"], document["operating_flight_number"] = value.split()


def _total(document: Document, value: str) -> None:
    amount, currency = value.split()
    document["total"] = {"amount": amount, "currency": currency}


def _number(keyword: str) -> Callable[[Document, str], None]:
    def read(document: Document, value: str) -> None:
        text, _, issuer = value.partition("@")
        number = {"kind": _NUMBER_KINDS[keyword], "value": text} | ({"issuer": issuer} if issuer else {})
        document["confirmation_numbers"] = [*document.get("confirmation_numbers", []), number]

    return read


def _field(name: str, convert: Callable[[str], Any] = str) -> Callable[[Document, str], None]:
    def read(document: Document, value: str) -> None:
        document[name] = convert(value)

    return read


_OPTIONS: Mapping[str, Callable[[Document, str], None]] = {
    "in": lambda document, value: _in_place(document, city=value),
    "at": _coordinates,
    "operated": _operated,
    "number": _number("number"),
    "locator": _number("locator"),
    "agency": _number("agency"),
    "ticket": _number("ticket"),
    "property": _field("property_id"),
    "room": _field("room_index", int),
    "type": _field("room_type"),
    "guests": _field("passengers", lambda text: text.split(", ")),
    "seats": _field("seats", lambda text: [{"number": seat} for seat in text.split(",")]),
    "cabin": _field("cabin"),
    "total": _total,
    "phone": _field("phone"),
    "status": _field("status"),
    "reference": _field("reference"),
}


def _option_words(shown: Mapping[str, Any]) -> list[str]:
    place, total = shown.get("place", {}), shown.get("total")
    operated = [shown[name] for name in ("operating_carrier", "operating_flight_number") if name in shown]
    options: list[tuple[str, Any]] = [
        ("in", place.get("city")),
        ("at", ",".join([place["latitude"], place["longitude"]]) if "latitude" in place else None),
        ("operated", " ".join(operated) or None),
        *((_keyword(number), _number_text(number)) for number in shown.get("confirmation_numbers", ())),
        ("property", shown.get("property_id")),
        ("room", shown.get("room_index")),
        ("type", shown.get("room_type")),
        ("guests", ", ".join(shown.get("passengers", ())) or None),
        ("seats", ",".join(seat["number"] for seat in shown.get("seats", ())) or None),
        ("cabin", shown.get("cabin")),
        ("total", None if total is None else f"{total['amount']} {total['currency']}"),
        ("phone", shown.get("phone")),
        ("status", None if shown.get("status") == "confirmed" else shown.get("status")),
    ]
    return [word for key, value in options if value is not None for word in (key, _word(str(value)))]


def _keyword(number: Mapping[str, str]) -> str:
    return next(keyword for keyword, kind in _NUMBER_KINDS.items() if kind == number["kind"])


def _number_text(number: Mapping[str, str]) -> str:
    return number["value"] + (f"@{number['issuer']}" if "issuer" in number else "")
