"""The page over HTTP, as a browser without script has it: its sessions, lists and forms."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from schemas.trip import Expense, ExpenseReason, Trip
from services.query.page.sessions import SESSION_SECONDS
from tests.support.page_client import form_of
from tests.support.page_sessions import SIGN_IN, kept, session, signed_in
from tests.support.query_service import QueryUnderTest
from tests.support.query_trips import an_id, hotel, trip

pytestmark = pytest.mark.usefixtures("projecting")


@pytest.fixture
async def client(query: QueryUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    async with query.client(sign_in=SIGN_IN) as client:
        yield client


# --- sessions -------------------------------------------------------------------------------------


async def test_looking_at_the_page_renews_a_session_that_is_no_longer_young(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    old = session(query.token(), age_seconds=SESSION_SECONDS - 60)

    looked = await client.get("/", headers=old)

    cookie = looked.headers["set-cookie"]
    assert f"Max-Age={SESSION_SECONDS}" in cookie
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    again = await client.get("/", headers=kept(looked))
    assert (again.status_code, "set-cookie" in again.headers) == (200, False)


async def test_a_young_session_is_not_sealed_anew_and_an_open_page_by_itself_renews_none(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    young = await client.get("/", headers=signed_in(query))
    old = session(query.token(), age_seconds=SESSION_SECONDS - 60)
    stream = await client.get("/live", params={"cursor": "none"}, headers=old)
    swapped = await client.get("/", headers=old | {"HX-Request": "true"})

    assert (young.status_code, stream.status_code, swapped.status_code) == (200, 400, 200)
    for answer in (young, stream, swapped):
        assert "set-cookie" not in answer.headers


async def test_a_session_that_is_too_old_leads_to_the_sign_in(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    answer = await client.get("/", headers=session(query.token(), age_seconds=SESSION_SECONDS + 60))

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?return_to=%2F")


# --- lists ----------------------------------------------------------------------------------------


def names(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return re.findall(r'<a class="name" href="[^"]*">([^<]*)</a>', answer.text)


def more(answer: httpx.Response, *, about: str = "") -> str | None:
    found = re.search(
        rf'<a class="more" href="([^"]*)">More trips(<span class="hidden">: {about}</span>)?</a>', answer.text
    )
    return None if found is None else found[1].replace("&amp;", "&")


def of_today(query: QueryUnderTest, name: str, **said: Any) -> Trip:
    said = {"dates": ("2026-05-09", "2026-05-12")} | said
    return trip(name, tenant=query.tenant, title=name, **said)


async def test_all_that_goes_on_now_is_reached_page_by_page_before_what_lies_ahead(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    now = [of_today(query, f"now-{number:02}") for number in range(27)]
    ahead = [
        of_today(query, f"ahead-{number:02}", dates=("2026-06-01", "2026-06-02")) for number in range(26)
    ]
    await query.write(*now, *ahead)
    await query.until_stored("ahead-25")
    me = signed_in(query)

    for path, about in (("/", ""), ("/expense", "Waiting")):
        seen: list[str] = []
        address: str | None = path
        for _ in range(4):
            answer = await client.get(address or path, headers=me)
            seen += names(answer)
            address = more(answer, about=about)
            if address is None:
                break
        assert address is None
        assert len(seen) == 53
        assert set(seen[:27]) == {one.content.name for one in now}
        assert set(seen[27:]) == {one.content.name for one in ahead}


async def test_what_is_over_and_cannot_be_expensed_is_told_with_the_reason(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    def over(name: str, *, ready: bool = False, reason: ExpenseReason) -> Trip:
        shown = of_today(query, name, dates=("2026-04-01", "2026-04-03"), completed=True)
        expense = Expense(ready=ready, reason=reason)
        return shown.model_copy(update={"content": shown.content.model_copy(update={"expense": expense})})

    reason = ExpenseReason.OVER_WITH_EXPENSABLE_SEGMENT
    await query.write(
        *(over(f"ready-{number:02}", ready=True, reason=reason) for number in range(30)),
        over("dinner", reason=ExpenseReason.NOTHING_EXPENSABLE),
        over("idea", reason=ExpenseReason.PROPOSED),
    )
    await query.until_stored("idea")

    answer = await client.get("/expense", headers=signed_in(query))

    never = answer.text.partition("Over, and not to be expensed")[2]
    assert set(re.findall(r'class="name" href="[^"]*">([^<]*)<', never)) == {"dinner", "idea"}
    assert "nothing in it can be expensed" in never


async def test_a_cursor_that_is_none_is_refused(query: QueryUnderTest, client: httpx.AsyncClient) -> None:
    for address in ("/?cursor=x", "/?cursor=ongoing.x", "/expense?over_from=x"):
        assert (await client.get(address, headers=signed_in(query))).status_code == 400


# --- forms ----------------------------------------------------------------------------------------


def link(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    found = re.search(r'class="link" readonly value="([^"]*)"', answer.text)
    assert found is not None, answer.text
    return found[1]


async def test_a_form_that_makes_a_link_and_is_sent_twice_makes_one_and_shows_it_twice(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    await query.write(of_today(query, "rome", segments=(hotel(),)))
    await query.until_stored("rome")
    me = signed_in(query)

    for page, action, said in (
        (f"/trips/{an_id('rome')}", "/share", {"days": "3"}),
        ("/links", "/links/calendars", {"name": "Once"}),
        ("/links", "/rotate", {}),
    ):
        address, fields = form_of(await client.get(page, headers=me), action)
        sent = [client.post(address, data=fields | said, headers=me) for _ in range(2)]
        first, second = await asyncio.gather(*sent)
        third = await client.post(address, data=fields | said, headers=me)

        assert link(first) == link(second) == link(third)
        assert (await client.get(link(first))).status_code == 200
        assert third.headers["content-security-policy"] == first.headers["content-security-policy"]
    assert len((await client.get("/v1/calendar-feeds", headers=query.token())).json()["feeds"]) == 1
    shares = await client.get(f"/v1/trips/{an_id('rome')}/shares", headers=query.token())
    assert len(shares.json()["shares"]) == 1
