"""`itinerary up` in the foreground: starts everything, keeps it running, and stops it in order."""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import structlog
from pydantic import SecretStr

from services.command_line.process_table import service_starts
from services.command_line.progress import shown_progress
from services.command_line.running import EmbeddedTokens, RunningUp, forget, remember
from services.command_line.supervisor import Supervisor
from services.ingest.settings import MailSettings
from services.platform.backing import Backing, start_backing
from services.platform.child_processes import write_private
from services.platform.data_folder import DataFolder, occupied
from services.platform.free_ports import LOOPBACK, free_ports
from services.platform.issuer import embedded_issuer
from services.platform.kafka import create_topics
from services.platform.logs import configure_logs
from services.platform.migrations import migrate
from services.platform.sealing import new_key
from services.platform.settings import GivenBacking, GivenIssuer, TopicSettings
from services.query.settings import WebhookSettings

log = structlog.get_logger()

_READY_SECONDS = 120.0
_WEBHOOK_KEY = "webhooks.key"


def run_in_foreground(data: Path, *, port: int, workers: int, show: Callable[[RunningUp], None]) -> None:
    """Run everything until told to stop by Ctrl-C or SIGTERM.

    Args:
        data: the data folder.
        port: of the public base URL; 0 for any free one.
        workers: how many consolidators.
        show: called once, when everything answers.

    Raises:
        CannotStart: something did not start; all that had been started is stopped.
    """
    configure_logs(service="up", pretty=sys.stderr.isatty())
    with suppress(asyncio.CancelledError):
        asyncio.run(_run(data, port=port, workers=workers, show=show))


async def _run(data: Path, *, port: int, workers: int, show: Callable[[RunningUp], None]) -> None:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - `asyncio.run` runs us in one
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with occupied(data) as folder:
        remember(data)
        try:
            async with _started(folder, port=port, workers=workers) as (found, keeping):
                show(found)
                await keeping
        finally:
            forget(data)


@asynccontextmanager
async def _started(
    folder: DataFolder, *, port: int, workers: int
) -> AsyncGenerator[tuple[RunningUp, asyncio.Task[None]]]:
    with shown_progress("Starting Kafka and PostgreSQL") as report:
        backing = await start_backing(folder, given=GivenBacking(), report=report)
        report("Preparing topics and tables", 0, 0)
        await asyncio.to_thread(migrate, backing.postgres_settings)
        await create_topics(backing.kafka_settings, topics=TopicSettings())
    free_port, smtp_port = free_ports(2)
    port = port or free_port
    smtp_port = MailSettings().smtp_port or smtp_port
    found = _addresses(folder, backing=backing, port=port, smtp_port=smtp_port)
    starts = service_starts(folder.path, port=port, workers=workers, environment=found.environment())
    found = found.model_copy(update={"metrics": {start.command.name: start.metrics_url for start in starts}})
    supervisor = Supervisor(folder, backing=backing.children)
    supervisor.start(starts)
    keeping = asyncio.create_task(supervisor.keep())
    try:
        with shown_progress(f"Waiting for {', '.join(start.command.name for start in starts)}"):
            await supervisor.wait_until_ready(deadline_seconds=_READY_SECONDS)
        found.publish()
        yield found, keeping
    finally:
        log.info("up.stopping")
        keeping.cancel()
        supervisor.stop_services()


def _addresses(folder: DataFolder, *, backing: Backing, port: int, smtp_port: int) -> RunningUp:
    topics, tokens = TopicSettings(), None
    if GivenIssuer().issuer is None:
        own = embedded_issuer(folder.path)
        tokens = EmbeddedTokens(issuer=own.issuer, audience=own.audience, jwks_url=own.jwks_url)
    return RunningUp(
        url=f"http://{LOOPBACK}:{port}",
        kafka=backing.kafka,
        smtp=f"{LOOPBACK}:{smtp_port}",
        database_url=backing.database_url,
        data=folder.path,
        owner=folder.roster.owner,
        partitions=topics.partitions,
        epoch=topics.epoch,
        tokens=tokens,
        webhook_keys=WebhookSettings().sealing_keys or _own_webhook_key(folder.path),
    )


def _own_webhook_key(data: Path) -> SecretStr:
    """Return the key of a data folder that seals the secrets of webhooks, made the first time."""
    place = data / _WEBHOOK_KEY
    if not place.exists():
        write_private(place, text=new_key())
    return SecretStr(place.read_text().strip())
