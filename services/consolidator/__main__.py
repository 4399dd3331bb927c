"""The consolidator's composition root: `itinerary consolidator`, or `python -m services.consolidator`."""

import asyncio
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import structlog
from pydantic import ValidationError

from services.consolidator.settings import ConsolidatorSettings
from services.consolidator.stream import EngineUnfit, check_engine
from services.consolidator.worker import Worker, WorkerStalled
from services.platform.awaiting import CannotStart, stop_when_told
from services.platform.health import Health, answering_health
from services.platform.kafka import check_topics, wait_for_kafka
from services.platform.logs import configure_logs
from services.platform.settings import HealthSettings, KafkaSettings, TopicSettings, what_to_set

log = structlog.get_logger()

EXIT_UNFIT = 1
EXIT_TROUBLE = 70
EXIT_STALLED = 71


def main(argv: Sequence[str] = ()) -> int:
    """Run one worker until SIGTERM or SIGINT.

    Returns:
        0 after a stop that was asked for, 1 where it refuses to start, 70 after trouble or a bug and 71
        after a stall; whoever supervises it starts it again.
    """
    if argv:
        sys.stderr.write("usage: itinerary consolidator (it takes its settings from the environment)\n")
        return EXIT_UNFIT
    configure_logs(service="consolidator", pretty=sys.stderr.isatty())
    try:
        return asyncio.run(_run())
    except ValidationError as wrong:
        log.error("settings.incomplete", mend=what_to_set(wrong))  # noqa: TRY400 - people mend this, not stacks
        return EXIT_UNFIT
    except (CannotStart, EngineUnfit) as reason:
        log.error("worker.refused", reason=str(reason))  # noqa: TRY400 - one line that says what to mend
        return EXIT_UNFIT


async def _run() -> int:
    check_engine()
    kafka, topics = KafkaSettings(), TopicSettings()  # pyright: ignore[reportCallIssue] - from the environment
    await wait_for_kafka(kafka)
    await check_topics(kafka, partitions=topics.partitions)
    stop = stop_when_told()
    health = Health(service="consolidator")
    worker = Worker(kafka=kafka, topics=topics, settings=ConsolidatorSettings(), health=health)
    try:
        async with answering_health(health, settings=HealthSettings()):
            await worker.run(stop)
    except WorkerStalled:
        log.exception("worker.stalled", exit_code=EXIT_STALLED)
        _end(EXIT_STALLED)
    except Exception:
        log.exception("worker.failed", exit_code=EXIT_TROUBLE)
        _end(EXIT_TROUBLE)
    return 0


def _end(code: int) -> NoReturn:
    """End at once: an orderly stop may hang in trouble, and nothing unsettled was acknowledged."""
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
