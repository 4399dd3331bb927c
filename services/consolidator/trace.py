"""Finds what an operator asks about, by locator, number, key or id, and has it explained.

Reads `records.v1` and `trips.v1` only: what is so, and why. How it came there is told by hops, of which each
service knows its own; the command line puts them together.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from aiokafka import TopicPartition  # pyright: ignore[reportMissingTypeStubs] - it carries no types

from schemas.base import Model
from schemas.booking_record import (
    BookingRecord,
    NumberCancellationRecord,
    OverrideRecord,
    PostedTripRecord,
    TokenRecord,
)
from schemas.identifiers import normal_code, traveller_id
from schemas.times import Instant
from schemas.topics import TRIPS
from schemas.trip import Outcome, ProgressMarker, Version, decode_trips_value
from services.consolidator.comparison import WrittenTrip
from services.consolidator.domain.explain import explain
from services.consolidator.domain.explanation import BookingExplained, NotShown, TripExplained
from services.consolidator.domain.records import TravellerRecord
from services.consolidator.written import Written, WrittenTraveller
from services.platform.kafka import partition_for
from services.platform.reading import end_offsets, open_reader, read_stretch
from services.platform.settings import KafkaSettings

_ID = re.compile("[0-9a-f-]{36}")


class WrittenAs(Model):
    """How a trip id stands on `trips.v1`."""

    id: str
    state: str
    """`live`, `redirect` or `deleted`."""
    version: Version
    modified: Instant
    into: str | None = None
    """Where a redirect leads to."""


class Finding(Model):
    """What one traveller has of that which was asked for."""

    traveller: str
    found_as: tuple[str, ...]
    """`booking`, `record`, `trip`, `segment`, `message`: what bears the name that was given."""
    trips: tuple[TripExplained, ...]
    written: tuple[WrittenAs, ...]
    not_shown: tuple[NotShown, ...]
    records: tuple[str, ...]
    """The keys of the records that are concerned."""
    outcomes: tuple[Outcome, ...]
    """Of a message: what became of its statements, as far as `trips.v1` still tells."""
    notes: tuple[str, ...]


async def trace(
    what: str,
    *,
    tenant: str,
    login: str | None,
    kafka: KafkaSettings,
    partitions: int,
    on_progress: Callable[[int, int], None],
) -> list[Finding]:
    """Find and explain what bears a name; one finding for each traveller, none where nothing does.

    Args:
        what: a record locator, a confirmation number, a record key, or the id of a trip, segment or message.
        tenant: whose it is.
        login: the login under which the traveller first became known; None searches all travellers.
        kafka: where the topics are.
        partitions: how many each has.
        on_progress: called with how many messages were read, and of how many.

    Raises:
        KafkaError: trouble with the broker.
    """
    traveller = None if login is None else traveller_id(tenant=tenant, login=login)
    home = None
    if traveller is not None:
        home = partition_for(tenant=tenant, traveller=traveller, partitions=partitions)
    numbers = range(partitions) if home is None else (home,)
    reading = Written(
        kafka,
        partitions=partitions,
        on_progress=on_progress,
        only=home,
        sampled=lambda one: traveller in {None, one},
    )
    with reading as written:
        await written.read_on()
        outcomes = [o for o in await _outcomes(kafka, what, numbers) if o.tenant == tenant]
        found = {
            key: finding
            for key, of in written.each_traveller()
            if key[0] == tenant
            if (finding := _finding(what, of, [o for o in outcomes if o.traveller == key[1]])) is not None
        }
    return [found[key] for key in sorted(found)]


async def _outcomes(kafka: KafkaSettings, message: str, partitions: Iterable[int]) -> list[Outcome]:
    """Return what became of a message, by every progress marker that compaction has left."""
    found: list[Outcome] = []
    if not _ID.fullmatch(message):
        return found
    async with open_reader(kafka) as reader:
        places = [TopicPartition(TRIPS.name, number) for number in partitions]
        for place, end in (await end_offsets(reader, places)).items():
            async for chunk in read_stretch(reader, place, start=0, end=end):
                for entry in chunk:
                    if entry.value is not None and message.encode() in entry.value:
                        found += _outcomes_in(entry.value, message)
    return found


def _outcomes_in(value: bytes, message: str) -> Iterator[Outcome]:
    marker = decode_trips_value(value)
    if isinstance(marker, ProgressMarker):
        yield from (outcome for outcome in marker.outcomes if outcome.message == message)


def _finding(what: str, found: WrittenTraveller, outcomes: Collection[Outcome]) -> Finding | None:
    records, trips = found.records, found.trips
    as_what = {kind for record in records.values() for kind in _borne(what, record)}
    if what in trips:
        as_what.add("trip")
    if outcomes:
        as_what.add("message")
    # Cheaper than explaining every traveller: a segment's id stands in the trip that shows it.
    if not as_what and not (_ID.fullmatch(what) and any(what.encode() in t.value for t in trips.values())):
        return None
    whole = explain(records, settings=found.settings)
    concerned = _records_concerned(what, records) | {o.record for o in outcomes if o.record is not None}
    id_today = _followed(what, trips)
    explained = tuple(trip for trip in whole.trips if _concerns(trip, what, id_today, concerned))
    if any(_has_segment(trip, what) for trip in explained):
        as_what.add("segment")
    if not as_what:
        return None
    ids = {what, id_today, *(trip.id for trip in explained)}
    return Finding(
        traveller=found.traveller,
        found_as=tuple(sorted(as_what)),
        trips=explained,
        written=tuple(_written_as(trip_id, trips[trip_id]) for trip_id in sorted(ids & trips.keys())),
        not_shown=tuple(entry for entry in whole.not_shown if entry.record in concerned),
        records=tuple(sorted(concerned | _of_trips(what, explained, as_what=as_what))),
        outcomes=tuple(outcomes),
        notes=whole.notes,
    )


def _borne(what: str, record: TravellerRecord) -> Iterator[str]:
    """Yield as what a record bears a name."""
    if what == record.record:
        yield "record"
    if what in _messages(record):
        yield "message"
    if isinstance(record, BookingRecord | NumberCancellationRecord) and normal_code(what) in _codes(record):
        yield "booking"
    if isinstance(record, TokenRecord) and what == record.token:
        yield "trip"


def _codes(record: BookingRecord | NumberCancellationRecord) -> set[str]:
    """Return the locator and the confirmation numbers of a booking, as they are compared."""
    if isinstance(record, NumberCancellationRecord):
        return {normal_code(record.number)}
    segments = () if record.snapshot is None else record.snapshot.content.segments
    numbers = (number.value for segment in segments for number in segment.confirmation_numbers)
    return {normal_code(code) for code in (record.record_locator, *numbers)}


def _messages(record: TravellerRecord) -> set[str]:
    """Return the messages that a record's state came from."""
    match record:
        case BookingRecord():
            registers = (record.snapshot, record.cancellation, record.withdrawal)
            return {register.message for register in registers if register is not None}
        case NumberCancellationRecord() | PostedTripRecord() | OverrideRecord():
            return {record.message}
        case _:
            return set()


