"""Puts together what reads mails, from settings; for the roots of processes and commands."""

from collections.abc import Generator
from contextlib import contextmanager

import structlog

from services.ingest.kafka import KafkaLog
from services.ingest.language_model import AskingReaders, ModelEndpoint
from services.ingest.mail_dns import DnsResolver
from services.ingest.mail_postgres import PostgresMails
from services.ingest.mail_reading import MailReader
from services.ingest.mails import MailTrust, Readers
from services.ingest.postgres import PostgresDirectory
from services.ingest.reader_pool import ReaderLimits, ReaderPool
from services.ingest.settings import MailSettings, listed
from services.platform.awaiting import CannotStart

log = structlog.get_logger()


@contextmanager
def readers(settings: MailSettings) -> Generator[Readers]:
    """Give the child processes that read mails; they start with the first mail.

    Raises:
        CannotStart: settings name where a language model answers, and not which.
    """
    model = _model(settings)
    limits = ReaderLimits(
        seconds=settings.read_timeout_seconds,
        memory_mib=settings.read_memory_mib,
        children=settings.readers,
        kitinerary=settings.kitinerary_extractor,
    )
    pool = ReaderPool(limits)
    try:
        yield pool if model is None else AskingReaders(pool, model=model)
    finally:
        pool.close()


def _model(settings: MailSettings) -> ModelEndpoint | None:
    if settings.model_url is None:
        return None
    if not settings.model_name:
        raise CannotStart("ITINERARY_MAIL_MODEL_URL is set: set ITINERARY_MAIL_MODEL_NAME, too.")
    return ModelEndpoint(
        settings.model_url,
        model=settings.model_name,
        key=settings.model_key.get_secret_value() if settings.model_key is not None else None,
        seconds=settings.model_timeout_seconds,
    )


def mail_reader(
    settings: MailSettings, *, directory: PostgresDirectory, messages: KafkaLog, pool: Readers
) -> MailReader:
    """Return what reads mails from `raw.v1`."""
    trust = MailTrust(
        hosts=frozenset(listed(settings.trusted_hosts)),
        sealers=frozenset(listed(settings.trusted_sealers)),
        smtp_is_first=settings.smtp_is_first_host,
    )
    resolver = DnsResolver(servers=listed(settings.dns_servers), seconds=settings.dns_timeout_seconds)
    register = PostgresMails(directory)
    return MailReader(register=register, log=messages, readers=pool, resolver=resolver, trust=trust)
