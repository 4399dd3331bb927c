"""A client that costs little: requests as bytes over connections that stay open.

A usual client would take more of the machine than the service under test.
"""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import NamedTuple

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Answer(NamedTuple):
    """What came back."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str:
        """Return a header of it.

        Raises:
            KeyError: there is none.
        """
        found = re.search(rb"\r\n" + re.escape(name.encode()) + rb": *([^\r]*)", self.head, re.IGNORECASE)
        if found is None:
            raise KeyError(name)
        return found[1].decode()


def request(
    method: str, target: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> bytes:
    """Return a request as it goes over the wire, for a client that takes no compressed answers."""
    lines = [f"{method} {target} HTTP/1.1", "Host: bench", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Wire:
    """One open connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, wanted: bytes) -> Answer:
        """Send a request and return its answer.

        Raises:
            RuntimeError: there is none.
        """
        self._writer.write(wanted)
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            body = await self._reader.readexactly(int(length[1])) if length else b""
        except asyncio.IncompleteReadError:
            raise RuntimeError("the other side closed the connection") from None
        return Answer(int(head[9:12]), head, body)

    async def expect(self, wanted: bytes, *, status: int = 200) -> Answer:
        """Do as `ask`, and insist on a status.

        Raises:
            RuntimeError: it is another one.
        """
        answer = await self.ask(wanted)
        if answer.status != status:
            raise RuntimeError(f"{answer.status} instead of {status}: {answer.body[:200]!r}")
        return answer

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()


@asynccontextmanager
async def wires(port: int, *, wanted: int) -> AsyncGenerator[list[Wire]]:
    """Open connections to this machine; servers close what is idle for some seconds."""
    opened = [Wire(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(wanted)]
    try:
        yield opened
    finally:
        for wire in opened:
            wire.close()


async def rate_of(opened: Sequence[Wire], requests: Sequence[bytes], *, seconds: float) -> float:
    """Return how many requests a second are answered, with one under way on each connection at any time."""
    numbers = count()
    until = time.perf_counter() + seconds

    async def keep_asking(wire: Wire) -> int:
        answered = 0
        while time.perf_counter() < until:
            await wire.expect(requests[next(numbers) % len(requests)])
            answered += 1
        return answered

    begin = time.perf_counter()
    answered = sum(await asyncio.gather(*map(keep_asking, opened)))
    return answered / (time.perf_counter() - begin)


async def delays_at(
    opened: Sequence[Wire],
    work: Callable[[Wire, int], Awaitable[float | None]],
    *,
    rate: float,
    seconds: float,
) -> list[float]:
    """Return the sorted milliseconds of pieces of work, begun at an even rate whatever is still under way.

    Args:
        opened: connections; where all are taken a piece waits, and that counts.
        work: does the piece of a number, and returns when (`time.perf_counter`) what it measures began; 0 for
            when the piece was due, None where it came to nothing.
        rate: pieces a second.
        seconds: for how long.
    """
    numbers, total = count(), int(rate * seconds)
    begin = time.perf_counter()
    delays: list[float] = []

    async def take_turns(wire: Wire) -> None:
        while (number := next(numbers)) < total:
            due = begin + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            since = await work(wire, number)
            if since is not None:
                delays.append((time.perf_counter() - (since or due)) * 1000)

    await asyncio.gather(*map(take_turns, opened))
    return sorted(delays)


def part(ordered: Sequence[float], share: float) -> float:
    """Return the value below which a share of sorted values lies."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
