"""What senders say (statements, on `bookings.v1`) and what is accepted of it (records, on `records.v1`).

A booking record is what one owner says about one booking; its segments share one record locator.
Its state is a join of registers, each newer-wins by revision, so that any order of arrival gives the
same state (design, section 4).
"""

from typing import Annotated, Literal, NamedTuple

from pydantic import Field, TypeAdapter

from schemas.base import Model
from schemas.identifiers import Identifier, TenantName
from schemas.money import Money
from schemas.segments import NO_DETAILS, Charge, Code, Count, Details, Segment, Text
from schemas.settings import TenantSettings
from schemas.times import Instant, LocalTime

Source = Literal["manual", "tmc", "supplier", "booking_tool", "tripit", "email"]
SOURCES: tuple[Source, ...] = ("manual", "tmc", "supplier", "booking_tool", "tripit", "email")

MAX_SEGMENTS = 500
"""Segments of one trip, and so of one statement (design, section 5, rule 7)."""


class Owner(Model):
    """The party that sent something, from its token, and the kind of sender that it is."""

    party: Code
    source: Source


class RevisionOrder(NamedTuple):
    """What revisions are compared by; see `Revision.order`."""

    source_revision: int
    received_ms: int
    partition: int
    offset: int
    normaliser: int
    content_hash: str


class Revision(Model):
    """Which of two statements about one record is newer.

    The source's own revision where it declares one, then the broker's append of the raw message
    (never a host's clock; a replay keeps it), then the normaliser's version, then the content.
    """

    source_revision: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    received_ms: int
    """When the broker appended the raw message, in milliseconds since 1970."""
    partition: int
    offset: int
    normaliser: int
    content_hash: str
    opens: bool | None = None
    """True where it came with the creation of a posted trip, which speaks but once: whoever posts it again
    repeats what was said at first, and takes back nothing that was said of the trip since."""

    def is_newer(self, than: "Revision | None") -> bool:
        """Say whether a statement of this revision replaces one of another revision in the same register.

        Anything is newer than nothing, and a change newer than the creation. Of several creations the first
        to be received counts, in the words of the latest normaliser. This is a total order of revisions, so
        that any order of arrival leaves the same.
        """
        if than is None or bool(self.opens) is not bool(than.opens):
            return than is None or not self.opens
        if not self.opens or self.received == than.received:
            return self.order() > than.order()
        return self.received < than.received

    @property
    def received(self) -> tuple[int, int, int]:
        """When and where in the log the raw message was received."""
        return (self.received_ms, self.partition, self.offset)

    def order(self) -> RevisionOrder:
        """Return the tuple by which revisions are ordered; a stated source revision beats none."""
        stated = -1 if self.source_revision is None else self.source_revision
        return RevisionOrder(
            stated, self.received_ms, self.partition, self.offset, self.normaliser, self.content_hash
        )


class LoyaltyProgram(Model):
    """A membership with an airline, railway, hotel or rental company."""

    number: Code
    vendor: Code | None = None
    description: Text | None = None
    status: Code | None = None


class Passenger(Model):
    """A person as the booking names them."""

    first_name: Text | None = None
    middle_name: Text | None = None
    last_name: Text | None = None
    prefix: Code | None = None
    suffix: Code | None = None
    loyalty_programs: tuple[LoyaltyProgram, ...] = ()
    details: Details = Field(default_factory=dict, json_schema_extra=NO_DETAILS)


class Coupon(Model):
    """The part of a ticket that is good for one flight."""

    status: Code | None = None
    """OPEN, USED, PRTD, CKIN, EXCH and others, as the airline writes it."""
    number: Count | None = None
    carrier: Code | None = None
    flight_number: Code | None = None
    origin: Code | None = None
    destination: Code | None = None
    start: LocalTime | None = None


class Ticket(Model):
    """A ticket: the plating carrier's three digits and the ten of its control number."""

    number: Code | None = None
    passenger_name: Text | None = None
    issued: LocalTime | None = None
    total: Money | None = None
    coupons: tuple[Coupon, ...] = ()
    details: Details = Field(default_factory=dict, json_schema_extra=NO_DETAILS)


