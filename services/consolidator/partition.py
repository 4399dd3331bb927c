"""What the worker of one partition knows: a cache of `records.v1` and `trips.v1`, restored newer-wins.

Only what is committed is absorbed, so that a batch can be decided again after any failure. Travellers
that were touched lately are kept unpacked, as many as fit; all others only as bytes in the local state.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from schemas.booking_record import SettingsRecord, decode_record
from schemas.settings import TenantSettings
from schemas.topics import RECORDS, TRIPS
from schemas.trip import ProgressMarker
from services.consolidator.domain.state import Step, TravellerState
from services.consolidator.in_memory import InMemory
from services.consolidator.values import Note, Output, Tombstone, is_older, read_value

POISON_WINDOW = 200
"""How many of the latest inputs the share of poison is judged by."""

POISON_LIMIT = 100
"""More dead letters than this among the latest inputs mean a bug of ours, not of a sender."""

LONGEST_ABSENCE_MS = min(int(topic.config["delete.retention.ms"]) for topic in (RECORDS, TRIPS)) // 2
"""A local state that was not kept up for longer may have missed that something was erased: the topics keep
an erasure for twice as long after they have cleaned up, and know nothing of it afterwards."""

IN_MEMORY = 10_000
"""How many records and trips of a partition are kept unpacked, where nothing else is said: about 160 MB."""


class Message(NamedTuple):
    """One message as `bookings.v1` holds it."""

    offset: int
    appended_ms: int
    value: bytes | None
    cause: bytes | None = None
    """The trace that it is a part of, as it is written; None where there is none."""


@dataclass(frozen=True, slots=True)
class BatchOutput:
    """What a batch comes to; nothing of it counts until its outputs are committed together."""

    taken: int
    """How many of the messages it settles, from the first; the others are the next batch."""
    done: int
    """The last offset that is done once it is committed."""
    outputs: tuple[Output, ...] = ()
    forgotten: tuple[Tombstone, ...] = ()
    continuation: Output | None = None
    """What the partition's owner has to do next, for `bookings.v1`. To be appended before the outputs are
    committed: a crash in between then has it done twice, which changes nothing, and never not at all."""
    steps: tuple[tuple[TravellerState, Step], ...] = ()
    settings: SettingsRecord | None = None
    poisoned: tuple[int, ...] = ()
    """The offsets of the latest inputs that became dead letters, earlier batches' among them."""
    buried: tuple[str, ...] = ()
    """Why inputs of this batch become dead letters."""


class LocalState(Protocol):
    """Where a partition's values are kept by traveller.

    It may vanish or be stale, but not torn: what it holds, and up to where, are written together.
    """

    def note(self) -> Note:
        """Return up to where it holds the topics; of an empty one, nothing."""
        ...

    def stored(self, values: Sequence[Output]) -> Sequence[bytes | None]:
        """Return what is held in the place of each value."""
        ...

    def write(self, values: Iterable[Output], *, gone: Iterable[tuple[str, bytes]] = (), note: Note) -> None:
        """Hold values, let go of those with a topic and a key in `gone`, and note it: all or nothing."""
        ...

    def of_traveller(self, *, tenant: str, traveller: str) -> Iterable[tuple[str, str, bytes]]:
        """Yield topic, key and value of all that belongs to a traveller."""
        ...

    def travellers_of(self, tenant: str, *, after: str | None, most: int) -> list[str]:
        """Return a tenant's next travellers in the order of their ids, from behind `after` on."""
        ...

    def settings(self) -> Iterable[bytes]:
        """Yield the settings of all tenants."""
        ...

    def forget(self) -> None:
        """Become empty, and whole if it was broken."""
        ...


