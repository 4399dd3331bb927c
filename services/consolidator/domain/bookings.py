"""Read accepted records as the bookings that hold today: live, cancelled or withdrawn, and their claims.

Everything here is a function of the records alone. What depends on other records of the same
traveller is settled in this module: numbers cancelled on their own, headers that name or no longer
name a booking, and later posts of a booking that a posted trip already has.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain

from schemas.booking_record import (
    BookingRecord,
    Ending,
    PostedTripRecord,
    Revision,
    Snapshot,
)
from schemas.features import number_text
from schemas.segments import SegmentStatus
from services.consolidator.domain.cancelled_numbers import (
    NONE_CANCELLED,
    CancelledBySender,
    CancelledNumbers,
    cancelled_numbers,
    newest_that_holds,
    sender_of,
)
from services.consolidator.domain.claims import (
    Booking,
    BookingShape,
    Claim,
    ClaimShape,
    Ended,
    Guest,
    Standing,
)
from services.consolidator.domain.posted_trips import attracts, header_of, homes_of_loose_posts, pinned_trips
from services.consolidator.domain.records import TravellerRecord, of_kind
from services.consolidator.domain.remembered import Remembered, as_before
from services.consolidator.domain.stated import Readings, Stated


@dataclass(frozen=True, slots=True)
class _Registers:
    """The registers that count for a booking, its later loose posts among them."""

    snapshot: Snapshot
    told_by: str
    """The record that the snapshot is from."""
    cancellation: Ending | None
    withdrawn: bool
    """Nothing that was said of it stands."""


@dataclass(slots=True)
class Reader:
    """Reads a traveller's records, and remembers what it read."""

    readings: Readings = field(default_factory=Readings)
    _bookings: Remembered[Booking] = field(default_factory=Remembered[Booking])

    def bookings_of(self, records: Mapping[str, TravellerRecord]) -> dict[str, Booking]:
        """Return, by record key, the bookings that a traveller's records make today."""
        pinned = pinned_trips(records.values())
        with_snapshot = [r for r in of_kind(records.values(), BookingRecord) if r.snapshot is not None]
        cancelled = cancelled_numbers(records.values())
        homes = homes_of_loose_posts(with_snapshot, pinned) if pinned else {}
        guests: dict[str, list[BookingRecord]] = {}
        for record in with_snapshot:
            if (home := homes.get(record.record)) is not None:
                guests.setdefault(home, []).append(record)
        return {
            record.record: self._booking(record, guests.get(record.record, []), pinned, cancelled)
            for record in with_snapshot
            if record.record not in homes
        }

    def _booking(
        self,
        record: BookingRecord,
        guests: list[BookingRecord],
        pinned: Mapping[str, PostedTripRecord],
        cancelled: CancelledBySender,
    ) -> Booking:
        header = header_of(record, pinned)
        numbers = cancelled.get(sender_of(record), NONE_CANCELLED) if cancelled else NONE_CANCELLED
        inputs = (record, *guests, header, *chain.from_iterable(numbers.values()))
        known = self._bookings.get(record.record, inputs)
        if known is not None:
            return known
        last = self._bookings.last(record.record)
        made = _booking([record, *guests], header, numbers, self.readings, last)
        return self._bookings.keep(record.record, inputs, made)


def bookings_of(records: Mapping[str, TravellerRecord]) -> dict[str, Booking]:
    """Return, by record key, the bookings that a traveller's records make today."""
    return Reader().bookings_of(records)


def _booking(
    records: list[BookingRecord],
    header: PostedTripRecord | None,
    numbers: CancelledNumbers,
    readings: Readings,
    last: Booking | None,
) -> Booking:
    """Return the booking that a record and its guests make; `last` is what they made before."""
    record, *guests = records
    registers = _newest_registers(records)
    snapshot = registers.snapshot
    stated = readings.stated(record.record, snapshot.content.segments, told_by=registers.told_by)
    by_number = newest_that_holds(numbers.get(number_text(record.record_locator), ()), stated)
    ended = _ending(record, registers, header, by_number)
    shapes = {} if last is None else {claim.id: claim.shape for claim in last.claims}
    claims = _claims(record, snapshot.revision, stated, header, numbers, ended=ended, shapes=shapes)
    if ended is None and claims and not any(claim.live for claim in claims):
        ended = Ended.EMPTIED
    standing = _STANDINGS.get(ended, Standing.CANCELLED)
    claims = () if standing is Standing.WITHDRAWN else claims
    explicit = record.assignment and record.assignment.trip
    shape = BookingShape(
        key=record.record,
        founded=record.founded,
        standing=standing,
        speaks=bool(claims),
        pinned_to=None if header is None else header.trip,
        # Posted into a trip that nobody posted: the trip's id is where the sender wants it.
        explicit_trip=explicit or (record.posted_trip if header is None else None),
        guests=tuple(sorted(Guest(guest.record, guest.founded) for guest in guests)),
    )
    shape = as_before(shape, last and last.shape)
    return Booking(record.record, record, snapshot.content, snapshot.revision, claims, ended, shape)