class BookingContent(Model):
    """A full statement of a booking: a segment that it does not name is gone."""

    segments: Annotated[tuple[Segment, ...], Field(max_length=MAX_SEGMENTS)] = ()
    passengers: tuple[Passenger, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    charges: tuple[Charge, ...] = ()
    booked: LocalTime | None = None
    agency_name: Text | None = None
    details: Details = Field(default_factory=dict, json_schema_extra=NO_DETAILS)


class TripHeader(Model):
    """What a posted trip says about itself, apart from its bookings."""

    name: Text | None = None
    status: Literal["confirmed", "ticketed", "cancelled", "proposal", "booked_proposal"] = "confirmed"
    comments: Text | None = None
    description: Text | None = None
    cancel_comments: Text | None = None
    client_locator: Code | None = None
    travel_request_id: Code | None = None
    booked_by_first_name: Text | None = None
    booked_by_last_name: Text | None = None
    project_name: Text | None = None
    is_personal: bool | None = None
    is_virtual: bool = False
    custom_attributes: tuple[Details, ...] = ()
    details: Details = Field(default_factory=dict, json_schema_extra=NO_DETAILS)


class _Addressed(Model):
    """Whom it concerns, and which message said it."""

    tenant: TenantName
    traveller: Identifier
    message: Identifier


class _Statement(_Addressed):
    record: Identifier
    revision: Revision


class _BookingIdentity(Model):
    owner: Owner
    booking_source: Code
    record_locator: Code
    posted_trip: Identifier | None = None
    """The posted trip under whose header this booking is keyed."""


class _OfBooking(_Statement, _BookingIdentity):
    with_later_posts: bool | None = None
    """True where the firm trip that it was posted with ends or drops it, and with it what was received of it
    until then without that trip's id. What is received later stands by itself."""


class BookingStatement(_OfBooking):
    """A full statement of one booking."""

    kind: Literal["booking"] = "booking"
    explicit_trip: Identifier | None = None
    """The trip that the sender named for a loose booking."""
    content: BookingContent


class CancellationStatement(_OfBooking):
    """The owner cancels the whole booking."""

    kind: Literal["cancellation"] = "cancellation"


class WithdrawalStatement(_OfBooking):
    """The booking is no longer said to concern this traveller; unlike a cancellation it is not shown."""

    kind: Literal["withdrawal"] = "withdrawal"


class NumberCancellationStatement(_Statement):
    """The owner cancels whatever bears this number, which may arrive later (design, section 4)."""

    kind: Literal["number_cancellation"] = "number_cancellation"
    owner: Owner
    booking_source: Code
    number: Code


class PostedTripStatement(_Statement):
    """The header of a trip posted as a whole, and the records of the bookings that it names."""

    kind: Literal["posted_trip"] = "posted_trip"
    owner: Owner
    trip: Identifier
    creates: bool
    """False where the sender named the trip: it pins nothing unless that trip was posted before."""
    header: TripHeader
    bookings: tuple[Identifier, ...]


class MergeTrips(Model):
    """These trips are one; the first is the one that the person was looking at."""

    action: Literal["merge"] = "merge"
    trips: Annotated[tuple[Identifier, ...], Field(min_length=2, max_length=50)]


class SplitTrip(Model):
    """These bookings are a trip of their own, whatever their dates."""

    action: Literal["split"] = "split"
    records: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=MAX_SEGMENTS)]


class SameSegments(Model):
    """These segments are one thing."""

    action: Literal["same"] = "same"
    segments: Annotated[tuple[Identifier, ...], Field(min_length=2, max_length=50)]


class DifferentSegments(Model):
    """These segments are not one thing, whatever they look like."""

    action: Literal["not_same"] = "not_same"
    segments: Annotated[tuple[Identifier, ...], Field(min_length=2, max_length=50)]


class CorrectSegment(Model):
    """The person knows better: fields of one segment, with their right values."""

    action: Literal["correct"] = "correct"
    segment: Identifier
    values: Segment


class NameTrip(Model):
    """The person's own name for a trip."""

    action: Literal["name"] = "name"
    trip: Identifier
    name: Text


class DismissFact(Model):
    """The person knows what a trip warns of, and it is fine as it is."""

    action: Literal["dismiss"] = "dismiss"
    trip: Identifier
    fact: Identifier
    """By the id that it is told under; what is told once it has changed has another one."""


Override = Annotated[
    MergeTrips | SplitTrip | SameSegments | DifferentSegments | CorrectSegment | NameTrip | DismissFact,
    Field(discriminator="action"),
]


class OverrideStatement(_Statement):
    """A person's word, which outranks every source; `override` is None where it is undone."""

    kind: Literal["override"] = "override"
    by: Code
    override: Override | None = None


class AdvanceStatement(_Addressed):
    """Time has passed for this traveller's trips: an input like any other (design, section 5, rule 5)."""

    kind: Literal["advance"] = "advance"
    instant: Instant


class ReconsolidateStatement(_Addressed):
    """Compute this traveller's trips again."""

    kind: Literal["reconsolidate"] = "reconsolidate"
    rewrite: bool = False
    """Write every trip again, even one that seems unchanged: what was written was found damaged."""


class EraseStatement(_Addressed):
    """Forget this traveller, and whatever is said of them from now on (design, section 6)."""

    kind: Literal["erase"] = "erase"


class SettingsStatement(Model):
    """A tenant's settings from here on; one copy in every partition."""

    kind: Literal["settings"] = "settings"
    tenant: TenantName
    message: Identifier
    settings: TenantSettings


