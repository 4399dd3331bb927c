"""Puts the query service's HTTP edge together; the process's main and the gateway both use it."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import NamedTuple

from fastapi import FastAPI

from services.platform.jwks import KeySet
from services.platform.kafka import client_arguments
from services.platform.kept_answers import PostgresKeys
from services.platform.log_ends import LogEnds
from services.platform.once import Once
from services.platform.outbound import unfit_destination
from services.platform.pool_metrics import watch_pool
from services.platform.sealing import opened_seal
from services.platform.settings import KafkaSettings, PostgresSettings, TokenSettings, TopicSettings
from services.platform.tokens import Guard, TokenVerifier
from services.query.calendar_feeds import CalendarFeeds, Edge
from services.query.catching_up import CatchingUp, Generation
from services.query.feed import ChangeFeed
from services.query.handlers import TripQueries
from services.query.http import PublicFace, Serving, Traffic, create_app
from services.query.looks import Looks
from services.query.openings import Openings
from services.query.page.api import Api
from services.query.page.routes import Door, Page
from services.query.page.sessions import Sessions, SignIn
from services.query.policies import POLICIES
from services.query.postgres import QUERY_ROLE, check_schema, connect, open_pool
from services.query.progress import BookingsLog, ProgressWatch
from services.query.settings import QuerySettings, SignInSettings, WebhookSettings
from services.query.shares import Shares
from services.query.trip_store import TripStore
from services.query.webhook_tables import WebhookPool
from services.query.webhooks import WebhookEdge, Webhooks


class QuerySetup(NamedTuple):
    """All that the query service is told."""

    kafka: KafkaSettings
    postgres: PostgresSettings
    topics: TopicSettings
    tokens: TokenSettings
    query: QuerySettings
    sign_in: SignInSettings
    webhooks: WebhookSettings
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    new_secret: Callable[[], str]


@asynccontextmanager
async def open_serving(setup: QuerySetup) -> AsyncGenerator[Serving]:
    """Connect to the read model and follow its progress.

    Raises:
        CannotStart: where the database does not answer, or has no schema that fits.
    """
    pool = await open_pool(setup.postgres, role=QUERY_ROLE, connections=setup.query.pool_connections)
    progress = ProgressWatch(lambda: connect(setup.postgres, role=QUERY_ROLE))
    ends = LogEnds(client_arguments(setup.kafka))
    following = asyncio.create_task(progress.run(), name="progress")
    watch_pool(pool, name="query")
    store = TripStore(pool)
    changes = ChangeFeed(
        store=store, turns=progress, epoch=setup.topics.epoch, partitions=setup.topics.partitions
    )
    edge = Edge(
        now=setup.now,
        new_id=setup.new_id,
        new_secret=setup.new_secret,
        trips_url=f"{setup.query.public_url.rstrip('/')}/trips/",
    )
    feeds, shares = CalendarFeeds(store=store, edge=edge), Shares(store=store, edge=edge)
    looks, openings = Looks(store=store, now=setup.now), Openings(store=store, edge=edge)
    once = Once(PostgresKeys(store.transaction), seals=True)
    webhooks = Webhooks(
        store=WebhookPool(pool),
        seal=opened_seal(setup.webhooks.sealing_keys, of="webhooks"),
        edge=WebhookEdge(
            now=setup.now,
            new_id=setup.new_id,
            new_secret=setup.new_secret,
            judge=partial(_unfit_for, setup.webhooks),
        ),
    )
    catching_up = CatchingUp(
        progress=progress,
        bookings=BookingsLog(ends),
        generation=Generation(setup.topics.epoch, setup.topics.partitions),
        wait_seconds=setup.query.wait_seconds,
    )
    queries = TripQueries(store=store, catching_up=catching_up, now=setup.now)
    try:
        check = partial(check_schema, pool)
        yield Serving(
            queries, changes, feeds, shares, webhooks, looks, openings=openings, once=once, check=check
        )
    finally:
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following
        await ends.close()
        await pool.close()


async def _unfit_for(settings: WebhookSettings, tenant: str, url: str) -> str | None:
    return await unfit_destination(url, private_origins=settings.private_origins_of(tenant))


def query_app(setup: QuerySetup, *, serving: Serving) -> FastAPI:
    """Return the query service as an app of its own; the gateway adds ingest's routes to it."""
    tokens = setup.tokens
    verifier = TokenVerifier(issuer=tokens.issuer, audience=tokens.audience, keys=KeySet(tokens.jwks_url))
    guard = Guard(verifier, policies=POLICIES)
    public_url = setup.query.public_url.rstrip("/")
    door = _door(setup, verifier=verifier, public_url=public_url)
    return create_app(
        serving,
        guard=guard,
        page=Page(door, guard=guard, api=Api(setup.query.api_url or public_url), public_url=public_url),
        face=PublicFace(resource=public_url, issuer=tokens.issuer),
        traffic=_traffic(setup.query),
        now=setup.now,
    )


def _traffic(settings: QuerySettings) -> Traffic:
    secret = settings.own_reads_secret
    return Traffic(
        settings.requests_per_minute,
        settings.concur_requests_per_minute,
        settings.link_requests_per_minute,
        settings.cors_origins,
        own_reads_secret=None if secret is None else secret.get_secret_value(),
    )


def _door(setup: QuerySetup, *, verifier: TokenVerifier, public_url: str) -> Door | None:
    """Return how people sign in to the page; None where nobody has said how."""
    settings = setup.sign_in
    if not settings.is_complete:
        return None
    sessions = Sessions([key.get_secret_value() for key in settings.session_keys])
    audience = setup.tokens.audience
    return Door(sessions, SignIn(settings, verifier=verifier, public_url=public_url, audience=audience))
