"""Composition root of `python -m services.consolidator`: the worker, and `relay` and `sweeper` beside it."""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NoReturn

import structlog
from aiokafka.errors import KafkaError  # pyright: ignore[reportMissingTypeStubs] - it ships no types
from pydantic import ValidationError

from schemas.access import CONSOLIDATOR, RELAY, SWEEPER
from services.consolidator.engine import EngineMaker
from services.consolidator.local_state import StateFolder, claimed
from services.consolidator.plain import PlainStream
from services.consolidator.relay import Relay
from services.consolidator.settings import ConsolidatorSettings, RelaySettings, SweeperSettings
from services.consolidator.stream import EngineUnfit, Stream, check_engine
from services.consolidator.sweeper import TROUBLE, Sweeper, open_due_index
from services.consolidator.worker import Worker, WorkerStalled
from services.platform import faults
from services.platform.admission import admitted
from services.platform.awaiting import CannotStart, stop_when_told
from services.platform.health import Health, answering_health
from services.platform.logs import configure_logs
from services.platform.pool_metrics import watch_pool
from services.platform.settings import (
    HealthSettings,
    KafkaSettings,
    PostgresSettings,
    TopicSettings,
    what_to_set,
)
from services.platform.tracing import sending_traces

log = structlog.get_logger()

EXIT_UNFIT = 1
EXIT_TROUBLE = 70
EXIT_STALLED = 71


def main(argv: Sequence[str] = ()) -> int:
    """Run one worker, or with the argument `relay` or `sweeper` one of those, until SIGTERM or SIGINT.

    Returns:
        0 after a stop that was asked for, 1 where it refuses to start, 70 after trouble or a bug and 71
        after a stall; whoever supervises it starts it again.
    """
    role = argv[0] if argv else "worker"
    if role not in _ROLES or len(argv) > 1:
        sys.stderr.write(
            "usage: python -m services.consolidator [worker|relay|sweeper]; settings: the environment\n"
        )
        return EXIT_UNFIT
    service = "consolidator" if role == "worker" else role
    configure_logs(service=service, pretty=sys.stderr.isatty())
    try:
        with sending_traces(service=service):
            return asyncio.run(_ROLES[role]())
    except ValidationError as wrong:
        log.error("settings.incomplete", mend=what_to_set(wrong))  # noqa: TRY400 - people mend this, not stacks
        return EXIT_UNFIT
    except (CannotStart, EngineUnfit) as reason:
        log.error("worker.refused", reason=str(reason))  # noqa: TRY400 - one line that says what to mend
        return EXIT_UNFIT


_ENGINES: dict[str, EngineMaker] = {"faust": Stream, "plain": PlainStream}


async def _run() -> int:
    faults.arm(faults.FaultSettings())
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


async def _relay() -> int:
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
    except (KafkaError, OSError) as trouble:
        log.error("relay.ended", reason=type(trouble).__name__, exit_code=EXIT_TROUBLE)  # noqa: TRY400 - no bug
        return EXIT_TROUBLE
    return 0


async def _sweeper() -> int:
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


_ROLES: dict[str, Callable[[], Coroutine[Any, Any, int]]] = {
    "worker": _run,
    "relay": _relay,
    "sweeper": _sweeper,
}


def _end(code: int) -> NoReturn:
    """End at once: an orderly stop may hang in trouble, and nothing unsettled was acknowledged."""
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
