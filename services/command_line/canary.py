"""`itinerary canary`: a traveller who never travels, and who tells how long a booking takes until it is seen.

Posts one booking over and over, each time another, and reads its trip through the public API: what a client
sees, nothing less. The booking is one record in one trip far in the future, so that nothing piles up.
"""

import asyncio
import secrets
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import httpx
import structlog
import typer
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.command_line.running import running_up
from services.command_line.token import LIFETIME_SECONDS, Wanted, issue
from services.platform import metrics
from services.platform.awaiting import CannotStart, stop_when_told
from services.platform.health import Health, answering_health
from services.platform.logs import configure_logs
from services.platform.settings import HealthSettings

log = structlog.get_logger()

_TENANT, _LOGIN = "canary", "canary@canary.example"
_PAUSE_SECONDS = 0.5
_REQUEST_SECONDS = 20.0
"""A read waits for its position for 10 s."""


class CanarySettings(BaseSettings):
    """Where the canary posts, and how often; variables are `ITINERARY_CANARY_…`."""

    model_config = SettingsConfigDict(env_prefix="ITINERARY_CANARY_")

    url: str | None = None
    """The base URL; that of the running `up` if not set."""
    token_file: Path | None = None
    """Holds a token of the canary's traveller, read anew each time. None: the embedded issuer signs one."""
    every_seconds: float = Field(default=60.0, gt=0)
    patience_seconds: float = Field(default=30.0, gt=0, le=50)
    """After which a booking that cannot be seen counts as late."""


class Journey(NamedTuple):
    """How one booking fared."""

    outcome: Literal["visible", "late", "refused"]
    seconds: float
    """From the post until it was seen, or given up."""


class Canary:
    """The synthetic traveller."""

    def __init__(
        self, http: httpx.AsyncClient, *, token: Callable[[], Awaitable[str]], patience_seconds: float
    ) -> None:
        self._http = http
        self._token = token
        self._patience_seconds = patience_seconds

    async def travel(self) -> Journey:
        """Post a booking, and look for it until it is seen or patience is over.

        Raises:
            CannotStart: there is no token to be had.
        """
        headers = {"Authorization": f"Bearer {await self._token()}"}
        mark, began = secrets.token_hex(8), time.monotonic()
        try:
            posted = await self._http.post("/v1/bookings", json=_booking(mark), headers=headers)
            position = posted.raise_for_status().headers["itinerary-position"]
        except httpx.HTTPError as trouble:
            return self._ended("refused", began, trouble=trouble)
        try:
            async with asyncio.timeout(self._patience_seconds):
                while not await self._sees(mark, position, headers=headers):  # noqa: ASYNC110 - others change it
                    await asyncio.sleep(_PAUSE_SECONDS)
        except TimeoutError as trouble:
            return self._ended("late", began, trouble=trouble)
        return self._ended("visible", began)

    async def _sees(self, mark: str, position: str, *, headers: dict[str, str]) -> bool:
        try:
            answer = await self._http.get("/v1/trips", params={"after": position}, headers=headers)
        except httpx.HTTPError:
            return False
        trips: list[dict[str, Any]] = answer.json()["trips"] if answer.is_success else []
        return any(segment.get("room_description") == mark for trip in trips for segment in trip["segments"])

    def _ended(
        self,
        outcome: Literal["visible", "late", "refused"],
        began: float,
        *,
        trouble: Exception | None = None,
    ) -> Journey:
        seconds = time.monotonic() - began
        metrics.CANARY_JOURNEYS.add(outcome=outcome)
        if trouble is None:
            metrics.CANARY_SECONDS.observe(seconds)
            metrics.CANARY_SEEN.set(time.time())  # noqa: TID251 - a command is an edge, like __main__
        else:
            log.warning("canary.unseen", outcome=outcome, trouble=type(trouble).__name__)
        return Journey(outcome, seconds)


def canary(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="One booking; exit 1 if it is not seen in time.")
    ] = False,
    data: Annotated[Path | None, typer.Option(help="The data folder of the `up` to try.")] = None,
) -> None:
    """Post bookings of a traveller who never travels, and tell how long each takes until it is seen."""
    settings = CanarySettings()
    configure_logs(service="canary", pretty=sys.stderr.isatty())
    if not once:
        asyncio.run(_keep_travelling(settings, data=data))
        return
    journey = asyncio.run(_travel_once(settings, data=data))
    typer.echo(f"{journey.outcome} after {journey.seconds:.2f} s")
    if journey.outcome != "visible":
        raise typer.Exit(1)


async def _travel_once(settings: CanarySettings, *, data: Path | None) -> Journey:
    async with _client(settings, data=data) as http:
        return await _traveller(http, settings=settings, data=data).travel()


async def _keep_travelling(settings: CanarySettings, *, data: Path | None) -> None:
    health, stop = Health(service="canary"), stop_when_told()
    async with answering_health(health, settings=HealthSettings()), _client(settings, data=data) as http:
        traveller = _traveller(http, settings=settings, data=data)
        health.ready()
        log.info("canary.started")
        while not stop.is_set():
            rest_until = time.monotonic() + settings.every_seconds
            health.moved()
            await traveller.travel()
            while not stop.is_set() and (left := rest_until - time.monotonic()) > 0:
                health.moved()
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), min(left, _REQUEST_SECONDS))
        log.info("canary.stopped")


def _traveller(http: httpx.AsyncClient, *, settings: CanarySettings, data: Path | None) -> Canary:
    place = settings.token_file
    token = _EmbeddedToken(data).read if place is None else _TokenFile(place).read
    return Canary(http, token=token, patience_seconds=settings.patience_seconds)


def _client(settings: CanarySettings, *, data: Path | None) -> httpx.AsyncClient:
    url = settings.url or running_up(data).url
    return httpx.AsyncClient(base_url=url, timeout=_REQUEST_SECONDS, trust_env=False)


class _TokenFile(NamedTuple):
    """A token that somebody else keeps fresh, such as a mounted secret."""

    place: Path

    async def read(self) -> str:
        try:
            return (await asyncio.to_thread(self.place.read_text)).strip()
        except OSError as trouble:
            why = f"ITINERARY_CANARY_TOKEN_FILE cannot be read: {trouble.strerror}"
            raise CannotStart(why) from trouble


class _EmbeddedToken:
    """A token of the embedded issuer, signed anew before it ends."""

    def __init__(self, data: Path | None) -> None:
        self._data = data
        self._token = ""
        self._good_until = 0.0

    async def read(self) -> str:
        if time.monotonic() > self._good_until:
            issued = await issue(Wanted(_TENANT, "traveller", _LOGIN, name=_LOGIN), data=self._data)
            self._token = issued.token
            self._good_until = time.monotonic() + LIFETIME_SECONDS / 2
        return self._token


def _booking(mark: str) -> dict[str, Any]:
    """Return a stay so far off that time never changes it, told from the last one by its room."""
    return {
        "booking_source": "Canary",
        "record_locator": "CANARY",
        "segments": [
            {
                "type": "hotel",
                "name": "Canary",
                "start": {"local": "2090-01-01", "zone": "Etc/UTC"},
                "end": {"local": "2090-01-02", "zone": "Etc/UTC"},
                "room_description": mark,
            }
        ],
    }
