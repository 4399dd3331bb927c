"""Doing once what clients ask with an `Idempotency-Key`, however often they send it.

The key of a request is remembered for a day with the answer; what failed is not remembered, so that it
can be tried again.
"""

import asyncio
import base64
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple, Protocol
from uuid import uuid5

from cryptography.fernet import Fernet
from fastapi import Request, Response
from starlette.exceptions import HTTPException

from schemas.base import canonical_json
from schemas.identifiers import NAMESPACE
from services.platform.principals import Principal
from services.platform.problems import ProblemRaised

MAX_KEY_CHARACTERS = 255
_RETRY_SECONDS = "1"
_LOOK_SECONDS = 0.1
_NOT_KEPT = frozenset({"content-length", "set-cookie"})
"""Headers that are of one answer alone."""


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
        """Take a key, unless it is taken; raises where the keys cannot be looked up."""
        ...

    async def keep(self, key: str, *, tenant: str, answer: Answer) -> None:
        """Remember the answer; raises as `claim`."""
        ...

    async def release(self, key: str, *, tenant: str) -> None:
        """Forget the key: what it stood for failed; raises as `claim`."""
        ...


class Sent(NamedTuple):
    """A request that may come again."""

    request: Request
    principal: Principal
    body: bytes
    """What tells it from another that is sent with the same key."""
    key: str | None
    """As the client sent it."""


class Once:
    """Wraps the work of a request."""

    def __init__(self, keys: Keys, *, seals: bool = False) -> None:
        """`seals` where answers hold secrets: they are kept so that only the key that was sent opens them."""
        self._keys = keys
        self._seals = seals

    async def answer(
        self,
        request: Request,
        *,
        principal: Principal,
        body: bytes,
        work: Callable[[str | None], Awaitable[Response]],
    ) -> Response:
        """Return the answer to a client's request; as `answer_to` says."""
        sent = Sent(request, principal, body, request.headers.get("idempotency-key"))
        return await self.answer_to(sent, work=work)

    async def answer_to(
        self,
        sent: Sent,
        *,
        work: Callable[[str | None], Awaitable[Response]],
        patience_seconds: float = 0.0,
    ) -> Response:
        """Return the answer of `work`, or the one that the same request got before.

        `work` is given a name that is the same for the same request, None where the client sent no key. While
        the first one runs it is waited for as long as `patience_seconds`.

        Raises:
            HTTPException: 400 for a key that is none, 409 while the first runs, 422 for another request.
            Whatever the keys raise where they cannot be looked up.
        """
        if sent.key is None:
            return await work(None)
        key, tenant = _name(sent), sent.principal.tenant
        claim = await self._claim(key, sent=sent, patience_seconds=patience_seconds)
        if not claim.mine:
            return self._again(claim, sent=sent)
        try:
            response = await work(key)
        except BaseException:
            await self._keys.release(key, tenant=tenant)
            raise
        if response.status_code >= 400:  # noqa: PLR2004 - where errors begin
            await self._keys.release(key, tenant=tenant)
            return response
        headers = {name: value for name, value in response.headers.items() if name not in _NOT_KEPT}
        kept = bytes(response.body)
        body = _seal(sent).encrypt(kept) if self._seals else kept
        await self._keys.keep(key, tenant=tenant, answer=Answer(response.status_code, headers, body.decode()))
        return response

    async def _claim(self, key: str, *, sent: Sent, patience_seconds: float) -> Claim:
        until = time.monotonic() + patience_seconds
        while True:
            claim = await self._keys.claim(key, tenant=sent.principal.tenant, request_hash=_hash(sent))
            is_running = not claim.mine and claim.answer is None and claim.request_hash == _hash(sent)
            if not is_running or time.monotonic() >= until:
                return claim
            await asyncio.sleep(_LOOK_SECONDS)

    def _again(self, claim: Claim, *, sent: Sent) -> Response:
        if claim.request_hash != _hash(sent):
            raise ProblemRaised("key-reused", "Idempotency-Key: this key was sent with another request")
        if claim.answer is None:
            text = "Idempotency-Key: the first request with this key is still running"
            raise ProblemRaised("under-way", text, headers={"Retry-After": _RETRY_SECONDS})
        status, kept, body = claim.answer
        shown = _seal(sent).decrypt(body) if self._seals else body
        headers = {"content-type": "application/json", **kept, "Idempotency-Replayed": "true"}
        return Response(shown, status, headers)


def _name(sent: Sent) -> str:
    """Return by what a key is remembered: it is neither written down itself nor told by this."""
    request, principal = sent.request, sent.principal
    whose = ["idempotency", principal.client, principal.subject, request.method, request.url.path, _key(sent)]
    return str(uuid5(NAMESPACE, canonical_json(whose).decode()))


def _key(sent: Sent) -> str:
    named = (sent.key or "").strip().strip('"')
    if not 1 <= len(named) <= MAX_KEY_CHARACTERS:
        raise HTTPException(400, f"Idempotency-Key: send 1 to {MAX_KEY_CHARACTERS} characters")
    return named


def _seal(sent: Sent) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"answer to {_key(sent)}".encode()).digest()))


def _hash(sent: Sent) -> str:
    where = f"{sent.request.method} {sent.request.url.path}\n".encode()
    return hashlib.sha256(where + sent.body).hexdigest()
