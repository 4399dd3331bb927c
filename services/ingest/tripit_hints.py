"""TripIt's notifications: hints that a trip changed, not signed and believed in nothing else."""

import re
from collections.abc import Iterable
from typing import Any

from services.ingest.tripit_postgres import TRIPIT_QUERIES, of_tenant, token_hash, transaction

MOST_HINTS = 50
"""Of one account at a time: a sweep costs less than to look at more trips one by one."""
_TRIP = re.compile(r"[A-Za-z0-9-]{1,64}")


async def take_hints(pool: Any, tokens: Iterable[str], *, trip: str, again_seconds: float) -> int:  # noqa: ANN401 - asyncpg carries no types
    """Note that a trip changed, for each account that has one of the tokens; return how many have.

    Raises:
        Unavailable: where the database does not answer.
    """
    if _TRIP.fullmatch(trip) is None:
        return 0
    hashes = sorted(set(map(token_hash, tokens)))
    async with transaction(pool) as connection:
        await TRIPIT_QUERIES.set_tokens(connection, hashes=hashes)
        rows = [row async for row in TRIPIT_QUERIES.find_by_tokens(connection, hashes=hashes)]
    for row in rows:  # each by itself: whoever holds one account waits for no other
        who = {"tenant": row["tenant"], "traveller": row["traveller"]}
        async with of_tenant(pool, row["tenant"]) as connection:
            if not await TRIPIT_QUERIES.lock_account(connection, **who):
                continue  # forgotten meanwhile
            if await TRIPIT_QUERIES.take_hint(
                connection, **who, trip=trip, again_seconds=again_seconds, at_most=MOST_HINTS
            ):
                await TRIPIT_QUERIES.bring_forward(connection, **who)
            else:
                await TRIPIT_QUERIES.sweep_soon(connection, **who, seconds=again_seconds)
    return len(rows)
