"""What the JSON routes answer, as types: for the OpenAPI document, and so for clients that are made from it.

`trip_format` writes trips from what is stored; the tests hold its answers to these types. Whoever reads
should take fields that it does not know for new ones.
"""

# Moments are shown with their instant, and so are not those of the language.
# pyright: reportIncompatibleVariableOverride=false

from typing import Any, Literal

from pydantic import ConfigDict

from schemas.base import Model
from schemas.booking_record import Source
from schemas.identifiers import Identifier
from schemas.segments import (
    AirFields,
    CarFields,
    DiningFields,
    EventFields,
    HotelFields,
    ParkingFields,
    RailFields,
    RideFields,
)
from schemas.times import Instant
from schemas.trip import Claim, Expense, Provenance, TripBooking, TripStatus
from schemas.trip import PostedBy as Posted
from schemas.trip import Version as TripVersion
from services.query.domain.between_facts import Fact


class Shape(Model):
    """Part of an answer; newer services may add fields."""

    model_config = ConfigDict(extra="ignore")


class ShownMoment(Shape):
    """A time by the clock of its place; a date alone where no source gave a time."""

    local: str
    zone: str | None
    utc: Instant | None
    offset_minutes: int | None
    inferred: bool
    """Whether the zone was concluded from the place."""


class _Shown(Shape):
    """What every segment of a shown trip has."""

    id: Identifier
    also_known_as: tuple[Identifier, ...] = ()
    start: ShownMoment | None
    end: ShownMoment | None
    suspected_cancelled: bool
    sources: tuple[Source, ...]
    provenance: tuple[Provenance, ...]


class ShownAir(_Shown, AirFields):
    """A flight."""


class ShownRail(_Shown, RailFields):
    """A train."""


class ShownCar(_Shown, CarFields):
    """A rental car."""


class ShownRide(_Shown, RideFields):
    """A ride."""


class ShownHotel(_Shown, HotelFields):
    """A stay."""


class ShownDining(_Shown, DiningFields):
    """A meal."""


class ShownParking(_Shown, ParkingFields):
    """A parking place."""


class ShownEvent(_Shown, EventFields):
    """An event to attend."""


ShownSegment = (
    ShownAir | ShownRail | ShownCar | ShownRide | ShownHotel | ShownDining | ShownParking | ShownEvent
)


class ListedTrip(Shape):
    """A trip as the caller may see it."""

    id: Identifier
    also_known_as: tuple[Identifier, ...]
    traveller: Identifier
    name: str
    status: TripStatus
    start_date: str | None
    end_date: str | None
    completed: bool
    completes_at: Instant | None
    expense: Expense
    segments: tuple[ShownSegment, ...]
    bookings: tuple[TripBooking, ...]
    created: Instant
    modified: Instant
    version: TripVersion
    posted: Posted | None = None


class ShownTrip(ListedTrip):
    """One trip, with what lies between its segments where the caller sees all of them."""

    between: tuple[Fact, ...] | None = None


class TripList(Shape):
    """A page of trips."""

    trips: tuple[ListedTrip, ...]
    next_cursor: str | None


class SegmentProvenance(Shape):
    """Where the values of a segment come from, and who else speaks of it."""

    id: Identifier
    type: str
    also_known_as: tuple[Identifier, ...]
    provenance: tuple[Provenance, ...]
    claims: tuple[Claim, ...]


class TripProvenance(Shape):
    """Where every value of a trip comes from."""

    trip: Identifier
    version: TripVersion
    segments: tuple[SegmentProvenance, ...]


class StatementOutcome(Shape):
    """What became of one statement of a message."""

    record: str | None
    traveller: str
    result: Literal["applied", "stale", "refused"]
    reason: str | None
    trip: str | None


class MessageOutcome(Shape):
    """What became of a message."""

    message: Identifier
    outcomes: tuple[StatementOutcome, ...]
    trips: tuple[Identifier, ...]


class ListedChange(Shape):
    """One version of one trip id, and the cursor after it."""

    cursor: str
    at: Instant
    type: Literal["upsert", "merged_into", "deleted", "erased"]
    trip_id: Identifier
    version: TripVersion
    changes: tuple[dict[str, Any], ...]
    """As in `changes` of the events."""
    events: tuple[dict[str, Any], ...] | None = None
    into: Identifier | None = None


