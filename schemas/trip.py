"""A trip: what is true of one journey, where each value came from, and what changed."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from schemas.base import Model
from schemas.booking_record import Owner, Passenger, Source, Ticket, TripHeader
from schemas.identifiers import Identifier, TenantName
from schemas.segments import (
    NO_DETAILS,
    AirFields,
    CarFields,
    Charge,
    Code,
    Details,
    DiningFields,
    EventFields,
    FieldGroup,
    HotelFields,
    ParkingFields,
    RailFields,
    RideFields,
    Segment,
    Text,
)
from schemas.times import Instant, LocalTime


class Version(Model):
    """Which of two states of a trip is newer: the offset of the input that changed it.

    The epoch is the generation of `bookings.v1`; it rises only when that topic is recreated.
    """

    epoch: int
    offset: int

    def order(self) -> tuple[int, int]:
        """Return the tuple by which versions are ordered."""
        return (self.epoch, self.offset)


class TripStatus(StrEnum):
    """Concur's TripStatus values, by name."""

    CONFIRMED = "confirmed"
    TICKETED = "ticketed"
    CANCELLED = "cancelled"
    PROPOSAL = "proposal"
    BOOKED_PROPOSAL = "booked_proposal"


class ShownRevision(Model):
    """Which statement a value comes from: the same for as long as its sender says the same.

    When it arrived is left to the record; a sender who repeats itself changes no trip.
    """

    source_revision: Annotated[int, Field(ge=0)] | None = None
    content_hash: str


class Claim(Model):
    """One record's statement about a segment."""

    record: Identifier
    owner: Owner
    segment: Identifier
    """The id that the segment has by this record; it resolves to the consolidated one."""
    position: int
    """Its place among the record's segments, from 0."""
    revision: ShownRevision
    live: bool
    """False where the claim was cancelled."""
    values: Segment | None = None
    """What the record says of the segment, where that may differ from what is shown: of several claims."""


class Provenance(Model):
    """Where shown values come from; every shown field stands in exactly one of these."""

    group: FieldGroup
    fields: tuple[str, ...]
    record: Identifier
    owner: Owner
    revision: ShownRevision
    filled: bool = False
    """True where the group's winner left these fields unsaid and a lower source filled them."""


class _Consolidated(Model):
    """What consolidation adds to a segment's values."""

    id: Identifier
    also_known_as: tuple[Identifier, ...] = ()
    suspected_cancelled: bool = False
    """A source below the best live claim says that it is cancelled."""
    sources: tuple[Source, ...]
    claims: tuple[Claim, ...]
    provenance: tuple[Provenance, ...]


class TripAir(AirFields, _Consolidated):
    """A consolidated flight."""


class TripRail(RailFields, _Consolidated):
    """A consolidated train."""


class TripCar(CarFields, _Consolidated):
    """A consolidated rental car."""


class TripRide(RideFields, _Consolidated):
    """A consolidated ride."""


class TripHotel(HotelFields, _Consolidated):
    """A consolidated stay."""


class TripDining(DiningFields, _Consolidated):
    """A consolidated meal."""


class TripParking(ParkingFields, _Consolidated):
    """A consolidated parking place."""


class TripEventSegment(EventFields, _Consolidated):
    """A consolidated event to attend."""


TripSegment = Annotated[
    TripAir | TripCar | TripHotel | TripDining | TripRide | TripRail | TripParking | TripEventSegment,
    Field(discriminator="type"),
]


