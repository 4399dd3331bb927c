"""The SMTP and LMTP doors: mail for known addresses is kept before the sender hears yes.

What is too large, or for nobody here, is refused at the door. An address is all that is asked about a mail
here; who sent it and what it says is found out later, from `raw.v1`.
"""

import asyncio
import logging
import ssl
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from limits import RateLimitItemPerMinute
from limits.aio.strategies import FixedWindowRateLimiter

from services.ingest.handlers import Unavailable
from services.ingest.mail_door import MailDoor
from services.ingest.mail_proof import Envelope as SaidEnvelope
from services.ingest.mails import MAX_MAIL_BYTES, Arrived, MailAddress
from services.platform.window_counts import WindowCounts

log = structlog.get_logger()

_IDLE_SECONDS = 120.0
_MAX_LINE_BYTES = 1024 * 1024
"""Longer than the standard allows: mails with long lines exist, and a refused mail is lost to its reader."""
_MAX_RECIPIENTS = 20
_MINUTE_SECONDS = 60
_BUSY = "421 4.3.2 Too many connections, try again later"
_TOO_MANY = "451 4.7.1 Too many mails from you in one minute, try again later"
_TRY_LATER = "451 4.3.0 Cannot keep it now, try again later"


class SmtpOptions(NamedTuple):
    """How a door answers."""

    hostname: str
    tls: ssl.SSLContext | None = None
    require_starttls: bool = False
    max_connections: int = 50
    """Each may hold one mail in memory."""
    peer_connections: int | None = None
    """At a time, of one peer; None: as many as all."""
    peer_mails_a_minute: int | None = None
    """None: any number."""
    limits_loopback: bool = False
    """Whether the limits of peers are those of this machine, too."""


class _Connections:
    """How many there are at the door, in all and of each peer."""

    def __init__(self, limit: int, *, of_a_peer: int | None) -> None:
        self._limit = limit
        self._of_a_peer = of_a_peer
        self._open = 0
        self._by_peer = Counter[str]()

    def enter(self, peer: str | None) -> bool:
        """Count one; False where there are too many."""
        self._open += 1
        if peer is None:
            return self._open <= self._limit
        self._by_peer[peer] += 1
        return self._open <= self._limit and self._by_peer[peer] <= (self._of_a_peer or self._limit)

    def leave(self, peer: str | None) -> None:
        """Count one less."""
        self._open -= 1
        if peer is not None:
            self._by_peer[peer] -= 1
            self._by_peer += Counter()  # without those that have none


class _Pace:
    """How many mails a peer may hand in; each process counts for itself."""

    def __init__(self, a_minute: int | None) -> None:
        self._item = RateLimitItemPerMinute(a_minute) if a_minute is not None else None
        counts = WindowCounts(seconds=_MINUTE_SECONDS, clock=time.time)  # noqa: TID251 - an edge
        self._limiter = FixedWindowRateLimiter(counts)

    async def takes(self, peer: str | None) -> bool:
        """Count a mail; False where there were too many in this minute."""
        if self._item is None or peer is None:
            return True
        return await self._limiter.hit(self._item, peer)


def _peer_of(address: Any, *, with_loopback: bool) -> str | None:  # noqa: ANN401 - as asyncio tells it
    """Return who a limit is for: an address, of IPv6 the network of a site; None for who has no limit."""
    try:
        ip = ip_address(str(address[0]).partition("%")[0])
    except (ValueError, TypeError, IndexError):
        return None
    if ip.is_loopback and not with_loopback:
        return None
    return str(ip) if ip.version == 4 else str(ip_network((ip, 64), strict=False))  # noqa: PLR2004 - of IP


