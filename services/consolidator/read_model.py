"""The read model as `verify` sees it; nothing is written here."""

# asyncpg carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from services.consolidator.comparison import ShownTrip
from services.platform.settings import PostgresSettings
from services.platform.sql_files import statements_of

_QUERIES: Any = statements_of(Path(__file__).with_name("queries.sql"))
_ROLE = "itinerary_projector"
"""Row-level security shows this role the trips of all tenants."""


class ReadModel:
    """One connection to PostgreSQL."""

    def __init__(self, connection: Any) -> None:  # noqa: ANN401 - asyncpg's connection
        self._connection = connection

    async def progress(self) -> dict[int, tuple[int, int]]:
        """Return per partition of `bookings.v1` the epoch and the last offset whose effects are shown."""
        rows = [row async for row in _QUERIES.progress(self._connection)]
        return {row["partition"]: (row["epoch"], row["done_offset"]) for row in rows}

    async def trips(self, travellers: Collection[str] | None) -> AsyncIterator[ShownTrip]:
        """Yield the rows of these travellers, or of all."""
        async with self._connection.transaction(isolation="repeatable_read", readonly=True):
            if travellers is None:
                rows = self._connection.cursor(_QUERIES.all_trips.sql)
            else:
                rows = _QUERIES.trips_of(self._connection, travellers=list(travellers))
            async for row in rows:
                document = row["document"]
                yield ShownTrip(
                    tenant=row["tenant"],
                    traveller=row["traveller"],
                    id=row["id"],
                    version=(row["epoch"], row["version_offset"]),
                    state=row["state"],
                    document=None if document is None else document.encode(),
                )

    async def refused(self, messages: Collection[str]) -> set[tuple[str, str]]:
        """Return message and record of those among these messages that the core or the worker refused."""
        rows = _QUERIES.refused(self._connection, messages=list(messages))
        return {(row["message"], row["record"]) async for row in rows}


@asynccontextmanager
async def open_read_model(settings: PostgresSettings) -> AsyncGenerator[ReadModel]:
    """Connect to PostgreSQL.

    Raises:
        OSError, asyncpg.PostgresError: it cannot be reached, or has no such role.
    """
    connection = await asyncpg.connect(
        settings.database_url.get_secret_value(), server_settings={"role": _ROLE}, timeout=10
    )
    try:
        yield ReadModel(connection)
    finally:
        await connection.close()
