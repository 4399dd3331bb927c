"""The eight kinds of segment, and the table that says which fields belong together.

The kinds carry what consolidation, people and the expense system need under one name each. What a
source says beyond that stays in `details` under the source's own names and comes back unchanged.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, StringConstraints
from pydantic.config import JsonDict

from schemas.base import Model
from schemas.money import Currency, DecimalText, Money
from schemas.times import LocalTime, Moment

_STORABLE = r"^[^\x00]*$"
"""PostgreSQL holds every character but NUL; refused at the door, it cannot stop the projector."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=_STORABLE)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=_STORABLE)]
Details = Mapping[Code, Annotated[str, StringConstraints(pattern=_STORABLE)]]
"""What else a source said, under its own names."""
NO_DETAILS: JsonDict = {"default": {}}
"""What a field of none has in the schemas; a default of `{}` would be copied, slowly, for every value."""
Count = Annotated[int, Field(ge=0, le=1_000_000)]
"""How many of something; bounded, because canonical JSON holds integers of 64 bits."""
SegmentType = Literal["air", "car", "hotel", "dining", "ride", "rail", "parking", "event"]
SEGMENT_TYPES: tuple[SegmentType, ...] = (
    "air", "car", "hotel", "dining", "ride", "rail", "parking", "event",
)  # fmt: skip


class SegmentStatus(StrEnum):
    """What the source says became of the segment."""

    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    REQUESTED = "requested"
    CANCELLED = "cancelled"


class ConfirmationKind(StrEnum):
    """Who gave a number: two kinds may differ for one booking without contradicting each other."""

    RECORD_LOCATOR = "record_locator"
    SUPPLIER = "supplier"
    BOOKING_SITE = "booking_site"
    AGENCY = "agency"
    TICKET = "ticket"


class ConfirmationNumber(Model):
    """A number under which somebody knows the booking."""

    kind: ConfirmationKind
    value: Code
    issuer: Code | None = None


class Place(Model):
    """Where something starts, ends or stands. Coordinates are decimal strings in degrees."""

    code: Code | None = None
    """IATA airport or city code, or the source's own station or location code."""
    name: Text | None = None
    address: Text | None = None
    city: Text | None = None
    state: Text | None = None
    postal_code: Code | None = None
    country: Code | None = None
    latitude: DecimalText | None = None
    longitude: DecimalText | None = None


class Seat(Model):
    """A seat, and the position of its passenger in the booking's list, from 1."""

    number: Code
    passenger: Count | None = None
    status: Code | None = None


class ChargeKind(StrEnum):
    """How an amount is built up."""

    FIXED = "fixed"
    PERCENT = "percent"
    RATE = "rate"
    RATE_WITH_ALLOWANCE = "rate_with_allowance"


class Charge(Model):
    """One line of what a segment or booking costs."""

    kind: ChargeKind
    amount: DecimalText | None = None
    currency: Currency | None = None
    description: Text | None = None
    is_paid: bool | None = None
    is_primary: bool | None = None
    semantics_code: Code | None = None
    semantics_vendor_type: Code | None = None
    start: LocalTime | None = None
    vendor: Code | None = None
    vendor_charge_code: Code | None = None
    per_unit: Code | None = None
    units: DecimalText | None = None
    allowance_amount: DecimalText | None = None
    allowance_unit: Code | None = None
    allowance_units: DecimalText | None = None
    allowance_is_unlimited: bool | None = None


class _SegmentFields(Model):
    """What every kind has."""

    start: Moment | None = None
    end: Moment | None = None
    status: SegmentStatus | None = None
    status_code: Code | None = None
    """The source's own status, such as HK."""
    confirmation_numbers: tuple[ConfirmationNumber, ...] = ()
    cancellation_number: Code | None = None
    total: Money | None = None
    rate: Money | None = None
    charges: tuple[Charge, ...] = ()
    phone: Code | None = None
    notes: Text | None = None
    special_instructions: Text | None = None
    cancellation_policy: Text | None = None
    frequent_traveller_id: Code | None = None
    passengers: tuple[Text, ...] = ()
    """Who uses this segment, as written, where the source names people by segment."""
    details: Details = Field(default_factory=dict, json_schema_extra=NO_DETAILS)
    """What else the source said, under its own names."""


