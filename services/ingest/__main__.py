"""Runs ingest: `http` takes messages, `mail` mail, `worker` normalises, `tripit` follows accounts.

The only place of this service that reads clock and environment.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import structlog
from aiokafka.errors import KafkaError  # pyright: ignore[reportMissingTypeStubs] - it has none
from fastapi import APIRouter
from pydantic import ValidationError

from schemas.access import GATEWAY, INGEST_WORKER, MAIL_DOOR, TRIPIT, User
from services.ingest.dead_letters import DeadLetters
from services.ingest.dead_letters_http import DeadLetterDesk, dead_letters_router
from services.ingest.edge import Edge
from services.ingest.feeds import Consumed, Feeds
from services.ingest.handlers import Ingest, Unavailable
from services.ingest.http import Answering, create_app, create_router
from services.ingest.imap import ImapDoor
from services.ingest.kafka import KafkaLog
from services.ingest.mail_door import MailDoor
from services.ingest.mail_postgres import PostgresMails
from services.ingest.mail_wiring import (
    given_mailbox,
    mail_reader,
    mail_routes,
    open_mail_doors,
    readers,
)
from services.ingest.once import Once
from services.ingest.overrides import PeoplesWord
from services.ingest.overriding import Overriding
from services.ingest.peoples_word import PostgresKeys, PostgresNotes
from services.ingest.postgres import PostgresDirectory, open_directory
from services.ingest.query_service import QueryService, carry_trace
from services.ingest.raw_mail import read_raw_mail
from services.ingest.settings import ImapSettings, IngestSettings, MailSettings, TripItSettings
from services.ingest.settings_http import SettingsDesk
from services.ingest.settings_postgres import PostgresRegister
from services.ingest.tenant_settings import Deciding
from services.ingest.tripit_wiring import follow, open_connections
from services.ingest.worker import run_worker
from services.platform import faults, tracing
from services.platform.admission import admitted
from services.platform.awaiting import CannotStart, stop_when_told
from services.platform.health import Health, answering_health, answering_metrics
from services.platform.http_server import serve_until_told
from services.platform.issuer import refuse_beyond_loopback
from services.platform.jwks import KeySet
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
from services.platform.tracing import sending_traces

log = structlog.get_logger()

_ROUND_SECONDS = 5.0


class Door(NamedTuple):
    """The HTTP edge of ingest, ready to be served: its routes, and the check behind `/health/ready`."""

    router: APIRouter
    check: Callable[[], Awaitable[None]]


@asynccontextmanager
async def opened(
    settings: IngestSettings, *, user: User
) -> AsyncGenerator[tuple[PostgresDirectory, KafkaLog]]:
    """Connect to directory and log, waiting for both.

    Raises:
        CannotStart: where one does not answer, or is not fit; the text says what to mend.
    """
    faults.arm(faults.FaultSettings())
    kafka, topics = KafkaSettings.model_validate({}), TopicSettings()
    await admitted(kafka, partitions=topics.partitions, user=user)
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
        opened(settings, user=GATEWAY) as (directory, messages),
        httpx.AsyncClient(base_url=settings.query_url, event_hooks={"request": [carry_trace]}) as client,
        open_connections(TripItSettings(), pool=directory.pool) as tripit,
    ):

        async def check() -> None:
            await directory.check()
            await messages.check()

        secret = settings.query_own_reads_secret
        query = QueryService(
            client,
            wait_seconds=settings.own_write_wait_seconds,
            own_reads_secret=None if secret is None else secret.get_secret_value(),
        )
        edge = Edge(new_id=lambda: str(uuid4()), now=lambda: datetime.now(UTC))
        with readers(MailSettings()) as pool:
            answering = Answering(
                ingest=Ingest(directory=directory, log=messages),
                query=query,
                word=PeoplesWord(
                    Overriding(
                        directory=directory, log=messages, trips=query, notes=PostgresNotes(directory)
                    ),
                    once=Once(PostgresKeys(directory)),
                    edge=edge,
                ),
                settings=SettingsDesk(
                    Deciding(register=PostgresRegister(directory), log=messages, now=edge.now), edge
                ),
                edge=edge,
                emails=mail_routes(directory, messages=messages, pool=pool, edge=edge),
                dead_letters=dead_letters_router(_dead_letter_desk(directory, messages)),
                tripit=tripit,
            )
            yield Door(create_router(answering, verifier=verifier), check)


def _dead_letter_desk(directory: PostgresDirectory, messages: KafkaLog) -> DeadLetterDesk:
    kafka = KafkaSettings.model_validate({})
    feeds = Feeds(directory=directory, log=messages)
    return DeadLetterDesk(kafka=kafka, letters=DeadLetters(kafka=kafka, log=messages, feeds=feeds))


async def serve_http() -> None:
    """Serve ingest alone until told to stop."""
    settings = IngestSettings()
    issuer = TokenSettings.model_validate({}).issuer
    try:
        refuse_beyond_loopback(issuer=issuer, host=settings.ingest_host)
    except ValueError as why:
        raise CannotStart(str(why)) from why
    async with answering_metrics("ingest", settings=HealthSettings()), open_door(settings) as door:
        app = create_app(door.router, check=door.check)
        await serve_until_told(app, host=settings.ingest_host, port=settings.ingest_port)


async def serve_feeds() -> None:
    """Take what feeds publish until told to stop."""
    health = Health(service="ingest-worker")
    async with (
        answering_health(health, settings=HealthSettings()),
        opened(IngestSettings(), user=INGEST_WORKER) as (directory, messages),
    ):
        stopping = stop_when_told()
        health.ready()
        log.info("worker.started")
        with readers(MailSettings()) as pool:
            reader = mail_reader(MailSettings(), directory=directory, messages=messages, pool=pool)

            async def take_mail(record: Consumed) -> None:
                if (mail := read_raw_mail(record)) is not None:
                    with tracing.processing(record.topic, causes=[tracing.cause_of(record.headers)]):
                        await reader.take(mail)

            await run_worker(
                KafkaSettings.model_validate({}),
                feeds=Feeds(directory=directory, log=messages),
                take_mail=take_mail,
                stopping=stopping,
                moved=health.moved,
            )
        log.info("worker.stopped")


async def serve_mail() -> None:
    """Take mail at the doors that settings open, until told to stop."""
    settings, mailbox = MailSettings(), given_mailbox(ImapSettings())
    health = Health(service="mail-door")
    async with (
        answering_health(health, settings=HealthSettings()),
        opened(IngestSettings(), user=MAIL_DOOR) as (directory, messages),
    ):
        register = PostgresMails(directory)
        door = MailDoor(register=register, log=messages, now=lambda: datetime.now(UTC))
        stopping = stop_when_told()
        async with open_mail_doors(settings, door=door):
            health.ready()
            log.info("mail.started")
            if mailbox is None:
                while not await _stopped(stopping, seconds=_ROUND_SECONDS):
                    health.moved()
            else:
                await ImapDoor(mailbox, door=door, places=register).run(stopping, moved=health.moved)
        log.info("mail.stopped")


async def _stopped(stopping: asyncio.Event, *, seconds: float) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)
    return stopping.is_set()


async def follow_tripit() -> None:
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


_ROLES: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
    "http": serve_http,
    "worker": serve_feeds,
    "mail": serve_mail,
    "tripit": follow_tripit,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a role until it is told to stop; return the exit code: 1 where it could not start or go on."""
    parser = argparse.ArgumentParser(prog="ingest", description=__doc__)
    parser.add_argument("role", choices=sorted(_ROLES))
    role: str = parser.parse_args(arguments).role
    configure_logs(service=f"ingest-{role}")
    try:
        with sending_traces(service=f"ingest-{role}"):
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
