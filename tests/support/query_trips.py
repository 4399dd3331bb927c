"""Values of trips.v1 as the consolidator would write them, for tests of what comes after it."""

from collections import defaultdict
from typing import Any, Literal
from uuid import NAMESPACE_URL, uuid5

from schemas.base import Model
from schemas.booking_record import Owner, Passenger
from schemas.money import Money
from schemas.segments import FIELD_PLACES, FieldGroup, Place, SegmentStatus
from schemas.times import Moment
from schemas.trip import (
    Claim,
    Expense,
    ExpenseReason,
    Outcome,
    OutcomeResult,
    ProgressMarker,
    Provenance,
    ShownRevision,
    Trip,
    TripAir,
    TripBooking,
    TripContent,
    TripDeletion,
    TripHotel,
    TripRedirect,
    TripSegment,
    TripStatus,
    Version,
)
from services.query.domain.projection import Received

INSTANT = "2026-05-01T08:00:00Z"
AGENCY = Owner(party="horizon", source="tmc")
REVISION = ShownRevision(content_hash="c0ffee")


def an_id(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, name))


def trip(  # noqa: PLR0913 - every argument is one thing that a test varies
    name: str,
    *,
    offset: int = 1,
    epoch: int = 1,
    tenant: str = "acme",
    traveller: str = "maria",
    dates: tuple[str, str] | None = ("2026-05-12", "2026-05-14"),
    status: TripStatus = TripStatus.CONFIRMED,
    completed: bool = False,
    ready: bool = False,
    also: tuple[str, ...] = (),
    segments: tuple[TripSegment, ...] = (),
    bookings: tuple[TripBooking, ...] = (),
    title: str = "Rome",
    modified: str = INSTANT,
) -> Trip:
    """A trip; `name`, `traveller` and `also` are hashed into ids."""
    reason = ExpenseReason.OVER_WITH_EXPENSABLE_SEGMENT if ready else ExpenseReason.NOT_OVER
    return Trip(
        id=an_id(name),
        tenant=tenant,
        traveller=an_id(traveller),
        version=Version(epoch=epoch, offset=offset),
        modified=modified,
        changes=(),
        also_known_as=tuple(an_id(other) for other in also),
        created=INSTANT,
        content_hash=f"{name} {offset} {title}",
        content=TripContent(
            name=title,
            status=status,
            start_date=dates and dates[0],
            end_date=dates and dates[1],
            completed=completed,
            expense=Expense(ready=ready, reason=reason),
            segments=segments,
            bookings=bookings,
            settings_revision=0,
        ),
    )


def redirect(
    name: str, *, into: str, offset: int, tenant: str = "acme", traveller: str = "maria"
) -> TripRedirect:
    return TripRedirect(into=an_id(into), **_keyed(name, offset, tenant, traveller))


def deletion(name: str, *, offset: int, tenant: str = "acme", traveller: str = "maria") -> TripDeletion:
    return TripDeletion(**_keyed(name, offset, tenant, traveller))


def _keyed(name: str, offset: int, tenant: str, traveller: str) -> dict[str, Any]:
    return {
        "id": an_id(name),
        "tenant": tenant,
        "traveller": an_id(traveller),
        "version": Version(epoch=1, offset=offset),
        "modified": INSTANT,
        "changes": (),
    }


def marker(
    offset: int, *, partition: int = 0, epoch: int = 1, outcomes: tuple[Outcome, ...] = ()
) -> ProgressMarker:
    return ProgressMarker(partition=partition, epoch=epoch, offset=offset, outcomes=outcomes)


def outcome(
    message: str,
    *,
    record: str | None = "record",
    result: OutcomeResult = OutcomeResult.APPLIED,
    reason: str | None = None,
    tenant: str = "acme",
    traveller: str = "maria",
    trip: str | None = "rome",
) -> Outcome:
    return Outcome(
        message=an_id(message),
        tenant=tenant,
        traveller=an_id(traveller),
        record=record and an_id(record),
        result=result,
        reason=reason,
        trip=trip and an_id(trip),
    )


def received(
    *values: Model | bytes | None, partition: int = 0, start: int = 0, key: bytes = b"key"
) -> list[Received]:
    """Records of one partition, one after the other."""
    return [
        Received(partition, start + i, key, value.encode() if isinstance(value, Model) else value)
        for i, value in enumerate(values)
    ]


def moment(local: str, *, offset_minutes: int | None = 120, zone: str | None = "Europe/Rome") -> Moment:
    return Moment(local=local, zone=zone, offset_minutes=offset_minutes)


def flight(name: str = "flight", *, owners: dict[FieldGroup, Owner] | None = None, **fields: Any) -> TripAir:
    said = {
        "start": moment("2026-05-12T09:00:00"),
        "end": moment("2026-05-12T11:00:00"),
        "origin": Place(code="FCO", name="Fiumicino", city="Rome"),
        "destination": Place(code="MUC", city="Munich"),
        "status": SegmentStatus.CONFIRMED,
        "carrier": "AZ",
        "flight_number": "436",
        "origin_terminal": "1",
        "total": Money(amount="240.35", currency="EUR"),
        "details": {"FareBasis": "Y240.35"},
    } | fields
    return TripAir(**said, **consolidated(name, fields=said, owners=owners or {}))


def hotel(name: str = "hotel", *, owners: dict[FieldGroup, Owner] | None = None, **fields: Any) -> TripHotel:
    said = {
        "start": moment("2026-05-12"),
        "end": moment("2026-05-14"),
        "place": Place(name="Albergo Sole", address="Via Appia 1", city="Rome", country="IT"),
        "status": SegmentStatus.CONFIRMED,
        "vendor": "IC",
        "name": "Albergo Sole",
        "rate": Money(amount="120.00", currency="EUR"),
        "room_type": "double",
    } | fields
    return TripHotel(**said, **consolidated(name, fields=said, owners=owners or {}))


def consolidated(name: str, *, fields: dict[str, Any], owners: dict[FieldGroup, Owner]) -> dict[str, Any]:
    groups: dict[FieldGroup, list[str]] = defaultdict(list)
    for field in fields:
        groups[FIELD_PLACES[field].group].append(field)
    provenance = tuple(
        Provenance(
            group=group,
            fields=tuple(names),
            record=an_id(f"record of {owners.get(group, AGENCY).party}"),
            owner=owners.get(group, AGENCY),
            revision=REVISION,
        )
        for group, names in groups.items()
    )
    claimants = {entry.owner for entry in provenance}
    claims = tuple(
        Claim(
            record=an_id(f"record of {owner.party}"),
            owner=owner,
            segment=an_id(name),
            position=0,
            revision=REVISION,
            live=True,
        )
        for owner in sorted(claimants, key=lambda owner: owner.party)
    )
    return {
        "id": an_id(name),
        "sources": tuple(sorted({owner.source for owner in claimants})),
        "claims": claims,
        "provenance": provenance,
    }


def booking(
    *, owner: Owner = AGENCY, status: Literal["confirmed", "cancelled"] = "confirmed", **fields: Any
) -> TripBooking:
    return TripBooking(
        record=an_id(f"record of {owner.party}"),
        owner=owner,
        source=owner.source,
        booking_source="Amadeus",
        record_locator="XYZ123",
        status=status,
        passengers=(Passenger(first_name="Maria", last_name="Rossi", details={"Age": "44"}),),
        created=INSTANT,
        revision=REVISION,
        **fields,
    )
