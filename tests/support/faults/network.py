"""A TCP proxy with faults: what stands between our processes and a server, and may be told to misbehave."""

import asyncio
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from enum import Enum, auto

from services.platform.free_ports import LOOPBACK

_CHUNK = 64 * 1024


class Weather(Enum):
    """How the network is."""

    FAIR = auto()
    SLOW = auto()
    """Every piece is delayed."""
    NARROW = auto()
    """A few kilobytes a second."""
    SILENT = auto()
    """Connections stand and are accepted, and nothing comes through either way."""
    DEAF = auto()
    """What is asked arrives, no answer comes back: an acknowledgement is lost."""
    CUT = auto()
    """Answers break off in their middle, and the connection with them."""
    GONE = auto()
    """Connections are reset at once."""


_DELAY_SECONDS = 0.25
_NARROW_BYTES = 2048
_NARROW_SECONDS = 0.05
_CUT_BYTES = 7


class Proxy:
    """One address in front of another. It runs in a thread of its own, so that no test can hold it up."""

    def __init__(self, *, to: int) -> None:
        self._to = to
        self._weather = Weather.FAIR
        self._loop = asyncio.new_event_loop()
        self._changed = asyncio.Event()
        self._pipes: set[asyncio.Task[None]] = set()
        self._listening = socket.create_server((LOOPBACK, 0), backlog=64)
        self.port: int = self._listening.getsockname()[1]

    @classmethod
    @contextmanager
    def running(cls, *, to: int) -> Generator["Proxy"]:
        """Run a proxy in front of a port of this machine."""
        proxy = cls(to=to)
        thread = threading.Thread(target=proxy._loop.run_until_complete, args=(proxy._serve(),), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy._loop.call_soon_threadsafe(proxy._stop)
            thread.join(timeout=10)
            proxy._loop.close()

    def turn(self, weather: Weather) -> None:
        """Change the weather, for connections that stand and those to come."""
        self._loop.call_soon_threadsafe(self._turn, weather)

    def _turn(self, weather: Weather) -> None:
        self._weather = weather
        self._changed.set()
        self._changed = asyncio.Event()
        if weather is Weather.GONE:
            self._break_all()

    def _stop(self) -> None:
        self._break_all()
        self._stopping.set()

    def _break_all(self) -> None:
        for pipe in self._pipes:
            pipe.cancel()

    async def _serve(self) -> None:
        self._stopping = asyncio.Event()
        server = await asyncio.start_server(self._connect, sock=self._listening)
        await self._stopping.wait()
        server.close()
        await asyncio.gather(*self._pipes, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._weather is Weather.GONE:
            writer.transport.abort()
            return
        try:
            upstream = await asyncio.open_connection(LOOPBACK, self._to)
        except OSError:
            writer.transport.abort()
            return
        pipes = {
            asyncio.create_task(self._pipe(reader, upstream[1], answers=False)),
            asyncio.create_task(self._pipe(upstream[0], writer, answers=True)),
        }
        self._pipes |= pipes
        try:
            await asyncio.wait(pipes, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pipe in pipes:
                pipe.cancel()
            self._pipes -= pipes
            writer.transport.abort()
            upstream[1].transport.abort()

    async def _pipe(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        with suppress(OSError):
            while chunk := await reader.read(_CHUNK):
                if not await self._pass_on(chunk, writer, answers=answers):
                    return

    async def _pass_on(self, chunk: bytes, writer: asyncio.StreamWriter, *, answers: bool) -> bool:
        """Pass a chunk on as the weather allows; return False where the connection breaks."""
        while self._weather is Weather.SILENT or (answers and self._weather is Weather.DEAF):
            await self._changed.wait()  # held back, as TCP would: it comes through when the weather clears
        match self._weather:
            case Weather.SLOW:
                await asyncio.sleep(_DELAY_SECONDS)
            case Weather.NARROW:
                for start in range(0, len(chunk), _NARROW_BYTES):
                    writer.write(chunk[start : start + _NARROW_BYTES])
                    await writer.drain()
                    await asyncio.sleep(_NARROW_SECONDS)
                return True
            case Weather.CUT if answers:
                writer.write(chunk[:_CUT_BYTES])
                await writer.drain()
                return False
            case _:
                pass
        writer.write(chunk)
        await writer.drain()
        return True
