"""One machine's brokers, database and processes under a workload, and the judgement at the end of a run."""

import asyncio
import random
import secrets
import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import orjson
from aiokafka import TopicPartition

from schemas.booking_record import SettingsStatement
from schemas.settings import TenantSettings
from services.platform.backing import Backing
from services.platform.data_folder import occupied
from services.platform.kafka import create_topics, open_admin
from services.platform.settings import KafkaSettings, PostgresSettings, TopicSettings
from tests.support.backing_services import session_folder
from tests.support.faults.brokers import Brokers
from tests.support.faults.database import Database
from tests.support.faults.disk import Disk, small_disk
from tests.support.faults.fleet import Fleet
from tests.support.faults.history import PARTITIONS, Senders, TopicReader, Watcher, shown_progress, shown_rows
from tests.support.faults.invariants import Evidence, Violation, violations
from tests.support.faults.network import Weather
from tests.support.faults.workload import SpeaksOfBooking, Workload
from tests.support.waiting import wait_until_async
from tests.support.worker_processes import worker_process

HEAL_SECONDS = 150.0
"""How long after the last fault everything may take to be done (I7): a worker that stalls is ended by its
watchdog after a minute (`stall_seconds`), starts again, and has then to catch up."""


QUICK = {
    "ITINERARY_CONSOLIDATOR_SESSION_TIMEOUT_SECONDS": "3",
    "ITINERARY_CONSOLIDATOR_HEARTBEAT_INTERVAL_SECONDS": "1",
}
"""Where a test does not measure the stall itself, the group notices the dead sooner than by default."""


@dataclass(frozen=True, slots=True)
class Rig:
    """Backing services that may be broken; shared by the runs of a module."""

    brokers: Brokers
    database: Database
    disks: Mapping[str, Disk] = field(default_factory=dict[str, Disk])
    """By folder, those that may be filled."""

    @property
    def kafka(self) -> KafkaSettings:
        """For the tests, past all proxies."""
        return KafkaSettings(bootstrap=self.brokers.direct)

    @property
    def backing(self) -> Backing:
        """For our processes, through the proxies."""
        return Backing(kafka=self.brokers.proxied, database_url=self.database.proxied_url)

    def turn(self, weather: Weather) -> None:
        """Change the network between our processes and all brokers."""
        for proxy in self.brokers.proxies:
            proxy.turn(weather)


@asynccontextmanager
async def rig(*, brokers: int = 1, megabytes: Mapping[str, int] | None = None) -> AsyncGenerator[Rig]:
    """Start brokers and PostgreSQL with topics and tables; all stop at the end.

    Args:
        brokers: how many.
        megabytes: which of the folders `kafka-1`, …, `postgres` are small disks, and how small.
    """
    with ExitStack() as leaving:
        path = leaving.enter_context(session_folder())
        disks = {
            name: leaving.enter_context(small_disk(path / name, megabytes=size))
            for name, size in (megabytes or {}).items()
        }
        folder = leaving.enter_context(occupied(path))
        cluster = await Brokers.started(folder, count=brokers, leaving=leaving)
        database = await Database.started(folder, leaving=leaving)
        kafka = KafkaSettings(bootstrap=cluster.direct)
        await create_topics(kafka, topics=TopicSettings(replication_factor=min(brokers, 3)))
        yield Rig(cluster, database, disks)


