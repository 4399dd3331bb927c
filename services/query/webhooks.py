"""Webhooks as a company's administrators have them: made, filtered, tested, and what became of deliveries."""

import base64
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

from schemas.base import written_json
from schemas.times import instant_text
from services.platform.principals import Principal
from services.platform.sealing import Seal
from services.query.domain.subscriptions import Form
from services.query.refusals import Conflict, Malformed, NotFound, NotSetUp
from services.query.webhook_secrets import Secrets

MOST_WEBHOOKS = 50
"""Of one company."""
TEST = "itinerary.webhook.test.v1"


class Wanted(NamedTuple):
    """What somebody asks of a webhook; None leaves it as it is."""

    url: str | None = None
    description: str | None = None
    changes: Sequence[str] | None = None
    travellers: Sequence[str] | None = None
    concurrency: int | None = None
    is_on: bool | None = None


class Webhook(NamedTuple):
    """A webhook, without its secrets."""

    webhook: str
    url: str
    description: str
    changes: Sequence[str]
    travellers: Sequence[str]
    form: Form
    concurrency: int
    sealed: str
    state: str
    created_at: datetime
    failures: int
    failing_since: datetime | None
    succeeded_at: datetime | None
    paused_until: datetime | None
    trouble: str | None
    waiting: int


DeliveryState = Literal["waiting", "delivered", "dead"]


class Delivery(NamedTuple):
    """One event on its way to one webhook, and each attempt."""

    event: str
    serial: int
    type: str
    trip: str | None
    body: str
    state: str
    queued_at: datetime
    due_at: datetime
    failures: int
    attempts: Sequence[dict[str, Any]]
    ended_at: datetime | None


class WebhookTables(Protocol):
    """One transaction on a tenant's webhooks."""

    async def traveller_named(self, name: str) -> str | None:
        """Return the id of the traveller of whom this is the id or a login."""
        ...

    async def webhooks(self, webhook: str | None = None) -> Sequence[Webhook]:
        """Return all, or the one."""
        ...

    async def add(self, **webhook: Any) -> None:  # noqa: ANN401 - the columns
        """Enter a webhook."""
        ...

    async def change(self, webhook: str, **wanted: Any) -> None:  # noqa: ANN401 - as above
        """Change what is not None, and try it anew."""
        ...

    async def hold_secrets(self, webhook: str) -> str:
        """Return the sealed secrets; until the end nobody else may change them."""
        ...

    async def keep_secrets(self, webhook: str, *, sealed: str) -> None:
        """Keep other secrets."""
        ...

    async def remove(self, webhook: str) -> None:
        """Forget a webhook and its deliveries."""
        ...

    async def deliveries(
        self, webhook: str, *, state: str | None, event: str | None, before: int | None, wanted: int
    ) -> Sequence[Delivery]:
        """Return deliveries, the newest first."""
        ...

    async def add_test(self, *, tenant: str, webhook: str, event: str, type: str, body: str) -> None:  # noqa: A002
        """Queue a test."""
        ...

    async def redrive(self, webhook: str, *, event: str | None) -> Sequence[str]:
        """Have what is dead tried again; return which events."""
        ...


class WebhookStore(Protocol):
    """The database, one tenant at a time."""

    def webhook_tables(self, tenant: str) -> AbstractAsyncContextManager[WebhookTables]:
        """Open a transaction."""
        ...


class WebhookEdge(NamedTuple):
    """Where time, identity, secrets and addresses come in."""

    now: Callable[[], datetime]
    new_id: Callable[[], str]
    new_secret: Callable[[], str]
    judge: Callable[[str, str], Awaitable[str | None]]
    """Says what is wrong with a tenant's address as a destination; None where nothing is."""


