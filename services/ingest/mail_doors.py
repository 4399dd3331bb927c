"""Opens the doors of mail that settings name: SMTP, LMTP and a mailbox."""

import ssl
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog

from services.ingest.imap import Mailbox
from services.ingest.mail_door import MailDoor
from services.ingest.settings import ImapSettings, MailSettings
from services.ingest.smtp import SmtpOptions, smtp_door
from services.platform.awaiting import CannotStart

log = structlog.get_logger()


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
