"""Normalises what lies on `raw.v1` again, with today's readers: after one was improved, or mended.

A replay keeps when a message was received, so what it states takes the place of what the same message stated
before, and of nothing newer. Messages about which a person decided stay as they are.
"""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.base import Model
from schemas.booking_record import Source
from schemas.topics import RAW
from services.ingest.domain.emails import EmailEntry, Judged
from services.ingest.domain.fetched import mentioned_plans
from services.ingest.feeds import Consumed
from services.ingest.mail_reading import MailReader, is_settled
from services.ingest.raw import read_headers
from services.ingest.raw_mail import read_raw_mail
from services.ingest.tripit_doubt import doubt_plans
from services.ingest.worker import consumed
from services.platform.kafka import partition_counts
from services.platform.reading import open_reader, read_stretch
from services.platform.settings import KafkaSettings


class Wanted(NamedTuple):
    """Which messages to replay."""

    source: Source
    since: datetime | None = None
    tenant: str | None = None
    traveller: str | None = None
    """An id: only what is, or was, this traveller's."""
    until: datetime | None = None
    messages: frozenset[str] = frozenset()
    """Ids; empty: all."""

    def has(self, record: Consumed) -> bool:
        """Say whether a record may be wanted, before it is read."""
        in_time = self.until is None or record.timestamp_ms < _milliseconds(self.until)
        return in_time and (not self.messages or record.key in self.messages)


class Change(Model):
    """What a replay changes about one message."""

    tenant: str
    message: str
    before: str | None
    """What it had come to; None where nothing is known of it."""
    after: str
    why: str | None = None
    stated: tuple[str, ...] = ()
    """Bookings that are new or say something else, as `booking source locator`."""
    withdrawn: tuple[str, ...] = ()


class Report(Model):
    """What a replay did, or would do."""

    read: int = 0
    """Messages of the source that were looked at."""
    settled: int = 0
    """Of these, left alone: a person decided, or they are copies of others."""
    unchanged: int = 0
    changes: tuple[Change, ...] = ()


class Normaliser(Protocol):
    """Normalises one kind of message again."""

    async def again(self, record: Consumed, *, wanted: Wanted, write: bool) -> Change | bool | None:
        """Return what changes; True where nothing does, False where it is settled, None where not wanted.

        Raises:
            Unavailable: a backing service does not answer.
        """
        ...


class MailsAgain:
    """Reads mails again."""

    def __init__(self, reader: MailReader) -> None:
        self._reader = reader

    async def again(self, record: Consumed, *, wanted: Wanted, write: bool) -> Change | bool | None:
        """Read a mail again; see `Normaliser`."""
        mail = read_raw_mail(record)
        if mail is None or wanted.tenant not in {None, mail.headers.tenant}:
            return None
        known = await self._reader.known(mail)
        if known is not None and is_settled(known, mail=mail):
            return False if _concerns(wanted, known) else None
        judged = await self._reader.judge(mail, known=known)
        if not _concerns(wanted, known, judged.entry):
            return None
        if write:
            await self._reader.write(judged)
        return _change(known, judged) or True


class PlansAgain:
    """Has what accounts at TripIt were told of told again: what is kept of them may be older than the log.

    So it is after PostgreSQL came back from a backup. The next visit asks TripIt, and tells or takes back.
    """

    def __init__(self, pool: Any) -> None:  # noqa: ANN401 - asyncpg carries no types
        self._pool = pool

    async def again(self, record: Consumed, *, wanted: Wanted, write: bool) -> Change | bool | None:
        """Doubt what a message told; see `Normaliser`. Settled is one whose account is connected no more."""
        headers = read_headers(record.headers)
        if headers is None or headers.traveller is None:
            return None
        if wanted.tenant not in {None, headers.tenant} or wanted.traveller not in {None, headers.traveller}:
            return None
        plans = mentioned_plans(headers.route, record.value, headers.parameters)
        if plans is None:
            return None
        doubted = await doubt_plans(
            self._pool, plans, tenant=headers.tenant, traveller=headers.traveller, write=write
        )
        if doubted is None:
            return False
        stated = tuple(f"TripIt {key}" for key in doubted)
        after = "to be told again"
        return Change(tenant=headers.tenant, message=record.key, before=None, after=after, stated=stated)


