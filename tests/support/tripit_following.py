"""Following accounts without database and broker: fakes for the two ports, and what the log then says."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

from schemas.booking_record import BookingContent, BookingStatement, WithdrawalStatement
from services.ingest.domain.normalise import Decision
from services.ingest.domain.statements import Draft, Receipt, received
from services.ingest.domain.travellers import Caller
from services.ingest.domain.tripit.answers import read_answer
from services.ingest.domain.tripit.calendar import read_feed
from services.ingest.domain.tripit.feed_plans import read_feed_plan
from services.ingest.domain.tripit.known import Known, has_left, last_day
from services.ingest.domain.tripit.plans import read_plan
from services.ingest.domain.tripit.seen import plans_of
from services.ingest.handlers import Arrival, judge
from services.ingest.handlers import Known as KnownPeople
from services.ingest.raw import RawMessage
from services.ingest.settings import TripItSettings
from services.ingest.tripit_accounts import LEASE_STEP, Account, Hint, Visited
from services.ingest.tripit_requests import Credentials
from tests.support.tripit_account import StandInAccount
from tests.support.tripit_documents import as_json
from tests.support.tripit_feed import written_feed
from tests.support.tripit_server import CONSUMER, StandInTripIt

TENANT = "acme"
TRAVELLER = "533edd98-5529-5c40-ba9d-36ddda9c6e93"


def settings_for(server: StandInTripIt, **fields: Any) -> TripItSettings:
    """Return settings that lead to a stand-in, without the pauses of the real one."""
    known: dict[str, Any] = {
        "api_url": server.url,
        "authorise_url": f"{server.url}/oauth/authorize",
        "callback_url": "https://itinerary.example/v1/tripit/callback",
        "consumer_key": CONSUMER[0],
        "consumer_secret": CONSUMER[1],
        "feed_origins": (server.url,),
        "requests_per_second": 1_000_000,
        "unauthorised_pause_seconds": 0,
        "first_pause_seconds": 0.1,
        "request_seconds": 2,
    }
    return TripItSettings(**{**known, **fields})


class FakeDirectory:
    """Knows the one traveller."""

    async def look_up(self, **_: Any) -> KnownPeople:
        return KnownPeople(None, {})

    async def has_traveller(self, *, tenant: str, traveller: str) -> bool:
        return (tenant, traveller) == (TENANT, TRAVELLER)


class Life:
    """The life of the process that visits: it ends, or stands still, before or after whatever it writes."""

    def __init__(self) -> None:
        self.dies_in: int | None = None
        """At the how manieth moment, from 0."""
        self.stands_still_in: int | None = None
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        """What happens while it stands still."""

    async def moment(self) -> None:
        if self.dies_in == 0:
            self.dies_in = None
            raise asyncio.CancelledError
        if self.stands_still_in == 0 and self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        self.dies_in = None if self.dies_in is None else self.dies_in - 1
        self.stands_still_in = None if self.stands_still_in is None else self.stands_still_in - 1


class FakeLog:
    """Keeps raw messages."""

    def __init__(self, life: Life) -> None:
        self.kept: list[RawMessage] = []
        self._life = life

    async def keep_raw(self, raw: RawMessage) -> Receipt:
        await self._life.moment()
        self.kept.append(raw)
        await self._life.moment()
        return Receipt(0, 0, len(self.kept))

    async def append(self, statements: Any) -> Any:
        raise NotImplementedError

    async def bury(self, letter: Any, *, body: bytes, headers: Any) -> None:
        raise NotImplementedError


class FakeAccounts:
    """One account, as the database keeps it."""

    def __init__(self, account: StandInAccount, *, life: Life) -> None:
        self.token = Credentials(account.token, account.secret)
        self.feed: str | None = None
        self._life = life
        self.known = Known().encode()
        self.lease_number = 0
        self.hints: dict[str, int] = {}
        self.trouble: str | None = None
        self.trouble_seconds = 0.0
        self.failures = 0
        self.state = "connected"
        self.etag: str | None = None
        self.is_subscribed = False
        self.renewals = 0
        self.pauses: list[float] = []
        """After each trouble."""

    def connect(self, *, feed: str | None) -> None:
        """Connect anew, with the API or a feed; what is known stays."""
        self.feed, self.state, self.etag, self.is_subscribed = feed, "connected", None, False
        self.failures, self.trouble = 0, None
        self.lease_number += LEASE_STEP

    def disconnect(self) -> None:
        self.state = "leaving"
        self.lease_number += LEASE_STEP

    def lease(self, *, sweep: bool = False, poll: bool = False) -> Account:
        self.lease_number += LEASE_STEP
        return Account(
            tenant=TENANT,
            traveller=TRAVELLER,
            way="key" if self.feed is None else "feeds",
            kind="api" if self.feed is None else "feed",
            state=self.state,
            token=self.token if self.feed is None else None,
            feed=self.feed,
            consumer=Credentials(*CONSUMER),
            known=Known.decode(self.known),
            etag=self.etag,
            lease=self.lease_number,
            failures=self.failures,
            trouble=self.trouble,
            trouble_seconds=self.trouble_seconds,
            is_subscribed=self.is_subscribed,
            sweep_is_due=sweep,
            poll_is_due=poll,
            hints=tuple(Hint(trip, serial) for trip, serial in self.hints.items()),
        )

    async def renew(self, account: Account) -> bool:
        self.renewals += 1
        return account.lease == self.lease_number

    async def note(self, account: Account, known: Known) -> bool:
        await self._life.moment()
        if account.lease != self.lease_number:
            return False
        self.known = known.encode()
        await self._life.moment()
        return True

    async def note_subscribed(self, account: Account) -> None:
        self.is_subscribed = account.lease == self.lease_number

    async def note_unsubscribed(self, account: Account) -> None:
        self.is_subscribed = self.is_subscribed and account.token != self.token

    async def end(self, account: Account, visited: Visited, *, noted: Known) -> None:
        await self._life.moment()
        if account.lease != self.lease_number:
            return
        assert noted.without_cursor() == Known.decode(self.known).without_cursor()
        self.known = visited.known.encode()
        self.etag = visited.etag
        self.trouble, self.failures = visited.trouble, 0
        for hint in visited.hints:
            if self.hints.get(hint.trip) == hint.serial:
                del self.hints[hint.trip]

    async def end_in_trouble(self, account: Account, *, code: str, pause_seconds: float) -> None:
        self.pauses.append(pause_seconds)
        if account.lease == self.lease_number:
            self.trouble, self.failures = code, self.failures + 1

    async def note_revoked(self, account: Account) -> None:
        if account.lease == self.lease_number:
            self.state = "revoked"

    async def forget(self, account: Account) -> None:
        await self._life.moment()
        if account.lease == self.lease_number:
            self.state, self.known = "forgotten", Known().encode()
            self.hints.clear()

    async def release(self, account: Account) -> None:
        pass


async def told_by(log: FakeLog) -> dict[str, BookingContent]:
    """Return the bookings that live by what is on the log, whatever order the worker takes it in."""
    newest: dict[str, Draft] = {}
    for position, raw in enumerate(reversed(log.kept)):
        headers = raw.headers
        arrival = Arrival(
            message=raw.message,
            route=headers.route,
            body=raw.body,
            content_type=headers.content_type,
            parameters=headers.parameters,
            traveller=headers.traveller,
        )
        judged = await judge(
            FakeDirectory(),
            arrival,
            tenant=TENANT,
            client="tripit",
            caller=Caller("feed", "", company_wide=True),
        )
        assert isinstance(judged, Decision), judged
        for draft in judged.drafts:
            statement = received(draft, receipt=Receipt(position, 0, position))
            before = newest.get(statement.record)
            if before is None or statement.revision.order() > before.revision.order():
                newest[statement.record] = statement
    live: dict[str, BookingContent] = {}
    for statement in newest.values():
        assert isinstance(statement, BookingStatement | WithdrawalStatement)
        if isinstance(statement, BookingStatement):
            live[statement.record_locator] = statement.content
    return live


def truth_of_feed(account: StandInAccount, *, today: str) -> dict[str, BookingContent]:
    """Return what the account's calendar holds, read from the calendar of today alone."""
    feed = read_feed(written_feed(account, today=today)[0])
    read = {key: read_feed_plan(plan).content for key, plan in feed.plans.items()}
    return {k: c for k, c in read.items() if not has_left(last_day(c), today=date.fromisoformat(today))}


def truth_of(account: StandInAccount) -> dict[str, BookingContent]:
    """Return what the account holds, read from its own documents."""
    truth: dict[str, BookingContent] = {}
    for plan in account.plans.values():
        trip = account.trips.get(plan.trip or "")
        if not plan.is_own or (trip is not None and not trip.is_own):
            continue
        answer = read_answer(as_json({plan.element: [plan.document()]}))
        for key, (kind, node) in plans_of(answer).items():
            content = read_plan(kind, node).content
            if content.segments:
                truth[key] = content
    return truth
