"""What a Concur message says of whose bookings: drafts of statements, or why there are none."""

import hashlib
from typing import assert_never

from pydantic import JsonValue

from schemas.base import canonical_json
from schemas.booking_record import BookingStatement, PostedTripStatement
from schemas.identifiers import posted_trip_id
from schemas.segments import SegmentType
from services.ingest.domain import statements
from services.ingest.domain.concur.posts import PostedTrip
from services.ingest.domain.messages import (
    TRIP_ID,
    BookingPost,
    CancellationPost,
    TripCancellationPost,
    TripPost,
)
from services.ingest.domain.refusals import Problem, Refusal, RefusalKind, refusal
from services.ingest.domain.statements import Address, Drafted, Named, normal_name, with_later_posts
from services.ingest.domain.whole_trips import WholeTrip, WholeTripBooking

_OF_BOOKINGS = frozenset({"confirmed", "ticketed"})
"""Where nobody posted a trip as a whole, its id takes in bookings and the header counts for nothing (design,
section 4): one that says more would be lost, and its bookings would stand as if they were firm."""

ConcurMessage = BookingPost | TripPost | CancellationPost | TripCancellationPost


def spoken_of(message: ConcurMessage) -> list[tuple[str, set[SegmentType]]]:
    """Return the booking sources that a message names, each with the kinds of segment it states."""
    match message:
        case CancellationPost(booking_source):
            return [(booking_source, set())]
        case TripCancellationPost():
            return []  # What its own party posted it was allowed to post.
        case BookingPost(posted):
            bookings = (posted,)
        case TripPost(posted):
            bookings = posted.bookings
        case _:
            assert_never(message)
    return [(b.booking_source, {segment.type for segment in b.content.segments}) for b in bookings]


def warnings_of(message: ConcurMessage) -> tuple[Problem, ...]:
    """Return what the reader warned of."""
    return message.posted.warnings if isinstance(message, BookingPost | TripPost) else ()


def concur_drafts(message: ConcurMessage, *, address: Address) -> tuple[Drafted, ...] | Refusal:
    """Return the statements that a message comes to."""
    match message:
        case BookingPost(posted, trip, seen):
            if seen is not None and seen.traveller != address.traveller:
                return unknown_trip()
            named = Named(posted.booking_source, posted.record_locator, explicit_trip=_where(trip, seen=seen))
            return (statements.booking(address, named=named, content=posted.content),)
        case CancellationPost(booking_source, number):
            return (statements.number_cancellation(address, booking_source=booking_source, number=number),)
        case TripPost():
            return _posted_trip(message, address=address)
        case TripCancellationPost(seen):
            return _cancelled_trip(seen, address=address)
        case _:
            assert_never(message)


def _posted_trip(message: TripPost, *, address: Address) -> tuple[Drafted, ...] | Refusal:
    posted, trip, seen = message.posted, message.trip, message.seen
    if seen is not None:
        if (no := _may_not_change(seen, by=posted, address=address)) is not None:
            return no
        trip = seen.id
    where = _where(trip, seen=seen)
    bookings = [
        (Named(b.booking_source, b.record_locator, explicit_trip=where), b.content) for b in posted.bookings
    ]
    if len({normal_name(named) for named, _ in bookings}) < len(bookings):
        return refusal(
            RefusalKind.INVALID,
            field="Itinerary/Bookings",
            rule="booking_stated_twice",
            message="two bookings bear the same BookingSource and RecordLocator",
        )
    if seen is not None and seen.posted is None:
        # Nobody's header: each booking is the record that it is by whichever id or route it comes.
        return tuple(statements.booking(address, named=named, content=content) for named, content in bookings)
    created = posted_trip_id(
        tenant=address.tenant,
        traveller=address.traveller,
        owner=address.owner.party,
        reference=_reference(message),
    )
    drafts = statements.posted_trip(
        address, trip=trip or created, creates=trip is None, header=posted.header, bookings=bookings
    )
    return drafts if seen is None else _with_what_ends(drafts, seen=seen, address=address)


def _with_what_ends(
    drafts: tuple[PostedTripStatement, *tuple[BookingStatement, ...]],
    *,
    seen: WholeTrip,
    address: Address,
) -> tuple[Drafted, ...]:
    """Let what was posted later of a firm trip's bookings end with those that a change ends or drops.

    What that is, the consolidator knows: the trip may have been seen as it was a moment ago.
    """
    if not _is_firm(seen, address=address):
        return drafts
    head, *stated = drafts
    ends = head.header.status == "cancelled"
    # A cancelled trip that names no booking goes on to show those that it had.
    end = statements.cancellation if ends and not stated else statements.withdrawal
    gone = [
        named
        for named, booking in _own(seen, address=address)
        if named.posted_trip == seen.id
        and booking.status == "confirmed"
        and booking.record not in head.bookings
    ]
    return (
        head,
        *(map(with_later_posts, stated) if ends else stated),
        *(with_later_posts(end(address, named=named)) for named in gone),
    )


