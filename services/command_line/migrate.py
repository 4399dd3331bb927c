"""`itinerary migrate`: brings the database to the schema of this version."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr
from rich.console import Console

from services.command_line.running import running_up
from services.platform import migrations
from services.platform.postgres import wait_for_postgres
from services.platform.settings import GivenBacking, PostgresSettings


def migrate(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was applied as JSON.")] = False,
    data: Annotated[Path | None, typer.Option(help="Of which `up`, unless DATABASE_URL is set.")] = None,
) -> None:
    """Apply the database migrations that are missing."""
    url = GivenBacking().database_url or SecretStr(running_up(data).database_url)
    settings = PostgresSettings(database_url=url)
    asyncio.run(wait_for_postgres(settings))
    applied = migrations.migrate(settings)
    if as_json:
        Console(soft_wrap=True).print_json(data={"applied": list(applied)}, indent=None)
    else:
        Console(highlight=False).print(f"Applied: {', '.join(applied) or 'nothing was missing'}.")
