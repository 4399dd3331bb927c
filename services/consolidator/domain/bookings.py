"""Read accepted records as the bookings that hold today: live, cancelled or withdrawn, and their claims.

Everything here is a function of the records alone. What depends on other records of the same
traveller is settled in this module: numbers cancelled on their own, headers that name or no longer
name a booking, and later posts of a booking that a posted trip already has.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from schemas.booking_record import (
    BookingContent,
    BookingRecord,
    Ending,
    NumberCancellationRecord,
    Owner,
    PostedTripRecord,
    Revision,
    Snapshot,
)
from schemas.identifiers import normal_code, segment_id
from schemas.likeness import name_words, number_text
from schemas.segments import AirSegment, RailSegment, Segment, SegmentStatus
from services.consolidator.domain.records import TravellerRecord


class Standing(StrEnum):
    """What a booking is worth today."""

    LIVE = "live"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"


class Ended(StrEnum):
    """What took a booking, or one of its segments, away."""

    BY_OWNER = "its owner cancelled the booking"
    WITHDRAWN = "its owner withdrew the booking"
    BY_NUMBER = "its owner cancelled the number"
    WITH_TRIP = "the trip that it was posted with was cancelled"
    UNNAMED = "a newer post of its trip no longer names it"
    STATED = "its owner states it as cancelled"
    EMPTIED = "its owner cancelled every segment of it"


@dataclass(frozen=True, slots=True)
class Claim:
    """One record's statement about one segment."""

    id: str
    record: str
    owner: Owner
    position: int
    segment: Segment
    revision: Revision
    founded: int
    ended: Ended | None
    pinned_to: str | None
    secluded: bool
    """Its posted trip is proposed, virtual or cancelled: it meets only what was posted with it."""

    @property
    def live(self) -> bool:
        """Whether it still holds."""
        return self.ended is None


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking as it holds today. Records without a snapshot make none."""

    key: str
    record: BookingRecord
    standing: Standing
    ended: Ended | None
    """Why it is not live."""
    content: BookingContent
    revision: Revision
    claims: tuple[Claim, ...]
    pinned_to: str | None
    """The posted trip that it belongs to."""
    explicit_trip: str | None
    """The trip that its sender named for it."""
    also: tuple[str, ...]
    """Records of the same booking that were posted apart from the trip and are read as part of this."""

    @property
    def founded(self) -> int:
        """The offset at which the record was first accepted: its age among its traveller's."""
        return self.record.founded


@dataclass(frozen=True, slots=True)
class _Registers:
    """The registers that count for a booking, its later loose posts among them."""

    snapshot: Snapshot
    cancellation: Ending | None
    withdrawal: Ending | None


def pinned_trips(records: Iterable[TravellerRecord]) -> dict[str, PostedTripRecord]:
    """Return, by trip id, the headers that pin a trip: those that a statement created."""
    return {
        record.trip: record for record in records if isinstance(record, PostedTripRecord) and record.created
    }


def bookings_of(records: Mapping[str, TravellerRecord]) -> dict[str, Booking]:
    """Return, by record key, the bookings that a traveller's records make today."""
    pinned = pinned_trips(records.values())
    with_snapshot = [r for r in records.values() if isinstance(r, BookingRecord) and r.snapshot is not None]
    cancelled_numbers = _cancelled_numbers(records.values())
    homes = _homes_of_loose_posts(with_snapshot, pinned)
    guests: dict[str, list[BookingRecord]] = {}
    for record in with_snapshot:
        if (home := homes.get(record.record)) is not None:
            guests.setdefault(home, []).append(record)
    return {
        record.record: _booking(record, guests.get(record.record, []), pinned, cancelled_numbers)
        for record in with_snapshot
        if record.record not in homes
    }


_Sender = tuple[str, str, str]


def _sender_of(record: BookingRecord) -> _Sender:
    return (record.owner.party, normal_code(record.booking_source), normal_code(record.record_locator))


