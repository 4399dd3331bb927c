"""Events that others subscribe to, in CloudEvents 1.0 (Kafka binary mode)."""

from collections.abc import Iterable
from itertools import islice
from typing import Any, Literal, NamedTuple

from schemas.base import Model
from schemas.identifiers import Identifier, TenantName, event_id
from schemas.money import Currency, DecimalText
from schemas.segments import Charge, Code, SegmentStatus, Text
from schemas.times import Instant, LocalTime
from schemas.trip import (
    Change,
    ChangeType,
    Expense,
    ProgressMarker,
    Trip,
    TripContent,
    TripDeletion,
    TripRedirect,
    TripStatus,
    TripsValue,
    Version,
)

CONTENT_TYPE = "application/json"
"""Of an event's data; in Kafka binary mode the header `content-type` says it."""

MOST_AMOUNTS = 1000
"""In one event; it stays far below the megabyte that a message may have."""

RENAMED_ATTRIBUTES = {"tenant": "itinerarytenant", "traveller": "itinerarytraveller"}
"""Extension attributes carry the project's name: others may have a `tenant` of their own."""


def attribute_header(field: str) -> str:
    """Return the Kafka header of a CloudEvents attribute, binary mode, by the field of its model."""
    return f"ce_{RENAMED_ATTRIBUTES.get(field, field)}"


def event_type(change: ChangeType) -> str:
    """Return the CloudEvents type of a change, such as `itinerary.trip.completed.v1`."""
    return f"itinerary.trip.{change.value}.v1"


class ToldAmount(Model):
    """One line of what a trip costs, for tenants who want amounts told."""

    amount: DecimalText
    currency: Currency | None = None
    segment: Identifier | None = None
    """Of which segment; else it is of a booking as a whole."""
    booking: Identifier | None = None
    is_paid: bool | None = None
    is_primary: bool | None = None
    semantics_code: Code | None = None


class TripEventV1(Model):
    """The data of a trip event: ids, dates and facts needed for expense, no more."""

    schema_version: Literal[1] = 1
    tenant: TenantName
    traveller: Identifier
    trip: Identifier
    version: Version
    change: ChangeType
    field_groups: tuple[str, ...] = ()
    trips: tuple[Identifier, ...] = ()
    status: TripStatus | None = None
    start_date: LocalTime | None = None
    end_date: LocalTime | None = None
    completes_at: Instant | None = None
    expense: Expense | None = None
    amounts: tuple[ToldAmount, ...] | None = None
    """What stands costs, as it was stated; only by a setting of the tenant."""
    amounts_left_out: bool | None = None
    """True where there are more than an event holds: it holds none, for a part would be a wrong sum."""


class TripEventAttributes(Model):
    """The CloudEvents attributes of a message on `trip-events.v1`, as its headers name them."""

    specversion: Literal["1.0"] = "1.0"
    id: Identifier
    """Made of trip, version and type: whoever saw it saw the event, however often it comes."""
    source: Literal["/v1/trips"] = "/v1/trips"
    """With the subject behind it, the address of the trip."""
    type: Text
    """`itinerary.trip.<change>.v1`."""
    subject: Identifier
    """The trip."""
    time: Instant
    """When the broker appended the input that changed the trip."""
    dataschema: Literal["urn:itinerary:schema:TripEventV1"] = "urn:itinerary:schema:TripEventV1"
    tenant: TenantName
    """Extension attribute `itinerarytenant`."""
    traveller: Identifier
    """Extension attribute `itinerarytraveller`."""


class InboxBooking(Model):
    """The CloudEvents attributes that a message on `inbox.v1` must have, as its headers name them."""

    id: Text
    source: Text
    """The sender, as the tenant's table of senders knows it."""
    type: Literal["itinerary.booking.v1", "itinerary.concur.booking.v1", "itinerary.concur.trip.v1"]
    tenant: TenantName
    """Extension attribute `itinerarytenant`."""
    traveller: Text | None = None
    """Extension attribute `itinerarytraveller`: a login; JSON bookings may name it inside instead."""


class Told(NamedTuple):
    """An event, whatever carries it."""

    attributes: TripEventAttributes
    data: TripEventV1

    def structured(self) -> dict[str, Any]:
        """Return it in the JSON of CloudEvents, one object: attributes, and the data among them."""
        return structured(self.attributes, self.data.model_dump(mode="json", exclude_none=True))


def structured(attributes: TripEventAttributes, data: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """Return an event in the JSON of CloudEvents 1.0."""
    said = attributes.model_dump(mode="json")
    named = {RENAMED_ATTRIBUTES.get(field, field): value for field, value in said.items()}
    return {**named, "datacontenttype": CONTENT_TYPE, "data": data}


def told_of(value: TripsValue) -> tuple[Told, ...]:
    """Return the events of a value of `trips.v1`; none of a progress marker or of a mere rewrite.

    The id is made of trip, version and type, the time is that of the input (design, section 6); a
    version has each type of change at most once. A function of the value alone: whoever tells it, however
    often and by whatever way, says the same.
    """
    if isinstance(value, ProgressMarker):
        return ()
    return tuple(_told(value, change) for change in value.changes)


def _told(value: Trip | TripRedirect | TripDeletion, change: Change) -> Told:
    attributes = TripEventAttributes(
        id=event_id(
            trip=value.id, epoch=value.version.epoch, offset=value.version.offset, change=change.type.value
        ),
        type=event_type(change.type),
        subject=value.id,
        time=value.modified,
        tenant=value.tenant,
        traveller=value.traveller,
    )
    data = TripEventV1(
        tenant=value.tenant,
        traveller=value.traveller,
        trip=value.id,
        version=value.version,
        change=change.type,
        field_groups=change.field_groups,
        trips=change.trips,
    )
    if isinstance(value, Trip):
        data = data.model_copy(update=_facts(value.content))
    return Told(attributes, data)


def _facts(content: TripContent) -> dict[str, Any]:
    amounts = tuple(islice(_amounts(content), MOST_AMOUNTS + 1)) if content.tells_amounts else None
    too_many = amounts is not None and len(amounts) > MOST_AMOUNTS
    return {
        "status": content.status,
        "start_date": content.start_date,
        "end_date": content.end_date,
        "completes_at": content.completes_at,
        "expense": content.expense,
        "amounts": None if too_many else amounts,
        "amounts_left_out": True if too_many else None,
    }


def _amounts(content: TripContent) -> Iterable[ToldAmount]:
    """Yield the charges of what stands, in the order of the trip."""
    for segment in content.segments:
        if segment.status is not SegmentStatus.CANCELLED:
            yield from (_amount(one, segment=segment.id) for one in segment.charges if one.amount)
    for booking in content.bookings:
        if booking.status != "cancelled":
            yield from (_amount(one, booking=booking.record) for one in booking.charges if one.amount)


def _amount(charge: Charge, *, segment: str | None = None, booking: str | None = None) -> ToldAmount:
    return ToldAmount(
        amount=charge.amount or "",
        currency=charge.currency,
        segment=segment,
        booking=booking,
        is_paid=charge.is_paid,
        is_primary=charge.is_primary,
        semantics_code=charge.semantics_code,
    )
