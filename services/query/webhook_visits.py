"""Visiting endpoints: sends what is due in order, then notes how it went; the webhook's id is the event's.

A visit that dies in between is done again when its lease ran out: an endpoint may hear an event twice, under
one id and with the same bytes. No secret, body or answer may stand in a log. When to try next is said as a
duration, and counted by the clock of the database, which reads the queue by it, too.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple, Protocol

import httpx
import structlog
from standardwebhooks import Webhook as Signer

from services.platform import faults, metrics, tracing
from services.platform.outbound import NotPublic
from services.query.domain.subscriptions import CONTENT_TYPES, Form, Patience, goes_on
from services.query.webhook_secrets import Secrets

log = structlog.get_logger()

_USER_AGENT = "itinerary-webhooks/1"
_GONE = 410
_READ_BYTES = 64 * 1024
"""So much of an answer is read, so that the connection can be used again."""


class Queued(NamedTuple):
    """A delivery to be queued; an array of each column goes into the database."""

    tenant: str
    webhook: str
    event: str
    type: str
    trip: str
    traveller: str
    body: str
    traceparent: str | None = None
    """The trace in which the event was told."""


class Endpoint(NamedTuple):
    """A webhook as it was leased, with what signs."""

    tenant: str
    webhook: str
    url: str
    form: Form
    concurrency: int
    lease: int
    revision: int
    """Which change by a person it was read with."""
    failures: int
    secrets: Secrets


class Waiting(NamedTuple):
    """A delivery that is due."""

    event: str
    trip: str | None
    body: str
    waited: timedelta
    """For how long it has been tried, as it was read."""
    failures: int
    traceparent: str | None = None


class Tried(NamedTuple):
    """What became of one attempt."""

    event: str
    state: Literal["waiting", "delivered", "dead"]
    again_in: timedelta
    failures: int
    attempt: Mapping[str, Any]


class VisitEnd(NamedTuple):
    """How an endpoint fares after a visit."""

    failures: int
    """In a row."""
    pause: timedelta
    succeeded: bool
    trouble: str | None
    is_gone: bool


class Answer(NamedTuple):
    """What an endpoint answered, or which trouble there was."""

    status: int | None = None
    trouble: str | None = None
    asked_seconds: float = 0.0

    @property
    def is_taken(self) -> bool:
        """Whether the event was taken; a redirect is not followed, and so takes nothing."""
        return self.status is not None and httpx.codes.is_success(self.status)


class Queue(Protocol):
    """What waits for endpoints."""

    async def waiting(self, endpoint: Endpoint, *, wanted: int) -> Sequence[Waiting]:
        """Return what is due for an endpoint, in order."""
        ...

    async def end(
        self, endpoint: Endpoint, *, tried: Sequence[Tried], visit: VisitEnd | None, is_full: bool = False
    ) -> None:
        """Note what a visit came to, and give the endpoint back.

        Args:
            endpoint: which was visited.
            tried: what became of each attempt.
            visit: how the endpoint fares; None where nothing was tried.
            is_full: whether more may be due than a visit sends.
        """
        ...


class Pace(NamedTuple):
    """How much of an endpoint's queue one visit sends, and how long it may take."""

    deliveries: int
    visit_seconds: float
    request_seconds: float
    stopping: Callable[[], bool]
    """Whether the process is to end: no further request is begun."""


class Clock(NamedTuple):
    """Where time and chance come in."""

    now: Callable[[], datetime]
    stretch: Callable[[], float]
    """From 0 to 1, ever another."""


