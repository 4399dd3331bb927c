"""Normalises what lies on `raw.v1` again, with today's readers: after one was improved, or mended.

A replay keeps when a message was received, so what it states takes the place of what the same message stated
before, and of nothing newer. Messages about which a person decided stay as they are. What says the same as
before is not said again.
"""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiolimiter import AsyncLimiter

from schemas.topics import RAW
from services.ingest.dead_letters import discarded_messages
from services.ingest.domain.statements import Draft
from services.ingest.feeds import Consumed
from services.ingest.raw import Route, read_headers
from services.ingest.replay_place import Counts, Journal, Place, Places, Wanted
from services.ingest.replay_readers import Change, Normaliser, Reading
from services.ingest.replay_said import Said, said_before
from services.ingest.worker import consumed
from services.platform.kafka import partition_counts
from services.platform.positions import Position
from services.platform.reading import LogEntry, open_reader, read_stretch
from services.platform.settings import KafkaSettings

_AT_ONCE = 500
"""As many statements are confirmed at once: a message may hold a thousand, and brokers must be in time."""
_CHUNK = 200
"""As many messages are done before it is noted how far this has come."""

Progress = Callable[[str, int, int], None]
"""Told what is read, and how many records of how many were passed."""


class Report(Counts):
    """What a replay did, or would do; where it went on after it was broken off, from its beginning."""

    resumed: bool = False
    changes: tuple[Change, ...] = ()
    """The first of this run, with those that are refused."""


class Log(Protocol):
    """Where statements are written."""

    async def append(self, statements: Sequence[Draft]) -> Position:
        """Append statements, each to its traveller's partition; raises `Unavailable`."""
        ...


class Doing(NamedTuple):
    """How a replay is done."""

    normalisers: Mapping[Route, Normaliser]
    """By route; messages of other routes are passed over."""
    log: Log | None
    """None: say only what would change, to `hear`."""
    purpose: str = "normalise"
    """What is done with messages; a replay for another purpose goes on nowhere where this one was."""
    a_second: float | None = None
    """At most so many messages, so that what arrives meanwhile is not held up; None: any."""
    listed: int = 100
    """As many changes are listed; all are counted."""
    anew: bool = False
    """Begin at the beginning, also where one was broken off."""
    hear: Callable[[Sequence[Draft]], None] | None = None
    """Given what is stated, or would be."""


async def replay(kafka: KafkaSettings, *, wanted: Wanted, doing: Doing, on_progress: Progress) -> Report:
    """Normalise again what `raw.v1` holds at this moment, or go on where this was broken off.

    Raises:
        KafkaError: the broker does not answer.
        Unavailable: another backing service does not.
    """
    journal = Journal(kafka, group=wanted.group(doing.purpose))
    group = None if doing.log is None else journal.group
    async with (
        open_reader(kafka, isolation="read_uncommitted", group=group) as reader,
        open_reader(kafka, isolation="read_uncommitted") as of_said,
    ):
        places, resumed = await _places(reader, journal, kafka=kafka, wanted=wanted, doing=doing)
        with said_before(kafka) as said:
            await said.read_on(
                of_said, on_progress=lambda done, total: on_progress("bookings.v1", done, total)
            )
            discarded = await discarded_messages(
                kafka, on_progress=lambda done, total: on_progress("dead-letters.v1", done, total)
            )
            run = _Run(wanted, doing, said, of_said, discarded=discarded)
            counts = await _run(run, reader, journal, places, on_progress=on_progress)
    return Report(**counts.model_dump(), resumed=resumed, changes=tuple(run.changes))


async def _places(
    reader: AIOKafkaConsumer, journal: Journal, *, kafka: KafkaSettings, wanted: Wanted, doing: Doing
) -> tuple[Places, bool]:
    """Return where each partition is to be read from, and whether this goes on where another ended."""
    count = (await partition_counts(kafka)).get(RAW.name, 0)
    numbers = [TopicPartition(RAW.name, number) for number in range(count)]
    starts, ends = await _bounds(reader, places=numbers, since=wanted.since)
    places = {place: Place(start=starts[place], next=starts[place], end=ends[place]) for place in numbers}
    if doing.log is None:
        return places, False
    recalled = {} if doing.anew else await journal.recall(reader, numbers)
    if recalled and all(place.end <= ends[number] for number, place in recalled.items()):
        return recalled, True
    await journal.begin(reader, places)
    return places, False


