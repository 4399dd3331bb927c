"""What would become of trips if something more were said: the pure core over the records and new statements.

Statements wait in files on disk, by partition; one partition is computed at a time, so that memory is bounded
by the largest, packed. Nothing is written to any topic.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from tempfile import TemporaryFile
from typing import IO

from schemas.base import Model
from schemas.booking_record import Saying, decode_statement
from schemas.trip import Change, ChangeType, OutcomeResult
from services.consolidator.comparison import WrittenTrip
from services.consolidator.domain.changes import changes, deleted, merged_into
from services.consolidator.domain.consolidate import step
from services.consolidator.domain.inputs import Input
from services.consolidator.written import TravellerKey, Written, WrittenTraveller
from services.platform.kafka import partition_for
from services.platform.settings import KafkaSettings, TopicSettings

_BATCH = 200
"""As many statements of a traveller are taken at once."""


class TripChange(Model):
    """What would become of one trip."""

    tenant: str
    traveller: str
    trip: str
    changes: tuple[Change, ...]


class TripDiff(Model):
    """What would become of all trips, counted; the first of them listed."""

    trips: int = 0
    """That would change."""
    by_change: Mapping[ChangeType, int] = {}
    by_field_group: Mapping[str, int] = {}
    """Of trips that would be updated."""
    by_outcome: Mapping[OutcomeResult, int] = {}
    """What would become of the statements: what is stale changes nothing."""
    listed: tuple[TripChange, ...] = ()


class Unsaid:
    """Statements that nobody has said."""

    def __init__(self, *, partitions: int, files: ExitStack) -> None:
        self._partitions = partitions
        self._opened = files
        self._files: dict[int, IO[bytes]] = {}

    def add(self, statements: Iterable[Saying]) -> None:
        """Keep statements, each with its partition."""
        for one in statements:
            number = partition_for(tenant=one.tenant, traveller=one.traveller, partitions=self._partitions)
            if number not in self._files:
                self._files[number] = self._opened.enter_context(TemporaryFile())  # noqa: SIM115 - the stack closes it
            self._files[number].write(one.encode() + b"\n")

    @property
    def partitions(self) -> Sequence[int]:
        """Return those of which something is kept."""
        return sorted(self._files)

    def of(self, partition: int) -> Mapping[TravellerKey, Sequence[Saying]]:
        """Return what is kept of a partition, by traveller, in the order in which it was added."""
        file, found = self._files[partition], dict[TravellerKey, list[Saying]]()
        file.seek(0)
        for line in file:
            one = decode_statement(line)
            assert isinstance(one, Saying)  # noqa: S101 - nothing else was added
            found.setdefault((one.tenant, one.traveller), []).append(one)
        return found


@contextmanager
def unsaid(*, partitions: int) -> Generator[Unsaid]:
    """Give a place for statements. Its files have no names, so that none is left where this is killed."""
    with ExitStack() as files:
        yield Unsaid(partitions=partitions, files=files)


async def what_if(
    kafka: KafkaSettings,
    said: Unsaid,
    *,
    topics: TopicSettings,
    listed: int,
    on_progress: Callable[[int, int], None],
) -> TripDiff:
    """Return what would become of trips.

    Args:
        kafka: where the topics are.
        said: what would be said.
        topics: their number of partitions and the epoch.
        listed: as many trips are listed.
        on_progress: called with how many partitions were computed, and of how many.

    Raises:
        KafkaError: trouble with the broker.
    """
    counted = _Counted(listed)
    for done, number in enumerate(said.partitions):
        on_progress(done, len(said.partitions))
        of = said.of(number)
        reading = Written(
            kafka,
            partitions=topics.partitions,
            only=number,
            on_progress=lambda _read, _total: None,
            sampled={traveller for _, traveller in of}.__contains__,
        )
        with reading as written:
            await written.read_on()
            for key, traveller in written.each_traveller(also=of.keys()):
                counted.take(key, traveller, of.get(key, ()), epoch=topics.epoch)
                await asyncio.sleep(0)  # let the progress be drawn
    on_progress(1, 1)
    return counted.diff()


class _Counted:
    """The trips that would change, of one traveller after the other."""

    def __init__(self, listed: int) -> None:
        self._most = listed
        self._trips = 0
        self._listed: list[TripChange] = []
        self._changes: Counter[ChangeType] = Counter()
        self._groups: Counter[str] = Counter()
        self._outcomes: Counter[OutcomeResult] = Counter()

    def take(
        self, key: TravellerKey, traveller: WrittenTraveller, said: Sequence[Saying], *, epoch: int
    ) -> None:
        state = traveller.state()
        before = dict(state.trips)
        first = traveller.partition.done()[1] + 1
        for start in range(0, len(said), _BATCH):
            inputs = [
                Input(one, offset=first + start + number, appended_ms=one.revision.received_ms)
                for number, one in enumerate(said[start : start + _BATCH])
            ]
            made = step(state, inputs, settings=traveller.settings, epoch=epoch)
            self._outcomes.update(outcome.result for outcome in made.outcomes)
            state.absorb(made)
        for trip, value in sorted(state.trips.items()):
            if value != before.get(trip):
                self._count(
                    TripChange(
                        tenant=key[0], traveller=key[1], trip=trip, changes=_changes(before.get(trip), value)
                    )
                )

    def _count(self, change: TripChange) -> None:
        if not change.changes:
            return
        self._trips += 1
        self._changes.update(one.type for one in change.changes)
        self._groups.update(group for one in change.changes for group in one.field_groups)
        if len(self._listed) < self._most:
            self._listed.append(change)

    def diff(self) -> TripDiff:
        return TripDiff(
            trips=self._trips,
            by_change=dict(self._changes.most_common()),
            by_field_group=dict(self._groups.most_common()),
            by_outcome=dict(self._outcomes.most_common()),
            listed=tuple(self._listed),
        )


def _changes(before: bytes | None, after: bytes) -> tuple[Change, ...]:
    """Return what sets two values of one trip apart, whatever came in between."""
    was = None if before is None else WrittenTrip.read(before)
    now = WrittenTrip.read(after)
    if now.state == "redirect":
        found = [merged_into(now.parsed["into"])]
    elif now.state == "deleted":
        found = [deleted()]
    else:
        old = was.read_content() if was is not None and was.state == "live" else None
        found = changes(old, now.read_content())
    return tuple(Change.model_validate(one) for one in found)
