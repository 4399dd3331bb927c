"""From `trip-events.v1` into what waits for webhooks: queued once, however often the log tells an event.

The place in the log stands in the database, beside what was queued up to it: one that is restored from a
backup goes on where it was then, also under a process that lives. It names the log, too: of one that was made
anew all is read. The group's own place is committed for those who watch how far behind it is.
"""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

import structlog
from aiokafka.errors import KafkaError

from schemas.topics import TRIP_EVENTS
from services.platform import faults, tracing
from services.platform.group_reader import GroupReader, Reads, group_reader
from services.platform.settings import KafkaSettings
from services.query.domain.subscriptions import (
    Heard,
    Subscription,
    body,
    lasting,
    leaves_nothing,
    read_event,
    wants,
)
from services.query.settings import WebhookSettings
from services.query.webhook_tables import DeliveryQueue
from services.query.webhook_visits import Queued

log = structlog.get_logger()

_AGAIN_SECONDS = 2.0
_SESSION_MS = 6000
"""One that is silent for so long loses its partitions to the others."""


class Queueing:
    """One member of the group that shares the partitions of `trip-events.v1`."""

    def __init__(self, *, kafka: KafkaSettings, queue: DeliveryQueue, settings: WebhookSettings) -> None:
        self._kafka = kafka
        self._queue = queue
        self._settings = settings
        self._reads = Reads(
            TRIP_EVENTS.name,
            group=settings.group,
            consumer="webhooks",
            options={"session_timeout_ms": _SESSION_MS, "heartbeat_interval_ms": _SESSION_MS // 3},
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Queue until `stop` is set; where Kafka is away, wait for it: what is queued is sent meanwhile.

        Raises:
            TopicRecreated: the log was deleted and created anew.
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
        async with group_reader(self._kafka, self._reads, places=self._places) as reader:
            log.info("events.followed", group=self._settings.group)
            while not stop.is_set():
                await self._step(reader)

    async def _step(self, reader: GroupReader) -> None:
        fetched = await reader.fetch(max_records=self._settings.batch_records)
        if not fetched:
            return
        records = [record for _, batch in sorted(fetched.items()) for record in batch]
        heard = [found for record in records if (found := _heard(record)) is not None]
        deliveries = await self._deliveries(lasting(heard))
        places = {place.partition: batch[-1].offset + 1 for place, batch in fetched.items()}
        gone = [one.attributes for one in heard if leaves_nothing(one)]
        causes = (tracing.cause_of(record.headers) for record in records)
        with tracing.processing(TRIP_EVENTS.name, causes=causes), tracing.storing():
            new = await self._queue.queue(
                deliveries,
                group=self._settings.group,
                topic=reader.topic_id,
                places=places,
                had={partition: reader.done.get(partition, 0) for partition in places},
                gone=gone,
            )
        if new is None:
            reader.begin_again(lost=places)
            return
        faults.point("webhook.queued")
        await reader.commit(fetched)
        faults.point("webhook.committed")
        if new:
            log.info("deliveries.queued", deliveries=new)

    async def _places(self, topic_id: str, partitions: Collection[int]) -> Mapping[int, int]:
        """Tell where the database stands; webhooks hear of nothing from before they were made."""
        return await self._queue.places(self._settings.group, topic=topic_id, partitions=partitions)

    async def _deliveries(self, heard: Sequence[Heard]) -> Sequence[Queued]:
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
            traceparent=heard.traceparent,
        )


def _heard(record: Any) -> Heard | None:  # noqa: ANN401 - a ConsumerRecord
    """Read a message; what is none was not told by our relay, and nobody waits for it."""
    try:
        return read_event(record.headers, record.value)
    except ValueError:
        log.error("event.unreadable", partition=record.partition, offset=record.offset)  # noqa: TRY400
        return None
