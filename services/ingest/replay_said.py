"""What messages said before: all of `bookings.v1`, as far back as it is kept, in a file on disk by message.

A replay says only what is new, and takes back what a message alone had said and says no more. Both need the
log's own answer; memory is bounded, for the file may be as long as it likes.
"""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

import hashlib
import sqlite3
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.booking_record import BookingStatement, WithdrawalStatement, decode_statement
from schemas.topics import BOOKINGS
from services.ingest.domain.statements import NORMALISER, WITHDRAWN_HASH, Draft
from services.platform.kafka import partition_counts
from services.platform.reading import end_offsets, read_stretch
from services.platform.settings import KafkaSettings

Progress = Callable[[int, int], None]
_D = TypeVar("_D", bound=Draft)

_SCHEMA = """
CREATE TABLE said (
    message TEXT, record TEXT, traveller TEXT, normaliser INTEGER, kind TEXT, digest BLOB, value BLOB
);
CREATE INDEX by_message ON said (message, record);
CREATE INDEX by_record ON said (record) WHERE value IS NOT NULL;
"""
_LET_GO = """
UPDATE said SET kind = 'let go' WHERE message = ? AND record = ? AND kind = 'booking' AND normaliser <= ?
"""
_DIGEST_BYTES = 16


class _Latest(NamedTuple):
    """What a message said last about one record: under the highest number of a normaliser."""

    normaliser: int
    digests: frozenset[bytes]
    states_booking: bool


