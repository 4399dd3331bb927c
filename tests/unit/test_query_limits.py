"""How often callers, people and links may ask: the app over one trip in memory."""

from typing import Any

import httpx
import pytest

from services.platform.principals import Principal
from services.query.http import Traffic
from tests.support.one_trip import OneTripService
from tests.support.query_trips import an_id, flight, trip

SCOPES = ("trips:read", "bookings:write")
PEOPLE = {
    name: Principal(tenant="acme", kind="traveller", subject=name, client="page", scopes=SCOPES)
    for name in ("maria", "john")
}


def service(**limits: Any) -> OneTripService:
    few = {"requests_per_minute": 2, "concur_requests_per_minute": 2, "link_requests_per_minute": 2}
    traffic = Traffic(**{**few, **limits}, cors_origins=(), own_reads_secret=None)
    return OneTripService(trip("rome", segments=(flight(),)), principals=PEOPLE, parties={}, traffic=traffic)


async def statuses(client: httpx.AsyncClient, *addresses: str) -> list[int]:
    return [(await client.get(address)).status_code for address in addresses]


def is_told_when_to_come_back(answer: httpx.Response) -> bool:
    return answer.status_code == 429 and 1 <= int(answer.headers["retry-after"]) <= 60


@pytest.mark.parametrize("link", ["/v1/trips.ics?feed=acme.{}", "/share/acme.{}"])
async def test_a_link_that_is_opened_too_often_is_refused_and_no_other(link: str) -> None:
    async with service().client("maria") as client:
        opened = await client.get(link.format("one"))
        assert opened.status_code == 200
        assert await statuses(client, link.format("one")) == [200]

        assert is_told_when_to_come_back(await client.get(link.format("one")))
        assert await statuses(client, link.format("two")) == [200]
        # A link is no caller: neither uses up what the other has.
        assert await statuses(client, "/v1/trips", "/v1/trips", "/v1/trips") == [200, 200, 429]
        assert opened.headers["ratelimit-policy"] == '"link";q=2;w=60'


async def test_a_calendar_that_did_not_change_costs_as_much_and_counts() -> None:
    async with service().client("maria") as client:
        first = await client.get("/v1/trips.ics?feed=acme.one")
        known = {"If-None-Match": first.headers["etag"]}

        again = [await client.get("/v1/trips.ics?feed=acme.one", headers=known) for _ in range(2)]

        assert [one.status_code for one in again] == [304, 429]


@pytest.mark.parametrize(
    "address", ["/", f"/trips/{an_id('rome')}", "/expense", "/live?cursor=now", "/links"]
)
async def test_who_looks_at_the_page_too_often_is_told_so_on_a_page(address: str) -> None:
    one = service()
    async with one.client("maria") as client, one.client("john") as other:
        await statuses(client, "/expense", "/expense")

        refused = await client.get(address)

        assert is_told_when_to_come_back(refused)
        assert refused.headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in refused.headers["content-security-policy"]
        assert await statuses(other, "/expense") == [200]
        # What others ask for in one's name by token is counted apart.
        assert await statuses(client, "/v1/trips", "/static/icon.svg") == [200, 200]
