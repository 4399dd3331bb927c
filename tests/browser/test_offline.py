"""Trips that were looked at, where there is no network any more."""

from urllib.parse import urlsplit

import pytest
from playwright.async_api import BrowserContext, Error, Page, expect

from services.command_line.demo_journey import LOGIN
from tests.support.browser import MANAGER, Contexts, signed_in

UNREACHED = "Itinerary cannot be reached"
BREAK_OFF = """
  async ([url, name]) => {
    const half = new ReadableStream({
      start: (body) => body.enqueue(new TextEncoder().encode("<p>ha")),
      pull: (body) => body.error(new TypeError("network error")),
    });
    const headers = { "Itinerary-Keep": name, "Itinerary-At": "9999" };
    await keep(new Request(url), new Response(half, { headers }), left).catch(() => {});
  }
"""
COME_LATE = """
  ([url, name]) => {
    const headers = { "Itinerary-Keep": name, "Itinerary-At": "0001" };
    return keep(new Request(url), new Response("<p>older", { headers }), left);
  }
"""


@pytest.fixture
async def keeping(contexts: Contexts) -> BrowserContext:
    """A browser that may keep what it looked at."""
    return await contexts.open(service_workers="allow")


async def look_at_seattle(page: Page) -> None:
    """Open the trip, and wait until the page says that it is kept."""
    await expect(page.locator("#keeps")).to_be_visible()
    await page.get_by_role("link", name="Trip to Seattle").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Trip to Seattle")
    await expect(page.locator("#keeps")).to_be_visible()
    await expect(page.get_by_text(UNREACHED)).to_be_hidden()


async def test_a_trip_that_was_looked_at_is_read_without_a_network(keeping: BrowserContext) -> None:
    page = await signed_in(keeping, LOGIN)
    await look_at_seattle(page)
    told = await page.locator(".day").all_inner_texts()
    await keeping.set_offline(True)

    await page.reload()
    await expect(page.get_by_text(UNREACHED)).to_be_visible()
    assert await page.locator(".day").all_inner_texts() == told
    assert await page.evaluate("getComputedStyle(document.querySelector('.skip')).position") == "absolute"
    await page.goto("/")
    await expect(page.get_by_role("link", name="Trip to Seattle")).to_be_visible()
    await expect(page.get_by_text(UNREACHED)).to_be_visible()

    await keeping.set_offline(False)
    await page.reload()
    await expect(page.get_by_text(UNREACHED)).to_be_hidden()


async def test_what_was_changed_is_kept_as_it_is_then(keeping: BrowserContext) -> None:
    """The page after a deed has another address than the trip in the list."""
    page = await signed_in(keeping, LOGIN)
    await look_at_seattle(page)
    trip = page.url
    await page.get_by_text("Rename", exact=True).first.click()
    await page.get_by_label("Name").fill("Off to the rain")
    await page.get_by_role("button", name="Rename").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Off to the rain")
    await expect(page.locator("#keeps")).to_be_visible()
    await keeping.set_offline(True)

    await page.goto(trip)
    await expect(page.get_by_text(UNREACHED)).to_be_visible()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Off to the rain")
    await keeping.set_offline(False)
    await page.goto(trip)
    await page.get_by_role("button", name="renamed the trip").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Trip to Seattle")


async def test_an_answer_that_breaks_off_leaves_what_was_kept(keeping: BrowserContext) -> None:
    page = await signed_in(keeping, LOGIN)
    await look_at_seattle(page)
    told = await page.locator(".day").all_inner_texts()
    (worker,) = keeping.service_workers
    await worker.evaluate(BREAK_OFF, [page.url, urlsplit(page.url).path])
    await keeping.set_offline(True)

    await page.reload()
    await expect(page.get_by_text(UNREACHED)).to_be_visible()
    assert await page.locator(".day").all_inner_texts() == told


async def test_an_older_answer_that_comes_late_does_not_replace_what_is_kept(keeping: BrowserContext) -> None:
    """The page that a deed leaves behind may have asked just before for what its trip was."""
    page = await signed_in(keeping, LOGIN)
    await look_at_seattle(page)
    told = await page.locator(".day").all_inner_texts()
    (worker,) = keeping.service_workers
    await worker.evaluate(COME_LATE, [page.url, urlsplit(page.url).path])
    await keeping.set_offline(True)

    await page.reload()
    await expect(page.get_by_text(UNREACHED)).to_be_visible()
    assert await page.locator(".day").all_inner_texts() == told


async def test_what_is_kept_is_as_guarded_as_what_was_sent(keeping: BrowserContext) -> None:
    page = await signed_in(keeping, LOGIN)
    await look_at_seattle(page)
    sent = await page.reload()
    await keeping.set_offline(True)
    kept = await page.reload()

    assert sent is not None
    assert kept is not None
    assert kept.from_service_worker
    guards = ("content-security-policy", "referrer-policy", "x-content-type-options", "cache-control")
    assert [kept.headers.get(name) for name in guards] == [sent.headers[name] for name in guards]


async def test_nothing_is_kept_of_what_a_travel_manager_sees(keeping: BrowserContext) -> None:
    page = await signed_in(keeping, LOGIN)
    await look_at_seattle(page)
    await page.get_by_role("button", name="Sign out").click()
    page = await signed_in(keeping, MANAGER)
    await page.get_by_role("link", name="Trip to Seattle").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Trip to Seattle")
    await expect(page.locator("#keeps")).to_have_count(0)
    await keeping.set_offline(True)

    with pytest.raises(Error, match=r"ERR_INTERNET_DISCONNECTED|ERR_FAILED"):
        await page.reload()


async def test_whoever_has_signed_out_leaves_nothing_behind(keeping: BrowserContext) -> None:
    page = await signed_in(keeping, LOGIN)
    await look_at_seattle(page)
    trip = page.url
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Itinerary")
    await keeping.set_offline(True)

    for address in (trip, "/"):
        with pytest.raises(Error, match=r"ERR_INTERNET_DISCONNECTED|ERR_FAILED"):
            await page.goto(address)


async def test_what_a_session_that_ended_has_kept_goes_when_somebody_comes_back(
    keeping: BrowserContext,
) -> None:
    page = await signed_in(keeping, LOGIN)
    await look_at_seattle(page)
    trip = page.url
    await keeping.clear_cookies()
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Itinerary")
    await keeping.set_offline(True)

    with pytest.raises(Error, match=r"ERR_INTERNET_DISCONNECTED|ERR_FAILED"):
        await page.goto(trip)
