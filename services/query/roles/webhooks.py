"""`webhooks` tells subscribers without Kafka what happened."""

import random
from datetime import UTC, datetime

from services.platform import faults
from services.platform.awaiting import CannotStart, stop_when_told
from services.platform.health import Health, answering_health
from services.platform.pool_metrics import watch_pool
from services.platform.sealing import opened_seal
from services.platform.settings import HealthSettings, KafkaSettings, PostgresSettings
from services.query.postgres import open_pool
from services.query.settings import WebhookSettings
from services.query.webhook_sender import WebhookSender
from services.query.webhook_tables import WEBHOOKS_ROLE, check_webhooks
from services.query.webhook_visits import Clock


async def run() -> None:
    """Tell webhooks what happened until told to stop."""
    faults.arm(faults.FaultSettings())
    settings = WebhookSettings()
    seal = opened_seal(settings.sealing_keys, of="webhooks")
    if seal is None:
        raise CannotStart("set ITINERARY_WEBHOOKS_SEALING_KEYS; `itinerary webhooks --new-key` makes one")
    health = Health(service="webhooks")
    async with answering_health(health, settings=HealthSettings()):
        pool = await open_pool(
            PostgresSettings.model_validate({}), role=WEBHOOKS_ROLE, connections=8, check=check_webhooks
        )
        watch_pool(pool, name="webhooks")
        stopping = stop_when_told()
        health.ready()
        sender = WebhookSender(
            kafka=KafkaSettings.model_validate({}),
            pool=pool,
            seal=seal,
            settings=settings,
            clock=Clock(now=lambda: datetime.now(UTC), stretch=random.random),
            moved=health.moved,
        )
        try:
            await sender.run(stopping)
        finally:
            await pool.close()
