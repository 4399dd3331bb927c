"""The bare route: FastAPI and asyncpg, one row by its key, its bytes as they are. A process of its own."""

# asyncpg carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import uvicorn
from fastapi import FastAPI, Response

TABLE = "bench_answers"
_CONNECTIONS = 10
"""As many as the query service has by default."""


def bare_app(database_url: str) -> FastAPI:
    """Return the app."""
    held: dict[str, Any] = {}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with asyncpg.create_pool(database_url, min_size=1, max_size=_CONNECTIONS) as held["pool"]:
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/{key}")
    async def answer(key: int) -> Response:  # pyright: ignore[reportUnusedFunction] - the decorator keeps it
        body = await held["pool"].fetchval(f"SELECT body FROM {TABLE} WHERE key = $1", key)  # noqa: S608 - our own name
        return Response(body, media_type="application/json")

    return app


if __name__ == "__main__":
    # The address of the database is a secret, and arguments can be read by everybody.
    uvicorn.run(
        bare_app(sys.stdin.readline().strip()), port=int(sys.argv[1]), access_log=False, log_level="error"
    )