class ChangeList(Shape):
    """Changes in order, and from where to go on."""

    changes: tuple[ListedChange, ...]
    next_cursor: str
    more: bool


class ShownDifference(Shape):
    """One value that differs; absent values are null."""

    path: tuple[str, ...]
    before: Any
    after: Any


class TripVersionShown(Shape):
    """A version of a trip."""

    version: TripVersion
    at: Instant
    type: str
    into: Identifier | None
    changes: tuple[dict[str, Any], ...]
    differences: tuple[ShownDifference, ...] | None
    """From the version before; null where that is not known."""


class TripHistory(Shape):
    """The versions of a trip, the newest first."""

    trip: Identifier
    versions: tuple[TripVersionShown, ...]
    next_cursor: str | None


class ShownOverride(Shape):
    """What a person said of a trip, and what became of it."""

    override: Identifier
    action: str
    trips: tuple[Identifier, ...]
    subjects: tuple[Identifier, ...]
    said_by: str
    said_at: Instant
    undone_at: Instant | None
    result: str
    reason: str | None


class OverrideList(Shape):
    """What people said of a trip, the oldest first."""

    overrides: tuple[ShownOverride, ...]


class ShownShare(Shape):
    """A link to a trip."""

    id: Identifier
    trip: Identifier
    created_by: str
    created_at: Instant
    expires_at: Instant
    revoked_at: Instant | None
    last_opened_at: Instant | None
    opened_times: int


class MadeShare(ShownShare):
    """A link to a trip, with its address, which is told this once."""

    url: str


class ShareList(Shape):
    """The links to a trip."""

    shares: tuple[ShownShare, ...]


class ShownTraveller(Shape):
    """A traveller of the directory."""

    id: Identifier
    first_name: str | None
    last_name: str | None
    logins: tuple[str, ...]


class TravellerList(Shape):
    """A page of the directory."""

    travellers: tuple[ShownTraveller, ...]
    next_cursor: str | None


class ShownFeed(Shape):
    """A calendar feed."""

    id: Identifier
    traveller: Identifier
    name: str
    times: Literal["utc", "zoned"]
    created_at: Instant
    rotated_at: Instant | None
    switched_off_at: Instant | None
    last_fetched_at: Instant | None
    last_fetched_by: str | None


class OpenedFeed(ShownFeed):
    """A calendar feed, with its address, which is told this once."""

    url: str


class FeedList(Shape):
    """A traveller's feeds."""

    feeds: tuple[ShownFeed, ...]


class Attempt(Shape):
    """One attempt to deliver; more is told of it where it failed."""

    model_config = ConfigDict(extra="allow")


class ShownWebhook(Shape):
    """A webhook, and how it fares."""

    id: Identifier
    url: str
    description: str
    changes: tuple[str, ...]
    travellers: tuple[str, ...]
    form: Literal["cloudevents", "concur"]
    concurrency: int
    state: str
    created_at: Instant
    waiting: int
    failures_in_a_row: int
    failing_since: Instant | None
    paused_until: Instant | None
    last_success_at: Instant | None
    trouble: str | None


class SecretWebhook(ShownWebhook):
    """A webhook with the secret that signs, which is told this once."""

    secret: str


class WebhookList(Shape):
    """A company's webhooks."""

    webhooks: tuple[ShownWebhook, ...]


class ShownDelivery(Shape):
    """What was sent to a webhook, or waits for it."""

    event: Identifier
    type: str
    trip: Identifier | None
    state: Literal["waiting", "delivered", "dead"]
    queued_at: Instant
    next_attempt_at: Instant | None
    ended_at: Instant | None
    attempts: tuple[Attempt, ...]


class WholeDelivery(ShownDelivery):
    """A delivery with what is in it."""

    body: Any


class DeliveryList(Shape):
    """Deliveries, the newest first."""

    deliveries: tuple[ShownDelivery, ...]
    next_cursor: str | None


class TestEvent(Shape):
    """Something harmless that was sent."""

    event: Identifier


class Redriven(Shape):
    """How many deliveries are tried again."""

    redriven: int


class CodeTables(Shape):
    """The names of the tables of codes."""

    tables: tuple[str, ...]


class CodeTable(Shape):
    """What the codes of a table mean."""

    table: str
    codes: dict[str, str]
