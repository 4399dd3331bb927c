"""Events that others subscribe to, in CloudEvents 1.0 (Kafka binary mode)."""

from typing import Literal

from schemas.base import Model
from schemas.identifiers import Identifier, TenantName
from schemas.segments import Text
from schemas.times import Instant, LocalTime
from schemas.trip import ChangeType, Expense, TripStatus, Version


def event_type(change: ChangeType) -> str:
    """Return the CloudEvents type of a change, such as `itinerary.trip.completed.v1`."""
    return f"itinerary.trip.{change.value}.v1"


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
