"""Recomputes one partition's trips from `records.v1` in bulk, and says where `trips.v1` has them otherwise.

Reads both topics with a plain consumer, a partition at a time, has it sorted by traveller on disk, and looks
at one traveller after the other, so that only a small part of the partition is in memory.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from schemas.topics import TRIPS
from services.consolidator.comparison import Difference, Finding, compare_written
from services.consolidator.domain.consolidate import expected_trips
from services.consolidator.written import TravellerKey, Written, WrittenTraveller
from services.platform.settings import KafkaSettings

_ROUNDS = 5
"""How often a traveller has to differ before it is reported: traffic goes on meanwhile."""
_PAUSE_SECONDS = 1.0
_BATCH = 500

Store = Callable[[Sequence[tuple[bytes, bytes]]], Awaitable[object]]
"""Takes keys and values of `trips.v1`."""


class Recomputed(NamedTuple):
    """What a partition came to."""

    partition: int
    records: int
    trips: int
    position: int
    """The offset after the last message of `trips.v1` that was read, as a projector would note it."""
    differences: tuple[Difference, ...]


async def recompute(kafka: KafkaSettings, *, partition: int, partitions: int, store: Store) -> Recomputed:
    """Compute every trip of a partition from its records, and hand on what is written of it.

    A trip whose content is what its records come to keeps its version. Where it is not, only the consolidator
    can give it another, which is an offset of its input: what is written is handed on, and the difference
    is reported.

    Args:
        kafka: where the topics are.
        partition: which one.
        partitions: how many there are.
        store: is given the last values on `trips.v1`.

    Raises:
        KafkaError: trouble with the broker.
    """
    reading = Written(kafka, partitions=partitions, only=partition, on_progress=lambda _read, _total: None)
    with reading as written:
        await written.read_on()
        return await _recomputed(written, partition, store)


async def _recomputed(written: Written, partition: int, store: Store) -> Recomputed:
    position, records, trips = written.partitions[partition].taken.get(TRIPS.name, 0), 0, 0
    suspects: dict[TravellerKey, list[tuple[str, Finding]]] = {}
    batch: list[tuple[bytes, bytes]] = []
    for key, traveller in written.each_traveller():
        records += len(traveller.records)
        trips += sum(trip.state == "live" for trip in traveller.trips.values())
        if findings := _findings(traveller):
            suspects[key] = findings
        batch += ((trip.encode(), value.value) for trip, value in traveller.trips.items())
        if len(batch) >= _BATCH:
            await store(batch)
            batch.clear()
    await store(batch)
    unreadable = [Difference("", "", trip, Finding.UNREADABLE) for trip in sorted(written.unreadable)]
    differences = await _still(written, suspects)
    return Recomputed(partition, records, trips, position, (*differences, *unreadable))


async def _still(
    written: Written, suspects: dict[TravellerKey, list[tuple[str, Finding]]]
) -> list[Difference]:
    """Look at suspects again, farther on in the log, and return what differs every time."""
    for _ in range(_ROUNDS - 1):
        if not suspects:
            break
        await asyncio.sleep(_PAUSE_SECONDS)
        await written.read_on()
        wanted = {traveller for _, traveller in suspects}
        looked_at = written.each_traveller(sampled=wanted.__contains__)
        suspects = {key: findings for key, traveller in looked_at if (findings := _findings(traveller))}
    return [Difference(*key, *finding) for key, findings in suspects.items() for finding in findings]


def _findings(traveller: WrittenTraveller) -> list[tuple[str, Finding]]:
    expected = expected_trips(traveller.records, settings=traveller.settings)
    return list(compare_written(expected, traveller.trips))
