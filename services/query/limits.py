"""How often a caller may ask: counted by the library `limits`, told by the fields of the RateLimit draft.

Each process counts for itself; a fleet behind one address shares the burden, and so the limit. What ingest
reads to answer a post is not counted: its sender asked once.
"""

import time
from math import ceil

from fastapi import Request
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.platform.own_reads import is_own_read
from services.platform.tokens import Principal

_WINDOW_SECONDS = 60
_NOT_MODIFIED = 304


class RateLimit:
    """A dependency that refuses who asked too often, for routes behind the guard."""

    def __init__(self, *, name: str, per_minute: int, own_reads_secret: str | None) -> None:
        """`name` is that of the policy, which is counted by itself."""
        self._name = name
        self._own_reads_secret = own_reads_secret
        self._item = RateLimitItemPerMinute(per_minute)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def __call__(self, request: Request) -> None:
        """Leave with the request what `RateLimitHeaders` counts and tells.

        Raises:
            HTTPException: 429 where this minute's requests are used up.
        """
        principal = getattr(request.state, "principal", None)
        is_ours = is_own_read(request.headers, secret=self._own_reads_secret)
        if is_ours or not isinstance(principal, Principal):
            return
        caller = (principal.tenant, principal.client, principal.subject)
        request.state.counted = Counted(self._limiter, self._item, name=self._name, caller=caller)
        if not await self._limiter.test(self._item, *caller):
            reset = (await self._limiter.get_window_stats(self._item, *caller)).reset_time
            wait = {"Retry-After": str(max(1, ceil(reset - time.time())))}  # noqa: TID251 - as limits counts
            raise HTTPException(429, "too many requests in one minute; come back later", headers=wait)


class Counted:
    """One request of a caller, before it is known whether it counts."""

    def __init__(
        self,
        limiter: FixedWindowRateLimiter,
        item: RateLimitItemPerMinute,
        *,
        name: str,
        caller: tuple[str, ...],
    ) -> None:
        self._name = name
        self._limiter = limiter
        self._item = item
        self._caller = caller

    async def told(self, *, counts: bool) -> dict[str, str]:
        """Count the request, and return the headers that tell what is left."""
        if counts:
            await self._limiter.hit(self._item, *self._caller)
        stats = await self._limiter.get_window_stats(self._item, *self._caller)
        reset = max(0, ceil(stats.reset_time - time.time()))  # noqa: TID251 - as limits counts
        return {
            "RateLimit-Policy": f'"{self._name}";q={self._item.amount};w={_WINDOW_SECONDS}',
            "RateLimit": f'"{self._name}";r={max(0, stats.remaining)};t={reset}',
        }


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
                headers = MutableHeaders(scope=message)
                for name, value in (await counted.told(counts=message["status"] != _NOT_MODIFIED)).items():
                    headers[name] = value
            await send(message)

        await self._app(scope, receive, told)
