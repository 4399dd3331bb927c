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


@asynccontextmanager
async def open_serving(setup: QuerySetup) -> AsyncGenerator[Serving]:
    """Connect to the read model and follow its progress.

    Raises:
        CannotStart: where the database does not answer, or has no schema that fits.
    """
    pool = await open_pool(setup.postgres, role=QUERY_ROLE, connections=setup.query.pool_connections)
    progress = ProgressWatch(lambda: connect(setup.postgres, role=QUERY_ROLE))
    bookings = LogEnds(client_arguments(setup.kafka))
    following = asyncio.create_task(progress.run(), name="progress")
    queries = TripQueries(
        store=TripStore(pool),
        progress=progress,
        bookings=bookings,
        generation=Generation(setup.topics.epoch, setup.topics.partitions),
        now=setup.now,
        wait_seconds=setup.query.wait_seconds,
    )
    try:
        yield Serving(queries, check=partial(check_schema, pool))
    finally:
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following
        await bookings.close()
        await pool.close()


def query_app(setup: QuerySetup, *, serving: Serving) -> FastAPI:
    """Return the query service as an app of its own; the gateway adds ingest's routes to it."""
    tokens = setup.tokens
    verifier = TokenVerifier(issuer=tokens.issuer, audience=tokens.audience, keys=KeySet(tokens.jwks_url))
    return create_app(
        serving,
        guard=Guard(verifier, policies=POLICIES),
        face=PublicFace(resource=setup.query.public_url.rstrip("/"), issuer=tokens.issuer),
        now=setup.now,
    )
