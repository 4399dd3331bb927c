"""Concur's list and detail over HTTP, against a real read model."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree

from schemas.trip import TripStatus
from services.platform.backing import Backing
from tests.support.query_service import QueryUnderTest, query_under_test
from tests.support.query_trips import an_id, booking, flight, hotel, trip

LIST = "/api/travel/trip/v1.1"
MARIA, JOHN = "maria@acme.example", "john@acme.example"


@pytest.fixture
async def query(backing: Backing, tmp_path: Path) -> AsyncIterator[QueryUnderTest]:
    under_test = query_under_test(
        kafka=backing.kafka_settings, postgres=backing.postgres_settings, folder=tmp_path
    )
    await under_test.enrol("maria", "john")
    async with under_test.projector():
        yield under_test


@pytest.fixture
async def client(query: QueryUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    async with query.client() as client:
        yield client


async def given(query: QueryUnderTest, *values: Any) -> None:
    """Write values for the test's tenant, and wait until they are stored."""
    await query.write(*values, trip("fence", tenant=query.tenant, traveller="nobody"))
    await query.until_stored("fence")


async def listed(client: httpx.AsyncClient, headers: dict[str, str], **params: str) -> list[str]:
    """Return the names of the trips of a list."""
    answer = await client.get(LIST, params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return names_in(answer)


def names_in(answer: httpx.Response) -> list[str]:
    return [e.text or "" for e in etree.fromstring(answer.content).iterfind(".//{*}TripName")]


async def test_a_list_is_filtered_by_what_is_booked_and_when_it_changed(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    def one(title: str, **fields: Any) -> Any:
        return trip(title, tenant=query.tenant, title=title, bookings=(booking(),), **fields)

    dropped = flight(status="cancelled")
    await given(
        query,
        one("both", segments=(flight(), hotel()), modified="2026-05-03T10:00:00Z"),
        one("stay", segments=(hotel(),)),
        one("no flight left", segments=(hotel(), dropped)),
        one("dropped", segments=(dropped,), status=TripStatus.CANCELLED),
    )
    me = query.token()

    assert await listed(client, me, bookingType="Air") == ["both"]
    assert sorted(await listed(client, me, bookingtype="hotel")) == ["both", "no flight left", "stay"]
    assert sorted(await listed(client, me, bookingType="Air", includeCanceledTrips="true")) == [
        "both",
        "dropped",
    ]
    assert await listed(client, me, lastModifiedDate="2026-05-03") == ["both"]
    assert await listed(client, me, lastModifiedDate="2026-05-03T10:00:01") == []
    assert len(await listed(client, me, createdAfterDate="2026-05-01", createdBeforeDate="2026-05-01")) == 3
    assert await listed(client, me, createdAfterDate="2026-05-02") == []
    assert await listed(client, me, createdBeforeDate="2026-04-30") == []


async def test_pages_by_number_hold_every_trip_once_and_lead_to_each_other(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    names = [f"trip {number}" for number in range(7)]
    await given(query, *(trip(name, tenant=query.tenant, title=name) for name in names))
    me = query.token()
    seen: list[str] = []
    address: str | None = f"{LIST}?includeMetadata=true&itemsPerPage=3&startDate=2026-05-01"

    while address is not None:
        page = await client.get(address, headers=me)
        paging = etree.fromstring(page.content).find("Metadata/Paging")
        assert paging is not None
        assert paging.findtext("TotalItems") == "7"
        assert paging.findtext("TotalPages") == "3"
        seen += names_in(page)
        address = paging.findtext("NextPageURL")

    assert sorted(seen) == names
    assert await listed(client, me, Page="9", ItemsPerPage="3") == []
    # Pages before the middle are read from the front, those behind it from the end: in one order.
    for items in range(1, 9):
        pages = [
            await listed(client, me, Page=str(1 + first // items), ItemsPerPage=str(items))
            for first in range(0, len(names), items)
        ]
        assert [len(page) for page in pages[:-1]] == [items] * (len(pages) - 1)
        assert [name for page in pages for name in page] == seen


async def test_a_posted_list_request_is_answered_like_the_same_in_an_address(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    await given(query, trip("rome", tenant=query.tenant, title="Rome"))
    admin = query.token("admin", subject="boss")
    body = {"startDate": "2026-05-01", "userid_type": "login_id", "userid_value": "maria@acme.example"}

    posted = await client.post(f"{LIST}/GetTrips", json=body, headers=admin)
    asked = await client.get(LIST, params=body, headers=admin)

    assert (posted.status_code, posted.content) == (200, asked.content)
    assert names_in(posted) == ["Rome"]
    too_large = await client.post(f"{LIST}/GetTrips", content=b" " * 20_000, headers=admin)
    assert too_large.status_code == 413
    malformed = await client.post(f"{LIST}/GetTrips", content=b"[]", headers=admin)
    assert (malformed.status_code, etree.fromstring(malformed.content).tag) == (400, "Error")


async def test_no_login_stands_in_the_addresses_of_a_posted_lists_pages(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    names = [f"trip {number}" for number in range(5)]
    await given(query, *(trip(name, tenant=query.tenant, title=name) for name in names))
    admin = query.token("admin", subject="boss")
    body = {"startDate": "2026-05-01", "userid_value": "maria@acme.example", "ItemsPerPage": 2, "Page": 1}
    body |= {"includeMetadata": True}
    seen: list[str] = []
    address: str | None = f"{LIST}/GetTrips"

    while address is not None:
        page = await client.post(address, json=body, headers=admin)
        assert page.status_code == 200, page.text
        seen += names_in(page)
        address = etree.fromstring(page.content).findtext("Metadata/Paging/NextPageURL")
        assert "maria" not in (address or "")

    assert sorted(seen) == names


@pytest.mark.parametrize("kind", ["Ride", "Dining", "Parking"])
async def test_of_what_a_supplier_does_not_see_of_others_its_list_is_empty(
    query: QueryUnderTest, client: httpx.AsyncClient, kind: str
) -> None:
    await given(query, trip("rome", tenant=query.tenant, title="Rome"))
    supplier = query.token("supplier", client="cab", travel_types=("ride",))

    own = await client.get(LIST, params={"bookingType": kind, "userid_value": MARIA}, headers=supplier)
    anothers = await client.get(LIST, params={"bookingType": kind, "userid_value": JOHN}, headers=supplier)

    assert (own.status_code, names_in(own)) == (200, [])
    assert anothers.status_code == 403


async def test_a_token_that_is_not_sent_and_one_that_is_not_believed_are_told_apart_as_concur_does(
    client: httpx.AsyncClient,
) -> None:
    nothing = await client.get(LIST)
    nonsense = await client.get(LIST, headers={"Authorization": "OAuth nonsense"})
    on_our_own_routes = await client.get("/v1/trips", headers={"Authorization": "Bearer nonsense"})

    assert [a.status_code for a in (nothing, nonsense, on_our_own_routes)] == [401, 403, 401]
    metadata = 'resource_metadata="https://trips.example/.well-known/oauth-protected-resource"'
    assert all(metadata in a.headers["www-authenticate"] for a in (nothing, nonsense, on_our_own_routes))
    assert "ITINER" in (await client.get("/.well-known/oauth-protected-resource")).json()["scopes_supported"]


async def test_a_trip_is_shown_in_tripits_form_where_that_is_asked_for(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    await given(query, trip("rome", tenant=query.tenant, segments=(flight(),), bookings=(booking(),)))
    address = f"{LIST}/{an_id('rome')}"

    answer = await client.get(address, params={"systemFormat": "tripit"}, headers=query.token())
    unknown = await client.get(address, params={"systemformat": "worldmate"}, headers=query.token())

    assert etree.fromstring(answer.content).findtext("AirObject/Segment/start_airport_code") == "FCO"
    assert (unknown.status_code, etree.fromstring(unknown.content).tag) == (400, "Error")


async def test_a_caller_finds_its_correlation_id_again(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    own = {"concur-correlationid": "call-7"}

    listed = await client.get(LIST, headers=query.token() | own)
    refused = await client.get(f"{LIST}?Page=0", headers=query.token() | own)
    unnamed = await client.get(LIST, headers=query.token())

    assert [a.headers["concur-correlationid"] for a in (listed, refused)] == ["call-7"] * 2
    assert unnamed.headers["concur-correlationid"]


async def test_clients_that_moved_on_read_v4_in_pages_of_ten(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    names = [f"trip {number}" for number in range(12)]
    late = trip("late", tenant=query.tenant, dates=("2026-07-01", "2026-07-02"))
    await given(query, late, *(trip(name, tenant=query.tenant, bookings=(booking(),)) for name in names))
    me = query.token()
    seen: list[str] = []
    address: str | None = "/travel/v4/trips?schema=id&endDateFrom=2026-05-01&endDateTo=2026-06-01"

    while address is not None:
        page = (await client.get(address, headers=me)).json()
        assert len(page["data"]) <= 10
        seen += [one["id"] for one in page["data"]]
        address = next((one["href"] for one in page["operations"] if one["rel"] == "next"), None)

    assert sorted(seen) == sorted(map(an_id, names))
    one = await client.get(f"/travel/v4/trips/{an_id('trip 0')}", headers=me)
    assert one.json()["Bookings"][0]["RecordLocator"] == "XYZ123"
    unchanged = [
        await client.get(f"/travel/v4/trips/{an_id('trip 0')}", headers=me | {"If-None-Match": known})
        for known in (one.headers["etag"], f'"other", W/{one.headers["etag"]}', "*")
    ]
    missing = await client.get(f"/travel/v4/trips/{an_id('nowhere')}", headers=me)
    await query.rows("UPDATE own.traveller_logins SET login = login || '.uk' WHERE tenant = $1", query.tenant)
    renamed = await client.get(
        f"/travel/v4/trips/{an_id('trip 0')}",
        headers=query.token("admin", subject="boss") | {"If-None-Match": one.headers["etag"]},
    )
    assert ([same.status_code for same in unchanged], missing.status_code) == ([304] * 3, 404)
    assert (renamed.status_code, renamed.json()["UserLoginId"]) == (200, "maria@acme.example.uk")
    assert missing.json()["errors"][0]["errorCode"] == "404"


async def test_a_method_that_an_address_has_not_is_told_those_that_it_has(client: httpx.AsyncClient) -> None:
    path = "/api/travel/trip/v1.1/GetTrips"

    refused = await client.put(path)

    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, POST")
    assert etree.fromstring(refused.content).tag == "Error"


async def test_codes_are_looked_up_by_table(query: QueryUnderTest, client: httpx.AsyncClient) -> None:
    me = query.token()

    tables = (await client.get("/v1/codes", headers=me)).json()["tables"]
    statuses = await client.get("/v1/codes/trip-status", headers=me)
    unknown = await client.get("/v1/codes/planets", headers=me)

    zones = (await client.get("/v1/codes/time-zones", headers=me)).json()["codes"]

    assert {"segment-status", "coupon-status", "car-bodies", "time-zones"} <= set(tables)
    assert (len(zones) > 400, zones["Europe/Vienna"]) == (True, "Austria Time")
    assert statuses.json()["codes"]["2"] == "cancelled"
    assert unknown.status_code == 404
