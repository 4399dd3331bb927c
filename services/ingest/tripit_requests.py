"""One request to TripIt: signed by OAuth 1.0, within the rate of a consumer key, and again where it may pass.

No token, secret, feed address or answer may stand in a log, or in the text of an error.
"""

# oauthlib carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping
from typing import Any, NamedTuple, Protocol, cast

import httpx
import stamina
from aiolimiter import AsyncLimiter
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, Client

from services.ingest.domain.tripit.answers import MAX_BYTES, Fault, Unreadable, read_answer
from services.ingest.settings import TripItSettings
from services.platform import metrics
from services.platform.measuring import OTHER
from services.platform.outbound import NotPublic, NotResolved

NO_SUCH_THING = "404"
"""The code of TripIt's own denial."""
_ATTEMPTS = 3
_LONGEST_RETRY_SECONDS = 30.0
"""What TripIt asks to wait for: beyond it nothing is tried again, and no key pauses longer as a whole."""
_OK, _NOT_MODIFIED, _UNAUTHORISED = 200, 304, 401
_PASSING = frozenset(
    {"unreachable", "name_not_resolved"} | {f"http_{status}" for status in (429, 500, 502, 503, 504)}
)
"""Troubles that may be over in a moment."""
_REFUSALS = 2
"""So many in a row are believed."""
_NO_FAULT = Fault("", "")
_OF_THE_GRANT = "106"
"""How the detailed codes of errors begin that are about the traveller's grant; others are about our key."""


class Credentials(NamedTuple):
    """A key and its secret: a consumer's, or a token's."""

    key: str
    secret: str

    def __repr__(self) -> str:
        return "Credentials(…)"


class Fetched(NamedTuple):
    """A payload, exactly as it came."""

    body: bytes
    content_type: str
    etag: str | None = None


class Trouble(Exception):
    """A fetch failed and says nothing about the account; the text is a stable code."""

    def __init__(self, code: str, *, wait_seconds: float = 0.0) -> None:
        super().__init__(code)
        self.code = code
        self.wait_seconds = wait_seconds
        """How long TripIt asked us to wait."""


class Revoked(Exception):
    """The traveller's grant does not hold any more, or never did."""


class _Unauthorised(Exception):
    """One 401; TripIt sends single ones that mean nothing."""

    def __init__(self, *, is_of_the_grant: bool) -> None:
        super().__init__()
        self.is_of_the_grant = is_of_the_grant
        """Whether TripIt itself says so: anything on the way can answer 401 as well."""


class NotThere(Exception):
    """What was asked for is not there, or so it is said."""

    def __init__(self, *, is_tripits_word: bool) -> None:
        super().__init__()
        self.is_tripits_word = is_tripits_word
        """Whether it carries TripIt's own error: anything on the way can answer 404 as well."""


class AsItWas(Exception):
    """What was asked for has not changed since the entity tag that was named."""


class Signature(httpx.Auth):
    """Signs requests by OAuth 1.0 with HMAC-SHA1, as TripIt takes it: in the header, without a verifier."""

    def __init__(self, consumer: Credentials, token: Credentials | None = None) -> None:
        self._client = Client(
            consumer.key,
            client_secret=consumer.secret,
            resource_owner_key=None if token is None else token.key,
            resource_owner_secret=None if token is None else token.secret,
            signature_method=SIGNATURE_HMAC_SHA1,
        )

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """Add the signature of a request whose parameters all stand in its address."""
        _, headers, _ = self._client.sign(str(request.url), http_method=cast("Any", request.method))
        request.headers["Authorization"] = headers["Authorization"]
        yield request


Hold = Callable[[], Awaitable[None]]
"""Makes sure that whoever asks may still do so; raises where not."""


async def at_will() -> None:
    """Hold nothing: whoever asks needs nobody's leave."""


class Pace(Protocol):
    """How fast TripIt may be asked."""

    async def turn(self, way: str) -> None:
        """Wait until a request may be made by a consumer key, or whatever else has a pace of its own."""
        ...

    async def hold_back(self, way: str, *, seconds: float) -> None:
        """Make no request by that key for so long: TripIt asked for a pause."""
        ...


class OwnPace:
    """The pace of one process by itself."""

    def __init__(self, *, per_second: float) -> None:
        self._per_second = per_second
        self._paces: dict[str, AsyncLimiter] = {}
        self._free_at: dict[str, float] = {}

    async def turn(self, way: str) -> None:
        """Wait until a request may be made."""
        rate, now = self._per_second, asyncio.get_running_loop().time
        await asyncio.sleep(max(0.0, self._free_at.get(way, 0.0) - now()))
        await self._paces.setdefault(way, AsyncLimiter(max(1, rate), max(1, rate) / rate)).acquire()

    async def hold_back(self, way: str, *, seconds: float) -> None:
        """Make no request for so long."""
        self._free_at[way] = max(self._free_at.get(way, 0.0), asyncio.get_running_loop().time() + seconds)


