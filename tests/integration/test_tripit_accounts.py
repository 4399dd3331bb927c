"""What is kept of accounts at TripIt in a real PostgreSQL, while several processes write it at once."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from pydantic import SecretStr

from schemas.identifiers import traveller_id
from services.ingest.domain.tripit.known import Known
from services.ingest.postgres import open_directory, open_pool
from services.ingest.settings import TripItSettings
from services.ingest.tripit import open_tripit
from services.ingest.tripit_accounts import Account, Visited
from services.ingest.tripit_connections import TripItConnections
from services.ingest.tripit_doubt import doubt_plans
from services.ingest.tripit_hints import MOST_HINTS
from services.ingest.tripit_pace import SharedPace
from services.ingest.tripit_postgres import (
    ROLE,
    TRIPIT_QUERIES,
    LeasedAccounts,
    check_schema,
    token_hash,
    transaction,
)
from services.ingest.tripit_requests import Credentials
from services.platform.backing import Backing
from services.platform.sealing import Seal, new_key
from tests.support.ingest_edge import rows
from tests.support.migrating import migrating
from tests.support.waiting import wait_until_async

TENANT = "kept-accounts"
KEY = new_key()
TOKEN = Credentials("token", "token-secret")


class Kept(NamedTuple):
    """Accounts, and the database that keeps them."""

    backing: Backing
    pool: Any
    accounts: LeasedAccounts
    seal: Seal
    connections: TripItConnections
    """What the routes use."""

    async def connect(self, login: str, *, token: Credentials = TOKEN) -> str:
        """Keep an account, due at once, and return its traveller."""
        traveller = traveller_id(tenant=TENANT, login=login)
        await self.run("INSERT INTO own.tenants VALUES ($1) ON CONFLICT DO NOTHING", TENANT)
        await self.run(
            "INSERT INTO own.travellers (tenant, traveller) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            TENANT,
            traveller,
        )
        await self.run(
            "INSERT INTO own.tripit_accounts (tenant, traveller, kind, state, sealed, token_hash)"
            " VALUES ($1, $2, 'api', 'connected', $3, $4)",
            TENANT,
            traveller,
            self.seal.seal(token._asdict(), belongs_to=(TENANT, traveller)),
            token_hash(token.key),
        )
        return traveller

    async def lease(self) -> dict[str, Account]:
        """Lease whatever is due, by traveller."""
        return {account.traveller: account for account in await self.accounts.lease(limit=32, held={})}

    async def overdue(self, traveller: str, *, minutes: int) -> None:
        due = "UPDATE own.tripit_accounts SET due_at = now() - $2 * interval '1 min' WHERE traveller = $1"
        await self.run(due, traveller, minutes)

    async def run(self, statement: str, *values: Any) -> list[Any]:
        return await rows(self.backing, statement, *values)

    async def now(self) -> Any:
        return (await self.run("SELECT now()"))[0]["now"]

    async def account(self, traveller: str) -> Any:
        (row,) = await self.run("SELECT * FROM own.tripit_accounts WHERE traveller = $1", traveller)
        return row


@pytest.fixture
async def kept(backing: Backing) -> AsyncGenerator[Kept]:
    settings, seal = TripItSettings(), Seal(SecretStr(KEY))
    async with (
        open_pool(backing.postgres_settings, role=ROLE, check=check_schema) as pool,
        open_directory(backing.postgres_settings) as directory,
        open_tripit(settings) as tripit,
    ):
        accounts = LeasedAccounts(pool, seal=seal, settings=settings)
        connections = TripItConnections(directory.pool, tripit=tripit, seal=seal, settings=settings)
        yield Kept(backing, pool, accounts, seal, connections)
        await rows(backing, "DELETE FROM own.tripit_accounts")


async def test_a_visit_under_way_does_not_undo_that_somebody_with_the_same_token_unsubscribed(
    kept: Kept,
) -> None:
    stays, leaves = await kept.connect("stays"), await kept.connect("leaves")
    leased = await kept.lease()
    await kept.accounts.note_subscribed(leased[stays])
    assert (await kept.account(stays))["is_subscribed"]
    await kept.accounts.end(leased[stays], Visited(Known(), polled=True), noted=Known())
    await kept.run("UPDATE own.tripit_accounts SET due_at = now() WHERE traveller = $1", stays)
    under_way = (await kept.lease())[stays]
    await kept.accounts.note_unsubscribed(leased[leaves])
    await kept.accounts.end(under_way, Visited(Known(), polled=True), noted=Known())
    assert not (await kept.account(stays))["is_subscribed"]


async def test_a_hint_that_comes_while_a_visit_ends_waits_for_it(kept: Kept) -> None:
    """Both lock the account and its hints; whoever locked them in another order would be in a deadlock."""
    traveller = await kept.connect("hinted")
    await kept.connections.take_hints([TOKEN.key], trip="77")
    visited = (await kept.lease())[traveller]
    who = {"tenant": TENANT, "traveller": traveller}

    async def is_waiting() -> bool:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        return (await kept.run(waiting))[0]["count"] == 1

    async with transaction(kept.pool) as ending:
        assert await TRIPIT_QUERIES.hold_account(ending, **who, lease=visited.lease)
        hinting = asyncio.create_task(kept.connections.take_hints([TOKEN.key], trip="77"))
        await wait_until_async(is_waiting, what="the hint to wait for the account")
        await TRIPIT_QUERIES.put_off_hints(ending, **who, serials=[hint.serial for hint in visited.hints])
    assert await hinting == 1
    (hint,) = await kept.run("SELECT due_at <= now() AS is_due FROM own.tripit_hints")
    assert hint["is_due"], "it came after the visit had looked"


async def test_one_notification_hints_at_every_account_that_it_names_and_at_no_other(kept: Kept) -> None:
    tokens = [Credentials(f"token-{number}", "secret") for number in range(3)]
    for number, token in enumerate([*tokens, tokens[0]]):  # two share an account at TripIt
        await kept.connect(f"traveller-{number}", token=token)
    named = [tokens[0].key, "nobody's", tokens[2].key, tokens[0].key]
    assert await kept.connections.take_hints(named, trip="77") == 3
    hinted = await kept.run(
        "SELECT token_hash FROM own.tripit_hints JOIN own.tripit_accounts USING (traveller)"
    )
    assert sorted(row["token_hash"] for row in hinted) == sorted(
        token_hash(tokens[number].key) for number in (0, 0, 2)
    )
    assert await kept.connections.take_hints([], trip="77") == 0


async def test_hints_of_an_account_by_the_api_do_not_hurry_the_feed_that_it_is_followed_by_now(
    kept: Kept,
) -> None:
    traveller = await kept.connect("by-feed-now")
    await kept.connections.take_hints([TOKEN.key], trip="77")
    address = "https://www.tripit.com/feed/ical/private/A-B/tripit.ics"
    await kept.connections.connect_feed(address, tenant=TENANT, traveller=traveller)
    assert await kept.run("SELECT trip FROM own.tripit_hints") == []
    await kept.run(  # one that came while the feed was being connected
        "INSERT INTO own.tripit_hints (tenant, traveller, trip) VALUES ($1, $2, '77')", TENANT, traveller
    )
    leased = (await kept.lease())[traveller]
    await kept.accounts.end(leased, Visited(Known(), polled=True), noted=Known())
    row = await kept.account(traveller)
    assert row["due_at"] == row["poll_at"] > await kept.now()


async def test_whoever_waits_longest_comes_first_and_nobody_again_before_all_had_their_turn(
    kept: Kept,
) -> None:
    travellers = [await kept.connect(f"waiting-{number}") for number in range(6)]
    for number, traveller in enumerate(travellers):
        await kept.overdue(traveller, minutes=number)
    turns: list[set[str]] = []
    for _ in range(6):
        leased = await kept.accounts.lease(limit=2, held={})
        turns.append({account.traveller for account in leased})
        for account in leased:  # each is due again at once
            await kept.accounts.end_in_trouble(account, code="http_503", pause_seconds=0)
    pairs = [set(travellers[first : first + 2]) for first in (4, 2, 0)]
    assert turns == pairs * 2


async def test_a_notification_counts_as_ten_minutes_of_waiting(kept: Kept) -> None:
    longer, hinted, shorter = [
        await kept.connect(login, token=Credentials(login, "secret"))
        for login in ("longer", "hinted", "shorter")
    ]
    for traveller, minutes in ((longer, 11), (hinted, -30), (shorter, 9)):
        await kept.overdue(traveller, minutes=minutes)
    await kept.connections.take_hints(["hinted"], trip="77")
    turns = [await kept.accounts.lease(limit=1, held={}) for _ in range(4)]
    assert [account.traveller for turn in turns for account in turn] == [longer, hinted, shorter]


async def test_a_hint_is_looked_at_a_second_time_however_long_the_first_look_takes(kept: Kept) -> None:
    traveller = await kept.connect("slow")
    await kept.connections.take_hints([TOKEN.key], trip="77")
    for looks, left in ((1, ["77"]), (2, [])):
        leased = (await kept.lease())[traveller]
        assert [hint.trip for hint in leased.hints] == ["77"], looks
        await kept.run("UPDATE own.tripit_hints SET again_at = now() WHERE again_at IS NOT NULL")
        await kept.accounts.end(leased, Visited(Known(), polled=True, hints=leased.hints), noted=Known())
        assert [hint["trip"] for hint in await kept.run("SELECT trip FROM own.tripit_hints")] == left


async def test_hints_beyond_a_number_are_not_kept_and_a_sweep_comes_soon_instead(kept: Kept) -> None:
    traveller = await kept.connect("flooded")
    await kept.run("UPDATE own.tripit_accounts SET sweep_at = now() + interval '1 day'")
    for trip in range(MOST_HINTS):
        await kept.connections.take_hints([TOKEN.key], trip=str(trip))
    assert (await kept.account(traveller))["sweep_at"] - (await kept.now()) > timedelta(hours=23)
    for trip in range(MOST_HINTS + 10):
        await kept.connections.take_hints([TOKEN.key], trip=str(trip))
    hints = await kept.run("SELECT trip FROM own.tripit_hints")
    assert {hint["trip"] for hint in hints} == {str(trip) for trip in range(MOST_HINTS)}
    soon = (await kept.account(traveller))["sweep_at"] - (await kept.now())
    assert timedelta(0) < soon < timedelta(minutes=12), "so that a flood costs a sweep now and then"


async def test_a_sweep_that_failed_is_tried_again_on_its_own_pause_and_shows_as_trouble(kept: Kept) -> None:
    traveller = await kept.connect("unswept")
    leased = (await kept.lease())[traveller]
    await kept.accounts.end(leased, Visited(Known(), polled=True, trouble="http_400"), noted=Known())
    row, now = await kept.account(traveller), await kept.now()
    assert (row["trouble"], row["failures"]) == ("http_400", 0)
    assert now < row["due_at"] == row["poll_at"] < row["sweep_at"] <= now + timedelta(hours=1)


async def test_how_long_an_account_has_had_its_trouble_begins_anew_with_another(kept: Kept) -> None:
    traveller = await kept.connect("troubled")

    async def fails(code: str) -> float:
        await kept.accounts.end_in_trouble((await kept.lease())[traveller], code=code, pause_seconds=0)
        await kept.run("UPDATE own.tripit_accounts SET trouble_since = trouble_since - interval '1 hour'")
        leased = (await kept.lease())[traveller]
        await kept.accounts.release(leased)
        return leased.trouble_seconds // 3600

    codes = ("no_such_feed", "no_such_feed", "unreachable", "no_such_feed")
    assert [await fails(code) for code in codes] == [1, 2, 1, 1]
    await kept.accounts.end((await kept.lease())[traveller], Visited(Known(), polled=True), noted=Known())
    assert (await kept.account(traveller))["trouble_since"] is None


async def test_an_account_that_cannot_be_read_stops_no_other_one(kept: Kept) -> None:
    unreadable, unopened, fine = [await kept.connect(login) for login in ("unreadable", "unopened", "fine")]
    await kept.run("UPDATE own.tripit_accounts SET known = '{\"plans\": 7}' WHERE traveller = $1", unreadable)
    await kept.run("UPDATE own.tripit_accounts SET sealed = 'x' WHERE traveller = $1", unopened)
    for traveller, doubted in ((unreadable, None), (fine, [])):
        plans = await doubt_plans(kept.pool, {"7": None}, tenant=TENANT, traveller=traveller, write=True)
        assert plans == doubted
    assert list(await kept.lease()) == [fine]
    for traveller, trouble in ((unreadable, "unreadable_state"), (unopened, "seal_broken")):
        row = await kept.account(traveller)
        assert (row["trouble"], row["leased_until"], row["due_at"] > await kept.now()) == (
            trouble,
            None,
            True,
        )
        status = await kept.connections.status(tenant=TENANT, traveller=traveller)
        assert status is not None
        assert status["trouble"] == trouble


async def test_what_is_known_is_written_only_where_a_visit_changed_it(kept: Kept) -> None:
    traveller = await kept.connect("quiet")
    await kept.run(
        'UPDATE own.tripit_accounts SET known = \'{ "trips": {"1": null} }\''
    )  # JSON keeps the blanks
    leased = (await kept.lease())[traveller]
    polled = leased.known.model_copy(update={"cursor": 1_790_000_000})
    await kept.accounts.end(leased, Visited(polled, polled=True), noted=leased.known)
    row = await kept.account(traveller)
    assert (row["known"], row["cursor"]) == ('{ "trips": {"1": null} }', 1_790_000_000)
    await kept.run("UPDATE own.tripit_accounts SET due_at = now()")
    again = (await kept.lease())[traveller]
    assert again.known == polled
    await kept.accounts.note(again, Known())
    await kept.accounts.end(again, Visited(polled, polled=True), noted=Known())
    assert (await kept.account(traveller))["known"] != "{}", "noted meanwhile, so written back"


async def begins_in(kept: Kept, way: str) -> float:
    """Return in how many seconds whoever takes the next turn may ask."""
    async with transaction(kept.pool) as connection:
        waits = await TRIPIT_QUERIES.take_turns(connection, way=token_hash(way), seconds=1.0)
    return float(waits)


async def test_a_key_that_was_asked_to_pause_pauses_in_every_process(kept: Kept) -> None:
    pausing, other = SharedPace(kept.pool, per_second=5), SharedPace(kept.pool, per_second=5)
    await pausing.turn("key")
    await other.hold_back("key", seconds=300)
    await pausing.hold_back("key", seconds=60)
    assert 200 < await begins_in(kept, "key") <= 300, "the longer of two pauses"
    assert await begins_in(kept, "another key") == 0


async def test_a_pace_of_the_far_future_stops_no_key(kept: Kept) -> None:
    await begins_in(kept, "skewed")
    skewed = "UPDATE own.tripit_paces SET free_at = free_at + interval '1 hour' WHERE way = $1"
    await kept.run(skewed, token_hash("skewed"))
    assert await begins_in(kept, "skewed") == 0


_ACCOUNTS = """
INSERT INTO own.tenants VALUES ('t');
INSERT INTO own.travellers (tenant, traveller)
SELECT 't', CAST(lpad(n::text, 32, '0') AS uuid) FROM generate_series(1, 3) n;
INSERT INTO own.tripit_accounts
       (tenant, traveller, kind, state, sealed, token_hash, connected_at, known, cursor)
