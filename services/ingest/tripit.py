"""Speaks with TripIt: the steps of an authorisation, one question at a time, and feeds.

No token, secret, feed address or answer may stand in a log, or in the text of an error.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx

from services.ingest.domain.tripit.answers import Answer, Unreadable, read_answer
from services.ingest.domain.tripit.visits import Ask
from services.ingest.settings import TripItSettings
from services.ingest.tripit_requests import (
    NO_SUCH_THING,
    AsItWas,
    Credentials,
    Fetched,
    Hold,
    NotThere,
    OwnPace,
    Pace,
    Requests,
    Signature,
    Trouble,
    at_will,
)
from services.platform.outbound import PublicOnly, no_cookies

NO_SUCH_FEED = "no_such_feed"


class TripIt:
    """TripIt's API and feeds, for all accounts of a process."""

    def __init__(
        self,
        api: httpx.AsyncClient,
        feeds: httpx.AsyncClient,
        *,
        settings: TripItSettings,
        pace: Pace | None = None,
    ) -> None:
        self._api = api
        self._feeds = feeds
        self._settings = settings
        self._requests = Requests(settings, pace=pace or OwnPace(per_second=settings.requests_per_second))

    async def request_token(self, consumer: Credentials) -> Credentials:
        """Begin an authorisation.

        Raises:
            Trouble: where TripIt does not give a token.
            Revoked: where it does not know the consumer key.
        """
        return await self._token("/oauth/request_token", Signature(consumer))

    async def access_token(
        self, consumer: Credentials, *, request: Credentials, hold: Hold = at_will
    ) -> Credentials:
        """End an authorisation: only this tells whether the traveller agreed. `hold` as in `ask`.

        Raises:
            Trouble: where TripIt does not answer.
            Revoked: where the traveller did not agree.
        """
        return await self._token("/oauth/access_token", Signature(consumer, request), hold=hold)

    def authorise_url(self, request: Credentials) -> str:
        """Return where the traveller agrees."""
        query = {"oauth_token": request.key, "oauth_callback": self._settings.callback_url or ""}
        return f"{self._settings.authorise_url}?{urlencode(query)}"

    async def ask(
        self, ask: Ask, *, consumer: Credentials, token: Credentials, hold: Hold = at_will
    ) -> tuple[Fetched, Answer] | None:
        """Ask a question; None where TripIt itself says that there is no such thing.

        `hold` is called before each attempt, and whatever it raises ends them.

        Raises:
            Trouble: where no answer came that can be read, or a denial that cannot be believed.
            Revoked: where TripIt says that the grant does not hold, twice in a row.
        """
        url = f"{self._settings.api_url}/v1/{quote(ask.path)}"
        parameters = {**ask.parameters, "format": "json"}
        try:
            fetched = await self._requests.fetch(
                self._api,
                url,
                parameters=parameters,
                auth=Signature(consumer, token),
                pace=consumer.key,
                hold=hold,
            )
            return fetched, _without_faults(fetched.body)
        except NotThere as denial:
            # A list is always there, if only an empty one: whoever says otherwise is not TripIt, and to
            # believe it would take back all that an account told.
            if ask.path.startswith("list/") or not denial.is_tripits_word:
                raise Trouble("http_404") from None
            return None

    async def feed(self, address: str, *, etag: str | None, hold: Hold = at_will) -> Fetched | None:
        """Fetch a calendar feed; None where it is as it was. `hold` as in `ask`.

        Raises:
            Trouble: where none came (`no_such_feed`: there is none any more), or its address is not one
                that we may fetch.
        """
        if not is_feed_address(address, origins=self._settings.feed_origins):
            raise Trouble("address_not_allowed")
        headers = {"If-None-Match": etag} if etag else {}
        try:
            return await self._requests.fetch(self._feeds, address, headers=headers, pace="feeds", hold=hold)
        except AsItWas:
            return None
        except NotThere:
            raise Trouble(NO_SUCH_FEED) from None

    async def _token(self, path: str, signature: Signature, *, hold: Hold = at_will) -> Credentials:
        url = f"{self._settings.api_url}{path}"
        try:
            fetched = await self._requests.fetch(
                self._api, url, auth=signature, method="POST", pace="tokens", hold=hold
            )
            said = parse_qs(fetched.body.decode(errors="replace"))
            return Credentials(said["oauth_token"][0], said["oauth_token_secret"][0])
        except (NotThere, KeyError):
            raise Trouble("no_token") from None


def is_feed_address(address: str, *, origins: tuple[str, ...]) -> bool:
    """Tell whether an address is that of a private feed at one of the origins."""
    if not address.isascii() or not address.isprintable():
        return False  # `urlsplit` drops some of those, and `httpx` takes none
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return False
    plain = parts.username is None and parts.password is None and not parts.query and not parts.fragment
    origin = f"{parts.scheme}://{parts.hostname}{port}"
    return (
        plain
        and origin in origins
        and parts.path.startswith("/feed/ical/private/")
        and ".." not in parts.path
    )


@asynccontextmanager
async def open_tripit(settings: TripItSettings, *, pace: Pace | None = None) -> AsyncGenerator[TripIt]:
    """Open the connections to TripIt; no redirect is followed, and no proxy fetches a feed.

    Args:
        settings: of the process.
        pace: that of all processes; without one this process keeps to its own.
    """
    headers = {"User-Agent": settings.user_agent, "Accept-Encoding": "gzip"}
    timeout = httpx.Timeout(settings.request_seconds)
    is_public = all(origin.startswith("https://") for origin in settings.feed_origins)
    transport = PublicOnly() if is_public else httpx.AsyncHTTPTransport()
    async with (
        httpx.AsyncClient(headers=headers, timeout=timeout, cookies=no_cookies()) as api,
        httpx.AsyncClient(
            headers=headers, timeout=timeout, cookies=no_cookies(), transport=transport, trust_env=False
        ) as feeds,
    ):
        yield TripIt(api, feeds, settings=settings, pace=pace)


def _without_faults(body: bytes) -> Answer:
    """Return an answer that came with a 200, where it is one.

    Raises:
        Trouble: where it cannot be read, or reports an error; a denial is raised as such.
    """
    try:
        answer = read_answer(body)
    except Unreadable:
        raise Trouble("unreadable") from None
    for fault in answer.faults:
        if fault.code == NO_SUCH_THING:
            raise NotThere(is_tripits_word=True)
        raise Trouble(f"error_{fault.code[:3]}" if fault.code.isdecimal() else "error")
    return answer
