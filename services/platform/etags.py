"""ETags of answers that are compressed on the way (RFC 9110, section 8.8.3.3).

A strong ETag names bytes, so the compressed answer needs one of its own; but what handlers compare is the
state of a thing. So this adds an ending on the way out and takes it off on the way in, as web servers do.
"""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ENDING = "-gzip"
_ENDED = re.compile(rf'{_ENDING}"')
_ASKING = (b"if-none-match", b"if-match")
_CONCERNED = frozenset({*_ASKING, b"accept-encoding"})
"""Without any of these nothing is compressed, and no state is named."""
_NOT_MODIFIED = 304


def state_named(etags: str) -> str:
    """Return a list of ETags as handlers know them: without what tells of compression."""
    return _ENDED.sub('"', etags)


def is_named(etag: str, *, among: str) -> bool:
    """Say whether an ETag is among those of `If-None-Match`, compared weakly (RFC 9110, section 13.1.2)."""
    names = {name.strip().removeprefix("W/") for name in among.split(",")}
    return "*" in names or etag.removeprefix("W/") in names


class EncodedETags:
    """The middleware; it stands before the one that compresses."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with the ETags of states, and its answer back with one of its own."""
        if scope["type"] != "http" or not _CONCERNED.intersection(name for name, _ in scope["headers"]):
            await self._app(scope, receive, send)
            return
        has_compressed = _ENDED.search(Headers(scope=scope).get("if-none-match", "")) is not None

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_compressed = headers.get("content-encoding") == "gzip"
                etag = headers.get("etag", "")
                if etag.startswith('"') and (
                    is_compressed or (message["status"] == _NOT_MODIFIED and has_compressed)
                ):
                    headers["ETag"] = f'{etag[:-1]}{_ENDING}"'
            await send(message)

        await self._app({**scope, "headers": _of_states(scope)}, receive, told)


def _of_states(scope: Scope) -> list[tuple[bytes, bytes]]:
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    return [
        (name, state_named(value.decode("latin-1")).encode("latin-1") if name in _ASKING else value)
        for name, value in headers
    ]
