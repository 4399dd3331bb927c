"""A tenant with one webhook, entered where no route is needed, and what waits for it."""

import secrets as chance
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from pydantic import SecretStr

from services.platform.sealing import Seal, new_key
from services.query.domain.subscriptions import Patience
from services.query.webhook_secrets import Secrets
from services.query.webhook_tables import DeliveryQueue, TenantWebhooks
from services.query.webhook_visits import Clock, Endpoint, Pace, Queued, Visits
from tests.support.waiting import wait_until_async

KEY = new_key()
PATIENCE = Patience(first_seconds=60)
"""What failed is not due again while a test runs."""


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - receivers' library looks at the clock, too


def an_id() -> str:
    """Return another one each time."""
    return str(UUID(bytes=chance.token_bytes(16)))


class OneWebhook:
    """A tenant's only webhook, and its queue."""

    def __init__(self, pool: Any, *, tenant: str) -> None:
        self.pool = pool
        self.queue = DeliveryQueue(pool, seal=Seal(SecretStr(KEY)))
        self.tenant, self.webhook = tenant, an_id()

    async def enter(self, *, url: str = "https://one.example/hook", concurrency: int = 1) -> None:
        async with self.pool.acquire() as connection:
            await connection.execute("INSERT INTO own.tenants VALUES ($1)", self.tenant)
            await TenantWebhooks(connection).add(
                tenant=self.tenant,
                webhook=self.webhook,
                url=url,
                description="",
                changes=[],
                travellers=[],
                form="cloudevents",
                concurrency=concurrency,
                sealed=self.sealed(KEY),
            )

    def sealed(self, key: str) -> str:
        seal = Seal(SecretStr(key))
        return Secrets("whsec_bmV3").sealed(seal, tenant=self.tenant, webhook=self.webhook)

    def delivery(self, trip: str) -> Queued:
        return Queued(self.tenant, self.webhook, an_id(), "itinerary.trip.updated.v1", trip, trip, trip)

    async def wait(self, *trips: str) -> list[str]:
        """Queue an event of each trip; return their ids."""
        queued = [self.delivery(trip) for trip in trips]
        await self.queue.queue(queued, group=self.tenant, topic="", places={})
        return [one.event for one in queued]

    async def lease(self) -> list[Endpoint]:
        """Lease what is due, of this tenant."""
        return [one for one in await self.queue.lease(limit=1000, seconds=60) if one.tenant == self.tenant]

    async def visit(
        self, client: httpx.AsyncClient, *, now: Callable[[], datetime] = now, **pace: Any
    ) -> None:
        """Lease what is due, of this tenant, and visit it by a clock of the process."""
        visits = Visits(
            queue=self.queue,
            client_of=lambda _: client,
            pace=Pace(
                **{"deliveries": 50, "visit_seconds": 60, "request_seconds": 30, "stopping": bool} | pace
            ),
            patience=PATIENCE,
            clock=Clock(now=now, stretch=lambda: 0.0),
        )
        for endpoint in await self.lease():
            await visits.visit(endpoint)

    async def next_events(self, endpoint: Endpoint) -> list[str]:
        return [one.event for one in await self.queue.waiting(endpoint, wanted=50)]

    async def row(self) -> Any:
        return await self.pool.fetchrow("SELECT * FROM own.webhooks WHERE webhook = $1", self.webhook)

    async def states(self) -> list[str]:
        rows = await self.pool.fetch(
            "SELECT state FROM own.webhook_deliveries WHERE webhook = $1 ORDER BY serial", self.webhook
        )
        return [row["state"] for row in rows]

    async def end_pause(self) -> None:
        await self.pool.execute(
            "UPDATE own.webhooks SET paused_until = now() WHERE webhook = $1", self.webhook
        )

    async def until_somebody_waits_for(self, holder: Any) -> None:
        """Wait until another connection waits for a lock that this one has."""

        async def somebody() -> bool:
            return await self.pool.fetchval(
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid)))",
                holder.get_server_pid(),
            )

        await wait_until_async(somebody, what="somebody to wait for a lock")

    async def clock(self) -> datetime:
        return await self.pool.fetchval("SELECT clock_timestamp()")

    async def due_at(self, event: str) -> datetime:
        return await self.pool.fetchval("SELECT due_at FROM own.webhook_deliveries WHERE event = $1", event)

    async def attempts(self, event: str) -> int:
        return await self.pool.fetchval(
            "SELECT jsonb_array_length(attempts) FROM own.webhook_deliveries WHERE event = $1", event
        )


@asynccontextmanager
async def one_webhook(database_url: str, *, tenant: str) -> AsyncIterator[OneWebhook]:
    """Connect for the length of the block; who waits for a lock for long fails. Nothing is entered yet."""
    waits = {"lock_timeout": "10s"}
    async with asyncpg.create_pool(database_url, min_size=1, max_size=4, server_settings=waits) as pool:
        yield OneWebhook(pool, tenant=tenant)
