"""From values of `trips.v1` to rows of the read model. Pure: bytes in, rows out.

Rows of one batch are already newer-wins among themselves, because one SQL statement may touch a row once.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping
from datetime import date, datetime
from functools import partial
from typing import Literal, NamedTuple, Protocol, TypeVar, assert_never

from pydantic import ValidationError

from schemas.base import written_json
from schemas.segments import SegmentStatus
from schemas.trip import (
    ChangeType,
    Outcome,
    ProgressMarker,
    Trip,
    TripContent,
    TripDeletion,
    TripRedirect,
    TripStatus,
    TripsValue,
    decode_trips_value,
)
from services.query.domain.answer import Answer, mark_of, stored_answer

_LARGEST = 2**63 - 1
"""PostgreSQL's bigint."""


class Received(NamedTuple):
    """A record of `trips.v1` as it was read."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    appended_ms: int | None = None
    """The Unix time that it bears; None where nobody asks."""


class TripRow(NamedTuple):
    """A row of `read.trips`; the columns from `document` on are None where the trip is not live."""

    tenant: str
    id: str
    traveller: str
    epoch: int
    version_offset: int
    state: Literal["live", "redirect", "deleted"]
    modified: datetime
    document: str | None = None
    content_hash: str | None = None
    start_date: date | None = None
    end_date: date | None = None
    status: str | None = None
    completed: bool | None = None
    expense_ready: bool | None = None
    created: datetime | None = None
    segment_types: str | None = None
    """The kinds of segment that stand, parted by spaces: PostgreSQL takes no list of lists."""
    virtual: bool = False
    due_at: datetime | None = None
    """When time alone changes the trip next."""
    partition: int = -1
    """Of the log; -1 where it is not known."""
    answer: str | None = None
    """The trip as whoever sees all of it reads it in JSON."""
    answer_facts: str | None = None
    """What lies between its segments."""
    answer_mark: str | None = None
    """What the two were written from."""

    def order(self) -> tuple[int, int]:
        """Return what decides which of two rows is newer."""
        return (self.epoch, self.version_offset)


class AliasRow(NamedTuple):
    """A row of `read.aliases`: the trip that an id answers to."""

    tenant: str
    alias: str
    trip: str
    epoch: int
    version_offset: int

    def order(self) -> tuple[int, int]:
        """Return what decides which of two rows is newer."""
        return (self.epoch, self.version_offset)


class ChangeRow(NamedTuple):
    """A row of `read.changes`: one version of a trip, named by where it stands on `trips.v1`."""

    tenant: str
    partition: int
    position: int
    trip: str
    traveller: str
    kind: Literal["upsert", "deleted", "merged_into", "erased"]
    into_trip: str | None
    epoch: int
    version_offset: int
    at: datetime
    changes: str
    document: str | None

    def order(self) -> tuple[int, int]:
        """Return what decides which of two versions is newer."""
        return (self.epoch, self.version_offset)


class ProgressRow(NamedTuple):
    """A row of `read.progress`."""

    partition: int
    epoch: int
    done_offset: int

    def order(self) -> tuple[int, int]:
        """Return what decides which of two rows is newer."""
        return (self.epoch, self.done_offset)


class MessageRow(NamedTuple):
    """A row of `read.messages`: what became of one statement."""

    tenant: str
    message: str
    record: str
    traveller: str
    result: str
    reason: str | None
    trip: str | None
    partition: int
    epoch: int
    done_offset: int

    def order(self) -> tuple[int, int]:
        """Return what decides which of two rows is newer."""
        return (self.epoch, self.done_offset)


class Poison(NamedTuple):
    """A record that is no value of `trips.v1`, and why; `detail` holds none of its data."""

    received: Received
    reason: str
    detail: str


class Unwritten(NamedTuple):
    """A trip that is stored without its answer, and the kind of error that writing it met."""

    trip: str
    trouble: str


class Projection(NamedTuple):
    """What a batch makes of the read model."""

    trips: tuple[TripRow, ...]
    aliases: tuple[AliasRow, ...]
    changes: tuple[ChangeRow, ...]
    progress: tuple[ProgressRow, ...]
    messages: tuple[MessageRow, ...]
    forgotten: tuple[str, ...]
    """Trip ids with a tombstone: their `deleted` rows are no longer needed."""
    poison: tuple[Poison, ...]
    unwritten: tuple[Unwritten, ...]
    next_offsets: Mapping[int, int]
    """By partition of `trips.v1`: the offset after the last that is in this batch."""


class _Version(NamedTuple):
    """A version of a trip, and where it was read."""

    value: Trip | TripRedirect | TripDeletion
    record: Received
    document: str

    def order(self) -> tuple[int, int]:
        """Return what decides which of two versions is newer."""
        return self.value.version.order()


class _Row(Protocol):
    def order(self) -> tuple[int, int]: ...


_R = TypeVar("_R", bound=_Row)


def _newest(rows: Iterable[tuple[Hashable, _R]]) -> tuple[_R, ...]:
    """Return one row a key; of equal versions the later wins (design, section 6)."""
    kept: dict[Hashable, _R] = {}
    for key, row in rows:
        other = kept.get(key)
        if other is None or other.order() <= row.order():
            kept[key] = row
    return tuple(kept.values())


def _never_back(rows: Iterable[ChangeRow]) -> tuple[ChangeRow, ...]:
    """Leave out what is older than what the batch had of the trip before: no client sees one go back."""
    newest: dict[tuple[str, str], tuple[int, int]] = {}
    kept: list[ChangeRow] = []
    for row in rows:
        trip = (row.tenant, row.trip)
        if row.order() >= newest.get(trip, row.order()):
            newest[trip] = row.order()
            kept.append(row)
    return tuple(kept)


def whole_from(
    received: Iterable[Received], *, thinned: Collection[int], compacted_before_ms: int
) -> tuple[Mapping[int, int], frozenset[int]]:
    """Tell from where on the log had every version of every trip, by what is read of it.

    Of what is older than compaction leaves alone, newer versions and ended deletions may be missing; so may
    all that lay between the last of that and the first that is younger.

    Args:
        received: a batch, each partition in its order.
        thinned: partitions of which so far was read what compaction may have thinned.
        compacted_before_ms: the Unix time before which it may have.

    Returns:
        By partition from where on all is there, where the batch tells; and what `thinned` is after it.
    """
    begins: dict[int, int] = {}
    still = set(thinned)
    for record in received:
        if record.appended_ms is not None and record.appended_ms < compacted_before_ms:
            still.add(record.partition)
            begins[record.partition] = record.offset + 1
        elif record.partition in still:
            still.remove(record.partition)
            begins[record.partition] = record.offset
    return begins, frozenset(still)


def project(received: Iterable[Received], *, journal: bool = True) -> Projection:
    """Turn a batch of `trips.v1`, each partition in its order, into rows.

    A value that cannot be read becomes poison; the rest of the batch is not held up by it.

    Args:
        received: the batch.
        journal: whether rows of `read.changes` are made, too.
    """
    versions: list[_Version] = []
    aliases: list[AliasRow] = []
    changes: list[ChangeRow] = []
    progress: list[ProgressRow] = []
    messages: list[MessageRow] = []
    forgotten: list[str] = []
    poison: list[Poison] = []
    unwritten: list[Unwritten] = []
    next_offsets: dict[int, int] = {}
    for record in received:
        next_offsets[record.partition] = record.offset + 1
        if record.value is None:
            forgotten.append((record.key or b"").decode("ascii", errors="replace").replace("\x00", ""))
            continue
        match _read(record, encoded=record.value):
            case Poison() as unreadable:
                poison.append(unreadable)
            case Trip() | TripRedirect() | TripDeletion() as value:
                document = record.value.decode()
                versions.append(_Version(value, record, document))
                if journal:
                    changes.append(_change_row(value, record=record, document=document))
                aliases.extend(_alias_rows(value))
            case ProgressMarker() as marker:
                progress.append(ProgressRow(marker.partition, marker.epoch, marker.offset))
                messages.extend(_message_row(outcome, marker=marker) for outcome in marker.outcomes)
    trips: list[TripRow] = []
    for version in _newest(((one.value.tenant, one.value.id), one) for one in versions):
        answer = _written(version.value)
        if isinstance(answer, Unwritten):
            unwritten.append(answer)
        trips.append(_trip_row(version, None if isinstance(answer, Unwritten) else answer))
    return Projection(
        trips=tuple(trips),
        aliases=_newest(((row.tenant, row.alias), row) for row in aliases),
        changes=_never_back(changes),
        progress=_newest((row.partition, row) for row in progress),
        messages=_newest(((row.tenant, row.message, row.record), row) for row in messages),
        forgotten=tuple(forgotten),
        poison=tuple(poison),
        unwritten=tuple(unwritten),
        next_offsets=next_offsets,
    )


def _read(record: Received, *, encoded: bytes) -> TripsValue | Poison:
    try:
        value = decode_trips_value(encoded)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "value"
        return Poison(record, reason="malformed_trips_value", detail=f"{where}: {first['type']}")
    if isinstance(value, ProgressMarker):
        numbers = (value.partition, value.epoch, value.offset)
    else:
        numbers = value.version.order()
    if not all(0 <= number <= _LARGEST for number in numbers):
        return Poison(
            record, reason="number_out_of_range", detail="epoch, offset: beyond 64 bits or negative"
        )
    return value


def _trip_row(version: _Version, answer: Answer | None) -> TripRow:
    value = version.value
    row = partial(
        TripRow,
        tenant=value.tenant,
        id=value.id,
        traveller=value.traveller,
        epoch=value.version.epoch,
        version_offset=value.version.offset,
        modified=datetime.fromisoformat(value.modified),
        partition=version.record.partition,
    )
    match value:
        case Trip(content=content):
            return row(
                state="live",
                document=version.document,
                content_hash=value.content_hash,
                start_date=_date(content.start_date),
                end_date=_date(content.end_date),
                status=content.status.value,
                completed=content.completed,
                expense_ready=content.expense.ready,
                created=datetime.fromisoformat(value.created),
                segment_types=" ".join(_segment_types(content)),
                virtual=content.posted is not None and content.posted.header.is_virtual,
                due_at=_due(content),
                answer=None if answer is None else answer.trip,
                answer_facts=None if answer is None else answer.facts,
                answer_mark=None if answer is None else mark_of(value),
            )
        case TripRedirect():
            return row(state="redirect")
        case TripDeletion():
            return row(state="deleted")
        case _:
            assert_never(value)


def _written(value: Trip | TripRedirect | TripDeletion) -> Answer | Unwritten | None:
    """Return what readers are sent of a trip, where it can be written."""
    if value.kind != "trip":
        return None
    try:
        return stored_answer(value)
    except Exception as error:  # noqa: BLE001 - it is told, and whoever reads the trip meets it again
        # Without an answer the trip is written at each read. Raised, it would stop the partition for all
        # others in it: the same record comes again, for ever.
        return Unwritten(value.id, type(error).__name__)


def _due(content: TripContent) -> datetime | None:
    """Return the next instant at which `f` says something else of the trip (design, section 5, rule 5)."""
    coming = (
        None if content.completed else content.completes_at,
        None if content.expense.ready else content.expense.expensable_from,
    )
    return min((datetime.fromisoformat(at) for at in coming if at is not None), default=None)


def _segment_types(content: TripContent) -> list[str]:
    """Return the kinds of segment that stand; of a cancelled trip, of those that stood."""
    standing = {segment.type for segment in content.segments if segment.status is not SegmentStatus.CANCELLED}
    cancelled = content.status is TripStatus.CANCELLED
    return sorted({segment.type for segment in content.segments} if cancelled else standing)


def _change_row(value: Trip | TripRedirect | TripDeletion, *, record: Received, document: str) -> ChangeRow:
    types = {change.type for change in value.changes}
    bare = ChangeRow(
        tenant=value.tenant,
        partition=record.partition,
        position=record.offset,
        trip=value.id,
        traveller=value.traveller,
        kind="erased" if ChangeType.ANONYMISED in types else "deleted",
        into_trip=None,
        epoch=value.version.epoch,
        version_offset=value.version.offset,
        at=datetime.fromisoformat(value.modified),
        changes=written_json(
            [change.model_dump(mode="json", exclude_defaults=True) for change in value.changes]
        ).decode(),
        document=None,
    )
    match value:
        case Trip():
            return bare._replace(kind="upsert", document=document)
        case TripRedirect(into=into):
            return bare._replace(kind="merged_into", into_trip=into)
        case TripDeletion():
            return bare
        case _:
            assert_never(value)


def _date(local: str | None) -> date | None:
    return None if local is None else date.fromisoformat(local[:10])


def _alias_rows(value: Trip | TripRedirect | TripDeletion) -> list[AliasRow]:
    names = (value.id, *value.also_known_as) if isinstance(value, Trip) else (value.id,)
    trip = value.into if isinstance(value, TripRedirect) else value.id
    return [AliasRow(value.tenant, name, trip, *value.version.order()) for name in names]


def _message_row(outcome: Outcome, *, marker: ProgressMarker) -> MessageRow:
    return MessageRow(
        tenant=outcome.tenant,
        message=outcome.message,
        record=outcome.record or "",
        traveller=outcome.traveller,
        result=outcome.result.value,
        reason=outcome.reason,
        trip=outcome.trip,
        partition=marker.partition,
        epoch=marker.epoch,
        done_offset=marker.offset,
    )
