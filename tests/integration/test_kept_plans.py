"""Lists whose plans a connection keeps: the same as those that are planned anew, and as quickly found."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.trip import TripStatus
from services.platform.backing import Backing
from services.platform.principals import Principal
from services.query.domain.listing import MAX_PAGE, Cursor, Filters
from services.query.postgres import QUERY_ROLE, open_pool
from services.query.reach import asking_of
from services.query.trip_store import TripStore
from tests.support.query_service import QueryUnderTest, query_under_test
from tests.support.query_trips import an_id, hotel, trip

pytestmark = pytest.mark.usefixtures("projecting")

TODAY = date(2026, 5, 13)
MARIA = an_id("maria")
MORE_THAN_POSTGRESQL_TRIES = 7
"""Where nothing else is said it plans five times before it keeps a plan."""
ASKED = (
    Filters(),
    Filters(traveller=MARIA),
    Filters(words="appia"),
    Filters(words="appia", traveller=MARIA),
    Filters(words="appia", state="upcoming"),
    Filters(words="appia", place="rome", starting_until=date(2026, 6, 30)),
    Filters(words="nowhere"),
    Filters(traveller=MARIA, state="upcoming"),
    Filters(traveller=MARIA, state="cancelled", with_cancelled=True),
    Filters(traveller=MARIA, place="rome", ending_from=date(2026, 6, 1)),
    Filters(traveller=an_id("nobody")),
    Filters(with_cancelled=True),
    Filters(with_virtual=False),
    Filters(state="ongoing"),
    Filters(starting_until=date(2026, 6, 30)),
    Filters(source="email"),
)


def admin_of(tenant: str) -> Principal:
    return Principal(
        tenant=tenant, kind="admin", subject="boss@acme.example", client="own", company_wide=True
    )


@pytest.fixture
async def companies(backing: Backing, tmp_path: Path) -> Sequence[QueryUnderTest]:
    """Two tenants with trips of the same dates and words, one with more of them."""
    settings = {"kafka": backing.kafka_settings, "postgres": backing.postgres_settings, "folder": tmp_path}
    one, other = query_under_test(**settings), query_under_test(**settings)
    for of, names in ((one, "abc"), (other, "d")):
        stays = {"tenant": of.tenant, "segments": (hotel(),)}
        await of.write(
            *(trip(f"{name} now", title=name, **stays) for name in names),
            *(trip(f"{name} soon", dates=("2026-06-01", "2026-06-03"), **stays) for name in names),
            *(trip(f"{name} undated", dates=None, **stays) for name in names),
            *(trip(f"{name} off", status=TripStatus.CANCELLED, **stays) for name in names),
        )
        await of.write(
            trip(f"{names[0]} johns", traveller="john", **stays),
            trip(f"{names[0]} last", traveller="john", tenant=of.tenant),
            traveller="john",
        )
        await of.until_stored(f"{names[0]} last")
        await of.until_stored(f"{names[-1]} off")
    return one, other


async def test_a_kept_plan_lists_what_a_new_one_does_of_one_tenant_and_then_of_another(
    companies: Sequence[QueryUnderTest],
) -> None:
    pool = await open_pool(companies[0].postgres, role=QUERY_ROLE, connections=1)
    store = TripStore(pool)

    for _ in range(MORE_THAN_POSTGRESQL_TRIES):
        for company in companies:
            for filters in ASKED:
                seen = await pages(store, company.tenant, filters)
                assert seen == await planned_anew(store, company.tenant, filters), filters
    everything = [len(await pages(store, company.tenant, ASKED[0])) for company in companies]
    await pool.close()

    assert everything == [11, 5]


async def pages(store: TripStore, tenant: str, filters: Filters) -> list[str]:
    """Return the ids of a list that is read in pages of two."""
    seen: list[str] = []
    after: Cursor | None = None
    while True:
        page = await store.list_written(
            asking_of(admin_of(tenant)), filters, today=TODAY, after=after, wanted=2
        )
        assert page is not None
        seen += [one["id"] for one in orjson.loads(f"[{page.trips}]")]
        if page.following is None:
            return seen
        after = page.following


async def planned_anew(store: TripStore, tenant: str, filters: Filters) -> list[str]:
    async with store.reading(tenant, listing=True) as reading:
        return [one.id for one in await reading.trips(filters, today=TODAY, after=None, wanted=100)]


_MANY = """
INSERT INTO read.trips (tenant, id, traveller, epoch, version_offset, state, modified, document,
                        content_hash, start_date, end_date, status, completed, expense_ready, created,
                        segment_types, virtual)
