"""Serving an application of a test over real HTTP."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, Request, Response

from tests.support.waiting import wait_until_async


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncGenerator[str]:
    """Serve on a free port for the length of the block; gives the address."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await wait_until_async(started, what="the server of a test")
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        await running


@asynccontextmanager
async def baker() -> AsyncGenerator[tuple[str, list[str | None]]]:
    """Serve cookies with an empty object; gives the address, and which cookies came back."""
    came: list[str | None] = []
    app = FastAPI()

    async def bake(request: Request) -> Response:
        came.append(request.headers.get("cookie"))
        return Response("{}", headers={"Set-Cookie": "session=of-one; Path=/"})

    app.add_api_route("/{path:path}", bake, methods=["GET", "POST"])
    async with serving(app) as origin:
        yield origin, came
