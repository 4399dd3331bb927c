"""The process that follows accounts: takes whatever is due and visits it, some side by side."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable

import structlog

from services.ingest.handlers import Unavailable
from services.ingest.tripit_accounts import Account
from services.ingest.tripit_postgres import LeasedAccounts
from services.ingest.visiting import Visiting

log = structlog.get_logger()

_IDLE_SECONDS = 1.0
_GRACE_SECONDS = 5.0
"""How long visits may take to give their accounts back."""
_GIVE_UP_SECONDS = 60.0
"""How long the database may be away before the process ends and is started anew."""


async def follow_accounts(
    accounts: LeasedAccounts,
    *,
    visiting: Visiting,
    concurrency: int,
    stopping: asyncio.Event,
    moved: Callable[[], None],
) -> None:
    """Visit accounts as they fall due, until told to stop; what is under way then is given back.

    Raises:
        Unavailable: where the database was away for a minute.
    """
    under_way: dict[asyncio.Task[None], str] = {}
    """Visits, each with its way to TripIt."""
    answered = time.monotonic()
    async with asyncio.TaskGroup() as visits:
        while not stopping.is_set():
            moved()
            free = concurrency - len(under_way)
            leased: list[Account] = []
            try:
                leased = await accounts.lease(limit=free, held=Counter(under_way.values())) if free else []
                answered = time.monotonic()
            except Unavailable:
                if time.monotonic() - answered > _GIVE_UP_SECONDS:
                    raise
            for account in leased:
                task = visits.create_task(visiting.visit(account))
                under_way[task] = account.way
                task.add_done_callback(under_way.pop)
            if not leased or len(under_way) == concurrency:
                await _pause(under_way, stopping=stopping)
        if under_way:
            await asyncio.wait(under_way, timeout=_GRACE_SECONDS)
        for task in under_way:
            task.cancel()  # its lease runs out, and another process does it again


async def _pause(under_way: Iterable[asyncio.Task[None]], *, stopping: asyncio.Event) -> None:
    """Wait until a visit ends, or for a while: until then nothing more can be taken, or nothing is due."""
    told = asyncio.create_task(stopping.wait())
    await asyncio.wait([told, *under_way], timeout=_IDLE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
