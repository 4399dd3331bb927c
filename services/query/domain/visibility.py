"""Shows of a trip what a viewer may see: walks the table of `visible_fields`.

What is written of a trip in any form, JSON, XML, calendar, event or page, goes through `visible` first.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Literal, NamedTuple, TypeVar

from schemas.base import Model
from schemas.booking_record import Owner, Passenger, Ticket, TripHeader
from schemas.segments import (
    CONFIRMATION_NUMBERS,
    FIELD_PLACES,
    Place,
    SegmentStatus,
    SegmentType,
    field_of,
    number_field,
)
from schemas.trip import (
    ChangeType,
    Claim,
    PostedBy,
    Provenance,
    Trip,
    TripBooking,
    TripSegment,
)
from schemas.trip_names import name_by_places
from services.query.domain.visible_fields import (
    BOOKING_FIELDS_OF_OTHERS,
    CHANGES_OF_OTHERS,
    HEADER_FIELDS_OF_OTHERS,
    TRIPS_FOR_SUPPLIERS,
    VISIBLE,
    Fields,
    Relation,
)

Reach = Literal["company", "subject"]


class Audience(StrEnum):
    """The classes of readers; a representation of a trip differs only between them and their parties."""

    INSIDER = "insider"
    SUPPLIER = "supplier"
    THIRD_PARTY = "third_party"
    GUEST = "guest"
    """Whoever holds a link to one trip; no token makes a guest."""


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
    """The party that an agency or a supplier is, by the tenant's table of senders."""
    travel_types: tuple[str, ...] = ()
    """What a supplier sells."""


def relation(viewer: Viewer, *, owner: Owner, kind: SegmentType) -> Relation:
    """Return what the viewer is to values of this owner on a segment of this kind."""
    match viewer.audience:
        case Audience.INSIDER:
            return Relation.INSIDER
        case Audience.THIRD_PARTY:
            return Relation.CONSENTED
        case Audience.GUEST:
            return Relation.GUEST
        case Audience.SUPPLIER:
            if owner.party == viewer.party:
                return Relation.OWN
            return Relation.RIVAL_FLIGHT if kind == "air" and _may_fly(viewer) else Relation.OTHERS


def _may_fly(viewer: Viewer) -> bool:
    return not viewer.travel_types or any(kind.casefold() == "air" for kind in viewer.travel_types)


def visible(trip: Trip, *, viewer: Viewer) -> Trip:
    """Return the trip with nothing in it that the viewer may not see."""
    if viewer.audience is Audience.INSIDER:
        return trip
    segments = (_segment(segment, viewer=viewer) for segment in trip.content.segments)
    shown = tuple(segment for segment in segments if segment is not None)
    ids = {segment.id for segment in shown}
    if viewer.audience is Audience.GUEST:
        return _for_guests(trip, segments=shown)
    bookings = tuple(_booking(booking, viewer=viewer, segments=ids) for booking in trip.content.bookings)
    posted = _posted(trip.content.posted, viewer=viewer)
    update: dict[str, Any] = {"segments": shown, "bookings": bookings, "posted": posted}
    if viewer.audience is Audience.SUPPLIER:
        update |= {**TRIPS_FOR_SUPPLIERS, "name": _name(posted, segments=shown)}
    return trip.model_copy(update={"content": trip.content.model_copy(update=update)})


def _for_guests(trip: Trip, *, segments: tuple[TripSegment, ...]) -> Trip:
    """Return the trip without bookings and header, and without who said what.

    It is called by its places: who posts a trip names it, and some name it by its locator.
    """
    plain = tuple(one.model_copy(update={"claims": (), "provenance": ()}) for one in segments)
    update = {"name": _name(None, segments=plain), "segments": plain, "bookings": (), "posted": None}
    return trip.model_copy(update={"content": trip.content.model_copy(update=update)})


def _name(posted: PostedBy | None, *, segments: Sequence[TripSegment]) -> str:
    """Return what to call a trip: as its header does, else by what is seen of it."""
    if posted is not None and posted.header.name is not None:
        return posted.header.name
    standing = [segment for segment in segments if segment.status is not SegmentStatus.CANCELLED]
    return name_by_places(s.model_dump(mode="json", exclude_none=True) for s in standing or segments)


def _segment(segment: TripSegment, *, viewer: Viewer) -> TripSegment | None:
    """Return what is to be seen of a segment; None where that is nothing, or hides that it is cancelled."""
    provenance: list[Provenance] = []
    shown: dict[str, Any] = {}
    for entry in segment.provenance:
        allowed = VISIBLE[relation(viewer, owner=entry.owner, kind=segment.type)][segment.type]
        fields = tuple(field for field in entry.fields if _names(allowed, field_of(field)))
        if fields:
            provenance.append(_unhashed(entry, viewer=viewer).model_copy(update={"fields": fields}))
        for field in map(field_of, fields):
            shown[field] = _part(getattr(segment, field), field=field, allowed=allowed)
    if _knows_status(segment, viewer=viewer):
        shown["status"] = segment.status
    claims = tuple(
        _claim(claim, viewer=viewer) for claim in segment.claims if _is_shown(claim, viewer=viewer)
    )
    hides_its_end = segment.status is SegmentStatus.CANCELLED and "status" not in shown
    if (not shown or hides_its_end) and not claims:
        return None
    named = {field for entry in provenance for field in entry.fields}
    shown[CONFIRMATION_NUMBERS] = tuple(n for n in segment.confirmation_numbers if number_field(n) in named)
    hidden = {
        name: field.get_default(call_default_factory=True)
        for name, field in type(segment).model_fields.items()
        if name in FIELD_PLACES and name not in shown
    }
    about = _consolidated(segment, viewer=viewer, provenance=provenance, claims=claims)
    return segment.model_copy(update={**hidden, **shown, **about})