class Webhooks:
    """What administrators do with webhooks. Every method raises `NotSetUp` where no sealing key is set."""

    def __init__(self, *, store: WebhookStore, seal: Seal | None, edge: WebhookEdge) -> None:
        self._store = store
        self._seal = seal
        self._edge = edge

    async def make(self, principal: Principal, *, wanted: Wanted, form: Form) -> tuple[Webhook, str]:
        """Make a webhook, and return it with its secret, which is shown this once.

        Raises:
            Malformed: the address is not one to send to, or a traveller is not known.
            Conflict: the company has as many as it may have.
        """
        seal = self._opened()
        await self._check_address(principal.tenant, wanted.url)
        webhook, secret = self._edge.new_id(), self._secret()
        async with self._store.webhook_tables(principal.tenant) as tables:
            if len(await tables.webhooks()) >= MOST_WEBHOOKS:
                raise Conflict(f"a company has at most {MOST_WEBHOOKS} webhooks")
            await tables.add(
                tenant=principal.tenant,
                webhook=webhook,
                url=wanted.url,
                description=wanted.description or "",
                changes=sorted(set(wanted.changes or ())),
                travellers=await _travellers(tables, wanted.travellers or ()),
                form=form,
                concurrency=wanted.concurrency or 1,
                sealed=Secrets(secret).sealed(seal, tenant=principal.tenant, webhook=webhook),
            )
            return await _found(tables, webhook), secret

    async def list(self, principal: Principal) -> Sequence[Webhook]:
        """Return the company's webhooks."""
        async with self._store.webhook_tables(principal.tenant) as tables:
            return await tables.webhooks()

    async def get(self, principal: Principal, *, webhook: str) -> Webhook:
        """Return one.

        Raises:
            NotFound: there is none.
        """
        async with self._store.webhook_tables(principal.tenant) as tables:
            return await _found(tables, webhook)

    async def change(self, principal: Principal, *, webhook: str, wanted: Wanted) -> Webhook:
        """Change a webhook, or switch it off or on. Raises as `make` and `get`."""
        await self._check_address(principal.tenant, wanted.url)
        async with self._store.webhook_tables(principal.tenant) as tables:
            await _found(tables, webhook)
            await tables.change(
                webhook,
                url=wanted.url,
                description=wanted.description,
                changes=None if wanted.changes is None else sorted(set(wanted.changes)),
                travellers=None
                if wanted.travellers is None
                else await _travellers(tables, wanted.travellers),
                concurrency=wanted.concurrency,
                state={None: None, True: "on", False: "off"}[wanted.is_on],
            )
            return await _found(tables, webhook)

    async def rotate(self, principal: Principal, *, webhook: str) -> tuple[Webhook, str]:
        """Give a webhook another secret; for a day the one before signs as well. Raises as `get`."""
        seal, secret, now = self._opened(), self._secret(), self._edge.now()
        async with self._store.webhook_tables(principal.tenant) as tables:
            found = await _found(tables, webhook)
            who = {"tenant": principal.tenant, "webhook": webhook}
            known = Secrets.opened(await tables.hold_secrets(webhook), seal=seal, **who)
            secrets = known.rotated(secret, now=now)
            await tables.keep_secrets(webhook, sealed=secrets.sealed(seal, **who))
            return found, secret

    async def remove(self, principal: Principal, *, webhook: str) -> None:
        """End a webhook for good. Raises as `get`."""
        async with self._store.webhook_tables(principal.tenant) as tables:
            await _found(tables, webhook)
            await tables.remove(webhook)

    async def deliveries(
        self,
        principal: Principal,
        *,
        webhook: str,
        state: str | None = None,
        event: str | None = None,
        before: int | None = None,
        limit: int,
    ) -> tuple[Sequence[Delivery], int | None]:
        """Return what was sent, the newest first, and where the next page begins. Raises as `get`."""
        async with self._store.webhook_tables(principal.tenant) as tables:
            await _found(tables, webhook)
            found = await tables.deliveries(
                webhook, state=state, event=event, before=before, wanted=limit + 1
            )
        return found[:limit], found[limit - 1].serial if len(found) > limit else None

    async def test(self, principal: Principal, *, webhook: str) -> str:
        """Have something harmless delivered at once, and return its id. Raises as `get`, and Conflict."""
        event = self._edge.new_id()
        async with self._store.webhook_tables(principal.tenant) as tables:
            if (await _found(tables, webhook)).state != "on":
                raise Conflict("this webhook is switched off; switch it on first")
            body = _test_event(event, tenant=principal.tenant, at=self._edge.now())
            await tables.add_test(
                tenant=principal.tenant, webhook=webhook, event=event, type=TEST, body=body.decode()
            )
        return event

    async def redrive(self, principal: Principal, *, webhook: str, event: str | None) -> Sequence[str]:
        """Have what is dead tried again for three days; None: all of it. Raises as `get`, and Conflict."""
        async with self._store.webhook_tables(principal.tenant) as tables:
            await _found(tables, webhook)
            driven = await tables.redrive(webhook, event=event)
            known = await tables.deliveries(webhook, state=None, event=event, before=None, wanted=1)
        if event is not None and not known:
            raise NotFound("this webhook was never sent that event")
        if event is not None and not driven:
            raise Conflict("only what is dead can be tried again; this is not")
        return driven

    async def _check_address(self, tenant: str, url: str | None) -> None:
        wrong = None if url is None else await self._edge.judge(tenant, url)
        if wrong is not None:
            raise Malformed(field="url", rule=wrong)

    def _opened(self) -> Seal:
        if self._seal is None:
            raise NotSetUp("webhooks are not set up here: ITINERARY_WEBHOOKS_SEALING_KEYS is not set")
        return self._seal

    def _secret(self) -> str:
        return f"whsec_{base64.b64encode(self._edge.new_secret().encode()).decode()}"


def cursor_of(cursor: str | None) -> int | None:
    """Read where a page of deliveries begins.

    Raises:
        Malformed: it is not as `Webhooks.deliveries` gave it.
    """
    if cursor is not None and not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):  # noqa: PLR2004 - 64 bits
        raise Malformed(field="cursor", rule="take the cursor from next_cursor of the page before")
    return None if cursor is None else int(cursor)


async def _found(tables: WebhookTables, webhook: str) -> Webhook:
    for found in await tables.webhooks(webhook):
        return found
    raise NotFound("there is no such webhook")


async def _travellers(tables: WebhookTables, named: Sequence[str]) -> Sequence[str]:
    found = [await tables.traveller_named(name) for name in named]
    if None in found:
        raise Malformed(field="travellers", rule="name logins or ids of travellers in the directory")
    return sorted({traveller for traveller in found if traveller is not None})


def _test_event(event: str, *, tenant: str, at: datetime) -> bytes:
    return written_json(
        {
            "specversion": "1.0",
            "id": event,
            "source": "/v1/webhooks",
            "type": TEST,
            "time": instant_text(at),
            "itinerarytenant": tenant,
            "datacontenttype": "application/json",
            "data": {},
        }
    )
