"""`worker` takes what feeds publish and reads mails."""

import structlog

from schemas.access import INGEST_WORKER
from services.ingest.connecting import opened
from services.ingest.feeds import Consumed, Feeds
from services.ingest.mail_wiring import mail_reader, readers
from services.ingest.raw_mail import read_raw_mail
from services.ingest.settings import IngestSettings, MailSettings
from services.ingest.worker import run_worker
from services.platform import tracing
from services.platform.awaiting import stop_when_told
from services.platform.health import Health, answering_health
from services.platform.settings import HealthSettings, KafkaSettings

log = structlog.get_logger()


async def run() -> None:
    """Take what feeds publish until told to stop."""
    health = Health(service="ingest-worker")
    async with (
        answering_health(health, settings=HealthSettings()),
        opened(IngestSettings(), user=INGEST_WORKER) as (directory, messages),
    ):
        stopping = stop_when_told()
        health.ready()
        log.info("worker.started")
        with readers(MailSettings()) as pool:
            reader = mail_reader(MailSettings(), directory=directory, messages=messages, pool=pool)

            async def take_mail(record: Consumed) -> None:
                if (mail := read_raw_mail(record)) is not None:
                    with tracing.processing(record.topic, causes=[tracing.cause_of(record.headers)]):
                        await reader.take(mail)

            await run_worker(
                KafkaSettings.model_validate({}),
                feeds=Feeds(directory=directory, log=messages),
                take_mail=take_mail,
                stopping=stopping,
                moved=health.moved,
            )
        log.info("worker.stopped")
