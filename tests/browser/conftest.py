"""What the tests of the page share: a browser, and a system in which the demo's journey is told."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from services.command_line.demo_journey import LOGIN
from services.command_line.running import RunningUp
from tests.support.browser import MANAGER, Strangers, chromium, signed_in
from tests.support.command_line import Installation


@pytest.fixture(scope="session")
async def url(running: RunningUp, installation: Installation) -> str:
    """Where the page is, with one journey told and a travel manager enrolled."""
    data = ("--data", str(installation.data))
    installation.run("demo", *data)
    installation.run("token", "--tenant", "demo", "--admin", MANAGER, *data)
    return running.url


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.fixture
async def context(browser: Browser, url: str) -> AsyncIterator[BrowserContext]:
    """A browser of a person who sees none of what strangers could send."""
    context = await browser.new_context(
        locale="en-GB", base_url=url, reduced_motion="reduce", service_workers="block"
    )
    strangers = Strangers(url)
    await strangers.watch(context)
    yield context
    await context.close()
    assert strangers.asked == []


@pytest.fixture
async def page(context: BrowserContext) -> Page:
    """The page as the traveller of the demo sees it once signed in."""
    return await signed_in(context, LOGIN)
