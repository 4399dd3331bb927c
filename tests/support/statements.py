"""Statements in few words, for tests of the core: who says what about which booking, and when."""

from collections.abc import Mapping
from functools import cache

from schemas.booking_record import (
    AdvanceStatement,
    BookingContent,
    BookingStatement,
    CancellationStatement,
    NumberCancellationStatement,
    Override,
    OverrideStatement,
    Owner,
    PostedTripStatement,
    Revision,
    Source,
    Ticket,
    TripHeader,
    WithdrawalStatement,
)
from schemas.identifiers import (
    inbox_message_id,
    number_cancellation_key,
    override_key,
    posted_trip_id,
    posted_trip_key,
    record_key,
    traveller_id,
)
from schemas.segments import (
    AirSegment,
    CarSegment,
    ConfirmationKind,
    ConfirmationNumber,
    HotelSegment,
    Place,
    Segment,
)
from schemas.times import Moment

TENANT = "acme"
TRAVELLER = traveller_id(tenant=TENANT, login="ada@acme.example")


def moment(text: str, *, zone: str | None = None, offset: int | None = None) -> Moment:
    return Moment(local=text, zone=zone, offset_minutes=offset)


def numbers(*values: str) -> tuple[ConfirmationNumber, ...]:
    return tuple(ConfirmationNumber(kind=ConfirmationKind.SUPPLIER, value=value) for value in values)


def flight(
    number: str, route: str, start: str, end: str | None = None, *, confirmation: str | None = None
) -> AirSegment:
    """`flight("LH 400", "FRA-JFK", "2026-05-12T10:00:00")`."""
    carrier, digits = number.split()
    origin, destination = route.split("-")
    return AirSegment(
        carrier=carrier,
        flight_number=digits,
        origin=Place(code=origin),
        destination=Place(code=destination),
        start=moment(start),
        end=None if end is None else moment(end),
        confirmation_numbers=numbers(confirmation) if confirmation else (),
    )


def stay(
    name: str,
    check_in: str,
    check_out: str | None = None,
    *,
    city: str | None = None,
    confirmation: str | None = None,
) -> HotelSegment:
    return HotelSegment(
        name=name,
        place=None if city is None else Place(city=city),
        start=moment(check_in),
        end=None if check_out is None else moment(check_out),
        confirmation_numbers=numbers(confirmation) if confirmation else (),
    )


def rental(vendor: str, place: str, start: str, end: str, *, confirmation: str | None = None) -> CarSegment:
    return CarSegment(
        vendor=vendor,
        origin=Place(code=place),
        destination=Place(code=place),
        start=moment(start),
        end=moment(end),
        confirmation_numbers=numbers(confirmation) if confirmation else (),
    )


def revision(at: int, *, source_revision: int | None = None, opens: bool = False) -> Revision:
    """A revision whose raw message was the `at`-th to be appended; `opens` where it created a posted trip."""
    return Revision(
        opens=opens or None,
        source_revision=source_revision,
        received_ms=1_700_000_000_000 + at * 1000,
        partition=0,
        offset=at,
        normaliser=1,
        content_hash="0",
    )


@cache
def message(at: int) -> str:
    return inbox_message_id(topic="test", partition=0, offset=at)


@cache
def _identity(source: Source, locator: str, *, party: str | None, trip: str | None) -> Mapping[str, object]:
    """Worked out once: random histories tell of the same few bookings over and over."""
    owner = Owner(party=party or f"{source} party", source=source)
    booking_source = owner.party
    return {
        "owner": owner,
        "booking_source": booking_source,
        "record_locator": locator,
        "posted_trip": trip,
        "record": record_key(
            tenant=TENANT,
            traveller=TRAVELLER,
            owner=owner.party,
            booking_source=booking_source,
            record_locator=locator,
            posted_trip=trip,
        ),
    }