def _newest_registers(records: list[BookingRecord]) -> _Registers:
    speaking = [record for record in records if not is_withdrawn(record)]
    counting = speaking or records
    snapshots = [(r.snapshot, r.record) for r in counting if r.snapshot is not None]
    cancellations = [r.cancellation for r in counting if r.cancellation is not None]
    snapshot, told_by = snapshots[0]
    if len(snapshots) > 1:
        snapshot, told_by = max(snapshots, key=lambda told: told[0].revision.order())
    return _Registers(
        snapshot=snapshot,
        told_by=told_by,
        cancellation=max(cancellations, key=lambda register: register.revision.order(), default=None),
        withdrawn=not speaking,
    )


def is_withdrawn(record: BookingRecord) -> bool:
    """Say whether a record was withdrawn and not stated anew: then it says nothing, whatever else came."""
    snapshot, withdrawal = record.snapshot, record.withdrawal
    return withdrawal is not None and (
        snapshot is None or withdrawal.revision.order() > snapshot.revision.order()
    )


_STANDINGS: Mapping[Ended | None, Standing] = {
    None: Standing.LIVE,
    Ended.WITHDRAWN: Standing.WITHDRAWN,
    Ended.UNNAMED: Standing.WITHDRAWN,
}


def _ending(
    record: BookingRecord,
    registers: _Registers,
    header: PostedTripRecord | None,
    by_number: Revision | None,
) -> Ended | None:
    """The newest word wins: of the snapshot, the endings, the number alone and the trip's header."""
    if registers.withdrawn:
        return Ended.WITHDRAWN
    stated = newest = registers.snapshot.revision
    ended: Ended | None = None
    cancelled = registers.cancellation and registers.cancellation.revision
    for word, means in ((cancelled, Ended.BY_OWNER), (by_number, Ended.BY_NUMBER)):
        if word is not None and word.order() > newest.order():
            newest, ended = word, means
    if header is not None and ended is None and _knows_of(stated, header.revision):
        # Bookings that came with the header were received with it; older ones it may have dropped.
        if header.bookings and record.record not in header.bookings:
            ended = Ended.UNNAMED
        elif header.header.status == "cancelled":
            ended = Ended.WITH_TRIP
        elif not header.bookings:
            ended = Ended.UNNAMED
    return ended


def _knows_of(stated: Revision, header: Revision) -> bool:
    """Say whether a header came with a booking or later.

    It knows of all that came with a creation: a changed header is later than every creation, and of
    several creations the first counts, whose header never named what another one brought.
    """
    return bool(stated.opens) or header.received >= stated.received


def _claims(
    record: BookingRecord,
    revision: Revision,
    stated: Iterable[Stated],
    header: PostedTripRecord | None,
    numbers: CancelledNumbers,
    *,
    ended: Ended | None,
    shapes: Mapping[str, ClaimShape],
) -> tuple[Claim, ...]:
    """Return what a record claims; `shapes` are those of before, by claim."""
    pinned_to = None if header is None else header.trip
    secluded = header is not None and not attracts(header)
    claims: list[Claim] = []
    for one in stated:
        shape = ClaimShape(
            id=one.id,
            record=record.record,
            founded=record.founded,
            position=one.position,
            source=record.owner.source,
            comparable=one.comparable,
            pinned_to=pinned_to,
            secluded=secluded,
        )
        claim = Claim(
            id=one.id,
            record=record.record,
            owner=record.owner,
            revision=revision,
            stated=one,
            ended=ended or _segment_ended(one, revision, numbers),
            shape=as_before(shape, shapes.get(one.id)),
        )
        claims.append(claim)
    return tuple(claims)


def _segment_ended(segment: Stated, stated: Revision, numbers: CancelledNumbers) -> Ended | None:
    if segment.segment.status is SegmentStatus.CANCELLED:
        return Ended.STATED
    if not numbers:
        return None
    named = (
        newest_that_holds(numbers.get(number, ()), [segment])
        for number in segment.comparable.features.numbers
    )
    return Ended.BY_NUMBER if any(_cancels(cancellation, stated) for cancellation in named) else None


def _cancels(cancellation: Revision | None, stated: Revision) -> bool:
    return cancellation is not None and cancellation.order() > stated.order()