SELECT 't', CAST(lpad(n::text, 32, '0') AS uuid), kind, 'connected', 'x', token, now() + after,
       CAST(known AS json), at
  FROM (VALUES (1, 'api', 'h', interval '0 s', '{"trips": {"7": "2026-10-03"}}', 1790000000),
               (2, 'api', 'h', interval '1 s', '{}', NULL),
               (3, 'feed', NULL, interval '2 s', '{"past": ["8"]}', NULL)
       ) AS account (n, kind, token, after, known, at);
INSERT INTO own.tripit_hints (tenant, traveller, trip)
SELECT tenant, traveller, '7' FROM own.tripit_accounts WHERE kind = 'api';
INSERT INTO own.tripit_authorisations (request_hash, tenant, traveller, sealed, expires_at, claimed_until)
SELECT 'r', tenant, traveller, 'x', now(), now() FROM own.tripit_accounts WHERE kind = 'feed';
INSERT INTO own.tripit_paces VALUES ('way', now());
"""


def test_what_is_kept_outlasts_a_rollback_as_far_as_the_older_schema_has_room(backing: Backing) -> None:
    with migrating(backing.database_url) as database:
        database.session.execute(_ACCOUNTS)
        kept = (
            "SELECT traveller, kind, state, sealed, known::jsonb, cursor FROM own.tripit_accounts ORDER BY 1"
        )
        others = """
            SELECT traveller, trip, request_hash
              FROM own.tripit_hints FULL JOIN own.tripit_authorisations USING (traveller) ORDER BY 1
        """
        before = database.rows(kept), database.rows(others)
        for name in database.applied():
            if "0030.tripit" < name < "0040":
                database.roll_back(name)
        older = "SELECT known ->> 'cursor', token_hash FROM own.tripit_accounts ORDER BY connected_at"
        shared_by_none = [("1790000000", "h"), (None, None), (None, None)]
        assert database.rows(older) == shared_by_none
        assert "0031.tripit-keys" in list(database.apply())
        assert (database.rows(kept), database.rows(others)) == before