def _knows_status(segment: TripSegment, *, viewer: Viewer) -> bool:
    """Whether a status that nobody stated is about a claim whose status the viewer may see.

    That a segment stands, or was cancelled by number or with its booking, stands in no provenance.
    """
    if any("status" in entry.fields for entry in segment.provenance):
        return False
    is_cancelled = segment.status is SegmentStatus.CANCELLED
    return any(
        "status" in VISIBLE[relation(viewer, owner=claim.owner, kind=segment.type)][segment.type]
        for claim in segment.claims
        if claim.live is not is_cancelled
    )


def _consolidated(
    segment: TripSegment, *, viewer: Viewer, provenance: Sequence[Provenance], claims: Sequence[Claim]
) -> dict[str, Any]:
    """Return what consolidation says of a segment, as far as it is about what is shown of it."""
    about: dict[str, Any] = {"provenance": tuple(provenance), "claims": tuple(claims)}
    if viewer.audience is not Audience.SUPPLIER:
        return about
    told = {entry.owner.source for entry in provenance} | {claim.owner.source for claim in claims}
    knows_status = any("status" in entry.fields for entry in provenance)
    return about | {
        "sources": tuple(source for source in segment.sources if source in told),
        "suspected_cancelled": segment.suspected_cancelled and knows_status,
    }


def _names(allowed: Fields, field: str) -> bool:
    return field in allowed or any(name.startswith(f"{field}.") for name in allowed)


def _part(value: Any, *, field: str, allowed: Fields) -> Any:  # noqa: ANN401 - a value of any field
    """Return a value, of a place the parts that may be seen."""
    if not isinstance(value, Place) or field in allowed:
        return value
    parts = (name for name in Place.model_fields if f"{field}.{name}" in allowed)
    return Place(**{name: getattr(value, name) for name in parts})


_Said = TypeVar("_Said", Claim, Provenance, TripBooking)
HIDDEN_HASH = "hidden"

_ALONE = frozenset({Audience.SUPPLIER, Audience.GUEST})
"""Who is not told that others say something as well."""


def _is_shown(claim: Claim, *, viewer: Viewer) -> bool:
    return viewer.audience not in _ALONE or claim.owner.party == viewer.party


def _claim(claim: Claim, *, viewer: Viewer) -> Claim:
    """Return a claim; what it says stays with insiders and with its owner."""
    if claim.owner.party == viewer.party:
        return claim
    return _unhashed(claim, viewer=viewer).model_copy(update={"values": None})


def _unhashed(said: _Said, *, viewer: Viewer) -> _Said:
    """Return what somebody said without the hash of all of it, from which amounts could be guessed."""
    if said.owner.party == viewer.party:
        return said
    revision = said.revision.model_copy(update={"content_hash": HIDDEN_HASH})
    return said.model_copy(update={"revision": revision})


def _booking(booking: TripBooking, *, viewer: Viewer, segments: set[str]) -> TripBooking:
    """Return what is to be seen of a booking, which names only `segments` that are seen themselves."""
    if booking.owner.party == viewer.party:
        return booking
    booking = _unhashed(booking, viewer=viewer)
    booking = booking.model_copy(update={"segments": tuple(s for s in booking.segments if s in segments)})
    if viewer.audience is Audience.THIRD_PARTY:
        return booking.model_copy(
            update={
                "charges": (),
                "details": {},
                "passengers": tuple(p.model_copy(update={"details": {}}) for p in booking.passengers),
                "tickets": tuple(_without_amounts(ticket) for ticket in booking.tickets),
            }
        )
    named = tuple(_named(passenger) for passenger in booking.passengers)
    hidden = _defaults(TripBooking, without=BOOKING_FIELDS_OF_OTHERS)
    return booking.model_copy(update={**hidden, "passengers": named})


def _defaults(model: type[Model], *, without: Fields) -> dict[str, Any]:
    """Return the default of every field that is not named."""
    return {
        name: field.get_default(call_default_factory=True)
        for name, field in model.model_fields.items()
        if name not in without
    }


def _without_amounts(ticket: Ticket) -> Ticket:
    return ticket.model_copy(update={"total": None, "details": {}})


def _named(passenger: Passenger) -> Passenger:
    return Passenger(
        first_name=passenger.first_name, middle_name=passenger.middle_name, last_name=passenger.last_name
    )


def _posted(posted: PostedBy | None, *, viewer: Viewer) -> PostedBy | None:
    if posted is None or posted.owner.party == viewer.party:
        return posted
    hidden: dict[str, Any] = {"custom_attributes": (), "details": {}}
    if viewer.audience is Audience.SUPPLIER:
        hidden = _defaults(TripHeader, without=HEADER_FIELDS_OF_OTHERS)
    return posted.model_copy(update={"header": posted.header.model_copy(update=hidden)})


def visible_changes(changes: Sequence[Mapping[str, Any]], *, viewer: Viewer) -> Sequence[Mapping[str, Any]]:
    """Return of what happened to a trip what the viewer may know; which fields differ only insiders do."""
    if viewer.audience is Audience.INSIDER:
        return changes
    known = CHANGES_OF_OTHERS if viewer.audience is Audience.SUPPLIER else frozenset(ChangeType)
    return [
        {name: said for name, said in change.items() if name != "field_groups"}
        for change in changes
        if change["type"] in known
    ]
