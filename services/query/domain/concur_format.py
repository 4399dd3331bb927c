"""Trips as Concur's Itinerary v1.1 writes them. Give it only what the viewer may see.

Each consolidated segment stands once, under the booking of the claim that won its route and times; a
booking that has none left is still listed, as Concur lists it.
"""

from collections.abc import Sequence

from schemas.concur.codes import BOOKING_OWNERS, NUMBER_OF_TRIP_STATUS
from schemas.concur.mapping import BOOKING, ITINERARY, PASSENGER, SEGMENTS, TICKET
from schemas.concur.texts import prefixed
from schemas.concur.walking import shown
from schemas.concur.wire import document
from schemas.segments import FieldGroup, Segment, SegmentStatus
from schemas.times import Moment
from schemas.trip import Trip, TripBooking, TripContent, TripSegment

TRIP_PATH = "/api/travel/trip/v1.1"

_Texts = dict[str, str]


def itinerary_xml(trip: Trip, *, base_url: str, login: str | None = None, party: str | None = None) -> bytes:
    """Return the trip as an `Itinerary` document, in UTF-8 and Concur's namespace.

    Args:
        trip: the trip, its ids being TripId and ItinLocator.
        base_url: where the API stands.
        login: the traveller's login, where the viewer may know it.
        party: the party that reads; it finds its own bookings as it posted them.
    """
    return document("Itinerary", itinerary_texts(trip, base_url=base_url, login=login, party=party))


def itinerary_texts(
    trip: Trip, *, base_url: str, login: str | None = None, party: str | None = None
) -> dict[str, str]:
    """Return what `itinerary_xml` writes, as texts by path."""
    content = trip.content
    texts: _Texts = {}
    if content.posted is not None:
        header = content.posted.header
        texts.update(shown(header, ITINERARY))
        for number, attribute in enumerate(header.custom_attributes, start=1):
            texts.update(prefixed(f"CustomAttributes/CustomAttribute[{number}]", attribute))
    texts.update(identity(trip, base_url=base_url, login=login))
    texts.update(ItinLocator=trip.id, DateCreatedUtc=_utc(trip.created))
    texts.update(dates_of(content))
    segments = segments_of_bookings(content, party=party)
    for number, booking in enumerate(content.bookings, start=1):
        is_own = booking.owner.party == party
        inside = _booking(booking, trip=trip, segments=segments[booking.record], is_own=is_own)
        texts.update(prefixed(f"Bookings/Booking[{number}]", inside))
    return texts


def error_xml(message: str, *, server_time: str, error_id: str) -> bytes:
    """Return an error in the shape of Concur's platform; `server_time` is `YYYY-MM-DDThh:mm:ss`."""
    texts = {"Message": message, "Server-Time": server_time.removesuffix("Z"), "Id": error_id}
    return document("Error", texts, namespace=None)


def identity(trip: Trip, *, base_url: str, login: str | None) -> dict[str, str]:
    """Return what names a trip and says how it stands, alike in its detail and in a list."""
    texts = {
        "id": f"{base_url.rstrip('/')}{TRIP_PATH}/{trip.id}",
        "TripId": trip.id,
        "TripName": trip.content.name,
        "TripStatus": NUMBER_OF_TRIP_STATUS[trip.content.status.value],
        "DateModifiedUtc": _utc(trip.modified),
    }
    return texts if login is None else texts | {"UserLoginId": login}


def _utc(instant: str) -> str:
    return instant.removesuffix("Z")


def dates_of(content: TripContent) -> dict[str, str]:
    """Return start and end of the trip by its segments, and when the first of it was booked.

    On a day that none of them shows, because the reader may not see the hour, they are that day's midnight:
    the days of a trip are the same in every form, and so Concur keeps a date and zeroes its time.
    """
    live = [segment for segment in content.segments if segment.status is not SegmentStatus.CANCELLED]
    counted = live or content.segments
    starts = [segment.start for segment in counted if segment.start is not None]
    ends = [end for segment in counted if (end := segment.end or segment.start) is not None]
    first, last = min(starts, key=_local, default=None), max(ends, key=_local, default=None)
    texts: _Texts = {}
    if (day := content.start_date) is not None and (first is None or day < first.date):
        texts["StartDateLocal"] = date_time(day)
    elif first is not None:
        texts.update(_moment("Start", first))
    if (day := content.end_date) is not None and (last is None or day > last.date):
        texts["EndDateLocal"] = date_time(day)
    elif last is not None:
        texts.update(_moment("End", last))
    booked = [booking.booked for booking in content.bookings if booking.booked is not None]
    return texts | {"DateBookedLocal": date_time(min(booked))} if booked else texts


