"""Traffic on a running `up`, while a verb of operations is at work, dies, and is begun again."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field

from anyio.from_thread import start_blocking_portal
from pydantic import SecretStr

from services.command_line.running import RunningUp
from services.platform.settings import KafkaSettings, PostgresSettings
from tests.support.faults.clients import Clients
from tests.support.faults.workload import Workload
from tests.support.waiting import wait_until_async

_AT_ONCE = 2
_PAUSE_SECONDS = 0.25
_BEGINNING_SECONDS = 60


@dataclass(slots=True, kw_only=True)
class Traffic(Clients):
    """Senders who say something all the time to tenants of their own, and who looks on meanwhile."""

    running: RunningUp
    _enough: asyncio.Event = field(default_factory=asyncio.Event)

    def has(self, role: str) -> bool:  # noqa: ARG002 - everything is at work in an `up`
        return True

    def logs(self) -> str:
        files = (self.running.data / "logs").rglob("*.log*")
        return "\n".join(file.read_text(errors="replace") for file in files)

    def tellers(self) -> int:
        return 1  # a relay that a test kills may tell more often

    async def flow(self) -> None:
        """Say something all the time, until it is enough."""
        while not self._enough.is_set():
            await self.post(_AT_ONCE)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._enough.wait(), _PAUSE_SECONDS)

    def stop(self) -> None:
        """Have the senders say no more."""
        self._enough.set()


@contextmanager
def traffic(running: RunningUp, *, seed: int) -> Generator[Traffic]:
    """Have traffic while the block runs; after it every invariant has to hold, or the test fails.

    The block need not be asynchronous: the traffic has a thread of its own.
    """
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(_flowing(running, seed=seed)) as flowing,
    ):
        yield flowing


@asynccontextmanager
async def _flowing(running: RunningUp, *, seed: int) -> AsyncGenerator[Traffic]:
    tenants = tuple(f"t{secrets.token_hex(6)}" for _ in range(2))
    clients = Traffic(
        kafka=KafkaSettings(bootstrap=running.kafka),
        postgres=PostgresSettings(database_url=SecretStr(running.database_url)),
        seed=seed,
        tenants=tenants,
        workload=Workload(seed, tenants=tenants),
        running=running,
    )
    async with clients.connected():
        watching, flowing = asyncio.create_task(clients.watcher.watch()), asyncio.create_task(clients.flow())
        try:
            await wait_until_async(
                clients.has_begun, what="the first trip", deadline_seconds=_BEGINNING_SECONDS
            )
            yield clients
            clients.stop()
            await flowing
            await clients.holds()
        finally:
            clients.stop()
            watching.cancel()
            await asyncio.gather(watching, flowing, return_exceptions=True)
