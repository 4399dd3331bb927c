"""Runs query: `http` serves trips, `projector` keeps the read model up to date, `webhooks` tells.

The only place of this service that reads clock and environment.
"""

import argparse
import asyncio
import random
import sys
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from secrets import token_urlsafe
from typing import Any
from uuid import uuid4

import structlog
from aiokafka.errors import KafkaError  # pyright: ignore[reportMissingTypeStubs] - it ships no types
from pydantic import ValidationError

from schemas.access import PROJECTOR
from services.platform import faults
from services.platform.admission import admitted
from services.platform.awaiting import CannotStart, stop_when_told
from services.platform.health import Health, answering_health, answering_metrics
from services.platform.http_server import serve_until_told
from services.platform.issuer import refuse_beyond_loopback
from services.platform.kafka import client_arguments
from services.platform.logs import configure_logs
from services.platform.pool_metrics import watch_pool
from services.platform.sealing import opened_seal
from services.platform.settings import (
    HealthSettings,
    KafkaSettings,
    PostgresSettings,
    TokenSettings,
    TopicSettings,
    what_to_set,
)
from services.platform.tracing import sending_traces
from services.query.postgres import PROJECTOR_ROLE, TROUBLE, open_pool
from services.query.projector import Projector
from services.query.serving import QuerySetup, open_serving, query_app
from services.query.settings import ProjectorSettings, QuerySettings, SignInSettings, WebhookSettings
from services.query.webhook_sender import WebhookSender
from services.query.webhook_tables import WEBHOOKS_ROLE, check_webhooks
from services.query.webhook_visits import Clock

log = structlog.get_logger()


def setup_from_environment(
    settings: QuerySettings | None = None, *, sign_in: SignInSettings | None = None
) -> QuerySetup:
    """Return what the environment says, with the clock of this machine."""
    return QuerySetup(
        kafka=KafkaSettings.model_validate({}),
        postgres=PostgresSettings.model_validate({}),
        topics=TopicSettings(),
        tokens=TokenSettings.model_validate({}),
        query=settings or QuerySettings(),
        sign_in=sign_in or SignInSettings(),
        webhooks=WebhookSettings(),
        now=lambda: datetime.now(UTC),
        new_id=lambda: str(uuid4()),
        new_secret=lambda: token_urlsafe(32),
    )


async def serve_http() -> None:
    """Serve trips alone until told to stop."""
    setup = setup_from_environment()
    try:
        refuse_beyond_loopback(issuer=setup.tokens.issuer, host=setup.query.host)
    except ValueError as why:
        raise CannotStart(str(why)) from why
    async with answering_metrics("query", settings=HealthSettings()), open_serving(setup) as serving:
        app = query_app(setup, serving=serving)
        await serve_until_told(app, host=setup.query.host, port=setup.query.port)


async def project() -> None:
    """Keep the read model up to date until told to stop."""
    faults.arm(faults.FaultSettings())
    kafka, settings = KafkaSettings.model_validate({}), ProjectorSettings()
    health = Health(service="projector")
    async with answering_health(health, settings=HealthSettings()):
        await admitted(kafka, partitions=TopicSettings().partitions, user=PROJECTOR)
        pool = await open_pool(PostgresSettings.model_validate({}), role=PROJECTOR_ROLE, connections=2)
        watch_pool(pool, name="projector")
        projector = Projector(kafka=client_arguments(kafka), pool=pool, settings=settings, moved=health.moved)
        stopping = stop_when_told()
        health.ready()
        try:
            await projector.run(stopping)
        finally:
            await pool.close()


async def send_webhooks() -> None:
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


_ROLES: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
    "http": serve_http,
    "projector": project,
    "webhooks": send_webhooks,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a role until it is told to stop; return the exit code: 1 where it could not start or go on."""
    parser = argparse.ArgumentParser(prog="query", description=__doc__)
    parser.add_argument("role", choices=sorted(_ROLES))
    role: str = parser.parse_args(arguments).role
    configure_logs(service=f"query-{role}")
    try:
        with sending_traces(service=f"query-{role}"):
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
