"""Works off the messages of each partition in order, the partitions side by side; tells what is settled.

Each lane takes whatever has piled up since it began its last transaction, which was a moment ago at least:
one booking when idle, hundreds under load. The engine is told how far the progress marker stands, so that
the group's committed offset never passes what is done. The opposite, messages that the engine leaves out,
shows as a gap above the progress marker, and is read from the log.
"""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
import random
from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, ProducerFenced

from schemas.topics import BOOKINGS
from services.consolidator.breaking_off import done_unless, to_its_end
from services.consolidator.computing import Computing
from services.consolidator.counts import count
from services.consolidator.engine import Engine
from services.consolidator.handlers import consolidate_batch
from services.consolidator.local_state import LocalStateBroken
from services.consolidator.outputs import PartitionWriter, append
from services.consolidator.partition import Message, PartitionState
from services.consolidator.restore import restore
from services.platform import faults, metrics, tracing
from services.platform.reading import open_reader, read_stretch
from services.platform.settings import KafkaSettings

log = structlog.get_logger()

MAX_BATCH = 200
"""A batch is computed in one go, and while it is, the other partitions wait their turn."""
_LITTLE_MESSAGES, _LITTLE_BYTES = 32, 128 * 1024
"""What the loop itself computes: 32 bookings take about as many milliseconds, those of a traveller with
hundreds that is not kept ready some hundred."""
_OF_TRAVELLER = b'"traveller":'
"""What names none is about a whole company."""
_BEAT_SECONDS = 0.05
"""A partition begins no two transactions within this time: what comes meanwhile is one of them. Each costs
about as much as three bookings, and many small ones keep all waiting. (Kafka Streams: 100 ms.)"""
_ENOUGH_WAITING = 2 * MAX_BATCH
_FEW_WAITING = MAX_BATCH
_ATTEMPTS = 8
_FENCED_AT_MOST = 2
"""Once by who took over before this worker did; a second time by one who believes the same."""
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 10.0
_TOLD_SECONDS = 10.0
"""A worker that was silent for too long is fenced before its next heartbeat tells it why, which releases it.
Where that does not come, a former owner's take-over arrived late, and is answered by one more."""

_TROUBLE = (KafkaError, OSError, TimeoutError, LocalStateBroken)
"""What may pass by itself; everything else is a bug."""


class LaneFailed(Exception):
    """A partition cannot go on in this process; nothing unsettled was acknowledged."""


