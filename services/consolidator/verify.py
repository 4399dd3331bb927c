"""Recomputes records and trips from the log and compares them with what is written and what is shown.

Safe while traffic flows: what differs is looked at again, farther on in the log, before it is reported.
"""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple, Protocol, Self

from aiokafka import AIOKafkaProducer

from schemas.booking_record import ReconsolidateStatement
from schemas.identifiers import inbox_message_id
from schemas.topics import BOOKINGS
from services.consolidator.comparison import (
    Difference,
    Finding,
    ShownTrip,
    compare_shown,
    compare_written,
)
from services.consolidator.domain.consolidate import expected_trips
from services.consolidator.unheard import Unheard, find_unheard
from services.consolidator.written import TravellerKey, Written, WrittenTraveller
from services.platform import faults
from services.platform.kafka import client_arguments
from services.platform.settings import KafkaSettings, TopicSettings

_ROUNDS = 5
"""How often a traveller has to differ before it is reported."""
_PAUSE_SECONDS = 1.0
_LOOK_SECONDS = 0.1
_CATCH_UP_SECONDS = 60.0
_DRAWN_BYTES = 4


class ReadModelBehind(Exception):
    """The read model does not come up to what is written; the text says where."""


class ReadModel(Protocol):
    """What verify asks of PostgreSQL."""

    async def progress(self) -> dict[int, tuple[int, int]]:
        """Return per partition the epoch and the last offset whose effects are shown."""
        ...

    def trips(self, travellers: Collection[str] | None) -> AsyncIterator[ShownTrip]:
        """Yield the rows of these travellers, or of all."""
        ...

    async def refused(self, messages: Collection[str]) -> set[tuple[str, str]]:
        """Return message and record of those among these messages that were refused."""
        ...


class Sample(NamedTuple):
    """Which travellers are looked at: this share of them, others with another seed."""

    share: float = 1.0
    seed: int = 0

    def has(self, traveller: str) -> bool:
        """Say whether a traveller is among them."""
        # No checksum: with each seed the same travellers would be looked at together, or others than they.
        drawn = blake2b(f"{self.seed} {traveller}".encode(), digest_size=_DRAWN_BYTES).digest()
        return int.from_bytes(drawn) < self.share * 2 ** (8 * _DRAWN_BYTES)


EVERYONE = Sample()


class Report(NamedTuple):
    """What was compared, and what differs."""

    travellers: int
    trips: int
    differences: tuple[Difference, ...]


