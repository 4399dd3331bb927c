"""What the read model has of versions of trips and of messages, and what was delivered to webhooks."""

# asyncpg carries no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import AsyncIterator, Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from schemas.hops import Hop, ms_of
from schemas.topics import BOOKINGS, TRIPS
from services.platform.settings import PostgresSettings
from services.platform.sql_files import statements_of
from services.query.postgres import QUERIES, QUERY_ROLE, Connection, connect

_SQL: Any = statements_of(Path(__file__).with_name("hops.sql"))


class SoughtRows(NamedTuple):
    """Of what the rows are asked."""

    tenant: str
    messages: Collection[str]
    travellers: Collection[str]
    places: Collection[tuple[int, int]]
    """Partitions and offsets of `trips.v1` at which versions of trips lie."""
    newest: Mapping[str, tuple[int, int]]
    """By trip the version that `trips.v1` holds last, as far as it was looked for."""
    events: Collection[str]
    partitions: Collection[int]


async def row_hops(postgres: PostgresSettings, sought: SoughtRows) -> list[Hop]:
    """Return what was stored and delivered, and what is shown now.

    Raises:
        OSError, asyncpg.PostgresError: trouble with the database.
    """
    connection = await connect(postgres, role=QUERY_ROLE)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await QUERIES.set_tenant(connection, tenant=sought.tenant)
            kinds = (_stored, _noted, _shown, _far, _deliveries)
            return [hop for kind in kinds async for hop in kind(connection, sought)]
    finally:
        await connection.close()


async def _stored(connection: Connection, sought: SoughtRows) -> AsyncIterator[Hop]:
    places = sorted(sought.places)
    rows = _SQL.stored_versions(
        connection, partitions=[one[0] for one in places], positions=[one[1] for one in places]
    )
    async for row in rows:
        yield Hop(
            stage="stored",
            where="read.changes",
            at_ms=ms_of(row["stored_at"]),
            decision=f"stored version {row['epoch']}/{row['version_offset']}",
            reason=f"{row['kind']}, of {TRIPS.name}-{row['partition']}@{row['position']}",
            trip=row["trip"],
        )


async def _noted(connection: Connection, sought: SoughtRows) -> AsyncIterator[Hop]:
    async for row in _SQL.noted_outcomes(connection, messages=list(sought.messages)):
        up_to = f"in the batch up to {BOOKINGS.name}-{row['partition']}@{row['done_offset']}"
        yield Hop(
            stage="shown",
            where="read.messages",
            decision=f"outcome noted: {row['result']}",
            reason=up_to if row["reason"] is None else f"{row['reason']}, {up_to}",
            message=row["message"],
            record=row["record"] or None,
            trip=row["trip"],
        )


async def _shown(connection: Connection, sought: SoughtRows) -> AsyncIterator[Hop]:
    rows = [row async for row in _SQL.shown_trips(connection, trips=list(sought.newest))]
    for row in rows:
        shown, newest = (row["epoch"], row["version_offset"]), sought.newest[row["id"]]
        yield Hop(
            stage="shown",
            where="read.trips",
            decision=f"{row['state']}, version {shown[0]}/{shown[1]}",
            reason="as it was written last"
            if shown >= newest
            else f"behind: {newest[0]}/{newest[1]} is written",
            trip=row["id"],
        )
    for trip in sought.newest.keys() - {row["id"] for row in rows}:
        yield Hop(stage="shown", where="read.trips", decision="not stored yet", trip=trip)


async def _far(connection: Connection, sought: SoughtRows) -> AsyncIterator[Hop]:
    async for row in _SQL.how_far(connection, partitions=sorted(sought.partitions)):
        yield Hop(
            stage="shown",
            where="read.progress",
            decision=f"shows all up to {BOOKINGS.name}-{row['partition']}@{row['done_offset']}",
            reason=f"epoch {row['epoch']}",
        )


async def _deliveries(connection: Connection, sought: SoughtRows) -> AsyncIterator[Hop]:
    rows = _SQL.deliveries(connection, travellers=list(sought.travellers), events=list(sought.events))
    async for row in rows:
        of: dict[str, Any] = {"stage": "delivery", "where": "own.webhook_deliveries", "trip": row["trip"]}
        to = f"webhook {row['webhook']}, event {row['event']}"
        yield Hop(
            **of,
            at_ms=ms_of(row["queued_at"]),
            decision=f"queued {row['type']}",
            reason=f"{to}, {row['state']}",
        )
        for attempt in orjson.loads(row["attempts"]):
            answer = attempt.get("status") or attempt.get("trouble")
            yield Hop(
                **of,
                at_ms=ms_of(datetime.fromisoformat(attempt["at"])),
                decision=f"answered {answer}",
                reason=to,
            )
