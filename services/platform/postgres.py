"""PostgreSQL at the edge: what trouble with it looks like, and waiting until it answers."""

# asyncpg carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

import asyncpg

from services.platform.awaiting import DEADLINE_SECONDS, NotYet, wait_for_answer
from services.platform.settings import PostgresSettings

TROUBLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a database that is away, restarting or overrun answers with; an `OSError` is a timeout, too."""

_ATTEMPT_SECONDS = 5


async def wait_for_postgres(
    settings: PostgresSettings, *, deadline_seconds: float = DEADLINE_SECONDS
) -> None:
    """Wait until the database answers `SELECT 1`.

    Raises:
        CannotStart: it did not within the deadline, or it refuses us for good (password, unknown database).
    """
    await wait_for_answer(
        lambda: _select_one(settings.database_url.get_secret_value()),
        what="PostgreSQL (DATABASE_URL)",
        deadline_seconds=deadline_seconds,
    )


async def _select_one(url: str) -> None:
    try:
        connection = await asyncpg.connect(url, timeout=_ATTEMPT_SECONDS)
    # A wrong password is not told apart: a database that is being set up refuses for a while, too.
    except TROUBLE as trouble:
        raise NotYet(str(trouble) or type(trouble).__name__) from trouble
    try:
        await connection.fetchval("SELECT 1")
    finally:
        await connection.close()
