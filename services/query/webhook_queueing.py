"""From `trip-events.v1` into what waits for webhooks: queued once, however often the log tells an event.

The place in the log stands in the database, beside what was queued up to it: one that is restored from a
backup goes on where it was then. It names the log, too: of one that was made anew all is read. The group's
own place is committed for those who watch how far behind it is.
"""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.topics import TRIP_EVENTS
from services.platform import faults, tracing
from services.platform.commits import commit_done
from services.platform.consumer_watch import ConsumerWatch
from services.platform.kafka import client_arguments
from services.platform.settings import KafkaSettings
from services.platform.topic_ids import topic_ids
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
        self._resumed: frozenset[TopicPartition] = frozenset()
        self._topic = ""
        """The broker's id of the log."""
        self._watch = ConsumerWatch("webhooks")

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
            **client_arguments(self._kafka),
            group_id=self._settings.group,
            enable_auto_commit=False,
            session_timeout_ms=_SESSION_MS,
            heartbeat_interval_ms=_SESSION_MS // 3,
            auto_offset_reset="earliest",  # also where a place is no longer kept
        )
        consumer.subscribe([TRIP_EVENTS.name], listener=self._watch)
        self._resumed = frozenset()
        try:
            await consumer.start()
            log.info("events.followed", group=self._settings.group)
            while not stop.is_set():
                await self._step(consumer)
        finally:
            await consumer.stop()

    async def _step(self, consumer: Any) -> None:  # noqa: ANN401 - aiokafka's
        await self._resume(consumer)
        fetched = await consumer.getmany(timeout_ms=_POLL_MS, max_records=self._settings.batch_records)
        # What was assigned meanwhile was read from where the group was; it is read again from our own place.
        ours = sorted((place, batch) for place, batch in fetched.items() if batch and place in self._resumed)
        if not ours:
            await self._watch.came_round(consumer)
            return
        heard = [found for _, batch in ours for record in batch if (found := _heard(record)) is not None]
        deliveries = await self._deliveries(lasting(heard))
        done = {place: batch[-1].offset + 1 for place, batch in ours}
        places = {place.partition: offset for place, offset in done.items()}
        gone = [one.attributes for one in heard if leaves_nothing(one)]
        causes = (tracing.cause_of(record.headers) for _, batch in ours for record in batch)
        with tracing.processing(TRIP_EVENTS.name, causes=causes), tracing.storing():
            new = await self._queue.queue(
                deliveries, group=self._settings.group, topic=self._topic, places=places, gone=gone
            )
        faults.point("webhook.queued")
        await commit_done(consumer, done)
        faults.point("webhook.committed")
        await self._watch.came_round(consumer, dict(ours))
        if new:
            log.info("deliveries.queued", deliveries=new)

    async def _resume(self, consumer: Any) -> None:  # noqa: ANN401 - as above
        """Go on, of partitions that are newly ours, where the database stands."""
        assigned = frozenset(consumer.assignment())
        fresh = assigned - self._resumed
        if fresh:
            partitions = [place.partition for place in fresh]
            self._topic = (await topic_ids(self._kafka, [TRIP_EVENTS.name]))[TRIP_EVENTS.name]
            places = await self._queue.places(self._settings.group, topic=self._topic, partitions=partitions)
            for place in fresh & consumer.assignment():
                # Webhooks hear of nothing from before they were made: to begin anew tells nothing twice.
                consumer.seek(place, places.get(place.partition, 0))
        self._resumed = assigned

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
