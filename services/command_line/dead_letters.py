"""`itinerary dead-letters`: what could not be processed, why, and its way back.

Prints what was sent, to the operator's own terminal and nowhere else.
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import orjson
import typer
from aiokafka.errors import KafkaError  # pyright: ignore[reportMissingTypeStubs] - it carries no types
from rich.console import Console
from rich.table import Column, Table

from schemas.access import OPERATIONS
from schemas.dead_letter import Stage
from services.command_line.admission import admitted_to
from services.command_line.instants import instant_option
from services.command_line.progress import shown_progress
from services.command_line.running import System, system_of
from services.command_line.value_text import harmless
from services.ingest.dead_letters import (
    Buried,
    DeadLetters,
    Done,
    NotRedrivable,
    Wanted,
    body_of,
    done_letter,
    find,
    shown_letter,
)
from services.ingest.feeds import Feeds
from services.ingest.handlers import Unavailable
from services.ingest.kafka import KafkaLog
from services.ingest.postgres import open_directory
from services.ingest.settings import IngestSettings
from services.platform.admission import admitted
from services.platform.awaiting import CannotStart
from services.platform.kafka_jars import silent

dead_letters = typer.Typer(
    name="dead-letters",
    help="List, show, redrive and discard what could not be processed.",
    no_args_is_help=True,
)

_Result = TypeVar("_Result")

_DOING = "Reading dead-letters.v1"
_TROUBLE = (KafkaError, OSError, TimeoutError, Unavailable)

_Messages = Annotated[list[str] | None, typer.Argument(metavar="[MESSAGE]...", help="Ids; without any, all.")]
_Reason = Annotated[str | None, typer.Option(help="Only those of one reason, as `list` shows it.")]
_StageOption = Annotated[Stage | None, typer.Option(help="Only those that failed in one stage.")]
_Tenant = Annotated[str | None, typer.Option(help="Only one company's, where it is known.")]
_Source = Annotated[str | None, typer.Option(help="Only those of one source, where it is known.")]
_Since = Annotated[
    datetime | None,
    instant_option("--from", says="Only those from this time on, UTC."),
]
_Until = Annotated[
    datetime | None,
    instant_option("--to", says="Only those before this time, UTC."),
]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_Data = Annotated[Path | None, typer.Option(help="The data folder of the `up` to work on.")]


@dead_letters.command("list")
def list_(  # noqa: PLR0913 - each is an option
    *,
    reason: _Reason = None,
    stage: _StageOption = None,
    tenant: _Tenant = None,
    source: _Source = None,
    since: _Since = None,
    until: _Until = None,
    decided_too: Annotated[bool, typer.Option("--all", help="With those that are decided already.")] = False,
    as_json: _AsJson = False,
    data: _Data = None,
) -> None:
    """List what waits for a decision, the oldest first."""
    wanted = Wanted(frozenset(), reason, stage, tenant, source, since, until, decided_too)
    found = _run(_find(system_of(data), wanted, quiet=as_json))
    _print_json(found) if as_json else _show_list(found)


@dead_letters.command()
def show(
    message: Annotated[str, typer.Argument(help="The id of a message, as `list` shows it.")],
    *,
    as_json: _AsJson = False,
    data: _Data = None,
) -> None:
    """Show every dead letter of a message, with its body as it came."""
    system = system_of(data)
    found = _run(_with_bodies(system, Wanted(frozenset({message}), decided_too=True), quiet=as_json))
    if not found:
        typer.echo(f"No dead letter is of a message {message}.", err=True)
        raise typer.Exit(1)
    if as_json:
        letters = [{**shown_letter(one), "body": body.decode(errors="replace")} for one, body in found]
        typer.echo(orjson.dumps({"dead_letters": letters}).decode())
        return
    console = Console(highlight=False, markup=False)
    for buried, body in found:
        for name, value in shown_letter(buried).items():
            console.print(f"{name}: {harmless(str(value))}")
        for line in body.decode(errors="replace").splitlines():
            console.print(f"    {harmless(line)}")


@dead_letters.command()
def redrive(  # noqa: PLR0913 - each is an option
    messages: _Messages = None,
    *,
    reason: _Reason = None,
    stage: _StageOption = None,
    tenant: _Tenant = None,
    source: _Source = None,
    since: _Since = None,
    until: _Until = None,
    dry_run: _DryRun = False,
    as_json: _AsJson = False,
    data: _Data = None,
) -> None:
    """Send messages the way they came; what fails again is a dead letter again. Twice is harmless."""
    wanted = Wanted(frozenset(messages or ()), reason, stage, tenant, source, since, until)
    done = _run(_redrive(system_of(data), wanted, write=not dry_run, quiet=as_json))
    _report(done, verb="would be redriven" if dry_run else "redriven", as_json=as_json)


@dead_letters.command()
def discard(  # noqa: PLR0913 - each is an option
    messages: _Messages = None,
    *,
    reason: _Reason = None,
    stage: _StageOption = None,
    tenant: _Tenant = None,
    source: _Source = None,
    since: _Since = None,
    until: _Until = None,
    dry_run: _DryRun = False,
    as_json: _AsJson = False,
    data: _Data = None,
) -> None:
    """Note that messages are not wanted; they stay readable with `list --all` until they expire."""
    wanted = Wanted(frozenset(messages or ()), reason, stage, tenant, source, since, until)
    if wanted == Wanted():
        raise typer.BadParameter("name messages, or what they have in common")
    done = _run(_discard(system_of(data), wanted, write=not dry_run, quiet=as_json))
    _report(done, verb="would be discarded" if dry_run else "discarded", as_json=as_json)


def _run(work: Coroutine[Any, Any, _Result]) -> _Result:
    try:
        return asyncio.run(work)
    except CannotStart as why:
        typer.echo(str(why), err=True)
        raise typer.Exit(1) from why
    except (*_TROUBLE, NotRedrivable) as trouble:
        typer.echo(f"Could not: {type(trouble).__name__} {trouble}".rstrip(), err=True)
        raise typer.Exit(1) from trouble


async def _find(system: System, wanted: Wanted, *, quiet: bool) -> tuple[Buried, ...]:
    await admitted_to(system.kafka)
    with nullcontext(silent) if quiet else shown_progress(_DOING) as report:
        return await find(
            system.kafka, wanted=wanted, on_progress=lambda read, total: report(_DOING, read, total)
        )


async def _with_bodies(system: System, wanted: Wanted, *, quiet: bool) -> list[tuple[Buried, bytes]]:
    found = await _find(system, wanted, quiet=quiet)
    return [(buried, await body_of(system.kafka, buried)) for buried in found]


async def _redrive(system: System, wanted: Wanted, *, write: bool, quiet: bool) -> list[Done]:
    found = await _find(system, wanted, quiet=quiet)
    async with _deciding(system) as letters:
        return await letters.redrive_all(found, write=write)


async def _discard(system: System, wanted: Wanted, *, write: bool, quiet: bool) -> list[Done]:
    found = await _find(system, wanted, quiet=quiet)
    async with _deciding(system) as letters:
        return await letters.discard_all(found, write=write)


@asynccontextmanager
async def _deciding(system: System) -> AsyncGenerator[DeadLetters]:
    await admitted(system.kafka, partitions=system.topics.partitions, user=OPERATIONS)
    log = KafkaLog(system.kafka, topics=system.topics, confirm_seconds=IngestSettings().confirm_seconds)
    async with open_directory(system.postgres) as directory:
        try:
            yield DeadLetters(kafka=system.kafka, log=log, feeds=Feeds(directory=directory, log=log))
        finally:
            await log.stop()


def _print_json(found: Sequence[Buried]) -> None:
    typer.echo(orjson.dumps({"dead_letters": [shown_letter(one) for one in found]}).decode())


def _show_list(found: Sequence[Buried]) -> None:
    console = Console(highlight=False, markup=False)
    if not found:
        console.print("No dead letter.")
        return
    table = Table(Column("message, and what to mend", overflow="fold", min_width=36), "reason", "buried")
    for one in found:
        letter = one.letter
        table.add_row(
            f"{letter.message}\n{harmless(letter.detail)}",
            f"{letter.reason}\n{letter.stage}, {one.state}",
            f"{one.buried_at:%Y-%m-%d}\n{one.buried_at:%H:%M:%S}",
        )
    console.print(table)
    console.print(f"{len(found)} dead letters; times are UTC.")


def _report(done: Sequence[Done], *, verb: str, as_json: bool) -> None:
    """Print what was done, and end with 1 where something could not be."""
    if as_json:
        rows = [done_letter(one) for one in done]
        typer.echo(orjson.dumps({"dead_letters": rows}).decode())
    else:
        typer.echo(f"{sum(one.why_not is None for one in done)} {verb}.")
        for one in done:
            if one.why_not is not None:
                typer.echo(f"{one.buried.letter.message}: not, for {one.why_not}.", err=True)
    if any(one.why_not is not None for one in done):
        raise typer.Exit(1)
