"""Puts together what mail needs, from settings; for the roots of processes and commands."""

import ssl
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

import structlog
from fastapi import APIRouter

from services.ingest.edge import Edge
from services.ingest.email_http import email_router
from services.ingest.imap import Mailbox
from services.ingest.kafka import KafkaLog
from services.ingest.language_model import AskingReaders, ModelEndpoint
from services.ingest.mail_dns import DnsResolver
from services.ingest.mail_door import MailDoor
from services.ingest.mail_postgres import PostgresMails
from services.ingest.mail_reading import MailReader
from services.ingest.mails import MailTrust, Readers
from services.ingest.postgres import PostgresDirectory
from services.ingest.reader_pool import ReaderLimits, ReaderPool
from services.ingest.reviews import Reviews
from services.ingest.settings import ImapSettings, MailSettings, listed
from services.ingest.smtp import SmtpOptions, smtp_door
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


def mail_routes(directory: PostgresDirectory, *, messages: KafkaLog, pool: Readers, edge: Edge) -> APIRouter:
    """Return the routes of mail."""
    register = PostgresMails(directory)
    door = MailDoor(register=register, log=messages, now=edge.now)
    reviews = Reviews(register=register, directory=directory, log=messages, new_id=edge.new_id, now=edge.now)
    return email_router(door, reviews=reviews, pool=pool, edge=edge)


def given_mailbox(settings: ImapSettings) -> Mailbox | None:
    """Return the mailbox that settings name.

    Raises:
        CannotStart: they name a host, and not whose mail lies there.
    """
    if settings.host is None:
        return None
    if not settings.tenant or not settings.user:
        raise CannotStart(
            "ITINERARY_IMAP_HOST is set: set ITINERARY_IMAP_TENANT and ITINERARY_IMAP_USER, too."
        )
    return Mailbox(
        tenant=settings.tenant,
        host=settings.host,
        port=settings.port,
        user=settings.user,
        password=settings.password.get_secret_value(),
        folder=settings.folder,
        tls=settings.tls,
        ca_file=settings.ca_file,
    )


@asynccontextmanager
async def open_mail_doors(settings: MailSettings, *, door: MailDoor) -> AsyncGenerator[dict[str, int]]:
    """Open the doors that settings name while the block runs; gives their ports.

    Raises:
        CannotStart: a certificate cannot be read, or a port is taken.
    """
    options = SmtpOptions(
        settings.hostname, _tls(settings), settings.require_starttls, settings.max_connections
    )
    # Behind another host all mail comes from that one.
    limits = (
        {
            "peer_connections": settings.max_peer_connections,
            "peer_mails_a_minute": settings.max_peer_mails_a_minute,
        }
        if settings.smtp_is_first_host
        else {}
    )
    wanted = (
        ("smtp", settings.smtp_host, settings.smtp_port),
        ("lmtp", settings.lmtp_host, settings.lmtp_port),
    )
    ports: dict[str, int] = {}
    async with AsyncExitStack() as doors:
        for name, host, port in wanted:
            if port is None:
                continue
            opening = smtp_door(
                door,
                host=host,
                port=port,
                options=options._replace(**limits) if name == "smtp" else options,
                lmtp=name == "lmtp",
            )
            try:
                ports[name] = await doors.enter_async_context(opening)
            except OSError as trouble:
                raise CannotStart(
                    f"The {name.upper()} door cannot listen on {host}:{port}: {trouble}"
                ) from trouble
            log.info("door.opened", door=name, port=ports[name])
        yield ports


def _tls(settings: MailSettings) -> ssl.SSLContext | None:
    if settings.tls_certificate_file is None:
        if settings.require_starttls:
            raise CannotStart("ITINERARY_MAIL_REQUIRE_STARTTLS needs ITINERARY_MAIL_TLS_CERTIFICATE_FILE.")
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.tls_certificate_file, settings.tls_key_file)
    except OSError as trouble:
        raise CannotStart(f"ITINERARY_MAIL_TLS_CERTIFICATE_FILE cannot be read: {trouble}") from trouble
    return context