def _where(trip: str | None, *, seen: WholeTrip | None) -> str | None:
    """Return the trip that an id leads to today; the id itself where nobody could look that up."""
    return trip if seen is None else seen.where()


def _may_not_change(seen: WholeTrip, *, by: PostedTrip, address: Address) -> Refusal | None:
    if seen.traveller != address.traveller:
        return unknown_trip()
    if _is_anothers(seen, address=address):
        return _not_yours("only the party that posted a trip may change it")
    if seen.posted is None and by.header.status not in _OF_BOOKINGS:
        return _not_yours("nobody posted this trip, so nobody can propose or cancel it as a whole")
    if seen.posted is None and not by.bookings:
        return refusal(
            RefusalKind.INVALID,
            field="Itinerary/Bookings",
            rule="nothing_to_take_in",
            message="is required: nobody posted this trip, so there is nothing else to change in it",
        )
    return None


def _reference(message: TripPost) -> str:
    """Return what makes the same post the same trip: the sender's key, else what the post says.

    What it says, not how: white space, order of elements and namespace make no other trip. Nor does what a
    better reader adds: trips that were posted before would get another id.
    """
    if message.idempotency_key is not None:
        return f"key:{message.idempotency_key}"
    said = {
        "header": message.posted.header.model_dump(mode="json", exclude_none=True),
        "bookings": [
            [
                b.booking_source,
                b.record_locator,
                _as_posted(b.content.model_dump(mode="json", exclude_none=True)),
            ]
            for b in message.posted.bookings
        ],
    }
    return f"sha256:{hashlib.sha256(canonical_json(said)).hexdigest()}"


def _as_posted(said: JsonValue) -> JsonValue:
    """Return it with the offsets of dates left out, and zones of dates that nobody stated: those are ours."""
    if isinstance(said, list):
        return [_as_posted(value) for value in said]
    if not isinstance(said, dict):
        return said
    local = said.get("local")
    if not isinstance(local, str) or "inferred" not in said or "T" in local:
        return {key: _as_posted(value) for key, value in said.items()}
    stated = {"zone": said["zone"]} if "zone" in said and not said["inferred"] else {}
    return {"local": local, "inferred": False, **stated}


def _cancelled_trip(seen: WholeTrip, *, address: Address) -> tuple[Drafted, ...] | Refusal:
    """Cancel what the sender has in a trip: its bookings, and the trip's header if it posted that.

    What others booked stays as they said it (reference: ownership and cancel).
    """
    if seen.traveller != address.traveller:
        return unknown_trip()
    own = [named for named, _ in _own(seen, address=address)]
    cancellations = [statements.cancellation(address, named=named) for named in own]
    if _is_firm(seen, address=address):
        cancellations = [d if d.posted_trip is None else with_later_posts(d) for d in cancellations]
    drafts: list[Drafted] = [*cancellations]
    if seen.posted is not None and not _is_anothers(seen, address=address):
        in_header = [draft.record for draft in cancellations if draft.posted_trip is not None]
        header = seen.posted.header.model_copy(update={"status": "cancelled"})
        head = statements.changed_header(address, trip=seen.id, header=header, bookings=in_header)
        drafts.insert(0, head)
    if not drafts:
        return _not_yours("nothing in this trip was booked by this caller; only who booked may cancel")
    return tuple(drafts)


def _is_firm(seen: WholeTrip, *, address: Address) -> bool:
    """Say whether the sender posted this trip, and as firm: it takes later posts of its bookings in.

    Such a post changes the booking in the trip for as long as that stands and names it (design, section 4).
    """
    posted = seen.posted
    if posted is None or _is_anothers(seen, address=address):
        return False
    return posted.header.status in _OF_BOOKINGS and not posted.header.is_virtual


def unknown_trip() -> Refusal:
    """Return the no to an id that leads to no trip which the sender may see."""
    return refusal(RefusalKind.NOT_FOUND, field=TRIP_ID, rule="unknown_trip", message="is no trip's id")


def _own(seen: WholeTrip, *, address: Address) -> list[tuple[Named, WholeTripBooking]]:
    """Name the sender's own bookings in a trip."""
    own = [booking for booking in seen.bookings if booking.owner.party == address.owner.party]
    named = [(_named(booking, seen=seen, address=address), booking) for booking in own]
    return [(name, booking) for name, booking in named if name is not None]


def _is_anothers(seen: WholeTrip, *, address: Address) -> bool:
    return seen.posted is not None and seen.posted.owner.party != address.owner.party


def _not_yours(message: str) -> Refusal:
    return refusal(RefusalKind.FORBIDDEN, field=TRIP_ID, rule="not_your_trip", message=message)


def _named(booking: WholeTripBooking, *, seen: WholeTrip, address: Address) -> Named | None:
    """Name a booking so that it comes out as the record it is: loose, or under a header of this trip."""
    for under in (None, seen.id, *seen.also_known_as):
        named = Named(booking.booking_source, booking.record_locator, posted_trip=under)
        if statements.record_of(address, named=named) == booking.record:
            return named
    return None
