"""The inputs of the forms for bookings that people type: few for each kind, as a table.

An input is named by where its value stands in the segment, such as `origin/name`.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from schemas.segments import SegmentType

_N = str
"""Marks a text for translation where it is only named."""

Kind = Literal["text", "date", "time", "country", "airport", "flight"]


class Input(NamedTuple):
    """One input of a form."""

    name: str
    label: str
    kind: Kind = "text"
    required: bool = False
    hint: str = ""


FLIGHT, CONFIRMATION = "flight", "confirmation"
"""Inputs that are no one field: a carrier with a number, and the number under which it is known."""
_COUNTRY_HINT = _N("Its clock is told by it where the place's name does not say.")
_AIRPORT_HINT = _N("Three letters, such as FRA, or the city")


def _ends(begins: str, ends: str, *, at: str, until: str, ends_required: bool = False) -> tuple[Input, ...]:
    return (
        Input("start/date", begins, "date", required=True),
        *((Input("start/time", at, "time"),) if at else ()),
        Input("end/date", ends, "date", required=ends_required),
        *((Input("end/time", until, "time"),) if until else ()),
    )


_VISIT = (
    Input("name", _N("Name"), required=True),
    Input("place/city", _N("City"), required=True),
    Input("place/country", _N("Country"), "country", hint=_COUNTRY_HINT),
)
_STATIONS = (
    Input("origin/name", _N("From"), required=True),
    Input("origin/country", _N("Country it starts in"), "country", hint=_COUNTRY_HINT),
    Input("destination/name", _N("To"), required=True),
    Input("destination/country", _N("Country it ends in"), "country", hint=_COUNTRY_HINT),
)
_FLIGHT = _ends(_N("Takes off on"), _N("Lands on"), at=_N("Takes off at"), until=_N("Lands at"))
_JOURNEY = _ends(_N("Departs on"), _N("Arrives on"), at=_N("Departs at"), until=_N("Arrives at"))
_HOURS = _ends(_N("Begins on"), _N("Ends on"), at=_N("Begins at"), until=_N("Ends at"))
_NUMBER = (Input(CONFIRMATION, _N("Confirmation number")),)
FORMS: Mapping[SegmentType, tuple[Input, ...]] = {
    "air": (
        Input(FLIGHT, _N("Flight number"), FLIGHT, required=True, hint=_N("Such as LH 716")),
        Input("origin/code", _N("From"), "airport", required=True, hint=_AIRPORT_HINT),
        Input("destination/code", _N("To"), "airport", required=True, hint=_AIRPORT_HINT),
        *_FLIGHT,
        *_NUMBER,
    ),
    "hotel": (
        *_VISIT,
        *_ends(_N("Check-in"), _N("Check-out"), at="", until="", ends_required=True),
        *_NUMBER,
    ),
    "rail": (Input("train_number", _N("Train number")), *_STATIONS, *_JOURNEY, *_NUMBER),
    "car": (
        Input("vendor_name", _N("Rental company"), required=True),
        Input("origin/city", _N("Picked up in (city)"), required=True),
        Input("origin/country", _N("Country it is picked up in"), "country", hint=_COUNTRY_HINT),
        Input("destination/city", _N("Returned in (city)"), hint=_N("If it is another one")),
        Input("destination/country", _N("Country it is returned in"), "country", hint=_COUNTRY_HINT),
        *_ends(_N("Picked up on"), _N("Returned on"), at=_N("Picked up at"), until=_N("Returned at")),
        *_NUMBER,
    ),
    "ride": (
        Input("vendor_name", _N("Who drives")),
        Input("origin/name", _N("From"), required=True),
        Input("destination/name", _N("To"), required=True),
        Input("origin/city", _N("City")),
        Input("origin/country", _N("Country"), "country", hint=_COUNTRY_HINT),
        *_JOURNEY,
        *_NUMBER,
    ),
    "dining": (*_VISIT, *_HOURS, *_NUMBER),
    "parking": (*_VISIT, *_HOURS, *_NUMBER),
    "event": (*_VISIT, *_HOURS, *_NUMBER),
}
