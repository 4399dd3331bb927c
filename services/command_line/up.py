"""`itinerary up`: everything on one machine."""

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.console import Console

from services.command_line.process_table import DEFAULT_PORT
from services.command_line.progress import shown_progress
from services.command_line.running import NotRunning, RunningUp, default_data, running_up
from services.platform.awaiting import CannotStart
from services.platform.child_processes import last_lines
from services.platform.free_ports import refuse_taken
from services.platform.kafka_fast_start import fast_start_options
from services.platform.kafka_jars import kafka_class_path
from services.platform.settings import GivenBacking

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
    # Only here: starting in the background needs none of the libraries that this brings.
    from services.command_line.foreground import run_in_foreground  # noqa: PLC0415

    run_in_foreground(
        options.data,
        port=port,
        workers=workers,
        show=lambda found: _show(found, options=options, heading="Running; stop with Ctrl-C"),
    )


def _detached(options: UpOptions) -> RunningUp:
    if GivenBacking().kafka is None:
        with shown_progress("Looking for Kafka") as report:
            # What takes long the first time is done here: nobody would see its progress in the background.
            fast_start_options(kafka_class_path(report=report), report=report)
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
    console.print(f"  mail: SMTP {found.smtp}")
    console.print(f"  Kafka {found.kafka}, data in {found.data}, logs in {found.data / 'logs'}")
    for name, pids in found.processes.items():
        console.print(f"  {name}: {', '.join(map(str, pids))}")
