"""Links that are keys over HTTP, to calendars and to single trips: opened, rotated, taken back."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas.segments import SegmentStatus
from schemas.trip import TripSegment
from services.platform.backing import Backing
from tests.support.icalendar_rules import broken_rules
from tests.support.query_service import QueryUnderTest, query_under_test
from tests.support.query_trips import an_id, booking, flight, hotel, redirect, trip

pytestmark = pytest.mark.usefixtures("projecting")


@pytest.fixture
async def query(backing: Backing, tmp_path: Path) -> QueryUnderTest:
    """A tenant of the test's own, with a traveller who has a trip, and a colleague."""
    under_test = query_under_test(
        kafka=backing.kafka_settings, postgres=backing.postgres_settings, folder=tmp_path
    )
    await under_test.enrol("maria", "john")
    johns = trip("johns", tenant=under_test.tenant, traveller="john", title="Secret of John")
    await under_test.write(
        trip("rome", tenant=under_test.tenant, segments=(flight(), hotel()), bookings=(booking(),)), johns
    )
    await under_test.until_stored("johns")
    return under_test


@pytest.fixture
async def client(query: QueryUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    async with query.client() as client:
        yield client


async def made(query: QueryUnderTest, client: httpx.AsyncClient, **wanted: Any) -> dict[str, Any]:
    answer = await client.post("/v1/calendar-feeds", json=wanted, headers=query.token())
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_link_opens_ones_own_trips_without_a_token(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    feed = await made(query, client, name="Maria, trips", times="zoned")

    answer = await client.get(feed["url"], headers={"User-Agent": "Any Calendar/1.0"})
    listed = await client.get("/v1/calendar-feeds", headers=query.token())

    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert broken_rules(answer.content) == []
    assert b"AZ 436" in answer.content
    for hidden in (b"Secret of John", b"XYZ123", b"240.35"):
        assert hidden not in answer.content
    (shown,) = listed.json()["feeds"]
    assert shown["last_fetched_by"] == "Any Calendar/1.0"
    assert feed["url"].partition("feed=")[2] not in listed.text


async def test_what_did_not_change_is_not_sent_again(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    url = (await made(query, client))["url"]

    first, second = await client.get(url), await client.get(url)
    unchanged = await client.get(url, headers={"If-None-Match": first.headers["etag"]})

    assert first.content == second.content
    assert (unchanged.status_code, unchanged.content) == (304, b"")


async def test_a_rotated_link_ends_the_old_one(query: QueryUnderTest, client: httpx.AsyncClient) -> None:
    feed = await made(query, client)

    rotated = await client.post(f"/v1/calendar-feeds/{feed['id']}/rotate", headers=query.token())

    assert rotated.json()["url"] != feed["url"]
    assert (await client.get(feed["url"])).status_code == 404
    assert (await client.get(rotated.json()["url"])).status_code == 200


async def test_a_link_that_is_switched_off_answers_an_empty_calendar_for_good(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    feed = await made(query, client)
    address = f"/v1/calendar-feeds/{feed['id']}"

    switched_off = await client.delete(address, headers=query.token())
    gone = await client.get(feed["url"])
    rotated = await client.post(f"{address}/rotate", headers=query.token())

    assert (switched_off.status_code, gone.status_code, rotated.status_code) == (204, 410, 410)
    assert broken_rules(gone.content) == []
    assert b"VEVENT" not in gone.content


async def test_nobody_manages_anothers_links(query: QueryUnderTest, client: httpx.AsyncClient) -> None:
    feed = await made(query, client)
    address, john = f"/v1/calendar-feeds/{feed['id']}", query.token(subject="john")
    boss = query.token("admin", subject="boss")

    assert (await client.delete(address, headers=john)).status_code == 404
    assert (await client.post(f"{address}/rotate", headers=john)).status_code == 404
    assert (await client.get("/v1/calendar-feeds", headers=john)).json() == {"feeds": []}
    assert (await client.post("/v1/calendar-feeds", headers=query.token("third_party"))).status_code == 403
    named = {"traveller": "maria@acme.example"}
    assert (await client.get("/v1/calendar-feeds", params=named, headers=john)).status_code == 403
    assert len((await client.get("/v1/calendar-feeds", params=named, headers=boss)).json()["feeds"]) == 1


async def test_what_was_cancelled_long_ago_stays_gone_when_its_trip_changes(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    url = (await made(query, client))["url"]
    off = {"status": SegmentStatus.CANCELLED}

    async def written(offset: int, day: str, *gone: TripSegment) -> bytes:
        segments = (*gone, hotel(f"bed-{offset}"))
        changed = trip("paris", tenant=query.tenant, offset=offset, segments=segments, modified=day)
        await query.write(changed)
        await query.until_stored("paris", offset=offset)
        return (await client.get(url)).content

    await written(2, "2026-03-01T08:00:00Z", flight("early"), flight("late"))
    await written(3, "2026-03-20T08:00:00Z", flight("early", **off), flight("late"))
    told = await written(4, "2026-05-08T08:00:00Z", flight("early", **off), flight("late", **off))

    assert an_id("early").encode() not in told
    assert an_id("late").encode() in told
    assert an_id("late").encode() in await written(
        5, "2026-05-09T08:00:00Z", flight("early", **off), flight("late", **off)
    )


@pytest.mark.parametrize("secret", ["", "nonsense", "UPPER.x", "acme.x", "a\x00b.c"])
async def test_what_opens_nothing_is_not_found(client: httpx.AsyncClient, secret: str) -> None:
    assert (await client.get("/v1/trips.ics", params={"feed": secret})).status_code == 404


async def test_what_is_sent_again_with_its_key_is_done_once_and_answered_alike(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    feed, once = await made(query, client), {"Idempotency-Key": '"the same"'} | query.token()

    for path, body in (
        ("/v1/calendar-feeds", {"name": "Once"}),
        (f"/v1/calendar-feeds/{feed['id']}/rotate", None),
        (f"/v1/trips/{an_id('rome')}/shares", {"days": 5}),
    ):
        first = await client.post(path, json=body, headers=once)
        again = await client.post(path, json=body, headers=once)
        another = await client.post(path, json={"name": "Other"}, headers=once)

        assert first.is_success, first.text
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers["idempotency-replayed"] == "true"
        assert again.headers["cache-control"] == first.headers["cache-control"]
        assert another.status_code in {400, 422}, another.text
        assert (await client.get(again.json()["url"])).status_code == 200
    assert len((await client.get("/v1/calendar-feeds", headers=query.token())).json()["feeds"]) == 2
    assert len(await shares_of(query, client, "rome")) == 1


async def test_no_secret_of_a_link_is_kept_with_the_answer_to_a_key(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    once = {"Idempotency-Key": "a-key"} | query.token()
    answer = await client.post("/v1/calendar-feeds", json={"name": "Nobody reads this"}, headers=once)

    (kept,) = await query.rows("SELECT * FROM own.idempotency_keys WHERE tenant = $1", query.tenant)

    assert answer.status_code == kept["status"] == 201
    written = " ".join(str(value) for value in dict(kept).values())
    for hidden in (answer.json()["url"].partition("feed=")[2], "Nobody reads this", "a-key"):
        assert hidden not in written


async def test_what_failed_can_be_sent_again_with_its_key(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    once = {"Idempotency-Key": "later"} | query.token()
    path = f"/v1/trips/{an_id('later')}/shares"

    before = await client.post(path, headers=once)
    await query.write(trip("later", tenant=query.tenant, segments=(hotel(),)))
    await query.until_stored("later")

    assert (before.status_code, (await client.post(path, headers=once)).status_code) == (404, 201)


# --- single trips, shared by link -----------------------------------------------------------------


async def shared(
    query: QueryUnderTest, client: httpx.AsyncClient, name: str = "rome", **wanted: Any
) -> dict[str, Any]:
    answer = await client.post(f"/v1/trips/{an_id(name)}/shares", json=wanted, headers=query.token())
    assert answer.status_code == 201, answer.text
    return answer.json()


async def shares_of(query: QueryUnderTest, client: httpx.AsyncClient, name: str) -> list[dict[str, Any]]:
    answer = await client.get(f"/v1/trips/{an_id(name)}/shares", headers=query.token())
    assert answer.status_code == 200, answer.text
    return answer.json()["shares"]


async def test_a_shared_trip_shows_where_and_when_and_nothing_that_opens_or_costs(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    share = await shared(query, client)

    answer = await client.get(share["url"])
    (listed,) = (await client.get(f"/v1/trips/{an_id('rome')}/shares", headers=query.token())).json()[
        "shares"
    ]

    assert answer.status_code == 200
    assert "AZ 436" in answer.text
    assert "Albergo Sole" in answer.text
    page = re.sub(r"[0-9a-f-]{12,}", "", answer.text)  # ids and hashes are full of digits
    for hidden in ("XYZ123", "240", "120", "Rossi", "Maria", "Y240.35", "horizon", "Amadeus", "/trips/"):
        assert hidden not in page
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert share["expires_at"] == "2026-05-21T23:59:59Z"
    assert (listed["opened_times"], "url" in listed) == (1, False)


async def test_guests_see_a_trip_by_the_name_of_its_places_and_not_by_its_senders_word(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    named = trip(
        "named", tenant=query.tenant, bookings=(booking(),), segments=(flight(),), title="Trip XYZ123"
    )
    await query.write(named)
    await query.until_stored("named")

    answer = await client.get((await shared(query, client, "named"))["url"])

    assert "XYZ123" not in answer.text


async def test_a_link_that_was_taken_back_or_has_expired_leads_nowhere(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    back, old = await shared(query, client), await shared(query, client, days=3)
    revoke = await client.delete(f"/v1/shares/{back['id']}", headers=query.token())
    await query.rows("UPDATE own.shares SET expires_at = created_at WHERE share = $1", old["id"])

    assert revoke.status_code == 204
    assert [(await client.get(one["url"])).status_code for one in (back, old)] == [410, 410]
    assert (await client.get("https://trips.example/share/acme.guess")).status_code == 404
    assert (await client.get("https://trips.example/share/%00")).status_code == 404


async def test_only_ones_own_trips_are_shared_and_only_ones_own_links_taken_back(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    share = await shared(query, client)
    john, supplier = query.token(subject="john"), query.token("supplier", client="c", travel_types=("air",))

    async def asked(method: str, path: str, headers: dict[str, str]) -> int:
        return (await client.request(method, path, headers=headers)).status_code

    shares, one = f"/v1/trips/{an_id('rome')}/shares", f"/v1/shares/{share['id']}"
    assert [await asked("POST", shares, who) for who in (john, supplier)] == [404, 403]
    assert [await asked("GET", shares, who) for who in (john, supplier)] == [404, 403]
    stranger = query.token(subject="nobody")
    assert [await asked("DELETE", one, who) for who in (john, supplier, stranger)] == [404, 403, 403]
    assert (await client.get(share["url"])).status_code == 200
    assert await asked("DELETE", one, query.token("admin", subject="john")) == 204


async def test_a_link_leads_to_the_trip_that_its_own_became(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    share = await shared(query, client)
    merged = trip("north", tenant=query.tenant, offset=5, also=("rome",), segments=(hotel(),), title="Both")
    await query.write(merged, redirect("rome", into="north", offset=5, tenant=query.tenant))
    await query.until_stored("rome", offset=5)

    assert (await client.get(share["url"])).status_code == 200
    (listed,) = (await client.get(f"/v1/trips/{an_id('north')}/shares", headers=query.token())).json()[
        "shares"
    ]
    assert listed["id"] == share["id"]