class Said:
    """What every message said, in the order of the log."""

    def __init__(self, kafka: KafkaSettings, *, file: sqlite3.Connection) -> None:
        self._kafka = kafka
        self._file = file
        self._positions: dict[TopicPartition, int] = {}

    async def read_on(self, reader: AIOKafkaConsumer, *, on_progress: Progress | None = None) -> None:
        """Read up to the present end of `bookings.v1`.

        Raises:
            KafkaError: trouble with the broker.
        """
        if not self._positions:
            count = (await partition_counts(self._kafka)).get(BOOKINGS.name, 0)
            places = [TopicPartition(BOOKINGS.name, number) for number in range(count)]
            self._positions = await reader.beginning_offsets(places)
        ends = await end_offsets(reader, list(self._positions))
        total, passed = sum(ends[place] - start for place, start in self._positions.items()), 0
        for place, end in ends.items():
            start = self._positions[place]
            async for chunk in read_stretch(reader, place, start=start, end=end):
                self.take(entry.value for entry in chunk if entry.value is not None)
                if on_progress is not None:
                    on_progress(passed + chunk[-1].offset + 1 - start, total)
            passed += max(0, end - start)
            self._positions[place] = max(start, end)

    def take(self, values: Iterable[bytes]) -> None:
        """Take messages of `bookings.v1`; what names no record, or is none of ours, says nothing here."""
        rows = [row for value in values if (row := _row(value)) is not None]
        self._file.executemany("INSERT INTO said VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        for message, record, _, normaliser, kind, *_ in rows:
            if kind == "withdrawal":
                self._file.execute(_LET_GO, (message, record, normaliser))

    def knows(self, message: str) -> bool:
        """Say whether a message said anything."""
        found = self._file.execute("SELECT 1 FROM said WHERE message = ? LIMIT 1", (message,))
        return found.fetchone() is not None

    def news(self, statements: Sequence[_D]) -> tuple[_D, ...]:
        """Return those of a message's statements that say another thing than it said before.

        They are numbered above what they take the place of: of one message the latest reading counts, also
        where it was the directory that changed, and not the readers.
        """
        by_record: dict[str, list[_D]] = {}
        for statement in statements:
            by_record.setdefault(statement.record, []).append(statement)
        news: list[_D] = []
        for record, said in by_record.items():
            latest = self._latest(said[0].message, record)
            if latest is None:
                news += said
            elif latest.digests != frozenset(_digest(orjson.loads(one.encode())) for one in said):
                news += (_numbered(one, above=latest.normaliser) for one in said)
        return tuple(news)

    def travellers(self, message: str) -> frozenset[str]:
        """Return of whom a message said anything."""
        found = self._file.execute("SELECT DISTINCT traveller FROM said WHERE message = ?", (message,))
        return frozenset(traveller for (traveller,) in found)

    def gone(self, message: str, *, named: frozenset[str]) -> tuple[WithdrawalStatement, ...]:
        """Return the withdrawal of bookings that a message had stated, names no more, and no other states.

        Where several messages had stated it, the last to let go of it withdraws it, as of the newest of them.
        Should a replay be broken off between them, it stays, and the next replay withdraws it.

        Args:
            message: the message.
            named: the records that it names today.
        """
        withdrawn: list[WithdrawalStatement] = []
        for record, latest in self._stating(message).items():
            if record in named:
                continue
            self._file.execute(_LET_GO, (message, record, latest.normaliser))
            newest = self._newest_if_let_go(record)
            if newest is not None and not self._is_withdrawn(newest):
                withdrawn.append(_withdrawal(newest))
        return tuple(withdrawn)

    def stated(self, message: str) -> frozenset[str]:
        """Return the bookings that a message stated last, as far as the log tells."""
        return frozenset(self._stating(message))

    def withdrawal_of(
        self, record: str, *, unknown: WithdrawalStatement | None
    ) -> WithdrawalStatement | None:
        """Return the withdrawal of a booking that nobody states, as of the newest that did; None if it is.

        Args:
            record: the booking.
            unknown: what to say where the log holds no statement of it any more.
        """
        newest = self._newest(record)
        if newest is None:
            return next(iter(self.news([unknown])), None) if unknown is not None else None
        if self._is_withdrawn(newest):
            return None
        stated = _withdrawal(newest)
        self.take([stated.encode()])
        return stated

    def _stating(self, message: str) -> dict[str, _Latest]:
        """Return what a message said last of each booking that it stated last."""
        rows = self._file.execute("SELECT DISTINCT record FROM said WHERE message = ?", (message,)).fetchall()
        latest = ((record, self._latest(message, record)) for (record,) in rows)
        return {record: last for record, last in latest if last is not None and last.states_booking}

    def _latest(self, message: str, record: str) -> _Latest | None:
        rows: list[tuple[int, str, bytes]] = self._file.execute(
            "SELECT normaliser, kind, digest FROM said WHERE message = ? AND record = ?", (message, record)
        ).fetchall()
        if not rows:
            return None
        last = [row for row in rows if row[0] == max(row[0] for row in rows)]
        states_booking = any(kind == "booking" for _, kind, _ in last)
        return _Latest(last[0][0], frozenset(digest for _, _, digest in last), states_booking)

    def _newest_if_let_go(self, record: str) -> BookingStatement | None:
        """Return the newest that ever stated a booking, if no message states it any more."""
        found = self._file.execute(
            "SELECT 1 FROM said WHERE record = ? AND value IS NOT NULL AND kind = 'booking' LIMIT 1",
            (record,),
        )
        return None if found.fetchone() is not None else self._newest(record)

    def _newest(self, record: str) -> BookingStatement | None:
        """Return the newest that ever stated a booking."""
        rows: list[tuple[bytes]] = self._file.execute(
            "SELECT value FROM said WHERE record = ? AND value IS NOT NULL", (record,)
        ).fetchall()
        newest: BookingStatement | None = None
        for one in (decode_statement(value) for (value,) in rows):
            if isinstance(one, BookingStatement) and (
                newest is None or one.revision.is_newer(newest.revision)
            ):
                newest = one
        return newest

    def _is_withdrawn(self, newest: BookingStatement) -> bool:
        found = self._file.execute(
            "SELECT 1 FROM said WHERE message = ? AND record = ? AND kind = 'withdrawal' AND normaliser > ?",
            (newest.message, newest.record, newest.revision.normaliser),
        )
        return found.fetchone() is not None


@contextmanager
def said_before(kafka: KafkaSettings) -> Generator[Said]:
    """Give an empty one. Its file has no name, so that none is left where a replay is killed."""
    file = sqlite3.connect("", isolation_level=None)
    try:
        file.executescript("PRAGMA journal_mode = OFF; BEGIN;" + _SCHEMA)
        yield Said(kafka, file=file)
    finally:
        file.close()


def _row(value: bytes) -> tuple[str, str, str, int, str, bytes, bytes | None] | None:
    try:
        parsed = orjson.loads(value)
        message, record, kind = parsed["message"], parsed["record"], parsed["kind"]
        traveller, normaliser = parsed["traveller"], parsed["revision"]["normaliser"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    digest = _digest(parsed)
    # Of a booking all but its content is kept: enough to take it back.
    kept = orjson.dumps({**parsed, "content": {}}) if kind == "booking" else None
    return message, record, traveller, normaliser, kind, digest, kept


def _digest(parsed: dict[str, Any]) -> bytes:
    """Return what is equal where the same was said, whichever normaliser said it."""
    revision = {name: value for name, value in parsed["revision"].items() if name != "normaliser"}
    said = orjson.dumps({**parsed, "revision": revision}, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(said, digest_size=_DIGEST_BYTES).digest()


def _numbered(statement: _D, *, above: int) -> _D:
    number = max(statement.revision.normaliser, above + 1)
    revision = statement.revision.model_copy(update={"normaliser": number})
    return statement.model_copy(update={"revision": revision})


def _withdrawal(newest: BookingStatement) -> WithdrawalStatement:
    """Withdraw a booking, above whatever stated it."""
    return WithdrawalStatement(
        tenant=newest.tenant,
        traveller=newest.traveller,
        message=newest.message,
        record=newest.record,
        owner=newest.owner,
        booking_source=newest.booking_source,
        record_locator=newest.record_locator,
        posted_trip=newest.posted_trip,
        revision=newest.revision.model_copy(
            update={
                "normaliser": max(NORMALISER, newest.revision.normaliser + 1),
                "content_hash": WITHDRAWN_HASH,
                "opens": None,
            }
        ),
    )
