"""A mailbox as a source: every mail in it is kept once, and marked as seen only afterwards.

The place in the mailbox is the next number and the validity under which it holds (RFC 9051, section 2.3.1.1).
A server that gives numbers anew changes the validity; then the mailbox is read from the beginning, and what
was kept before is known by its bytes. IMAPClient blocks, so each mailbox has one thread of its own.
"""

# IMAPClient carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
import ssl
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, NamedTuple, Protocol, TypeVar

import structlog
from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from services.ingest.handlers import Unavailable
from services.ingest.mail_door import MailDoor
from services.ingest.mails import MAX_MAIL_BYTES, Arrived, MailboxPlace

log = structlog.get_logger()

_CONNECT_SECONDS = 15.0
_READ_SECONDS = 60.0
_TIMEOUT: Any = SocketTimeout(_CONNECT_SECONDS, _READ_SECONDS)
_IDLE_SECONDS = 9 * 60.0
"""Servers may drop an IDLE after 30 minutes, and network boxes after 10."""
_LOOK_SECONDS = 1.0
"""How long one look at the socket waits: so long may stopping take."""
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0
_ATTEMPTS = 3
"""At one mail, each on a connection of its own."""
_TROUBLE = (OSError, IMAPClientError, ssl.SSLError, Unavailable)
"""A server that is away or says no, or a backing service of ours: connect again later."""

Result = TypeVar("Result")


class Mailbox(NamedTuple):
    """Where a mailbox is, and whose mail it takes."""

    tenant: str
    host: str
    port: int
    user: str
    password: str
    folder: str = "INBOX"
    tls: bool = True
    ca_file: str | None = None

    @property
    def name(self) -> str:
        """How the mailbox is known in the database."""
        return f"{self.user}@{self.host}/{self.folder}"


class _Told(NamedTuple):
    """What a server tells of a mailbox that is selected."""

    uid_validity: int
    next_uid: int | None
    """It need not tell that (RFC 3501, section 6.3.1)."""
    mails: int


class Places(Protocol):
    """Where is kept how far mailboxes were read; raises `Unavailable`."""

    async def place(self, *, tenant: str, mailbox: str) -> MailboxPlace | None:
        """Return how far a mailbox was read."""
        ...

    async def save_place(self, place: MailboxPlace, *, tenant: str, mailbox: str) -> None:
        """Keep how far a mailbox was read."""
        ...


