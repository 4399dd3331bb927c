"""The issuer's public keys: fetched, kept, fetched anew when keys rotate, served stale when it is down.

PyJWT's own client blocks the event loop and asks the issuer again for every unknown key id, which
lets anyone with made-up tokens flood the issuer; hence this one.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlsplit
from urllib.request import url2pathname

import httpx
import jwt
import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

log = structlog.get_logger()

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""Asymmetric ones only: with a public key set, a symmetric algorithm would let anybody sign."""

COOL_DOWN_SECONDS = 30.0
"""Between two fetches, whatever key ids tokens name and however often a fetch fails."""
MAX_AGE_BOUNDS_SECONDS = (300.0, 3600.0)
STALE_SECONDS = 24 * 3600.0
"""How long known keys are still believed while the issuer cannot be reached."""

_TIMEOUT_SECONDS = 3.0
_MAX_BYTES = 64 * 1024


class IssuerUnreachable(Exception):
    """There is no key set to verify with: the issuer never answered, or not for a day."""


class UnknownKey(Exception):
    """The issuer has no such key."""


class _Document(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)

    keys: Annotated[tuple[Mapping[str, Any], ...], Field(max_length=100)]


class Fetched(NamedTuple):
    """A key set as the issuer published it."""

    body: bytes
    max_age_seconds: float | None


async def fetch(url: str) -> Fetched:
    """Read a key set from `https://` or `file://`.

    Raises:
        ValueError: where the address is neither, or the document too large.
        httpx.HTTPError, OSError: where it cannot be read.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        return Fetched(await asyncio.to_thread(Path(url2pathname(parts.path)).read_bytes), None)
    if parts.scheme != "https":
        raise ValueError("a key set is read from https:// or file:// only")
    async with (
        httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, follow_redirects=False) as client,
        client.stream("GET", url) as response,
    ):
        response.raise_for_status()
        body = b""
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > _MAX_BYTES:
                raise ValueError("the key set is too large")
        return Fetched(body, _max_age(response.headers.get("cache-control", "")))


def _max_age(cache_control: str) -> float | None:
    for directive in cache_control.lower().split(","):
        name, _, value = directive.strip().partition("=")
        if name == "max-age" and value.isdecimal():
            return float(value)
    return None


class KeySet:
    """The keys of one issuer, by key id."""

    def __init__(
        self,
        url: str,
        *,
        fetch: Callable[[str], Any] = fetch,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._fetch = fetch
        self._monotonic = monotonic
        self._keys: Mapping[str | None, jwt.PyJWK] = {}
        self._fetched_at: float | None = None
        self._fresh_until = 0.0
        self._next_fetch_at = float("-inf")
        self._fetching: asyncio.Task[None] | None = None

    async def key(self, kid: str | None) -> jwt.PyJWK:
        """Return a key. An unknown id asks the issuer again, once for all who wait, after a cool-down.

        Raises:
            UnknownKey: where the issuer does not publish it.
            IssuerUnreachable: where no key set is at hand.
        """
        known = self._usable()
        if kid not in known:
            await self._refreshed()
            known = self._usable()
        elif self._monotonic() >= self._fresh_until:
            self._start_fetch()
        if not known:
            raise IssuerUnreachable
        if kid not in known:
            raise UnknownKey
        return known[kid]

    def _usable(self) -> Mapping[str | None, jwt.PyJWK]:
        if self._fetched_at is None or self._monotonic() - self._fetched_at > STALE_SECONDS:
            return {}
        return self._keys

    async def _refreshed(self) -> None:
        if (fetching := self._start_fetch()) is not None:
            await asyncio.shield(fetching)

    def _start_fetch(self) -> asyncio.Task[None] | None:
        """Return the one fetch under way, starting it where the cool-down allows."""
        if self._fetching is not None and not self._fetching.done():
            return self._fetching
        if self._monotonic() < self._next_fetch_at:
            return None
        self._next_fetch_at = self._monotonic() + COOL_DOWN_SECONDS
        self._fetching = asyncio.create_task(self._fetch_once())
        return self._fetching

    async def _fetch_once(self) -> None:
        try:
            fetched: Fetched = await self._fetch(self._url)
            keys = _read(fetched.body)
        except (httpx.HTTPError, OSError, ValueError) as trouble:
            log.warning("key_set.fetch_failed", error=type(trouble).__name__)
            return
        now = self._monotonic()
        least, most = MAX_AGE_BOUNDS_SECONDS
        self._keys, self._fetched_at = keys, now
        self._fresh_until = now + min(max(fetched.max_age_seconds or least, least), most)


def _read(body: bytes) -> Mapping[str | None, jwt.PyJWK]:
    """Return the signing keys that we accept; others in the document are passed over."""
    if len(body) > _MAX_BYTES:
        raise ValueError("the key set is too large")
    try:
        document = _Document.model_validate_json(body)
    except ValidationError:
        raise ValueError("this is no key set") from None
    keys: dict[str | None, jwt.PyJWK] = {}
    for member in document.keys:
        if member.get("kty") not in {"RSA", "EC", "OKP"} or member.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK(dict(member))
        except (jwt.PyJWKError, jwt.InvalidKeyError):
            continue
        if key.algorithm_name in ALGORITHMS:
            keys[key.key_id] = key
    return keys
