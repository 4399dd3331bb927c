"""Which values of a segment people can correct on the page: those that are one text, by their kind.

The API takes any value; a form with every field would be one that nobody fills in.
"""

from collections.abc import Mapping
from typing import NamedTuple

from schemas.segments import SegmentType
from schemas.times import Moment
from schemas.trip import TripSegment


class Correctable(NamedTuple):
    """A field, and what it says now."""

    field: str
    value: str


_ENDS = ("start", "end")
_OFFERED: Mapping[SegmentType, tuple[str, ...]] = {
    "air": ("carrier", "flight_number", "origin_terminal", "origin_gate", "destination_terminal", "cabin"),
    "rail": ("train_number", "origin_platform", "destination_platform", "wagon", "cabin"),
    "car": ("vendor_name", "car_class"),
    "ride": ("vendor_name",),
    "hotel": ("name", "room_type", "check_in_time", "check_out_time"),
    "dining": ("name",),
    "parking": ("name",),
    "event": ("name",),
}
_EVERYWHERE = ("phone", "notes")


def correctable(segment: TripSegment) -> tuple[Correctable, ...]:
    """Return the fields that the page offers to correct, and what they say now."""
    names = (*_ENDS, *_OFFERED[segment.type], *_EVERYWHERE)
    return tuple(Correctable(name, _text(getattr(segment, name))) for name in names)


def _text(value: object) -> str:
    if isinstance(value, Moment):
        return value.local[:16]
    return "" if value is None else str(value)
