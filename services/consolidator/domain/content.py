"""The content of a trip as a document: a function of its bookings, segments, settings and instant."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel

from schemas.booking_record import PostedTripRecord
from schemas.settings import TenantSettings
from schemas.times import instant_of
from schemas.trip import TripStatus
from schemas.trip_names import name_by_places
from services.consolidator.domain.bundles import SegmentsByRecord, interval_of
from services.consolidator.domain.claims import Booking, Standing
from services.consolidator.domain.expense import completion, expense
from services.consolidator.domain.grouping import Group
from services.consolidator.domain.remembered import Remembered
from services.consolidator.domain.segments import (
    Document,
    SegmentShape,
    ShownSegment,
    owner_document,
    revision_document,
)


class SaidOfTrip(NamedTuple):
    """What people said of a trip as a whole."""

    name: str | None
    dismissed: Sequence[str]
    """What they know and need not be warned of."""


def trip_content(
    group: Group,
    bookings: Mapping[str, Booking],
    segments: SegmentsByRecord,
    *,
    at_home: Sequence[ShownSegment],
    settings: TenantSettings,
    instant: str | None,
    said: SaidOfTrip,
    known: Remembered[Document],
) -> Document:
    """Return the JSON of a TripContent.

    Args:
        group: the trip's bookings.
        bookings: by record key, at least those of the group.
        segments: by record key, the segments that each booking speaks of.
        at_home: the segments that are shown in this trip.
        settings: the tenant's.
        instant: how far time has passed for this traveller; None before the first advance.
        said: what people said of the trip.
        known: the documents of bookings that were made before.
    """
    shown = sorted(at_home, key=_travel_order)
    live = [bookings[key] for key in group.live]
    status = trip_status(group.header, live)
    over = completion(shown, instant=instant)
    content: Document = {
        "name": said.name or _header_name(group.header) or _name_by_places(shown),
        "status": status.value,
        "completed": over.completed and status is not TripStatus.CANCELLED,
        "expense": expense(status, shown, live, over, settings=settings),
        "segments": [segment.document for segment in shown],
        "bookings": [
            *(_booking(bookings[key], segments.get(key, ()), known, live=True) for key in group.live),
            *(_booking(bookings[key], segments.get(key, ()), known, live=False) for key in group.cancelled),
        ],
        "settings_revision": settings.revision,
    }
    if settings.amounts_in_events:
        content["tells_amounts"] = True
    if said.dismissed:
        content["dismissed"] = list(said.dismissed)
    dates = _dates(shown)
    if dates is not None:
        content |= {"start_date": dates[0], "end_date": dates[1]}
    if over.completes_at is not None:
        content["completes_at"] = over.completes_at
    if group.header is not None:
        owner, header = owner_document(group.header.owner), _stated(group.header.header)
        content["posted"] = {"owner": owner, "header": header}
    return content


def _travel_order(segment: ShownSegment) -> tuple[str, str, str]:
    """The order in which segments are travelled; undated ones come last."""
    start = segment.document.get("start") or segment.document.get("end")
    return ("9999" if start is None else start["local"], segment.document["type"], segment.shape.id)


def trip_status(header: PostedTripRecord | None, live: Sequence[Booking]) -> TripStatus:
    """Return the status: what the header says while anything lives, else cancelled.

    A posted trip that never had a booking keeps its header's word.
    """
    stated = TripStatus.CONFIRMED if header is None else TripStatus(header.header.status)
    if not live and (header is None or header.bookings):
        return TripStatus.CANCELLED
    if stated is TripStatus.CANCELLED and live:
        stated = TripStatus.CONFIRMED
    if stated is TripStatus.CONFIRMED and any(booking.content.tickets for booking in live):
        return TripStatus.TICKETED
    return stated


def _dates(shown: Sequence[ShownSegment]) -> tuple[str, str] | None:
    """Return first and last day of what stands; of a cancelled trip, of what stood."""
    return interval_of([segment.shape for segment in shown])


def _header_name(header: PostedTripRecord | None) -> str | None:
    return None if header is None else header.header.name


def _name_by_places(shown: Sequence[ShownSegment]) -> str:
    """Name a trip by what stands; a cancelled one by what stood."""
    return name_by_places([s.document for s in shown if s.shape.live] or [s.document for s in shown])


def _booking(
    booking: Booking, segments: Sequence[SegmentShape], known: Remembered[Document], *, live: bool
) -> Document:
    inputs = (booking, live, *segments)
    return known.get(booking.key, inputs) or known.keep(
        booking.key, inputs, _booking_document(booking, segments, live=live)
    )


def _booking_document(booking: Booking, segments: Sequence[SegmentShape], *, live: bool) -> Document:
    content, record = booking.content, booking.record
    position = {claim.id: claim.position for claim in booking.claims}
    document: Document = {
        "record": booking.key,
        "owner": owner_document(record.owner),
        "source": record.owner.source,
        "booking_source": record.booking_source,
        "record_locator": record.record_locator,
        "status": "confirmed" if live and booking.standing is Standing.LIVE else "cancelled",
        "segments": [s.id for s in sorted(segments, key=lambda s: _own_position(s, position))],
        "created": instant_of(record.founded_ms),
        "revision": revision_document(booking.revision),
    }
    return document | _stated(content, leave_out={"segments"})


def _own_position(segment: SegmentShape, position: Mapping[str, int]) -> int:
    return min(position[claim] for claim in segment.claims if claim in position)


def _stated(value: BaseModel, *, leave_out: set[str] | None = None) -> dict[str, Any]:
    return value.model_dump(mode="json", exclude_none=True, exclude_defaults=True, exclude=leave_out)
