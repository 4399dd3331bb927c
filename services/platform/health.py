"""Health of a worker that serves no other HTTP: `/health/live` and `/health/ready` on a port of its own."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator
from http import HTTPStatus

from services.platform.settings import HealthSettings

_STALL_SECONDS = 60.0
_REQUEST_SECONDS = 5.0


class Health:
    """What a worker says about itself.

    Live means that its main loop moves; a worker that is not should be restarted. Ready means that it does
    its work; a worker that is not may only be waiting for others, and a restart would not help.
    """

    def __init__(self, *, service: str, stall_seconds: float = _STALL_SECONDS) -> None:
        self._service = service
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
        return HTTPStatus.NOT_FOUND, {"error": "only /health/live and /health/ready are served here"}

    def _answer(self, *, wrong: str | None) -> tuple[HTTPStatus, dict[str, str]]:
        if wrong is None:
            return HTTPStatus.OK, {"service": self._service, "status": "ok"}
        return HTTPStatus.SERVICE_UNAVAILABLE, {"service": self._service, "status": wrong}

    def _stalled(self) -> bool:
        return time.monotonic() - self._moved > self._stall_seconds


@contextlib.asynccontextmanager
async def answering_health(health: Health, *, settings: HealthSettings) -> AsyncGenerator[None]:
    """Answer about a worker's health while the block runs; do nothing where the settings name no port."""
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
                status, body = health.answer(path)
                writer.write(_response(status, body=body))
                await writer.drain()

    async with await asyncio.start_server(serve, settings.host, settings.port):
        yield


def _response(status: HTTPStatus, *, body: dict[str, str]) -> bytes:
    content = json.dumps(body).encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + content
