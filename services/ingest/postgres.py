"""The directory in PostgreSQL, schema `own`: senders, travellers and their logins."""

# asyncpg carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import structlog

from schemas.directory import Sender
from schemas.settings import TenantSettings
from services.ingest.handlers import Known, Unavailable
from services.platform.awaiting import NotYet, wait_for_answer
from services.platform.pool_metrics import watch_pool
from services.platform.postgres import TROUBLE
from services.platform.settings import PostgresSettings
from services.platform.sql_files import statements_of

log = structlog.get_logger()

QUERIES: Any = statements_of(Path(__file__).with_name("queries.sql"))

ROLE = "itinerary_ingest"
_CONNECTIONS = 8
_TIMEOUT_SECONDS = 5.0


@asynccontextmanager
async def open_directory(settings: PostgresSettings) -> AsyncGenerator["PostgresDirectory"]:
    """Connect in the role that row-level security binds, waiting for the database and its schema.

    Raises:
        CannotStart: where they do not come; the text says what to do.
    """
    async with open_pool(settings, role=ROLE, check=QUERIES.check_schema) as pool:
        watch_pool(pool, name="ingest")
        yield PostgresDirectory(pool)


@asynccontextmanager
async def open_pool(
    settings: PostgresSettings, *, role: str, check: Callable[[Any], Awaitable[Any]]
) -> AsyncGenerator[Any]:
    """Connect in a role, waiting for the database and until a check of its schema passes.

    Raises:
        CannotStart: as `open_directory`.
    """

    async def attempt() -> Any:  # noqa: ANN401 - asyncpg carries no types
        try:
            pool = await asyncpg.create_pool(
                settings.database_url.get_secret_value(),
                min_size=1,
                max_size=_CONNECTIONS,
                timeout=_TIMEOUT_SECONDS,
                command_timeout=_TIMEOUT_SECONDS,
                # As a start-up parameter the role outlives the reset between two uses of a connection.
                server_settings={"role": role, "application_name": role},
            )
        except TROUBLE as trouble:
            raise NotYet(_advice(trouble)) from trouble
        try:
            await check(pool)
        except TROUBLE as trouble:
            await pool.close()
            raise NotYet(_advice(trouble)) from trouble
        return pool

    pool = await wait_for_answer(attempt, what="PostgreSQL (DATABASE_URL)")
    try:
        yield pool
    finally:
        await pool.close()


def _advice(trouble: BaseException) -> str:
    if isinstance(trouble, asyncpg.InvalidSchemaNameError | asyncpg.UndefinedTableError):
        return "its schema is behind this release; run `itinerary migrate`"
    if isinstance(trouble, asyncpg.InvalidParameterValueError):
        return "it does not know our roles yet; run `itinerary migrate`"
    return type(trouble).__name__


class PostgresDirectory:
    """Who may send, and whom they can send for."""

    def __init__(self, pool: Any) -> None:  # noqa: ANN401 - asyncpg carries no types
        self._pool = pool

    @property
    def pool(self) -> Any:  # noqa: ANN401 - asyncpg carries no types
        """The connections, for what else ingest keeps; bound by row-level security like all of it."""
        return self._pool

    @asynccontextmanager
    async def transaction(self, tenant: str) -> AsyncGenerator[Any]:
        """Give a connection that sees one tenant, for what other ports keep in the schema `own`.

        Raises:
            Unavailable: where the database does not answer.
        """
        try:
            async with (
                self._pool.acquire(timeout=_TIMEOUT_SECONDS) as connection,
                connection.transaction(),
            ):
                await QUERIES.set_tenant(connection, tenant=tenant)
                yield connection
        except TROUBLE as trouble:
            log.warning("directory.unanswered", error=type(trouble).__name__)
            raise Unavailable("PostgreSQL does not answer") from trouble

    async def look_up(self, *, tenant: str, client: str, logins: frozenset[str]) -> Known:
        """Return a client's row in the table of senders, and those of the logins that are known."""
        try:
            async with (
                self._pool.acquire(timeout=_TIMEOUT_SECONDS) as connection,
                connection.transaction(),
            ):
                await QUERIES.set_tenant(connection, tenant=tenant)
                sender = await QUERIES.find_sender(connection, client=client)
                travellers = {
                    row["login"]: row["traveller"]
                    async for row in QUERIES.find_travellers(connection, logins=sorted(logins))
                }
        except TROUBLE as trouble:
            log.warning("directory.unanswered", error=type(trouble).__name__)
            raise Unavailable("PostgreSQL does not answer") from trouble
        if sender is None:
            return Known(None, travellers)
        return Known(sender_of(sender), travellers, is_heard=sender["heard"])

    async def hear(self, sender: Sender) -> bool:
        """Note that something of a sender is accepted, unless it is another party or source by now."""
        async with self.transaction(sender.tenant) as connection:
            return bool(
                await QUERIES.hear_sender(
                    connection, client=sender.client, party=sender.party, source=sender.source
                )
            )

    async def settings_of(self, tenant: str) -> TenantSettings:
        """Return what a tenant decided last."""
        async with self.transaction(tenant) as connection:
            row = await QUERIES.find_settings(connection, tenant=tenant)
        known = None if row is None else row["settings"]
        return TenantSettings() if known is None else TenantSettings.decode(known)

    async def has_traveller(self, *, tenant: str, traveller: str) -> bool:
        """Tell whether a traveller is known."""
        try:
            async with (
                self._pool.acquire(timeout=_TIMEOUT_SECONDS) as connection,
                connection.transaction(readonly=True),
            ):
                await QUERIES.set_tenant(connection, tenant=tenant)
                return bool(await QUERIES.has_traveller(connection, traveller=traveller))
        except TROUBLE as trouble:
            log.warning("directory.unanswered", error=type(trouble).__name__)
            raise Unavailable("PostgreSQL does not answer") from trouble

    async def check(self) -> None:
        """Ask the database for a sign of life.

        Raises:
            Unavailable: where none comes.
        """
        try:
            await QUERIES.check_schema(self._pool)
        except TROUBLE as trouble:
            raise Unavailable("PostgreSQL does not answer") from trouble


def sender_of(row: Any) -> Sender:  # noqa: ANN401 - asyncpg carries no types
    """Return the sender that a row is."""
    fields = {name: value for name, value in dict(row).items() if name != "heard"}
    for name in ("travel_types", "booking_sources"):
        fields[name] = "any" if fields[name] is None else tuple(fields[name])
    return Sender.model_validate(fields)


def sender_fields(sender: Sender) -> dict[str, Any]:
    """Return a sender as its row has it."""
    fields = sender.model_dump()
    for name in ("travel_types", "booking_sources"):
        fields[name] = None if fields[name] == "any" else list(fields[name])
    return fields