SELECT $1, gen_random_uuid(), 'traveller ' || n % 100, 1, n, 'live', now(),
       json_build_object('content', json_build_object('name', 'Trip ' || n)),
       'hash', date '2026-01-01' + n % 300, date '2026-01-02' + n % 300, 'confirmed', n % 10 <> 0,
       n % 20 = 1, now(), '{}', false
  FROM generate_series(1, 4000) AS n
"""
_LIST = """
SELECT last_id
  FROM read.list_sent($1, NULL, {who}, false, true, NULL, NULL, NULL, NULL, NULL, NULL, NULL, {words}, NULL,
                      NULL, {state}, '2026-05-10', {after_id}, {after_start}, {wanted}, 2)
"""
_IN_ORDER = """
SELECT id FROM read.trips
 WHERE tenant = $1 AND state = 'live' AND status <> 'cancelled'
 ORDER BY listed_on, id
"""
_NOTHING = dict.fromkeys(("who", "words", "state", "after_id", "after_start"), "NULL")
_SCANS = """
SELECT relname, pg_stat_get_xact_numscans(oid) AS scans
  FROM pg_class WHERE oid = 'read.trips'::regclass
       OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'read.trips'::regclass)
"""


@pytest.mark.parametrize(
    ("asked", "indexes"),
    [
        ({"who": "'traveller 7'"}, {"trips_by_traveller"}),
        ({"who": "'traveller 7'", "state": "'upcoming'"}, {"trips_by_traveller"}),
        ({"words": "'trip 77'"}, {"trips_by_word", "trips_pkey"}),
        ({}, {"trips_by_start"}),
        ({"after_id": "'a'", "after_start": "'2026-03-01'"}, {"trips_by_start"}),
        ({"state": "'upcoming'"}, {"open_trips_by_start"}),
        ({"state": "'ready_to_expense'"}, {"expensable_trips_by_start"}),
    ],
)
async def test_each_list_reads_by_the_index_of_what_is_asked(
    companies: Sequence[QueryUnderTest], asked: dict[str, Any], indexes: set[str]
) -> None:
    async with companies[0].session() as session:

        async def scans() -> dict[str, int]:
            return {row["relname"]: row["scans"] for row in await session.fetch(_SCANS)}

        transaction = session.transaction()
        await transaction.start()
        await session.execute(_MANY, companies[0].tenant)
        await session.execute("ANALYZE read.trips")
        before = await scans()
        await session.execute(f"SET LOCAL ROLE {QUERY_ROLE}")
        await session.fetch(_LIST.format(**(_NOTHING | asked), wanted=20), companies[0].tenant)
        await session.execute("RESET ROLE")
        used = {name for name, times in (await scans()).items() if times > before[name]}
        await transaction.rollback()

    assert used == indexes  # where the table stands among them, all of it was gone through


async def test_the_longest_pages_are_whole(companies: Sequence[QueryUnderTest]) -> None:
    tenant, longest = companies[0].tenant, range(MAX_PAGE - 1, MAX_PAGE + 3)
    async with companies[0].session() as session:
        transaction = session.transaction()
        await transaction.start()
        await session.execute(_MANY, tenant)
        await session.execute(f"SET LOCAL ROLE {QUERY_ROLE}")
        ends = [await session.fetchval(_LIST.format(**_NOTHING, wanted=wanted), tenant) for wanted in longest]
        await session.execute("RESET ROLE")
        listed = await session.fetch(_IN_ORDER, tenant)
        await transaction.rollback()

    assert ends == [listed[wanted - 1]["id"] for wanted in longest]