class ReconsolidateTenantStatement(Model):
    """Compute the trips of a tenant's travellers on this partition again, a few at a time.

    Its owner writes it to itself: settings that changed take effect at once for what is booked from then
    on, and so, piece by piece, for what was booked before.
    """

    kind: Literal["reconsolidate_tenant"] = "reconsolidate_tenant"
    tenant: TenantName
    message: Identifier
    after: Identifier | None = None
    """The last traveller, in the order of their ids, that is done; None at the beginning."""


TenantStatement = SettingsStatement | ReconsolidateTenantStatement
"""What concerns a tenant's travellers together; it lies on the partition that it is about."""

Saying = (
    BookingStatement
    | CancellationStatement
    | WithdrawalStatement
    | NumberCancellationStatement
    | PostedTripStatement
    | OverrideStatement
)
"""What senders and people say of a traveller's bookings and trips."""

Statement = Annotated[
    Saying
    | AdvanceStatement
    | ReconsolidateStatement
    | EraseStatement
    | ReconsolidateTenantStatement
    | SettingsStatement,
    Field(discriminator="kind"),
]
"""The value of `bookings.v1`."""

_STATEMENTS: TypeAdapter[Statement] = TypeAdapter(Statement)


def decode_statement(encoded: bytes) -> Statement:
    """Read a value of `bookings.v1`.

    Raises:
        pydantic.ValidationError: where it is none; its text never echoes the input.
    """
    return _STATEMENTS.validate_json(encoded, extra="ignore")


class Snapshot(Model):
    """The newest full statement of a booking."""

    revision: Revision
    message: Identifier
    content: BookingContent


class Ending(Model):
    """The newest cancellation or withdrawal of a booking; it holds while no newer snapshot came."""

    revision: Revision
    message: Identifier


class Assignment(Model):
    """The newest word of the sender on which trip a loose booking belongs to."""

    revision: Revision
    trip: Identifier


class _Accepted(Model):
    tenant: TenantName
    traveller: Identifier
    record: Identifier
    founded: int
    """Offset on the traveller's partition of `bookings.v1` at which the record was first accepted."""
    founded_ms: int
    """When the broker appended that input, in milliseconds since 1970."""
    offset: int
    """Offset of the input that brought this state."""


class BookingRecord(_Accepted, _BookingIdentity):
    """What one owner says about one booking: the join of its registers."""

    kind: Literal["booking"] = "booking"
    snapshot: Snapshot | None = None
    cancellation: Ending | None = None
    withdrawal: Ending | None = None
    later_posts_ended: Ending | None = None
    """The newest statement with which what was posted of it later ended, too."""
    assignment: Assignment | None = None


class NumberCancellationRecord(_Accepted):
    """A cancellation that names only a number; it applies to what is older than it."""

    kind: Literal["number_cancellation"] = "number_cancellation"
    owner: Owner
    booking_source: Code
    number: Code
    revision: Revision
    message: Identifier
    earlier: tuple[Revision, ...] = ()
    """The newest of each earlier day on which it was cancelled: a number is given again, years later."""


class PostedTripRecord(_Accepted):
    """The header of a posted trip. It pins the trip only once a statement created it."""

    kind: Literal["posted_trip"] = "posted_trip"
    owner: Owner
    trip: Identifier
    created: bool
    revision: Revision
    message: Identifier
    header: TripHeader
    bookings: tuple[Identifier, ...]


class OverrideRecord(_Accepted):
    """A person's word; `override` is None once it was undone."""

    kind: Literal["override"] = "override"
    by: Code
    revision: Revision
    message: Identifier
    override: Override | None = None


class TokenRecord(_Accepted):
    """Who holds a trip id. Tokens are never destroyed (design, section 5, rule 6)."""

    kind: Literal["token"] = "token"
    token: Identifier
    born_of: Identifier
    """The key of the record that it was born with.

    `founded` is since when the id counts: since that record, or since it came to a trip that it never named.
    """
    holder: Identifier
    """The key of the record that holds it now."""


class InstantRecord(_Accepted):
    """The greatest instant that the traveller's trips were advanced to."""

    kind: Literal["instant"] = "instant"
    instant: Instant


class ErasureRecord(_Accepted):
    """That a traveller was erased: all that is kept of them, so that nothing late revives them."""

    kind: Literal["erasure"] = "erasure"


class SettingsRecord(Model):
    """A tenant's settings as this partition knows them."""

    kind: Literal["settings"] = "settings"
    tenant: TenantName
    record: Identifier
    offset: int
    settings: TenantSettings


Record = Annotated[
    BookingRecord
    | NumberCancellationRecord
    | PostedTripRecord
    | OverrideRecord
    | TokenRecord
    | InstantRecord
    | ErasureRecord
    | SettingsRecord,
    Field(discriminator="kind"),
]
"""The value of `records.v1`: the truth from which every trip can be computed again."""

_RECORDS: TypeAdapter[Record] = TypeAdapter(Record)


def decode_record(encoded: bytes) -> Record:
    """Read a value of `records.v1`.

    Raises:
        pydantic.ValidationError: where it is none; its text never echoes the input.
    """
    return _RECORDS.validate_json(encoded, extra="ignore")