def _homes_of_loose_posts(
    records: Iterable[BookingRecord], pinned: Mapping[str, PostedTripRecord]
) -> dict[str, str]:
    """Map each loose record to the record in a posted trip that it speaks of: the youngest, if several.

    A later post of that owner, source and locator without trip id updates the pinned booking
    (design, section 4). Proposed and cancelled trips attract nothing.
    """
    residents: dict[_Sender, tuple[int, str]] = {}
    loose: list[BookingRecord] = []
    for record in records:
        header = _header_of(record, pinned)
        if header is None:
            loose.append(record)
        elif attracts(header) and record.record in header.bookings:
            place = (header.founded, record.record)
            residents[_sender_of(record)] = max(place, residents.get(_sender_of(record), place))
    return {r.record: residents[_sender_of(r)][1] for r in loose if _sender_of(r) in residents}


def attracts(header: PostedTripRecord) -> bool:
    """Say whether a posted trip takes loose bookings in; proposals, virtual and cancelled ones do not."""
    return header.header.status in {"confirmed", "ticketed"} and not header.header.is_virtual


def _header_of(record: BookingRecord, pinned: Mapping[str, PostedTripRecord]) -> PostedTripRecord | None:
    """Return the header that a record was posted under, if its own owner posted that trip."""
    header = None if record.posted_trip is None else pinned.get(record.posted_trip)
    return header if header is not None and header.owner.party == record.owner.party else None


_Numbers = Mapping[tuple[str, str, str], Revision]


def _cancelled_numbers(records: Iterable[TravellerRecord]) -> dict[tuple[str, str, str], Revision]:
    return {
        (r.owner.party, normal_code(r.booking_source), number_text(r.number)): r.revision
        for r in records
        if isinstance(r, NumberCancellationRecord)
    }


def _booking(
    record: BookingRecord,
    guests: list[BookingRecord],
    pinned: Mapping[str, PostedTripRecord],
    numbers: _Numbers,
) -> Booking:
    registers = _newest_registers([record, *guests])
    header = _header_of(record, pinned)
    snapshot = registers.snapshot
    ended = _ending(record, registers, header, numbers)
    claims = _claims(record, registers.snapshot, header, numbers, ended=ended)
    if ended is None and claims and not any(claim.live for claim in claims):
        ended = Ended.EMPTIED
    standing = _STANDINGS.get(ended, Standing.CANCELLED)
    explicit = record.assignment and record.assignment.trip
    return Booking(
        key=record.record,
        record=record,
        standing=standing,
        ended=ended,
        content=snapshot.content,
        revision=snapshot.revision,
        claims=() if standing is Standing.WITHDRAWN else claims,
        pinned_to=None if header is None else header.trip,
        # Posted into a trip that nobody posted: the trip's id is where the sender wants it.
        explicit_trip=explicit or (record.posted_trip if header is None else None),
        also=tuple(sorted(guest.record for guest in guests)),
    )


def _newest_registers(records: list[BookingRecord]) -> _Registers:
    snapshots = [r.snapshot for r in records if r.snapshot is not None]
    cancellations = [r.cancellation for r in records if r.cancellation is not None]
    withdrawals = [r.withdrawal for r in records if r.withdrawal is not None]
    return _Registers(
        snapshot=max(snapshots, key=lambda register: register.revision.order()),
        cancellation=max(cancellations, key=lambda register: register.revision.order(), default=None),
        withdrawal=max(withdrawals, key=lambda register: register.revision.order(), default=None),
    )


_STANDINGS: Mapping[Ended | None, Standing] = {
    None: Standing.LIVE,
    Ended.WITHDRAWN: Standing.WITHDRAWN,
    Ended.UNNAMED: Standing.WITHDRAWN,
}


