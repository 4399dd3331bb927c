"""Where messages lie on `raw.v1`, exactly as they were received: since when, by which door, and what for."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition  # pyright: ignore[reportMissingTypeStubs] - no types

from schemas.hops import Hop
from schemas.topics import RAW
from services.ingest.raw import RawHeaders, read_headers
from services.platform.kafka import partition_of
from services.platform.reading import LogEntry, Progress, open_reader, read_all, read_one
from services.platform.settings import KafkaSettings

RawPlace = tuple[int, int]
"""A partition of `raw.v1`, and an offset."""


class SoughtRaw(NamedTuple):
    """Which messages are looked for."""

    tenant: str
    places: Mapping[RawPlace, str | None]
    """Where they lie, as what was read from them tells; with the id that it must have, where that is certain.
    What a person decided about a mail lies elsewhere than the mail, and states the mail's bookings."""
    messages: Collection[str] = ()
    """Messages of which nobody tells where they lie: the partition of each is read through."""


async def raw_hops(
    sought: SoughtRaw, *, kafka: KafkaSettings, partitions: int, on_progress: Progress
) -> list[Hop]:
    """Return where messages were received, as far as `raw.v1` still holds them.

    Raises:
        KafkaError: trouble with the broker.
    """
    async with open_reader(kafka, isolation="read_uncommitted") as reader:
        found = await _there(reader, sought)
        homes = {partition_of(message.encode(), partitions=partitions) for message in sought.messages}
        if homes:
            keys = {message.encode() for message in sought.messages}
            async for entry in read_all(reader, RAW.name, partitions=sorted(homes), on_progress=on_progress):
                if entry.key in keys:
                    found.append(entry)
    hops = (_hop(entry, tenant=sought.tenant) for entry in found)
    return [hop for hop in hops if hop is not None]


async def _there(reader: AIOKafkaConsumer, sought: SoughtRaw) -> list[LogEntry]:
    found: list[LogEntry] = []
    for (partition, offset), message in sorted(sought.places.items()):
        entry = await read_one(reader, TopicPartition(RAW.name, partition), offset=offset)
        if entry is not None and (message is None or entry.key == message.encode()):
            found.append(entry)
    return found


def _hop(entry: LogEntry, *, tenant: str) -> Hop | None:
    headers = read_headers(entry.headers)
    if headers is None or headers.tenant != tenant:
        return None
    return Hop(
        stage="received",
        where=RAW.name,
        partition=entry.partition,
        offset=entry.offset,
        at_ms=entry.timestamp,
        decision="kept for the worker" if headers.disposition == "queued" else "accepted and kept",
        reason=_by(headers),
        message=(entry.key or b"").decode(errors="replace"),
    )


def _by(headers: RawHeaders) -> str:
    """Say who sent it and how it came in."""
    door = headers.parameters.get("door")
    through = "" if door is None else f", door {door}"
    return f"{headers.source}, from {headers.client} as {headers.caller}, route {headers.route}{through}"
