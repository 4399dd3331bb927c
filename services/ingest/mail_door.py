"""What every door does with a mail: its bytes are on `raw.v1` before the door says yes.

Each step may be repeated without harm.
"""

from collections.abc import Callable
from datetime import datetime

import structlog

from schemas.identifiers import email_message_id
from services.ingest.domain.emails import OWNER, EmailEntry
from services.ingest.domain.statements import Receipt
from services.ingest.handlers import Log, Unavailable
from services.ingest.mails import (
    CLIENT,
    CONTENT_TYPE,
    MAX_MAIL_BYTES,
    Arrived,
    MailAddress,
    RawMail,
    Register,
    arrived_entry,
)
from services.ingest.raw import RawHeaders, RawMessage, digest
from services.platform import faults, tracing

log = structlog.get_logger()


class MailDoor:
    """What every door does with a mail."""

    def __init__(self, *, register: Register, log: Log, now: Callable[[], datetime]) -> None:
        self._register = register
        self._log = log
        self._now = now

    async def find_address(self, address: str) -> MailAddress | None:
        """Return whose address it is; raises `Unavailable`."""
        return await self._register.find_address(address)

    async def accept(self, arrived: Arrived) -> tuple[str, Receipt]:
        """Keep a mail for the worker, and return its message id and where it stands.

        Raises:
            Unavailable: it is not kept; whoever brought it must bring it again.
        """
        sha256 = digest(arrived.raw)
        message = email_message_id(tenant=arrived.tenant, recipient=arrived.recipient, sha256=sha256)
        headers = RawHeaders(
            tenant=arrived.tenant,
            client=CLIENT,
            caller="mail",
            owner=OWNER.party,
            source=OWNER.source,
            route="email",
            disposition="queued",
            content_type=CONTENT_TYPE,
            sha256=sha256,
            login=arrived.login,
            traveller=arrived.traveller,
            parameters=_parameters(arrived),
        )
        with tracing.beginning("take mail"):
            receipt = await self._log.keep_raw(RawMessage(message, arrived.raw, headers))
        faults.point("mail.kept")
        await self._note(RawMail(message, arrived.raw, headers, receipt))
        log.info("mail.kept", message=message, door=arrived.door, size=len(arrived.raw))
        return message, receipt

    async def refuse_too_large(self, *, tenant: str, mailbox: str, number: int, size: int) -> None:
        """Note a mail that stays in its mailbox because it is too large; raises `Unavailable`."""
        why = f"it has {size} bytes, and at most {MAX_MAIL_BYTES} are read; it stays in the mailbox"
        await self.refuse(tenant=tenant, mailbox=mailbox, number=number, reason="too_large", why=why)

    async def refuse(self, *, tenant: str, mailbox: str, number: int, reason: str, why: str) -> None:
        """Note a mail that stays in its mailbox, and why; raises `Unavailable`."""
        nothing = digest(f"{number} {why}".encode())
        message = email_message_id(tenant=tenant, recipient=mailbox, sha256=nothing)
        entry = EmailEntry(
            tenant=tenant, message=message, outcome="rejected", reason=reason, why=why, door="imap",
            recipient=mailbox, received_ms=int(self._now().timestamp() * 1000), partition=0, offset=0,
        )  # fmt: skip
        await self._register.save(entry)
        log.warning("mail.refused", message=message, reason=reason)

    async def _note(self, mail: RawMail) -> None:
        try:
            await self._register.note(arrived_entry(mail))
        except Unavailable:
            # The mail is safe on the log, and the worker writes the entry when it comes to it.
            log.warning("mail.unnoted", message=mail.message)


def _parameters(arrived: Arrived) -> dict[str, str]:
    said = {
        "door": arrived.door,
        "recipient": arrived.recipient,
        "peer": arrived.envelope.peer,
        "helo": arrived.envelope.helo,
        "mail_from": arrived.envelope.mail_from,
    }
    return {name: value for name, value in said.items() if value}
