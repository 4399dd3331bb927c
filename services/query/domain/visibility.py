"""Who sees which field: one table, decided per field group by the owner of the winning claim.

Deny by default: a group that a row of the table does not name, is not shown (design, section 7).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from schemas.booking_record import Owner, Passenger, Ticket
from schemas.segments import (
    CONFIRMATION_NUMBERS,
    FIELD_PLACES,
    FieldGroup,
    Place,
    field_of,
    number_field,
)
from schemas.trip import PostedBy, Provenance, Trip, TripBooking, TripSegment

Reach = Literal["company", "subject"]


class Audience(StrEnum):
    """The classes of readers; a representation of a trip differs only between them and their parties."""

    INSIDER = "insider"
    SUPPLIER = "supplier"
    THIRD_PARTY = "third_party"


class Standing(NamedTuple):
    """What a kind of token may read: whose trips, and as which audience."""

    audience: Audience
    reach: Reach
    reach_of_administrator: Reach
    """Where the user behind the token administers the company."""


STANDINGS: Mapping[str, Standing] = {
    "traveller": Standing(Audience.INSIDER, "subject", "subject"),
    "admin": Standing(Audience.INSIDER, "company", "company"),
    "tmc": Standing(Audience.INSIDER, "subject", "company"),
    "supplier": Standing(Audience.SUPPLIER, "subject", "subject"),
    "third_party": Standing(Audience.THIRD_PARTY, "subject", "subject"),
}
"""By the kind of the principal; a kind that is not here reads no trips."""


class Viewer(NamedTuple):
    """Somebody who looks at a trip that they may see at all."""

    audience: Audience
    party: str | None = None
    """The party that a supplier is, by the tenant's table of senders."""
    travel_types: tuple[str, ...] = ()
    """What a supplier sells."""


class Relation(StrEnum):
    """What a viewer is to the values of one field group."""

    INSIDER = "insider"
    OWN = "own"
    OTHERS = "others"
    OTHERS_FLIGHT = "others_flight"
    RIVAL_FLIGHT = "rival_flight"
    CONSENTED = "consented"


_ALL = frozenset(FIELD_PLACES)
_EVERYTHING: Mapping[FieldGroup, frozenset[str]] = dict.fromkeys(FieldGroup, _ALL)
_OTHERS: Mapping[FieldGroup, frozenset[str]] = {
    FieldGroup.ROUTE_AND_TIMES: frozenset({"start", "end", "origin", "destination", "place"}),
    FieldGroup.STATUS: frozenset({"status"}),
}

VISIBLE: Mapping[Relation, Mapping[FieldGroup, frozenset[str]]] = {
    Relation.INSIDER: _EVERYTHING,
    Relation.OWN: _EVERYTHING,
    Relation.OTHERS: _OTHERS,
    Relation.OTHERS_FLIGHT: {
        **_OTHERS,
        FieldGroup.CARRIER_AND_NUMBER: frozenset({"carrier", "flight_number"}),
    },
    Relation.RIVAL_FLIGHT: {
        **_OTHERS,
        FieldGroup.ROUTE_AND_TIMES: frozenset({"end", "origin", "destination"}),
    },
    # No amounts; and no details either, for nobody vouches that a source's own fields hold none.
    Relation.CONSENTED: {
        group: _ALL for group in FieldGroup if group not in (FieldGroup.PRICE_AND_CHARGES, FieldGroup.DETAILS)
    },
}
"""The table: of values in this relation, these fields of these groups are shown."""

PLACE_FIELDS_OF_OTHERS = frozenset({"code", "city", "state", "country"})
"""Of a place that another party stated, a supplier sees the town, not the hotel's name or address."""

BOOKING_FIELDS_OF_OTHERS = frozenset(
    {
        "record", "owner", "source", "booking_source", "record_locator", "status", "booked",
        "passengers", "segments", "created", "revision",
    }
)  # fmt: skip
"""Of another party's booking (concur.md, 3.6: the record locator is visible)."""


