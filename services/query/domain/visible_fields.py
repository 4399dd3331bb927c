"""The table of who sees which field; `visibility` walks it for every form in which trips are shown.

Decided per field group by the owner of the winning claim (design, section 7). Deny by default: what a row
does not name is not shown. Of a place it may name parts.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from schemas.segments import FIELD_PLACES, SEGMENT_TYPES, FieldGroup, SegmentType
from schemas.trip import Expense, ExpenseReason


class Relation(StrEnum):
    """What a viewer is to the values of one field group."""

    INSIDER = "insider"
    """The traveller, the company, its agency."""
    OWN = "own"
    """The supplier whose values they are."""
    OTHERS = "others"
    """Another supplier."""
    RIVAL_FLIGHT = "rival_flight"
    """Another supplier, of a flight, that sells flights itself or does not say what it sells."""
    CONSENTED = "consented"
    """A third party to whom the traveller gave leave."""
    GUEST = "guest"
    """Somebody whom the traveller sent a link to one trip."""


Fields = frozenset[str]


def _fields(row: str) -> Fields:
    return frozenset(row.split())


def _alike(fields: Fields) -> Mapping[SegmentType, Fields]:
    return dict.fromkeys(SEGMENT_TYPES, fields)


_ALL = frozenset(FIELD_PLACES)
_TOWN_TO_TOWN = """
    start end origin.code origin.city origin.state origin.country destination.code destination.city
    destination.state destination.country
"""
# No amounts; and no details either, for nobody vouches that a source's own fields hold none.
_WITHOUT_AMOUNTS = frozenset(
    field
    for field, place in FIELD_PLACES.items()
    if place.group not in {FieldGroup.PRICE_AND_CHARGES, FieldGroup.DETAILS}
)
_NOTHING: Fields = frozenset()
_OF_OTHERS: Mapping[SegmentType, Fields] = {
    **_alike(_NOTHING),
    "air": _fields(
        """start end origin.code destination.code origin_terminal origin_gate destination_terminal
        destination_gate carrier flight_number"""
    ),
    "car": _fields(_TOWN_TO_TOWN),
    "hotel": _fields("start end place.code place.city place.country status status_code"),
    "rail": _fields("start end origin.code origin.name destination.code destination.name train_number"),
}

_OF_RIVALS: Mapping[SegmentType, Fields] = {
    **_OF_OTHERS,
    "air": _fields("end origin.code destination.code"),
}

# Where and when, and with whom one flies or stays: no number of a booking, no seat, no amount, no telephone,
# no name of a person and no text that nobody vouches for.
_FOR_GUESTS = _fields(
    """start end origin destination place origin_terminal origin_gate destination_terminal destination_gate
    origin_platform destination_platform duration_minutes check_in_time check_out_time carrier carrier_name
    flight_number train_number train_type operating_carrier operating_carrier_name operating_flight_number
    vendor vendor_name name status"""
)

VISIBLE: Mapping[Relation, Mapping[SegmentType, Fields]] = {
    Relation.INSIDER: _alike(_ALL),
    Relation.OWN: _alike(_ALL),
    Relation.CONSENTED: _alike(_WITHOUT_AMOUNTS),
    Relation.OTHERS: _OF_OTHERS,
    Relation.RIVAL_FLIGHT: _OF_RIVALS,
    Relation.GUEST: _alike(_FOR_GUESTS),
}
"""Of a segment of this kind, in this relation, these fields are shown."""

TRIPS_FOR_SUPPLIERS: Mapping[str, Any] = {
    "completes_at": None,
    "expense": Expense(ready=False, reason=ExpenseReason.NOT_SHOWN),
}
"""Of a trip a supplier sees this instead of what is so: when it ends to the minute, and whether it can be
expensed, follow from what others booked. Its days it sees, as Concur publishes them."""

CHANGES_OF_OTHERS: Fields = _fields(
    "created updated merged split cancelled completed reopened anonymised deleted"
)
"""Of what happened to a trip a supplier hears these."""

BOOKING_FIELDS_OF_OTHERS: Fields = _fields(
    """record owner source booking_source record_locator status booked passengers segments created revision"""
)
"""Of another party's booking a supplier sees these; of its passengers the names."""

HEADER_FIELDS_OF_OTHERS: Fields = _fields(
    """name status comments cancel_comments description booked_by_first_name booked_by_last_name
    is_personal is_virtual"""
)
"""Of what the header of another's posted trip says, a supplier sees these."""