def _ending(
    record: BookingRecord, registers: _Registers, header: PostedTripRecord | None, numbers: _Numbers
) -> Ended | None:
    """The newest word wins: of the snapshot, the endings, the number alone and the trip's header."""
    stated = registers.snapshot.revision
    words: list[tuple[Revision, Ended | None]] = [(stated, None)]
    if registers.cancellation is not None:
        words.append((registers.cancellation.revision, Ended.BY_OWNER))
    if registers.withdrawal is not None:
        words.append((registers.withdrawal.revision, Ended.WITHDRAWN))
    number = (record.owner.party, normal_code(record.booking_source), number_text(record.record_locator))
    if number in numbers:
        words.append((numbers[number], Ended.BY_NUMBER))
    _, ended = max(words, key=lambda word: word[0].order())
    if header is not None and ended is None and _received(header.revision) >= _received(stated):
        # Bookings that came with the header were received with it; older ones it may have dropped.
        if header.bookings and record.record not in header.bookings:
            ended = Ended.UNNAMED
        elif header.header.status == "cancelled":
            ended = Ended.WITH_TRIP
        elif not header.bookings:
            ended = Ended.UNNAMED
    return ended


def _received(revision: Revision) -> tuple[int, int, int]:
    return (revision.received_ms, revision.partition, revision.offset)


def _claims(
    record: BookingRecord,
    snapshot: Snapshot,
    header: PostedTripRecord | None,
    numbers: _Numbers,
    *,
    ended: Ended | None,
) -> tuple[Claim, ...]:
    sender = (record.owner.party, normal_code(record.booking_source))
    ids = _segment_ids(record.record, snapshot.content.segments)
    return tuple(
        Claim(
            id=ids[position],
            record=record.record,
            owner=record.owner,
            position=position,
            segment=segment,
            revision=snapshot.revision,
            founded=record.founded,
            ended=ended or _segment_ended(segment, sender, snapshot.revision, numbers),
            pinned_to=None if header is None else header.trip,
            secluded=header is not None and not attracts(header),
        )
        for position, segment in enumerate(snapshot.content.segments)
    )


def claims_as_stated(record: BookingRecord) -> tuple[Claim, ...]:
    """Return the claims of a record's own snapshot, whatever became of them since."""
    if record.snapshot is None:
        return ()
    return _claims(record, record.snapshot, None, {}, ended=None)


def _segment_ended(
    segment: Segment, sender: tuple[str, str], stated: Revision, numbers: _Numbers
) -> Ended | None:
    if segment.status is SegmentStatus.CANCELLED:
        return Ended.STATED
    named = (numbers.get((*sender, number_text(n.value))) for n in segment.confirmation_numbers)
    return Ended.BY_NUMBER if any(_cancels(cancellation, stated) for cancellation in named) else None


def _cancels(cancellation: Revision | None, stated: Revision) -> bool:
    return cancellation is not None and cancellation.order() > stated.order()


def _segment_ids(record: str, segments: tuple[Segment, ...]) -> list[str]:
    """Return ids that survive a change of times: the source's own, else what identifies the thing.

    Segments that are identified alike are told apart by their order of departure.
    """
    order = sorted(range(len(segments)), key=lambda at: (_start_text(segments[at]), at))
    seen: dict[str, int] = {}
    ids = [""] * len(segments)
    for at in order:
        discriminator = _discriminator(segments[at])
        count = seen[discriminator] = seen.get(discriminator, 0) + 1
        ids[at] = segment_id(record=record, discriminator=f"{discriminator}#{count}")
    return ids


def _start_text(segment: Segment) -> str:
    return "" if segment.start is None else segment.start.local


def _discriminator(segment: Segment) -> str:
    if segment.reference is not None:
        return f"reference:{segment.reference}"
    if isinstance(segment, AirSegment | RailSegment):
        number = segment.flight_number if isinstance(segment, AirSegment) else segment.train_number
        ends = (segment.origin and segment.origin.code, segment.destination and segment.destination.code)
        return f"{segment.type}:{segment.carrier}:{number}:{ends[0]}:{ends[1]}"
    name = getattr(segment, "name", None) or segment.vendor_name or segment.vendor or ""
    return f"{segment.type}:{' '.join(sorted(name_words(name)))}"
