"""Following many accounts at a stand-in for TripIt: what it costs in requests, time and memory.

The stand-in is part of the tests: this runs in a checkout.
"""

# asyncpg carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import asyncpg
import httpx
import psutil
from pydantic import SecretStr

from schemas.identifiers import traveller_id
from services.ingest.kafka import KafkaLog
from services.ingest.settings import TripItSettings
from services.ingest.tripit_wiring import follow
from services.platform.awaiting import CannotStart
from services.platform.backing import Backing, start_backing
from services.platform.data_folder import occupied
from services.platform.kafka import create_topics
from services.platform.migrations import migrate
from services.platform.sealing import Seal, new_key
from services.platform.settings import GivenBacking, TopicSettings

_TENANT = "bench"
_CHECKOUT = Path(__file__).parents[2]
_TODAY = date(2026, 9, 20)
"""Of the stand-in."""
_LONG = 10.0**8
_LOOK_SECONDS = 0.2
_DAY_SECONDS = 86_400


class Figure(NamedTuple):
    """What visiting every account once costs."""

    visit: str
    accounts: int
    seconds: float
    processor_seconds: float
    """Of the following process; the stand-in, PostgreSQL and Kafka are others."""
    requests: int
    memory_mib: float
    """Of the following process, at its end."""


async def measure_tripit(*, accounts: int, trips: int) -> list[Figure]:
    """Sweep every account twice and poll each once: new at first, then with nothing new.

    Raises:
        CannotStart: outside a checkout, or where Kafka or PostgreSQL do not start.
    """
    with _stand_in(accounts=accounts, trips=trips) as url:
        async with _backing() as backing:
            seal = SecretStr(new_key())
            await _fill(backing, seal=Seal(seal), accounts=accounts)
            bench = _Bench(backing, url=url, seal=seal, accounts=accounts)
            first = await bench.visit_all("first sweep", due="sweep_at")
            second = await bench.visit_all("sweep with nothing new", due="sweep_at")
            return [first, second, await bench.visit_all("poll with nothing new", due="poll_at")]


def requests_a_day(figures: list[Figure]) -> float:
    """Return what an account in which nothing changes costs a day, at the default intervals."""
    settings = TripItSettings()
    sweep, poll = (figure.requests / figure.accounts for figure in figures[1:])
    sweeps, polls = _DAY_SECONDS / settings.sweep_seconds, _DAY_SECONDS / settings.poll_seconds
    return sweep * sweeps + poll * (polls - sweeps)


class _Bench:
    def __init__(self, backing: Backing, *, url: str, seal: SecretStr, accounts: int) -> None:
        self._backing = backing
        self._url = url
        self._accounts = accounts
        self._settings = TripItSettings(
            sealing_keys=seal, api_url=url, consumer_key="consumer-key",
            consumer_secret=SecretStr("consumer-secret"), requests_per_second=_LONG,
            poll_seconds=_LONG, sweep_seconds=_LONG, concurrency=16, concurrency_per_key=16,
        )  # fmt: skip

    async def visit_all(self, visit: str, *, due: str) -> Figure:
        """Make every account due, and follow until none is."""
        await self._run(f"UPDATE own.tripit_accounts SET {due} = now(), due_at = now()")  # noqa: S608 - ours
        log = KafkaLog(self._backing.kafka_settings, topics=TopicSettings(), confirm_seconds=30)
        await log.start()
        requests, stopping = await self._requests(), asyncio.Event()
        began, spent = time.monotonic(), time.process_time()
        following = asyncio.create_task(
            follow(
                self._settings,
                postgres=self._backing.postgres_settings,
                log=log,
                today=lambda: _TODAY,
                stopping=stopping,
                moved=lambda: None,
            )
        )
        while await self._run("SELECT count(*) FROM own.tripit_accounts WHERE due_at <= now()"):
            if following.done():
                break
            await asyncio.sleep(_LOOK_SECONDS)
        seconds, processor = time.monotonic() - began, time.process_time() - spent
        stopping.set()
        await following
        await log.stop()
        made = await self._requests() - requests
        memory = psutil.Process().memory_info().rss / 2**20
        return Figure(visit, self._accounts, seconds, processor, made, memory)

    async def _requests(self) -> int:
        async with httpx.AsyncClient() as client:
            return int((await client.get(f"{self._url}/stand-in/requests")).text)

    async def _run(self, statement: str) -> Any:  # noqa: ANN401 - asyncpg carries no types
        connection = await asyncpg.connect(self._backing.database_url)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()


@contextmanager
def _stand_in(*, accounts: int, trips: int) -> Generator[str]:
    if not (_CHECKOUT / "tests" / "bench" / "tripit_stand_in.py").is_file():
        raise CannotStart("The stand-in for TripIt is part of the tests: run this in a checkout.")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.tripit_stand_in", str(accounts), str(trips)],
        cwd=_CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None  # noqa: S101 - a pipe, as asked for
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


@asynccontextmanager
async def _backing() -> AsyncGenerator[Backing]:
    with TemporaryDirectory() as folder, occupied(Path(folder)) as data:
        backing = await start_backing(data, given=GivenBacking())
        await asyncio.to_thread(migrate, backing.postgres_settings)
        await create_topics(backing.kafka_settings, topics=TopicSettings())
        yield backing


async def _fill(backing: Backing, *, seal: Seal, accounts: int) -> None:
    travellers = [traveller_id(tenant=_TENANT, login=str(number)) for number in range(1, accounts + 1)]
    rows = [
        (
            _TENANT,
            traveller,
            seal.seal({"key": f"token-{n}", "secret": f"secret-{n}"}, belongs_to=(_TENANT, traveller)),
        )
        for n, traveller in enumerate(travellers, start=1)
    ]
    connection = await asyncpg.connect(backing.database_url)
    try:
        await connection.execute("INSERT INTO own.tenants VALUES ($1) ON CONFLICT DO NOTHING", _TENANT)
        await connection.executemany(
            "INSERT INTO own.travellers (tenant, traveller) VALUES ($1, $2)", [row[:2] for row in rows]
        )
        await connection.executemany(
            "INSERT INTO own.tripit_accounts (tenant, traveller, kind, state, sealed)"
            " VALUES ($1, $2, 'api', 'connected', $3)",
            rows,
        )
    finally:
        await connection.close()