class _JourneyFields(_SegmentFields):
    """From one place to another."""

    origin: Place | None = None
    destination: Place | None = None


class _VisitFields(_SegmentFields):
    """At one place."""

    place: Place | None = None
    vendor: Code | None = None
    vendor_name: Text | None = None
    name: Text | None = None
    party_size: Count | None = None


class AirFields(_JourneyFields):
    """One flight, from take-off to landing. Carriers are IATA codes or names as sent."""

    type: Literal["air"] = "air"
    carrier: Code | None = None
    carrier_name: Text | None = None
    flight_number: Code | None = None
    operating_carrier: Code | None = None
    operating_carrier_name: Text | None = None
    operating_flight_number: Code | None = None
    origin_terminal: Code | None = None
    origin_gate: Code | None = None
    destination_terminal: Code | None = None
    destination_gate: Code | None = None
    aircraft: Code | None = None
    duration_minutes: Count | None = None
    stops: Count | None = None
    miles: Count | None = None
    cabin: Code | None = None
    class_of_service: Code | None = None
    seats: tuple[Seat, ...] = ()


class RailFields(_JourneyFields):
    """One train, from boarding to leaving it."""

    type: Literal["rail"] = "rail"
    carrier: Code | None = None
    carrier_name: Text | None = None
    train_number: Code | None = None
    train_type: Code | None = None
    origin_platform: Code | None = None
    destination_platform: Code | None = None
    wagon: Code | None = None
    cabin: Code | None = None
    class_of_service: Code | None = None
    seats: tuple[Seat, ...] = ()


class CarFields(_JourneyFields):
    """A rental car, from pick-up (origin, start) to drop-off (destination, end)."""

    type: Literal["car"] = "car"
    vendor: Code | None = None
    vendor_name: Text | None = None
    car_class: Code | None = None
    body: Code | None = None
    transmission: Code | None = None
    air_condition: Code | None = None
    cars: Count | None = None


class RideFields(_JourneyFields):
    """A taxi, shuttle or ferry."""

    type: Literal["ride"] = "ride"
    vendor: Code | None = None
    vendor_name: Text | None = None
    party_size: Count | None = None


class HotelFields(_VisitFields):
    """A stay in one room or more, from check-in (start) to check-out (end)."""

    type: Literal["hotel"] = "hotel"
    property_id: Code | None = None
    room_type: Code | None = None
    room_description: Text | None = None
    rooms: Count | None = None
    room_index: Count | None = None
    """Which of several rooms booked alike this is, from 1."""
    check_in_time: Code | None = None
    check_out_time: Code | None = None


class DiningFields(_VisitFields):
    """A table at a restaurant."""

    type: Literal["dining"] = "dining"


class ParkingFields(_VisitFields):
    """A parking place."""

    type: Literal["parking"] = "parking"


class EventFields(_VisitFields):
    """A meeting, concert or other thing to attend."""

    type: Literal["event"] = "event"


class _Claimed(Model):
    """A segment as one record states it."""

    reference: Code | None = None
    """The source's own id of the segment, where it gives one."""


class AirSegment(AirFields, _Claimed):
    """A flight as one record states it."""


class RailSegment(RailFields, _Claimed):
    """A train as one record states it."""


class CarSegment(CarFields, _Claimed):
    """A rental car as one record states it."""


class RideSegment(RideFields, _Claimed):
    """A ride as one record states it."""


class HotelSegment(HotelFields, _Claimed):
    """A stay as one record states it."""


class DiningSegment(DiningFields, _Claimed):
    """A meal as one record states it."""


