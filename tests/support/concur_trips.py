"""A trip as the consolidator would make it of posted bookings alone: nothing merged, nothing lost."""

from collections.abc import Sequence
from typing import Any

from schemas.booking_record import Owner, TripHeader
from schemas.segments import FieldGroup
from schemas.trip import Claim, Provenance, ShownRevision, Trip, TripBooking, TripContent, decode_trips_value
from services.ingest.domain.concur.posts import PostedBooking

OWNER = Owner(party="agency", source="tmc")
REVISION = ShownRevision(content_hash="0")
TRIP_ID = "00000000-0000-5000-8000-000000000001"


def record_id(number: int) -> str:
    return f"00000000-0000-5000-8000-0000000001{number:02d}"


def segment_id(record: int, number: int) -> str:
    return f"00000000-0000-5000-8000-00000001{record:02d}{number:02d}"


def trip_of(bookings: Sequence[PostedBooking], *, header: TripHeader | None = None) -> Trip:
    """Return a trip that went through its stored form, as every trip does before it is shown."""
    segments = [
        _segment(segment.model_dump(mode="json", exclude={"reference"}), record=number, position=position)
        for number, booking in enumerate(bookings)
        for position, segment in enumerate(booking.content.segments)
    ]
    content = {
        "name": (header.name if header else None) or "A trip",
        "status": header.status if header else "confirmed",
        "expense": {"ready": False, "reason": "not_over"},
        "segments": segments,
        "bookings": [_booking(booking, number=number) for number, booking in enumerate(bookings)],
        "posted": None if header is None else {"owner": OWNER, "header": header},
        "settings_revision": 0,
    }
    trip = Trip(
        id=TRIP_ID,
        tenant="acme",
        traveller="00000000-0000-5000-8000-000000000002",
        version={"epoch": 0, "offset": 7},  # pyright: ignore[reportArgumentType] - pydantic reads it
        modified="2026-01-02T03:04:05Z",
        created="2026-01-01T03:04:05Z",
        changes=(),
        content_hash="0",
        content=TripContent.model_validate(content),
    )
    stored = decode_trips_value(trip.encode())
    assert isinstance(stored, Trip)
    return stored


def _segment(said: dict[str, Any], *, record: int, position: int) -> dict[str, Any]:
    claim = Claim(
        record=record_id(record),
        owner=OWNER,
        segment=segment_id(record, position),
        position=position,
        revision=REVISION,
        live=True,
    )
    won = Provenance(
        group=FieldGroup.ROUTE_AND_TIMES,
        fields=("start",),
        record=record_id(record),
        owner=OWNER,
        revision=REVISION,
    )
    return said | {
        "id": segment_id(record, position),
        "sources": ("tmc",),
        "claims": (claim,),
        "provenance": (won,),
    }


def _booking(booking: PostedBooking, *, number: int) -> TripBooking:
    said = booking.content.model_dump(mode="json", exclude={"segments"})
    return TripBooking.model_validate(
        said
        | {
            "record": record_id(number),
            "owner": OWNER,
            "source": "tmc",
            "booking_source": booking.booking_source,
            "record_locator": booking.record_locator,
            "status": "confirmed",
            "segments": [segment_id(number, n) for n in range(len(booking.content.segments))],
            "created": "2026-01-01T03:04:05Z",
            "revision": REVISION,
        }
    )
