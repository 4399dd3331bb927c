"""What the expense system keeps in its own PostgreSQL: each event once, each trip by its newest version.

Two rules make it right whatever is told twice, late or out of order:

1. The id of an event is kept in the transaction in which the event takes effect.
2. A report gives way only to a newer version of its trip.
"""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import asyncpg

_TABLES = """
CREATE SCHEMA IF NOT EXISTS expense;
CREATE TABLE IF NOT EXISTS expense.effects (
    event uuid PRIMARY KEY,
    trip uuid NOT NULL,
    change text NOT NULL
);
CREATE TABLE IF NOT EXISTS expense.reports (
    trip uuid PRIMARY KEY,
    traveller uuid,  -- null once it is to be forgotten
    epoch bigint NOT NULL,
    version bigint NOT NULL,
    is_open boolean NOT NULL,
    reason text,
    joined_to uuid  -- the trip whose report goes on with it
);
"""
_TAKE = """
INSERT INTO expense.effects (event, trip, change) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING true
"""
_REPORT = """
INSERT INTO expense.reports AS known (trip, epoch, version, traveller, is_open, reason, joined_to)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (trip) DO UPDATE
   SET epoch = excluded.epoch, version = excluded.version, traveller = excluded.traveller,
       is_open = excluded.is_open, reason = excluded.reason, joined_to = excluded.joined_to
 WHERE (known.epoch, known.version) <= (excluded.epoch, excluded.version)
"""


class _Report(NamedTuple):
    """What a report becomes."""

    traveller: str | None
    is_open: bool
    reason: str | None = None
    joined_to: str | None = None


def _report(data: Mapping[str, Any]) -> _Report | None:
    """Return what a change makes of the trip's report; most make nothing of it."""
    match data["change"]:
        case "ready_to_expense" | "no_longer_expensable" as change:
            reason = (data.get("expense") or {}).get("reason")
            return _Report(data["traveller"], is_open=change == "ready_to_expense", reason=reason)
        case "merged":
            (into,) = data["trips"]
            return _Report(data["traveller"], is_open=False, joined_to=into)
        case "deleted" | "anonymised":
            # The row stays, with nothing of anybody in it: what comes late would open the report again.
            return _Report(None, is_open=False)
        case _:
            return None


class Ledger:
    """The tables, and what an event does to them."""

    def __init__(self, pool: Any) -> None:  # noqa: ANN401 - asyncpg's pool
        self._pool = pool

    async def take(self, event: str, data: Mapping[str, Any]) -> bool:
        """Let an event take effect; False where it did before.

        Args:
            event: its id: `ce_id` on Kafka, `webhook-id` of a webhook.
            data: of the event, as docs/events.md describes it.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            if not await connection.fetchval(_TAKE, event, data["trip"], data["change"]):
                return False
            report = _report(data)
            if report is not None:
                version = data["version"]
                await connection.execute(_REPORT, data["trip"], version["epoch"], version["offset"], *report)
            return True


@asynccontextmanager
async def open_ledger(database_url: str) -> AsyncGenerator[Ledger]:
    """Connect, and make the tables where they are not there yet."""
    async with asyncpg.create_pool(database_url, min_size=1, max_size=4) as pool:
        async with pool.acquire() as connection, connection.transaction():
            # Two that start at once must not both make them.
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext('expense'))")
            await connection.execute(_TABLES)
        yield Ledger(pool)


def read_json(body: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Read JSON; numbers are whole, amounts are texts."""
    return json.loads(body)
