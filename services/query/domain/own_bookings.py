"""Bookings that people stated themselves, read back from the trip that they are in.

The trip holds what each record says of its segments, so that a person's statement needs to be kept nowhere
else to be shown in a form, changed and put back: it is stated again, as any sender would.
"""

from typing import Any

from schemas.identifiers import record_key
from schemas.segments import SegmentStatus, SegmentType
from schemas.trip import Trip, TripBooking, TripSegment

Json = dict[str, Any]

BY_TRAVELLER, FOR_TRAVELLER = "typed by traveller", "typed for traveller"
"""The sources of bookings that were typed on the page: first by whose they are, or by their company.

Whoever changes one states it under the same source, without which it would be another booking.
"""
_OF_THE_TRIP = {"id", "also_known_as", "suspected_cancelled", "sources", "claims", "provenance"}
"""What a trip adds to a segment that somebody states."""


def own_bookings(trip: Trip) -> tuple[TripBooking, ...]:
    """Return the bookings of a trip that people stated, and can state otherwise, at `POST /v1/bookings`."""
    return tuple(booking for booking in trip.content.bookings if _is_own(booking, trip=trip))


def is_typed(booking: TripBooking) -> bool:
    """Say whether a booking was typed on the page: its locator is ours, and says nothing to anybody."""
    return booking.source == "manual" and booking.booking_source in {BY_TRAVELLER, FOR_TRAVELLER}


def _is_own(booking: TripBooking, *, trip: Trip) -> bool:
    """One that was posted with a whole trip has another key: stated by itself, it would be a second one."""
    by_its_name = record_key(
        tenant=trip.tenant,
        traveller=trip.traveller,
        owner=booking.owner.party,
        booking_source=booking.booking_source,
        record_locator=booking.record_locator,
    )
    return booking.source == "manual" and booking.record == by_its_name


def statement_of(booking: TripBooking, *, trip: Trip) -> Json:
    """Return what a person said of a booking, as `POST /v1/bookings` takes it; without a revision."""
    shown = {segment.id: segment for segment in trip.content.segments}
    content = booking.model_dump(
        mode="json",
        include={"passengers", "tickets", "charges", "booked", "agency_name", "details"},
        exclude_defaults=True,
        exclude_none=True,
    )
    return content | {
        "booking_source": booking.booking_source,
        "record_locator": booking.record_locator,
        "status": booking.status,
        "segments": [_stated(shown[segment], booking=booking) for segment in booking.segments],
    }


def _stated(segment: TripSegment, *, booking: TripBooking) -> Json:
    """Return what a booking says of a segment; where that is what is shown, without the trip's own word."""
    claim = next((claim for claim in segment.claims if claim.record == booking.record), None)
    said, is_shown = (segment, True) if claim is None or claim.values is None else (claim.values, False)
    stated = said.model_dump(mode="json", exclude=_OF_THE_TRIP, exclude_defaults=True, exclude_none=True)
    is_live = claim is None or claim.live
    if is_shown and (not is_live or segment.status is SegmentStatus.CONFIRMED):
        stated.pop("status", None)  # nobody said it: the trip says so of whatever stands, or does not
    return stated | {"type": segment.type}


def next_revision(booking: TripBooking) -> Json:
    """Return the revision of what is said instead; none where those before were not counted."""
    counted = booking.revision.source_revision
    return {} if counted is None else {"revision": counted + 1}


def said_again(before: Json, *, over: Json) -> list[Json]:
    """Return what makes a booking again what it was, to be stated one after the other.

    One that was cancelled is stated first: a withdrawal ends with a newer snapshot alone.
    """
    ways = ("confirmed", "cancelled") if before["status"] == "cancelled" else ("confirmed",)
    if "revision" not in over:
        return [before | {"status": status} for status in ways]
    return [before | {"status": way, "revision": n} for n, way in enumerate(ways, over["revision"] + 1)]


def seen_state(booking: TripBooking | None) -> str:
    """Return a name of what a booking says just now: another one where it says something else, or nothing."""
    return f"{booking.status} {booking.revision.content_hash}" if booking else ""


def kind_in_form(booking: TripBooking, *, trip: Trip) -> SegmentType | None:
    """Return the kind of the one thing that a booking is about; None where there are several."""
    kinds: list[SegmentType] = [
        segment.type for segment in trip.content.segments if segment.id in booking.segments
    ]
    return kinds[0] if len(booking.segments) == len(kinds) == 1 else None
