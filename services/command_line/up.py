"""`itinerary up`: everything on one machine."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated, NamedTuple

import structlog
import typer
from rich.console import Console

from services.command_line.process_table import DEFAULT_PORT, service_starts
from services.command_line.progress import shown_progress
from services.command_line.running import (
    EmbeddedTokens,
    NotRunning,
    RunningUp,
    default_data,
    forget,
    remember,
    running_up,
)
from services.command_line.supervisor import Supervisor
from services.platform.awaiting import CannotStart
from services.platform.backing import Backing, start_backing
from services.platform.child_processes import last_lines
from services.platform.data_folder import DataFolder, occupied
from services.platform.free_ports import LOOPBACK, free_ports, refuse_taken
from services.platform.issuer import embedded_issuer
from services.platform.kafka import create_topics
from services.platform.kafka_jars import kafka_class_path
from services.platform.logs import configure_logs
from services.platform.migrations import migrate
from services.platform.settings import GivenBacking, GivenIssuer, TopicSettings

log = structlog.get_logger()

_READY_SECONDS = 120.0
_DETACHED_SECONDS = 300.0
_POLL_SECONDS = 0.1


class UpOptions(NamedTuple):
    """What one `up` was asked for."""

    data: Path
    port: int
    """0: any free one."""
    workers: int
    as_json: bool


def up(
    *,
    detach: Annotated[bool, typer.Option("--detach", help="Return when everything answers.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the addresses as JSON.")] = False,
    data: Annotated[Path | None, typer.Option(help="Where everything is kept.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the base URL; 0 for any.")] = DEFAULT_PORT,
    workers: Annotated[int, typer.Option(min=1, help="How many consolidators.")] = 1,
) -> None:
    """Start everything on this machine, and say so when it answers."""
    options = UpOptions((data or default_data()).resolve(), port=port, workers=workers, as_json=as_json)
    with suppress(NotRunning):
        _show(running_up(options.data), options=options, heading="Running already")
        return
    refuse_taken(options.port)
    if detach:
        _show(_detached(options), options=options, heading="Running")
        return
    configure_logs(service="up", pretty=sys.stderr.isatty())
    with suppress(asyncio.CancelledError):
        asyncio.run(_run(options))


async def _run(options: UpOptions) -> None:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - `asyncio.run` runs us in one
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with occupied(options.data) as folder:
        remember(options.data)
        try:
            async with _started(folder, options=options) as (found, keeping):
                _show(found, options=options, heading="Running; stop with Ctrl-C")
                await keeping
        finally:
            forget(options.data)


@asynccontextmanager
async def _started(
    folder: DataFolder, *, options: UpOptions
) -> AsyncGenerator[tuple[RunningUp, asyncio.Task[None]]]:
    with shown_progress("Starting Kafka and PostgreSQL") as report:
        backing = await start_backing(folder, given=GivenBacking(), report=report)
        report("Preparing topics and tables", 0, 0)
        await asyncio.to_thread(migrate, backing.postgres_settings)
        await create_topics(backing.kafka_settings, topics=TopicSettings())
    port = options.port or free_ports(1)[0]
    found = _addresses(folder, backing=backing, port=port)
    starts = service_starts(folder.path, port=port, workers=options.workers, environment=found.environment())
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


def _addresses(folder: DataFolder, *, backing: Backing, port: int) -> RunningUp:
    topics, tokens = TopicSettings(), None
    if GivenIssuer().issuer is None:
        own = embedded_issuer(folder.path)
        tokens = EmbeddedTokens(issuer=own.issuer, audience=own.audience, jwks_url=own.jwks_url)
    return RunningUp(
        url=f"http://{LOOPBACK}:{port}",
        kafka=backing.kafka,
        database_url=backing.database_url,
        data=folder.path,
        owner=folder.roster.owner,
        partitions=topics.partitions,
        epoch=topics.epoch,
        tokens=tokens,
    )


def _detached(options: UpOptions) -> RunningUp:
    if GivenBacking().kafka is None:
        with shown_progress("Looking for Kafka") as report:
            kafka_class_path(
                report=report
            )  # here and not in the background, where nobody would see its progress
    log_file = options.data / "logs" / "up.log"
    log_file.parent.mkdir(parents=True, exist_ok=True)
    arguments = ["--data", str(options.data), "--port", str(options.port), "--workers", str(options.workers)]
    with log_file.open("ab") as output, shown_progress("Starting"):
        background = subprocess.Popen(
            [sys.executable, "-m", "services.command_line", "up", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return _wait_for(background, options=options, log_file=log_file)
        except BaseException:
            background.terminate()
            background.wait()
            raise


def _wait_for(background: subprocess.Popen[bytes], *, options: UpOptions, log_file: Path) -> RunningUp:
    deadline = time.monotonic() + _DETACHED_SECONDS
    while time.monotonic() < deadline:
        with suppress(NotRunning):
            return running_up(options.data)
        if background.poll() is not None:
            raise CannotStart(f"It did not start:\n{last_lines(log_file)}")
        time.sleep(_POLL_SECONDS)
    raise CannotStart(f"It did not answer within {_DETACHED_SECONDS:.0f} s:\n{last_lines(log_file)}")


def _show(found: RunningUp, *, options: UpOptions, heading: str) -> None:
    if options.as_json:
        Console(soft_wrap=True, highlight=False, markup=False).print_json(data=found.summary(), indent=None)
        return
    console = Console(highlight=False)
    console.print(f"[bold green]{heading}[/]: [bold]{found.url}[/]")
    console.print(f"  Kafka {found.kafka}, data in {found.data}, logs in {found.data / 'logs'}")
    for name, pids in found.processes.items():
        console.print(f"  {name}: {', '.join(map(str, pids))}")
