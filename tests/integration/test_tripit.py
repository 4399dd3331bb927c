"""Accounts at TripIt from the first click to the last withdrawal: real routes, database, broker and HTTP."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from pydantic import SecretStr

from schemas.booking_record import BookingContent, BookingStatement, Statement, decode_statement
from schemas.topics import BOOKINGS, RAW
from services.ingest.feeds import Consumed, Feeds
from services.ingest.postgres import open_pool
from services.ingest.replay import Doing, replay
from services.ingest.replay_place import Wanted
from services.ingest.replay_readers import POSTED, PlansAgain
from services.ingest.settings import TripItSettings
from services.ingest.tripit_pace import SharedPace
from services.ingest.tripit_postgres import ROLE, check_schema
from services.ingest.tripit_wiring import follow, open_connections
from services.ingest.worker import run_worker
from services.platform.backing import Backing
from services.platform.sealing import new_key
from tests.support.ingest_edge import CHRIS, DANA, IngestUnderTest, ingest_under_test, rows
from tests.support.tripit_account import StandInAccount
from tests.support.tripit_documents import date_time
from tests.support.tripit_following import settings_for, truth_of
from tests.support.tripit_server import CONSUMER, OTHER_CONSUMER, StandInTripIt, tripit_server
from tests.support.waiting import wait_until_async
from tests.support.worker_processes import worker_process

SEALING_KEY = new_key()
WRITES = ("bookings:write",)


class Accounts(NamedTuple):
    """Ingest with its routes for accounts, and the stand-in behind them."""

    ingest: IngestUnderTest
    server: StandInTripIt
    settings: TripItSettings
    client: httpx.AsyncClient

    def bearer(self, login: str = CHRIS, **fields: Any) -> dict[str, str]:
        return self.ingest.bearer(login=login, scopes=WRITES, **fields)

    async def connect(self, account: StandInAccount, *, login: str = CHRIS) -> None:
        await self.ingest.enrol(login)
        begun = await self.client.post("/v1/tripit/connection", json={}, headers=self.bearer(login))
        assert begun.status_code == 202, begun.text
        request = httpx.URL(begun.json()["authorise_url"]).params["oauth_token"]
        self.server.agree(request, account)
        called_back = await self.client.get("/v1/tripit/callback", params={"oauth_token": request})
        assert called_back.status_code == 200, called_back.text

    async def status(self, *, login: str = CHRIS) -> dict[str, Any]:
        answer = await self.client.get("/v1/tripit/connection", headers=self.bearer(login))
        return answer.json() if answer.status_code == 200 else {"state": str(answer.status_code)}

    async def notify(self, *tokens: str, trip: str, change: str = "plans_updated") -> int:
        form: Mapping[str, Any] = {"type": "trip", "id": trip, "change": change, "oauth_token_key": tokens}
        return (await self.client.post("/v1/tripit/notifications", data=form)).status_code

    async def deliver_notifications(self) -> None:
        """Post what TripIt notifies of, as it does."""
        for form in self.server.notifications:
            answer = await self.client.post("/v1/tripit/notifications", data=form)
            assert answer.status_code == 200
        self.server.notifications.clear()

    async def told(self) -> dict[str, BookingContent]:
        """Return the bookings that live by what stands on `bookings.v1`."""
        newest: dict[str, Statement] = {}
        for written in await self.ingest.written(BOOKINGS.name):
            statement: Any = decode_statement(written.value)
            before: Any = newest.get(statement.record)
            if before is None or statement.revision.order() > before.revision.order():
                newest[statement.record] = statement
        return {s.record_locator: s.content for s in newest.values() if isinstance(s, BookingStatement)}

    async def until_told(self, *accounts: StandInAccount) -> None:
        async def is_told() -> bool:
            truth = {key: content for account in accounts for key, content in truth_of(account).items()}
            return await self.told() == truth

        await wait_until_async(is_told, what="our bookings to be what the accounts hold", deadline_seconds=60)

    async def until_state(self, state: str) -> None:
        async def has_state() -> bool:
            return (await self.status())["state"] == state

        await wait_until_async(has_state, what=f"the account to be {state}", deadline_seconds=60)


@pytest.fixture(scope="module")
def server() -> Iterator[StandInTripIt]:
    with tripit_server() as running:
        yield running


@pytest.fixture
async def accounts(backing: Backing, server: StandInTripIt, tmp_path: Path) -> AsyncGenerator[Accounts]:
    server.requests.clear()
    server.faults.clear()
    server.notifications.clear()
    server.holds_back.clear()
    settings = settings_for(
        server, sealing_keys=SecretStr(SEALING_KEY), poll_seconds=3600, hint_again_seconds=1
    )
    async with (
        ingest_under_test(backing, folder=tmp_path) as ingest,
        open_connections(settings, pool=ingest.directory.pool) as connections,
        ingest.client(tripit=connections) as client,
    ):
        yield Accounts(ingest, server, settings, client)
        await rows(backing, "DELETE FROM own.tripit_accounts")


@asynccontextmanager
async def running(step: Callable[[asyncio.Event], Awaitable[None]]) -> AsyncGenerator[None]:
    stopping = asyncio.Event()
    task = asyncio.ensure_future(step(stopping))
    try:
        yield
    finally:
        stopping.set()
        await task


@asynccontextmanager
async def following(accounts: Accounts, *, followers: int = 1, **changed: Any) -> AsyncGenerator[None]:
    """Run followers and the worker that normalises what they fetch."""
    ingest, settings = accounts.ingest, accounts.settings.model_copy(update=changed)

    async def follower(stopping: asyncio.Event) -> None:
        await follow(
            settings,
            postgres=ingest.backing.postgres_settings,
            log=ingest.log,
            today=lambda: date.fromisoformat(accounts.server.today),
            stopping=stopping,
            moved=lambda: None,
        )

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(worker(ingest))
        for _ in range(followers):
            await stack.enter_async_context(running(follower))
        yield


@asynccontextmanager
async def worker(ingest: IngestUnderTest) -> AsyncGenerator[None]:
    async def leave_mail(record: Consumed) -> None:
        """Mail has tests of its own."""

    async def normalise(stopping: asyncio.Event) -> None:
        await run_worker(
            ingest.backing.kafka_settings,
            feeds=Feeds(directory=ingest.directory, log=ingest.log),
            take_mail=leave_mail,
            stopping=stopping,
            moved=lambda: None,
        )

    async with running(normalise):
        yield


def journey(account: StandInAccount, *, hotel: str = "Sacher") -> tuple[str, str]:
    trip = account.add_trip(start="2026-10-01", end="2026-10-03")
    stay = account.add_plan(
        "LodgingObject",
        trip,
        supplier_name=hotel,
        supplier_conf_num="N-1",
        StartDateTime=date_time("2026-10-01", "15:00:00", timezone="Europe/Vienna"),
        EndDateTime=date_time("2026-10-03", "11:00:00", timezone="Europe/Vienna"),
    )
    return trip, stay


async def test_an_account_shows_up_changes_is_hinted_at_and_disappears_in_step(accounts: Accounts) -> None:
    account = accounts.server.account()
    trip, stay = journey(account)
    arrives_before_it_leaves = account.add_plan(
        "AirObject",
        trip,
        Segment={
            "StartDateTime": date_time("2026-10-02", "13:00:00", utc_offset="-06:00"),
            "EndDateTime": date_time("2026-10-02", "10:00:00", utc_offset="-06:00"),
        },
    )
    await accounts.connect(account)
    async with following(accounts):
        await accounts.until_told(account)
        assert account.is_subscribed
        status = await accounts.status()
        assert (status["kind"], status["state"], status["plans"], status["trouble"]) == (
            "api",
            "connected",
            2,
            None,
        )
        assert status["doubtful"] == [
            {"plan": account.plans[arrives_before_it_leaves].uuid, "rule": "ends_before_it_starts"}
        ]

        account.edit(stay, supplier_phone="+43 1 514560")
        account.add_plan(
            "RestaurantObject", trip, supplier_name="Steirereck", DateTime=date_time("2026-10-02")
        )
        assert await accounts.notify("nobody's", account.token, trip=trip) == 200
        await accounts.until_told(account)

        account.delete(stay)
        await accounts.notify(account.token, trip=trip, change="plans_deleted")
        await accounts.until_told(account)

        requested = accounts.server.count
        await accounts.notify("nobody's", trip=trip)
        await accounts.notify(account.token, trip="../../oauth/request_token")

        disconnected = await accounts.client.delete("/v1/tripit/connection", headers=accounts.bearer())
        assert disconnected.status_code == 202
        await accounts.until_state("404")
        assert accounts.server.count - requested <= 4  # looks after hints once more, and the farewell
        account.plans.clear()
        await accounts.until_told(account)
        assert not account.is_subscribed


async def test_whoever_disconnects_is_forgotten_even_where_nothing_opens_or_reads_the_account_any_more(
    accounts: Accounts, backing: Backing
) -> None:
    account = accounts.server.account()
    journey(account)
    await accounts.connect(account)
    async with following(accounts):
        await accounts.until_told(account)
    await rows(
        backing, "UPDATE own.tripit_accounts SET known = jsonb_set(known::jsonb, '{trips}', '7')::json"
    )
    disconnected = await accounts.client.delete("/v1/tripit/connection", headers=accounts.bearer())
    assert disconnected.status_code == 202
    async with following(accounts, sealing_keys=SecretStr(new_key())):
        await accounts.until_state("404")
        account.plans.clear()
        await accounts.until_told(account)


async def test_a_trip_is_looked_at_once_more_after_the_silence_that_follows_a_notification(
    accounts: Accounts,
) -> None:
    account = accounts.server.account()
    trip, stay = journey(account)
    await accounts.connect(account)
    async with following(accounts, hint_again_seconds=2):
        await accounts.until_told(account)
        await accounts.notify(account.token, trip=trip)
        looked = f"/v1/get/trip/id/{trip}?include_objects=true&format=json"

        async def has_looked() -> bool:
            return looked in accounts.server.requests

        await wait_until_async(has_looked, what="the first look")
        accounts.server.notifications.clear()
        account.edit(stay, room_type="double")
        account.edit(stay, room_type="suite")
        assert len(accounts.server.notifications) == 1, "and nothing is said of the suite"
        await accounts.deliver_notifications()
        await accounts.until_told(account)
        # On a slow machine the second look after the first notification comes in between.
        assert accounts.server.requests.count(looked) >= 2


async def test_a_revoked_grant_is_told_to_the_traveller_and_what_was_told_stays(accounts: Accounts) -> None:
    account = accounts.server.account()
    journey(account)
    await accounts.connect(account)
    async with following(accounts, poll_seconds=1):
        await accounts.until_told(account)
        accounts.server.misbehave("401")  # a single one means nothing
        await asyncio.wait_for(_requests(accounts, more=2), 30)
        assert (await accounts.status())["state"] == "connected"
        account.is_revoked = True
        await accounts.until_state("revoked")
        requested = accounts.server.count
        assert (await accounts.status())["next_visit_at"] is None
        await accounts.until_told(account)
        account.is_revoked = account.is_subscribed = False
        await accounts.connect(account)  # the traveller agrees again
        await accounts.until_state("connected")
        await asyncio.wait_for(_requests(accounts, more=1), 30)
        assert accounts.server.count > requested

        async def is_subscribed() -> bool:
            return account.is_subscribed

        await wait_until_async(is_subscribed, what="notifications to be asked for with the new token")


async def _requests(accounts: Accounts, *, more: int) -> None:
    wanted = accounts.server.count + more

    async def are_there() -> bool:
        return accounts.server.count >= wanted

    await wait_until_async(are_there, what="requests", deadline_seconds=60)  # a process may have to start


async def test_a_feed_is_followed_by_its_address_alone(accounts: Accounts, backing: Backing) -> None:
    account = accounts.server.account()
    _, stay = journey(account)
    await accounts.ingest.enrol(CHRIS)
    address = f"{accounts.server.url}/feed/ical/private/{account.feed_key}/tripit.ics"
    for wrong in (
        "http://169.254.169.254/latest",
        f"{address}?x=1",
        "https://user@www.tripit.com/feed/ical/private/x",
    ):
        refused = await accounts.client.post(
            "/v1/tripit/connection", json={"calendar": wrong}, headers=accounts.bearer()
        )
        assert refused.status_code == 422
        assert wrong not in refused.text
    answer = await accounts.client.post(
        "/v1/tripit/connection", json={"calendar": address}, headers=accounts.bearer()
    )
    assert answer.status_code == 202

    async def names() -> list[str | None]:
        return sorted(getattr(c.segments[0], "name", None) or "" for c in (await accounts.told()).values())

    async with following(accounts, feed_seconds=1):
        await wait_until_async(lambda: _equal(names, ["Sacher"]), what="the stay", deadline_seconds=60)
        account.edit(stay, supplier_name="Imperial")
        await wait_until_async(lambda: _equal(names, ["Imperial"]), what="the change", deadline_seconds=60)
        accounts.server.misbehave("cut", "html", "500")
        account.delete(stay)
        await wait_until_async(lambda: _equal(names, []), what="the deletion", deadline_seconds=60)
        del accounts.server.feeds[account.feed_key]  # its owner has made a new address

        async def trouble() -> Any:
            return (await accounts.status())["trouble"]

        await wait_until_async(
            lambda: _equal(trouble, "no_such_feed"), what="the trouble", deadline_seconds=60
        )
        await rows(backing, "UPDATE own.tripit_accounts SET trouble_since = trouble_since - interval '1 day'")
        await accounts.until_state("revoked")
    (row,) = await rows(backing, "SELECT sealed, known::text FROM own.tripit_accounts")
    assert account.feed_key not in f"{row['sealed']}{row['known']}"


async def _equal(look: Callable[[], Awaitable[Any]], wanted: Any) -> bool:
    return await look() == wanted


async def test_who_did_not_agree_is_not_connected_and_no_callback_works_twice(accounts: Accounts) -> None:
    account = accounts.server.account()
    await accounts.ingest.enrol(CHRIS)
    begun = await accounts.client.post("/v1/tripit/connection", json={}, headers=accounts.bearer())
    request = httpx.URL(begun.json()["authorise_url"]).params["oauth_token"]
    refused = await accounts.client.get("/v1/tripit/callback", params={"oauth_token": request})
    assert refused.status_code == 403
    accounts.server.agree(request, account)
    again = await accounts.client.get("/v1/tripit/callback", params={"oauth_token": request})
    assert again.status_code == 404
    assert (await accounts.status())["state"] == "404"


async def test_who_comes_back_while_tripit_is_down_can_come_back_again(accounts: Accounts) -> None:
    request = await _agreed(accounts)
    accounts.server.misbehave("400")
    assert (await accounts.client.get("/v1/tripit/callback", params=request)).status_code == 503
    twice = await asyncio.gather(
        *(accounts.client.get("/v1/tripit/callback", params=request) for _ in range(2))
    )
    assert sorted(answer.status_code for answer in twice) in ([200, 404], [200, 409])
    assert (await accounts.status())["state"] == "connected"


async def test_an_exchange_that_died_halfway_keeps_nobody_away_for_long_and_says_for_how_long(
    accounts: Accounts, backing: Backing
) -> None:
    request = await _agreed(accounts)
    accounts.server.holds_back.add(CONSUMER[0])
    accounts.server.misbehave("503")  # what was asked never gets there
    dying = asyncio.ensure_future(accounts.client.get("/v1/tripit/callback", params=request))
    await _requests(accounts, more=1)
    dying.cancel()
    await asyncio.wait([dying])
    accounts.server.holds_back.clear()
    refused = await accounts.client.get("/v1/tripit/callback", params=request)
    assert refused.status_code == 409, refused.text
    attempt = accounts.settings.request_seconds
    assert attempt < int(refused.headers["retry-after"]) <= attempt + 10
    await rows(backing, "UPDATE own.tripit_authorisations SET claimed_until = now() - interval '1 ms'")
    assert (await accounts.client.get("/v1/tripit/callback", params=request)).status_code == 200


async def test_whoever_is_not_alone_with_an_exchange_any_more_asks_nothing_more_and_spoils_nothing(
    accounts: Accounts, backing: Backing
) -> None:
    request = await _agreed(accounts)
    accounts.server.holds_back.add(CONSUMER[0])
    accounts.server.misbehave("503")
    first = asyncio.ensure_future(accounts.client.get("/v1/tripit/callback", params=request))
    await _requests(accounts, more=1)
    await rows(backing, "UPDATE own.tripit_authorisations SET claimed_until = now() + interval '1 min'")
    accounts.server.holds_back.clear()
    assert (await first).status_code == 409
    exchanges = [path for path in accounts.server.requests if path.startswith("/oauth/access_token")]
    assert len(exchanges) == 1, "it was not tried again"
    (kept,) = await rows(backing, "SELECT claimed_until > now() AS is_claimed FROM own.tripit_authorisations")
    assert kept["is_claimed"]


async def _agreed(accounts: Accounts) -> dict[str, str]:
    """Return what a traveller comes back with who has agreed."""
    await accounts.ingest.enrol(CHRIS)
    begun = await accounts.client.post("/v1/tripit/connection", json={}, headers=accounts.bearer())
    request = httpx.URL(begun.json()["authorise_url"]).params["oauth_token"]
    accounts.server.agree(request, accounts.server.account())
    return {"oauth_token": request}


async def test_a_sealing_key_that_is_missing_is_the_operators_trouble_and_ends_nothing_that_was_begun(
    accounts: Accounts, backing: Backing
) -> None:
    account = accounts.server.account()
    await accounts.ingest.enrol(CHRIS, admin=True)
    key = {"key": CONSUMER[0], "secret": CONSUMER[1]}
    admin = accounts.bearer(kind="admin", company_wide=True)
    assert (await accounts.client.put("/v1/tripit/consumer", json=key, headers=admin)).status_code == 204
    begun = await accounts.client.post("/v1/tripit/connection", json={}, headers=accounts.bearer())
    request = {"oauth_token": httpx.URL(begun.json()["authorise_url"]).params["oauth_token"]}
    accounts.server.agree(request["oauth_token"], account)
    other = accounts.settings.model_copy(update={"sealing_keys": SecretStr(new_key())})
    async with (
        open_connections(other, pool=accounts.ingest.directory.pool) as connections,
        accounts.ingest.client(tripit=connections) as without_the_key,
    ):
        for answer in (
            await without_the_key.post("/v1/tripit/connection", json={}, headers=accounts.bearer()),
            await without_the_key.get("/v1/tripit/callback", params=request),
        ):
            assert (answer.status_code, "sealing key" in answer.text) == (503, True)
    (kept,) = await rows(backing, "SELECT sealed FROM own.tripit_consumers")
    await rows(backing, "UPDATE own.tripit_consumers SET sealed = 'x'")
    assert (await accounts.client.get("/v1/tripit/callback", params=request)).status_code == 503
    await rows(backing, "UPDATE own.tripit_consumers SET sealed = $1", kept["sealed"])
    assert (await accounts.client.get("/v1/tripit/callback", params=request)).status_code == 200
    await rows(backing, "DELETE FROM own.tripit_consumers")


async def test_travellers_who_share_an_account_are_both_notified(accounts: Accounts) -> None:
    account = accounts.server.account()
    trip, _ = journey(account)
    for login in (CHRIS, DANA):
        await accounts.connect(account, login=login)
    accounts.server.requests.clear()
    async with following(accounts):
        sweeps = partial(_count, accounts, "list/trip?", "past=false")
        await wait_until_async(partial(_equal, sweeps, 2), what="both to be looked at")
        await accounts.notify(account.token, trip=trip)
        hinted = partial(_count, accounts, f"get/trip/id/{trip}")
        await wait_until_async(partial(_equal, hinted, 2), what="both to be looked at again")


async def _count(accounts: Accounts, *words: str) -> int:
    return sum(all(word in request for word in words) for request in accounts.server.requests)


async def test_a_hint_does_not_end_the_pause_after_trouble(accounts: Accounts) -> None:
    account = accounts.server.account()
    trip, _ = journey(account)
    await accounts.connect(account)
    async with following(accounts, first_pause_seconds=600):
        accounts.server.misbehave("400", after=1)

        async def is_in_trouble() -> bool:
            return (await accounts.status())["failures"] == 1

        await wait_until_async(is_in_trouble, what="the trouble")
        before = await accounts.status()
        await accounts.notify(account.token, trip=trip)
        assert await accounts.status() == before


async def test_a_key_that_tripit_answers_slowly_leaves_room_for_others(accounts: Accounts) -> None:
    await accounts.ingest.enrol(CHRIS, admin=True)
    key = {"key": OTHER_CONSUMER[0], "secret": OTHER_CONSUMER[1]}
    admin = accounts.bearer(kind="admin", company_wide=True)
    assert (await accounts.client.put("/v1/tripit/consumer", json=key, headers=admin)).status_code == 204
    held = [accounts.server.account() for _ in range(6)]
    for number, account in enumerate(held):
        journey(account)
        await accounts.connect(account, login=f"traveller-{number}@acme.example")
    by_feed = accounts.server.account()
    journey(by_feed)
    await accounts.ingest.enrol(DANA)
    address = f"{accounts.server.url}/feed/ical/private/{by_feed.feed_key}/tripit.ics"
    headers = accounts.bearer(DANA)
    await accounts.client.post("/v1/tripit/connection", json={"calendar": address}, headers=headers)

    async def is_visited() -> bool:
        return (await accounts.status(login=DANA))["succeeded_at"] is not None

    accounts.server.holds_back.add(OTHER_CONSUMER[0])
    async with following(
        accounts, concurrency=4, concurrency_per_key=2, request_seconds=60, lease_seconds=240
    ):
        await wait_until_async(is_visited, what="the one by feed to be visited", deadline_seconds=20)
        accounts.server.holds_back.clear()
        await wait_until_async(partial(_all_visited, accounts, len(held)), what="the others")


async def test_an_account_of_many_pages_leaves_room_for_all_others_of_its_key(accounts: Accounts) -> None:
    large, small = accounts.server.account(), [accounts.server.account() for _ in range(7)]
    for day in range(1, 29):
        for month in (10, 11):
            trip = large.add_trip(start=f"2026-{month}-{day:02d}", end=f"2026-{month}-{day:02d}")
            large.add_plan("NoteObject", trip, text="bring a coat")
    await accounts.connect(large)  # the first, so that it is taken first
    for number, account in enumerate(small):
        journey(account)
        await accounts.connect(account, login=f"traveller-{number}@acme.example")
    accounts.server.holds_back.add("page_num=2")
    async with following(accounts, concurrency=2, request_seconds=60, lease_seconds=240):
        await wait_until_async(partial(_all_visited, accounts, len(small)), what="the small ones")
        assert (await accounts.status())["succeeded_at"] is None, "it goes on all the while"
        accounts.server.holds_back.clear()
        await accounts.until_told(large, *small)


async def test_processes_keep_to_the_pace_of_a_key_together(accounts: Accounts) -> None:
    """Forty turns at ten a second, taken by two."""
    began = time.monotonic()
    turns: list[float] = []

    async def take(pace: SharedPace) -> None:
        for _ in range(20):
            await pace.turn(accounts.ingest.tenant)
            turns.append(time.monotonic() - began)

    async with open_pool(accounts.ingest.backing.postgres_settings, role=ROLE, check=check_schema) as pool:
        await asyncio.gather(*(take(SharedPace(pool, per_second=10)) for _ in range(2)))
    for second in range(4):
        assert sum(turn < second for turn in turns) <= 10 * second


async def _all_visited(accounts: Accounts, number: int) -> bool:
    states = [await accounts.status(login=f"traveller-{n}@acme.example") for n in range(number)]
    return all(state["succeeded_at"] is not None for state in states)


async def test_one_traveller_sees_nothing_of_anothers_account(accounts: Accounts) -> None:
    await accounts.connect(accounts.server.account())
    await accounts.ingest.enrol(DANA)
    assert (await accounts.status(login=DANA))["state"] == "404"
    gone = await accounts.client.delete("/v1/tripit/connection", headers=accounts.bearer(DANA))
    assert gone.status_code == 404
    assert (await accounts.status())["state"] == "connected"


async def test_a_company_brings_its_own_key_and_only_its_administrator_may(accounts: Accounts) -> None:
    await accounts.ingest.enrol(CHRIS, admin=True)
    body = {"key": CONSUMER[0], "secret": "wrong"}
    refused = await accounts.client.put("/v1/tripit/consumer", json=body, headers=accounts.bearer())
    assert refused.status_code == 403
    admin = accounts.bearer(kind="admin", company_wide=True)
    assert (await accounts.client.put("/v1/tripit/consumer", json=body, headers=admin)).status_code == 204
    begun = await accounts.client.post("/v1/tripit/connection", json={}, headers=accounts.bearer())
    assert begun.status_code == 503, "the company's own key is asked with, though it is wrong"
    body["secret"] = CONSUMER[1]
    assert (await accounts.client.put("/v1/tripit/consumer", json=body, headers=admin)).status_code == 204
    begun = await _agreed(accounts)
    kept = await _kept(accounts)
    assert (await accounts.client.get("/v1/tripit/callback", params=begun)).status_code == 200
    kept += await _kept(accounts)
    assert [row["what"] for row in kept] == ["consumer", "authorisation", "consumer", "account"]
    for secret in (CONSUMER[1], begun["oauth_token"], "request-secret", "token-", "secret-"):
        assert secret not in str(kept), "what opens anything is kept sealed"


async def _kept(accounts: Accounts) -> list[Any]:
    return await rows(
        accounts.ingest.backing,
        "SELECT 'consumer' AS what, t::text AS row FROM own.tripit_consumers t WHERE tenant = $1"
        " UNION ALL SELECT 'authorisation', t::text FROM own.tripit_authorisations t WHERE tenant = $1"
        " UNION ALL SELECT 'account', t::text FROM own.tripit_accounts t WHERE tenant = $1",
        accounts.ingest.tenant,
    )


async def test_a_notification_of_something_else_is_answered_alike_and_changes_nothing(
    accounts: Accounts, backing: Backing
) -> None:
    account = accounts.server.account()
    await accounts.connect(account)
    hint: dict[str, Any] = {"type": "trip", "id": "77", "oauth_token_key": account.token}
    for wrong in (
        {"type": "profile"},
        {"type": ["profile", "trip"]},
        {"id": "../7"},
        {"oauth_token_key": ""},
    ):
        answer = await accounts.client.post("/v1/tripit/notifications", data=hint | wrong)
        assert (answer.status_code, answer.content) == (200, b"")
    assert await rows(backing, "SELECT trip FROM own.tripit_hints") == []
    answer = await accounts.client.post("/v1/tripit/notifications", data=hint)
    assert (answer.status_code, answer.content) == (200, b"")
    assert [row["trip"] for row in await rows(backing, "SELECT trip FROM own.tripit_hints")] == ["77"]


async def test_several_followers_visit_no_account_twice(accounts: Accounts) -> None:
    logins = [f"traveller-{number}@acme.example" for number in range(12)]
    held = [accounts.server.account() for _ in logins]
    for login, account in zip(logins, held, strict=True):
        journey(account)
        await accounts.connect(account, login=login)
    accounts.server.requests.clear()
    async with following(accounts, followers=3, concurrency=2):
        await accounts.until_told(*held)
    sweeps = [
        request for request in accounts.server.requests if "past=false" in request and "list/trip" in request
    ]
    assert len(sweeps) == len(held)


async def test_a_follower_that_is_killed_anywhere_loses_nothing(accounts: Accounts) -> None:
    held = [accounts.server.account() for _ in range(4)]
    for number, account in enumerate(held):
        journey(account)
        await accounts.connect(account, login=f"traveller-{number}@acme.example")
    async with worker(accounts.ingest):
        for plan in ("tripit.noted:1:exit", "tripit.kept:2:exit"):
            with follower_process(
                accounts, ITINERARY_FAULT_PLAN=plan, ITINERARY_FAULT_TESTING="true"
            ) as dying:
                assert await asyncio.to_thread(dying.exit_code) == 97
        accounts.server.misbehave("hang")
        with follower_process(accounts) as killed:
            await _requests(accounts, more=1)
            killed.kill()
        held[0].plans.clear()
        with follower_process(accounts) as last:
            # Until it says so, a signal ends it at once: there is nothing yet to stop in order.
            await asyncio.to_thread(last.await_saying, "follower.started")
            await accounts.until_told(*held)
            assert last.stop() == 0
            said = last.said()
    for secret in (held[0].token, held[0].secret, CONSUMER[1], "Sacher", "N-1", SEALING_KEY):
        assert secret not in said
    raw = await accounts.ingest.written(RAW.name)
    assert {record.headers["disposition"] for record in raw} == {"queued"}


async def test_after_a_restore_from_an_older_backup_our_bookings_become_what_the_account_holds(
    accounts: Accounts, backing: Backing
) -> None:
    """The log knows what was told since: it is told again, or taken back, once it is replayed."""
    account = accounts.server.account()
    trip, stay = journey(account)
    await accounts.connect(account)
    async with following(accounts):
        await accounts.until_told(account)
    (backup,) = await rows(backing, "SELECT known::text, lease, cursor FROM own.tripit_accounts")
    (taken,) = await rows(backing, "SELECT clock_timestamp() AS at")
    before = dict(account.plans[stay].fields)
    account.edit(stay, supplier_name="Imperial")
    short_lived = account.add_plan("RestaurantObject", trip, supplier_name="Steirereck")
    async with following(accounts):
        await accounts.notify(account.token, trip=trip)
        await accounts.until_told(account)
    account.edit(stay, **before)
    gone = account.delete(short_lived)
    await rows(
        backing,
        "UPDATE own.tripit_accounts SET known = $1, lease = $2, cursor = $3, sweep_at = now() + '1 d'",
        *backup.values(),
    )
    pool = open_pool(backing.postgres_settings, role=ROLE, check=check_schema)
    async with pool as connections:
        for write in (False, True):
            report = await replay(
                backing.kafka_settings,
                wanted=Wanted("tripit", since=taken["at"], tenant=accounts.ingest.tenant),
                doing=Doing(
                    dict.fromkeys(POSTED, PlansAgain(connections)),
                    accounts.ingest.log if write else None,
                    purpose="tell again",
                ),
                on_progress=lambda *_: None,
            )
            doubted = {stated for change in report.changes for stated in change.stated}
            assert doubted == {f"TripIt {account.plans[stay].uuid}", f"TripIt {gone.uuid}"}
    async with following(accounts):
        await accounts.until_told(account)


def follower_process(accounts: Accounts, **environment: str) -> Any:
    settings = accounts.settings
    return worker_process(
        "services.ingest",
        "tripit",
        backing=accounts.ingest.backing,
        environment={
            "ITINERARY_TRIPIT_SEALING_KEYS": SEALING_KEY,
            "ITINERARY_TRIPIT_CONSUMER_KEY": CONSUMER[0],
            "ITINERARY_TRIPIT_CONSUMER_SECRET": CONSUMER[1],
            "ITINERARY_TRIPIT_API_URL": settings.api_url,
            "ITINERARY_TRIPIT_LEASE_SECONDS": "4",
            "ITINERARY_TRIPIT_SWEEP_SECONDS": "2",
            "ITINERARY_TRIPIT_FIRST_PAUSE_SECONDS": "0.5",
            "ITINERARY_TRIPIT_REQUEST_SECONDS": "1",
            **environment,
        },
    )
