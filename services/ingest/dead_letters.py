"""Dead letters for operations: which there are, what each was, and their way back through the same door.

Nothing is kept beside the topic: what was decided about a dead letter lies behind it in its partition. One
that fails again is another dead letter, at an offset of its own, and so is open again.
"""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.base import Model
from schemas.dead_letter import DeadLetter, DeadLetterDecision, Stage, original_headers, read_headers
from schemas.topics import BOOKINGS, DEAD_LETTERS, INBOX, RAW
from services.ingest.feeds import Consumed, Feeds
from services.platform import faults
from services.platform.kafka import partition_counts
from services.platform.reading import LogEntry, open_reader, read_all, read_one
from services.platform.settings import KafkaSettings

State = Literal["open", "redriven", "discarded"]


class Buried(Model):
    """A dead letter without its body, and what became of it."""

    letter: DeadLetter
    partition: int
    """Of `dead-letters.v1`."""
    offset: int
    buried_at: datetime
    size_bytes: int
    """Of the body, which is the message byte for byte."""
    state: State = "open"


class Wanted(NamedTuple):
    """Which dead letters; what is None or empty leaves nothing out."""

    messages: frozenset[str] = frozenset()
    reason: str | None = None
    stage: Stage | None = None
    tenant: str | None = None
    source: str | None = None
    since: datetime | None = None
    """Buried at this instant or later."""
    until: datetime | None = None
    """Buried before this instant."""
    decided_too: bool = False
    """With those that are redriven or discarded already."""


class Done(NamedTuple):
    """What became of a decision about a dead letter."""

    buried: Buried
    why_not: str | None = None
    """Why it could not be done; None where it was, or would be."""


class Log(Protocol):
    """Where letters go back to, and where it is noted. Each call returns once the broker confirmed."""

    async def append_again(self, *, partition: int, key: str, value: bytes) -> None:
        """Append to `bookings.v1` what had been a dead letter there; raises `Unavailable`."""
        ...

    async def decide(self, decision: DeadLetterDecision, *, partition: int) -> None:
        """Write beside a dead letter what was decided about it; raises `Unavailable`."""
        ...


class NotRedrivable(Exception):
    """A dead letter has no way back; the text says what to do instead."""


async def find(
    kafka: KafkaSettings, *, wanted: Wanted, on_progress: Callable[[int, int], None]
) -> tuple[Buried, ...]:
    """Return the dead letters that are wanted, the oldest first.

    Args:
        kafka: where they are.
        wanted: which.
        on_progress: told how many messages of how many were read.

    Raises:
        KafkaError: the broker does not answer.
    """
    letters: dict[tuple[int, int], Buried] = {}
    async with open_reader(kafka) as reader:
        numbers = range((await partition_counts(kafka)).get(DEAD_LETTERS.name, 0))
        async for entry in read_all(reader, DEAD_LETTERS.name, partitions=numbers, on_progress=on_progress):
            match read_headers(entry.headers):
                case DeadLetter() as letter:
                    letters[entry.partition, entry.offset] = _buried(letter, entry)
                case DeadLetterDecision() as decided if (entry.partition, decided.letter_offset) in letters:
                    place = entry.partition, decided.letter_offset
                    letters[place] = letters[place].model_copy(update={"state": decided.decision})
                case _:
                    pass  # another's, or about a letter that expired
    found = (one for one in letters.values() if _is_wanted(one, wanted))
    return tuple(sorted(found, key=lambda one: (one.buried_at, one.partition, one.offset)))


async def discarded_messages(
    kafka: KafkaSettings, *, on_progress: Callable[[int, int], None]
) -> frozenset[str]:
    """Return the messages of `raw.v1` of which a person said last that they are not wanted.

    What a statement of one came to, further on, is not the whole message. Errors as of `find`.
    """
    letters = await find(kafka, wanted=Wanted(decided_too=True), on_progress=on_progress)
    last = {one.letter.message: one.state for one in letters if one.letter.topic == RAW.name}
    return frozenset(message for message, state in last.items() if state == "discarded")


async def body_of(kafka: KafkaSettings, buried: Buried) -> bytes:
    """Return the message as it was.

    Raises:
        KafkaError: the broker does not answer.
        NotRedrivable: it has expired meanwhile.
    """
    async with open_reader(kafka) as reader:
        return (await _entry(reader, buried)).value or b""


