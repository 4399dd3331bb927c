"""Receivers of webhooks, real HTTP servers on loopback that take, hang, fail or redirect as a test says."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from standardwebhooks import Webhook

from tests.support.http_servers import serving

HANG_SECONDS = 3600.0
DRIP_SECONDS = 0.02


class Got(NamedTuple):
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def is_signed_by(self, secret: str) -> bool:
        """Say whether the kept library believes it; any other trouble is raised."""
        Webhook(secret).verify(self.body, self.headers, json_parse=False)
        return True


class Receiver:
    """What came, and what is answered: by path, a status, or a function of what came."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.got: list[Got] = []
        self.answers: dict[str, int | Callable[[Got], int]] = {}
        self.hangs: set[str] = set()
        self.drips: set[str] = set()
        """Paths at which a body begins that never ends."""
        self.late: dict[str, asyncio.Event] = {}
        """Paths at which an answer waits for an event."""
        self._at_once: Counter[str] = Counter()
        self.most_at_once: Counter[str] = Counter()

    def at(self, path: str) -> list[Got]:
        return [got for got in self.got if got.path == path]

    async def take(self, request: Request) -> Response:
        path = request.url.path
        got = Got(path, dict(request.headers), await request.body())
        self.got.append(got)
        self._at_once[path] += 1
        self.most_at_once[path] = max(self.most_at_once[path], self._at_once[path])
        try:
            if path in self.hangs:
                await asyncio.sleep(HANG_SECONDS)
            if path in self.late:
                await self.late[path].wait()
            await asyncio.sleep(0)
        finally:
            self._at_once[path] -= 1
        answer = self.answers.get(path, 204)
        status = answer if isinstance(answer, int) else answer(got)
        moved = path.rpartition("/")[0] + "/moved"
        if path in self.drips:
            return StreamingResponse(_dripping(), status_code=status)
        return Response(status_code=status, headers={"Location": moved})


async def _dripping() -> AsyncIterator[bytes]:
    while True:
        yield bytes(1024)
        await asyncio.sleep(DRIP_SECONDS)


@asynccontextmanager
async def receiver() -> AsyncGenerator[Receiver]:
    """Serve on a free port for the length of the block."""
    receiving = Receiver("")
    app = FastAPI()
    app.add_api_route("/{path:path}", receiving.take, methods=["POST", "GET"])
    async with serving(app) as receiving.origin:
        yield receiving