class ParkingSegment(ParkingFields, _Claimed):
    """A parking place as one record states it."""


class EventSegment(EventFields, _Claimed):
    """An event as one record states it."""


Segment = Annotated[
    AirSegment | CarSegment | HotelSegment | DiningSegment
    | RideSegment | RailSegment | ParkingSegment | EventSegment,
    Field(discriminator="type"),
]  # fmt: skip


class FieldGroup(StrEnum):
    """Values that belong together and so come from one source (design, section 5, rule 2)."""

    ROUTE_AND_TIMES = "route_and_times"
    CARRIER_AND_NUMBER = "carrier_and_number"
    VENDOR = "vendor"
    CONFIRMATIONS = "confirmations"
    PRICE_AND_CHARGES = "price_and_charges"
    SEAT_ROOM_CLASS = "seat_room_class"
    CONTACTS = "contacts"
    STATUS = "status"
    DETAILS = "details"


class FieldPlace(NamedTuple):
    """Where a field belongs: its group, and the unit within it that is filled as a whole.

    A group comes from its best claim. What that claim leaves unsaid is filled from lower claims
    unit by unit, never half a unit: a day from one source and an hour from another make no time.
    """

    group: FieldGroup
    unit: str


def _units(group: FieldGroup, **units: str) -> dict[str, FieldPlace]:
    return {field: FieldPlace(group, unit) for unit, fields in units.items() for field in fields.split()}


CONFIRMATION_NUMBERS = "confirmation_numbers"


def number_field(number: ConfirmationNumber) -> str:
    """Return the field under which provenance names a number: sources add up by kind and issuer."""
    return numbered_field(number.kind.value, number.issuer)


def numbered_field(kind: str, issuer: str | None) -> str:
    """Return the same of a number in JSON."""
    return f"{CONFIRMATION_NUMBERS}.{kind}" if issuer is None else f"{CONFIRMATION_NUMBERS}.{kind}.{issuer}"


def field_of(provenance_field: str) -> str:
    """Return the field of the segment that a field named in provenance is, or is a part of."""
    return provenance_field.split(".", 1)[0]


FIELD_PLACES: Mapping[str, FieldPlace] = {
    **_units(
        FieldGroup.ROUTE_AND_TIMES,
        # Matching vetoes claims of other places, so a time may fill what another left without one.
        start="start", origin="origin", place="place", end="end", destination="destination",
        origin_terminal="origin_terminal", origin_gate="origin_gate",
        destination_terminal="destination_terminal", destination_gate="destination_gate",
        origin_platform="origin_platform", destination_platform="destination_platform",
        journey="duration_minutes stops miles",
        check_in="check_in_time", check_out="check_out_time",
    ),
    **_units(
        FieldGroup.CARRIER_AND_NUMBER,
        marketing="carrier carrier_name flight_number train_number train_type",
        operating="operating_carrier operating_carrier_name operating_flight_number",
        aircraft="aircraft",
    ),
    **_units(FieldGroup.VENDOR, vendor="vendor vendor_name", property="name property_id"),
    **_units(
        FieldGroup.CONFIRMATIONS,
        confirmation_numbers="confirmation_numbers", cancellation_number="cancellation_number",
    ),
    **_units(FieldGroup.PRICE_AND_CHARGES, price="total rate charges"),
    **_units(
        FieldGroup.SEAT_ROOM_CLASS,
        seats="seats wagon", service_class="cabin class_of_service",
        room="room_type room_description rooms room_index",
        vehicle="car_class body transmission air_condition cars",
        party="party_size passengers", loyalty="frequent_traveller_id",
    ),
    **_units(
        FieldGroup.CONTACTS,
        phone="phone", notes="notes", special_instructions="special_instructions",
        cancellation_policy="cancellation_policy",
    ),
    **_units(FieldGroup.STATUS, status="status status_code"),
    **_units(FieldGroup.DETAILS, details="details"),
}  # fmt: skip
