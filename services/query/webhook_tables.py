"""Webhooks in PostgreSQL: as a tenant's administrators see them, and as the process that sends does."""

# asyncpg carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import structlog

from schemas.events import TripEventAttributes
from schemas.identifiers import IDENTIFIER
from services.platform.sealing import Seal, SealBroken
from services.platform.sql_files import statements_of
from services.query.domain.subscriptions import Subscription
from services.query.postgres import QUERIES, Connection
from services.query.tenant_reading import TenantReading
from services.query.webhook_secrets import Secrets
from services.query.webhook_visits import Endpoint, Queued, Tried, VisitEnd, Waiting
from services.query.webhooks import Delivery, Webhook

log = structlog.get_logger()

WEBHOOK_QUERIES: Any = statements_of(Path(__file__).with_name("webhooks.sql"))
WEBHOOKS_ROLE = "itinerary_webhooks"
_LEASED = ("url", "form", "concurrency", "lease", "revision", "failures")


async def check_webhooks(pool: Any) -> None:  # noqa: ANN401 - asyncpg's pool
    """Fail where migrations are behind."""
    async with pool.acquire(timeout=5) as connection:
        await WEBHOOK_QUERIES.check_webhooks(connection)


class TenantWebhooks(TenantReading):
    """One transaction on a tenant's webhooks."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._webhooks = connection

    async def webhooks(self, webhook: str | None = None) -> Sequence[Webhook]:
        """Return all, or the one."""
        if webhook is not None and IDENTIFIER.fullmatch(webhook) is None:
            return []
        rows = WEBHOOK_QUERIES.list_webhooks(self._webhooks, webhook=webhook)
        return [Webhook(**row) async for row in rows]

    async def add(self, **webhook: Any) -> None:  # noqa: ANN401 - the columns
        """Enter a webhook."""
        await WEBHOOK_QUERIES.add_webhook(self._webhooks, **webhook)

    async def change(self, webhook: str, **wanted: Any) -> None:  # noqa: ANN401 - as above
        """Change what is not None, and try it anew."""
        await WEBHOOK_QUERIES.change_webhook(self._webhooks, webhook=webhook, **wanted)
        await WEBHOOK_QUERIES.hasten_deliveries(self._webhooks, webhook=webhook)

    async def hold_secrets(self, webhook: str) -> str:
        """Return the sealed secrets; until the end nobody else may change them."""
        return await WEBHOOK_QUERIES.hold_secrets(self._webhooks, webhook=webhook)

    async def keep_secrets(self, webhook: str, *, sealed: str) -> None:
        """Keep other secrets."""
        await WEBHOOK_QUERIES.keep_secrets(self._webhooks, webhook=webhook, sealed=sealed)

    async def remove(self, webhook: str) -> None:
        """Forget a webhook and its deliveries."""
        await WEBHOOK_QUERIES.remove_webhook(self._webhooks, webhook=webhook)

    async def deliveries(
        self, webhook: str, *, state: str | None, event: str | None, before: int | None, wanted: int
    ) -> Sequence[Delivery]:
        """Return deliveries, the newest first."""
        if event is not None and IDENTIFIER.fullmatch(event) is None:
            return []
        rows = WEBHOOK_QUERIES.list_deliveries(
            self._webhooks, webhook=webhook, state=state, event=event, before=before, wanted=wanted
        )
        return [Delivery(**{**row, "attempts": orjson.loads(row["attempts"])}) async for row in rows]

    async def add_test(self, *, tenant: str, webhook: str, event: str, type: str, body: str) -> None:  # noqa: A002
        """Queue a test, to be sent at once."""
        await WEBHOOK_QUERIES.add_test(
            self._webhooks, tenant=tenant, webhook=webhook, event=event, type=type, body=body
        )
        await WEBHOOK_QUERIES.stir(self._webhooks, webhook=webhook)

    async def redrive(self, webhook: str, *, event: str | None) -> Sequence[str]:
        """Have what is dead tried again; return which events."""
        if event is not None and IDENTIFIER.fullmatch(event) is None:
            return []
        await WEBHOOK_QUERIES.hold_before_deliveries(self._webhooks, webhook=webhook)
        rows = WEBHOOK_QUERIES.redrive(self._webhooks, webhook=webhook, event=event)
        driven = [row["event"] async for row in rows]
        if driven:
            await WEBHOOK_QUERIES.stir(self._webhooks, webhook=webhook)
        return driven


class WebhookPool:
    """The tables of webhooks, one tenant at a time."""

    def __init__(self, pool: Any) -> None:  # noqa: ANN401 - asyncpg's pool
        self._pool = pool

    @asynccontextmanager
    async def webhook_tables(self, tenant: str) -> AsyncGenerator[TenantWebhooks]:
        """Open a transaction; the setting that row-level security reads ends with it."""
        async with self._pool.acquire(timeout=5) as connection, connection.transaction():
            await QUERIES.set_tenant(connection, tenant=tenant)
            yield TenantWebhooks(connection)


class DeliveryQueue:
    """The webhooks of all tenants, for the processes that queue and send."""

    def __init__(self, pool: Any, *, seal: Seal) -> None:  # noqa: ANN401 - asyncpg's pool
        self._pool = pool
        self._seal = seal

    async def subscriptions(self, tenants: Iterable[str]) -> Sequence[Subscription]:
        """Return who wants to hear of these tenants."""
        async with self._pool.acquire(timeout=5) as connection:
            rows = WEBHOOK_QUERIES.subscriptions_of(connection, tenants=sorted(set(tenants)))
            return [
                Subscription(
                    tenant=row["tenant"],
                    webhook=row["webhook"],
                    changes=frozenset(row["changes"]),
                    travellers=frozenset(row["travellers"]),
                    form=row["form"],
                    since=row["created_at"],
                )
                async for row in rows
            ]

    async def places(self, group: str, *, topic: str, partitions: Iterable[int]) -> Mapping[int, int]:
        """Return from which offset on nothing is queued, of partitions that a group has been at.

        Args:
            group: who reads the log.
            topic: which log that is: the broker's id, which changes where it is made anew.
            partitions: of the log.
        """
        async with self._pool.acquire(timeout=5) as connection:
            rows = WEBHOOK_QUERIES.places(
                connection, queue_group=group, topic=topic, partitions=sorted(partitions)
            )
            return {row["partition"]: row["next_offset"] async for row in rows}

    async def queue(
        self,
        queued: Sequence[Queued],
        *,
        group: str,
        topic: str,
        places: Mapping[int, int],
        had: Mapping[int, int] = {},
        gone: Sequence[TripEventAttributes] = (),
    ) -> int | None:
        """Queue deliveries in their order, and up to where the log is read; return how many were new.

        Returns None, and queues nothing, where the database has lost some of what it had.

        Args:
            queued: what is to be delivered.
            group: who reads the log.
            topic: which log, as `places` has it.
            places: by partition, from where on it is not read yet.
            had: by partition, from where on nothing was queued before, as far as was known.
            gone: events after which nothing else may be kept of their trips.
        """
        columns = {name: [getattr(one, name) for one in queued] for name in Queued._fields}
        async with self._pool.acquire(timeout=5) as connection, connection.transaction():
            rows = WEBHOOK_QUERIES.hold_places(
                connection, queue_group=group, topic=topic, partitions=sorted(had)
            )
            held = {row["partition"]: row["next_offset"] async for row in rows}
            if any(held.get(partition, 0) < before for partition, before in had.items()):
                return None
            await WEBHOOK_QUERIES.move_places(
                connection,
                queue_group=group,
                topic=topic,
                partitions=list(places),
                next_offsets=list(places.values()),
            )
            if gone:
                tenants = {one.tenant for one in (*gone, *queued)}
                await WEBHOOK_QUERIES.hold_webhooks(connection, tenants=sorted(tenants))
                await WEBHOOK_QUERIES.forget_trips(
                    connection,
                    tenants=[one.tenant for one in gone],
                    travellers=[one.traveller for one in gone],
                    trips=[one.subject for one in gone],
                    kept=[one.type for one in gone],
                )
            new = [tuple(row) async for row in WEBHOOK_QUERIES.queue_deliveries(connection, **columns)]
            woken = sorted(set(new))
            if woken:
                await WEBHOOK_QUERIES.wake_webhooks(
                    connection, tenants=[one[0] for one in woken], webhooks=[one[1] for one in woken]
                )
        return len(new)

    async def lease(self, *, limit: int, seconds: float) -> list[Endpoint]:
        """Take endpoints for which something is due; no other process gets them meanwhile."""
        leased: list[Endpoint] = []
        async with self._pool.acquire(timeout=5) as connection, connection.transaction():
            rows = [
                row async for row in WEBHOOK_QUERIES.lease_webhooks(connection, limit=limit, seconds=seconds)
            ]
            for row in rows:
                who = {"tenant": row["tenant"], "webhook": row["webhook"]}
                try:
                    secrets = Secrets.opened(row["sealed"], seal=self._seal, **who)
                except SealBroken:
                    log.error("webhook.not_opened", webhook=row["webhook"])  # noqa: TRY400 - no stack is wanted
                    await WEBHOOK_QUERIES.bury_webhook(connection, **who, trouble="seal_broken")
                else:
                    fields = {name: row[name] for name in _LEASED}
                    leased.append(Endpoint(**who, **fields, secrets=secrets))
        return leased

    async def waiting(self, endpoint: Endpoint, *, wanted: int) -> Sequence[Waiting]:
        """Return what is due for an endpoint, in order."""
        async with self._pool.acquire(timeout=5) as connection:
            rows = WEBHOOK_QUERIES.waiting_deliveries(connection, **_of(endpoint), wanted=wanted)
            return [Waiting(**row) async for row in rows]

    async def end(
        self, endpoint: Endpoint, *, tried: Sequence[Tried], visit: VisitEnd | None, is_full: bool = False
    ) -> None:
        """Note what a visit came to, and give the endpoint back; the arguments are those of `Queue`."""
        async with self._pool.acquire(timeout=5) as connection, connection.transaction():
            revision = await WEBHOOK_QUERIES.hold_webhook(connection, **_of(endpoint), lease=endpoint.lease)
            is_current = revision == endpoint.revision
            if tried:
                await WEBHOOK_QUERIES.note_attempts(
                    connection,
                    **_of(endpoint),
                    events=[one.event for one in tried],
                    states=[one.state for one in tried],
                    again_in=[one.again_in for one in tried],
                    failures=[one.failures for one in tried],
                    attempts=[orjson.dumps([one.attempt]).decode() for one in tried],
                    is_current=is_current,
                )
            if is_current and visit is not None:
                await WEBHOOK_QUERIES.end_webhook_visit(connection, **_of(endpoint), **visit._asdict())
            if revision is not None:  # else another process has it
                await WEBHOOK_QUERIES.return_webhook(connection, **_of(endpoint), is_full=is_full)

    async def tidy(self, *, hopeless_after: timedelta, most_waiting: int, kept_days: int) -> None:
        """End what has no hope, and forget what ended long ago."""
        async with self._pool.acquire(timeout=5) as connection, connection.transaction():
            await WEBHOOK_QUERIES.end_hopeless(connection, seconds=hopeless_after.total_seconds())
            await WEBHOOK_QUERIES.end_overfull(connection, most=most_waiting)
            await WEBHOOK_QUERIES.prune_deliveries(connection, days=kept_days)

    async def renew_seals(self) -> None:
        """Seal with the newest key what an older one has sealed, so that it can be taken away."""
        async with self._pool.acquire(timeout=5) as connection, connection.transaction():
            for row in [row async for row in WEBHOOK_QUERIES.all_secrets(connection)]:
                if self._seal.is_newest(row["sealed"]):
                    continue
                who = {"tenant": row["tenant"], "webhook": row["webhook"]}
                try:
                    secrets = Secrets.opened(row["sealed"], seal=self._seal, **who)
                except SealBroken:
                    continue  # said when it is to be sent to
                sealed = secrets.sealed(self._seal, **who)
                await WEBHOOK_QUERIES.renew_secrets(connection, **who, sealed=sealed, before=row["sealed"])


def _of(endpoint: Endpoint) -> dict[str, str]:
    return {"tenant": endpoint.tenant, "webhook": endpoint.webhook}
