"""Runs query: `python -m services.query http` serves trips, `projector` keeps the read model up to date.

The only place of this service that reads clock and environment.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from aiokafka.errors import KafkaError  # pyright: ignore[reportMissingTypeStubs] - it ships no types
from pydantic import ValidationError

from services.platform.awaiting import CannotStart, stop_when_told
from services.platform.health import Health, answering_health
from services.platform.http_server import serve_until_told
from services.platform.issuer import refuse_beyond_loopback
from services.platform.kafka import check_topics, client_arguments, wait_for_kafka
from services.platform.logs import configure_logs
from services.platform.settings import (
    HealthSettings,
    KafkaSettings,
    PostgresSettings,
    TokenSettings,
    TopicSettings,
    what_to_set,
)
from services.query.postgres import PROJECTOR_ROLE, TROUBLE, open_pool
from services.query.projector import Projector
from services.query.serving import QuerySetup, open_serving, query_app
from services.query.settings import ProjectorSettings, QuerySettings

log = structlog.get_logger()


def setup_from_environment(settings: QuerySettings | None = None) -> QuerySetup:
    """Return what the environment says, with the clock of this machine."""
    return QuerySetup(
        kafka=KafkaSettings.model_validate({}),
        postgres=PostgresSettings.model_validate({}),
        topics=TopicSettings(),
        tokens=TokenSettings.model_validate({}),
        query=settings or QuerySettings(),
        now=lambda: datetime.now(UTC),
    )


async def serve_http() -> None:
    """Serve trips alone until told to stop."""
    setup = setup_from_environment()
    try:
        refuse_beyond_loopback(issuer=setup.tokens.issuer, host=setup.query.host)
    except ValueError as why:
        raise CannotStart(str(why)) from why
    async with open_serving(setup) as serving:
        app = query_app(setup, serving=serving)
        await serve_until_told(app, host=setup.query.host, port=setup.query.port)


async def project() -> None:
    """Keep the read model up to date until told to stop."""
    kafka, settings = KafkaSettings.model_validate({}), ProjectorSettings()
    health = Health(service="projector")
    async with answering_health(health, settings=HealthSettings()):
        await wait_for_kafka(kafka)
        await check_topics(kafka, partitions=TopicSettings().partitions)
        pool = await open_pool(PostgresSettings.model_validate({}), role=PROJECTOR_ROLE, connections=2)
        projector = Projector(kafka=client_arguments(kafka), pool=pool, settings=settings, moved=health.moved)
        stopping = stop_when_told()
        health.ready()
        try:
            await projector.run(stopping)
        finally:
            await pool.close()


_ROLES: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {"http": serve_http, "projector": project}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a role until it is told to stop; return the exit code: 1 where it could not start or go on."""
    parser = argparse.ArgumentParser(prog="query", description=__doc__)
    parser.add_argument("role", choices=sorted(_ROLES))
    role: str = parser.parse_args(arguments).role
    configure_logs(service=f"query-{role}")
    try:
        asyncio.run(_ROLES[role]())
    except ValidationError as wrong:
        log.error("settings.incomplete", mend=what_to_set(wrong))  # noqa: TRY400 - people mend this, not stacks
        return 1
    except CannotStart as why:
        log.error("process.not_started", reason=str(why))  # noqa: TRY400 - as above
        return 1
    except (KafkaError, *TROUBLE) as trouble:
        log.error("process.ended", reason=type(trouble).__name__)  # noqa: TRY400 - as above
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
