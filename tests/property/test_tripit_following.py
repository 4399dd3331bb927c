"""Whatever happens in TripIt, on the way and to us, in the end our bookings are what the account holds.

A real HTTP server stands in for TripIt; the real client asks it, and the real reader normalises what the log
holds, in the worst order. Database and broker are fakes of their ports; the integration tests have real ones.
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import date

import hypothesis.strategies as st
import pytest
import stamina
from hypothesis import settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    rule,
    run_state_machine_as_test,
)

from schemas.booking_record import BookingContent
from services.ingest.domain.fetched import mentioned_plans
from services.ingest.domain.tripit.known import Known
from services.ingest.settings import TripItSettings
from services.ingest.tripit import TripIt, open_tripit
from services.ingest.tripit_accounts import Account
from services.ingest.visiting import Visiting
from tests.support.tripit_account import StandInPlan
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

FAULTS = st.sampled_from(
    [
        "503",
        "429",
        "401",
        "404",
        "html",
        "cut",
        "reset",
        "fault",
        "500",
        "blank",
        "empty",
        "denied",
        "grant",
        "cached",
        "",
    ]
)
encoded = BookingContent.encode
MOMENTS = st.integers(0, 8)
PHONES = st.tuples(st.integers(0, 1), st.integers(0, 1))
DAYS = st.integers(1, 28)


@pytest.fixture(scope="module", autouse=True)
def impatient() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


@pytest.fixture(scope="module")
def server() -> Iterator[StandInTripIt]:
    with tripit_server() as running:
        yield running


class Following(RuleBasedStateMachine):
    """An account that is edited while it is followed."""

    server: StandInTripIt
    runner: asyncio.Runner
    tripit: TripIt
    settings: TripItSettings
    trips = Bundle("trips")
    plans = Bundle("plans")
    deleted = Bundle("deleted")

    def __init__(self) -> None:
        super().__init__()
        self.server.faults.clear()
        self.server.notifications.clear()
        self.account = self.server.account()
        self.life = Life()
        self.accounts = FakeAccounts(self.account, life=self.life)
        self.log = FakeLog(self.life)
        self.notified = 0
        self.backup = Known(), 0

    @initialize(says_modified=st.booleans())
    def begin(self, says_modified: bool) -> None:
        self.server.says_modified = says_modified

    @rule(target=trips, day=DAYS, is_own=st.sampled_from([True, True, True, False]))
    def add_trip(self, day: int, is_own: bool) -> str:
        return self.account.add_trip(start=f"2026-10-{day:02d}", end=f"2026-10-{day:02d}", is_own=is_own)

    @rule(target=trips)
    def add_trip_of_last_month(self) -> str:
        return self.account.add_trip(start="2026-08-10", end="2026-08-20")

    @rule(
        target=plans,
        trip=st.one_of(trips, st.none()),
        day=DAYS,
        rooms=st.integers(1, 3),
        is_own=st.sampled_from([True, True, True, False]),
    )
    def add_stay(self, trip: str | None, day: int, rooms: int, is_own: bool) -> str:
        return self.account.add_plan(
            "LodgingObject",
            self._existing(trip),
            is_own=is_own,
            supplier_name="Sacher",
            number_rooms=str(rooms),
            StartDateTime=date_time(f"2026-10-{day:02d}", "15:00:00"),
        )

    @rule(target=plans)
    def add_unfiled_stay_of_last_month(self) -> str:
        times = {"StartDateTime": date_time("2026-08-12"), "EndDateTime": date_time("2026-08-14")}
        return self.account.add_plan("LodgingObject", None, supplier_name="Krebs", **times)

    @rule(target=plans, trip=trips, day=DAYS)
    def add_flight(self, trip: str, day: int) -> str:
        legs = [
            {
                "id": str(self.server.next_id()),
                "start_airport_code": start,
                "end_airport_code": end,
                "StartDateTime": date_time(f"2026-10-{day:02d}", "10:00:00"),
            }
            for start, end in (("VIE", "FRA"), ("FRA", "JFK"))
        ]
        return self.account.add_plan("AirObject", self._existing(trip), Segment=legs)

    @rule(target=plans, trip=trips)
    def add_note(self, trip: str) -> str:
        return self.account.add_plan("NoteObject", self._existing(trip), text="bring a coat")

    @rule(plan=plans, phone=st.integers(0, 1))
    def edit(self, plan: str, phone: int) -> None:
        if plan in self.account.plans:
            self.account.edit(plan, supplier_phone=str(phone))

    @rule(plan=plans, phone=st.integers(0, 1), seconds=st.sampled_from([-600, 600]))
    def edit_at_a_node_whose_clock_differs(self, plan: str, phone: int, seconds: int) -> None:
        if plan in self.account.plans:
            self.account.edit(plan, supplier_phone=str(phone))
            self.account.plans[plan].modified += seconds

    @rule(plan=plans, leg=st.integers(0, 1), is_hidden=st.booleans())
    def hide_a_leg(self, plan: str, leg: int, is_hidden: bool) -> None:
        found = self.account.plans.get(plan)
        if found is not None and "Segment" in found.fields:
            legs = [dict(one) for one in found.fields["Segment"]]
            legs[leg]["is_hidden"] = "true" if is_hidden else "false"
            self.account.edit(plan, Segment=legs)

    @rule(plan=plans, names=st.sampled_from([("id",), ("uuid",), ("id", "uuid")]))
    def show_other_names(self, plan: str, names: tuple[str, ...]) -> None:
        if plan in self.account.plans:
            self.account.plans[plan].names = names

    @rule(plan=plans, trip=st.one_of(trips, st.none()))
    def move(self, plan: str, trip: str | None) -> None:
        if plan in self.account.plans:
            self.account.move(plan, self._existing(trip))

    @rule(plan=plans, is_own=st.booleans())
    def share(self, plan: str, is_own: bool) -> None:
        if plan in self.account.plans:
            self.account.plans[plan].is_own = is_own

    @rule(target=deleted, plan=plans)
    def delete(self, plan: str) -> StandInPlan | None:
        return self.account.delete(plan) if plan in self.account.plans else None

    @rule(plan=consumes(deleted))
    def undo_the_deletion(self, plan: StandInPlan | None) -> None:
        if plan is not None and (plan.trip is None or plan.trip in self.account.trips):
            self.account.restore(plan)

    @rule(trip=trips)
    def delete_trip(self, trip: str) -> None:
        if trip in self.account.trips:
            self.account.delete_trip(trip)

    @rule(trip=trips, into=trips)
    def merge(self, trip: str, into: str) -> None:
        if trip != into and {trip, into} <= self.account.trips.keys():
            self.account.merge(trip, into=into)

    @rule(are_lost=st.booleans(), seconds=st.sampled_from([0, 600]))
    def notify(self, are_lost: bool, seconds: int) -> None:
        """TripIt tells of what it is not silent about, and the notifications come or are lost."""
        self.server.clock += seconds
        for form in () if are_lost else self.server.notifications:
            self.hint(form["id"])
        self.server.notifications.clear()

    @rule(trip=trips)
    def hint(self, trip: str) -> None:
        """Somebody names a trip, with reason or without."""
        self.notified += 1
        self.accounts.hints[trip] = self.notified

    @rule(after=st.integers(0, 6), faults=st.lists(FAULTS, min_size=1, max_size=3), sweep=st.booleans())
    def visit_that_meets_faults(self, after: int, faults: list[str], sweep: bool) -> None:
        self.server.misbehave(*faults, after=after)
        self._visit(sweep=sweep, poll=True)

    @rule(at=MOMENTS, plan=plans, phones=PHONES, sweep=st.booleans())
    def visit_that_dies(self, at: int, plan: str, phones: tuple[int, int], sweep: bool) -> None:
        """And before another one comes the plan has changed again, or back."""
        self.edit(plan, phones[0])
        self.life.dies_in = at
        self._visit(sweep=sweep, poll=True)
        self.edit(plan, phones[1])

    @rule(at=MOMENTS, plan=plans, phones=PHONES, leaves=st.booleans())
    def visit_that_stands_still(self, at: int, plan: str, phones: tuple[int, int], leaves: bool) -> None:
        """The lease runs out meanwhile, the plan changes, and another process takes over."""
        self.edit(plan, phones[0])

        async def meanwhile() -> None:
            self.edit(plan, phones[1])
            if leaves:
                self.accounts.disconnect()
            await self._visiting(self.accounts.lease(sweep=True))
            if leaves and self.accounts.state != "revoked":
                self.accounts.connect(feed=self.accounts.feed)

        self.life.stands_still_in, self.life.meanwhile = at, meanwhile
        self._visit(sweep=True, poll=False)

    @rule()
    def back_up(self) -> None:
        self.backup = Known.decode(self.accounts.known), len(self.log.kept)

    @rule()
    def restore_the_backup(self) -> None:
        """What is kept is that of then again, and what the log says since is replayed."""
        known, told = self.backup
        for raw in self.log.kept[told:]:
            plans = mentioned_plans(raw.headers.route, raw.body, raw.headers.parameters)
            assert plans is not None
            known = known.doubting(plans)
        self.accounts.known = known.encode()
        self.accounts.etag = None

    @rule()
    def revoke(self) -> None:
        self.account.is_revoked = True

    @rule(by_feed=st.booleans())
    def connect(self, by_feed: bool) -> None:
        self.account.is_revoked = False
        address = f"{self.server.url}/feed/ical/private/{self.account.feed_key}/tripit.ics"
        self.accounts.connect(feed=address if by_feed else None)

    @rule(by_feed=st.booleans())
    def disconnect(self, by_feed: bool) -> None:
        self.accounts.disconnect()
        while self.accounts.state == "leaving":
            self._visit(sweep=False, poll=False)
        assert self.runner.run(told_by(self.log)) == {}, "what an account told is taken back with it"
        self.connect(by_feed)

    @rule(sweep=st.booleans(), poll=st.booleans())
    def visit(self, sweep: bool, poll: bool) -> None:
        self._visit(sweep=sweep, poll=poll)

    @rule()
    def visit_by_a_process_that_lost_the_lease(self) -> None:
        """It took the account before another did, and notices at the latest when it tells."""
        account = self.accounts.lease(sweep=True)
        self.accounts.lease_number += 1000
        self.runner.run(self._visiting(account))

    def teardown(self) -> None:
        self.server.faults.clear()
        self.life.dies_in = self.life.meanwhile = None
        self.connect(by_feed=self.accounts.feed is not None)
        self._visit(sweep=True, poll=False)
        assert (self.accounts.state, self.accounts.trouble) == ("connected", None)
        assert Known.decode(self.accounts.known).is_sure
        told = self.runner.run(told_by(self.log))
        truth = self._truth()
        # Not by key: a plan that shows other names may keep the one that it was told under.
        assert sorted(map(encoded, told.values())) == sorted(map(encoded, truth.values()))
        before = len(self.log.kept)
        self._visit(sweep=True, poll=True)
        assert len(self.log.kept) == before, "a sweep over what is known tells nothing"

    def _existing(self, trip: str | None) -> str | None:
        return trip if trip in self.account.trips else None

    def _truth(self) -> dict[str, BookingContent]:
        if self.accounts.feed is not None:
            return truth_of_feed(self.account, today=self.server.today)
        return truth_of(self.account)

    def _visit(self, *, sweep: bool, poll: bool) -> None:
        if self.accounts.state in {"connected", "leaving"}:
            self.runner.run(self._visiting(self.accounts.lease(sweep=sweep, poll=poll)))

    async def _visiting(self, account: Account) -> None:
        visiting = Visiting(
            accounts=self.accounts,
            tripit=self.tripit,
            log=self.log,
            settings=self.settings,
            today=lambda: date.fromisoformat(self.server.today),
            stopping=asyncio.Event(),
        )
        with suppress(asyncio.CancelledError):  # the process died here; the lease runs out
            await visiting.visit(account)


def test_whatever_happens_our_bookings_become_what_the_account_holds(server: StandInTripIt) -> None:
    Following.server = server
    Following.settings = settings_for(server)
    with asyncio.Runner() as Following.runner:
        opened = open_tripit(Following.settings)
        Following.tripit = Following.runner.run(opened.__aenter__())
        try:
            cases = settings(max_examples=settings().max_examples // 3, stateful_step_count=25)
            run_state_machine_as_test(Following, settings=cases)
        finally:
            Following.runner.run(opened.__aexit__(None, None, None))
