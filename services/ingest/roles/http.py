"""`http` takes messages."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import uuid4

import httpx
from fastapi import APIRouter

from schemas.access import GATEWAY
from services.ingest.connecting import opened
from services.ingest.dead_letters import DeadLetters
from services.ingest.dead_letters_http import DeadLetterDesk, dead_letters_router
from services.ingest.edge import Edge
from services.ingest.email_http import email_router
from services.ingest.feeds import Feeds
from services.ingest.handlers import Ingest
from services.ingest.http import Answering, create_app, create_router
from services.ingest.kafka import KafkaLog
from services.ingest.mail_door import MailDoor
from services.ingest.mail_postgres import PostgresMails
from services.ingest.mail_wiring import readers
from services.ingest.mails import Readers
from services.ingest.overrides import PeoplesWord
from services.ingest.overriding import Overriding
from services.ingest.peoples_word import PostgresNotes
from services.ingest.postgres import PostgresDirectory
from services.ingest.query_service import QueryService, carry_trace
from services.ingest.reviews import Reviews
from services.ingest.settings import IngestSettings, MailSettings, TripItSettings
from services.ingest.settings_http import SettingsDesk
from services.ingest.settings_postgres import PostgresRegister
from services.ingest.tenant_settings import Deciding
from services.ingest.tripit_wiring import open_connections
from services.platform.awaiting import CannotStart
from services.platform.health import answering_metrics
from services.platform.http_server import serve_until_told
from services.platform.issuer import refuse_beyond_loopback
from services.platform.jwks import KeySet
from services.platform.kept_answers import PostgresKeys
from services.platform.once import Once
from services.platform.settings import HealthSettings, KafkaSettings, TokenSettings
from services.platform.tokens import TokenVerifier


class Door(NamedTuple):
    """The HTTP edge of ingest, ready to be served: its routes, and the check behind `/health/ready`."""

    router: APIRouter
    check: Callable[[], Awaitable[None]]


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
                    once=Once(PostgresKeys(directory.transaction)),
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


def mail_routes(directory: PostgresDirectory, *, messages: KafkaLog, pool: Readers, edge: Edge) -> APIRouter:
    """Return the routes of mail."""
    register = PostgresMails(directory)
    door = MailDoor(register=register, log=messages, now=edge.now)
    reviews = Reviews(register=register, directory=directory, log=messages, new_id=edge.new_id, now=edge.now)
    return email_router(door, reviews=reviews, pool=pool, edge=edge)


def _dead_letter_desk(directory: PostgresDirectory, messages: KafkaLog) -> DeadLetterDesk:
    kafka = KafkaSettings.model_validate({})
    feeds = Feeds(directory=directory, log=messages)
    return DeadLetterDesk(kafka=kafka, letters=DeadLetters(kafka=kafka, log=messages, feeds=feeds))


async def run() -> None:
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
