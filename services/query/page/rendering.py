"""Pages as HTTP answers: their headers, the frame that all of them have, and the files beside them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from babel import Locale
from fastapi import HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.platform.principals import Principal
from services.query.page.failure_words import told
from services.query.page.languages import chosen
from services.query.page.presentation import STATIC, Words, rendered
from services.query.page.sessions import Session

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-cache",
    "Vary": "Cookie, Accept-Language",
}
_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


async def as_page(request: Request) -> None:
    """Let failures be shown as pages."""
    request.state.is_page = True


def shown(request: Request, template: str, context: dict[str, Any], *, status: int = 200) -> Response:
    """Return a page in the language that the browser asks for."""
    session: Session | None = getattr(request.state, "session", None)
    viewer: Principal | None = getattr(request.state, "principal", None)
    kept_as = _kept_as(context, viewer=viewer)
    frame = {
        "viewer": viewer,
        "form_key": "" if session is None else session.form_key,
        "place": "",
        "live": None,
        "kept_as": kept_as,
        "shared": False,
    }
    page = rendered(template, locale=_locale(request), context=frame | context)
    keeps = {} if kept_as is None else {"Itinerary-Keep": kept_as.address, "Itinerary-At": kept_as.at}
    return HTMLResponse(page, status, SECURITY | keeps)


class _KeptAs(NamedTuple):
    """What a browser calls a page that it keeps, and as of when it is: later moments compare as greater."""

    address: str
    at: str


def _kept_as(context: Mapping[str, Any], *, viewer: Principal | None) -> _KeptAs | None:
    """Return as what a browser may keep a page: travellers' own trips, and nobody else's."""
    if viewer is None or viewer.kind != "traveller" or not context.get("live"):
        return None
    live = context["live"]
    return _KeptAs(live.here, live.at.isoformat(timespec="microseconds"))


def words_of(request: Request) -> Words:
    """Return the words of the language that the browser asks for."""
    return Words(_locale(request))


def _locale(request: Request) -> Locale:
    return chosen(request.headers.get("accept-language", ""))


def led_to(address: str) -> Response:
    """Lead on to the page of the trip of today, from an id that was merged away; it may part again."""
    return RedirectResponse(address, 307, SECURITY | {"Cache-Control": "no-store"})


def shown_failure(
    request: Request, *, status: int, detail: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return what went wrong as a page, with what headers say of it."""
    trouble = told(status, detail, words=words_of(request))
    page = shown(request, "failure.html", {"trouble": trouble}, status=status)
    page.headers.update(headers or {})
    return page


async def static_file(name: str) -> Response:
    """Return a file of ours; its address changes with its content, so browsers may keep it for ever."""
    media_type = _MEDIA_TYPES.get(name.rpartition(".")[2])
    names = {entry.name for entry in STATIC.iterdir()}
    if media_type is None or name not in names:
        raise HTTPException(404, "there is no such file")
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(STATIC.joinpath(name).read_bytes(), media_type=media_type, headers=headers)


async def offline_worker() -> Response:
    """Return the script that keeps trips in the browser, at the root: it can keep only what lies below it."""
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    body = STATIC.joinpath("offline-worker.js").read_bytes()
    return Response(body, media_type=_MEDIA_TYPES["js"], headers=headers)
