"""A company with very many trips: one that was posted, and copies of it that differ in what lists go by.

Loaded by COPY, and told anew on `trips.v1` for the projector to store.
"""

# aiokafka and asyncpg carry no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import time
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer

from schemas.topics import TRIPS
from services.platform.kafka import client_arguments, partition_for
from services.platform.settings import KafkaSettings

TENANT, OTHER_TENANT = "bench-query", "bench-projected"
_FIRST = date(2027, 1, 1)
"""Of the copies' dates; all lie ahead for as long as the benchmark's trip does."""
_DAYS, _NAMES = 365, 5000
_OWN = 20
"""Trips of the traveller who asks for their own."""
_PER_TRAVELLER = 20
_TRIP_COLUMNS = (
    "tenant", "id", "traveller", "epoch", "version_offset", "state", "document", "content_hash", "start_date",
    "end_date", "status", "completed", "expense_ready", "modified", "created", "segment_types", "virtual",
    "answer", "answer_facts", "answer_mark",
)  # fmt: skip
_ALIAS_COLUMNS = ("tenant", "alias", "trip", "epoch", "version_offset")

Connection = Any


class Copy(NamedTuple):
    """What one copy differs in."""

    id: str
    traveller: str
    start: date
    document: str
    answer: str
    answer_facts: str


class Pattern(NamedTuple):
    """The trip that was posted, as its row holds it."""

    row: dict[str, Any]
    name: str
    """Of its house, in whose place each copy has one of 5,000."""

    def copies(self, wanted: int, *, salt: str) -> Iterator[Copy]:
        """Yield copies, the same for the same salt; the first ones are of the pattern's own traveller."""
        row = self.row
        lasts = row["end_date"] - row["start_date"]
        for number in range(wanted):
            copy = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{salt} {number}"))
            owner = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{salt} traveller {number // _PER_TRAVELLER}"))
            traveller = row["traveller"] if number < _OWN else owner
            start = _FIRST + timedelta(days=number * 7919 % _DAYS)
            document, answer, facts = (
                row[written]
                .replace(row["id"], copy)
                .replace(row["traveller"], traveller)
                .replace(row["start_date"].isoformat(), start.isoformat())
                .replace(row["end_date"].isoformat(), (start + lasts).isoformat())
                .replace(self.name, house(number))
                for written in ("document", "answer", "answer_facts")
            )
            yield Copy(copy, traveller, start, document, answer, facts)


def house(number: int) -> str:
    """Return the name of a copy's house, as rare as its number is."""
    return f"Hotel Nr{number % _NAMES:04}"


async def load(connection: Connection, pattern: Pattern, *, trips: int) -> float:
    """Put copies into the read model by COPY, and return how many a second went in."""
    row, same = pattern.row, ("epoch", "version_offset")
    lasts = row["end_date"] - row["start_date"]

    def rows() -> Iterator[tuple[Any, ...]]:
        for copy in pattern.copies(trips, salt=TENANT):
            said = {**row, **copy._asdict(), "start_date": copy.start, "end_date": copy.start + lasts}
            yield tuple(said[column] for column in _TRIP_COLUMNS)

    def aliases() -> Iterator[tuple[Any, ...]]:
        for copy in pattern.copies(trips, salt=TENANT):
            yield (TENANT, copy.id, copy.id, *(row[name] for name in same))

    begin = time.perf_counter()
    await connection.copy_records_to_table("trips", schema_name="read", columns=_TRIP_COLUMNS, records=rows())
    await connection.copy_records_to_table(
        "aliases", schema_name="read", columns=_ALIAS_COLUMNS, records=aliases()
    )
    taken = time.perf_counter() - begin
    await connection.execute("VACUUM ANALYZE read.trips, read.aliases")
    return trips / taken


async def tell(kafka: KafkaSettings, pattern: Pattern, *, trips: int, partitions: int) -> None:
    """Write copies to `trips.v1`, as those of another tenant."""
    producer: Any = AIOKafkaProducer(**client_arguments(kafka), acks="all", linger_ms=20)
    await producer.start()
    try:
        for copy in pattern.copies(trips, salt=OTHER_TENANT):
            value = copy.document.replace(f'"tenant":"{TENANT}"', f'"tenant":"{OTHER_TENANT}"')
            partition = partition_for(tenant=OTHER_TENANT, traveller=copy.traveller, partitions=partitions)
            await producer.send(TRIPS.name, value.encode(), key=copy.id.encode(), partition=partition)
        await producer.flush()
    finally:
        await producer.stop()
