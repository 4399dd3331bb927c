"""Visiting accounts at TripIt: asks what the domain wants asked, keeps what is new, then remembers it.

The order is the guarantee. First it is noted which plans are about to be told, so that nothing is sure of
them any more; then payloads go on `raw.v1`; then the account is noted as told. Whoever dies or loses the
lease in between leaves plans that the next visit tells again, whatever has become of them. Of a question that
fails nothing is said at all.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import NamedTuple

import structlog

from schemas.identifiers import visit_message_id
from services.ingest.domain.fetched import REVISION, TRIPIT, about, listed
from services.ingest.domain.tripit.answers import Answer, Unreadable
from services.ingest.domain.tripit.calendar import read_feed
from services.ingest.domain.tripit.feed_plans import feed_outcome
from services.ingest.domain.tripit.known import Known, Outcome, while_telling
from services.ingest.domain.tripit.visits import Ask, Visit, follow_hint, poll, sweep
from services.ingest.handlers import Log, Unavailable
from services.ingest.holding import Holding, LeaseLost
from services.ingest.raw import RawHeaders, RawMessage, Route, digest
from services.ingest.settings import TripItSettings
from services.ingest.tripit import NO_SUCH_FEED, TripIt
from services.ingest.tripit_accounts import LEASE_STEP, Account, Accounts, Visited
from services.ingest.tripit_requests import Fetched, Revoked, Trouble
from services.platform import faults, tracing

log = structlog.get_logger()

_LONGEST_PAUSE_SECONDS = 3600.0
_LONGEST_WAIT_SECONDS = 86_400.0
"""Asked for by the other side, whose clock or proxy may err by decades."""
_FEED_IS_GONE_SECONDS = 86_400.0
"""So long no visit must find a feed, until it counts as given up: TripIt's mistakes take hours."""
_SUBSCRIBE = Ask("subscribe", {"type": "trip"})
_UNSUBSCRIBE = Ask("unsubscribe", {"type": "trip"})


class _Said(NamedTuple):
    before: Known
    outcome: Outcome
    payloads: dict[int, Fetched]
    route: Route


