"""`mail` takes mail."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

import structlog

from schemas.access import MAIL_DOOR
from services.ingest.connecting import opened
from services.ingest.imap import ImapDoor
from services.ingest.mail_door import MailDoor
from services.ingest.mail_doors import given_mailbox, open_mail_doors
from services.ingest.mail_postgres import PostgresMails
from services.ingest.settings import ImapSettings, IngestSettings, MailSettings
from services.platform.awaiting import stop_when_told
from services.platform.health import Health, answering_health
from services.platform.settings import HealthSettings

log = structlog.get_logger()

_ROUND_SECONDS = 5.0


async def run() -> None:
    """Take mail at the doors that settings open, until told to stop."""
    settings, mailbox = MailSettings(), given_mailbox(ImapSettings())
    health = Health(service="mail-door")
    async with (
        answering_health(health, settings=HealthSettings()),
        opened(IngestSettings(), user=MAIL_DOOR) as (directory, messages),
    ):
        register = PostgresMails(directory)
        door = MailDoor(register=register, log=messages, now=lambda: datetime.now(UTC))
        stopping = stop_when_told()
        async with open_mail_doors(settings, door=door):
            health.ready()
            log.info("mail.started")
            if mailbox is None:
                while not await _stopped(stopping, seconds=_ROUND_SECONDS):
                    health.moved()
            else:
                await ImapDoor(mailbox, door=door, places=register).run(stopping, moved=health.moved)
        log.info("mail.stopped")


async def _stopped(stopping: asyncio.Event, *, seconds: float) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)
    return stopping.is_set()
