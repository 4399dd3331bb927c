"""What a process says to who runs it, on a port of its own: `/metrics`, and a worker's health.

A worker serves no other HTTP. What does has its health beside its routes, and its metrics here, where no
client can read them.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator, Callable
from http import HTTPStatus
from typing import NamedTuple

from services.platform.measuring import CONTENT_TYPE, exposition
from services.platform.metrics import METRICS
from services.platform.settings import HealthSettings

_STALL_SECONDS = 60.0
_REQUEST_SECONDS = 5.0


class Health:
    """What a worker says about itself.

    Live means that its main loop moves; a worker that is not should be restarted. Ready means that it does
    its work; a worker that is not may only be waiting for others, and a restart would not help.
    """

    def __init__(self, *, service: str, stall_seconds: float = _STALL_SECONDS) -> None:
        """Begin, live and not ready.

        Args:
            service: the command that runs the process.
            stall_seconds: how long its main loop may stand still.
        """
        self.service = service
        self._stall_seconds = stall_seconds
        self._moved = time.monotonic()
        self._awaited: str | None = "starting"

    def moved(self) -> None:
        """Note that the main loop has come round. Call it at least once in `stall_seconds`, idle or not."""
        self._moved = time.monotonic()

    def ready(self) -> None:
        """Say that the worker does its work."""
        self._awaited = None

    def not_ready(self, *, awaited: str) -> None:
        """Say what the worker waits for."""
        self._awaited = awaited

    def answer(self, path: str) -> tuple[HTTPStatus, dict[str, str]]:
        """Return the answer to a request."""
        if path == "/health/live":
            return self._answer(wrong="stalled" if self._stalled() else None)
        if path == "/health/ready":
            return self._answer(wrong="stalled" if self._stalled() else self._awaited)
        return HTTPStatus.NOT_FOUND, {"error": "only /metrics, /health/live and /health/ready are here"}

    def _answer(self, *, wrong: str | None) -> tuple[HTTPStatus, dict[str, str]]:
        if wrong is None:
            return HTTPStatus.OK, {"service": self.service, "status": "ok"}
        return HTTPStatus.SERVICE_UNAVAILABLE, {"service": self.service, "status": wrong}

    def _stalled(self) -> bool:
        return time.monotonic() - self._moved > self._stall_seconds


class _Page(NamedTuple):
    status: HTTPStatus
    content_type: str
    content: bytes


@contextlib.asynccontextmanager
async def answering_health(health: Health, *, settings: HealthSettings) -> AsyncGenerator[None]:
    """Answer a worker's `/health/…` and `/metrics` while the block runs, if settings name a port."""

    def page(path: str) -> _Page:
        if path == "/metrics":
            return _metrics(health.service)
        status, body = health.answer(path)
        return _Page(status, "application/json", json.dumps(body).encode())

    async with _answering(page, settings=settings):
        yield


@contextlib.asynccontextmanager
async def answering_metrics(service: str, *, settings: HealthSettings) -> AsyncGenerator[None]:
    """Answer `/metrics` while the block runs, if settings name a port: for what serves HTTP anyway."""

    def page(path: str) -> _Page:
        if path == "/metrics":
            return _metrics(service)
        return _Page(HTTPStatus.NOT_FOUND, "text/plain", b"only /metrics is served here")

    async with _answering(page, settings=settings):
        yield


def _metrics(service: str) -> _Page:
    return _Page(HTTPStatus.OK, CONTENT_TYPE, exposition(METRICS, process=service))


@contextlib.asynccontextmanager
async def _answering(page: Callable[[str], _Page], *, settings: HealthSettings) -> AsyncGenerator[None]:
    if settings.port is None:
        yield
        return

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with (
            contextlib.closing(writer),
            contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError),
        ):
            async with asyncio.timeout(_REQUEST_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                _, path, _ = head.split(b"\r\n", 1)[0].decode("ascii").split(" ")
                writer.write(_response(page(path.partition("?")[0])))
                await writer.drain()

    async with await asyncio.start_server(serve, settings.host, settings.port):
        yield


def _response(page: _Page) -> bytes:
    head = (
        f"HTTP/1.1 {page.status.value} {page.status.phrase}\r\nContent-Type: {page.content_type}\r\n"
        f"Content-Length: {len(page.content)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + page.content