def _records_concerned(what: str, records: Mapping[str, TravellerRecord]) -> set[str]:
    found: set[str] = set()
    for key, record in records.items():
        if any(kind != "trip" for kind in _borne(what, record)):
            found.add(key)
            if isinstance(record, PostedTripRecord):
                found.update(record.bookings)
    return found


def _followed(trip: str, trips: Mapping[str, WrittenTrip]) -> str:
    """Return the id that a trip id leads to; an id that is none leads to itself."""
    seen: set[str] = set()
    while trip in trips and trips[trip].state == "redirect" and trip not in seen:
        seen.add(trip)
        trip = trips[trip].parsed["into"]
    return trip


def _concerns(trip: TripExplained, what: str, id_today: str, records: Collection[str]) -> bool:
    if {what, id_today} & {trip.id, *trip.also_known_as}:
        return True
    of_trip = {key for booking in trip.bookings for key in _keys(booking)}
    return bool(of_trip & set(records)) or _has_segment(trip, what)


def _of_trips(what: str, trips: Iterable[TripExplained], *, as_what: Collection[str]) -> set[str]:
    """Return the records that trips are made of where one was asked for, or that speak of a segment."""
    if "trip" in as_what:
        return {key for trip in trips for booking in trip.bookings for key in _keys(booking)}
    return {
        claim.speaker.record
        for trip in trips
        for segment in trip.segments
        for claim in segment.claims
        if what in {segment.id, claim.segment}
    }


def _keys(booking: BookingExplained) -> tuple[str, ...]:
    return (booking.speaker.record, *booking.also)


def _has_segment(trip: TripExplained, what: str) -> bool:
    return any(what in (s.id, *(claim.segment for claim in s.claims)) for s in trip.segments)


def _written_as(trip_id: str, trip: WrittenTrip) -> WrittenAs:
    return WrittenAs.model_validate(
        {
            "id": trip_id,
            "state": trip.state,
            "version": trip.parsed["version"],
            "modified": trip.parsed["modified"],
            "into": trip.parsed.get("into"),
        }
    )