async def _run(
    run: "_Run", reader: AIOKafkaConsumer, journal: Journal, places: Places, *, on_progress: Progress
) -> Counts:
    total = sum(max(0, place.end - place.start) for place in places.values())
    passed, counts = 0, Counts()
    for number, place in places.items():
        async for chunk in read_stretch(reader, number, start=place.next, end=place.end):
            for some in _in_chunks(chunk, run.chunk):
                found = place.counts + await run.take([consumed(entry) for entry in some])
                place = place.model_copy(update={"next": some[-1].offset + 1, "counts": found})  # noqa: PLW2901 - it comes on
                if run.doing.log is not None:
                    await journal.note(reader, {number: place})
                on_progress(RAW.name, passed + place.next - place.start, total)
        if run.doing.log is not None and place.next < place.end:  # what lay there has expired
            await journal.note(reader, {number: place.model_copy(update={"next": place.end})})
        passed += max(0, place.end - place.start)
        counts += place.counts
    on_progress(RAW.name, total, total)
    return counts


class _Run:
    """One run over messages, some at a time."""

    def __init__(
        self,
        wanted: Wanted,
        doing: Doing,
        said: Said,
        of_said: AIOKafkaConsumer,
        *,
        discarded: frozenset[str],
    ) -> None:
        self.wanted = wanted
        self.doing = doing
        self.changes: list[Change] = []
        self.chunk = _CHUNK if doing.a_second is None else max(1, min(_CHUNK, int(doing.a_second)))
        self._said = said
        self._of_said = of_said
        self._discarded = discarded
        # One at a time: what was not used while nothing was wanted is not made up for in a burst.
        self._pace = AsyncLimiter(1, 1 / doing.a_second) if doing.a_second is not None else None

    async def take(self, records: Sequence[Consumed]) -> Counts:
        """Read messages again, write what is new, and say what was found."""
        wanted = [(record, normaliser) for record in records if (normaliser := self._normaliser(record))]
        if not all(self._said.knows(record.key) for record, _ in wanted):
            await self._said.read_on(self._of_said)  # the last of them may be under way just now
        counts, readings = Counts(), list[Reading]()
        for record, normaliser in wanted:
            reading = await normaliser.again(record, wanted=self.wanted, said=self._said)
            if reading is None:
                continue
            if record.key in self._discarded:
                reading = Reading("settled")
            # What writes itself is written before the next is judged, which may depend on it.
            if reading.write is not None and self.doing.log is not None and not await reading.write():
                reading = Reading("settled")
            readings.append(reading)
            found = {"read": 1, reading.standing: 1, "said": len(reading.statements)}
            counts += Counts.model_validate(found)
            if reading.change is not None and len(self.changes) < self.doing.listed:
                self.changes.append(reading.change)
            await self._held_back()
        await self._written(readings)
        return counts

    async def _held_back(self) -> None:
        if self._pace is not None:
            await self._pace.acquire()

    async def _written(self, readings: Sequence[Reading]) -> None:
        if self.doing.hear is not None:
            self.doing.hear([statement for reading in readings for statement in reading.statements])
        if self.doing.log is None:
            return
        statements = [one for reading in readings if reading.write is None for one in reading.statements]
        for first in range(0, len(statements), _AT_ONCE):
            await self.doing.log.append(statements[first : first + _AT_ONCE])

    def _normaliser(self, record: Consumed) -> Normaliser | None:
        """Return who reads a record again; None where it is not wanted."""
        wanted, headers = self.wanted, read_headers(record.headers)
        if headers is None or (wanted.messages and record.key not in wanted.messages):
            return None
        if wanted.until is not None and record.timestamp_ms >= _milliseconds(wanted.until):
            return None
        if wanted.source not in {None, headers.source} or wanted.tenant not in {None, headers.tenant}:
            return None
        return self.doing.normalisers.get(headers.route)


def _milliseconds(at: datetime) -> int:
    return int(at.astimezone(UTC).timestamp() * 1000)


def _in_chunks(entries: Sequence[LogEntry], size: int) -> Iterator[Sequence[LogEntry]]:
    return (entries[first : first + size] for first in range(0, len(entries), size))


async def _bounds(
    reader: AIOKafkaConsumer, *, places: list[TopicPartition], since: datetime | None
) -> tuple[dict[TopicPartition, int], dict[TopicPartition, int]]:
    starts: dict[TopicPartition, int] = dict(await reader.beginning_offsets(places))
    ends: dict[TopicPartition, int] = dict(await reader.end_offsets(places))
    if since is not None:
        at = _milliseconds(since)
        found: dict[TopicPartition, Any] = await reader.offsets_for_times(dict.fromkeys(places, at))
        starts = {place: ends[place] if hit is None else int(hit.offset) for place, hit in found.items()}
    return starts, ends
