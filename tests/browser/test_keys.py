"""The page's keys in a real browser, over one trip in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, Route, expect

from services.platform.principals import Principal
from tests.support.browser import axe_finds_nothing
from tests.support.one_trip import BASE, OneTripService
from tests.support.query_trips import an_id, booking, flight, hotel, trip

MARIA = Principal(
    tenant="acme", kind="traveller", subject="maria", client="page", scopes=("trips:read", "bookings:write")
)
TRIP = trip("rome", segments=(flight(), hotel()), bookings=(booking(),))


BOSS = Principal(tenant="acme", kind="admin", subject="boss", client="page")


@asynccontextmanager
async def seen_by(name: str, browser: Browser, *, at: str) -> AsyncIterator[Page]:
    """The page as somebody sees it, answered by the app in this process."""
    context = await browser.new_context(locale="en-GB", service_workers="block")
    service = OneTripService(TRIP, principals={"maria": MARIA, "boss": BOSS}, parties={})
    async with service.client(name) as client:

        async def answered(route: Route) -> None:
            request = route.request
            if "/live" in request.url:  # a stream has no end to wait for
                await route.abort()
                return
            answer = await client.request(request.method, request.url, content=request.post_data_buffer)
            await route.fulfill(status=answer.status_code, headers=dict(answer.headers), body=answer.content)

        await context.route("**/*", answered)
        shown = await context.new_page()
        await shown.goto(f"{BASE}{at}")
        yield shown
    await context.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """The trip as its traveller sees it."""
    async with seen_by("maria", browser, at=f"/trips/{an_id('rome')}") as page:
        yield page


async def test_keys_walk_through_a_trip_and_open_why(page: Page) -> None:
    rows = page.locator(".line article.row")

    await page.keyboard.press("j")
    await expect(rows.nth(0)).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(rows.nth(1)).to_be_focused()
    await page.keyboard.press("k")
    await expect(rows.nth(0)).to_be_focused()
    await page.keyboard.press("End")
    await expect(rows.last).to_be_focused()
    await page.keyboard.press("Home")
    await page.keyboard.press("]")
    await expect(page.locator(".day > h2").nth(1)).to_be_focused()

    await page.keyboard.press("j")
    await page.keyboard.press("w")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Where each value comes from")
    await expect(page.get_by_role("button", name="Keys", exact=True)).to_be_visible()  # they work by now
    await page.keyboard.press("g")
    await page.keyboard.press("e")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ready to expense")


async def test_keys_do_nothing_while_somebody_types_or_with_a_modifier(page: Page) -> None:
    await page.goto(f"{BASE}/")
    await page.keyboard.press("/")
    await expect(page.get_by_role("searchbox")).to_be_focused()

    await page.keyboard.type("g e j ?")

    await expect(page.get_by_role("searchbox")).to_have_value("g e j ?")
    await page.get_by_role("heading", level=1).click()
    await page.keyboard.press("Control+j")
    await expect(page.locator("body")).to_be_focused()
    await expect(page).to_have_url(f"{BASE}/")
    await expect(page.locator("dialog")).not_to_be_visible()


async def test_the_list_of_keys_opens_by_key_and_button_and_switches_them_off_for_good(page: Page) -> None:
    await page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    await expect(dialog).to_contain_text("why: where the values of an item come from")
    await axe_finds_nothing(page)
    await dialog.get_by_role("checkbox").uncheck()
    await page.keyboard.press("Escape")
    await expect(dialog).not_to_be_visible()

    for _ in ("now", "and after the page has come anew"):
        await page.keyboard.press("?")
        await page.keyboard.press("j")
        await expect(page.locator("body")).to_be_focused()
        await expect(dialog).not_to_be_visible()
        await page.reload()

    await page.get_by_role("button", name="Keys").click()
    await dialog.get_by_role("checkbox").check()
    await dialog.get_by_role("button", name="Close").click()
    await expect(page.get_by_role("button", name="Keys")).to_be_focused()
    await page.keyboard.press("j")
    await expect(page.locator(".line article.row").first).to_be_focused()


async def test_keys_walk_through_who_is_where_who_arrives_and_who_leaves_as_far_as_they_are_shown(
    browser: Browser,
) -> None:
    async with seen_by("boss", browser, at="/people?on=2026-05-12") as page:
        movers = page.locator(".movers a")
        await expect(movers).to_have_count(2)

        for one in (page.locator("table.by-person tbody a"), movers.nth(0), movers.nth(1)):
            await page.keyboard.press("j")
            await expect(one).to_be_focused()

        await page.locator(".movers summary").nth(0).click()
        await page.locator("table.by-person tbody a").focus()
        await page.keyboard.press("j")
        await expect(movers.nth(1)).to_be_focused()
