"""What is written: the last value of every key on `records.v1` and `trips.v1`, sorted by traveller.

Unlike a worker's state it is not newer-wins: it sees what compaction will keep. What is read lies on disk; in
memory is one shelf of it, and of that one traveller unpacked.
"""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self, cast

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.booking_record import ErasureRecord, Record, SettingsRecord, decode_record
from schemas.identifiers import progress_key
from schemas.settings import TenantSettings
from schemas.topics import BOOKINGS, RECORDS, TRIPS
from services.consolidator.comparison import WrittenTrip
from services.consolidator.domain.records import TravellerRecord
from services.consolidator.domain.state import TravellerState
from services.consolidator.shelves import Shelf, Shelves
from services.platform.reading import end_offsets, open_reader, read_stretch
from services.platform.settings import KafkaSettings

TravellerKey = tuple[str, str]
"""Tenant and traveller."""


@dataclass(slots=True)
class WrittenPartition:
    """How far one partition of both topics was read, and what it says of itself."""

    number: int
    positions: dict[str, int] = field(default_factory=dict[str, int])
    taken: dict[str, int] = field(default_factory=dict[str, int])
    """By topic the offset after the last message that was taken: below the position where markers of
    transactions lie in between."""
    marker: bytes | None = None
    settings: dict[bytes, SettingsRecord] = field(default_factory=dict[bytes, SettingsRecord])
    """By key, those of its tenants."""
    marker_key: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.marker_key = progress_key(topic=BOOKINGS.name, partition=self.number).encode()

    def done(self) -> tuple[int, int]:
        """Return epoch and offset up to which `bookings.v1` is done, by the progress marker."""
        if self.marker is None:
            return (0, -1)
        parsed = WrittenTrip.read(self.marker).parsed
        return (parsed["epoch"], parsed["offset"])

    def settings_of(self, tenant: str) -> TenantSettings:
        """Return a tenant's settings."""
        found = (record.settings for record in self.settings.values() if record.tenant == tenant)
        return next(found, TenantSettings())


@dataclass(slots=True)
class WrittenTraveller:
    """What is written of one traveller."""

    tenant: str
    traveller: str
    settings: TenantSettings
    partition: WrittenPartition
    records: dict[str, TravellerRecord] = field(default_factory=dict[str, TravellerRecord])
    """By key."""
    erasure: ErasureRecord | None = None
    """Set where the traveller was erased."""
    trips: dict[str, WrittenTrip] = field(default_factory=dict[str, WrittenTrip])
    """By id the last value on `trips.v1`, redirects and deletions among them."""

    def take(self, record: Record) -> None:
        """Take one of the records; settings lie with their partition."""
        if record.kind == "erasure":
            self.erasure = record
        elif record.kind != "settings":
            self.records[record.record] = record

    def state(self) -> TravellerState:
        """Return it as a worker has it that is about to take what comes next."""
        state = TravellerState(self.tenant, self.traveller)
        for record in self.records.values():
            state.restore_record(record)
        if self.erasure is not None:
            state.restore_record(self.erasure)
        for trip, value in self.trips.items():
            if value.is_whole:
                state.restore_trip(trip, value.value)
        return state


