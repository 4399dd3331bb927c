"""Puts the query service together from its settings; the process's main and the gateway both use it."""

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
from services.platform.settings import KafkaSettings, PostgresSettings, TokenSettings, TopicSettings
from services.platform.tokens import Guard, TokenVerifier
from services.query.handlers import Generation, TripQueries
from services.query.http import PublicFace, Serving, create_app
from services.query.policies import POLICIES
from services.query.postgres import QUERY_ROLE, TripStore, check_schema, connect, open_pool
from services.query.progress import LogEnds, ProgressWatch
from services.query.settings import QuerySettings


class QuerySetup(NamedTuple):
    """All that the query service is told."""

    kafka: KafkaSettings
    postgres: PostgresSettings
    topics: TopicSettings
    tokens: TokenSettings
    query: QuerySettings
    now: Callable[[], datetime]


def query_app(setup: QuerySetup) -> FastAPI:
    """Return the query service's app; it connects when its lifespan begins."""
    verifier = TokenVerifier(
        issuer=setup.tokens.issuer, audience=setup.tokens.audience, keys=KeySet(setup.tokens.jwks_url)
    )
    return create_app(
        opened=lambda: _opened(setup),
        guard=Guard(verifier, policies=POLICIES),
        face=PublicFace(resource=setup.query.public_url, issuer=setup.tokens.issuer),
        now=setup.now,
    )


@asynccontextmanager
async def _opened(setup: QuerySetup) -> AsyncGenerator[Serving]:
    pool = await open_pool(setup.postgres, role=QUERY_ROLE, connections=setup.query.pool_connections)
    progress = ProgressWatch(lambda: connect(setup.postgres, role=QUERY_ROLE))
    bookings = LogEnds(client_arguments(setup.kafka))
    following = asyncio.create_task(progress.run(), name="progress")
    try:
        queries = TripQueries(
            store=TripStore(pool),
            progress=progress,
            bookings=bookings,
            generation=Generation(setup.topics.epoch, setup.topics.partitions),
            now=setup.now,
            wait_seconds=setup.query.wait_seconds,
        )
        yield Serving(queries, check=partial(check_schema, pool))
    finally:
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following
        await bookings.close()
        await pool.close()
