"""Finding trips over HTTP: by words, places and sources, in parts, and not too often."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from schemas.segments import Place
from services.platform.backing import Backing
from services.platform.own_reads import own_read
from services.platform.principals import Principal
from services.query.domain.listing import Cursor, Filters
from services.query.postgres import QUERY_ROLE, open_pool
from services.query.reach import asking_of
from services.query.read_model import WrittenPage
from services.query.trip_store import TripStore
from tests.support.query_service import QueryUnderTest, query_under_test
from tests.support.query_trips import an_id, booking, flight, hotel, trip

pytestmark = pytest.mark.usefixtures("projecting")


@pytest.fixture
async def query(backing: Backing, tmp_path: Path) -> QueryUnderTest:
    """A tenant of the test's own, with a traveller who has two trips, and a colleague who has one."""
    under_test = query_under_test(
        kafka=backing.kafka_settings, postgres=backing.postgres_settings, folder=tmp_path
    )
    tenant = under_test.tenant
    await under_test.enrol("maria", "john")
    oslo = hotel("fjord", vendor_name="Fjordheim Brygge", place=Place(city="Oslo", country="NO"))
    await under_test.write(
        trip("rome", tenant=tenant, segments=(flight(), hotel()), bookings=(booking(),), title="Rome"),
        trip("oslo", tenant=tenant, segments=(oslo,), title="North", dates=("2026-07-01", "2026-07-03")),
        trip("johns", tenant=tenant, traveller="john", segments=(hotel(),), title="Johns"),
    )
    await under_test.until_stored("johns")
    return under_test


@pytest.fixture
async def client(query: QueryUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    async with query.client() as client:
        yield client


async def titles(client: httpx.AsyncClient, headers: dict[str, str], **params: Any) -> list[str]:
    answer = await client.get("/v1/trips", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return sorted(one["name"] for one in answer.json()["trips"])


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("fjordheim", ["North"]),
        ("Brygge Fjordh", ["North"]),
        ("AZ 436", ["Rome"]),
        ("xyz123", ["Rome"]),
        ("albergo sole rome", ["Rome"]),
        ("nowhere", []),
        ("tenant:acme", []),
        ("' | !:*", None),
        ("240.35", []),
    ],
)
async def test_words_find_places_vendors_and_locators_of_own_trips(
    query: QueryUnderTest, client: httpx.AsyncClient, words: str, found: list[str] | None
) -> None:
    if found is None:
        answer = await client.get("/v1/trips", params={"q": words}, headers=query.token())
        assert answer.status_code == 400
    else:
        assert await titles(client, query.token(), q=words) == found


