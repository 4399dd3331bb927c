"""`worker` consolidates."""

import os
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from typing import NoReturn

import structlog

from schemas.access import CONSOLIDATOR
from services.consolidator.computing import spare_what_is_held
from services.consolidator.engine import EngineMaker
from services.consolidator.exits import EXIT_STALLED, EXIT_TROUBLE, EXIT_UNFIT
from services.consolidator.local_state import StateFolder, claimed
from services.consolidator.plain import PlainStream
from services.consolidator.settings import ConsolidatorSettings
from services.consolidator.stream import Stream, check_engine
from services.consolidator.watchdog import WorkerStalled
from services.consolidator.worker import Worker
from services.platform import faults
from services.platform.admission import admitted
from services.platform.awaiting import CannotStart, stop_when_told
from services.platform.health import Health, answering_health
from services.platform.settings import HealthSettings, KafkaSettings, TopicSettings

log = structlog.get_logger()

_ENGINES: dict[str, EngineMaker] = {"faust": Stream, "plain": PlainStream}


async def run() -> int:
    """Consolidate until told to stop.

    Raises:
        CannotStart: the engine or the settings are not fit; the text says what to mend.
    """
    faults.arm(faults.FaultSettings())
    spare_what_is_held()
    settings = ConsolidatorSettings()
    if settings.engine == "faust":
        check_engine()
    kafka, topics = KafkaSettings(), TopicSettings()  # pyright: ignore[reportCallIssue] - from the environment
    await admitted(kafka, partitions=topics.partitions, user=CONSOLIDATOR)
    stop = stop_when_told()
    health = Health(service="consolidator")
    try:
        with _state_folder(settings) as folder:
            async with answering_health(health, settings=HealthSettings()):
                await Worker(
                    kafka=kafka,
                    topics=topics,
                    settings=settings,
                    engine=_ENGINES[settings.engine],
                    health=health,
                    folder=folder,
                    now_ms=lambda: time.time_ns() // 1_000_000,
                ).run(stop)
    except CannotStart as reason:
        log.error("worker.refused", reason=str(reason), exit_code=EXIT_UNFIT)  # noqa: TRY400 - people mend this
        _end(EXIT_UNFIT)
    except WorkerStalled:
        log.exception("worker.stalled", exit_code=EXIT_STALLED)
        _end(EXIT_STALLED)
    except Exception:
        log.exception("worker.failed", exit_code=EXIT_TROUBLE)
        _end(EXIT_TROUBLE)
    return 0


def _state_folder(settings: ConsolidatorSettings) -> AbstractContextManager[StateFolder | None]:
    return nullcontext() if settings.state_folder is None else claimed(settings.state_folder)


def _end(code: int) -> NoReturn:
    """End at once: an orderly stop may hang in trouble, and nothing unsettled was acknowledged."""
    sys.stderr.flush()
    os._exit(code)
