"""Who looked up where travellers are: written down, told to those who were shown, and forgotten with them."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count

import httpx
import pytest

from services.ingest.erased_deeds import NOBODY, Deeds, forget_names
from tests.support.page_sessions import SIGN_IN, session, signed_in
from tests.support.query_service import NOW, QueryUnderTest
from tests.support.query_trips import an_id, hotel, trip
from tests.support.waiting import wait_until_async

pytestmark = pytest.mark.usefixtures("projecting")


@pytest.fixture
async def client(query: QueryUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    async with query.client(sign_in=SIGN_IN) as client:
        yield client


def manager(query: QueryUnderTest) -> dict[str, str]:
    return session(query.token("admin", subject="boss"))


async def in_rome(query: QueryUnderTest, *travellers: str) -> None:
    """Let these be in Rome on 12 May."""
    for name in travellers:
        shown = trip(name, tenant=query.tenant, traveller=name, segments=(hotel(name),))
        await query.write(shown, traveller=name)
    for name in travellers:
        await query.until_stored(name)


async def told(query: QueryUnderTest, client: httpx.AsyncClient, *, subject: str) -> list[list[str]]:
    """What somebody reads of who looked up where they are, a row each, without the hour."""
    page = await client.get("/who-looked", headers=signed_in(query, subject=subject))
    assert page.status_code == 200, page.text
    rows = re.findall(
        r"<tr>\s*<th scope=\"row\">(.*?)</th>\s*<td>.*?</td>\s*<td>(.*?)</td>", page.text, re.DOTALL
    )
    return [[re.sub(r"<[^>]*>", "", cell).strip() for cell in row] for row in rows]


async def test_who_was_shown_is_told_by_whom_and_what_they_asked_for_and_nobody_else_is(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    await in_rome(query, "maria", "john")
    boss = manager(query)

    for asked in ({"on": "2026-05-12"}, {"on": "2026-05-12", "where": "Oslo"}, {"on": "2026-07-01"}):
        assert (await client.get("/people", params=asked, headers=boss)).status_code == 200
    taken = await client.get("/people.csv", params={"on": "2026-05-13", "where": " rome "}, headers=boss)
    assert taken.text.count("Rome") == 2
    once = ["boss@acme.example", "who is where on Tue, 12 May 2026"]
    as_table = ["boss@acme.example", "who is where on Wed, 13 May 2026, in rome taken away as a table"]
    for subject in ("maria", "john"):
        assert sorted(await told(query, client, subject=subject)) == sorted([once, as_table])
    await query.enrol("ada")
    assert await told(query, client, subject="ada") == []
    assert (await client.get("/who-looked", headers=boss)).status_code == 200
    assert len(await query.rows("SELECT FROM own.people_openings WHERE tenant = $1", query.tenant)) == 4


async def test_the_latest_who_looked_is_told_first(query: QueryUnderTest) -> None:
    await in_rome(query, "maria")
    minutes = count()

    async with query.client(sign_in=SIGN_IN, now=lambda: NOW + timedelta(minutes=next(minutes))) as client:
        for asked in ({"on": "2026-05-13"}, {"on": "2026-05-12"}, {"on": "2026-05-12", "where": "Rome"}):
            shown = await client.get("/people", params=asked, headers=manager(query))
            assert "Albergo Sole" in shown.text
        asked_for = [what for _, what in await told(query, client, subject="maria")]

    assert asked_for == [
        "who is where on Tue, 12 May 2026, in Rome",
        "who is where on Tue, 12 May 2026",
        "who is where on Wed, 13 May 2026",
    ]


async def test_of_somebody_by_the_same_id_in_another_company_nobody_is_told(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    other = QueryUnderTest(kafka=query.kafka, postgres=query.postgres, issuer=query.issuer)
    await other.enrol("maria")
    await in_rome(query, "maria")
    await in_rome(other, "maria")

    for company, day in ((query, "2026-05-12"), (other, "2026-05-13")):
        shown = await client.get("/people", params={"on": day}, headers=manager(company))
        assert shown.text.count("Albergo Sole") == 1

    boss = "boss@acme.example"
    assert await told(query, client, subject="maria") == [[boss, "who is where on Tue, 12 May 2026"]]
    assert await told(other, client, subject="maria") == [[boss, "who is where on Wed, 13 May 2026"]]


async def test_nobody_is_shown_where_it_cannot_be_written_down(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    await in_rome(query, "maria")
    async with query.session() as owner:
        await owner.execute(
            "ALTER TABLE own.people_openings ADD CONSTRAINT full_disk CHECK (tenant <> '"
            + query.tenant
            + "') NOT VALID"
        )
        try:
            answers = [
                await client.get(path, params={"on": "2026-05-12"}, headers=manager(query))
                for path in ("/people", "/people.csv")
            ]
        finally:
            await owner.execute("ALTER TABLE own.people_openings DROP CONSTRAINT full_disk")

    assert [(answer.status_code, "Rome" in answer.text) for answer in answers] == [(503, False)] * 2


async def test_who_is_erased_is_forgotten_as_shown_and_loses_the_name_as_who_looked(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    await in_rome(query, "maria", "john")
    await client.get("/people", params={"on": "2026-05-12"}, headers=manager(query))
    deeds = Deeds(query.tenant, an_id("boss"), frozenset({"boss@acme.example"}), frozenset(), frozenset())

    async with query.session() as owner, owner.transaction():
        await owner.execute("DELETE FROM own.travellers WHERE traveller = $1", an_id("maria"))
        await forget_names(owner, deeds)

    shown = await query.rows("SELECT traveller::text FROM own.people_shown WHERE tenant = $1", query.tenant)
    assert [row["traveller"] for row in shown] == [an_id("john")]
    ((who, _),) = await told(query, client, subject="john")
    assert who == "somebody who was erased"
    by = await query.rows("SELECT opened_by FROM own.people_openings WHERE tenant = $1", query.tenant)
    assert [row["opened_by"] for row in by] == [NOBODY]


async def test_what_was_kept_long_enough_is_dropped_with_whom_it_showed(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    await in_rome(query, "maria")
    for _ in range(2):
        await client.get("/people", params={"on": "2026-05-12"}, headers=manager(query))
    async with query.session() as owner:
        await owner.execute(
            """UPDATE own.people_openings o SET opened_at = now() - older.days * interval '31 days'
                 FROM (SELECT opening, row_number() OVER () - 1 AS days
                         FROM own.people_openings WHERE tenant = $1) AS older
                WHERE older.opening = o.opening""",
            query.tenant,
        )

    async def left() -> int:
        return len(await query.rows("SELECT FROM own.people_shown WHERE tenant = $1", query.tenant))

    async def dropped() -> bool:
        return await left() == 1

    assert await left() == 2
    async with query.projector(openings_days=30):
        await wait_until_async(dropped, what="the end of what was kept long enough")