def relation(viewer: Viewer, *, owner: Owner, kind: str) -> Relation:
    """Return what the viewer is to values of this owner on a segment or booking of this kind."""
    match viewer.audience:
        case Audience.INSIDER:
            return Relation.INSIDER
        case Audience.THIRD_PARTY:
            return Relation.CONSENTED
        case Audience.SUPPLIER:
            if owner.party == viewer.party:
                return Relation.OWN
            if kind != "air":
                return Relation.OTHERS
            return Relation.RIVAL_FLIGHT if "air" in viewer.travel_types else Relation.OTHERS_FLIGHT


def visible(trip: Trip, *, viewer: Viewer) -> Trip:
    """Return the trip with nothing in it that the viewer may not see."""
    if viewer.audience is Audience.INSIDER:
        return trip
    content = trip.content.model_copy(
        update={
            "segments": tuple(_segment(segment, viewer=viewer) for segment in trip.content.segments),
            "bookings": tuple(_booking(booking, viewer=viewer) for booking in trip.content.bookings),
            "posted": _posted(trip.content.posted, viewer=viewer),
        }
    )
    return trip.model_copy(update={"content": content})


def _segment(segment: TripSegment, *, viewer: Viewer) -> TripSegment:
    provenance: list[Provenance] = []
    shown: dict[str, Any] = {}
    for entry in segment.provenance:
        seen_as = relation(viewer, owner=entry.owner, kind=segment.type)
        allowed = VISIBLE[seen_as].get(entry.group, frozenset())
        fields = tuple(field for field in entry.fields if field_of(field) in allowed)
        if fields:
            provenance.append(entry.model_copy(update={"fields": fields}))
        for field in map(field_of, fields):
            value = getattr(segment, field)
            shown[field] = _place(value, seen_as=seen_as) if isinstance(value, Place) else value
    named = {field for entry in provenance for field in entry.fields}
    shown[CONFIRMATION_NUMBERS] = tuple(n for n in segment.confirmation_numbers if number_field(n) in named)
    hidden = {
        name: field.default
        for name, field in type(segment).model_fields.items()
        if name in _ALL and name not in shown
    }
    claims = segment.claims
    if viewer.audience is Audience.SUPPLIER:
        claims = tuple(claim for claim in claims if claim.owner.party == viewer.party)
    return segment.model_copy(update={**hidden, **shown, "provenance": tuple(provenance), "claims": claims})


def _place(place: Place, *, seen_as: Relation) -> Place:
    if seen_as in (Relation.INSIDER, Relation.OWN, Relation.CONSENTED):
        return place
    return Place(**{name: getattr(place, name) for name in PLACE_FIELDS_OF_OTHERS})


def _booking(booking: TripBooking, *, viewer: Viewer) -> TripBooking:
    seen_as = relation(viewer, owner=booking.owner, kind="booking")
    if seen_as is Relation.OWN:
        return booking
    if seen_as is Relation.CONSENTED:
        return booking.model_copy(
            update={
                "charges": (),
                "details": {},
                "tickets": tuple(_without_amounts(ticket) for ticket in booking.tickets),
            }
        )
    hidden = {
        name: field.default
        for name, field in TripBooking.model_fields.items()
        if name not in BOOKING_FIELDS_OF_OTHERS
    }
    named = tuple(_named(passenger) for passenger in booking.passengers)
    return booking.model_copy(update={**hidden, "passengers": named})


def _without_amounts(ticket: Ticket) -> Ticket:
    return ticket.model_copy(update={"total": None, "details": {}})


def _named(passenger: Passenger) -> Passenger:
    return Passenger(
        first_name=passenger.first_name, middle_name=passenger.middle_name, last_name=passenger.last_name
    )


def _posted(posted: PostedBy | None, *, viewer: Viewer) -> PostedBy | None:
    if posted is None or posted.owner.party == viewer.party:
        return posted
    if viewer.audience is Audience.SUPPLIER:
        return None
    header = posted.header.model_copy(update={"custom_attributes": (), "details": {}})
    return posted.model_copy(update={"header": header})