class Requests:
    """Requests of all accounts of a process."""

    def __init__(self, settings: TripItSettings, *, pace: Pace) -> None:
        self._settings = settings
        self._pace = pace

    async def fetch(
        self,
        client: httpx.AsyncClient,
        url: str,
        *,
        pace: str,
        method: str = "GET",
        parameters: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: httpx.Auth | None = None,
        hold: Hold = at_will,
    ) -> Fetched:
        """Fetch, trying again what may pass by itself; a 401 once, after a pause.

        `hold` is called before each attempt: all together may take longer than anything can be held at once.

        Raises:
            Trouble: where nothing came.
            NotThere: where it is said not to be there.
            AsItWas: where an entity tag was named and holds.
            Revoked: where TripIt says that the grant does not hold, twice in a row.
        """
        request = client.build_request(method, url, params=parameters, headers=headers)
        refusals: list[_Unauthorised] = []
        while len(refusals) < _REFUSALS:
            if refusals:
                await asyncio.sleep(self._settings.unauthorised_pause_seconds)
            try:
                async for attempt in stamina.retry_context(
                    on=_how_long_to_wait, attempts=_ATTEMPTS, timeout=None, wait_jitter=0.5
                ):
                    with attempt:
                        await self._pace.turn(pace)
                        await hold()
                        return await self._paced(client, request, auth=auth, pace=pace)
            except _Unauthorised as refusal:
                refusals.append(refusal)
        raise Revoked if all(refusal.is_of_the_grant for refusal in refusals) else Trouble("http_401")

    async def _paced(
        self, client: httpx.AsyncClient, request: httpx.Request, *, auth: httpx.Auth | None, pace: str
    ) -> Fetched:
        """Make one request; where TripIt asks for a pause, whoever else asks by the same key keeps it too."""
        try:
            fetched = await self._once(client, request, auth=auth)
        except (Trouble, NotThere, AsItWas, _Unauthorised) as end:
            metrics.TRIPIT_REQUESTS.add(outcome=_outcome(end))
            if isinstance(end, Trouble) and end.wait_seconds > 0:
                await self._pace.hold_back(pace, seconds=min(end.wait_seconds, _LONGEST_RETRY_SECONDS))
            raise
        metrics.TRIPIT_REQUESTS.add(outcome="fetched")
        return fetched

    async def _once(
        self, client: httpx.AsyncClient, request: httpx.Request, *, auth: httpx.Auth | None
    ) -> Fetched:
        try:
            # For the whole of it: a server that drips byte by byte keeps to every timeout of a single read.
            async with asyncio.timeout(self._settings.request_seconds):
                response = await client.send(request, auth=auth, stream=True)
                try:
                    body = await _bounded(response)
                finally:
                    await response.aclose()
        except NotResolved:
            raise Trouble("name_not_resolved") from None
        except NotPublic:
            raise Trouble("address_not_allowed") from None
        except (httpx.HTTPError, OSError):  # a timeout of the whole, and TLS that breaks after the handshake
            raise Trouble("unreachable") from None
        if response.status_code in {401, 403}:
            raise _refused(response.status_code, body)
        if response.status_code in {404, 410}:
            raise NotThere(is_tripits_word=_first_fault(body).code == NO_SUCH_THING)
        if response.status_code == _NOT_MODIFIED and "if-none-match" in request.headers:
            raise AsItWas
        if response.status_code != _OK:
            raise Trouble(f"http_{response.status_code}", wait_seconds=_retry_after(response))
        content_type = response.headers.get("content-type", "application/octet-stream")[:128]
        return Fetched(body, content_type, response.headers.get("etag"))


async def _bounded(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_BYTES:
            raise Trouble("too_large")
    return bytes(body)


def _refused(status: int, body: bytes) -> Exception:
    """Return what a 401 or 403 means: the grant, or our own key, which is no traveller's fault."""
    detail = _first_fault(body).detail
    is_of_the_grant = detail.startswith(_OF_THE_GRANT)
    if detail and not is_of_the_grant:
        return Trouble("consumer_refused")
    if status != _UNAUTHORISED:
        return Trouble("account_not_confirmed")
    return _Unauthorised(is_of_the_grant=is_of_the_grant)


def _first_fault(body: bytes) -> Fault:
    """Return the error that TripIt itself reports; an empty one where somebody else answered."""
    try:
        return next(iter(read_answer(body).faults), _NO_FAULT)
    except Unreadable:
        return _NO_FAULT


def _outcome(end: Trouble | NotThere | AsItWas | _Unauthorised) -> str:
    """Return what a request that brought nothing counts as."""
    match end:
        case NotThere():
            return "not_there"
        case AsItWas():
            return "unchanged"
        case _Unauthorised() | Trouble(code="consumer_refused" | "account_not_confirmed"):
            return "refused"
        case Trouble(code="unreachable" | "name_not_resolved"):
            return "unreachable"
        case Trouble(code=code):
            return "busy" if code in _PASSING else OTHER


def _retry_after(response: httpx.Response) -> float:
    text = response.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdecimal() else 0.0


def _how_long_to_wait(trouble: Exception) -> bool | float:
    """Tell stamina what passes by itself, and how long TripIt asked us to wait, if that is worth it."""
    if not isinstance(trouble, Trouble):
        return False
    if trouble.wait_seconds > _LONGEST_RETRY_SECONDS:
        return False
    return trouble.wait_seconds or True if trouble.code in _PASSING else False
