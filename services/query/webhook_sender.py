"""The process behind webhooks: queues what the log tells, and visits the endpoints that are due.

One that hangs holds up nobody but itself: each endpoint has its own place, its own time limit, and is left
alone for longer and longer while it fails.
"""

import asyncio
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from typing import Any

import httpx
import structlog

from services.platform.outbound import public_client
from services.platform.postgres import TROUBLE
from services.platform.sealing import Seal
from services.platform.settings import KafkaSettings
from services.query.settings import EVERYBODY, WebhookSettings
from services.query.webhook_queueing import Queueing
from services.query.webhook_tables import DeliveryQueue
from services.query.webhook_visits import Clock, Endpoint, Pace, Visits

log = structlog.get_logger()

_NOTE_SECONDS = 5.0
"""How long after the last answer a visit may take to be noted, where the process is to end."""
_GIVE_UP_SECONDS = 60.0
"""How long the database may be away before the process ends and is started anew."""
_TIDY_SECONDS = 600.0
_NAMES_AT_ONCE = 64
"""Names are looked up in threads: a few that hang must not hold up the others."""


class WebhookSender:
    """One of any number of senders."""

    def __init__(
        self,
        *,
        kafka: KafkaSettings,
        pool: Any,  # noqa: ANN401 - asyncpg's pool
        seal: Seal,
        settings: WebhookSettings,
        clock: Clock,
        moved: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._moved = moved
        self._queue = DeliveryQueue(pool, seal=seal)
        self._queueing = Queueing(kafka=kafka, queue=self._queue, settings=settings)
        self._answered = self._tidied = 0.0
        self._renewed = False

    async def run(self, stop: asyncio.Event) -> None:
        """Queue and send until `stop` is set.

        Raises:
            OSError, asyncpg.PostgresError: the database was away for a minute.
        """
        threads = ThreadPoolExecutor(_NAMES_AT_ONCE, thread_name_prefix="names")
        asyncio.get_running_loop().set_default_executor(threads)
        # After a long downtime everything has its turn before anything is given up.
        self._answered = self._tidied = time.monotonic()
        pace = Pace(
            self._settings.batch_deliveries,
            self._settings.visit_seconds,
            self._settings.request_seconds,
            stopping=stop.is_set,
        )
        async with AsyncExitStack() as clients, asyncio.TaskGroup() as parts:
            visits = Visits(
                queue=self._queue,
                client_of=await self._open(clients),
                pace=pace,
                patience=self._settings.patience,
                clock=self._clock,
            )
            parts.create_task(self._retrying(self._queueing.run, stop))
            parts.create_task(self._send(visits, stop))
            log.info("webhooks.started")
        log.info("webhooks.stopped")

    async def _open(self, clients: AsyncExitStack) -> Callable[[str], httpx.AsyncClient]:
        """Open a client for each tenant that may send inside, to what is its own, and one for all others."""

        async def opened(private_origins: Collection[str]) -> httpx.AsyncClient:
            client = public_client(
                private_origins=private_origins,
                connections=20 * self._settings.endpoints,
                timeout_seconds=self._settings.request_seconds,
            )
            return await clients.enter_async_context(client)

        settings = self._settings
        everybody = await opened(settings.private_origins_of(EVERYBODY))
        named = settings.private_origins.keys() - {EVERYBODY}
        own = {tenant: await opened(settings.private_origins_of(tenant)) for tenant in named}
        return lambda tenant: own.get(tenant, everybody)

    async def _retrying(self, work: Callable[[asyncio.Event], Any], stop: asyncio.Event) -> None:
        """Do some work until `stop` is set; begin anew where the database went away, for a minute."""
        while not stop.is_set():
            try:
                await work(stop)
            except TROUBLE as trouble:
                await self._bear(trouble, stop)

    async def _bear(self, trouble: Exception, stop: asyncio.Event) -> None:
        log.warning("database.lost", trouble=type(trouble).__name__)
        if time.monotonic() - self._answered > _GIVE_UP_SECONDS:
            raise trouble
        await _rest(stop, seconds=self._settings.look_seconds)

    async def _send(self, visits: Visits, stop: asyncio.Event) -> None:
        under_way: set[asyncio.Task[None]] = set()
        async with asyncio.TaskGroup() as visiting:
            while not stop.is_set():
                self._moved()
                leased = await self._leased(stop, free=self._settings.endpoints - len(under_way))
                for endpoint in leased:
                    task = visiting.create_task(self._visit(visits, endpoint))
                    under_way.add(task)
                    task.add_done_callback(under_way.discard)
                if not leased:
                    await _rest(stop, seconds=self._settings.look_seconds)
                elif len(under_way) >= self._settings.endpoints:
                    await asyncio.wait(
                        under_way, timeout=self._settings.look_seconds, return_when=asyncio.FIRST_COMPLETED
                    )
            if under_way:
                await asyncio.wait(under_way, timeout=self._settings.request_seconds + _NOTE_SECONDS)
            for task in under_way:
                task.cancel()  # its lease runs out, and it is sent again

    async def _leased(self, stop: asyncio.Event, *, free: int) -> list[Endpoint]:
        try:
            await self._tidy()
            leased = await self._queue.lease(limit=free, seconds=self._settings.lease_seconds) if free else []
        except TROUBLE as trouble:
            await self._bear(trouble, stop)
            return []
        self._answered = time.monotonic()
        return leased

    async def _tidy(self) -> None:
        if not self._renewed:
            await self._queue.renew_seals()
            self._renewed = True
        if time.monotonic() - self._tidied > _TIDY_SECONDS:
            await self._queue.renew_seals()  # a gateway that was started anew later had another newest key
            await self._queue.tidy(
                hopeless_after=self._settings.patience.hopeless_after,
                most_waiting=self._settings.most_waiting,
                kept_days=self._settings.kept_days,
            )
            self._tidied = time.monotonic()

    async def _visit(self, visits: Visits, endpoint: Endpoint) -> None:
        """Visit one endpoint, whatever becomes of it: the others must not notice."""
        try:
            await visits.visit(endpoint)
        except TROUBLE as trouble:
            # Not noted: it is sent again when the lease runs out.
            log.warning("webhook.not_noted", webhook=endpoint.webhook, trouble=type(trouble).__name__)


async def _rest(stop: asyncio.Event, *, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
