"""What a visit leaves behind, wherever it ends; the stand-in answers without a network, unless it is slow."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import date
from typing import Any

import httpx
import pytest
import stamina

from schemas.booking_record import BookingContent
from services.ingest.domain.tripit.known import Known
from services.ingest.tripit import TripIt, open_tripit
from services.ingest.visiting import Visiting
from tests.support.tripit_documents import date_time
from tests.support.tripit_following import (
    FakeAccounts,
    FakeLog,
    Life,
    settings_for,
    told_by,
    truth_of,
    truth_of_feed,
)
from tests.support.tripit_server import StandInTripIt, tripit_server


class Followed:
    """One account at the stand-in, and the process that follows it."""

    tripit: TripIt

    def __init__(self, server: StandInTripIt) -> None:
        self.server = server
        self.account = server.account()
        self.life = Life()
        self.accounts = FakeAccounts(self.account, life=self.life)
        self.log = FakeLog(self.life)

    @property
    def feed(self) -> str:
        return f"{self.server.url}/feed/ical/private/{self.account.feed_key}/tripit.ics"

    def add_stay(self, *, start: str = "2026-10-01", end: str = "2026-10-03") -> tuple[str, str]:
        trip = self.account.add_trip(start=start, end=end)
        times = {"StartDateTime": date_time(start), "EndDateTime": date_time(end)}
        return trip, self.account.add_plan("LodgingObject", trip, supplier_name="Sacher", **times)

    async def visit(self, *, sweep: bool = True, poll: bool = False, **changed: Any) -> None:
        with suppress(asyncio.CancelledError):  # the process died here
            await self.visiting(**changed).visit(self.accounts.lease(sweep=sweep, poll=poll))

    def visiting(self, **changed: Any) -> Visiting:
        return Visiting(
            accounts=self.accounts,
            tripit=self.tripit,
            log=self.log,
            settings=settings_for(self.server).model_copy(update=changed),
            today=lambda: date.fromisoformat(self.server.today),
            stopping=asyncio.Event(),
        )

    async def told(self) -> dict[str, BookingContent]:
        return await told_by(self.log)


@asynccontextmanager
async def followed() -> AsyncGenerator[Followed]:
    """Give an account at a stand-in of its own."""
    server = StandInTripIt()
    server.url = "http://tripit.invalid"

    def answer(request: httpx.Request) -> httpx.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        url = request.url
        fault = server.next_fault(str(url).removeprefix(server.url))
        status, body, extra = server.in_place_of_answer(fault) or server.answer(
            request.method, url.path, url.query.decode(), headers, is_cached=fault == "cached"
        )
        return httpx.Response(status, content=body, headers=extra)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        one = Followed(server)
        one.tripit = TripIt(client, client, settings=settings_for(server))
        yield one


@pytest.mark.parametrize("by_feed", [False, True])
@pytest.mark.parametrize("moment", range(8))
async def test_whatever_moment_a_visit_dies_at_the_next_one_makes_up_for_it(
    moment: int, by_feed: bool
) -> None:
    async with followed() as one:
        trip, changed = one.add_stay()
        _, deleted = one.add_stay()
        one.accounts.connect(feed=one.feed if by_feed else None)
        await one.visit()
        before = dict(one.account.plans[changed].fields)
        one.account.edit(changed, supplier_name="Imperial")
        gone = one.account.delete(deleted)
        times = {"StartDateTime": date_time("2026-10-02"), "EndDateTime": date_time("2026-10-03")}
        short_lived = one.account.add_plan("LodgingObject", trip, supplier_name="Krebs", **times)
        one.life.dies_in = moment
        await one.visit()
        # Everything is as it was before: nothing differs from what had been told when the visit began.
        one.account.edit(changed, **before)
        one.account.restore(gone)
        one.account.delete(short_lived)
        one.life.dies_in = None
        await one.visit()
        truth = truth_of_feed(one.account, today=one.server.today) if by_feed else truth_of(one.account)
        assert await one.told() == truth
        assert Known.decode(one.accounts.known).is_sure


async def test_a_process_that_stood_still_while_another_took_over_cannot_bring_back_the_past() -> None:
    async with followed() as one:
        _, stay = one.add_stay()
        await one.visit()
        before = dict(one.account.plans[stay].fields)
        one.account.edit(stay, supplier_name="Imperial")

        async def meanwhile() -> None:
            one.account.edit(stay, **before)
            await one.visit()

        one.life.stands_still_in, one.life.meanwhile = 2, meanwhile  # noted, and about to tell
        await one.visit()
        assert len(one.log.kept) == 3
        assert await one.told() == truth_of(one.account)


async def test_notifications_that_tripit_refuses_do_not_keep_an_account_from_being_followed() -> None:
    async with followed() as one:
        one.add_stay()
        one.account.may_subscribe = False
        await one.visit()
        assert await one.told() == truth_of(one.account)
        assert (one.accounts.trouble, one.accounts.is_subscribed) == (None, False)
        one.account.may_subscribe = True
        await one.visit(sweep=True)
        assert one.account.is_subscribed
        assert one.accounts.is_subscribed


async def test_notifications_are_asked_for_once_and_again_when_an_account_is_connected_anew() -> None:
    async with followed() as one:
        await one.visit()
        await one.visit()
        assert [path for path in one.server.requests if "/subscribe" in path] == [
            "/v1/subscribe?type=trip&format=json"
        ]
        one.account.is_subscribed = False  # with the old token
        one.accounts.connect(feed=None)
        await one.visit()
        assert one.account.is_subscribed


async def test_leaving_takes_back_what_ended_long_ago_as_well() -> None:
    async with followed() as one:
        one.add_stay(start="2026-07-01", end="2026-07-03")
        one.add_stay()
        await one.visit()
        assert len(await one.told()) == 2
        one.server.today = "2026-10-02"
        await one.visit()
        assert len(await one.told()) == 2, "what ended long ago stands"
        one.accounts.disconnect()
        await one.visit()
        assert await one.told() == {}


async def test_only_a_feed_that_is_not_there_for_a_day_counts_as_gone() -> None:
    async with followed() as one:
        one.add_stay()
        one.accounts.connect(feed=one.feed)
        for fault in ("404", "400", "404", "401"):
            one.server.misbehave(fault, *["401"] * (fault == "401"))
            await one.visit()
            assert one.accounts.state == "connected", fault
        await one.visit()
        assert await one.told() == truth_of_feed(one.account, today=one.server.today)
        one.server.faults_by_path["/feed/"] = "404"
        for seconds in (0.0, 30.0, 86_399.0):
            one.accounts.trouble_seconds = seconds
            await one.visit()
            assert one.accounts.state == "connected", seconds
        one.accounts.trouble_seconds = 86_400.0
        await one.visit()
        assert one.accounts.state == "revoked"


async def test_an_account_of_many_pages_is_told_whole_and_a_lost_page_takes_nothing_back() -> None:
    async with followed() as one:
        for day in range(1, 29):
            one.add_stay(start=f"2026-10-{day:02d}", end=f"2026-10-{day:02d}")
            one.add_stay(start=f"2026-11-{day:02d}", end=f"2026-11-{day:02d}")
        for day in range(1, 8):
            one.add_stay(start=f"2026-09-{day:02d}", end=f"2026-09-{day:02d}")
        for number in range(30):
            one.account.add_plan("RestaurantObject", None, supplier_name=f"Wirt {number}")
        await one.visit()
        assert len(truth_of(one.account)) == 93
        assert await one.told() == truth_of(one.account)
        for after in range(1, 8):
            one.server.misbehave("empty", after=after)
            await one.visit()
            assert await one.told() == truth_of(one.account), after


async def test_a_sweep_that_always_fails_keeps_hints_and_polls_from_nothing() -> None:
    async with followed() as one:
        trip, stay = one.add_stay()
        await one.visit()
        one.server.faults_by_path["/v1/list/object?traveler=false"] = "400"
        for name, changes in (("Imperial", {"poll": True}), ("Krebs", {})):
            one.account.edit(stay, supplier_name=name)
            one.accounts.hints = {} if changes else {trip: 1}
            await one.visit(sweep=True, **changes)
            assert (one.accounts.trouble, one.accounts.failures) == ("http_400", 1), "it may pass by itself"
            await one.visit(sweep=True, **changes)
            assert (one.accounts.trouble, one.accounts.failures) == ("http_400", 0)
            assert await one.told() == truth_of(one.account)
        assert one.accounts.hints == {}
        one.server.faults_by_path.clear()
        await one.visit()
        assert one.accounts.trouble is None


async def test_a_first_sweep_that_fails_is_trouble_however_often() -> None:
    async with followed() as one:
        one.add_stay()
        one.server.faults_by_path["/v1/list/object"] = "400"
        for failures in (1, 2):
            await one.visit(poll=True)
            assert (one.accounts.failures, Known.decode(one.accounts.known).cursor) == (failures, None)


async def test_a_feed_without_a_word_is_a_failed_fetch_and_takes_nothing_back() -> None:
    async with followed() as one:
        one.add_stay()
        one.accounts.connect(feed=one.feed)
        await one.visit()
        for fault in ("blank", "empty", "304"):
            one.server.misbehave(fault)
            one.accounts.etag = None  # nothing may be as it was
            await one.visit()
            assert one.accounts.failures == 1, fault
            assert await one.told() == truth_of_feed(one.account, today=one.server.today)
            await one.visit()
            assert one.accounts.trouble is None


@pytest.mark.parametrize("by_feed", [False, True])
async def test_an_account_is_held_anew_before_each_attempt_and_not_only_before_each_question(
    by_feed: bool,
) -> None:
    async with followed() as one:
        one.add_stay()
        one.accounts.connect(feed=one.feed if by_feed else None)
        one.server.misbehave("429", "401", "429")
        await one.visit(lease_seconds=0)
        assert one.accounts.renewals == one.server.count


async def test_whoever_lost_an_account_asks_nothing_more() -> None:
    async with followed() as one:
        one.add_stay()
        before = one.accounts.lease(sweep=True)
        one.accounts.lease_number += 1
        await one.visiting(lease_seconds=0).visit(before)
        assert one.server.count == 0


async def test_each_failure_doubles_the_pause_up_to_an_hour_and_a_success_begins_anew() -> None:
    async with followed() as one:
        for _ in range(2):
            one.server.faults_by_path["/v1/list"] = "400"
            for _ in range(9):
                await one.visit(first_pause_seconds=30)
            assert one.accounts.pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
            one.server.faults_by_path.clear()
            one.accounts.pauses.clear()
            await one.visit()
            one.accounts.known = Known().encode()  # else only the sweep would fail from the second time on


@pytest.mark.parametrize(("asked", "pause"), [("31", 31), ("7200", 7200), ("9" * 30, 86_400), ("soon", 10)])
async def test_an_account_pauses_as_long_as_tripit_asks_for_a_day_at_most(asked: str, pause: float) -> None:
    async with followed() as one:
        one.accounts.is_subscribed = True
        one.server.retry_after, one.server.faults_by_path["/v1/"] = asked, "429"
        with stamina.set_testing(True, attempts=1):
            await one.visit(first_pause_seconds=10)
        assert (one.accounts.trouble, one.accounts.pauses, one.server.count) == ("http_429", [pause], 1)


@pytest.mark.parametrize(("fault", "tries"), [("503", 3), ("429", 3), ("400", 1), ("html", 1), ("fault", 1)])
async def test_only_what_may_pass_by_itself_is_tried_again_within_a_visit(fault: str, tries: int) -> None:
    async with followed() as one:
        one.add_stay()
        one.accounts.is_subscribed = True
        with stamina.set_testing(True, attempts=9, cap=True):
            one.server.misbehave(*[fault] * (tries - 1))
            await one.visit()
            assert one.accounts.trouble is None
            assert await one.told() == truth_of(one.account)
            before, one.server.faults_by_path["/v1/"] = one.server.count, fault
            await one.visit()
        assert one.accounts.failures == 1
        assert one.server.count - before == tries


@pytest.mark.parametrize("by_feed", [False, True])
async def test_an_answer_that_drips_is_left_when_its_time_is_over_and_says_nothing(by_feed: bool) -> None:
    """Each byte of it comes in time, so that no limit of a single read is met."""
    with tripit_server() as server, stamina.set_testing(True, attempts=2, cap=True):
        one = Followed(server)
        _, stay = one.add_stay()
        one.accounts.connect(feed=one.feed if by_feed else None)

        async def visit(*, within_seconds: float) -> dict[str, BookingContent]:
            async with open_tripit(settings_for(server, request_seconds=within_seconds)) as one.tripit:
                await one.visit()
            return truth_of_feed(one.account, today=server.today) if by_feed else truth_of(one.account)

        before = await visit(within_seconds=30)
        assert await one.told() == before
        one.account.edit(stay, supplier_name="Imperial")
        server.faults_by_path["/"] = "drip"
        await visit(within_seconds=0.3)
        assert one.accounts.trouble == "unreachable"
        assert await one.told() == before
        server.drip_seconds = 0
        after = await visit(within_seconds=30)
        assert one.accounts.trouble is None
        assert await one.told() == after != before
