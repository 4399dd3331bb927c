"""The read model in PostgreSQL: connections in a role that row-level security binds, reads of one tenant."""

# aiokafka and asyncpg ship no types: what comes from them is Any.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import aiosql
import asyncpg

from schemas.identifiers import normal_code
from schemas.trip import Trip
from services.platform.awaiting import NotYet, wait_for_answer
from services.platform.settings import PostgresSettings
from services.query.domain.listing import Cursor, Filters
from services.query.handlers import Person, StatementOutcome

Connection = Any
"""asyncpg's connection, pooled or not: its own types know no difference that matters here."""

_asyncpg: Any = asyncpg
QUERIES: Any = aiosql.from_path(Path(__file__).with_name("queries.sql"), "asyncpg")
PROGRESS_CHANNEL = "itinerary_progress"
_IDENTIFIER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Nothing else is an id; PostgreSQL's text could not even be asked about a NUL."""
QUERY_ROLE = "itinerary_query"
PROJECTOR_ROLE = "itinerary_projector"

TROUBLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a database that is away, restarting or overrun answers with."""


async def connect(settings: PostgresSettings, *, role: str) -> Connection:
    """Open one connection in a role."""
    return await _asyncpg.connect(
        settings.database_url.get_secret_value(),
        server_settings={"role": role, "application_name": role},
        timeout=10,
    )


async def open_pool(settings: PostgresSettings, *, role: str, connections: int) -> Any:  # noqa: ANN401 - as Connection
    """Open a pool of connections in a role, and wait for the database and its schema at start-up.

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
            )
        except TROUBLE as trouble:
            raise NotYet(_advice(trouble)) from trouble
        try:
            await check_schema(pool)
        except TROUBLE as trouble:
            await pool.close()
            raise NotYet(_advice(trouble)) from trouble
        return pool

    return await wait_for_answer(attempt, what="PostgreSQL (DATABASE_URL)")


async def check_schema(pool: Any) -> None:  # noqa: ANN401 - as Connection
    """Raise asyncpg's error where the database cannot be asked or has an older schema than this release."""
    async with pool.acquire(timeout=5) as connection:
        _ = [row async for row in QUERIES.check_schema(connection)]


def _advice(trouble: BaseException) -> str:
    if isinstance(trouble, (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError)):
        return "its schema is behind this release; run `itinerary migrate`"
    if isinstance(trouble, asyncpg.InvalidParameterValueError):
        return "it does not know our roles yet; run `itinerary migrate`"
    return type(trouble).__name__


class TenantReading:
    """One consistent look at what one tenant has."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def traveller_of(self, login: str) -> str | None:
        """Return the id of the traveller with this login, however it is written."""
        return await QUERIES.find_traveller(self._connection, login=normal_code(login))

    async def traveller_named(self, name: str) -> str | None:
        """Return the id of the traveller of whom this is the id or a login."""
        if "\x00" in name:
            return None
        return await QUERIES.find_traveller_named(self._connection, id=name, login=normal_code(name))

    async def party_of(self, client: str) -> str | None:
        """Return the party that a client is, by the tenant's table of senders."""
        return await QUERIES.find_party(self._connection, client=client)

    async def trip(self, trip: str, *, traveller: str | None) -> Trip | None:
        """Return today's trip of any id ever given, if it is this traveller's; None stands for everyone."""
        if _IDENTIFIER.fullmatch(trip) is None:
            return None
        row = await QUERIES.find_trip(self._connection, id=trip, traveller=traveller)
        return None if row is None else Trip.decode(row["document"])

    async def trips(
        self, filters: Filters, *, today: date, after: Cursor | None, wanted: int
    ) -> Sequence[Trip]:
        """Return at most `wanted` trips that stand after the cursor."""
        rows = QUERIES.list_trips(
            self._connection,
            **filters._asdict(),
            today=today,
            after_start=None if after is None else after.start_date,
            after_id=None if after is None else after.id,
            wanted=wanted,
        )
        return [Trip.decode(row["document"]) async for row in rows]

    async def outcomes(self, message: str, *, traveller: str | None) -> Sequence[StatementOutcome]:
        """Return what became of each statement of a message."""
        if _IDENTIFIER.fullmatch(message) is None:
            return []
        rows = QUERIES.find_message(self._connection, message=message, traveller=traveller)
        return [StatementOutcome(**dict(row)) async for row in rows]

    async def people(self, travellers: Sequence[str]) -> Mapping[str, Person]:
        """Return what the directory says of these travellers."""
        rows = QUERIES.find_travellers(self._connection, travellers=list(travellers))
        return {
            row["traveller"]: Person(row["login"], row["first_name"], row["last_name"]) async for row in rows
        }


class TripStore:
    """The read model, one tenant at a time."""

    def __init__(self, pool: Any) -> None:  # noqa: ANN401 - as Connection
        self._pool = pool

    @asynccontextmanager
    async def reading(self, tenant: str) -> AsyncGenerator[TenantReading]:
        """Open a consistent look at a tenant's trips; the setting that RLS reads ends with it."""
        async with (
            self._pool.acquire(timeout=5) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            await QUERIES.set_tenant(connection, tenant=tenant)
            yield TenantReading(connection)