class Visits:
    """Serves leased endpoints."""

    def __init__(
        self,
        *,
        queue: Queue,
        client_of: Callable[[str], httpx.AsyncClient],
        pace: Pace,
        patience: Patience,
        clock: Clock,
    ) -> None:
        """Serve by these.

        Args:
            queue: what waits.
            client_of: by tenant, what reaches its endpoints, and nothing that it may not reach.
            pace: how much at a time.
            patience: how long what fails is tried.
            clock: the time and chance.
        """
        self._queue = queue
        self._client_of = client_of
        self._pace = pace
        self._patience = patience
        self._clock = clock

    async def visit(self, endpoint: Endpoint) -> None:
        """Send what is due for one endpoint, and note it."""
        waiting = await self._queue.waiting(endpoint, wanted=self._pace.deliveries)
        faults.point("webhook.leased")
        until = asyncio.get_running_loop().time() + self._pace.visit_seconds
        visit = _Visit(endpoint, until=until, stopping=self._pace.stopping)
        await self._send_all(visit, waiting)
        faults.point("webhook.sent")
        await self._queue.end(
            endpoint,
            tried=visit.tried,
            visit=self._end(visit) if visit.tried else None,
            is_full=len(waiting) == self._pace.deliveries,
        )
        faults.point("webhook.noted")

    async def _send_all(self, visit: "_Visit", waiting: Sequence[Waiting]) -> None:
        """Send in order; with more than one request at once, still one after the other of each trip."""
        places = asyncio.Semaphore(visit.endpoint.concurrency)
        if visit.endpoint.concurrency == 1:
            await self._send_lane(visit, waiting, places)
            return
        lanes: dict[str | None, list[Waiting]] = {}
        for one in waiting:
            lanes.setdefault(one.trip or one.event, []).append(one)
        async with asyncio.TaskGroup() as sending:
            for lane in lanes.values():
                sending.create_task(self._send_lane(visit, lane, places))

    async def _send_lane(self, visit: "_Visit", lane: Sequence[Waiting], places: asyncio.Semaphore) -> None:
        for one in lane:
            async with places:
                if visit.is_over(asyncio.get_running_loop().time()):
                    return
                if one.trip not in visit.behind:
                    visit.note(self._tried(one, await self._attempt(visit.endpoint, one)), waiting=one)

    async def _attempt(self, endpoint: Endpoint, one: Waiting) -> tuple[Answer, float]:
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            async with asyncio.timeout(self._pace.request_seconds):
                with tracing.delivering(one.traceparent) as span:
                    answer = await self._post(endpoint, one)
                    tracing.delivered(span, status=answer.status)
        except TimeoutError:
            answer = Answer(trouble="timeout")
        except NotPublic:
            answer = Answer(trouble="not_public")
        except ssl.SSLError:  # after the handshake: httpx raises it as it comes
            answer = Answer(trouble="tls_error")
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, OSError) as trouble:
            answer = Answer(trouble=_code(trouble))
        except Exception as bug:  # noqa: BLE001 - one endpoint must not stop all others; it is noted and shown
            # Without the stack: its messages may quote what the endpoint said.
            log.error("webhook.unsent", webhook=endpoint.webhook, error=type(bug).__name__)  # noqa: TRY400 - as above
            answer = Answer(trouble=_code(bug))
        return answer, clock() - began

    async def _post(self, endpoint: Endpoint, one: Waiting) -> Answer:
        headers = signed_headers(one.event, one.body, secrets=endpoint.secrets, now=self._clock.now())
        headers |= {"Content-Type": CONTENT_TYPES[endpoint.form], "User-Agent": _USER_AGENT}
        client = self._client_of(endpoint.tenant)
        request = client.build_request("POST", endpoint.url, content=one.body.encode(), headers=headers)
        response = await client.send(request, stream=True)
        try:
            read = 0
            async for piece in response.aiter_raw():
                read += len(piece)
                if read > _READ_BYTES:
                    break
        finally:
            await response.aclose()
        return Answer(status=response.status_code, asked_seconds=_asked(response.headers))

    def _tried(self, one: Waiting, answered: tuple[Answer, float]) -> Tried:
        answer, seconds = answered
        attempt = {
            "at": _written(self._clock.now()),
            "status": answer.status,
            "trouble": answer.trouble,
            "milliseconds": round(seconds * 1000),
        }
        if answer.is_taken:
            return Tried(one.event, "delivered", timedelta(0), one.failures, attempt)
        failures = one.failures + 1
        if self._patience.is_over(one.waited):
            return Tried(one.event, "dead", timedelta(0), failures, attempt)
        again_in = self._patience.again_in(
            failures,
            waited=one.waited,
            stretch=self._clock.stretch(),
            asked_seconds=answer.asked_seconds,
        )
        return Tried(one.event, "waiting", again_in, failures, attempt)

    def _end(self, visit: "_Visit") -> VisitEnd:
        pause = self._patience.pause_after(visit.failures)
        trouble = visit.trouble if visit.failures else None
        if trouble is not None:
            log.info(
                "webhook.failed",
                webhook=visit.endpoint.webhook,
                trouble=trouble,
                failures=visit.failures,
                pause_seconds=pause.total_seconds(),
            )
        return VisitEnd(
            failures=visit.failures,
            pause=pause,
            succeeded=any(one.state == "delivered" for one in visit.tried),
            trouble=trouble,
            is_gone=visit.is_gone,
        )


class _Visit:
    """What is known while an endpoint is visited."""

    def __init__(self, endpoint: Endpoint, *, until: float, stopping: Callable[[], bool]) -> None:
        self.endpoint = endpoint
        self.failures = endpoint.failures
        self.tried: list[Tried] = []
        self.behind: set[str | None] = set()
        """Trips of which something failed: what comes after it waits."""
        self.trouble: str | None = None
        self.is_gone = False
        self._failed_here = 0
        self._until = until
        self._stopping = stopping

    def note(self, tried: Tried, *, waiting: Waiting) -> None:
        self.tried.append(tried)
        metrics.DELIVERIES.add(outcome=tried.state)
        if tried.state == "delivered":
            self.failures = self._failed_here = 0
            return
        self.failures += 1
        self._failed_here += 1
        status, trouble = tried.attempt["status"], tried.attempt["trouble"]
        self.trouble = trouble or f"status_{status}"
        self.is_gone |= status == _GONE  # whatever others of the same moment were answered
        if waiting.trip is not None and tried.state == "waiting":
            self.behind.add(waiting.trip)

    def is_over(self, now: float) -> bool:
        is_late = now > self._until or self._stopping()
        return is_late or self.is_gone or not goes_on(self._failed_here)


def signed_headers(event: str, body: str, *, secrets: Secrets, now: datetime) -> dict[str, str]:
    """Return the headers by which a receiver knows who sent what, and when (Standard Webhooks 1.0)."""
    # The library takes the clock face of what it is given for UTC.
    at = now.astimezone(UTC)
    signatures = [Signer(secret).sign(event, at, body) for secret in secrets.signing(now=now)]
    return {
        "webhook-id": event,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _asked(headers: httpx.Headers) -> float:
    """Return how many seconds an endpoint asks to be left alone; dates are not read."""
    asked = headers.get("retry-after", "")
    return float(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 7 else 0.0  # noqa: PLR2004


def _code(trouble: Exception) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in type(trouble).__name__).strip("_")
