"""`itinerary replay`: what lies on raw.v1, normalised again with today's readers.

Prints locators of travellers' bookings, to the operator's own terminal and nowhere else.
"""

import asyncio
from contextlib import AsyncExitStack, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from aiokafka.errors import KafkaError  # pyright: ignore[reportMissingTypeStubs] - it carries no types
from rich.console import Console
from rich.table import Table

from schemas.access import OPERATIONS
from schemas.identifiers import normal_code
from services.command_line.progress import shown_progress
from services.command_line.running import System, system_of
from services.ingest.handlers import Unavailable
from services.ingest.kafka import KafkaLog
from services.ingest.mail_wiring import mail_reader, readers
from services.ingest.postgres import open_directory, open_pool
from services.ingest.replay import MailsAgain, Normaliser, PlansAgain, Report, Wanted
from services.ingest.replay import replay as replayed
from services.ingest.settings import IngestSettings, MailSettings
from services.ingest.tripit_postgres import ROLE, check_schema
from services.platform.admission import admitted
from services.platform.awaiting import CannotStart
from services.platform.kafka_jars import silent

_DOING = "Reading raw.v1 again"
_TROUBLE = (KafkaError, OSError, TimeoutError, Unavailable)


def replay(  # noqa: PLR0913 - every argument is an option
    *,
    source: Annotated[Literal["email", "tripit"], typer.Option(help="Whose messages.")],
    since: Annotated[
        datetime | None, typer.Option("--from", help="Only what was received from this time on, UTC.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", help="Only what was received before this time, UTC.")
    ] = None,
    message: Annotated[list[str] | None, typer.Option(help="Only these, by their ids.")] = None,
    rate: Annotated[float | None, typer.Option(min=0.01, help="At most so many messages a second.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Only one company's.")] = None,
    traveller: Annotated[
        str | None, typer.Option(metavar="LOGIN", help="Only this traveller's; needs --tenant.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and write nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    data: Annotated[Path | None, typer.Option(help="The data folder of the `up` to work on.")] = None,
) -> None:
    """Normalise mails again, after a reader was improved; what people decided stays.

    Of TripIt: have told again what was told since a time, after PostgreSQL came back from a backup of then.
    """
    if traveller is not None and tenant is None:
        raise typer.BadParameter("--traveller needs --tenant: a login is one company's")
    wanted = Wanted(source, since, tenant, until=until, messages=frozenset(message or ()))
    try:
        report = asyncio.run(
            _replay(system_of(data), wanted, login=traveller, write=not dry_run, rate=rate, quiet=as_json)
        )
    except CannotStart as why:
        typer.echo(str(why), err=True)
        raise typer.Exit(1) from why
    except _TROUBLE as trouble:
        typer.echo(f"Could not replay: {type(trouble).__name__} {trouble}".rstrip(), err=True)
        raise typer.Exit(1) from trouble
    typer.echo(report.encode().decode()) if as_json else _show(report, dry_run=dry_run)


async def _replay(
    system: System, wanted: Wanted, *, login: str | None, write: bool, rate: float | None, quiet: bool
) -> Report:
    await admitted(system.kafka, partitions=system.topics.partitions, user=OPERATIONS)
    settings = MailSettings()
    async with AsyncExitStack() as stack:
        directory = await stack.enter_async_context(open_directory(system.postgres))
        log = KafkaLog(system.kafka, topics=system.topics, confirm_seconds=IngestSettings().confirm_seconds)
        stack.push_async_callback(log.stop)
        if login is not None:
            known = await directory.look_up(
                tenant=wanted.tenant or "", client="", logins=frozenset({normal_code(login)})
            )
            if normal_code(login) not in known.travellers:
                raise CannotStart(f"The directory of {wanted.tenant} knows no such login.")
            wanted = wanted._replace(traveller=known.travellers[normal_code(login)])
        normaliser: Normaliser
        if wanted.source == "tripit":
            accounts = open_pool(system.postgres, role=ROLE, check=check_schema)
            normaliser = PlansAgain(await stack.enter_async_context(accounts))
        else:
            pool = stack.enter_context(readers(settings))
            normaliser = MailsAgain(mail_reader(settings, directory=directory, messages=log, pool=pool))
        report = stack.enter_context(nullcontext(silent) if quiet else shown_progress(_DOING))
        return await replayed(
            system.kafka,
            wanted=wanted,
            normalisers={wanted.source: normaliser},
            write=write,
            on_progress=lambda done, total: report(_DOING, done, total),
            a_second=rate,
        )


def _show(report: Report, *, dry_run: bool) -> None:
    console = Console()
    changed = "would change" if dry_run else "changed"
    console.print(
        f"{report.read} messages read again: {len(report.changes)} {changed}, {report.unchanged} are as they"
        f" were, {report.settled} left to what people decided."
    )
    if not report.changes:
        return
    table = Table("message", "was", "is", "stated", "withdrawn")
    for change in report.changes:
        stated, withdrawn = "\n".join(change.stated), "\n".join(change.withdrawn)
        table.add_row(change.message, change.before or "unknown", change.after, stated, withdrawn)
    console.print(table)
