"""Doing once what clients ask with an `Idempotency-Key`, however often they send it.

The key of a request is remembered for a day with the answer; what failed is not remembered, so that it
can be tried again.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple, Protocol
from uuid import uuid5

from fastapi import Request, Response
from starlette.exceptions import HTTPException

from schemas.base import canonical_json
from schemas.identifiers import NAMESPACE
from services.platform.principals import Principal

MAX_KEY_CHARACTERS = 255
_RETRY_SECONDS = "1"
_KEPT_HEADERS = ("itinerary-position", "itinerary-message")


class Answer(NamedTuple):
    """An answer as it was given the first time."""

    status: int
    headers: Mapping[str, str]
    body: str


class Claim(NamedTuple):
    """What is known of a key. `mine` where nobody else has it; else its request's hash, and the answer."""

    mine: bool
    request_hash: str
    answer: Answer | None = None


class Keys(Protocol):
    """The keys that clients sent."""

    async def claim(self, key: str, *, tenant: str, request_hash: str) -> Claim:
        """Take a key, unless it is taken; raises `Unavailable`."""
        ...

    async def keep(self, key: str, *, tenant: str, answer: Answer) -> None:
        """Remember the answer; raises `Unavailable`."""
        ...

    async def release(self, key: str, *, tenant: str) -> None:
        """Forget the key: what it stood for failed; raises `Unavailable`."""
        ...


class Once:
    """Wraps the work of a request."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def answer(
        self,
        request: Request,
        *,
        principal: Principal,
        body: bytes,
        work: Callable[[str | None], Awaitable[Response]],
    ) -> Response:
        """Return the answer of `work`, or the one that the same request got before.

        `work` is given a name that is the same for the same request, None where the client sent no key.

        Raises:
            HTTPException: 400 for a key that is none, 409 while the first runs, 422 for another request.
            Unavailable: where the keys cannot be looked up.
        """
        sent = request.headers.get("idempotency-key")
        if sent is None:
            return await work(None)
        key, request_hash = _key(sent, request=request, principal=principal), _hash(request, body)
        claim = await self._keys.claim(key, tenant=principal.tenant, request_hash=request_hash)
        if not claim.mine:
            return _again(claim, request_hash=request_hash)
        try:
            response = await work(key)
        except BaseException:
            await self._keys.release(key, tenant=principal.tenant)
            raise
        if response.status_code >= 400:  # noqa: PLR2004 - where errors begin
            await self._keys.release(key, tenant=principal.tenant)
            return response
        kept = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        answer = Answer(response.status_code, kept, bytes(response.body).decode())
        await self._keys.keep(key, tenant=principal.tenant, answer=answer)
        return response


def _key(sent: str, *, request: Request, principal: Principal) -> str:
    named = sent.strip().strip('"')
    if not 1 <= len(named) <= MAX_KEY_CHARACTERS:
        raise HTTPException(400, f"Idempotency-Key: send 1 to {MAX_KEY_CHARACTERS} characters")
    whose = ["idempotency", principal.client, principal.subject, request.method, request.url.path, named]
    return str(uuid5(NAMESPACE, canonical_json(whose).decode()))


def _hash(request: Request, body: bytes) -> str:
    return hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + body).hexdigest()


def _again(claim: Claim, *, request_hash: str) -> Response:
    if claim.request_hash != request_hash:
        raise HTTPException(422, "Idempotency-Key: this key was sent with another request")
    if claim.answer is None:
        text = "Idempotency-Key: the first request with this key is still running"
        raise HTTPException(409, text, headers={"Retry-After": _RETRY_SECONDS})
    headers = {**claim.answer.headers, "Idempotency-Replayed": "true"}
    return Response(claim.answer.body, claim.answer.status, headers, media_type="application/json")
