"""The clients of a system under faults: what they say and see, and the judgement of it at the end."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import orjson
from aiokafka import TopicPartition

from schemas.settings import TenantSettings
from services.platform.kafka import open_admin
from services.platform.settings import KafkaSettings, PostgresSettings
from tests.support.faults.history import Senders, TopicReader, Watcher, shown_progress, shown_rows
from tests.support.faults.invariants import Evidence, Violation, violations
from tests.support.faults.workload import SpeaksOfBooking, Workload
from tests.support.waiting import wait_until_async

HEAL_SECONDS = 150.0
"""How long after the last fault everything may take to be done (I7): a worker that stalls is ended by its
watchdog after a minute (`stall_seconds`), starts again, and has then to catch up."""


@dataclass(slots=True, kw_only=True)
class Clients(ABC):
    """Tenants of one test's own, who speaks for them, and who looks on."""

    kafka: KafkaSettings
    postgres: PostgresSettings
    seed: int
    tenants: tuple[str, ...]
    workload: Workload
    senders: Senders = field(init=False)
    reader: TopicReader = field(init=False)
    watcher: Watcher = field(init=False)
    sent: list[SpeaksOfBooking] = field(default_factory=list[SpeaksOfBooking])
    settings: dict[str, TenantSettings] = field(default_factory=dict[str, TenantSettings])
    """By tenant what it decided last."""

    def __post_init__(self) -> None:
        self.senders = Senders(self.kafka)
        self.reader = TopicReader(self.kafka)
        self.watcher = Watcher(self.postgres, tenants=self.tenants)

    @abstractmethod
    def has(self, role: str) -> bool:
        """Say whether processes of this role are at work."""

    @abstractmethod
    def logs(self) -> str:
        """Return all that the processes said."""

    @abstractmethod
    def tellers(self) -> int:
        """Return how many lives relays had."""

    @asynccontextmanager
    async def connected(self) -> AsyncGenerator[None]:
        """Connect those who send and read the log."""
        async with AsyncExitStack() as leaving:
            await self.senders.start()
            leaving.push_async_callback(self.senders.stop)
            await self.reader.start()
            leaving.push_async_callback(self.reader.stop)
            yield

    async def post(self, count: int) -> None:
        """Have senders say so much."""
        statements = list(self.workload.statements(count))
        self.sent += statements
        await self.senders.send(statements)

    async def has_begun(self) -> bool:
        """Whether there is a trip."""
        await self.reader.read_on()
        return bool(_trips(self.reader, self.tenants))

    async def settled(self, *, deadline_seconds: float = HEAL_SECONDS) -> None:
        """Wait until all that is on `bookings.v1` is done, shown and told."""

        async def done() -> bool:
            return not await self._unfinished()

        await wait_until_async(done, what="all to be done", deadline_seconds=deadline_seconds)

    async def acknowledged(self, group: str, *, topic: str) -> bool:
        """Whether a group has committed all that lies on a topic: to what it lost it never comes again."""
        await self.reader.read_on()
        last: dict[TopicPartition, int] = {}
        for entry in self.reader.entries[topic]:
            last[TopicPartition(topic, entry.partition)] = entry.offset
        async with open_admin(self.kafka) as admin:
            committed = await admin.list_consumer_group_offsets(group, partitions=list(last))
        return all(committed[place].offset > offset for place, offset in last.items())

    async def judge(self, *, deadline_seconds: float = HEAL_SECONDS) -> list[Violation]:
        """Wait until all is done, or the deadline; return what does not hold then."""
        with suppress(AssertionError):
            await self.settled(deadline_seconds=deadline_seconds)
        unfinished = await self._unfinished()
        evidence = Evidence(
            tenants=self.tenants,
            acknowledged=self.senders.acknowledged,
            entries=self.reader.entries,
            shown=await shown_rows(self.postgres, tenants=self.tenants),
            went_back=self.watcher.went_back,
            unfinished=unfinished,
            logs=self.logs(),
            settings=self.settings,
            tellers=self.tellers(),
        )
        return violations(evidence)

    async def holds(self) -> None:
        """Fail where an invariant does not hold."""
        found = await self.judge()
        assert not found, f"seed {self.seed}: {found[:10]} ({len(found)} in all)"
        assert self.watcher.looks > 0

    async def _unfinished(self) -> list[str]:
        await self.reader.read_on()
        wanted: dict[int, int] = {}
        for entry in self.reader.entries["bookings.v1"]:
            wanted[entry.partition] = max(entry.offset, wanted.get(entry.partition, -1))
        done = _markers(self.reader)
        missing = [f"partition {n} is not done up to {o}" for n, o in wanted.items() if done.get(n, -1) < o]
        if missing or not self.has("projector"):
            return missing
        try:
            shown = await shown_progress(self.postgres)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as trouble:
            return [f"PostgreSQL does not answer: {type(trouble).__name__}"]
        missing = [f"partition {n} is not shown up to {o}" for n, o in wanted.items() if shown.get(n, -1) < o]
        return missing or self._untold()

    def _untold(self) -> list[str]:
        """Events may come long after the trips; that all of them came is for I5 to say."""
        if not self.has("relay"):
            return []
        tenants = {tenant.encode() for tenant in self.tenants}
        told = {
            entry.headers["ce_id"]
            for entry in self.reader.entries["trip-events.v1"]
            if entry.headers.get("ce_itinerarytenant") in tenants
        }
        owed = sum(len(value["changes"]) for value in _trips(self.reader, self.tenants))
        return [] if len(told) >= owed else [f"{len(told)} of {owed} events are told"]


def _markers(reader: TopicReader) -> dict[int, int]:
    done: dict[int, int] = {}
    for entry in reader.entries["trips.v1"]:
        if entry.value is not None and b'"kind":"progress"' in entry.value:
            marker: dict[str, Any] = orjson.loads(entry.value)
            done[marker["partition"]] = max(marker["offset"], done.get(marker["partition"], -1))
    return done


def _trips(reader: TopicReader, tenants: tuple[str, ...]) -> list[dict[str, Any]]:
    values = [orjson.loads(entry.value) for entry in reader.entries["trips.v1"] if entry.value is not None]
    return [value for value in values if value.get("tenant") in tenants]
