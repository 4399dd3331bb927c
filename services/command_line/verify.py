"""`itinerary verify`: is every trip what its records come to, and does everybody see it so?"""

import asyncio
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it carries no types
import orjson
import typer
from aiokafka.errors import KafkaError  # pyright: ignore[reportMissingTypeStubs] - it carries no types
from rich.console import Console
from rich.table import Table

from schemas.access import OPERATIONS
from services.command_line.admission import LOOKING, admitted_to
from services.command_line.progress import shown_progress
from services.command_line.running import System, system_of
from services.consolidator.read_model import open_read_model
from services.consolidator.verify import ReadModelBehind, Report, Sample, Verification
from services.platform.awaiting import CannotStart
from services.platform.kafka_jars import silent
from services.platform.postgres import wait_for_postgres
from services.platform.settings import TopicSettings

_TROUBLE = (KafkaError, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ReadModelBehind)
_WAIT_SECONDS = 10.0
_DOING = "Reading the log"


def verify(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Compute again what differs, and look again.")
    ] = False,
    sample: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="The share of travellers to look at; 1 for all.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="Another seed, another sample.")] = 0,
    data: Annotated[Path | None, typer.Option(help="The data folder of the `up` to look at.")] = None,
) -> None:
    """Recompute records and trips from the log and compare; exit 1 on any difference."""
    chosen = Sample(sample, seed)
    try:
        report = asyncio.run(_verify(system_of(data), sample=chosen, repair=repair, quiet=as_json))
    except CannotStart as why:
        typer.echo(str(why), err=True)
        raise typer.Exit(1) from why
    except _TROUBLE as trouble:
        typer.echo(f"Could not verify: {type(trouble).__name__} {trouble}".rstrip(), err=True)
        raise typer.Exit(1) from trouble
    typer.echo(_as_json(report)) if as_json else _show(report)
    if report.differences:
        raise typer.Exit(1)


async def _verify(system: System, *, sample: Sample, repair: bool, quiet: bool) -> Report:
    partitions = await admitted_to(system.kafka, user=OPERATIONS if repair else LOOKING)
    await wait_for_postgres(system.postgres, deadline_seconds=_WAIT_SECONDS)
    topics = TopicSettings(partitions=partitions, epoch=system.topics.epoch)
    with nullcontext(silent) if quiet else shown_progress(_DOING) as report:
        async with open_read_model(system.postgres) as read_model:
            with Verification(
                kafka=system.kafka,
                topics=topics,
                read_model=read_model,
                on_progress=lambda read, total: report(_DOING, read, total),
                sample=sample,
            ) as verification:
                found = await verification.run()
                if repair and found.differences:
                    await verification.repair(found)
                    found = await verification.run()
    return found


def _as_json(report: Report) -> str:
    differences = [
        {"tenant": d.tenant, "traveller": d.traveller, "trip": d.trip, "finding": d.finding.value}
        for d in report.differences
    ]
    return orjson.dumps(
        {"travellers": report.travellers, "trips": report.trips, "differences": differences}
    ).decode()


def _show(report: Report) -> None:
    console = Console()
    console.print(f"{report.trips} trips of {report.travellers} travellers compared.")
    if not report.differences:
        console.print("No difference.")
        return
    table = Table("tenant", "traveller", "trip", "finding")
    for difference in report.differences:
        table.add_row(difference.tenant, difference.traveller, difference.trip, difference.finding.value)
    console.print(table)
    console.print("`itinerary verify --repair` has what differs computed again.")
