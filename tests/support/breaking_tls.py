"""An endpoint that shakes hands as it should, takes so many requests, and then sends what is no TLS."""

import asyncio
import os
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import NamedTuple

import trustme

HOST = "breaks.example"
_RUBBISH = b"\x17\x03\x03\x00\x20" + bytes(32)
"""A record that no key of this connection made."""


class BreakingTls(NamedTuple):
    """Where it listens, and which events came."""

    port: int
    trusted: ssl.SSLContext
    got: list[str]


@asynccontextmanager
async def breaking_tls(*, answers: int) -> AsyncGenerator[BreakingTls]:
    """Listen on a free port of loopback for the length of the block, with a certificate for `HOST`."""
    authority = trustme.CA()
    serving, trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert(HOST).configure_cert(serving)
    authority.configure_trust(trusted)
    got: list[str] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                said = dict(line.lower().split(": ", 1) for line in head.splitlines()[1:-1])
                await reader.readexactly(int(said["content-length"]))
                got.append(said["webhook-id"])
                if len(got) > answers:
                    os.write(writer.get_extra_info("socket").fileno(), _RUBBISH)  # past the keys
                else:
                    writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0, ssl=serving) as server:
        yield BreakingTls(server.sockets[0].getsockname()[1], trusted, got)