@dataclass(slots=True)
class Run:
    """One test: its own tenants, its own processes, and what its clients saw."""

    rig: Rig
    seed: int
    tenants: tuple[str, ...]
    workload: Workload
    fleet: Fleet
    senders: Senders
    reader: TopicReader
    watcher: Watcher
    dice: random.Random
    sent: list[SpeaksOfBooking] = field(default_factory=list[SpeaksOfBooking])
    settings: dict[str, TenantSettings] = field(default_factory=dict[str, TenantSettings])
    """By tenant what it decided last."""

    async def post(self, count: int) -> None:
        """Have senders say so much."""
        statements = list(self.workload.statements(count))
        self.sent += statements
        await self.senders.send(statements)

    async def decide(self, tenant: str, settings: TenantSettings) -> None:
        """Have a tenant decide, in every partition."""
        self.settings[tenant] = settings
        statement = SettingsStatement(tenant=tenant, message=str(uuid.UUID(int=0)), settings=settings)
        for partition in range(PARTITIONS):
            await self.senders.send_bytes(statement.encode(), partition=partition)

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
        async with open_admin(self.rig.kafka) as admin:
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
            shown=await shown_rows(self.rig.database.settings, tenants=self.tenants),
            went_back=self.watcher.went_back,
            unfinished=unfinished,
            logs=self.fleet.logs(),
            settings=self.settings,
            tellers=sum(1 + len(self.fleet.restarts.get(n, ())) for n in self.fleet.names("relay")),
        )
        return violations(evidence)

    async def holds(self) -> None:
        """Fail where an invariant does not hold."""
        found = await self.judge()
        assert not found, f"seed {self.seed}: {found[:10]} ({len(found)} in all)"
        assert self.watcher.looks > 0

    async def shown_by_another_projector(self, postgres: PostgresSettings) -> None:
        """Fail where a read model that is built anew does not show the same."""
        with worker_process(
            "services.query",
            "projector",
            backing=self.rig.backing._replace(database_url=postgres.database_url.get_secret_value()),
            environment={"ITINERARY_PROJECTOR_GROUP": self.tenants[0]},
        ):
            wanted = await shown_progress(self.rig.database.settings)

            async def shown() -> bool:
                progress = await shown_progress(postgres)
                return all(progress.get(number, -1) >= offset for number, offset in wanted.items())

            await wait_until_async(shown, what="the new read model", deadline_seconds=HEAL_SECONDS)
        anew = await shown_rows(postgres, tenants=self.tenants)
        assert anew == await shown_rows(self.rig.database.settings, tenants=self.tenants)

    async def _unfinished(self) -> list[str]:
        await self.reader.read_on()
        wanted: dict[int, int] = {}
        for entry in self.reader.entries["bookings.v1"]:
            wanted[entry.partition] = max(entry.offset, wanted.get(entry.partition, -1))
        done = _markers(self.reader)
        missing = [f"partition {n} is not done up to {o}" for n, o in wanted.items() if done.get(n, -1) < o]
        if missing or not self.fleet.names("projector"):
            return missing
        try:
            shown = await shown_progress(self.rig.database.settings)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as trouble:
            return [f"PostgreSQL does not answer: {type(trouble).__name__}"]
        missing = [f"partition {n} is not shown up to {o}" for n, o in wanted.items() if shown.get(n, -1) < o]
        return missing or self._untold()

    def _untold(self) -> list[str]:
        """Events may come long after the trips; that all of them came is for I5 to say."""
        if not self.fleet.names("relay"):
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


@asynccontextmanager
async def running(
    rig: Rig,
    *,
    seed: int,
    consolidators: int = 1,
    plans: Mapping[str, Sequence[str]] | None = None,
    environment: Mapping[str, str] | None = None,
    engine: str | None = None,
    locators: int = 5,
) -> AsyncGenerator[Run]:
    """Begin a run: consolidators, projector and relay at work, nothing said yet.

    Args:
        rig: the backing services.
        seed: of the workload and of whatever is drawn.
        consolidators: how many.
        plans: by name of a process the crash points that its first lives end at.
        environment: of all processes, beside `QUICK`.
        engine: a module to run in the place of `services.consolidator`.
        locators: of each traveller and source; where there are few, what is lost is soon said again.
    """
    tenants = tuple(f"t{secrets.token_hex(6)}" for _ in range(2))
    fleet = Fleet(rig.backing, environment={**QUICK, **(environment or {})})
    run = Run(
        rig,
        seed,
        tenants,
        Workload(seed, tenants=tenants, locators=locators),
        fleet,
        Senders(rig.kafka),
        TopicReader(rig.kafka),
        Watcher(rig.database.settings, tenants=tenants),
        random.Random(seed),  # noqa: S311 - repeatable on purpose
    )
    async with AsyncExitStack() as leaving:
        leaving.callback(rig.turn, Weather.FAIR)
        leaving.push_async_callback(asyncio.to_thread, fleet.close)
        await run.senders.start()
        leaving.push_async_callback(run.senders.stop)
        await run.reader.start()
        leaving.push_async_callback(run.reader.stop)
        planned = plans or {}
        for number in range(1, consolidators + 1):
            name = f"consolidator-{number}"
            fleet.add(name, plans=planned.get(name, ()), module=engine)
        for name in ("projector", "relay"):
            fleet.add(name, plans=planned.get(name, ()))
        tasks = [asyncio.create_task(run.watcher.watch()), asyncio.create_task(fleet.tend())]
        leaving.push_async_callback(_cancelled, tasks)
        try:
            # One that hangs may hold up the group of the others until it is killed.
            hanging = [
                name for name, lives in planned.items() if any(life.endswith(":hang") for life in lives)
            ]
            await fleet.at_work(*(hanging or fleet.names("consolidator")))
            yield run
        except BaseException as failure:
            failure.add_note(f"seed {seed}; what the processes said last:\n{fleet.last_words()}")
            failure.add_note("\n".join(node.last_words() for node in rig.brokers.nodes))
            raise


async def _cancelled(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.gather(*tasks)