class Visiting:
    """Visits leased accounts."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        tripit: TripIt,
        log: Log,
        settings: TripItSettings,
        today: Callable[[], date],
        stopping: asyncio.Event,
    ) -> None:
        self._accounts = accounts
        self._tripit = tripit
        self._log = log
        self._settings = settings
        self._today = today
        self._stopping = stopping

    async def visit(self, account: Account) -> None:
        """Visit one account, whatever becomes of it: the others must not notice."""
        with structlog.contextvars.bound_contextvars(traveller=account.traveller, revision=account.lease):
            try:
                with tracing.beginning("visit account"):
                    await self._visit(self._held(account))
            except LeaseLost:
                await self._quietly(self._accounts.release(account))
            except Revoked:
                log.warning("account.revoked")
                await self._quietly(self._accounts.note_revoked(account))
            except Trouble as trouble:
                await self._in_trouble(account, code=trouble.code, wait_seconds=trouble.wait_seconds)
            except Unavailable:
                await self._in_trouble(account, code="unavailable")
            except Exception as bug:  # noqa: BLE001 - one account must not stop all others; it is kept and shown
                # Without the stack: its messages may quote what the traveller booked.
                log.error("account.unread", error=type(bug).__name__)  # noqa: TRY400 - as above
                await self._in_trouble(account, code="reader_failed")

    def _held(self, account: Account) -> Holding:
        return Holding(
            account,
            accounts=self._accounts,
            lease_seconds=self._settings.lease_seconds,
            stopping=self._stopping,
        )

    async def _visit(self, held: Holding) -> None:
        account = held.account
        if account.state == "leaving":
            await self._leave(held)
        elif account.feed is not None:
            await held.end(await self._read_feed(held))
        else:
            await held.end(await self._look(held))
        faults.point("tripit.visited")

    async def _look(self, held: Holding) -> Visited:
        """Look at an account by the API: at everything, or at what hints name and what changed."""
        account = held.account
        known, today, hints = account.known, self._today(), account.hints
        trouble: str | None = None
        if account.sweep_is_due or known.cursor is None:
            try:
                known = await self._sweep(held)
                return Visited(known, swept=True, polled=True, hints=hints)
            except Trouble as of_the_sweep:
                if known.cursor is None or account.failures == 0:
                    raise
                # It failed before, so it may go on failing: what hints and polls tell must not wait for it.
                trouble = of_the_sweep.code
                log.warning("account.not_swept", reason=trouble)
        for step, hint in enumerate(hints, start=1):
            visit = follow_hint(known, trip=hint.trip, today=today)
            known = await self._step(held, visit, known=known, step=step)
        if account.poll_is_due:
            known = await self._step(held, poll(known, today=today), known=known, step=LEASE_STEP - 1)
        return Visited(known, polled=account.poll_is_due, hints=hints, trouble=trouble)

    async def _sweep(self, held: Holding) -> Known:
        known = held.account.known
        if not held.account.is_subscribed:
            await self._subscribe(held)
        return await self._step(held, sweep(known, today=self._today()), known=known, step=0)

    async def _subscribe(self, held: Holding) -> None:
        """Ask for notifications. An account can be followed without: where TripIt gives none, say so."""
        try:
            agreed = await self._ask(held, _SUBSCRIBE)
        except (Trouble, Revoked) as trouble:
            log.warning("account.not_subscribed", error=type(trouble).__name__, reason=str(trouble))
            return
        if agreed is not None:
            await self._accounts.note_subscribed(held.account)

    async def _step(self, held: Holding, visit: Visit, *, known: Known, step: int) -> Known:
        outcome, payloads = await self._drive(held, visit)
        await self._tell(held, _Said(known, outcome, payloads, "tripit_answer"), step=step)
        return outcome.known

    async def _read_feed(self, held: Holding) -> Visited:
        account = held.account
        etag = account.etag if account.known.is_sure else None  # "as it was" would not say what to tell again
        try:
            fetched = await self._tripit.feed(account.feed or "", etag=etag, hold=held.renew)
        except Trouble as trouble:
            is_lasting = account.trouble_seconds >= _FEED_IS_GONE_SECONDS
            if trouble.code == account.trouble == NO_SUCH_FEED and is_lasting:
                raise Revoked from None  # its owner has made a new address
            raise
        if fetched is None:
            return Visited(account.known, etag=account.etag, polled=True)
        try:
            feed = read_feed(fetched.body)
        except Unreadable:
            raise Trouble("unreadable") from None
        outcome = feed_outcome(account.known, feed, today=self._today())
        await self._tell(held, _Said(account.known, outcome, {0: fetched}, "tripit_feed"))
        return Visited(outcome.known, etag=fetched.etag, polled=True)

    async def _leave(self, held: Holding) -> None:
        """Take back everything that was told, then forget the account. TripIt need not answer for that."""
        account = held.account
        if account.token is not None and account.consumer is not None:
            try:
                await self._ask(held, _UNSUBSCRIBE)
                await self._accounts.note_unsubscribed(account)
            except (Trouble, Revoked) as trouble:
                log.info("account.not_unsubscribed", error=type(trouble).__name__)
        told = {*account.known.plans, *account.known.past}
        outcome = Outcome(Known(), {}, tuple(sorted(told)))
        await self._tell(held, _Said(account.known, outcome, {}, "tripit_gone"))
        await self._accounts.forget(account)
        log.info("account.left", plans=len(outcome.gone))

    async def _drive(self, held: Holding, visit: Visit) -> tuple[Outcome, dict[int, Fetched]]:
        """Ask whatever a visit wants to know, and return its outcome with the payloads that it is about."""
        payloads: dict[int, Fetched] = {}
        answer: Answer | None = None
        number = -1
        try:
            ask = next(visit)
            while True:
                number += 1
                replied = await self._ask(held, ask)
                answer = None
                if replied is not None:
                    payloads[number], answer = replied
                ask = visit.send(answer)
        except StopIteration as ended:
            outcome: Outcome = ended.value
            return outcome, payloads

    async def _ask(self, held: Holding, ask: Ask) -> tuple[Fetched, Answer] | None:
        account = held.account
        if account.token is None or account.consumer is None:
            raise Trouble("no_consumer_key")
        return await self._tripit.ask(ask, consumer=account.consumer, token=account.token, hold=held.renew)

    async def _tell(self, held: Holding, said: _Said, *, step: int = 0) -> None:
        """Keep payloads with what they newly tell, and what is gone; a later step outranks an earlier one."""
        account = held.account
        revision = account.lease + step
        messages: list[tuple[Fetched, Route, dict[str, str]]] = [
            (said.payloads[answered], said.route, about(keys, names=said.outcome.names))
            for answered, keys in sorted(said.outcome.told.items())
        ]
        if said.outcome.gone:
            gone = Fetched(listed(said.outcome.gone), "application/json")
            messages.append((gone, "tripit_gone", {}))
        if messages:
            await held.note(while_telling(said.before, said.outcome))
        for number, (fetched, route, parameters) in enumerate(messages):
            headers = _headers(
                account, fetched, route=route, parameters={**parameters, REVISION: str(revision)}
            )
            message = visit_message_id(
                tenant=account.tenant, traveller=account.traveller, revision=revision, number=number
            )
            await self._log.keep_raw(RawMessage(message, fetched.body, headers))
            faults.point("tripit.kept")
        if messages:
            told = sum(map(len, said.outcome.told.values()))
            log.info("account.told", plans=told, gone=len(said.outcome.gone), messages=len(messages))

    async def _in_trouble(self, account: Account, *, code: str, wait_seconds: float = 0.0) -> None:
        pause = self._settings.first_pause_seconds * 2 ** min(account.failures, 16)
        pause = max(min(pause, _LONGEST_PAUSE_SECONDS), min(wait_seconds, _LONGEST_WAIT_SECONDS))
        log.warning("account.not_visited", reason=code, failures=account.failures + 1, pause_seconds=pause)
        await self._quietly(self._accounts.end_in_trouble(account, code=code, pause_seconds=pause))

    @staticmethod
    async def _quietly(noting: Awaitable[None]) -> None:
        """Note how a visit ended; where even that fails the lease runs out by itself."""
        try:
            await noting
        except Unavailable as trouble:
            log.warning("account.not_noted", reason=str(trouble))


def _headers(account: Account, fetched: Fetched, *, route: Route, parameters: dict[str, str]) -> RawHeaders:
    return RawHeaders(
        tenant=account.tenant,
        client="tripit",
        caller="account",
        owner=TRIPIT.party,
        source=TRIPIT.source,
        route=route,
        disposition="queued",
        content_type=fetched.content_type,
        sha256=digest(fetched.body),
        traveller=account.traveller,
        parameters=parameters,
    )
