"""`tripit` follows travellers' accounts at TripIt."""

from datetime import UTC, datetime

import structlog

from schemas.access import TRIPIT
from services.ingest.connecting import opened
from services.ingest.settings import IngestSettings, TripItSettings
from services.ingest.tripit_wiring import follow
from services.platform.awaiting import stop_when_told
from services.platform.health import Health, answering_health
from services.platform.settings import HealthSettings, PostgresSettings

log = structlog.get_logger()


async def run() -> None:
    """Follow travellers' accounts at TripIt until told to stop."""
    health = Health(service="tripit")
    async with (
        answering_health(health, settings=HealthSettings()),
        opened(IngestSettings(), user=TRIPIT) as (_, messages),
    ):
        stopping = stop_when_told()
        health.ready()
        log.info("follower.started")
        await follow(
            TripItSettings(),
            postgres=PostgresSettings.model_validate({}),
            log=messages,
            today=lambda: datetime.now(UTC).date(),
            stopping=stopping,
            moved=health.moved,
        )
        log.info("follower.stopped")
