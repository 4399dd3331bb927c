"""What the tests of the page share: a browser, and a system in which the demo's journey is told."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from services.command_line.demo_journey import LOGIN
from services.command_line.running import RunningUp
from tests.support.browser import MANAGER, Contexts, chromium, signed_in
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
async def contexts(browser: Browser, url: str) -> AsyncIterator[Contexts]:
    """Browsers of people, none of which asks strangers for anything."""
    contexts = Contexts(browser, url=url)
    yield contexts
    assert await contexts.close() == set()


@pytest.fixture
async def context(contexts: Contexts) -> BrowserContext:
    """A browser of a person."""
    return await contexts.open(reduced_motion="reduce")


@pytest.fixture
async def page(context: BrowserContext) -> Page:
    """The page as the traveller of the demo sees it once signed in."""
    return await signed_in(context, LOGIN)
