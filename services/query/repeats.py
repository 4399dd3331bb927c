"""Requests that make something, done once however often they are sent.

Those of clients are known by their `Idempotency-Key`, the page's forms by the key that each copy of one has.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, NamedTuple

import orjson
from fastapi import Depends, Request, Response
from starlette.datastructures import FormData

from services.platform.once import Once, Sent
from services.query.dependencies import Caller

Work = Callable[[], Awaitable[Response]]
_PATIENCE_SECONDS = 5.0
"""How long the second of two clicks waits for the first: its answer is the one that is looked at."""


class Repeats(NamedTuple):
    """One request, which may be a repetition."""

    request: Request
    principal: Caller
    once: Once

    async def of_client(self, work: Work) -> Response:
        """Answer what a client asks for; without a key it is done each time."""
        query = f"{self.request.url.query}\n".encode()
        body = query + await self.request.body()
        return await self.once.answer(
            self.request, principal=self.principal, body=body, work=lambda _: work()
        )

    async def of_form(self, form: FormData, work: Work) -> Response:
        """Answer a form of the page, whose other fields say what it asks for."""
        said = sorted((name, value) for name, value in form.multi_items() if isinstance(value, str))
        key = str(form.get("key", "")) or None
        sent = Sent(self.request, self.principal, orjson.dumps(said), key)
        return await self.once.answer_to(sent, work=lambda _: work(), patience_seconds=_PATIENCE_SECONDS)


async def repeats_of(request: Request, principal: Caller) -> Repeats:
    """Return the request as one that may have come before."""
    return Repeats(request, principal, request.app.state.once)


Repeated = Annotated[Repeats, Depends(repeats_of)]
