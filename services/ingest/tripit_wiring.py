"""Puts together what follows accounts at TripIt, from settings."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

from services.ingest.follower import follow_accounts
from services.ingest.handlers import Log
from services.ingest.postgres import open_pool
from services.ingest.settings import TripItSettings
from services.ingest.tripit import open_tripit
from services.ingest.tripit_connections import TripItConnections
from services.ingest.tripit_pace import SharedPace
from services.ingest.tripit_postgres import ROLE, LeasedAccounts, check_schema
from services.ingest.visiting import Visiting
from services.platform.awaiting import CannotStart
from services.platform.pool_metrics import watch_pool
from services.platform.sealing import opened_seal
from services.platform.settings import PostgresSettings


@asynccontextmanager
async def open_connections(
    settings: TripItSettings,
    *,
    pool: Any,  # noqa: ANN401 - asyncpg carries no types
) -> AsyncGenerator[TripItConnections | None]:
    """Open what the routes need; None where accounts are not kept here.

    Raises:
        CannotStart: as `opened_seal`.
    """
    seal = opened_seal(settings.sealing_keys, of="tripit")
    if seal is None:
        yield None
        return
    async with open_tripit(settings) as tripit:
        yield TripItConnections(pool, tripit=tripit, seal=seal, settings=settings)


async def follow(
    settings: TripItSettings,
    *,
    postgres: PostgresSettings,
    log: Log,
    today: Callable[[], date],
    stopping: asyncio.Event,
    moved: Callable[[], None],
) -> None:
    """Follow every account until told to stop.

    Raises:
        CannotStart: where no sealing key is set, or the database does not come.
        ExceptionGroup: of `Unavailable`, where it went away for long.
    """
    seal = opened_seal(settings.sealing_keys, of="tripit")
    if seal is None:
        raise CannotStart("set ITINERARY_TRIPIT_SEALING_KEYS; `itinerary tripit --new-key` makes one")
    async with (
        open_pool(postgres, role=ROLE, check=check_schema) as pool,
        open_tripit(settings, pace=SharedPace(pool, per_second=settings.requests_per_second)) as tripit,
    ):
        watch_pool(pool, name="tripit")
        accounts = LeasedAccounts(pool, seal=seal, settings=settings)
        await accounts.renew_seals()
        visiting = Visiting(
            accounts=accounts, tripit=tripit, log=log, settings=settings, today=today, stopping=stopping
        )
        await follow_accounts(
            accounts, visiting=visiting, concurrency=settings.concurrency, stopping=stopping, moved=moved
        )
