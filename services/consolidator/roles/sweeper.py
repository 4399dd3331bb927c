"""`sweeper` has trips looked at again when something of theirs is due."""

import structlog
from aiokafka.errors import KafkaError  # pyright: ignore[reportMissingTypeStubs] - it ships no types

from schemas.access import SWEEPER
from services.consolidator.exits import EXIT_TROUBLE
from services.consolidator.settings import SweeperSettings
from services.consolidator.sweeper import Sweeper, open_due_index
from services.platform import faults
from services.platform.admission import admitted
from services.platform.awaiting import stop_when_told
from services.platform.health import Health, answering_health
from services.platform.pool_metrics import watch_pool
from services.platform.postgres import TROUBLE
from services.platform.settings import HealthSettings, KafkaSettings, PostgresSettings, TopicSettings

log = structlog.get_logger()


async def run() -> int:
    """Look for what is due until told to stop."""
    faults.arm(faults.FaultSettings())
    kafka, topics = KafkaSettings(), TopicSettings()  # pyright: ignore[reportCallIssue] - from the environment
    await admitted(kafka, partitions=topics.partitions, user=SWEEPER)
    stop = stop_when_told()
    health = Health(service="sweeper")
    pool = await open_due_index(PostgresSettings.model_validate({}))
    watch_pool(pool, name="sweeper")
    sweeper = Sweeper(
        kafka=kafka,
        partitions=topics.partitions,
        pool=pool,
        settings=SweeperSettings(),
        moved=health.moved,
    )
    try:
        async with answering_health(health, settings=HealthSettings()):
            health.ready()
            await sweeper.run(stop)
    except (KafkaError, *TROUBLE) as trouble:
        log.error("sweeper.ended", reason=type(trouble).__name__, exit_code=EXIT_TROUBLE)  # noqa: TRY400 - no bug
        return EXIT_TROUBLE
    finally:
        await pool.close()
    return 0
