"""The read model in PostgreSQL, one tenant at a time: looks, transactions, and trips as they were written."""

# asyncpg ships no types: what comes from it is Any.
# pyright: reportUnknownMemberType=false

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

from schemas.identifiers import IDENTIFIER, TENANT_PATTERN, normal_code
from schemas.trip import Trip
from services.query.domain.answer import FORM, Answer
from services.query.domain.listing import Cursor, Filters
from services.query.postgres import QUERIES, Connection
from services.query.read_model import Asking, Written, WrittenPage
from services.query.tenant_reading import TenantReading
from services.query.tenant_writing import TenantWriting

_TENANT = re.compile(TENANT_PATTERN)
_ACQUIRE_SECONDS = 5
_PLAN_EACH_TIME = "; SET LOCAL plan_cache_mode = 'force_custom_plan'"


class TripStore:
    """The read model, one tenant at a time."""

    def __init__(self, pool: Any) -> None:  # noqa: ANN401 - as Connection
        self._pool = pool

    @asynccontextmanager
    async def reading(self, tenant: str, *, listing: bool = False) -> AsyncGenerator[TenantReading]:
        """Open a consistent look at a tenant's trips; the settings that it makes end with it.

        Lists are planned anew each time: filters that are left out must not stay in the plan.
        """
        async with self._lent() as connection:
            await connection.execute(_look_at(tenant) + (_PLAN_EACH_TIME if listing else ""))
            try:
                yield TenantReading(connection)
            finally:
                await connection.execute("COMMIT")

    @asynccontextmanager
    async def _lent(self) -> AsyncGenerator[Connection]:
        async with asyncio.timeout(_ACQUIRE_SECONDS):  # asyncpg's own makes a task of each wait
            connection = await self._pool.acquire()
        try:
            yield connection
        finally:
            await self._pool.release(connection)

    async def written(self, asking: Asking, *, trip: str, answered: bool) -> Written | None:
        """Return today's trip of any id ever given, in one question to the database.

        Args:
            asking: who asks; what is not theirs to read is not there.
            trip: any id.
            answered: whether what was written for those who see all of it will do.
        """
        if IDENTIFIER.fullmatch(trip) is None:
            return None
        async with self._lent() as connection:
            row = await QUERIES.find_written(
                connection,
                tenant=asking.tenant,
                login=_login(asking),
                client=asking.client,
                id=trip,
                answered=answered,
                form=FORM,
            )
        return None if row is None else _written(row)

    async def list_written(
        self, asking: Asking, filters: Filters, *, today: date, after: Cursor | None, wanted: int
    ) -> WrittenPage | None:
        """Return at most `wanted` trips after the cursor as written for those who see all of them.

        Returns:
            None where something of it has to be written first.
        """
        async with self._lent() as connection:
            row = await QUERIES.list_written(
                connection,
                tenant=asking.tenant,
                login=_login(asking),
                **filters._asdict(),
                today=today,
                after_start=None if after is None else after.start_date,
                after_id=None if after is None else after.id,
                wanted=wanted,
                form=FORM,
            )
        if not row["is_whole"]:
            return None
        last = row["last_id"]
        return WrittenPage(row["trips"] or "", None if last is None else Cursor(row["last_start"], last))

    @asynccontextmanager
    async def transaction(self, tenant: str) -> AsyncGenerator[Connection]:
        """Give a connection that sees one tenant, for what others keep in the schema `own`."""
        async with self._pool.acquire(timeout=5) as connection, connection.transaction():
            await QUERIES.set_tenant(connection, tenant=tenant)
            yield connection

    @asynccontextmanager
    async def writing(self, tenant: str) -> AsyncGenerator[TenantWriting]:
        """Open a transaction that may write what people own."""
        async with self.transaction(tenant) as connection:
            yield TenantWriting(connection)


def _login(asking: Asking) -> str | None:
    return None if asking.login is None else normal_code(asking.login)


def _written(row: Any) -> Written:  # noqa: ANN401 - asyncpg's row
    answer, facts, document = row["answer"], row["facts"], row["document"]
    found = Answer(answer, facts) if document is None else Trip.decode(document)
    version = (row["epoch"], row["version_offset"])
    return Written(row["id"], row["start_date"], version, row["content_hash"], found, row["party"])


def _look_at(tenant: str) -> str:
    """Return what opens a look at a tenant's trips: statements that take no more time than one.

    Raises:
        ValueError: where that is no name of a tenant; several statements in one take no parameters.
    """
    if _TENANT.fullmatch(tenant) is None:
        raise ValueError("this is no name of a tenant")
    return f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL itinerary.tenant = '{tenant}'"
