"""The table of visibility, walked: every relation, kind of segment and field, in the language and in XML."""

from typing import Any, get_args

import pytest
from lxml import etree
from pydantic import TypeAdapter, ValidationError

from schemas.booking_record import Owner
from schemas.concur.mapping import SEGMENTS
from schemas.money import Money
from schemas.segments import (
    CONFIRMATION_NUMBERS,
    FIELD_PLACES,
    SEGMENT_TYPES,
    Charge,
    ChargeKind,
    ConfirmationKind,
    ConfirmationNumber,
    FieldGroup,
    Place,
    Seat,
    SegmentStatus,
    number_field,
)
from schemas.trip import Provenance, Trip, TripSegment
from services.query.domain.concur_format import itinerary_xml
from services.query.domain.visibility import Audience, Viewer, visible
from services.query.domain.visible_fields import VISIBLE, Relation
from tests.support.query_trips import REVISION, an_id, booking, moment, trip

OWNER = Owner(party="skyways", source="supplier")
VIEWERS = {
    Relation.INSIDER: Viewer(Audience.INSIDER, "horizon"),
    Relation.CONSENTED: Viewer(Audience.THIRD_PARTY),
    Relation.OWN: Viewer(Audience.SUPPLIER, "skyways", ("air",)),
    Relation.GUEST: Viewer(Audience.GUEST),
    Relation.OTHERS: Viewer(Audience.SUPPLIER, "rentacar", ("car",)),
    Relation.RIVAL_FLIGHT: Viewer(Audience.SUPPLIER, "otherair", ("air",)),
}
SEGMENT: TypeAdapter[Any] = TypeAdapter(TripSegment)
KINDS = {kind.model_fields["type"].default: kind for kind in get_args(get_args(TripSegment)[0])}
NUMBER = ConfirmationNumber(kind=ConfirmationKind.SUPPLIER, value="S-1")
SAID: dict[str, Any] = {
    "start": moment("2026-05-12T09:00:00"),
    "end": moment("2026-05-12T11:00:00"),
    "total": Money(amount="240.35", currency="EUR"),
    "rate": Money(amount="120.10", currency="EUR"),
    "charges": (Charge(kind=ChargeKind.FIXED, amount="99.00"),),
    "seats": (Seat(number="14A"),),
    "status": SegmentStatus.CONFIRMED,
    "status_code": "HK",
    "passengers": ("Maria Rossi",),
    "details": {"FareBasis": "Y"},
    CONFIRMATION_NUMBERS: (NUMBER,),
}


def value_of(field: str) -> Any:
    """A value for a field: the one above, else a place, a text or a count, whichever it takes."""
    if field in SAID:
        return SAID[field]
    if field in {"origin", "destination", "place"}:
        numbers = {"latitude": "48.1", "longitude": "16.5"}
        return Place(**{name: numbers.get(name, f"{field} {name}") for name in Place.model_fields})
    return f"{field} of it"


def full(kind: str) -> Any:
    """A segment that says everything it can, all of it won by one owner; nobody's claim beside."""
    fields = [name for name in FIELD_PLACES if name in KINDS[kind].model_fields]
    values = {name: value_of(name) for name in fields}
    rest = {"type": kind, "id": an_id(kind), "sources": ("supplier",), "claims": (), "provenance": ()}
    try:
        segment = SEGMENT.validate_python(values | rest)
    except ValidationError as error:
        counts = {str(fault["loc"][-1]): 3 for fault in error.errors()}
        segment = SEGMENT.validate_python(values | counts | rest)
    provenance = tuple(
        Provenance(
            group=group,
            fields=tuple(
                number_field(NUMBER) if name == CONFIRMATION_NUMBERS else name
                for name in fields
                if FIELD_PLACES[name].group is group
            ),
            record=an_id(f"record of {OWNER.party}"),
            owner=OWNER,
            revision=REVISION,
        )
        for group in FieldGroup
    )
    return segment.model_copy(update={"provenance": provenance})


def seen_by(relation: Relation, segment: Any) -> Trip:
    whole = trip("rome", segments=(segment,), bookings=(booking(owner=OWNER),))
    return visible(whole, viewer=VIEWERS[relation])


def said(segment: Any) -> dict[str, Any]:
    """What a segment says, by field, and within a place by its part."""
    found: dict[str, Any] = {}
    for field in FIELD_PLACES:
        value = getattr(segment, field, None)
        if isinstance(value, Place):
            parts = {f"{field}.{name}": getattr(value, name) for name in Place.model_fields}
            found |= {name: part for name, part in parts.items() if part is not None}
        elif value not in (None, (), {}):
            found[field] = value
    return found


def allowed(relation: Relation, kind: Any, name: str) -> bool:
    fields = VISIBLE[relation][kind]
    return name in fields or name.partition(".")[0] in fields


@pytest.mark.parametrize("kind", SEGMENT_TYPES)
@pytest.mark.parametrize("relation", Relation)
def test_exactly_what_the_table_names_is_shown(relation: Relation, kind: Any) -> None:
    segment = full(kind)

    content = seen_by(relation, segment).content

    shown = {name: value for one in content.segments for name, value in said(one).items()}
    assert len(said(segment)) >= len(KINDS[kind].model_fields.keys() & FIELD_PLACES.keys())
    assert shown == {name: v for name, v in said(segment).items() if allowed(relation, kind, name)}


@pytest.mark.parametrize("kind", SEGMENT_TYPES)
@pytest.mark.parametrize(
    "relation", [one for one in Relation if one is not Relation.GUEST]
)  # who reads no XML
def test_xml_holds_exactly_the_elements_of_what_is_shown(relation: Relation, kind: Any) -> None:
    document = etree.fromstring(
        itinerary_xml(seen_by(relation, full(kind)), base_url="https://itinerary.example")
    )
    table = SEGMENTS[kind.capitalize()]
    of_field = {"supplier_number": CONFIRMATION_NUMBERS}
    expected = {
        column.element
        for column in table.columns
        if not column.read_only and allowed(relation, kind, _field(column.field, of_field))
    } | {inner.wrapper for inner in table.lists if allowed(relation, kind, inner.field)}

    written = {str(etree.QName(e).localname) for e in document.iterfind(f".//{{*}}{table.element}/*")}

    assert written - {"DateCreatedUtc", "DateModifiedUtc"} == expected


def _field(path: tuple[str, ...], names: dict[str, str]) -> str:
    """Return the field of the language of which a column is, or is made."""
    first, *_ = path
    first = names.get(first, first)
    return first if first in SAID else ".".join((first, *path[1:]))