class Written:
    """Both topics, as far as they were read; to be closed."""

    def __init__(
        self,
        kafka: KafkaSettings,
        *,
        partitions: int,
        on_progress: Callable[[int, int], None],
        only: int | None = None,
        sampled: Callable[[str], bool] = lambda _: True,
    ) -> None:
        """Begin with nothing.

        Args:
            kafka: where the topics are.
            partitions: how many each has.
            on_progress: called with how many messages were read, and of how many.
            only: the one partition to read, where it is known which.
            sampled: whether what is written of a traveller is kept.
        """
        self._sampled = sampled
        self._kafka = kafka
        self._numbers = range(partitions) if only is None else (only,)
        self._on_progress = on_progress
        self._shelves = Shelves()
        self._nobodys: set[tuple[str, bytes]] = set()
        """Topics and keys whose last value does not say whose it is."""
        self.unreadable: set[str] = set()
        """Keys on `trips.v1` whose last value is none of ours, as of the last `travellers`."""
        self.partitions = [WrittenPartition(number) for number in range(partitions)]

    def __enter__(self) -> Self:
        self._shelves.__enter__()
        return self

    def __exit__(self, *trouble: object) -> None:
        self._shelves.__exit__(*trouble)

    async def read_on(self) -> None:
        """Read up to the present end of both topics.

        Raises:
            KafkaError: trouble with the broker.
        """
        async with open_reader(self._kafka) as reader:
            # trips.v1 first: a batch that is committed in between then shows as records without trips,
            # which is looked at again, and not as trips without records.
            topics = (TRIPS.name, RECORDS.name)
            places = [TopicPartition(topic, number) for topic in topics for number in self._numbers]
            ends = await end_offsets(reader, places)
            total = sum(end - self._start(place) for place, end in ends.items())
            read = 0
            for place, end in ends.items():
                start = self._start(place)
                await self._read_partition(reader, place, end=end, report=(read, total))
                read += end - start
                self._on_progress(read, total)

    def take(self, topic: str, key: bytes, value: bytes | None, *, partition: int) -> None:
        """Take the next message of a partition.

        Raises:
            pydantic.ValidationError: settings cannot be read.
        """
        of = self.partitions[partition]
        if key == of.marker_key:
            of.marker = value
            return
        owner = None if value is None else _owner_of(value)
        if topic == RECORDS.name and value is not None and owner is not None and owner.traveller is None:
            record = decode_record(value)
            assert isinstance(record, SettingsRecord)  # noqa: S101 - the only one without a traveller
            of.settings[key] = record
            return
        whose = None if owner is None or owner.traveller is None else (owner.tenant, owner.traveller)
        if value is not None and whose is None:
            self._nobodys.add((topic, key))
        else:
            self._nobodys.discard((topic, key))
        if whose is None or self._sampled(whose[1]):
            packed = None if whose is None else orjson.dumps(whose)
            self._shelves.put(key, value, owner=packed, is_trip=topic == TRIPS.name, partition=partition)

    def travellers(
        self, *, sampled: Callable[[str], bool] = lambda _: True
    ) -> dict[TravellerKey, WrittenTraveller]:
        """Return what is written, by traveller, of those that are `sampled`.

        Raises:
            ValueError: a record cannot be read.
        """
        return dict(self.each_traveller(sampled=sampled))

    def each_traveller(
        self, *, sampled: Callable[[str], bool] = lambda _: True, also: Collection[TravellerKey] = ()
    ) -> Iterator[tuple[TravellerKey, WrittenTraveller]]:
        """Yield the same one by one, for whoever needs no more than one at a time.

        `also` are yielded where nothing is written of them, too; they are of the one partition that was read.
        """
        if any(topic == RECORDS.name for topic, _ in self._nobodys):
            raise ValueError(f"a value of {RECORDS.name} is no record")
        self.unreadable = {_text(key) for _, key in self._nobodys}
        left = dict.fromkeys(also)
        for shelf in self._shelves.each():
            for key, traveller in self._on(shelf, sampled=sampled):
                left.pop(key, None)
                yield key, traveller
        for key in left:
            yield key, self._nothing_of(key, self.partitions[self._numbers[0]])

    def _on(
        self, shelf: Shelf, *, sampled: Callable[[str], bool]
    ) -> Iterator[tuple[TravellerKey, WrittenTraveller]]:
        """Yield the travellers on a shelf; only one of them is unpacked at a time."""
        found: dict[bytes, Shelf] = defaultdict(lambda: Shelf({}, {}))
        for key, entry in shelf.records.items():
            found[entry.owner].records[key] = entry
        for key, entry in shelf.trips.items():
            found[entry.owner].trips[key] = entry
        for owner, of in found.items():
            tenant, traveller = orjson.loads(owner)
            if sampled(traveller):
                yield (tenant, traveller), self._unpacked((tenant, traveller), of)

    def _unpacked(self, owner: TravellerKey, of: Shelf) -> WrittenTraveller:
        entry = next(iter((*of.records.values(), *of.trips.values())))
        traveller = self._nothing_of(owner, self.partitions[entry.partition])
        for record in of.records.values():
            traveller.take(decode_record(record.value))
        for key, trip in of.trips.items():
            try:
                read = WrittenTrip.read(trip.value)
            except ValueError:
                self.unreadable.add(_text(key))
            else:
                traveller.trips[read.parsed["id"]] = read
        return traveller

    def _nothing_of(self, owner: TravellerKey, partition: WrittenPartition) -> WrittenTraveller:
        return WrittenTraveller(*owner, partition.settings_of(owner[0]), partition)

    def _start(self, place: TopicPartition) -> int:
        return self.partitions[place.partition].positions.get(place.topic, 0)

    async def _read_partition(
        self, reader: AIOKafkaConsumer, place: TopicPartition, *, end: int, report: tuple[int, int]
    ) -> None:
        partition, start = self.partitions[place.partition], self._start(place)
        async for chunk in read_stretch(reader, place, start=start, end=end):
            for entry in chunk:
                self.take(place.topic, entry.key or b"", entry.value, partition=place.partition)
            partition.taken[place.topic] = chunk[-1].offset + 1
            self._on_progress(report[0] + chunk[-1].offset - start, report[1])
        partition.positions[place.topic] = end


class _Owner(NamedTuple):
    """Whose a value is; of a tenant's settings no traveller."""

    tenant: str
    traveller: str | None


def _owner_of(value: bytes) -> _Owner | None:
    """Say whose a value of `records.v1` or `trips.v1` is; as a rule without reading more than its end."""
    for said in (b"{" + value[value.rfind(_TENANT) + 1 :], value):
        try:
            parsed = orjson.loads(said)
        except ValueError:
            continue
        if isinstance(parsed, dict):
            named = cast("dict[str, Any]", parsed)
            tenant, traveller = named.get("tenant"), named.get("traveller")
            if isinstance(tenant, str) and (traveller is None or isinstance(traveller, str)):
                return _Owner(tenant, traveller)
    return None


_TENANT = b',"tenant":'
"""In canonical JSON the traveller stands right behind it, and little else."""


def _text(key: bytes) -> str:
    return key.decode(errors="replace")
