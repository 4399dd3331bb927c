"""`relay` tells what changed, from `trips.v1` to `trip-events.v1`."""

import structlog
from aiokafka.errors import KafkaError  # pyright: ignore[reportMissingTypeStubs] - it ships no types

from schemas.access import RELAY
from services.consolidator.exits import EXIT_TROUBLE
from services.consolidator.relay import Relay
from services.consolidator.settings import RelaySettings
from services.platform import faults
from services.platform.admission import admitted
from services.platform.awaiting import CannotGoOn, stop_when_told
from services.platform.health import Health, answering_health
from services.platform.settings import HealthSettings, KafkaSettings, TopicSettings

log = structlog.get_logger()


async def run() -> int:
    """Tell until told to stop."""
    faults.arm(faults.FaultSettings())
    kafka = KafkaSettings()  # pyright: ignore[reportCallIssue] - from the environment
    await admitted(kafka, partitions=TopicSettings().partitions, user=RELAY)
    stop = stop_when_told()
    health = Health(service="relay")
    relay = Relay(kafka=kafka, settings=RelaySettings(), moved=health.moved)
    try:
        async with answering_health(health, settings=HealthSettings()):
            health.ready()
            await relay.run(stop)
    except CannotGoOn as why:
        log.error("relay.ended", reason=str(why), exit_code=EXIT_TROUBLE)  # noqa: TRY400 - no bug
        return EXIT_TROUBLE
    except (KafkaError, OSError) as trouble:
        log.error("relay.ended", reason=type(trouble).__name__, exit_code=EXIT_TROUBLE)  # noqa: TRY400 - no bug
        return EXIT_TROUBLE
    return 0