@dataclass(slots=True)
class PartitionState:
    """What is accepted on one partition: a cache of `records.v1` and `trips.v1`, restored newer-wins."""

    number: int
    partitions: int
    epoch: int
    local: LocalState = field(default_factory=InMemory)
    most_in_memory: int = IN_MEMORY
    """How many records and trips may be kept unpacked; a traveller in work may exceed it alone."""
    poison_limit: int = POISON_LIMIT
    topic_id: str | None = None
    """Which `bookings.v1` it is that is read; written with the progress."""
    done: int = -1
    """The last offset of `bookings.v1` whose outputs are committed, by the progress markers."""
    positions: dict[str, int] = field(default_factory=dict[str, int])
    """Per topic the offset up to which this state holds it."""
    travellers: OrderedDict[tuple[str, str], TravellerState] = field(
        default_factory=OrderedDict[tuple[str, str], TravellerState]
    )
    """Those that are unpacked, the least recently touched first."""
    known_settings: dict[str, SettingsRecord] = field(default_factory=dict[str, SettingsRecord])
    poisoned: tuple[int, ...] = ()
    """The offsets of the latest inputs that became dead letters."""
    unreadable: int = 0
    """Values of `trips.v1` that some other program must have written."""
    marked_topic_id: str | None = None
    """Which `bookings.v1` it was that the progress is about."""
    topic_ids: Mapping[str, str] = field(default_factory=dict[str, str])
    """Which `records.v1` and `trips.v1` these are."""
    now_ms: Callable[[], int] = lambda: 0
    """The clock of this host."""
    _weights: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    """How many records and trips each of `travellers` holds, as of its last batch."""
    _weight: int = 0
    """The sum of them: a batch costs what it touches, not what is kept."""

    def traveller(self, *, tenant: str, traveller: str) -> TravellerState:
        """Return the state of a traveller, empty where nothing was accepted yet.

        Raises:
            pydantic.ValidationError: a record cannot be read, so that nothing may be built on it.
        """
        key = (tenant, traveller)
        if key not in self.travellers:
            self.travellers[key] = self._unpacked(tenant, traveller)
            self._weigh(key)
        self.travellers.move_to_end(key)
        return self.travellers[key]

    def _unpacked(self, tenant: str, traveller: str) -> TravellerState:
        state = TravellerState(tenant=tenant, traveller=traveller)
        for topic, key, value in self.local.of_traveller(tenant=tenant, traveller=traveller):
            if topic == RECORDS.name:
                state.restore_record(decode_record(value))
            else:
                state.restore_trip(key, value)
        return state

    def travellers_of(self, tenant: str, *, after: str | None, most: int) -> list[str]:
        """Return a tenant's next travellers in the order of their ids, from behind `after` on."""
        return self.local.travellers_of(tenant, after=after, most=most)

    def settings_of(self, tenant: str) -> TenantSettings:
        """Return a tenant's settings as of the last batch."""
        record = self.known_settings.get(tenant)
        return TenantSettings() if record is None else record.settings

    def resume(self, *, topic_ids: Mapping[str, str]) -> None:
        """Begin with what the local state holds, if it is of these very topics and not too old.

        Args:
            topic_ids: the broker's ids of `records.v1` and `trips.v1`.
        """
        self.keep_nothing_ready()
        note = self.local.note()
        is_stale = abs(self.now_ms() - note.seen_ms) > LONGEST_ABSENCE_MS
        if is_stale or (note.epoch, note.topic_ids) != (self.epoch, topic_ids):
            self.local.forget()
            note = Note()
        self.topic_ids, self.positions = topic_ids, dict(note.positions)
        self.done, self.poisoned, self.marked_topic_id = note.done, note.poisoned, note.topic_id
        for encoded in self.local.settings():
            self._take_settings(encoded)

    def take(
        self,
        topic: str,
        entries: Iterable[tuple[bytes, bytes | None]],
        *,
        position: int | None = None,
    ) -> None:
        """Take what a topic holds next; an older value changes nothing.

        A trip that cannot be read is as if it were not there: trips are made of records, and one that
        seems to be missing is written again.

        Args:
            topic: `records.v1` or `trips.v1`.
            entries: keys and values in the order of the log; one without a value was erased.
            position: the offset after the last of them.

        Raises:
            ValueError: the truth cannot be read, so that nothing may be built on it.
        """
        newest: dict[bytes, Output | None] = {}
        for key, encoded in entries:
            value = None if encoded is None else self._read(topic, key, encoded)
            if encoded is None:
                newest[key] = None
            elif value is not None and not is_older(value, newest.get(key)):
                newest[key] = value
        values = [value for value in newest.values() if value is not None]
        stored = zip(values, self.local.stored(values), strict=True)
        newer = [value for value, known in stored if known is None or not is_older(value, known)]
        if position is not None:
            self.positions[topic] = position
        gone = [(topic, key) for key, value in newest.items() if value is None]
        self.local.write(newer, gone=gone, note=self._note())
        self._refresh(newer, anyone=bool(gone))

    def _read(self, topic: str, key: bytes, encoded: bytes) -> Output | None:
        value = read_value(topic, key, encoded)
        if isinstance(value, ProgressMarker):
            if value.epoch == self.epoch and value.offset >= self.done:
                self.done, self.marked_topic_id = value.offset, value.topic_id
                self.poisoned = value.poisoned or ()
            return None
        self.unreadable += value is None
        return value

    def _refresh(self, values: Iterable[Output], *, anyone: bool) -> None:
        """Pack the travellers that values came in for; unpacked again they are as they are now."""
        if anyone:
            self._forget_travellers()
        for value in values:
            if value.traveller:
                self.travellers.pop((value.tenant, value.traveller), None)
                self._weight -= self._weights.pop((value.tenant, value.traveller), 0)
            else:
                self._take_settings(value.value)

    def absorb(self, output: BatchOutput, *, positions: Mapping[str, int] | None = None) -> None:
        """Take over what a batch came to, once it is committed.

        Args:
            output: what was committed.
            positions: by topic the offset after the last output.
        """
        self.positions |= positions or {}
        self.done, self.poisoned = output.done, output.poisoned
        self.marked_topic_id = self.topic_id
        kept = [value for value in output.outputs if value.tenant]
        if kept or positions:
            gone = [(one.topic, one.key) for one in output.forgotten]
            self.local.write(kept, gone=gone, note=self._note())
        for traveller, result in output.steps:
            traveller.absorb(result)
            self._weigh((traveller.tenant, traveller.traveller))
        if output.settings is not None:
            self.known_settings[output.settings.tenant] = output.settings
        self._pack()

    def forget(self) -> None:
        """Become empty, to be restored from the beginning."""
        self.keep_nothing_ready()
        self.positions.clear()
        self.done, self.poisoned, self.marked_topic_id = -1, (), None
        self.local.forget()

    def keep_nothing_ready(self) -> None:
        """Let go of what is kept in memory, to `resume` with what the local state holds."""
        self._forget_travellers()
        self.known_settings.clear()

    def _forget_travellers(self) -> None:
        self.travellers.clear()
        self._weights.clear()
        self._weight = 0

    def _weigh(self, key: tuple[str, str]) -> None:
        if key in self.travellers:
            state = self.travellers[key]
            weight = 1 + len(state.records) + len(state.trips)
            self._weight += weight - self._weights.get(key, 0)
            self._weights[key] = weight

    def _pack(self) -> None:
        """Let go of the travellers that were not touched for longest, while there are too many."""
        while self._weight > self.most_in_memory and len(self.travellers) > 1:
            key, _ = self.travellers.popitem(last=False)
            self._weight -= self._weights.pop(key)

    def _take_settings(self, encoded: bytes) -> None:
        record = decode_record(encoded)
        assert isinstance(record, SettingsRecord)  # noqa: S101 - values.py tells them by their kind
        self.known_settings[record.tenant] = record

    def _note(self) -> Note:
        return Note(
            epoch=self.epoch,
            topic_ids=self.topic_ids,
            positions=self.positions,
            done=self.done,
            topic_id=self.marked_topic_id,
            poisoned=self.poisoned,
            seen_ms=self.now_ms(),
        )
