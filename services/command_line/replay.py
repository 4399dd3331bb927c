"""`itinerary replay`: what lies on raw.v1, normalised again with today's readers.

Prints locators of travellers' bookings, to the operator's own terminal and nowhere else.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Annotated, NamedTuple

import orjson
import typer
from aiokafka.errors import KafkaError  # pyright: ignore[reportMissingTypeStubs] - it carries no types

from schemas.access import OPERATIONS, User
from schemas.booking_record import Source
from schemas.identifiers import normal_code
from services.command_line.instants import instant_option
from services.command_line.progress import paced, shown_progress
from services.command_line.replay_report import Replayed, show
from services.command_line.running import System, system_of
from services.consolidator.what_if import unsaid, what_if
from services.ingest.handlers import Unavailable
from services.ingest.kafka import KafkaLog
from services.ingest.mail_wiring import mail_reader, readers
from services.ingest.postgres import PostgresDirectory, open_directory, open_pool
from services.ingest.raw import Route
from services.ingest.replay import Doing
from services.ingest.replay import replay as replayed
from services.ingest.replay_place import Wanted
from services.ingest.replay_readers import POSTED, MailsAgain, Normaliser, PlansAgain, PostsAgain
from services.ingest.settings import IngestSettings, MailSettings
from services.ingest.tripit_postgres import ROLE, check_schema
from services.platform.admission import admitted
from services.platform.awaiting import CannotStart
from services.platform.kafka_jars import silent

_DOING = "Reading"
_TROUBLE = (KafkaError, OSError, TimeoutError, Unavailable)


class _Asked(NamedTuple):
    wanted: Wanted
    login: str | None
    tell_again: bool
    anew: bool
    write: bool
    rate: float | None
    listed: int


def replay(  # noqa: PLR0913 - every argument is an option
    *,
    source: Annotated[Source | None, typer.Option(help="Only messages of one kind of sender.")] = None,
    since: Annotated[
        datetime | None,
        instant_option("--from", says="Only what was received from this time on, UTC."),
    ] = None,
    until: Annotated[
        datetime | None,
        instant_option("--to", says="Only what was received before this time, UTC."),
    ] = None,
    message: Annotated[list[str] | None, typer.Option(help="Only these, by their ids.")] = None,
    rate: Annotated[float | None, typer.Option(min=0.01, help="At most so many messages a second.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Only one company's.")] = None,
    traveller: Annotated[
        str | None, typer.Option(metavar="LOGIN", help="Only this traveller's; needs --tenant.")
    ] = None,
    tell_again: Annotated[
        bool,
        typer.Option("--tell-again", help="Have TripIt asked again what it told: after a restore."),
    ] = False,
    anew: Annotated[
        bool, typer.Option("--anew", help="Begin at the beginning, also where one was broken off.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would become of messages and trips; write nothing.")
    ] = False,
    listed: Annotated[
        int, typer.Option("--list", min=0, help="List so many changes; all are counted.")
    ] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    data: Annotated[Path | None, typer.Option(help="The data folder of the `up` to work on.")] = None,
) -> None:
    """Normalise messages again, after a reader was improved; what people decided stays.

    One that was broken off goes on where it was when the same is asked for again.
    """
    if traveller is not None and tenant is None:
        raise typer.BadParameter("--traveller needs --tenant: a login is one company's")
    if tell_again and source != "tripit":
        raise typer.BadParameter("--tell-again needs --source tripit: no other is asked")
    wanted = Wanted(source, since, tenant, until=until, messages=frozenset(message or ()))
    asked = _Asked(wanted, traveller, tell_again, anew, not dry_run, rate, listed)
    try:
        found = asyncio.run(_replay(system_of(data), asked, quiet=as_json))
    except CannotStart as why:
        typer.echo(str(why), err=True)
        raise typer.Exit(1) from why
    except _TROUBLE as trouble:
        typer.echo(f"Could not replay: {type(trouble).__name__} {trouble}".rstrip(), err=True)
        raise typer.Exit(1) from trouble
    typer.echo(orjson.dumps(found.as_json()).decode()) if as_json else show(found)


def _user(asked: _Asked) -> User:
    return OPERATIONS if asked.write else OPERATIONS._replace(writes=())


async def _replay(system: System, asked: _Asked, *, quiet: bool) -> Replayed:
    await admitted(system.kafka, partitions=system.topics.partitions, user=_user(asked))
    async with AsyncExitStack() as stack:
        directory = await stack.enter_async_context(open_directory(system.postgres))
        log = KafkaLog(system.kafka, topics=system.topics, confirm_seconds=IngestSettings().confirm_seconds)
        stack.push_async_callback(log.stop)
        wanted = await _of_traveller(asked, directory=directory)
        new = stack.enter_context(unsaid(partitions=system.topics.partitions))
        doing = Doing(
            normalisers=await _normalisers(asked, system, stack, directory=directory, log=log),
            log=log if asked.write else None,
            purpose="tell again" if asked.tell_again else "normalise",
            a_second=asked.rate,
            anew=asked.anew,
            listed=asked.listed,
            hear=None if asked.write else new.add,
        )
        report = paced(
            stack.enter_context(nullcontext(silent) if quiet else shown_progress(_DOING)),
            clock=time.monotonic,
        )
        found = await replayed(
            system.kafka,
            wanted=wanted,
            doing=doing,
            on_progress=lambda topic, done, total: report(f"{_DOING} {topic}", done, total),
        )
        if asked.write:
            return Replayed(found, None)
        diff = await what_if(
            system.kafka,
            new,
            topics=system.topics,
            listed=asked.listed,
            on_progress=lambda done, total: report("Computing trips", done, total),
        )
        return Replayed(found, diff)


async def _of_traveller(asked: _Asked, *, directory: PostgresDirectory) -> Wanted:
    if asked.login is None:
        return asked.wanted
    login, tenant = normal_code(asked.login), asked.wanted.tenant or ""
    known = await directory.look_up(tenant=tenant, client="", logins=frozenset({login}))
    if login not in known.travellers:
        raise CannotStart(f"The directory of {tenant} knows no such login.")
    return asked.wanted._replace(traveller=known.travellers[login])


async def _normalisers(
    asked: _Asked, system: System, stack: AsyncExitStack, *, directory: PostgresDirectory, log: KafkaLog
) -> Mapping[Route, Normaliser]:
    if asked.tell_again:
        accounts = open_pool(system.postgres, role=ROLE, check=check_schema)
        plans = PlansAgain(await stack.enter_async_context(accounts))
        return dict.fromkeys(POSTED, plans)
    settings = MailSettings()
    pool = stack.enter_context(readers(settings))
    mails = MailsAgain(mail_reader(settings, directory=directory, messages=log, pool=pool))
    posts = PostsAgain(directory)
    return {**dict.fromkeys(POSTED, posts), "email": mails}