class _Handler:
    """What aiosmtpd asks about a session; `door` is `smtp` or `lmtp`."""

    def __init__(self, mail_door: MailDoor, *, door: str, options: SmtpOptions) -> None:
        self._mail_door = mail_door
        self._door = door
        self._pace = _Pace(options.peer_mails_a_minute)
        self._limits_loopback = options.limits_loopback

    async def handle_MAIL(  # noqa: N802 - the hook's name and arguments
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Begin with a mail, of a peer who did not bring too many."""
        del server
        if not await self._pace.takes(_peer_of(session.peer, with_loopback=self._limits_loopback)):
            return _TOO_MANY
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 - the hook's name and arguments
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take an address that is somebody's here."""
        del server, session, options
        if len(envelope.rcpt_tos) >= _MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients, send the mail again for the others"
        try:
            found = await self._mail_door.find_address(address)
        except Unavailable:
            return _TRY_LATER
        if found is None:
            return "550 5.1.1 No such address here"
        # aiosmtpd keeps addresses as text; whose they are is kept beside them until the mail has come.
        _addresses_of(envelope).append(found)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the hook's name
        """Keep the mail for each recipient, and answer as the protocol wants it."""
        raw = envelope.content or b""
        raw = raw if isinstance(raw, bytes) else raw.encode("utf-8", "surrogateescape")
        said = SaidEnvelope(
            peer=str(session.peer[0]) if session.peer else None,
            helo=str(session.host_name or ""),
            mail_from=envelope.mail_from or "",
        )
        answers = [await self._keep(raw, address=a, said=said) for a in _addresses_of(envelope)]
        if isinstance(server, LMTP):
            return "\r\n".join(answers)  # one for each recipient (RFC 2033)
        # One answer for all: what was kept already is known by its bytes when it comes again.
        return next((answer for answer in answers if not answer.startswith("250")), answers[0])

    async def _keep(self, raw: bytes, *, address: MailAddress, said: SaidEnvelope) -> str:
        arrived = Arrived(self._door, address.tenant, raw, recipient=address.address, envelope=said)
        try:
            message, _ = await self._mail_door.accept(arrived)
        except Unavailable:
            return _TRY_LATER
        return f"250 2.0.0 Kept as {message}"

    async def handle_exception(self, error: Exception) -> str:
        """Answer where something of ours failed; the sender tries again."""
        log.error("smtp.failed", error=type(error).__name__)
        return "451 4.3.0 Something failed here, try again later"


def _addresses_of(envelope: Envelope) -> list[MailAddress]:
    held: dict[str, list[MailAddress]] = vars(envelope)
    return held.setdefault("addresses", [])


class _Counted:
    """Sends away those who come when there are too many."""

    connections: _Connections
    limits_loopback: bool
    counted_peer: str | None = None
    line_length_limit = _MAX_LINE_BYTES

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection, or say that there are too many."""
        upgraded = getattr(self, "_original_transport", None) is not None
        if not upgraded:
            peer = transport.get_extra_info("peername")
            self.counted_peer = _peer_of(peer, with_loopback=self.limits_loopback)
        if not upgraded and not self.connections.enter(self.counted_peer):
            assert isinstance(transport, asyncio.Transport)  # noqa: S101 - of a server for streams
            transport.write(f"{_BUSY}\r\n".encode())
            transport.close()
        super().connection_made(transport)  # type: ignore[misc]

    def connection_lost(self, error: Exception | None) -> None:
        """Take note that one has gone."""
        self.connections.leave(self.counted_peer)
        super().connection_lost(error)  # type: ignore[misc]


@asynccontextmanager
async def smtp_door(
    mail_door: MailDoor, *, host: str, port: int, options: SmtpOptions, lmtp: bool = False
) -> AsyncGenerator[int]:
    """Listen while the block runs; gives the port, which the system chooses for port 0."""
    # aiosmtpd writes addresses and commands to the log, which are personal.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    loop = asyncio.get_running_loop()
    protocol = _protocol(LMTP if lmtp else SMTP, options=options)
    handler = _Handler(mail_door, door="lmtp" if lmtp else "smtp", options=options)

    def connected() -> asyncio.Protocol:
        made: asyncio.Protocol = protocol(
            handler,
            data_size_limit=MAX_MAIL_BYTES,
            enable_SMTPUTF8=True,
            hostname=options.hostname,
            ident="Itinerary",
            tls_context=options.tls,
            require_starttls=options.require_starttls and options.tls is not None,
            timeout=_IDLE_SECONDS,
            loop=loop,
        )
        return made

    server = await loop.create_server(connected, host, port)
    async with server:
        yield server.sockets[0].getsockname()[1]


def _protocol(base: type[SMTP], *, options: SmtpOptions) -> Any:  # noqa: ANN401 - a class made of two
    connections = _Connections(options.max_connections, of_a_peer=options.peer_connections)
    given = {"connections": connections, "limits_loopback": options.limits_loopback}
    return type("MailProtocol", (_Counted, base), given)