class DeadLetters:
    """Decides about dead letters, each as often as one likes: twice does what once does."""

    def __init__(self, *, kafka: KafkaSettings, log: Log, feeds: Feeds) -> None:
        self._kafka = kafka
        self._log = log
        self._feeds = feeds

    async def redrive_all(self, letters: Iterable[Buried], *, write: bool) -> list[Done]:
        """Redrive each that has a way back, or say only which those are; errors as of `redrive`."""
        judged = [Done(buried, _why_not(buried)) for buried in letters]
        going = [one.buried for one in judged if one.why_not is None]
        stuck = [one for one in judged if one.why_not is not None]
        if not (write and going):
            return judged
        sent: list[Done] = []
        async with open_reader(self._kafka) as reader:
            for buried in going:
                try:
                    await self._redrive(buried, reader=reader)
                    sent.append(Done(buried))
                except NotRedrivable as why:
                    sent.append(Done(buried, str(why)))
        return sent + stuck

    async def discard_all(self, letters: Iterable[Buried], *, write: bool) -> list[Done]:
        """Discard each, or say only which those would be; errors as of `discard`."""
        done = [Done(buried) for buried in letters]
        for one in done if write else ():
            await self.discard(one.buried)
        return done

    async def redrive(self, buried: Buried) -> None:
        """Send a message the way it came, with today's readers, directory and settings.

        The decision is noted last: should this end in between, the letter is still open.

        Raises:
            NotRedrivable: there is no way back.
            KafkaError, Unavailable: trouble; try again.
        """
        if (why_not := _why_not(buried)) is not None:
            raise NotRedrivable(why_not)
        async with open_reader(self._kafka) as reader:
            await self._redrive(buried, reader=reader)

    async def _redrive(self, buried: Buried, *, reader: AIOKafkaConsumer) -> None:
        await self._send(buried.letter, await _entry(reader, buried))
        faults.point("dead_letters.sent")
        await self._note(buried, "redriven")

    async def discard(self, buried: Buried) -> None:
        """Note that a message is not wanted; it stays readable until it expires.

        Raises:
            Unavailable: trouble; try again.
        """
        await self._note(buried, "discarded")

    async def _send(self, letter: DeadLetter, entry: LogEntry) -> None:
        if letter.topic == BOOKINGS.name:
            await self._log.append_again(
                partition=letter.partition, key=letter.message, value=entry.value or b""
            )
            return
        # Read as if from its own place, it keeps its id: what it stated before, it states again.
        record = Consumed(
            topic=letter.topic,
            partition=letter.partition,
            offset=letter.offset,
            timestamp_ms=letter.original_timestamp_ms or 0,
            key=letter.message,
            value=entry.value or b"",
            headers=original_headers(entry.headers),
        )
        await (self._feeds.keep(record) if letter.topic == INBOX.name else self._feeds.normalise(record))

    async def _note(self, buried: Buried, decision: Literal["redriven", "discarded"]) -> None:
        note = DeadLetterDecision(
            decision=decision, message=buried.letter.message, letter_offset=buried.offset
        )
        await self._log.decide(note, partition=buried.partition)


def shown_letter(buried: Buried) -> dict[str, Any]:
    """Return a dead letter as JSON shows it, without its body."""
    fields = buried.model_dump(mode="json", exclude_none=True)
    letter = fields.pop("letter")
    return {**letter, "state": fields["state"], "buried_at": fields["buried_at"], "bytes": buried.size_bytes}


def done_letter(done: Done) -> dict[str, Any]:
    """Return as JSON what became of a decision; the letter's state is that of before."""
    return {**shown_letter(done.buried), "done": done.why_not is None, "why_not": done.why_not}


def _why_not(buried: Buried) -> str | None:
    """Say why a letter has no way back; None where it has one."""
    letter = buried.letter
    if letter.topic in {INBOX.name, RAW.name} and letter.original_timestamp_ms is None:
        return "it was kept without its headers, by an older version; ask for it again"
    if letter.topic not in {INBOX.name, RAW.name, BOOKINGS.name}:
        return f"what lies on {letter.topic} is computed: `itinerary verify --repair` computes it again"
    return None


def _buried(letter: DeadLetter, entry: LogEntry) -> Buried:
    return Buried(
        letter=letter,
        partition=entry.partition,
        offset=entry.offset,
        buried_at=datetime.fromtimestamp(entry.timestamp / 1000, UTC),
        size_bytes=len(entry.value or b""),
    )


def _is_wanted(buried: Buried, wanted: Wanted) -> bool:
    letter = buried.letter
    return (
        (wanted.decided_too or buried.state == "open")
        and (not wanted.messages or letter.message in wanted.messages)
        and wanted.reason in {None, letter.reason}
        and wanted.stage in {None, letter.stage}
        and wanted.tenant in {None, letter.tenant}
        and wanted.source in {None, letter.source}
        and (wanted.since is None or buried.buried_at >= wanted.since)
        and (wanted.until is None or buried.buried_at < wanted.until)
    )


async def _entry(reader: AIOKafkaConsumer, buried: Buried) -> LogEntry:
    place = TopicPartition(DEAD_LETTERS.name, buried.partition)
    found = await read_one(reader, place, offset=buried.offset)
    if found is None:
        raise NotRedrivable("it has expired")
    return found
