"""What is written: the last value of every key on `records.v1` and `trips.v1`, sorted by traveller.

Unlike a worker's state it is not newer-wins: it sees what compaction will keep.
"""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.booking_record import SettingsRecord, decode_record
from schemas.identifiers import progress_key
from schemas.settings import TenantSettings
from schemas.topics import BOOKINGS, RECORDS, TRIPS
from services.consolidator.comparison import WrittenTrip
from services.consolidator.domain.state import TravellerState
from services.platform.reading import end_offsets, open_reader, read_stretch
from services.platform.settings import KafkaSettings

TravellerKey = tuple[str, str]
"""Tenant and traveller."""


@dataclass(slots=True)
class WrittenPartition:
    """One partition of both topics."""

    number: int
    positions: dict[str, int] = field(default_factory=dict[str, int])
    taken: dict[str, int] = field(default_factory=dict[str, int])
    """By topic the offset after the last message that was taken: below the position where markers of
    transactions lie in between."""
    records: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    trips: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])

    def done(self) -> tuple[int, int]:
        """Return epoch and offset up to which `bookings.v1` is done, by the progress marker."""
        marker = self.trips.get(progress_key(topic=BOOKINGS.name, partition=self.number).encode())
        if marker is None:
            return (0, -1)
        parsed = WrittenTrip.read(marker).parsed
        return (parsed["epoch"], parsed["offset"])

    def take(self, topic: str, key: bytes, value: bytes | None) -> None:
        """Take the next message of a topic."""
        values = self.records if topic == RECORDS.name else self.trips
        if value is None:
            values.pop(key, None)
        else:
            values[key] = value


@dataclass(slots=True)
class WrittenTraveller:
    """What is written of one traveller."""

    state: TravellerState
    settings: TenantSettings
    partition: WrittenPartition
    trips: dict[str, WrittenTrip] = field(default_factory=dict[str, WrittenTrip])
    """By id the last value on `trips.v1`, redirects and deletions among them."""


class Written:
    """Both topics, as far as they were read."""

    def __init__(
        self,
        kafka: KafkaSettings,
        *,
        partitions: int,
        on_progress: Callable[[int, int], None],
        only: int | None = None,
    ) -> None:
        """Begin with nothing.

        Args:
            kafka: where the topics are.
            partitions: how many each has.
            on_progress: called with how many messages were read, and of how many.
            only: the one partition to read, where it is known which.
        """
        self._kafka = kafka
        self._numbers = range(partitions) if only is None else (only,)
        self._on_progress = on_progress
        self.unreadable: list[str] = []
        """Keys on `trips.v1` whose last value is none of ours, as of the last `travellers`."""
        self.partitions = [WrittenPartition(number) for number in range(partitions)]

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

    def travellers(
        self, *, sampled: Callable[[str], bool] = lambda _: True
    ) -> dict[TravellerKey, WrittenTraveller]:
        """Return what is written, by traveller, of those that are `sampled`.

        Raises:
            pydantic.ValidationError: a record cannot be read.
        """
        return dict(self.each_traveller(sampled=sampled))

    def each_traveller(
        self, *, sampled: Callable[[str], bool] = lambda _: True, also: Collection[TravellerKey] = ()
    ) -> Iterator[tuple[TravellerKey, WrittenTraveller]]:
        """Yield the same one by one, for whoever needs no more than one at a time.

        `also` are yielded where nothing is written of them, too; they are of the one partition that was read.
        """
        self.unreadable.clear()
        for number in self._numbers:
            yield from _each(self.partitions[number], unreadable=self.unreadable, sampled=sampled, also=also)

    def _start(self, place: TopicPartition) -> int:
        return self.partitions[place.partition].positions.get(place.topic, 0)

    async def _read_partition(
        self, reader: AIOKafkaConsumer, place: TopicPartition, *, end: int, report: tuple[int, int]
    ) -> None:
        partition, start = self.partitions[place.partition], self._start(place)
        async for chunk in read_stretch(reader, place, start=start, end=end):
            for entry in chunk:
                partition.take(place.topic, entry.key or b"", entry.value)
            partition.taken[place.topic] = chunk[-1].offset + 1
            self._on_progress(report[0] + chunk[-1].offset - start, report[1])
        partition.positions[place.topic] = end


def _each(
    partition: WrittenPartition,
    *,
    unreadable: list[str],
    sampled: Callable[[str], bool],
    also: Collection[TravellerKey],
) -> Iterator[tuple[TravellerKey, WrittenTraveller]]:
    """Sort what a partition holds by traveller; only one of them is unpacked at a time."""
    records: dict[TravellerKey, list[bytes]] = {}
    settings: dict[str, TenantSettings] = {}
    for value in partition.records.values():
        parsed = orjson.loads(value)
        if parsed["kind"] == "settings":
            record = decode_record(value)
            assert isinstance(record, SettingsRecord)  # noqa: S101 - by its kind
            settings[record.tenant] = record.settings
        elif sampled(parsed["traveller"]):
            records.setdefault((parsed["tenant"], parsed["traveller"]), []).append(value)
    trips: dict[TravellerKey, list[bytes]] = {}
    for key, value in partition.trips.items():
        try:
            parsed = WrittenTrip.read(value).parsed
        except ValueError:
            unreadable.append(key.decode(errors="replace"))
            continue
        if parsed["kind"] != "progress" and sampled(parsed["traveller"]):
            trips.setdefault((parsed["tenant"], parsed["traveller"]), []).append(value)
    for owner in records | trips | dict.fromkeys(also):
        traveller = WrittenTraveller(
            TravellerState(*owner), settings.get(owner[0], TenantSettings()), partition
        )
        for value in records.get(owner, ()):
            traveller.state.restore_record(decode_record(value))
        for trip in map(WrittenTrip.read, trips.get(owner, ())):
            traveller.trips[trip.parsed["id"]] = trip
        yield owner, traveller