async def replay(
    kafka: KafkaSettings,
    *,
    wanted: Wanted,
    normalisers: Mapping[Source, Normaliser],
    write: bool,
    on_progress: Callable[[int, int], None],
    a_second: float | None = None,
) -> Report:
    """Normalise again what `raw.v1` holds at this moment.

    Args:
        kafka: where it is.
        wanted: which messages; a source must be among `normalisers`.
        normalisers: by source.
        write: False to say only what would change.
        on_progress: told how many records of how many were passed.
        a_second: at most so many messages, so that what arrives meanwhile is not held up; None: any.

    Raises:
        KafkaError: the broker does not answer.
        Unavailable: another backing service does not.
    """
    normaliser = normalisers[wanted.source]
    counts = {"read": 0, "settled": 0, "unchanged": 0}
    changes: list[Change] = []
    clock = asyncio.get_running_loop().time
    began = clock()
    async with open_reader(kafka, isolation="read_uncommitted") as reader:
        async for record in _records(reader, kafka=kafka, since=wanted.since, on_progress=on_progress):
            if not wanted.has(record):
                continue
            outcome = await normaliser.again(record, wanted=wanted, write=write)
            if outcome is None:
                continue
            counts["read"] += 1
            if a_second is not None:
                await asyncio.sleep(began + counts["read"] / a_second - clock())
            if isinstance(outcome, Change):
                changes.append(outcome)
            else:
                counts["unchanged" if outcome else "settled"] += 1
    return Report(**counts, changes=tuple(changes))


def _concerns(wanted: Wanted, *entries: EmailEntry | None) -> bool:
    if wanted.traveller is None:
        return True
    return any(entry is not None and entry.traveller == wanted.traveller for entry in entries)


def _change(before: EmailEntry | None, judged: Judged) -> Change | None:
    after = judged.entry
    old = {} if before is None else {one.record: one for one in before.records}
    new = {one.record: one for one in after.records}
    stated = [one for key, one in new.items() if key not in old or old[key].says != one.says]
    withdrawn = [one for key, one in old.items() if key not in new]
    outcome_before = None if before is None else before.outcome
    if not stated and not withdrawn and outcome_before == after.outcome:
        return None
    return Change(
        tenant=after.tenant,
        message=after.message,
        before=outcome_before,
        after=after.outcome,
        why=after.why,
        stated=tuple(f"{one.booking_source} {one.record_locator}" for one in stated),
        withdrawn=tuple(f"{one.booking_source} {one.record_locator}" for one in withdrawn),
    )


def _milliseconds(at: datetime) -> int:
    return int(at.astimezone(UTC).timestamp() * 1000)


async def _records(
    reader: AIOKafkaConsumer,
    *,
    kafka: KafkaSettings,
    since: datetime | None,
    on_progress: Callable[[int, int], None],
) -> AsyncIterator[Consumed]:
    """Yield what `raw.v1` holds, from a time on, partition by partition."""
    counts = await partition_counts(kafka)
    places = [TopicPartition(RAW.name, number) for number in range(counts.get(RAW.name, 0))]
    starts, ends = await _bounds(reader, places=places, since=since)
    total = sum(max(0, ends[place] - starts[place]) for place in places)
    passed = 0
    for place in places:
        async for chunk in read_stretch(reader, place, start=starts[place], end=ends[place]):
            for record in chunk:
                yield consumed(record)
                on_progress(passed + record.offset + 1 - starts[place], total)
        passed += max(0, ends[place] - starts[place])
        on_progress(passed, total)


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