def booking(  # noqa: PLR0913 - every argument is one thing that a test varies
    source: Source,
    locator: str,
    *segments: Segment,
    at: int,
    party: str | None = None,
    trip: str | None = None,
    explicit_trip: str | None = None,
    source_revision: int | None = None,
    tickets: tuple[Ticket, ...] = (),
    opens: bool = False,
) -> BookingStatement:
    """A full statement, received as the `at`-th message; `trip` keys it under a posted trip."""
    return BookingStatement.model_validate(
        {
            **_identity(source, locator, party=party, trip=trip),
            "tenant": TENANT,
            "traveller": TRAVELLER,
            "message": message(at),
            "revision": revision(at, source_revision=source_revision, opens=opens),
            "explicit_trip": explicit_trip,
            "content": BookingContent(segments=segments, tickets=tickets),
        }
    )


def cancellation(
    source: Source,
    locator: str,
    *,
    at: int,
    party: str | None = None,
    trip: str | None = None,
    with_later_posts: bool = False,
) -> CancellationStatement:
    ending = _ending(source, locator, at=at, party=party, trip=trip, with_later_posts=with_later_posts)
    return CancellationStatement.model_validate(ending)


def withdrawal(
    source: Source,
    locator: str,
    *,
    at: int,
    party: str | None = None,
    trip: str | None = None,
    with_later_posts: bool = False,
) -> WithdrawalStatement:
    ending = _ending(source, locator, at=at, party=party, trip=trip, with_later_posts=with_later_posts)
    return WithdrawalStatement.model_validate(ending)


def _ending(
    source: Source, locator: str, *, at: int, party: str | None, trip: str | None, with_later_posts: bool
) -> dict[str, object]:
    return {
        **_identity(source, locator, party=party, trip=trip),
        "with_later_posts": with_later_posts or None,
        "tenant": TENANT,
        "traveller": TRAVELLER,
        "message": message(at),
        "revision": revision(at),
    }


def number_cancellation(
    source: Source, number: str, *, at: int, party: str | None = None
) -> NumberCancellationStatement:
    owner = Owner(party=party or f"{source} party", source=source)
    key = number_cancellation_key(
        tenant=TENANT, traveller=TRAVELLER, owner=owner.party, booking_source=owner.party, number=number
    )
    return NumberCancellationStatement(
        tenant=TENANT,
        traveller=TRAVELLER,
        message=message(at),
        record=key,
        revision=revision(at),
        owner=owner,
        booking_source=owner.party,
        number=number,
    )


@cache
def trip_posted_as(reference: str, *, party: str = "tmc party") -> str:
    return posted_trip_id(tenant=TENANT, traveller=TRAVELLER, owner=party, reference=reference)


def posted_trip(
    reference: str,
    *bookings: BookingStatement,
    at: int,
    name: str = "Posted trip",
    status: str = "confirmed",
    creates: bool = True,
    opens: bool = False,
) -> PostedTripStatement:
    trip = trip_posted_as(reference)
    return PostedTripStatement(
        tenant=TENANT,
        traveller=TRAVELLER,
        message=message(at),
        record=posted_trip_key(trip),
        revision=revision(at, opens=opens),
        owner=Owner(party="tmc party", source="tmc"),
        trip=trip,
        creates=creates,
        header=TripHeader.model_validate({"name": name, "status": status}),
        bookings=tuple(statement.record for statement in bookings),
    )


def override(reference: str, said: Override | None, *, at: int) -> OverrideStatement:
    return OverrideStatement(
        tenant=TENANT,
        traveller=TRAVELLER,
        message=message(at),
        record=override_key(tenant=TENANT, traveller=TRAVELLER, reference=reference),
        revision=revision(at),
        by="ada",
        override=said,
    )


def advance(instant: str, *, at: int) -> AdvanceStatement:
    return AdvanceStatement(tenant=TENANT, traveller=TRAVELLER, message=message(at), instant=instant)