class Lane:
    """One partition of `bookings.v1`, in order."""

    def __init__(
        self, state: PartitionState, *, kafka: KafkaSettings, engine: Engine, computing: Computing
    ) -> None:
        """Prepare a lane.

        Args:
            state: what is known of the partition, at first nothing.
            kafka: where the topics are.
            engine: what reads the partition and hands its messages over.
            computing: where batches are computed, those of all lanes.
        """
        self._state = state
        self._computing = computing
        self._kafka = kafka
        self._engine = engine
        self._writer: PartitionWriter | None = None
        self._waiting: deque[Message] = deque()
        self._arrived = asyncio.Event()
        self._released = asyncio.Event()
        """Set while the partition is not this worker's."""
        self._released.set()
        self._is_at_work = False
        self.moved_at = 0.0
        """Loop time of the last step forward."""
        self.settled_ms: int | None = None
        """When the broker appended the last message that was settled."""
        self.told: int | None = None
        """The last offset that the engine was told is settled, since the partition is this worker's."""
        self.busy = False
        """Whether it is at work, within its own deadlines, on what the stream delivered."""

    @property
    def topic_id(self) -> str | None:
        """Return the broker's id of the `bookings.v1` that it settles; None until it was restored."""
        return self._state.topic_id

    @property
    def done(self) -> int | None:
        """Return the last offset that is done; None until it was restored."""
        return None if self._state.topic_id is None else self._state.done

    def put(self, message: Message) -> None:
        """Queue a message. A lane that has enough holds up its own partition, and never the others."""
        self._waiting.append(message)
        if not self._released.is_set():
            self._arrived.set()
        if len(self._waiting) >= _ENOUGH_WAITING:
            self._engine.hold(self._state.number)

    def keep_ready(self, most: int) -> None:
        """Keep so many records and trips ready in memory, from the next batch on."""
        self._state.most_in_memory = most

    def wake(self) -> None:
        """Take the partition over and restore it ahead of its first message."""
        self._released.clear()
        self._arrived.set()

    async def run(self) -> None:
        """Settle what is queued, for ever.

        Raises:
            LaneFailed: the partition cannot go on.
            TooMuchPoison: most of its messages cannot be consolidated.
        """
        clock, next_at = asyncio.get_running_loop().time, 0.0
        while True:
            self.busy = self._arrived.is_set()
            await self._arrived.wait()
            self.busy = True
            if len(self._waiting) < MAX_BATCH:
                await asyncio.sleep(next_at - clock())
            if not self._arrived.is_set():
                continue  # the partition was taken away meanwhile
            next_at = clock() + _BEAT_SECONDS
            batch = [self._waiting.popleft() for _ in range(min(MAX_BATCH, len(self._waiting)))]
            if not self._waiting:
                self._arrived.clear()
            if len(self._waiting) <= _FEW_WAITING:
                self._engine.go_on(self._state.number)
            faults.point("consolidator.received")
            self._is_at_work = True
            try:
                is_done = await done_unless(self._released, self._settle(batch))
            finally:
                self._is_at_work = False
            if not is_done:
                log.info("partition.moved", partition=self._state.number, unsettled=len(batch))
            if self._released.is_set() or not is_done:
                self._forget()
                await self._let_go()

    async def release(self) -> None:
        """Let go of the partition until it is given back, and of what is kept ready of it.

        What is under way is broken off: nobody may have to wait for it, and a take-over that was begun would
        fence the new owner. What a thread computes is left to its end. What waits is read again.
        """
        self._waiting.clear()
        self._arrived.clear()
        self._released.set()
        if not self._is_at_work:  # or once it is broken off
            self._forget()
            await self._let_go()

    def _forget(self) -> None:
        self.told = None
        self._state.keep_nothing_ready()

    async def _let_go(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            await writer.close()

    async def _settle(self, messages: Sequence[Message]) -> None:
        fenced = 0
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                await self._try_to_settle(messages, most=max(1, MAX_BATCH >> (attempt - 1)))
            except _TROUBLE as trouble:
                await self._let_go()
                if isinstance(trouble, LocalStateBroken):
                    await self._begin_anew()
                pause = min(_FIRST_PAUSE_SECONDS * 2**attempt, _LONGEST_PAUSE_SECONDS)
                pause *= random.uniform(0.5, 1.0)  # noqa: S311 - jitter
                if isinstance(trouble, ProducerFenced):
                    fenced, pause = fenced + 1, _TOLD_SECONDS
                log.warning("batch.failed", partition=self._state.number, attempt=attempt, of=_ATTEMPTS,
                            error=type(trouble).__name__, reason=str(trouble))  # fmt: skip
                await asyncio.sleep(pause)
            else:
                return
            if fenced >= _FENCED_AT_MOST:
                raise LaneFailed("another worker took over a partition that is assigned to this one")
        raise LaneFailed(f"gave up after {_ATTEMPTS} attempts")

    async def _begin_anew(self) -> None:
        """Begin with an empty local state; if the disk takes none, the next attempt says so again."""
        try:
            await to_its_end(asyncio.to_thread(self._state.forget))
        except (LocalStateBroken, OSError) as trouble:
            log.warning("local_state.broken", partition=self._state.number, reason=str(trouble))

    async def _try_to_settle(self, messages: Sequence[Message], *, most: int) -> None:
        writer = await self._own()
        for run in _without_gaps(messages):
            if run[0].offset > self._state.done + 1:
                await self._fill_gap(writer, end=run[0].offset, most=most)
            await self._commit(writer, run, most=most)

    async def _own(self) -> PartitionWriter:
        """Take the partition over if it is not already, and only then read where it stands."""
        if self._writer is None:
            writer = await PartitionWriter.take_over(self._kafka, partition=self._state.number)
            faults.point("consolidator.taken_over")
            try:
                began = asyncio.get_running_loop().time()
                await restore(self._state, kafka=self._kafka, on_progress=self._move)
                metrics.RESTORE_SECONDS.observe(asyncio.get_running_loop().time() - began)
            except BaseException:
                await writer.close()
                raise
            self._writer = writer
        return self._writer

    async def _fill_gap(self, writer: PartitionWriter, *, end: int, most: int) -> None:
        """Settle what lies in the log between the last that is done and the next that was delivered."""
        start, found = self._state.done + 1, 0
        place = TopicPartition(BOOKINGS.name, self._state.number)
        async with open_reader(self._kafka) as reader:
            begin = (await reader.beginning_offsets([place]))[place]
            if begin > start:
                # They are gone, whatever we do; `raw.v1` may still hold what they were made from.
                log.error(
                    "messages.expired", partition=place.partition, first=start, last=min(begin, end) - 1
                )
            async for chunk in read_stretch(reader, place, start=start, end=end):
                found += len(chunk)
                messages = [
                    Message(entry.offset, entry.timestamp, entry.value, tracing.cause_of(entry.headers))
                    for entry in chunk
                ]
                await self._commit(writer, messages, most=most)
        if found:
            log.warning("gap.filled", partition=place.partition, start=start, end=end, messages=found)

    async def _commit(self, writer: PartitionWriter, messages: Sequence[Message], *, most: int) -> None:
        """Settle some messages, at most so many at once: fewer with every attempt, if that takes too long."""
        while messages:
            batch = messages[:most]
            with tracing.processing(BOOKINGS.name, causes=(message.cause for message in batch)):
                taken = await self._commit_batch(writer, batch)
            faults.point("consolidator.settled")
            self._engine.settled(self._state.number, offset=self._state.done)
            self.told, self.settled_ms = self._state.done, batch[taken - 1].appended_ms
            faults.point("consolidator.acknowledged")
            messages = messages[taken:]

    async def _commit_batch(self, writer: PartitionWriter, messages: Sequence[Message]) -> int:
        """Consolidate and write as many of some messages as make one batch; return how many."""
        began = asyncio.get_running_loop().time()
        is_little = _is_little(messages)
        output = await self._computing.do(
            partial(consolidate_batch, self._state, messages), is_little=is_little
        )
        faults.point("consolidator.computed")
        if output.continuation is not None:
            await append(self._kafka, output.continuation, partition=self._state.number)
        written = (*output.forgotten, *output.outputs)
        positions = await writer.commit(written) if written else None
        await self._computing.do(
            partial(self._state.absorb, output, positions=positions),
            is_little=is_little and not output.forgotten,  # to forget cleans the whole local state
        )
        self._move()
        count(output, seconds=asyncio.get_running_loop().time() - began)
        return output.taken

    def _move(self) -> None:
        self.moved_at = asyncio.get_running_loop().time()


def _is_little(messages: Sequence[Message]) -> bool:
    return (
        len(messages) <= _LITTLE_MESSAGES
        and sum(len(message.value or b"") for message in messages) <= _LITTLE_BYTES
        and all(_OF_TRAVELLER in (message.value or b"") for message in messages)
    )


def _without_gaps(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """Cut ascending messages wherever an offset is missing."""
    if not messages:
        return
    start = 0
    for index in range(1, len(messages)):
        if messages[index].offset != messages[index - 1].offset + 1:
            yield messages[start:index]
            start = index
    yield messages[start:]
