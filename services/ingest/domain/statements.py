"""Statements for `bookings.v1`, drafted before the raw message is kept and completed by its receipt.

A draft is whole but for where the broker put the raw message, which is what makes one statement newer
than another (design, section 4). So everything is judged before anything is written.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from schemas.base import Model
from schemas.booking_record import (
    BookingContent,
    BookingStatement,
    CancellationStatement,
    NumberCancellationStatement,
    Override,
    OverrideStatement,
    Owner,
    PostedTripStatement,
    Revision,
    Saying,
    TripHeader,
    WithdrawalStatement,
)
from schemas.identifiers import (
    normal_code,
    number_cancellation_key,
    posted_trip_key,
    record_key,
)

NORMALISER = 6
"""Raise it when the same raw message would now give another statement."""

WITHDRAWN_HASH = hashlib.sha256(b"withdrawn").hexdigest()[:32]
"""Of a withdrawal as of a message: it has no content of its own."""

MAX_STATEMENT_BYTES = 1024 * 1024
"""A quarter of what `bookings.v1` takes, so that the record and the trip made of it fit as well."""

Drafted = (
    BookingStatement
    | CancellationStatement
    | WithdrawalStatement
    | NumberCancellationStatement
    | PostedTripStatement
)
"""What senders say of bookings."""

Draft = Saying
"""With what people say of trips."""

_D = TypeVar("_D", bound=Draft)
_OfBooking = TypeVar("_OfBooking", bound=BookingStatement | CancellationStatement | WithdrawalStatement)


class Receipt(NamedTuple):
    """Where and when the broker appended a raw message."""

    received_ms: int
    partition: int
    offset: int


class Address(NamedTuple):
    """Whom it concerns, who says it, and in which message."""

    tenant: str
    traveller: str
    owner: Owner
    message: str


class Named(NamedTuple):
    """A booking as its owner names it, and the trip that the sender put it in, if any."""

    booking_source: str
    record_locator: str
    posted_trip: str | None = None
    explicit_trip: str | None = None


def booking(
    address: Address, *, named: Named, content: BookingContent, source_revision: int | None = None
) -> BookingStatement:
    """Draft the full statement of a booking."""
    return BookingStatement(
        **address._asdict(),
        **named._asdict(),
        record=record_of(address, named=named),
        revision=_unreceived(content, source_revision=source_revision),
        content=content,
    )


def cancellation(
    address: Address, *, named: Named, source_revision: int | None = None
) -> CancellationStatement:
    """Draft the cancellation of a whole booking."""
    return CancellationStatement(
        **address._asdict(),
        booking_source=named.booking_source,
        record_locator=named.record_locator,
        posted_trip=named.posted_trip,
        record=record_of(address, named=named),
        revision=_unreceived(None, source_revision=source_revision),
    )


def withdrawal(address: Address, *, named: Named, source_revision: int | None = None) -> WithdrawalStatement:
    """Draft that a booking is no longer said to concern this traveller."""
    return WithdrawalStatement(
        **address._asdict(),
        booking_source=named.booking_source,
        record_locator=named.record_locator,
        posted_trip=named.posted_trip,
        record=record_of(address, named=named),
        revision=_unreceived(None, source_revision=source_revision),
    )


def with_later_posts(draft: _OfBooking) -> _OfBooking:
    """Let what ends a booking of a posted trip end what was posted of it without the trip's id, too."""
    return draft.model_copy(update={"with_later_posts": True})


def number_cancellation(
    address: Address, *, booking_source: str, number: str, source_revision: int | None = None
) -> NumberCancellationStatement:
    """Draft the cancellation of whatever bears a number."""
    return NumberCancellationStatement(
        **address._asdict(),
        record=number_cancellation_key(
            tenant=address.tenant,
            traveller=address.traveller,
            owner=address.owner.party,
            booking_source=booking_source,
            number=number,
        ),
        revision=_unreceived(None, source_revision=source_revision),
        booking_source=booking_source,
        number=number,
    )


def posted_trip(
    address: Address,
    *,
    trip: str,
    creates: bool,
    header: TripHeader,
    bookings: Sequence[tuple[Named, BookingContent]],
) -> tuple[PostedTripStatement, *tuple[BookingStatement, ...]]:
    """Draft a trip posted as a whole: its header, then its bookings keyed under it.

    The header goes first: bookings that follow then already know whether their trip is pinned.
    """
    drafts = tuple(
        booking(address, named=named._replace(posted_trip=trip), content=content)
        for named, content in bookings
    )
    records = [draft.record for draft in drafts]
    head = _head(address, trip=trip, creates=creates, header=header, bookings=records)
    return (_opening(head), *map(_opening, drafts)) if creates else (head, *drafts)


def _opening(draft: _D) -> _D:
    """Return a statement that came with the creation of its trip."""
    return draft.model_copy(update={"revision": draft.revision.model_copy(update={"opens": True})})


def changed_header(
    address: Address, *, trip: str, header: TripHeader, bookings: Sequence[str]
) -> PostedTripStatement:
    """Draft a new header for a trip that was posted before; `bookings` are the records that it names."""
    return _head(address, trip=trip, creates=False, header=header, bookings=bookings)


def _head(
    address: Address, *, trip: str, creates: bool, header: TripHeader, bookings: Sequence[str]
) -> PostedTripStatement:
    return PostedTripStatement(
        **address._asdict(),
        record=posted_trip_key(trip),
        revision=_unreceived(header),
        trip=trip,
        creates=creates,
        header=header,
        bookings=tuple(bookings),
    )


def override(address: Address, *, key: str, by: str, said: Override | None) -> OverrideStatement:
    """Draft a person's word under a key of its own; None takes back what was said under it."""
    return OverrideStatement(
        tenant=address.tenant,
        traveller=address.traveller,
        message=address.message,
        record=key,
        revision=_unreceived(said),
        by=by,
        override=said,
    )


def received(draft: _D, *, receipt: Receipt) -> _D:
    """Return the statement that a draft becomes once its raw message is kept."""
    return draft.model_copy(update={"revision": draft.revision.model_copy(update=receipt._asdict())})


def normal_name(named: Named) -> tuple[str, str]:
    """Return what tells two bookings of one owner apart."""
    return normal_code(named.booking_source), normal_code(named.record_locator)


def record_of(address: Address, *, named: Named) -> str:
    """Return the key of the record that a booking has by its name."""
    return record_key(
        tenant=address.tenant,
        traveller=address.traveller,
        owner=address.owner.party,
        booking_source=named.booking_source,
        record_locator=named.record_locator,
        posted_trip=named.posted_trip,
    )


def _unreceived(content: Model | None, *, source_revision: int | None = None) -> Revision:
    encoded = b"" if content is None else content.encode()
    return Revision(
        source_revision=source_revision,
        received_ms=0,
        partition=0,
        offset=0,
        normaliser=NORMALISER,
        content_hash=hashlib.sha256(encoded).hexdigest()[:32],
    )
