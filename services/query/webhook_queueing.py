"""From `trip-events.v1` into what waits for webhooks: queued once, however often the log tells an event.

The place in the log is committed after the database has what was read; a copy in between is known by its id.
"""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from schemas.topics import TRIP_EVENTS
from services.platform import faults
from services.platform.kafka import client_arguments
from services.platform.settings import KafkaSettings
from services.query.domain.subscriptions import Heard, Subscription, body, read_event, wants
from services.query.settings import WebhookSettings
from services.query.webhook_tables import DeliveryQueue
from services.query.webhook_visits import Queued

log = structlog.get_logger()

_POLL_MS = 500
_AGAIN_SECONDS = 2.0
_SESSION_MS = 6000
"""One that is silent for so long loses its partitions to the others."""


class Queueing:
    """One member of the group that shares the partitions of `trip-events.v1`."""

    def __init__(self, *, kafka: KafkaSettings, queue: DeliveryQueue, settings: WebhookSettings) -> None:
        self._kafka = kafka
        self._queue = queue
        self._settings = settings

    async def run(self, stop: asyncio.Event) -> None:
        """Queue until `stop` is set; where Kafka is away, wait for it: what is queued is sent meanwhile.

        Raises:
            OSError, asyncpg.PostgresError: the database is away; nothing was committed that is not queued.
        """
        while not stop.is_set():
            try:
                await self._follow(stop)
            except KafkaError as trouble:
                log.warning("events.unread", trouble=type(trouble).__name__)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), _AGAIN_SECONDS)

    async def _follow(self, stop: asyncio.Event) -> None:
        consumer = AIOKafkaConsumer(
            TRIP_EVENTS.name,
            **client_arguments(self._kafka),
            group_id=self._settings.group,
            enable_auto_commit=False,
            session_timeout_ms=_SESSION_MS,
            heartbeat_interval_ms=_SESSION_MS // 3,
            # Webhooks hear of nothing that happened before they were made, so that this tells nothing twice.
            auto_offset_reset="earliest",
        )
        try:
            await consumer.start()
            log.info("events.followed", group=self._settings.group)
            while not stop.is_set():
                await self._step(consumer)
        finally:
            await consumer.stop()

    async def _step(self, consumer: Any) -> None:  # noqa: ANN401 - aiokafka's
        fetched = await consumer.getmany(timeout_ms=_POLL_MS, max_records=self._settings.batch_records)
        records = [record for batch in fetched.values() for record in batch]
        if not records:
            return
        new = await self._queue.queue(await self._deliveries(records))
        faults.point("webhook.queued")
        try:
            await consumer.commit({place: batch[-1].offset + 1 for place, batch in fetched.items() if batch})
        except (CommitFailedError, IllegalStateError):
            log.info("commit.refused")  # the partitions moved; their new owner queues the same, once
        faults.point("webhook.committed")
        if new:
            log.info("deliveries.queued", deliveries=new)

    async def _deliveries(self, records: Iterable[Any]) -> Sequence[Queued]:
        heard = [found for record in records if (found := _heard(record)) is not None]
        subscriptions = await self._queue.subscriptions(one.attributes.tenant for one in heard)
        by_tenant: dict[str, list[Subscription]] = {}
        for subscription in subscriptions:
            by_tenant.setdefault(subscription.tenant, []).append(subscription)
        return [
            queued
            for one in heard
            for subscription in by_tenant.get(one.attributes.tenant, ())
            if (queued := self._queued(one, subscription)) is not None
        ]

    def _queued(self, heard: Heard, subscription: Subscription) -> Queued | None:
        if not wants(subscription, heard):
            return None
        told = body(heard, form=subscription.form, public_url=self._settings.public_url)
        if told is None:
            return None
        attributes = heard.attributes
        return Queued(
            tenant=subscription.tenant,
            webhook=subscription.webhook,
            event=attributes.id,
            type=attributes.type,
            trip=attributes.subject,
            traveller=attributes.traveller,
            body=told.decode(),
        )


def _heard(record: Any) -> Heard | None:  # noqa: ANN401 - a ConsumerRecord
    """Read a message; what is none was not told by our relay, and nobody waits for it."""
    try:
        return read_event(record.headers, record.value)
    except ValueError:
        log.error("event.unreadable", partition=record.partition, offset=record.offset)  # noqa: TRY400
        return None
