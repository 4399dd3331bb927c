"""PostgreSQL for the query service: statements, and connections in roles that row-level security binds."""

# aiokafka and asyncpg ship no types: what comes from them is Any.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import asyncpg

from services.platform.awaiting import NotYet, wait_for_answer
from services.platform.postgres import TROUBLE
from services.platform.settings import PostgresSettings
from services.platform.sql_files import statements_of

Connection = Any
"""asyncpg's connection, pooled or not: its own types know no difference that matters here."""

_asyncpg: Any = asyncpg
QUERIES: Any = statements_of(Path(__file__).with_name("queries.sql"))
PROGRESS_CHANNEL = "itinerary_progress"
QUERY_ROLE = "itinerary_query"
PROJECTOR_ROLE = "itinerary_projector"

_BEHIND = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.UndefinedFunctionError)


async def connect(
    postgres: PostgresSettings, *, role: str, settings: Mapping[str, str] | None = None
) -> Connection:
    """Open one connection in a role, with settings of PostgreSQL's for as long as it lasts."""
    return await _asyncpg.connect(
        postgres.database_url.get_secret_value(),
        server_settings={"role": role, "application_name": role, **(settings or {})},
        timeout=10,
    )


async def open_pool(
    settings: PostgresSettings,
    *,
    role: str,
    connections: int,
    check: Callable[[Any], Awaitable[None]] | None = None,
) -> Any:  # noqa: ANN401 - as Connection
    """Open a pool of connections in a role, and wait for the database and its schema at start-up.

    Args:
        settings: where the database is.
        role: that of the process.
        connections: at most so many.
        check: fails where migrations are behind; by default what the read model's services need.

    Raises:
        CannotStart: where they do not come; the text says what to do.
    """

    async def attempt() -> Any:  # noqa: ANN401 - as Connection
        try:
            pool = await _asyncpg.create_pool(
                settings.database_url.get_secret_value(),
                min_size=1,
                max_size=connections,
                server_settings={"role": role, "application_name": role},
                command_timeout=30,
                init=_keep_memory,
                reset=_nothing_to_reset,
            )
        except TROUBLE as trouble:
            raise NotYet(_advice(trouble)) from trouble
        try:
            await (check or check_schema)(pool)
        except TROUBLE as trouble:
            await pool.close()
            raise NotYet(_advice(trouble)) from trouble
        return pool

    return await wait_for_answer(attempt, what="PostgreSQL (DATABASE_URL)")


async def _keep_memory(connection: Connection) -> None:
    """Let the server's process keep what memory a large answer takes, for the next one."""
    await QUERIES.keep_memory(connection)


async def _nothing_to_reset(_: Connection) -> None:
    """Leave a connection as it is given back: what is set here is local to transactions, which asyncpg ends.

    Its own reset would be one more question to the database for each request.
    """


async def check_schema(pool: Any) -> None:  # noqa: ANN401 - as Connection
    """Raise asyncpg's error where the database cannot be asked or has an older schema than this release."""
    async with pool.acquire(timeout=5) as connection:
        _ = [row async for row in QUERIES.check_schema(connection)]


def _advice(trouble: BaseException) -> str:
    if isinstance(trouble, _BEHIND):
        return "its schema is behind this release; run `itinerary migrate`"
    if isinstance(trouble, asyncpg.InvalidParameterValueError):
        return "it does not know our roles yet; run `itinerary migrate`"
    return type(trouble).__name__
