"""`itinerary verify`: is every trip what its records come to, and does everybody see it so?"""

import asyncio
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, NamedTuple

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it carries no types
import orjson
import typer
from aiokafka.errors import KafkaError  # pyright: ignore[reportMissingTypeStubs] - it carries no types
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from schemas.topics import TRIPS
from services.command_line.progress import shown_progress
from services.command_line.running import running_up
from services.consolidator.read_model import open_read_model
from services.consolidator.verify import ReadModelBehind, Report, Verification
from services.platform.awaiting import CannotStart
from services.platform.kafka import TopicsUnfit, partition_counts, wait_for_kafka
from services.platform.kafka_jars import silent
from services.platform.postgres import wait_for_postgres
from services.platform.settings import GivenBacking, KafkaSettings, PostgresSettings, TopicSettings

_TROUBLE = (KafkaError, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ReadModelBehind)
_WAIT_SECONDS = 10.0
_DOING = "Reading the log"


def verify(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Compute again what differs, and look again.")
    ] = False,
    data: Annotated[Path | None, typer.Option(help="The data folder of the `up` to look at.")] = None,
) -> None:
    """Recompute all trips and compare them with trips.v1 and PostgreSQL; exit 1 on any difference."""
    try:
        report = asyncio.run(_verify(_system(data), repair=repair, quiet=as_json))
    except CannotStart as why:
        typer.echo(str(why), err=True)
        raise typer.Exit(1) from why
    except _TROUBLE as trouble:
        typer.echo(f"Could not verify: {type(trouble).__name__} {trouble}".rstrip(), err=True)
        raise typer.Exit(1) from trouble
    typer.echo(_as_json(report)) if as_json else _show(report)
    if report.differences:
        raise typer.Exit(1)


class _System(NamedTuple):
    kafka: KafkaSettings
    postgres: PostgresSettings
    epoch: int


def _system(data: Path | None) -> _System:
    """Return what the environment names; what it does not is that of the running `up`."""
    given = GivenBacking()
    if data is None and given.kafka is not None and given.database_url is not None:
        return _System(
            KafkaSettings(bootstrap=given.kafka),
            PostgresSettings(database_url=given.database_url),
            TopicSettings().epoch,
        )
    up = running_up(data)
    return _System(
        KafkaSettings(bootstrap=up.kafka), PostgresSettings(database_url=SecretStr(up.database_url)), up.epoch
    )


async def _verify(system: _System, *, repair: bool, quiet: bool) -> Report:
    await wait_for_kafka(system.kafka, deadline_seconds=_WAIT_SECONDS)
    await wait_for_postgres(system.postgres, deadline_seconds=_WAIT_SECONDS)
    counts = await partition_counts(system.kafka)
    if TRIPS.name not in counts:
        raise TopicsUnfit(f"The topic {TRIPS.name} does not exist; run `itinerary topics`.")
    topics = TopicSettings(partitions=counts[TRIPS.name], epoch=system.epoch)
    with nullcontext(silent) if quiet else shown_progress(_DOING) as report:
        async with open_read_model(system.postgres) as read_model:
            verification = Verification(
                kafka=system.kafka,
                topics=topics,
                read_model=read_model,
                on_progress=lambda read, total: report(_DOING, read, total),
            )
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
