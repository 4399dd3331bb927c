"""How often a caller may ask: counted by the library `limits`, told by the fields of the RateLimit draft.

Each process counts for itself; a fleet behind one address shares the burden, and so the limit. What ingest
reads to answer a post is not counted: its sender asked once.
"""

import hashlib
import time
from collections.abc import Callable
from math import ceil
from typing import NamedTuple

from fastapi import Request
from limits import RateLimitItemPerMinute
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.platform.own_reads import is_own_read
from services.platform.principals import Principal
from services.platform.window_counts import WindowCounts

_WINDOW_SECONDS = 60
_NOT_MODIFIED = 304

Asker = Callable[[Request], tuple[str, ...] | None]
"""Says by what those who ask are told apart; None where a request is not counted."""


def by_principal(request: Request) -> tuple[str, ...] | None:
    """Count for each caller that the guard let in."""
    principal = getattr(request.state, "principal", None)
    if not isinstance(principal, Principal):
        return None
    return (principal.tenant, principal.client, principal.subject)


def by_link(request: Request) -> tuple[str, ...] | None:
    """Count for each link that is a key itself, of a calendar or a shared trip, without keeping it."""
    secret = request.path_params.get("secret") or request.query_params.get("feed", "")
    return (hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest(),)


class RateLimit:
    """A dependency that refuses who asked too often."""

    def __init__(
        self,
        *,
        name: str,
        per_minute: int,
        own_reads_secret: str | None,
        asker: Asker = by_principal,
        counts_unchanged: bool = False,
    ) -> None:
        """Count by itself what is asked for under a policy.

        Args:
            name: that of the policy.
            per_minute: how often each may ask.
            own_reads_secret: by which our own requests are known, which are not counted.
            asker: who is who.
            counts_unchanged: whether an answer counts that nothing changed: where it costs what any does.
        """
        self._own_reads_secret = own_reads_secret
        self._asker = asker
        self.counts_unchanged = counts_unchanged
        self._item = RateLimitItemPerMinute(per_minute)
        self._storage = WindowCounts(seconds=_WINDOW_SECONDS, clock=time.time)  # noqa: TID251 - an edge
        self.policy = f'"{name}";q={per_minute};w={_WINDOW_SECONDS}'.encode()
        self._name = name

    async def __call__(self, request: Request) -> None:
        """Leave with the request what `RateLimitHeaders` counts and tells.

        Raises:
            HTTPException: 429 where this minute's requests are used up.
        """
        asker = self._asker(request)
        if asker is None or is_own_read(request.headers, secret=self._own_reads_secret):
            return
        key = self._item.key_for(*asker)
        request.state.counted = Counted(self, key)
        if await self._storage.get(key) >= self._item.amount:
            wait = {"Retry-After": str(max(1, await self._resets_in(key)))}
            raise HTTPException(429, "too many requests in one minute; come back later", headers=wait)

    async def told(self, key: str, *, counts: bool) -> bytes:
        """Count a request of a caller, and return what is left."""
        done = await (self._storage.incr(key, _WINDOW_SECONDS) if counts else self._storage.get(key))
        left = max(0, self._item.amount - done)
        return f'"{self._name}";r={left};t={max(0, await self._resets_in(key))}'.encode()

    async def _resets_in(self, key: str) -> int:
        return ceil(await self._storage.get_expiry(key) - time.time())  # noqa: TID251 - as limits counts


class Counted(NamedTuple):
    """One request of a caller, before it is known whether it counts."""

    limit: RateLimit
    key: str


class RateLimitHeaders:
    """The middleware that counts requests once they are answered: what did not change is free."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the headers to its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def told(message: Message) -> None:
            counted = scope.get("state", {}).get("counted")
            if message["type"] == "http.response.start" and isinstance(counted, Counted):
                counts = message["status"] != _NOT_MODIFIED or counted.limit.counts_unchanged
                left = await counted.limit.told(counted.key, counts=counts)
                headers = [(b"ratelimit-policy", counted.limit.policy), (b"ratelimit", left)]
                message["headers"] = [*message["headers"], *headers]
            await send(message)

        await self._app(scope, receive, told)
