"""What the index of neighbourhoods knows of one record: the names that it shares, and its dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import is_

from schemas.booking_record import (
    BookingRecord,
    CorrectSegment,
    DifferentSegments,
    DismissFact,
    MergeTrips,
    NameTrip,
    NumberCancellationRecord,
    OverrideRecord,
    PostedTripRecord,
    SameSegments,
    SplitTrip,
    TokenRecord,
)
from schemas.features import number_text
from schemas.identifiers import birth_token, normal_code
from services.consolidator.domain.bookings import is_withdrawn
from services.consolidator.domain.bundles import Interval
from services.consolidator.domain.cancelled_numbers import Sender, numbers_borne, sender_of
from services.consolidator.domain.records import TravellerRecord
from services.consolidator.domain.stated import Comparable, Readings

SEGMENT = "segment "
_NO_NAMES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """What the index knows of one record."""

    record: TravellerRecord | None
    links: frozenset[str]
    """Names of things that it has in common with whatever else bears them."""
    heeds: frozenset[str] = frozenset()
    """Names under which others speak of it, who otherwise have nothing to do with each other."""
    speaks_of: frozenset[str] = frozenset()
    """Names of what it says something about."""
    comparables: tuple[Comparable, ...] = ()
    interval: Interval | None = None
    live: bool = True
    """Its owner did not take it back."""

    @property
    def names(self) -> tuple[object, ...]:
        """All by which it is found, but for its segments."""
        return (self.links, self.heeds, self.speaks_of, self.interval, self.live)

    def is_found_like(self, known: "Card") -> bool:
        """Say whether a record is found by all that it was found by, and by nothing else."""
        return unchanged(known.comparables, self.comparables) and self.names == known.names


BLANK = Card(None, _NO_NAMES)


def unchanged(old: Sequence[Comparable], new: Sequence[Comparable]) -> bool:
    """Say whether a record's segments compare as they did."""
    return len(old) == len(new) and all(map(is_, old, new))


def card_of(record: TravellerRecord, readings: Readings) -> Card:
    """Return what the index needs to know of a record."""
    match record:
        case BookingRecord():
            return _booking_card(record, readings)
        case PostedTripRecord():
            return Card(record, frozenset({_trip(record.trip), *map(_record, record.bookings)}))
        case NumberCancellationRecord():
            # It links nothing that bears the number: a number may stand in all bookings of a sender.
            number = _numbered(sender_of(record), number_text(record.number))
            return Card(record, _NO_NAMES, speaks_of=frozenset({number}))
        case OverrideRecord():
            return _override_card(record)
        case TokenRecord() if record.token != birth_token(record.born_of):
            return Card(record, frozenset({_trip(record.token), _record(record.born_of)}))
        case _:
            return Card(record, _NO_NAMES)


def _trip(trip: str) -> str:
    return f"trip {trip}"


def _segment(segment: str) -> str:
    return f"{SEGMENT}{segment}"


def _record(key: str) -> str:
    return f"record {key}"


def _numbered(sender: Sender, number: str) -> str:
    return f"number {number} of {sender[1]} of {sender[0]}"


def _booking_card(record: BookingRecord, readings: Readings) -> Card:
    sender, locator = sender_of(record), normal_code(record.record_locator)
    links = [_record(record.record), _trip(birth_token(record.record)), _booking(sender, locator)]
    if record.posted_trip is not None:
        links.append(_trip(record.posted_trip))
    if record.assignment is not None:
        links.append(_trip(record.assignment.trip))
    # What was withdrawn says nothing, and so has nothing to do with anything.
    snapshot = None if is_withdrawn(record) else record.snapshot
    segments = () if snapshot is None else snapshot.content.segments
    stated = readings.stated(record.record, segments, told_by=record.record)
    ids = [_segment(segment.id) for segment in stated]
    days = [m.date for s in stated for m in (s.segment.start, s.segment.end) if m is not None]
    return Card(
        record,
        frozenset([*links, *ids]),
        heeds=frozenset([*ids, *(_numbered(sender, number) for number in numbers_borne(record, stated))]),
        comparables=tuple(segment.comparable for segment in stated),
        interval=(min(days), max(days)) if days else None,
        live=not _is_cancelled(record),
    )


def _is_cancelled(record: BookingRecord) -> bool:
    snapshot, cancellation = record.snapshot, record.cancellation
    return cancellation is not None and (
        snapshot is None or cancellation.revision.order() > snapshot.revision.order()
    )


def _booking(sender: Sender, locator: str) -> str:
    """What a booking and its later posts without trip id have in common."""
    return f"booking {locator} of {sender[1]} of {sender[0]}"


def _override_card(record: OverrideRecord) -> Card:
    names = frozenset(_named_by_person(record))
    match record.override:
        case DifferentSegments():
            # What is told apart has no more to do with each other than without that.
            return Card(record, _NO_NAMES, speaks_of=names)
        case CorrectSegment(values=values):
            days = [moment.date for moment in (values.start, values.end) if moment is not None]
            return Card(record, names, interval=(min(days), max(days)) if days else None)
        case _:
            return Card(record, names)


def _named_by_person(record: OverrideRecord) -> list[str]:
    match record.override:
        case MergeTrips(trips=trips):
            return [_trip(trip) for trip in trips]
        case NameTrip(trip=trip) | DismissFact(trip=trip):
            return [_trip(trip)]
        case SplitTrip(records=records):
            return [_record(key) for key in records]
        case SameSegments(segments=segments) | DifferentSegments(segments=segments):
            return [_segment(segment) for segment in segments]
        case CorrectSegment(segment=segment):
            return [_segment(segment)]
        case None:
            return []
