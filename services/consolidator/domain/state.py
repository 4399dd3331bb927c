"""What the core is given and what it answers; the only mutable thing is the cache of one traveller."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

import orjson

from schemas.booking_record import ErasureRecord, Record, TokenRecord
from schemas.trip import Outcome
from services.consolidator.domain.memo import Memo
from services.consolidator.domain.neighbourhoods import Neighbourhoods, Surroundings
from services.consolidator.domain.records import TravellerRecord
from services.consolidator.domain.tokens import IdentifiedTrip


@dataclass(frozen=True, slots=True)
class TripOutput:
    """A value for `trips.v1`: the canonical JSON of a Trip, TripRedirect or TripDeletion."""

    id: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Step:
    """What a batch of inputs changes for one traveller."""

    records: tuple[Record, ...]
    trips: tuple[TripOutput, ...]
    outcomes: tuple[Outcome, ...]
    forgotten: tuple[str, ...] = ()
    """The keys of records that are no more, because the traveller was erased."""
    settled: tuple[IdentifiedTrip, ...] = ()
    """The trips of the part that was touched, as they stand now; kept so that nobody need look again."""
    unsettled: frozenset[str] = frozenset()
    """The ids that the trips of that part had before."""
    looked_at: frozenset[str] = frozenset()
    """All records of that part, those among them that are in no trip, too."""


@dataclass(slots=True)
class TravellerState:
    """One traveller's accepted records and newest trips: a cache that the topics can always refill."""

    tenant: str
    traveller: str
    records: dict[str, TravellerRecord] = field(default_factory=dict[str, TravellerRecord])
    trips: dict[str, bytes] = field(default_factory=dict[str, bytes])
    """By trip id, the newest value of `trips.v1`, redirects and deletions among them."""
    settled: dict[str, IdentifiedTrip] = field(default_factory=dict[str, IdentifiedTrip])
    """By trip id, the trips that were looked at since the state was restored."""
    trip_of: dict[str, str] = field(default_factory=dict[str, str])
    """By record, the settled trip that it is in."""
    looked_at: set[str] = field(default_factory=set[str])
    """The records of which it is known which settled trip they are in, if any."""
    tokens_of: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """By record, the keys of the tokens that it holds or was born with."""
    settings_revisions: Counter[int] = field(default_factory=Counter[int])
    """By settings revision, how many trips were computed with it."""
    erasure: ErasureRecord | None = None
    """Set where the traveller was erased: nothing that is said of them counts any more."""
    memo: Memo = field(default_factory=Memo)
    _neighbourhoods: Neighbourhoods = field(init=False)
    _unfiled: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        self._neighbourhoods = Neighbourhoods(self.memo.reader.readings)

    def restore_record(self, record: Record) -> None:
        """Take a record as read from `records.v1`; an older state of it changes nothing."""
        known = self.records.get(record.record)
        if known is None or known.offset <= record.offset:
            self._take_record(record)
            if self.trip_of:
                concerned = (one.holder for one in (known, record) if isinstance(one, TokenRecord))
                for key in (record.record, *concerned):
                    self._unsettle(key)

    def _take_record(self, record: Record) -> None:
        # By the kind: `isinstance` takes ten times as long to deny that a model is of another class.
        if record.kind == "settings":
            raise TypeError("settings belong to a partition, not to a traveller")
        if record.kind == "erasure":
            self.erasure = record
            return
        known = self.records.get(record.record)
        self.records[record.record] = record
        self._unfiled.add(record.record)
        self.looked_at.discard(record.record)
        if record.kind == "token":
            if isinstance(known, TokenRecord):
                self.tokens_of[known.holder].discard(record.record)
            for key in (record.holder, record.born_of):
                self.tokens_of.setdefault(key, set()).add(record.record)

    def _unsettle(self, record: str) -> None:
        """Forget how the trip of a record was settled; the next step looks again."""
        trip = self.trip_of.get(record)
        if trip is not None:
            self._unsettle_trip(trip)

    def _unsettle_trip(self, trip: str) -> None:
        for key in self.settled.pop(trip).records:
            self.trip_of.pop(key, None)
            self.looked_at.discard(key)

    def restore_trip(self, trip_id: str, value: bytes) -> None:
        """Take a trip as read from `trips.v1`; an older version changes nothing."""
        known = self.trips.get(trip_id)
        if known is None or version_order(known) <= version_order(value):
            self._take_trip(trip_id, value)

    def _take_trip(self, trip_id: str, value: bytes) -> None:
        self._count(self.trips.get(trip_id), -1)
        self._count(value, +1)
        self.trips[trip_id] = value

    def _count(self, value: bytes | None, number: int) -> None:
        if value is not None and is_trip(value):
            self.settings_revisions[_settings_revision(value)] += number

    def is_computed_with(self, settings_revision: int) -> bool:
        """Say whether all trips were computed with these settings."""
        return all(one == settings_revision for one, trips in self.settings_revisions.items() if trips)

    def absorb(self, step: Step) -> None:
        """Take what a step changed, once it is safely written."""
        if step.forgotten:
            self._forget()
        for record in step.records:
            self._take_record(record)
        for trip in step.trips:
            self._take_trip(trip.id, trip.value)
        moved = [trip for trip in step.settled if self.settled.get(trip.id) is not trip]
        standing = {trip.id for trip in step.settled} - {trip.id for trip in moved}
        for trip_id in (step.unsettled & self.settled.keys()) - standing:
            self._unsettle_trip(trip_id)
        for settled in moved:
            self.settled[settled.id] = settled
            self.trip_of |= dict.fromkeys(settled.records, settled.id)
        self.looked_at |= step.looked_at

    def _forget(self) -> None:
        """Let go of all records, and of all that was remembered of them; what becomes of trips is written."""
        for known in (
            self.records,
            self.settled,
            self.trip_of,
            self.looked_at,
            self.tokens_of,
            self._unfiled,
        ):
            known.clear()
        self.memo = Memo()
        self._neighbourhoods = Neighbourhoods(self.memo.reader.readings)

    def is_indexed_like(self, record: TravellerRecord) -> bool:
        """Say whether a record, as it was for a moment, touches what it touches as it was taken in last."""
        return self._neighbourhoods.knows_like(record)

    def around(self, changed: Collection[TravellerRecord], *, gap_days: int) -> Surroundings:
        """Return the records that a change of these can touch, themselves included."""
        index = self._neighbourhoods
        # Filing waits until a traveller is touched.
        index.take_out([key for key in self._unfiled if key not in self.records])
        for key in self._unfiled & self.records.keys():
            index.file(self.records[key])
        self._unfiled.clear()
        # The index goes ahead of the records. Should the step come to nothing, they are filed again.
        self._unfiled.update(record.record for record in changed)
        return index.around(changed, gap_days=gap_days)


def is_trip(value: bytes) -> bool:
    """Say whether a value of `trips.v1` is a trip, and not what became of one."""
    return value.rfind(_KIND_OF_TRIP) >= 0


_KIND_OF_TRIP = b'"kind":"trip"'
"""Behind the content, so that it is soon found from the end."""


def _settings_revision(value: bytes) -> int:
    """Return the settings revision of an encoded trip, without reading the rest of it."""
    start = value.rindex(_SETTINGS) + len(_SETTINGS)
    return int(value[start : value.index(b",", start)])


_SETTINGS = b'"settings_revision":'
"""What sorts behind it, dates and status, holds no text of a sender's."""


def version_order(encoded: bytes) -> tuple[int, int]:
    """Return the (epoch, offset) of an encoded value of `trips.v1`, without reading the rest of it."""
    version = orjson.loads(encoded[encoded.rindex(_VERSION) + len(_VERSION) : -1])
    return (version["epoch"], version["offset"])


_VERSION = b'"version":'
"""The last key of canonical JSON whose other keys sort before it."""
