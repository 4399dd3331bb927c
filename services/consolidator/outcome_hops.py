"""What the consolidator decided of statements, as `trips.v1` and `records.v1` tell as far as they are kept.

A partition of `trips.v1` holds the trips of each batch before the marker that says what became of its
statements: so the trips that lie between two markers are what one batch wrote.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pydantic import ValidationError

from schemas.booking_record import decode_record
from schemas.events import told_of
from schemas.hops import Hop
from schemas.identifiers import progress_key
from schemas.topics import BOOKINGS, RECORDS, TRIPS
from schemas.trip import Outcome, ProgressMarker, Trip, TripDeletion, TripRedirect, decode_trips_value
from services.platform.reading import LogEntry, Progress, open_reader, read_all
from services.platform.settings import KafkaSettings


class Concerned(NamedTuple):
    """Of what the decisions are asked."""

    travellers: frozenset[str]
    """Nobody else's statements and trips are looked at."""
    messages: frozenset[str]
    statements: frozenset[tuple[int, int]]
    """Their partitions and offsets on `bookings.v1`."""
    trips: frozenset[str] = frozenset()
    """Trips of which every version is wanted, whatever brought it."""


class WrittenVersion(NamedTuple):
    """A version of a trip as it lies on `trips.v1`."""

    trip: str
    traveller: str
    version: tuple[int, int]
    partition: int
    offset: int
    events: frozenset[str]
    """The ids of the events that tell of it."""


class Decided(NamedTuple):
    """The hops, and the versions of trips among them."""

    hops: list[Hop]
    versions: list[WrittenVersion]


async def decisions_on(
    concerned: Concerned, *, kafka: KafkaSettings, partitions: Iterable[int], on_progress: Progress
) -> Decided:
    """Return what became of statements, and which versions of trips they brought.

    Raises:
        KafkaError: trouble with the broker.
    """
    decided = Decided([], [])
    batch: list[LogEntry] = []
    numbers = tuple(partitions)
    markers = {number: progress_key(topic=BOOKINGS.name, partition=number).encode() for number in numbers}
    travellers = [traveller.encode() for traveller in concerned.travellers]
    async with open_reader(kafka) as reader:
        async for entry in read_all(reader, TRIPS.name, partitions=numbers, on_progress=on_progress):
            if batch and batch[0].partition != entry.partition:
                _take(batch, None, concerned, decided=decided)
                batch = []
            if entry.key == markers[entry.partition]:
                _take(batch, entry, concerned, decided=decided)
                batch = []
            elif entry.value is not None and any(one in entry.value for one in travellers):
                batch.append(entry)  # perhaps theirs, until the marker comes
    _take(batch, None, concerned, decided=decided)
    return decided


async def accepted_records(
    records: frozenset[str], *, kafka: KafkaSettings, partitions: Iterable[int], on_progress: Progress
) -> list[Hop]:
    """Return where records lie on `records.v1`: all states that compaction has left.

    Raises:
        KafkaError: trouble with the broker.
    """
    keys = {record.encode() for record in records}
    async with open_reader(kafka) as reader:
        return [
            _accepted(entry)
            async for entry in read_all(reader, RECORDS.name, partitions=partitions, on_progress=on_progress)
            if entry.key in keys
        ]


def _take(batch: list[LogEntry], marker: LogEntry | None, concerned: Concerned, *, decided: Decided) -> None:
    """Note of a batch what concerns us; one whose marker was compacted away has no outcomes."""
    outcomes = [] if marker is None else list(_outcomes(marker, concerned))
    changed: set[tuple[str, str | None]] = set()
    for entry in batch:
        value = _trip(entry)
        if value is None or value.traveller not in concerned.travellers:
            continue
        came_of = [outcome for outcome in outcomes if _came_of(value, outcome, written=entry.value or b"")]
        changed.update((outcome.message, outcome.record) for outcome in came_of)
        is_its_version = not outcomes and (entry.partition, value.version.offset) in concerned.statements
        if came_of or is_its_version or value.id in concerned.trips:
            decided.hops.append(_version_hop(entry, value))
            decided.versions.append(_version(entry, value))
    if marker is not None:
        for one in outcomes:
            has_changed = (one.message, one.record) in changed
            decided.hops.append(_outcome_hop(marker, one, has_changed=has_changed))


def _came_of(value: Trip | TripRedirect | TripDeletion, outcome: Outcome, *, written: bytes) -> bool:
    """Say whether a version may have come of a statement that was in the same batch.

    It is of the trip that the record is in, went into that, or shows the record. Where the record is in no
    trip any more, it may be any of the traveller's.
    """
    if outcome.traveller != value.traveller:
        return False
    if outcome.trip is None or outcome.trip == value.id:
        return True
    if isinstance(value, TripRedirect) and value.into == outcome.trip:
        return True
    return outcome.record is not None and outcome.record.encode() in written


def _outcomes(marker: LogEntry, concerned: Concerned) -> Iterator[Outcome]:
    if not any(message.encode() in (marker.value or b"") for message in concerned.messages):
        return
    try:
        value = decode_trips_value(marker.value or b"")
    except ValidationError:
        return
    if isinstance(value, ProgressMarker):
        for one in value.outcomes:
            if one.message in concerned.messages and one.traveller in concerned.travellers:
                yield one


def _trip(entry: LogEntry) -> Trip | TripRedirect | TripDeletion | None:
    try:
        value = decode_trips_value(entry.value or b"")
    except ValidationError:
        return None
    return None if isinstance(value, ProgressMarker) else value


def _outcome_hop(marker: LogEntry, outcome: Outcome, *, has_changed: bool) -> Hop:
    reason = outcome.reason
    if reason is None and not has_changed:
        reason = "it changed no trip"
    return Hop(
        stage="consolidated",
        where=TRIPS.name,
        partition=marker.partition,
        offset=marker.offset,
        at_ms=marker.timestamp,
        decision=outcome.result.value,
        reason=reason,
        message=outcome.message,
        record=outcome.record,
        trip=outcome.trip,
    )


def _version_hop(entry: LogEntry, value: Trip | TripRedirect | TripDeletion) -> Hop:
    told = ", ".join(change.type.value for change in value.changes) or "written again, unchanged"
    leads = f", into {value.into}" if isinstance(value, TripRedirect) else ""
    return Hop(
        stage="written",
        where=TRIPS.name,
        partition=entry.partition,
        offset=entry.offset,
        at_ms=entry.timestamp,
        decision=f"version {value.version.epoch}/{value.version.offset}",
        reason=told + leads,
        trip=value.id,
    )


def _version(entry: LogEntry, value: Trip | TripRedirect | TripDeletion) -> WrittenVersion:
    return WrittenVersion(
        trip=value.id,
        traveller=value.traveller,
        version=(value.version.epoch, value.version.offset),
        partition=entry.partition,
        offset=entry.offset,
        events=frozenset(told.attributes.id for told in told_of(value)),
    )


def _accepted(entry: LogEntry) -> Hop:
    decision, reason = "erased", None
    if entry.value is not None:
        try:
            record = decode_record(entry.value)
        except ValidationError:
            decision = "unreadable"
        else:
            decision = f"accepted: {record.kind.replace('_', ' ')}"
            reason = f"as of {BOOKINGS.name}-{entry.partition}@{record.offset}"
    return Hop(
        stage="accepted",
        where=RECORDS.name,
        partition=entry.partition,
        offset=entry.offset,
        at_ms=entry.timestamp,
        decision=decision,
        reason=reason,
        record=(entry.key or b"").decode(errors="replace"),
    )