async def test_an_administrator_searches_the_company_and_no_other(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    boss = query.token("admin", subject="boss")
    stranger = query.token("admin", subject="boss", tenant="t0")

    assert await titles(client, boss, q="appia") == ["Johns", "Rome"]
    assert await titles(client, stranger, q="appia") == []
    assert await titles(client, boss, q="appia", traveller="john@acme.example") == ["Johns"]


async def test_who_does_not_see_everything_cannot_search(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    for name in ("q", "place", "source"):
        answer = await client.get("/v1/trips", params={name: "tmc"}, headers=query.token("third_party"))
        assert answer.status_code == 403


async def test_lists_are_filtered_by_place_and_source(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    me = query.token()

    assert await titles(client, me, place="oslo") == ["North"]
    assert await titles(client, me, place="FCO") == ["Rome"]
    assert await titles(client, me, source="tmc") == ["Rome"]
    assert await titles(client, me, source="email") == []


async def test_a_role_that_searches_reads_nothing_else(query: QueryUnderTest) -> None:
    async with query.session() as session:
        owner, definer = await session.fetchrow(
            "SELECT proowner::regrole::text, prosecdef FROM pg_proc WHERE proname = 'trips_with_words'"
        )
        readable = await session.fetch(
            "SELECT table_name, column_name FROM information_schema.column_privileges WHERE grantee = $1",
            owner,
        )

    assert (owner, definer) == ("itinerary_search", True)
    assert {row["column_name"] for row in readable} == {"tenant", "id", "traveller", "state", "words"}


async def test_only_the_fields_that_are_wanted_are_sent(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    params = {"fields": "name,segments.start.local", "limit": "1"}

    answer = await client.get("/v1/trips", params=params, headers=query.token())
    one = await client.get(f"/v1/trips/{an_id('rome')}", params={"fields": "name"}, headers=query.token())
    whole = await client.get(f"/v1/trips/{an_id('rome')}", headers=query.token())
    wrong = await client.get("/v1/trips", params={"fields": "a-b"}, headers=query.token())

    (listed,) = answer.json()["trips"]
    assert set(listed) == {"id", "name", "segments"}
    assert listed["segments"][0] == {"id": flight().id, "start": {"local": "2026-05-12T09:00:00"}}
    assert one.json() == {"id": an_id("rome"), "name": "Rome"}
    assert one.headers["etag"] != whole.headers["etag"]
    assert wrong.status_code == 400


async def test_a_slip_in_a_parameters_name_is_told(query: QueryUnderTest, client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/trips", params={"modified_sinse": "x"}, headers=query.token())

    assert answer.status_code == 400
    assert "modified_since" in answer.json()["detail"]


async def test_a_cursor_goes_on_in_its_own_list_only(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    me = query.token()
    first = await client.get("/v1/trips", params={"limit": 1}, headers=me)
    cursor = first.json()["next_cursor"]

    other = await client.get("/v1/trips", params={"limit": 1, "cursor": cursor, "place": "oslo"}, headers=me)
    address = first.headers["link"].partition(">")[0].lstrip("<")
    following = await client.get(address, headers=me)

    assert other.status_code == 400
    assert [one["name"] for one in following.json()["trips"]] == ["North"]


async def test_who_asks_too_often_is_told_when_to_come_back_and_what_did_not_change_is_free(
    query: QueryUnderTest,
) -> None:
    address, me = f"/v1/trips/{an_id('rome')}", query.token()
    async with query.client(requests_per_minute=3) as client:
        first = await client.get(address, headers=me)
        known = {**me, "If-None-Match": first.headers["etag"]}
        unchanged = [await client.get(address, headers=known) for _ in range(5)]
        rest = [await client.get(address, headers=me) for _ in range(3)]
        colleague = await client.get("/v1/trips", headers=query.token(subject="john"))

    assert {answer.status_code for answer in unchanged} == {304}
    assert first.headers["ratelimit-policy"] == '"default";q=3;w=60'
    assert first.headers["ratelimit"].startswith('"default";r=2;t=')
    assert [answer.status_code for answer in rest] == [200, 200, 429]
    assert 1 <= int(rest[2].headers["retry-after"]) <= 60
    assert rest[2].headers["content-type"] == "application/problem+json"
    assert colleague.status_code == 200


async def test_concurs_routes_are_counted_apart_and_as_at_concur(query: QueryUnderTest) -> None:
    me, address = query.token(), "/api/travel/trip/v1.1"
    async with query.client() as client:
        as_it_comes = await client.get(address, headers=me)
    async with query.client(requests_per_minute=1, concur_requests_per_minute=2) as client:
        ours = await client.get("/v1/trips", headers=me)
        concurs = [await client.get(address, headers=me) for _ in range(3)]

    assert as_it_comes.headers["ratelimit-policy"] == '"concur";q=4000;w=60'
    assert [answer.status_code for answer in (ours, *concurs)] == [200, 200, 200, 429]
    assert concurs[2].text.startswith("<?xml")
    assert "<Error" in concurs[2].text
    assert 1 <= int(concurs[2].headers["retry-after"]) <= 60


async def test_what_ingest_reads_to_answer_a_post_is_not_counted(query: QueryUnderTest) -> None:
    me = query.token()
    async with query.client(requests_per_minute=1, own_reads_secret="ours") as client:
        own = [await client.get("/v1/trips", headers=me | own_read("ours")) for _ in range(3)]
        forged = [await client.get("/v1/trips", headers=me | own_read("theirs")) for _ in range(2)]
    async with query.client(requests_per_minute=1) as client:
        unknown = [await client.get("/v1/trips", headers=me | own_read("")) for _ in range(2)]

    assert [answer.status_code for answer in own] == [200, 200, 200]
    assert [answer.status_code for answer in (*forged, *unknown)] == [200, 429, 200, 429]


async def test_answers_are_compressed_for_who_can_read_it(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    packed = await client.get("/v1/trips", headers={**query.token(), "Accept-Encoding": "gzip"})
    plain = await client.get("/v1/trips", headers={**query.token(), "Accept-Encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert {"Authorization", "Accept-Encoding"} <= {
        name.strip() for name in packed.headers["vary"].split(",")
    }


async def test_scripts_of_other_sites_are_let_in_only_where_they_are_named(query: QueryUnderTest) -> None:
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "GET"}
    async with query.client() as closed, query.client(cors_origins=("https://app.example",)) as open_to_app:
        refused, allowed = await asyncio.gather(
            *(client.options("/v1/trips", headers=asked) for client in (closed, open_to_app))
        )
        stranger = await open_to_app.options("/v1/trips", headers={**asked, "Origin": "https://evil.example"})

    assert "access-control-allow-origin" not in refused.headers
    assert allowed.headers["access-control-allow-origin"] == "https://app.example"
    assert "access-control-allow-origin" not in stranger.headers


async def test_scripts_of_other_sites_may_call_with_every_method_and_read_what_answers_tell(
    query: QueryUnderTest,
) -> None:
    site = {"Origin": "https://app.example"}
    async with query.client(cors_origins=("https://app.example",)) as client:
        asked = [
            await client.options("/v1/trips", headers={**site, "Access-Control-Request-Method": method})
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        ]
        answer = await client.get("/v1/trips", headers={**site, **query.token()})

    assert [one.status_code for one in asked] == [200] * 5
    exposed = {name.strip().lower() for name in answer.headers["access-control-expose-headers"].split(",")}
    assert {"etag", "idempotency-replayed", "ratelimit", "ratelimit-policy", "retry-after"} <= exposed
    told = {name for name in answer.headers if name.startswith("ratelimit")}
    assert told
    assert told <= exposed


async def test_an_administrator_lists_the_directory_page_by_page_and_nobody_else_does(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    admin = query.token("admin")

    async def page(**params: Any) -> dict[str, Any]:
        answer = await client.get("/v1/travellers", params=params, headers=admin)
        assert answer.status_code == 200, answer.text
        return answer.json()

    first = await page(limit=1)
    second = await page(limit=1, cursor=first["next_cursor"])
    (john,) = (await page(login="JOHN@acme.example"))["travellers"]

    both = [*first["travellers"], *second["travellers"]]
    assert sorted(one["first_name"] for one in both) == ["John", "Maria"]
    assert second["next_cursor"] is None
    assert (john["id"], john["logins"]) == (an_id("john"), ["john@acme.example"])
    assert (await page(login="nobody@acme.example"))["travellers"] == []
    for wrong in ({"cursor": "x"}, {"logni": "x"}):
        assert (await client.get("/v1/travellers", params=wrong, headers=admin)).status_code == 400
    assert (await client.get("/v1/travellers", headers=query.token())).status_code == 403


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


async def test_lists_and_searches_use_their_indexes(query: QueryUnderTest) -> None:
    listed = (
        "SELECT id FROM read.trips_matching({who}, false, true, NULL, NULL, NULL, NULL, NULL, NULL, NULL,"
        " {words}, NULL, NULL, {state}, '2026-05-10') ORDER BY listed_on, id LIMIT 51"
    )
    plans: dict[str, str] = {}
    async with query.session() as session:
        (search,) = await session.fetchrow("SELECT prosrc FROM pg_proc WHERE proname = 'trips_with_words'")
        search = search.replace("traveller_wanted", "NULL::text").replace("wanted", "'trip 77'")
        transaction = session.transaction()
        await transaction.start()
        await session.execute(_MANY, query.tenant)
        await session.execute("ANALYZE read.trips")
        await session.execute("SELECT set_config('itinerary.tenant', $1, true)", query.tenant)
        for role, name, sql in (
            ("itinerary_query", "own", listed.format(who="'traveller 7'", state="NULL", words="NULL")),
            ("itinerary_query", "upcoming", listed.format(who="NULL", state="'upcoming'", words="NULL")),
            (
                "itinerary_query",
                "expense",
                listed.format(who="NULL", state="'ready_to_expense'", words="NULL"),
            ),
            ("itinerary_query", "found", listed.format(who="NULL", state="NULL", words="'trip 77'")),
            ("itinerary_search", "search", search),
        ):
            await session.execute(f"SET LOCAL ROLE {role}")
            plans[name] = "\n".join(row[0] for row in await session.fetch(f"EXPLAIN {sql}"))
        await transaction.rollback()

    assert "trips_by_traveller" in plans["own"], plans["own"]
    assert "open_trips_by_start" in plans["upcoming"], plans["upcoming"]
    assert "expensable_trips_by_start" in plans["expense"], plans["expense"]
    assert "trips_by_word" in plans["search"], plans["search"]
    assert "id = ANY" in plans["found"], plans["found"]  # and not every trip of the company in turn
    assert not any("Function Scan" in plan for plan in plans.values()), plans


async def test_a_read_in_one_question_leaves_no_tenant_on_its_connection_and_sees_no_other(
    query: QueryUnderTest,
) -> None:
    pool = await open_pool(query.postgres, role=QUERY_ROLE, connections=1)
    store, boss = TripStore(pool), asking_of(principal_at(query.tenant))
    wanted = {"today": date(2026, 5, 10), "after": None, "wanted": 5}

    one = await store.written(boss, trip=an_id("rome"), answered=True)
    listed = await store.list_written(boss, Filters(), **wanted)
    elsewhere = asking_of(principal_at("another-company"))
    other = await store.written(elsewhere, trip=an_id("rome"), answered=True)
    others = await store.list_written(elsewhere, Filters(), **wanted)
    async with pool.acquire() as connection:
        left = await connection.fetchval("SELECT current_setting('itinerary.tenant', true)")
        seen = await connection.fetchval("SELECT count(*) FROM read.trips")
    await pool.close()

    assert one is not None
    assert listed is not None
    assert len(orjson.loads(f"[{listed.trips}]")) == 3
    assert (other, others) == (None, WrittenPage("", None))
    assert (left, seen) == ("", 0)


def principal_at(tenant: str) -> Principal:
    return Principal(
        tenant=tenant, kind="admin", subject="boss@acme.example", client="own", company_wide=True
    )


async def test_past_trips_are_shown_from_the_newest_on_page_by_page(query: QueryUnderTest) -> None:
    past = [
        trip(f"past {n}", tenant=query.tenant, completed=True, title=f"Past {n}", dates=(day, day))
        for n, day in enumerate(("2026-01-05", "2026-02-05", "2026-02-05", "2026-03-05"))
    ]
    await query.write(*past)
    await query.until_stored("past 3")
    pool = await open_pool(query.postgres, role=QUERY_ROLE, connections=1)
    store = TripStore(pool)
    filters, today = Filters(state="completed"), date(2026, 5, 10)

    seen: list[str] = []
    after: Cursor | None = None
    async with store.reading(query.tenant) as reading:
        for _ in range(4):
            found = await reading.trips(filters, today=today, after=after, wanted=1, backwards=True)
            seen += [one.content.start_date or "" for one in found]
            after = Cursor(date.fromisoformat(found[0].content.start_date or ""), found[0].id)
        assert not await reading.trips(filters, today=today, after=after, wanted=1, backwards=True)
    await pool.close()

    assert seen == ["2026-03-05", "2026-02-05", "2026-02-05", "2026-01-05"]


async def test_the_compressed_answer_has_an_etag_of_its_own_and_names_the_same_state(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    address, me = f"/v1/trips/{an_id('rome')}", query.token()
    packed = await client.get(address, headers={**me, "Accept-Encoding": "gzip"})
    plain = await client.get(address, headers={**me, "Accept-Encoding": "identity"})
    etags = [answer.headers["etag"] for answer in (packed, plain)]

    assert packed.headers["content-encoding"] == "gzip"
    assert len(set(etags)) == 2
    assert not any(etag.startswith("W/") for etag in etags)
    for etag in etags:
        unchanged = await client.get(address, headers={**me, "If-None-Match": etag})
        assert (unchanged.status_code, unchanged.headers["etag"]) == (304, etag)
