"""`itinerary erase`: forgets a traveller."""

import asyncio
from pathlib import Path
from typing import Annotated

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it carries no types
import orjson
import typer
from aiokafka.errors import KafkaError  # pyright: ignore[reportMissingTypeStubs] - it carries no types

from schemas.access import OPERATIONS
from services.command_line.running import System, system_of
from services.ingest.erasing import Whom, open_erasing
from services.platform.admission import admitted
from services.platform.awaiting import CannotStart

_TROUBLE = (KafkaError, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


def erase(
    login: Annotated[str | None, typer.Argument(metavar="TRAVELLER", help="A login of theirs.")] = None,
    *,
    tenant: Annotated[str | None, typer.Option(help="The company.")] = None,
    restored: Annotated[
        bool, typer.Option("--restored", help="All who were erased, again: after a backup was restored.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it: it cannot be undone.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say who it is, and forget nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    data: Annotated[Path | None, typer.Option(help="The data folder of the `up` to work on.")] = None,
) -> None:
    """Forget a traveller for good, and whatever is said of them from now on."""
    if restored == (login is not None and tenant is not None):
        raise typer.BadParameter("name a traveller with --tenant, or take --restored")
    if not yes and not dry_run:
        raise typer.BadParameter("--yes is needed: it cannot be undone")
    try:
        erased = asyncio.run(_erase(system_of(data), login, tenant=tenant, dry_run=dry_run))
    except CannotStart as why:
        typer.echo(str(why), err=True)
        raise typer.Exit(1) from why
    except _TROUBLE as trouble:
        typer.echo(f"Could not erase: {type(trouble).__name__}; erase again.", err=True)
        raise typer.Exit(1) from trouble
    typer.echo(_as_json(erased, dry_run=dry_run) if as_json else _in_words(erased, dry_run=dry_run))


async def _erase(system: System, login: str | None, *, tenant: str | None, dry_run: bool) -> list[Whom]:
    await admitted(system.kafka, partitions=system.topics.partitions, user=OPERATIONS)
    async with open_erasing(system.postgres, kafka=system.kafka, topics=system.topics) as erasing:
        if login is None or tenant is None:
            found = await erasing.find_on_log()
        else:
            found = [await erasing.find(login, tenant=tenant)]
        for whom in () if dry_run else found:
            await erasing.erase(whom, login=login)
    return found


def _as_json(erased: list[Whom], *, dry_run: bool) -> str:
    return orjson.dumps({"erased": [whom._asdict() for whom in erased], "dry_run": dry_run}).decode()


def _in_words(erased: list[Whom], *, dry_run: bool) -> str:
    names = ", ".join(whom.traveller for whom in erased) or "nobody"
    if dry_run:
        return f"Would forget: {names}."
    return (
        f"Forgotten: {names}. PostgreSQL tells nothing of them any more; compacted topics forget when they "
        "are cleaned, the others within 30 days."
    )
