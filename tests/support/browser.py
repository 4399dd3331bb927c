"""A real browser for the tests of the page, which refuses to speak to anybody but us."""

import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, Route, async_playwright, expect

MANAGER = "manager@demo.example"
"""The travel manager of the demo's company."""

_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@asynccontextmanager
async def chromium() -> AsyncGenerator[Browser]:
    """Start the Chromium that ITINERARY_CHROMIUM names, else the system's, else Playwright's own."""
    async with async_playwright() as playwright:
        executable = _executable(own=playwright.chromium.executable_path)
        browser = await playwright.chromium.launch(executable_path=executable, args=list(_QUIET))
        try:
            yield browser
        finally:
            await browser.close()


def _executable(*, own: str) -> str:
    named = os.environ.get("ITINERARY_CHROMIUM")  # noqa: TID251 - the tests' own setting
    found = named or shutil.which("chromium") or shutil.which("google-chrome")
    if found is None and not Path(own).exists():
        raise RuntimeError(
            "the tests of the page need a Chromium: apt-get install chromium, "
            "or uv run playwright install chromium, or name one in ITINERARY_CHROMIUM"
        )
    return found or own


class Strangers:
    """The hosts other than ours that a page tried to reach."""

    def __init__(self, own_url: str) -> None:
        self._own = urlsplit(own_url).netloc
        self.asked: list[str] = []

    async def refuse(self, route: Route) -> None:
        """Let through what is ours; note and stop the rest."""
        host = urlsplit(route.request.url).netloc
        if host == self._own:
            await route.continue_()
        else:
            self.asked.append(host)
            await route.abort()

    async def watch(self, context: BrowserContext) -> None:
        """Watch all that a context asks for."""
        await context.route("**/*", self.refuse)


async def signed_in(context: BrowserContext, login: str) -> Page:
    """Return the first page as somebody sees it who has signed in."""
    page = await context.new_page()
    await page.goto("/")
    await page.get_by_role("link", name="Continue with your company").click()
    await page.get_by_role("button", name=login).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Trips")
    return page


async def axe_finds_nothing(page: Page) -> None:
    """Check a page by the rules of WCAG, once its styles have come.

    A page whose styles are still on their way is not drawn, but a script can already ask for its colours: it
    is told those of the browser.
    """
    await page.wait_for_load_state("load")
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