class Verification:
    """One look at everything, to be repeated for what differs; to be closed."""

    def __init__(
        self,
        *,
        kafka: KafkaSettings,
        topics: TopicSettings,
        read_model: ReadModel,
        on_progress: Callable[[int, int], None],
        sample: Sample = EVERYONE,
    ) -> None:
        """Prepare a verification.

        Args:
            kafka: where the topics are.
            topics: their number of partitions and the epoch.
            read_model: what is shown.
            on_progress: called with how many messages were read, and of how many.
            sample: which travellers are looked at.
        """
        self._sample = sample
        self._on_progress = on_progress
        self._unheard: dict[tuple[int, bytes, bytes], Unheard] = {}
        self._kafka = kafka
        self._epoch = topics.epoch
        self._read_model = read_model
        self._written = Written(
            kafka, partitions=topics.partitions, on_progress=on_progress, sampled=sample.has
        )

    def __enter__(self) -> Self:
        self._written.__enter__()
        return self

    def __exit__(self, *trouble: object) -> None:
        self._written.__exit__(*trouble)

    async def run(self) -> Report:
        """Compare everything, and again whatever differs, until it agrees or has differed often enough.

        Raises:
            KafkaError: trouble with the broker.
            ReadModelBehind: the projector does not get on.
        """
        await self._written.read_on()
        travellers = self._written.travellers()
        unheard = await self._not_heard(travellers)
        trips = sum(value.state == "live" for t in travellers.values() for value in t.trips.values())
        differences = await self._differences(travellers, only=None)
        for _ in range(_ROUNDS - 1):
            if not differences:
                break
            await asyncio.sleep(_PAUSE_SECONDS)
            await self._written.read_on()
            suspects = {(d.tenant, d.traveller) for d in differences if d.finding is not Finding.UNREADABLE}
            # Whose a trip is that cannot be read, nobody says: it is found again among all.
            named = {one for _, one in suspects}.__contains__
            among = self._sample.has if self._written.unreadable else named
            looked_at = self._written.travellers(sampled=among)
            differences = await self._differences(looked_at, only=suspects)
        return Report(len(travellers), trips, tuple(sorted([*differences, *unheard])))

    async def repair(self, report: Report) -> int:
        """Have the consolidator write the trips of travellers that differ again, and wait until it has.

        What the records do not hold as it was said is said again first.

        Returns:
            The number of travellers.

        Raises:
            KafkaError: trouble with the broker.
            ReadModelBehind: the consolidator or the projector does not get on.
        """
        concerned = sorted({(difference.tenant, difference.traveller) for difference in report.differences})
        written_of = self._written.each_traveller(sampled={one for _, one in concerned}.__contains__)
        homes = {key: traveller.partition for key, traveller in written_of}
        producer = AIOKafkaProducer(**client_arguments(self._kafka), enable_idempotence=True)
        await producer.start()
        written: dict[int, int] = {}
        try:
            for said in self._unheard.values():
                if (said.tenant, said.traveller) in concerned:
                    place = await producer.send_and_wait(
                        BOOKINGS.name, said.value, key=said.key, partition=said.partition
                    )
                    written[said.partition] = place.offset
            for tenant, traveller in concerned:
                home = homes.get((tenant, traveller))
                if home is None:  # nothing is known of it but what PostgreSQL shows
                    continue
                message = inbox_message_id(topic=traveller, partition=home.number, offset=home.done()[1])
                statement = ReconsolidateStatement(
                    tenant=tenant, traveller=traveller, message=message, rewrite=True
                )
                place = await producer.send_and_wait(
                    BOOKINGS.name, statement.encode(), key=traveller.encode(), partition=home.number
                )
                written[home.number] = place.offset
                faults.point("verify.said")
        finally:
            await producer.stop()
        await self._await_shown({number: (self._epoch, offset) for number, offset in written.items()})
        return len(concerned)

    async def _not_heard(self, travellers: Mapping[TravellerKey, WrittenTraveller]) -> list[Difference]:
        """Compare the records with what was said, and once more where that differs.

        Both are read up to the markers, but a transaction does not end on all partitions at one moment: a
        marker may be read already whose records still lie behind what was the end.
        """
        found = await self._look_for_unheard(travellers, sampled=self._sample.has)
        if found:
            await asyncio.sleep(_PAUSE_SECONDS)
            await self._written.read_on()
            named = {one.traveller for one in found}.__contains__
            again = await self._look_for_unheard(self._written.travellers(sampled=named), sampled=named)
            found &= again
        self._unheard = {(one.partition, one.key, one.value): one for one in found}
        return sorted({Difference(one.tenant, one.traveller, one.record, one.finding) for one in found})

    async def _look_for_unheard(
        self, travellers: Mapping[TravellerKey, WrittenTraveller], *, sampled: Callable[[str], bool]
    ) -> set[Unheard]:
        found = await find_unheard(
            self._kafka,
            self._written.partitions,
            travellers,
            epoch=self._epoch,
            sampled=sampled,
            on_progress=self._on_progress,
        )
        await self._await_shown({p.number: p.done() for p in self._written.partitions} if found else {})
        refused = await self._read_model.refused({one.message for one in found}) if found else set()
        return {one for one in found if (one.message, one.record) not in refused}

    async def _differences(
        self, travellers: Mapping[TravellerKey, WrittenTraveller], *, only: Collection[TravellerKey] | None
    ) -> list[Difference]:
        await self._await_shown({p.number: p.done() for p in self._written.partitions})
        shown: dict[TravellerKey, dict[str, ShownTrip]] = {}
        asked = None if only is None else {traveller for _, traveller in only}
        async for row in self._read_model.trips(asked):
            if not self._sample.has(row.traveller):
                continue
            shown.setdefault((row.tenant, row.traveller), {})[row.id] = row
        keys: Iterable[TravellerKey] = travellers.keys() | shown.keys() if only is None else only
        differences = [
            Difference("", "", trip, Finding.UNREADABLE) for trip in sorted(self._written.unreadable)
        ]
        for index, key in enumerate(keys):
            differences += [Difference(*key, *finding) for finding in self._findings(key, travellers, shown)]
            if index % 100 == 0:
                await asyncio.sleep(0)  # let the progress be drawn
        return differences

    def _findings(
        self,
        key: TravellerKey,
        travellers: Mapping[TravellerKey, WrittenTraveller],
        shown: Mapping[TravellerKey, Mapping[str, ShownTrip]],
    ) -> Sequence[tuple[str, Finding]]:
        traveller, rows = travellers.get(key), shown.get(key, {})
        if traveller is None:
            return [(trip, Finding.SHOWN_SURPLUS) for trip in rows]
        expected = expected_trips(traveller.records, settings=traveller.settings)
        return [
            *compare_written(expected, traveller.trips),
            *compare_shown(traveller.trips, rows, done=traveller.partition.done()),
        ]

    async def _await_shown(self, wanted: Mapping[int, tuple[int, int]]) -> None:
        clock = asyncio.get_running_loop().time
        deadline = clock() + _CATCH_UP_SECONDS
        while behind := await self._behind(wanted):
            if clock() > deadline:
                raise ReadModelBehind(
                    f"PostgreSQL does not come up to what is written on partitions {behind}"
                )
            await asyncio.sleep(_LOOK_SECONDS)

    async def _behind(self, wanted: Mapping[int, tuple[int, int]]) -> list[int]:
        progress = await self._read_model.progress()
        return [number for number, done in wanted.items() if progress.get(number, (0, -1)) < done]
