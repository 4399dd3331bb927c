"""One machine's brokers, database and processes under a workload, and the judgement at the end of a run."""

import asyncio
import random
import secrets
import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

from schemas.booking_record import SettingsStatement
from schemas.settings import TenantSettings
from services.platform.backing import Backing
from services.platform.data_folder import occupied
from services.platform.kafka import create_topics
from services.platform.settings import KafkaSettings, PostgresSettings, TopicSettings
from tests.support.backing_services import session_folder
from tests.support.faults.brokers import Brokers
from tests.support.faults.clients import HEAL_SECONDS, Clients
from tests.support.faults.database import Database
from tests.support.faults.disk import Disk, small_disk
from tests.support.faults.fleet import Fleet
from tests.support.faults.history import PARTITIONS, shown_progress, shown_rows
from tests.support.faults.network import Weather
from tests.support.faults.workload import Workload
from tests.support.waiting import wait_until_async
from tests.support.worker_processes import worker_process

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


@dataclass(slots=True, kw_only=True)
class Run(Clients):
    """One test: its own tenants, its own processes, and what its clients saw."""

    rig: Rig
    fleet: Fleet
    dice: random.Random

    def has(self, role: str) -> bool:
        return bool(self.fleet.names(role))

    def logs(self) -> str:
        return self.fleet.logs()

    def tellers(self) -> int:
        return sum(1 + len(self.fleet.restarts.get(name, ())) for name in self.fleet.names("relay"))

    async def decide(self, tenant: str, settings: TenantSettings) -> None:
        """Have a tenant decide, in every partition."""
        self.settings[tenant] = settings
        statement = SettingsStatement(tenant=tenant, message=str(uuid.UUID(int=0)), settings=settings)
        for partition in range(PARTITIONS):
            await self.senders.send_bytes(statement.encode(), partition=partition)

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
        kafka=rig.kafka,
        postgres=rig.database.settings,
        seed=seed,
        tenants=tenants,
        workload=Workload(seed, tenants=tenants, locators=locators),
        rig=rig,
        fleet=fleet,
        dice=random.Random(seed),  # noqa: S311 - repeatable on purpose
    )
    async with AsyncExitStack() as leaving:
        leaving.callback(rig.turn, Weather.FAIR)
        leaving.push_async_callback(asyncio.to_thread, fleet.close)
        await leaving.enter_async_context(run.connected())
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
