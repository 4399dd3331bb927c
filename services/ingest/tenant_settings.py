"""Changing a tenant's settings: enter what is wanted, then say it on every partition of the log.

The order is the guarantee. What was entered and not said, because the process ended in between, its sender
got no yes for; the same settings sent again are said again, and are no newer than they were.
"""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import structlog

from schemas.base import canonical_json
from schemas.booking_record import Owner, SettingsStatement
from schemas.directory import Sender
from schemas.settings import TenantSettings
from services.ingest.domain.refusals import Refusal, RefusalKind, refusal
from services.ingest.domain.statements import Receipt
from services.ingest.domain.tenant_settings import (
    Entered,
    Wanted,
    conflict,
    in_order,
    read_wanted,
    revised,
    stands_already,
)
from services.ingest.domain.travellers import OWN_PARTIES
from services.ingest.raw import RawMessage, decision
from services.platform import faults
from services.platform.positions import Position
from services.platform.principals import Principal

log = structlog.get_logger()

_OWNER = Owner(party=OWN_PARTIES["manual"], source="manual")


class Register(Protocol):
    """What tenants decided."""

    async def entered(self, tenant: str) -> Entered | None:
        """Return what was entered last, None where there is no such tenant; raises `Unavailable`."""
        ...

    async def enter(self, wanted: Wanted, *, tenant: str, over: int) -> bool:
        """Enter it, unless somebody else did meanwhile; raises `Unavailable`."""
        ...


class TenantLog(Protocol):
    """Where settings are said. Each call returns once the broker confirmed."""

    async def keep_raw(self, raw: RawMessage) -> Receipt:
        """Keep a message exactly as it came; raises `Unavailable`."""
        ...

    async def say_to_all(self, statement: SettingsStatement) -> Position:
        """Append a statement to every partition; raises `Unavailable`."""
        ...


class Shown(NamedTuple):
    """Settings as they are shown, and the name of exactly that state."""

    settings: dict[str, Any]
    etag: str


class Settled(NamedTuple):
    """Settings that are on the log."""

    shown: Shown
    message: str
    position: Position


class Meanwhile(NamedTuple):
    """The settings are not those that the caller looked at."""

    shown: Shown


class Deciding:
    """Shows and changes the settings of a tenant."""

    def __init__(self, *, register: Register, log: TenantLog, now: Callable[[], datetime]) -> None:
        self._register = register
        self._log = log
        self._now = now

    async def look(self, principal: Principal) -> Shown | Refusal:
        """Return the settings of the caller's tenant.

        Raises:
            Unavailable: where the database does not answer.
        """
        known = await self._register.entered(principal.tenant)
        return _no_such_tenant() if known is None else _shown(known.settings, known.senders)

    async def change(
        self, body: bytes, *, principal: Principal, message: str, if_match: str | None
    ) -> Settled | Meanwhile | Refusal:
        """Change the settings of the caller's tenant; on refusal nothing was written.

        Raises:
            Unavailable: where database or broker do not answer; the same may be sent again.
        """
        wanted = read_wanted(body, tenant=principal.tenant)
        if isinstance(wanted, Refusal):
            return wanted
        known = await self._register.entered(principal.tenant)
        if known is None:
            return _no_such_tenant()
        before = _shown(known.settings, known.senders)
        is_as_seen = if_match is None or if_match.strip() in {"*", before.etag}
        # Who got no yes looked at what stood before: what is so already is not refused, but said again.
        if not is_as_seen and not stands_already(wanted, known=known):
            return Meanwhile(before)
        if (no := conflict(wanted, known=known)) is not None:
            return no
        wanted = revised(wanted, known=known, now=int(self._now().timestamp()))
        if not await self._register.enter(wanted, tenant=principal.tenant, over=known.changes):
            now = await self.look(principal)
            return now if isinstance(now, Refusal) else Meanwhile(now)
        faults.point("settings.entered")
        position = await self._say(wanted, body=body, principal=principal, message=message)
        log.info("settings.changed", message=message, revision=wanted.settings.revision)
        senders = known.senders if wanted.senders is None else in_order(wanted.senders)
        return Settled(_shown(wanted.settings, senders), message, position)

    async def _say(self, wanted: Wanted, *, body: bytes, principal: Principal, message: str) -> Position:
        raw = decision(
            message, body, route="settings", owner=_OWNER, client=principal.client, principal=principal
        )
        await self._log.keep_raw(raw)
        statement = SettingsStatement(tenant=principal.tenant, message=message, settings=wanted.settings)
        return await self._log.say_to_all(statement)


def _shown(settings: TenantSettings, senders: Iterable[Sender]) -> Shown:
    told = settings.model_dump(mode="json") | {
        "senders": [sender.model_dump(mode="json", exclude={"tenant"}) for sender in senders]
    }
    name = hashlib.sha256(canonical_json(told)).hexdigest()[:32]
    return Shown(told, f'"{name}"')


def _no_such_tenant() -> Refusal:
    return refusal(RefusalKind.NOT_FOUND, field="", rule="unknown_tenant", message="no such company is known")