def _local(moment: Moment) -> str:
    return date_time(moment.local)


def date_time(local: str) -> str:
    """Return a local time as a date with time; of a date alone, its midnight."""
    return local if "T" in local else f"{local}T00:00:00"


def _moment(end: str, moment: Moment) -> _Texts:
    utc = moment.utc()
    texts = {f"{end}DateLocal": date_time(moment.local)}
    return texts if utc is None else texts | {f"{end}DateUtc": _utc(utc)}


def _as_posted(booking: TripBooking, *, content: TripContent) -> list[TripSegment | Segment]:
    """Return the segments of a booking as its owner said them; what was cancelled since is so.

    A status that the owner left unsaid is the one that others gave it: who booked must see what the
    carrier cancelled.
    """
    claims = {
        claim.segment: (segment, claim)
        for segment in content.segments
        for claim in segment.claims
        if claim.record == booking.record
    }
    posted: list[TripSegment | Segment] = []
    for segment, claim in sorted(claims.values(), key=lambda found: found[1].position):
        said = claim.values or segment
        if not claim.live:
            said = said.model_copy(update={"status": SegmentStatus.CANCELLED})
        elif said.status is None and said.status_code is None:
            said = said.model_copy(update={"status": segment.status})
        posted.append(said)
    return posted


def segments_of_bookings(
    content: TripContent, *, party: str | None
) -> dict[str, Sequence[TripSegment | Segment]]:
    """Return what stands under each booking, by its record: under the reader's own what it posted."""
    homes = _homes(content)
    return {
        booking.record: (
            _as_posted(booking, content=content)
            if booking.owner.party == party
            else homes.get(booking.record, [])
        )
        for booking in content.bookings
    }


def _homes(content: TripContent) -> dict[str, list[TripSegment]]:
    """Return the segments that stand under each booking, in the booking's own order."""
    listed = {booking.record: booking for booking in content.bookings}
    homes: dict[str, list[TripSegment]] = {}
    for segment in content.segments:
        record = next((record for record in _winners(segment) if record in listed), None)
        if record is not None:
            homes.setdefault(record, []).append(segment)
    for record, segments in homes.items():
        order = {segment: place for place, segment in enumerate(listed[record].segments)}
        segments.sort(key=lambda segment: order.get(segment.id, len(order)))
    return homes


def _winners(segment: TripSegment) -> list[str]:
    """Return the records that may be the segment's home, the best first."""
    won = [
        entry.record
        for entry in segment.provenance
        if entry.group is FieldGroup.ROUTE_AND_TIMES and not entry.filled
    ]
    return [*won, *(claim.record for claim in segment.claims)]


def _booking(
    booking: TripBooking, *, trip: Trip, segments: Sequence[TripSegment | Segment], is_own: bool
) -> _Texts:
    own_dates = {"DateCreatedUtc": _utc(booking.created), "DateModifiedUtc": _utc(trip.modified)}
    owner = BOOKING_OWNERS[booking.source]
    texts = shown(booking, BOOKING) | own_dates
    texts.update(
        BookingOwner=owner,
        Source=owner,
        BookingSource=booking.booking_source,
        RecordLocator=booking.record_locator,
    )
    for number, passenger in enumerate(booking.passengers, start=1):
        texts.update(prefixed(f"Passengers/Passenger[{number}]", shown(passenger, PASSENGER)))
    for number, ticket in enumerate(booking.tickets, start=1):
        texts.update(prefixed(f"AirlineTickets/AirlineTicket[{number}]", shown(ticket, TICKET)))
    for number, segment in enumerate(segments, start=1):
        element = segment.type.capitalize()
        inside = shown(segment, SEGMENTS[element], as_posted=is_own) | own_dates
        texts.update(prefixed(f"Segments/{element}[{number}]", inside))
    return texts
