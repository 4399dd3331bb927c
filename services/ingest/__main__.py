"""Runs ingest: `python -m services.ingest http` takes messages, `worker` takes what trusted feeds publish.

The only place of this service that reads clock and environment.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import structlog
from aiokafka.errors import KafkaError  # pyright: ignore[reportMissingTypeStubs] - it has none
from fastapi import APIRouter
from pydantic import ValidationError

from services.ingest.edge import Edge
from services.ingest.feeds import Feeds
from services.ingest.handlers import Ingest, Unavailable
from services.ingest.http import create_app, create_router
from services.ingest.kafka import KafkaLog
from services.ingest.postgres import PostgresDirectory, open_directory
from services.ingest.query_service import QueryService
from services.ingest.settings import IngestSettings
from services.ingest.worker import run_worker
from services.platform.awaiting import CannotStart, stop_when_told
from services.platform.health import Health, answering_health
from services.platform.http_server import serve_until_told
from services.platform.issuer import refuse_beyond_loopback
from services.platform.jwks import KeySet
from services.platform.kafka import check_topics, wait_for_kafka
from services.platform.logs import configure_logs
from services.platform.settings import (
    HealthSettings,
    KafkaSettings,
    PostgresSettings,
    TokenSettings,
    TopicSettings,
    what_to_set,
)
from services.platform.tokens import TokenVerifier

log = structlog.get_logger()


class Door(NamedTuple):
    """The HTTP edge of ingest, ready to be served: its routes, and the check behind `/health/ready`."""

    router: APIRouter
    check: Callable[[], Awaitable[None]]


@asynccontextmanager
async def opened(settings: IngestSettings) -> AsyncGenerator[tuple[PostgresDirectory, KafkaLog]]:
    """Connect to directory and log, waiting for both.

    Raises:
        CannotStart: where one does not answer, or is not fit; the text says what to mend.
    """
    kafka, topics = KafkaSettings.model_validate({}), TopicSettings()
    await wait_for_kafka(kafka)
    await check_topics(kafka, partitions=topics.partitions)
    async with open_directory(PostgresSettings.model_validate({})) as directory:
        messages = KafkaLog(kafka, topics=topics, confirm_seconds=settings.confirm_seconds)
        await messages.start()
        try:
            yield directory, messages
        finally:
            await messages.stop()


@asynccontextmanager
async def open_door(settings: IngestSettings | None = None) -> AsyncGenerator[Door]:
    """Open the HTTP edge, to be served alone or in one process with query's routes.

    Raises:
        CannotStart: as `opened`.
    """
    settings = settings or IngestSettings()
    tokens = TokenSettings.model_validate({})
    verifier = TokenVerifier(issuer=tokens.issuer, audience=tokens.audience, keys=KeySet(tokens.jwks_url))
    async with (
        opened(settings) as (directory, messages),
        httpx.AsyncClient(base_url=settings.query_url) as client,
    ):

        async def check() -> None:
            await directory.check()
            await messages.check()

        query = QueryService(client, wait_seconds=settings.own_write_wait_seconds)
        edge = Edge(new_id=lambda: str(uuid4()), now=lambda: datetime.now(UTC))
        ingest = Ingest(directory=directory, log=messages)
        yield Door(create_router(ingest, verifier=verifier, query=query, edge=edge), check)


async def serve_http() -> None:
    """Serve ingest alone until told to stop."""
    settings = IngestSettings()
    issuer = TokenSettings.model_validate({}).issuer
    try:
        refuse_beyond_loopback(issuer=issuer, host=settings.ingest_host)
    except ValueError as why:
        raise CannotStart(str(why)) from why
    async with open_door(settings) as door:
        app = create_app(door.router, check=door.check)
        await serve_until_told(app, host=settings.ingest_host, port=settings.ingest_port)


async def serve_feeds() -> None:
    """Take what feeds publish until told to stop."""
    health = Health(service="ingest-worker")
    async with (
        answering_health(health, settings=HealthSettings()),
        opened(IngestSettings()) as (directory, messages),
    ):
        stopping = stop_when_told()
        health.ready()
        log.info("worker.started")
        feeds = Feeds(directory=directory, log=messages)
        await run_worker(KafkaSettings.model_validate({}), feeds=feeds, stopping=stopping, moved=health.moved)
        log.info("worker.stopped")


_ROLES: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {"http": serve_http, "worker": serve_feeds}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a role until it is told to stop; return the exit code: 1 where it could not start or go on."""
    parser = argparse.ArgumentParser(prog="ingest", description=__doc__)
    parser.add_argument("role", choices=sorted(_ROLES))
    role: str = parser.parse_args(arguments).role
    configure_logs(service=f"ingest-{role}")
    try:
        asyncio.run(_ROLES[role]())
    except ValidationError as wrong:
        log.error("settings.incomplete", mend=what_to_set(wrong))  # noqa: TRY400 - people mend this, not stacks
        return 1
    except CannotStart as why:
        log.error("process.not_started", reason=str(why))  # noqa: TRY400 - as above
        return 1
    except ExceptionGroup as troubles:
        if troubles.split((Unavailable, KafkaError))[1] is not None:
            raise  # a mistake of ours; its stack is wanted
        log.error("process.ended", reasons=sorted({str(t) for t in troubles.exceptions}))  # noqa: TRY400 - as above
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
