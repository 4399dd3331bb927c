"""The page as a browser without script uses it: signed in, it fetches pages and sends their forms."""

import html
import re
from collections.abc import Mapping

import httpx

_INPUT = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')


class PageClient:
    """One person's session."""

    def __init__(self, url: str, *, tenant: str, login: str) -> None:
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=30, follow_redirects=True)
        chooser = self.http.get("/sign-in", params={"go": 1})
        page = self.http.post(str(chooser.url), data={"person": f"{tenant} {login}"})
        assert page.status_code == 200, page.text

    def sent(
        self, page: httpx.Response, action: str, said: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Send the form of a page that leads to an address ending so, with what it says already."""
        address, fields = form_of(page, action)
        return self.http.post(address, data=fields | dict(said or {}))


def form_of(page: httpx.Response, action: str) -> tuple[str, dict[str, str]]:
    """Return where the form of a page leads whose address ends so, and what it says already."""
    found = re.search(rf'<form\b[^>]*action="([^"]*{action})"[^>]*>(.*?)</form>', page.text, re.DOTALL)
    assert found is not None, page.text
    return html.unescape(found[1]), dict(_said(found[2]))


def _said(form: str) -> list[tuple[str, str]]:
    inputs = (dict(_ATTRIBUTE.findall(tag)) for tag in _INPUT.findall(form))
    return [(one["name"], html.unescape(one.get("value", ""))) for one in inputs if "name" in one]
