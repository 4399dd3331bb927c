"""`itinerary export`: what is known of a traveller, as one JSON object."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it carries no types
import orjson
import typer
from aiokafka.errors import KafkaError  # pyright: ignore[reportMissingTypeStubs] - it carries no types

from schemas.access import OPERATIONS
from services.command_line.running import System, system_of
from services.ingest.exporting import export_of
from services.platform.admission import admitted
from services.platform.awaiting import CannotStart
from services.platform.child_processes import write_private

_TROUBLE = (KafkaError, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


def export(
    login: Annotated[str, typer.Argument(metavar="TRAVELLER", help="A login of theirs.")],
    *,
    tenant: Annotated[str, typer.Option(help="The company.")],
    out: Annotated[Path | None, typer.Option(help="The file to write; the terminal if not named.")] = None,
    data: Annotated[Path | None, typer.Option(help="The data folder of the `up` to work on.")] = None,
) -> None:
    """Give a traveller all that is known of them, as one JSON object."""
    try:
        found = asyncio.run(_export(system_of(data), login, tenant=tenant))
    except CannotStart as why:
        typer.echo(str(why), err=True)
        raise typer.Exit(1) from why
    except _TROUBLE as trouble:
        typer.echo(f"Could not export: {type(trouble).__name__}", err=True)
        raise typer.Exit(1) from trouble
    text = orjson.dumps(found, option=orjson.OPT_INDENT_2).decode()
    if out is None:
        typer.echo(text)
    else:
        write_private(out, text=text)


async def _export(system: System, login: str, *, tenant: str) -> dict[str, Any]:
    await admitted(system.kafka, partitions=system.topics.partitions, user=OPERATIONS.looking)
    return await export_of(
        login, tenant=tenant, postgres=system.postgres, kafka=system.kafka, topics=system.topics
    )
