"""The page over HTTP, as a browser without script has it: its sessions, lists and forms."""

from collections.abc import AsyncIterator

import httpx
import pytest

from services.query.page.sessions import SESSION_SECONDS
from tests.support.page_sessions import SIGN_IN, kept, session, signed_in
from tests.support.query_service import QueryUnderTest

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
