"""A real browser for the tests of the page, which refuses to speak to anybody but us."""

import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from axe_playwright_python.base import AxeResults
from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright, expect

_OF_COLOURS = ("color-contrast", "link-in-text-block")
"""The rules of axe that look at colours."""
_LOOK_AT_COLOURS = (
    "rules => axe.run({ runOnly: { type: 'rule', values: rules }, resultTypes: ['violations'] })"
)
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
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
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


class Contexts:
    """Browsers of several people, and whom they asked for anything."""

    def __init__(self, browser: Browser, *, url: str) -> None:
        self._browser = browser
        self._url = url
        self._opened: list[BrowserContext] = []
        self._asked: set[str] = set()

    async def open(self, **options: Any) -> BrowserContext:
        """Open one; without what options say otherwise, one that speaks English and keeps nothing."""
        usual: dict[str, Any] = {"locale": "en-GB", "base_url": self._url, "service_workers": "block"}
        context = await self._browser.new_context(**(usual | options))
        context.on("request", self._note)
        self._opened.append(context)
        return context

    def _note(self, request: Request) -> None:
        self._asked.add(urlsplit(request.url).netloc)

    async def close(self) -> set[str]:
        """Close all, and return the hosts other than ours that a page tried to reach."""
        for context in self._opened:
            await context.close()
        return self._asked - {urlsplit(self._url).netloc}


async def signed_in(context: BrowserContext, login: str) -> Page:
    """Return the first page as somebody sees it who has signed in."""
    page = await context.new_page()
    await page.goto("/")
    await page.get_by_role("link", name="Continue with your company").click()
    await page.get_by_role("button", name=login).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Trips")
    return page


async def axe_finds_nothing(page: Page) -> None:
    """Check a page by the rules of WCAG in both colour schemes, once its styles have come.

    A page whose styles are still on their way is not drawn, but a script can already ask for its colours: it
    is told those of the browser. What is no matter of colours is the same in either scheme, and asked once.
    """
    await page.wait_for_load_state("load")
    found = [await Axe().run(page)]
    await page.emulate_media(color_scheme="dark")
    found.append(AxeResults(await page.evaluate(_LOOK_AT_COLOURS, list(_OF_COLOURS))))
    await page.emulate_media(color_scheme="light")
    for one in found:
        assert one.violations_count == 0, one.generate_report()
