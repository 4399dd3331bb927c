"""Looks for statements of `bookings.v1` that the records do not hold, as far back as that topic is kept.

A record is a join of registers, so that whatever was taken into it once is stale when it comes again; what
would still change a record was never taken in. This holds wherever the log begins.
"""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from aiokafka import TopicPartition
from pydantic import ValidationError

from schemas.booking_record import (
    BookingRecord,
    BookingStatement,
    Statement,
    TenantStatement,
    decode_statement,
)
from schemas.topics import BOOKINGS
from services.consolidator.comparison import Finding
from services.consolidator.domain.inputs import Input
from services.consolidator.domain.registers import Accepted, accept, record_key_of
from services.consolidator.written import TravellerKey, WrittenPartition, WrittenTraveller
from services.platform.kafka import partition_for
from services.platform.reading import LogEntry, open_reader, read_stretch
from services.platform.settings import KafkaSettings


class Unheard(NamedTuple):
    """A statement that the records do not hold as it was said."""

    tenant: str
    traveller: str
    message: str
    record: str
    partition: int
    key: bytes
    value: bytes
    finding: Finding


async def find_unheard(
    kafka: KafkaSettings,
    partitions: Sequence[WrittenPartition],
    travellers: Mapping[TravellerKey, WrittenTraveller],
    *,
    epoch: int,
    sampled: Callable[[str], bool],
    on_progress: Callable[[int, int], None],
) -> list[Unheard]:
    """Compare what was said with the records, up to where the progress markers say that it is done.

    Args:
        kafka: where the topics are.
        partitions: what is written, read since the markers.
        travellers: the same by traveller.
        epoch: of `bookings.v1`; markers of another speak of another log.
        sampled: whether a traveller is looked at.
        on_progress: called with how many messages were read, and of how many.

    Returns:
        Those among them that the core refused as well: the records do not tell of refusals.

    Raises:
        KafkaError: trouble with the broker.
    """
    ends = {p.number: p.done()[1] + 1 for p in partitions if p.done()[0] == epoch}
    found: list[Unheard] = []
    async with open_reader(kafka) as reader:
        begins: dict[TopicPartition, int] = await reader.beginning_offsets(  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - as above
            [TopicPartition(BOOKINGS.name, number) for number in ends]
        )
        total, before = sum(max(0, ends[p.partition] - begin) for p, begin in begins.items()), 0
        for place, begin in begins.items():
            end = ends[place.partition]
            async for chunk in read_stretch(reader, place, start=begin, end=end):
                for entry in chunk:
                    found += _look(entry, place.partition, travellers, sampled, count=len(partitions))
                on_progress(before + chunk[-1].offset + 1 - begin, total)
            before += max(0, end - begin)
    return found


def _look(
    entry: LogEntry,
    partition: int,
    travellers: Mapping[TravellerKey, WrittenTraveller],
    sampled: Callable[[str], bool],
    *,
    count: int,
) -> Iterator[Unheard]:
    statement = None if entry.value is None else _readable(entry.value)
    if entry.value is None or statement is None or isinstance(statement, TenantStatement):
        return
    if not sampled(statement.traveller):
        return
    if partition_for(tenant=statement.tenant, traveller=statement.traveller, partitions=count) != partition:
        return  # it was refused for that
    one = Input(statement, offset=entry.offset, appended_ms=entry.timestamp)
    key = record_key_of(one)
    if key is None:
        return
    traveller = travellers.get((statement.tenant, statement.traveller))
    if traveller is not None and traveller.erasure is not None:
        return  # nothing that was said of them counts any more
    known = None if traveller is None else traveller.records.get(key)
    accepted = accept(known, one)
    finding: Finding | None = None
    if isinstance(accepted, Accepted) and accepted.record is not None:
        finding = Finding.UNHEARD
    elif isinstance(statement, BookingStatement) and isinstance(known, BookingRecord):
        finding = _misheard(statement, known)
    if finding is not None:
        yield Unheard(
            statement.tenant, statement.traveller, statement.message, key, partition, entry.key or b"",
            entry.value, finding,
        )  # fmt: skip


def _misheard(statement: BookingStatement, known: BookingRecord) -> Finding | None:
    snapshot = known.snapshot
    if snapshot is None or snapshot.revision != statement.revision or snapshot.content == statement.content:
        return None
    return Finding.MISHEARD


def _readable(value: bytes) -> Statement | None:
    try:
        return decode_statement(value)
    except ValidationError:
        return None  # it is among the dead letters
