"""The page in every state that it has a design for, with no service behind it: only its looks count."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, Request, Route

from services.query.page.presentation import STATIC
from services.query.page.rendering import SECURITY, static_file
from tests.support.browser import axe_finds_nothing
from tests.support.one_trip import BASE
from tests.support.page_states import State, states

SHOW_WHAT_SCRIPTS_SHOW = (
    "for (const one of document.querySelectorAll('#kept, #keeps, #keys-open')) one.hidden = false"
)


@pytest.fixture(scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page that is given the files of ours, and nothing else."""
    context = await browser.new_context(locale="en-GB", reduced_motion="reduce", service_workers="block")

    async def answered(route: Route) -> None:
        name = urlsplit(route.request.url).path.rpartition("/")[2]
        if not STATIC.joinpath(name).is_file():
            await route.abort()  # the stream of what is new
            return
        answer = await static_file(name)
        await route.fulfill(headers=dict(answer.headers), body=bytes(answer.body))

    await context.route("**/*", answered)
    yield await context.new_page()
    await context.close()


@pytest.mark.parametrize("state", list(states()), ids=lambda state: state.name)
async def test_no_state_breaks_rules_of_access_needs_a_wide_screen_or_asks_strangers(
    page: Page, state: State
) -> None:
    asked: set[str] = set()

    def note(request: Request) -> None:
        asked.add(urlsplit(request.url).netloc)

    async def answered(route: Route) -> None:
        await route.fulfill(headers={**SECURITY, "Content-Type": "text/html"}, body=state.shown())

    address = f"{BASE}/state"
    await page.route(address, answered)
    page.on("request", note)
    await page.set_viewport_size({"width": 1280, "height": 800})
    await page.goto(address)
    await page.evaluate(SHOW_WHAT_SCRIPTS_SHOW)
    await axe_finds_nothing(page)
    await page.set_viewport_size({"width": 320, "height": 640})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    await page.unroute(address)
    page.remove_listener("request", note)
    assert asked == {urlsplit(BASE).netloc}