class ImapDoor:
    """Reads one mailbox until it is told to stop."""

    def __init__(self, mailbox: Mailbox, *, door: MailDoor, places: Places) -> None:
        self._mailbox = mailbox
        self._door = door
        self._places = places
        self._refusals: Counter[int] = Counter()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="imap")

    async def run(self, stopping: asyncio.Event, *, moved: Callable[[], None]) -> None:
        """Read and wait for more; connect again, with growing pauses, whatever the server does."""
        pause = _FIRST_PAUSE_SECONDS
        while not stopping.is_set():
            began = time.monotonic()
            try:
                await self._session(stopping, moved=moved)
            except _TROUBLE as trouble:
                log.warning("mailbox.lost", error=type(trouble).__name__, again_in_seconds=pause)
            if time.monotonic() - began > _LONGEST_PAUSE_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            moved()
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS / 2)
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _session(self, stopping: asyncio.Event, *, moved: Callable[[], None]) -> None:
        client = await self._in_thread(self._connected)
        try:
            told = await self._told(client)
            place = await self._place(told.uid_validity)
            log.info("mailbox.opened", next_uid=place.next_uid)
            while not stopping.is_set():
                place = await self._keep_new(client, place=place, moved=moved)
                before, told = told, await self._told(client)
                if told.uid_validity != before.uid_validity:
                    place = await self._place(told.uid_validity)
                elif told == before:
                    await self._wait_for_more(client, stopping=stopping, moved=moved)
        finally:
            with suppress(*_TROUBLE):
                await self._in_thread(client.logout)

    async def _told(self, client: IMAPClient) -> _Told:
        """Select the mailbox, again: nothing else may be asked between this and waiting.

        The answer to any command may tell of a new mail, and no server tells of it twice: of one that is told
        of while others are looked for, fetched or marked, waiting would never hear.
        """
        status: dict[bytes, Any] = await self._in_thread(client.select_folder, self._mailbox.folder)
        if b"UIDVALIDITY" not in status:
            raise IMAPClientError("the server tells no UIDVALIDITY")
        return _Told(int(status[b"UIDVALIDITY"]), status.get(b"UIDNEXT"), int(status[b"EXISTS"]))

    async def _place(self, uid_validity: int) -> MailboxPlace:
        box = self._mailbox
        known = await self._places.place(tenant=box.tenant, mailbox=box.name)
        if known is not None and known.uid_validity == uid_validity:
            return known
        if known is not None:
            log.warning("mailbox.renumbered")
        return MailboxPlace(uid_validity, next_uid=1)

    async def _keep_new(
        self, client: IMAPClient, *, place: MailboxPlace, moved: Callable[[], None]
    ) -> MailboxPlace:
        found: list[int] = await self._in_thread(client.search, ["UID", f"{place.next_uid}:*"])
        # `n:*` names the last mail even where its number is below n.
        for uid in sorted(uid for uid in found if uid >= place.next_uid):
            await self._keep_unless_refused(client, uid=uid)
            place = place._replace(next_uid=uid + 1)
            box = self._mailbox
            await self._places.save_place(place, tenant=box.tenant, mailbox=box.name)
            await self._in_thread(client.add_flags, [uid], [b"\\Seen"], True)
            moved()
        return place

    async def _keep_unless_refused(self, client: IMAPClient, *, uid: int) -> None:
        """Keep a mail; one that the server will not give must not hold up the others for ever."""
        try:
            await self._keep(client, uid=uid)
        except IMAPClientAbortError:
            raise
        except IMAPClientError:
            self._refusals[uid] += 1
            if self._refusals[uid] < _ATTEMPTS:
                raise
            await self._door.refuse(
                tenant=self._mailbox.tenant,
                mailbox=self._mailbox.name,
                number=uid,
                reason="not_given",
                why=f"the server refused {_ATTEMPTS} times to give it; it stays in the mailbox",
            )

    async def _keep(self, client: IMAPClient, *, uid: int) -> None:
        size: Any = await self._fetched(client, uid=uid, item="RFC822.SIZE")
        if size is None:
            return  # somebody removed it meanwhile
        if size > MAX_MAIL_BYTES:
            await self._refuse_too_large(uid=uid, size=size)
            return
        # PEEK: fetching alone must not mark it as seen.
        raw: Any = await self._fetched(client, uid=uid, item="BODY.PEEK[]", answered=b"BODY[]")
        if raw is None:
            return
        if len(raw) > MAX_MAIL_BYTES:  # the server told another size
            await self._refuse_too_large(uid=uid, size=len(raw))
            return
        await self._door.accept(Arrived("imap", self._mailbox.tenant, raw, recipient=self._mailbox.name))

    async def _refuse_too_large(self, *, uid: int, size: int) -> None:
        box = self._mailbox
        await self._door.refuse_too_large(tenant=box.tenant, mailbox=box.name, number=uid, size=size)

    async def _fetched(
        self, client: IMAPClient, *, uid: int, item: str, answered: bytes | None = None
    ) -> object:
        fetched: Any = await self._in_thread(client.fetch, [uid], [item])
        return fetched.get(uid, {}).get(answered or item.encode())

    async def _wait_for_more(
        self, client: IMAPClient, *, stopping: asyncio.Event, moved: Callable[[], None]
    ) -> None:
        """Wait until the server tells of a new mail, with IDLE (RFC 2177) where it knows that."""
        can_idle = await self._in_thread(client.has_capability, "IDLE")
        began = time.monotonic()
        if can_idle:
            await self._in_thread(client.idle)
        try:
            told = False
            while not (told or stopping.is_set() or time.monotonic() - began > _IDLE_SECONDS):
                moved()
                if can_idle:
                    said: list[Any] = await self._in_thread(client.idle_check, _LOOK_SECONDS)
                    told = any(b"EXISTS" in one for one in said)  # marks change, and some say that they live
                else:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(stopping.wait(), _LOOK_SECONDS * 10)
                    told = True
        finally:
            if can_idle:
                await self._in_thread(client.idle_done)

    def _connected(self) -> IMAPClient:
        box = self._mailbox
        context = ssl.create_default_context(cafile=box.ca_file) if box.tls else None
        client = IMAPClient(
            box.host,
            port=box.port,
            ssl=box.tls,
            ssl_context=context,
            timeout=_TIMEOUT,
        )
        client.login(box.user, box.password)
        client.capabilities()  # kept from here on: asked for later, its answer could hide that of a new mail
        return client

    async def _in_thread(self, function: Callable[..., Result], *arguments: Any) -> Result:  # noqa: ANN401 - as it takes them
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: function(*arguments))
