"""What a mail says, as a form shows it and takes it back: the few values that a person fills in or mends.

An input is named by where its value stands in the bookings, such as `0/segments/0/origin/code`.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from schemas.segments import SegmentType

_N = str
"""Marks a text for translation where it is only named."""
_WHO = (("carrier", _N("Carrier")), ("flight_number", _N("Number")))
_VENDOR = (("vendor_name", _N("Vendor")),)
_NAME = (("name", _N("Name")), ("place/city", _N("City")))
_STATIONS = (("origin/name", _N("From")), ("destination/name", _N("To")))
_AIRPORTS = (("origin/code", _N("From (airport)")), ("destination/code", _N("To (airport)")))
_ENDS = (("start", _N("Begins")), ("end", _N("Ends")))
_OFFERED: Mapping[SegmentType, tuple[tuple[str, str], ...]] = {
    "air": (*_WHO, *_AIRPORTS, *_ENDS),
    "rail": (("train_number", _N("Number")), *_STATIONS, *_ENDS),
    "car": (*_VENDOR, *_STATIONS, *_ENDS),
    "ride": (*_VENDOR, *_STATIONS, *_ENDS),
    "hotel": (*_NAME, *_ENDS),
    "dining": (*_NAME, *_ENDS),
    "parking": (*_NAME, *_ENDS),
    "event": (*_NAME, *_ENDS),
}
_BOOKING = (("booking_source", _N("Booked with")), ("record_locator", _N("Booking number")))

_TIMES = frozenset({"start", "end"})

Booking = dict[str, Any]
"""As `POST /v1/bookings` takes it."""


class Entry(NamedTuple):
    """One value: where it stands, what it is called, what it says now."""

    path: str
    label: str
    value: str


class Part(NamedTuple):
    """A booking's own values (`type` is None), or those of one of its segments."""

    type: SegmentType | None
    entries: tuple[Entry, ...]


def blank(kind: SegmentType) -> Booking:
    """Return a booking that says nothing but what is booked."""
    return {"booking_source": "", "record_locator": "", "segments": [{"type": kind}]}


def parts_of(bookings: Sequence[Booking]) -> Iterator[Part]:
    """Yield what a form shows of bookings, booking by booking."""
    for place, booking in enumerate(bookings):
        yield _part(None, booking, under=str(place), offered=_BOOKING)
        for number, segment in enumerate(booking.get("segments", ())):
            kind: SegmentType = segment["type"]
            yield _part(kind, segment, under=f"{place}/segments/{number}", offered=_OFFERED[kind])


def filled(bookings: Sequence[Booking], form: Mapping[str, str]) -> list[Booking]:
    """Return bookings with the values of a form in them; what it leaves as it was keeps all that it says."""
    mended = copy.deepcopy(list(bookings))
    for part in parts_of(bookings):
        for entry in part.entries:
            said = form.get(entry.path, entry.value).strip()
            if said != entry.value:
                _put(mended, entry.path, said)
    return mended


def _part(
    kind: SegmentType | None, said: Mapping[str, Any], *, under: str, offered: tuple[tuple[str, str], ...]
) -> Part:
    entries = (Entry(f"{under}/{path}", label, _text(said, path)) for path, label in offered)
    return Part(kind, tuple(entries))


def _text(said: Mapping[str, Any], path: str) -> str:
    *way, last = path.split("/")
    for step in way:
        said = said.get(step) or {}
    value = said.get(last)
    if last in _TIMES and value is not None:
        return str(value["local"])[:16].replace("T", " ")
    return "" if value is None else str(value)


def _put(bookings: list[Booking], path: str, value: str) -> None:
    place, *way, last = path.split("/")
    said: Any = bookings[int(place)]
    for step in way:
        said = said[int(step)] if step.isdecimal() else said.setdefault(step, {})
    if not value:
        said.pop(last, None)
    else:
        said[last] = value.replace(" ", "T") if last in _TIMES else value
