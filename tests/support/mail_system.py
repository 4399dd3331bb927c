"""Mail as a whole for tests: real doors on real Kafka and PostgreSQL, and a worker that tests may drive."""

# ruff: noqa: TID251 - a composition root, like __main__

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from schemas.topics import BOOKINGS, RAW
from services.ingest.domain.emails import EmailEntry
from services.ingest.feeds import Consumed
from services.ingest.mail_door import MailDoor
from services.ingest.mail_postgres import PostgresMails
from services.ingest.mail_reading import MailReader
from services.ingest.mails import MailTrust, RawMail, Readers, Resolver
from services.ingest.raw_mail import read_raw_mail
from services.ingest.smtp import SmtpOptions, smtp_door
from services.platform.free_ports import LOOPBACK
from tests.support.ingest_edge import IngestUnderTest, Written
from tests.support.readings import ToldReaders, ToldResolver, booked
from tests.support.waiting import wait_until

_IMAP_SERVER = "import sys; from pymap.main import main; sys.exit(main())"
IMAP_USER, IMAP_PASSWORD = "demouser", "demopass"


class MailUnderTest:
    """Doors and reader of one tenant."""

    def __init__(
        self,
        ingest: IngestUnderTest,
        *,
        zone: dict[str, tuple[str, ...]],
        trust: MailTrust | None = None,
        readers: Readers | None = None,
        resolver: Resolver | None = None,
    ) -> None:
        self.ingest = ingest
        self.register = PostgresMails(ingest.directory)
        self.door = MailDoor(register=self.register, log=ingest.log, now=lambda: datetime.now(UTC))
        self.reader = MailReader(
            register=self.register,
            log=ingest.log,
            readers=readers or ToldReaders(booked),
            resolver=resolver or ToldResolver(zone),
            trust=trust or MailTrust(),
        )

    @asynccontextmanager
    async def listening(self, *, lmtp: bool = False, **options: Any) -> AsyncGenerator[int]:
        """Open the door; gives its port."""
        door = options.pop("door", self.door)
        said = SmtpOptions("mx.mail.localhost", **options)
        async with smtp_door(door, host=LOOPBACK, port=0, options=said, lmtp=lmtp) as port:
            yield port

    async def raw(self) -> list[Written]:
        """Return the mails of this tenant on `raw.v1`."""
        return [r for r in await self.ingest.written(RAW.name) if r.headers.get("route") == "email"]

    async def stated(self) -> list[Written]:
        """Return the statements of this tenant."""
        return await self.ingest.written(BOOKINGS.name)

    async def work(self) -> list[EmailEntry | None]:
        """Do what the worker does, for every mail of this tenant on `raw.v1`."""
        return [await self.reader.take(raw_mail(record)) for record in await self.raw()]

    async def entry(self, message: str) -> EmailEntry:
        """Return what is known about a mail."""
        entry = await self.register.entry(tenant=self.ingest.tenant, message=message)
        assert entry is not None
        return entry


def raw_mail(record: Written) -> RawMail:
    """Return a record as the worker reads it."""
    headers = tuple((name, value.encode()) for name, value in record.headers.items())
    found = read_raw_mail(
        Consumed(
            record.topic, record.partition, record.offset, record.timestamp, record.key, record.value, headers
        )
    )
    assert found is not None
    return found


async def blocking(function: Any, *arguments: Any, **named: Any) -> Any:
    """Run a client that blocks beside the server that answers it."""
    return await asyncio.to_thread(function, *arguments, **named)


@contextmanager
def imap_server(port: int) -> Generator[None]:
    """Run an IMAP server with an empty mailbox, which is another one each time."""
    arguments = ["--no-tls", "--host", LOOPBACK, "--port", str(port)]
    arguments += ["--no-service", "admin", "--no-service", "managesieve", "dict"]
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _IMAP_SERVER, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: _answers(port), what="the IMAP server")
        yield
    finally:
        process.kill()
        process.wait()


@asynccontextmanager
async def imap_by_way_of(port: int, heard: Callable[[bytes], Awaitable[bytes | None]]) -> AsyncGenerator[int]:
    """Stand before an IMAP server, and answer each command that `heard` has an answer to; gives the port."""

    async def serve(client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        said, server = await asyncio.open_connection(LOOPBACK, port)
        back = asyncio.create_task(_copy(said, answers))
        while line := await client.readline():
            tag, _, command = line.partition(b" ")
            if answer := await heard(command):
                answers.write(tag + answer)
            else:
                server.write(line)
        server.close()
        await back

    listening = await asyncio.start_server(serve, LOOPBACK, 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1]


async def _copy(said: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
    while some := await said.read(65_536):
        answers.write(some)
    answers.close()


def _answers(port: int) -> bool:
    try:
        with imap_client(port):
            return True
    except (OSError, IMAPClientError):
        return False


@contextmanager
def imap_client(port: int) -> Generator[IMAPClient]:
    """Log in beside the door, with the mailbox selected for reading."""
    with IMAPClient(LOOPBACK, port=port, ssl=False, timeout=10) as client:
        client.login(IMAP_USER, IMAP_PASSWORD)
        client.select_folder("INBOX", readonly=True)
        yield client