class TripBooking(Model):
    """A booking that is part of a trip, as its owner last stated it."""

    record: Identifier
    owner: Owner
    source: Source
    booking_source: Code
    record_locator: Code
    status: Literal["confirmed", "cancelled"]
    booked: LocalTime | None = None
    passengers: tuple[Passenger, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    charges: tuple[Charge, ...] = ()
    agency_name: Text | None = None
    details: Details = Field(default_factory=dict, json_schema_extra=NO_DETAILS)
    segments: tuple[Identifier, ...] = ()
    """The consolidated segments that it speaks of, in its own order."""
    created: Instant
    revision: ShownRevision


class ExpenseReason(StrEnum):
    """Why a trip is ready to expense, or why not."""

    NOT_OVER = "not_over"
    NOTHING_EXPENSABLE = "nothing_expensable"
    CANCELLED = "cancelled"
    PROPOSED = "proposed"
    UNDATED = "undated"
    OVER_WITH_EXPENSABLE_SEGMENT = "over_with_expensable_segment"
    OVER_WITH_VALID_COUPON = "over_with_valid_coupon"
    TICKETED_AIR = "ticketed_air"
    NOT_SHOWN = "not_shown"
    """Of answers alone: the reader may not know."""


class Expense(Model):
    """Whether the expense system may take the trip, as of the traveller's instant."""

    ready: bool
    reason: ExpenseReason
    since: Instant | None = None
    expensable_from: Instant | None = None
    """When it becomes ready if nothing changes."""


class PostedBy(Model):
    """Who posted a pinned trip, and what its header says."""

    owner: Owner
    header: TripHeader


class TripContent(Model):
    """What `f` computes: a function of records, settings and instant, and of nothing else.

    Names no id, version or history. Equal content is byte-equal (design, section 5).
    """

    name: Text
    status: TripStatus
    start_date: LocalTime | None = None
    end_date: LocalTime | None = None
    completed: bool = False
    completes_at: Instant | None = None
    """The end of the last live segment; None for a trip without dates."""
    expense: Expense
    segments: tuple[TripSegment, ...]
    bookings: tuple[TripBooking, ...]
    posted: PostedBy | None = None
    settings_revision: int
    tells_amounts: bool | None = None
    """Whether events of the trip name what it costs, by the tenant's setting."""
    dismissed: tuple[Identifier, ...] | None = None
    """What a person knows and need not be warned of, by the ids under which the trip's readers tell it."""


class ChangeType(StrEnum):
    """What can happen to a trip; the relay makes one event of each."""

    CREATED = "created"
    UPDATED = "updated"
    MERGED = "merged"
    SPLIT = "split"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    REOPENED = "reopened"
    READY_TO_EXPENSE = "ready_to_expense"
    NO_LONGER_EXPENSABLE = "no_longer_expensable"
    ANONYMISED = "anonymised"
    DELETED = "deleted"


class Change(Model):
    """One typed change of a trip."""

    type: ChangeType
    field_groups: tuple[str, ...] = ()
    """For `updated`: the groups of fields that differ."""
    trips: tuple[Identifier, ...] = ()
    """For `merged`: the trip it went into; for `split`: the trips that its parts are in now."""


class _Keyed(Model):
    id: Identifier
    tenant: TenantName
    traveller: Identifier
    version: Version
    modified: Instant
    """When the broker appended the input that brought this version."""
    changes: tuple[Change, ...]
    """What this version changed; the relay maps each to an event."""


class Trip(_Keyed):
    """The newest state of a trip; the value of `trips.v1`."""

    kind: Literal["trip"] = "trip"
    also_known_as: tuple[Identifier, ...] = ()
    """Every other id that this trip answers to."""
    created: Instant
    content_hash: str
    content: TripContent


class TripRedirect(_Keyed):
    """A trip id whose trip became part of another."""

    kind: Literal["redirect"] = "redirect"
    into: Identifier


class TripDeletion(_Keyed):
    """A trip of which nothing is left to show; the tombstone follows seven days later."""

    kind: Literal["deleted"] = "deleted"


class OutcomeResult(StrEnum):
    """What became of a statement."""

    APPLIED = "applied"
    STALE = "stale"
    REFUSED = "refused"


class Outcome(Model):
    """What became of one statement of a message."""

    message: Identifier
    tenant: TenantName
    traveller: Identifier
    record: Identifier | None = None
    result: OutcomeResult
    reason: Text | None = None
    trip: Identifier | None = None
    """The trip that the record is in after the batch."""


class ProgressMarker(Model):
    """How far a partition of `bookings.v1` is done, written with the outputs in one transaction."""

    kind: Literal["progress"] = "progress"
    partition: int
    epoch: int
    offset: int
    """The last offset that is done; suppressed and dead-lettered inputs count."""
    outcomes: tuple[Outcome, ...] = ()
    topic_id: str | None = None
    """The broker's id of the `bookings.v1` that was read: another one of this name is another epoch."""
    poisoned: tuple[int, ...] | None = None
    """The offsets of the latest inputs that became dead letters."""


TripsValue = Annotated[Trip | TripRedirect | TripDeletion | ProgressMarker, Field(discriminator="kind")]
"""The value of `trips.v1`."""

_VALUES: TypeAdapter[TripsValue] = TypeAdapter(TripsValue)


def decode_trips_value(encoded: bytes) -> TripsValue:
    """Read a value of `trips.v1`.

    Raises:
        pydantic.ValidationError: where it is none; its text never echoes the input.
    """
    return _VALUES.validate_json(encoded, extra="ignore")
