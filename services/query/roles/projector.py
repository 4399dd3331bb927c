"""`projector` keeps the read model up to date."""

from schemas.access import PROJECTOR
from services.platform import faults
from services.platform.admission import admitted
from services.platform.awaiting import stop_when_told
from services.platform.health import Health, answering_health
from services.platform.pool_metrics import watch_pool
from services.platform.settings import HealthSettings, KafkaSettings, PostgresSettings, TopicSettings
from services.query.postgres import PROJECTOR_ROLE, open_pool
from services.query.projector import Projector
from services.query.settings import ProjectorSettings


async def run() -> None:
    """Keep the read model up to date until told to stop."""
    faults.arm(faults.FaultSettings())
    kafka, settings = KafkaSettings.model_validate({}), ProjectorSettings()
    health = Health(service="projector")
    async with answering_health(health, settings=HealthSettings()):
        await admitted(kafka, partitions=TopicSettings().partitions, user=PROJECTOR)
        pool = await open_pool(PostgresSettings.model_validate({}), role=PROJECTOR_ROLE, connections=2)
        watch_pool(pool, name="projector")
        projector = Projector(kafka=kafka, pool=pool, settings=settings, moved=health.moved)
        stopping = stop_when_told()
        health.ready()
        try:
            await projector.run(stopping)
        finally:
            await pool.close()
