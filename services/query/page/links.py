"""Links that people hand out: calendars of their trips, and single trips for guests."""

import secrets
from typing import Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.params import Depends as Dependency
from fastapi.responses import RedirectResponse

from services.query.dependencies import Caller, FeedsOf, SharesOf
from services.query.domain.between import between, told_after
from services.query.domain.route_map import route_map
from services.query.domain.timeline import days_of, undated_of
from services.query.page.forms import checked_form
from services.query.page.rendering import SECURITY, shown
from services.query.refusals import Malformed, NotFound
from services.query.repeats import Repeated


def add_links(router: APIRouter, *, signed_in: list[Dependency], by_link: list[Dependency]) -> None:
    """Add the routes; that of a shared trip needs no session, for its link is the key, and is counted."""
    for path, endpoint, method in (
        ("/links", show_links, "GET"),
        ("/links/calendars", make_calendar_link, "POST"),
        ("/links/calendars/{feed}/{change}", change_calendar_link, "POST"),
        ("/trips/{trip}/share", share_trip, "POST"),
        ("/shares/{share}/revoke", take_share_back, "POST"),
    ):
        router.add_api_route(path, endpoint, methods=[method], dependencies=signed_in)
    router.add_api_route("/share/{secret}", show_shared, methods=["GET"], dependencies=by_link)


async def show_links(request: Request, feeds: FeedsOf, principal: Caller) -> Response:
    """Show the calendars that a person has handed out."""
    return await _links(request, feeds, principal)


async def _links(request: Request, feeds: FeedsOf, principal: Caller, **said: Any) -> Response:  # noqa: ANN401 - as of a template
    try:
        found = await feeds.list(principal)
    except NotFound:  # an administrator who does not travel
        found = None
    context = {"feeds": found, "url": None, "key": secrets.token_urlsafe(), "place": "links", **said}
    return shown(request, "links.html", context)


async def make_calendar_link(
    request: Request, feeds: FeedsOf, principal: Caller, repeated: Repeated
) -> Response:
    """Make a calendar, and show its link this once."""
    form = await checked_form(request)
    name = str(form.get("name", "")).strip()[:100]

    async def work() -> Response:
        opened = await feeds.make(principal, name=name or "Trips", zoned=form.get("times") == "zoned")
        return await _links(request, feeds, principal, url=_calendar_url(request, opened.secret))

    return await repeated.of_form(form, work)


async def change_calendar_link(
    request: Request,
    feeds: FeedsOf,
    principal: Caller,
    repeated: Repeated,
    *,
    feed: str,
    change: Literal["rotate", "off"],
) -> Response:
    """Give a calendar another link, which is shown this once, or switch it off."""
    form = await checked_form(request)
    if change == "off":
        await feeds.switch_off(principal, feed=feed)
        return RedirectResponse("/links", 303, SECURITY)

    async def work() -> Response:
        opened = await feeds.rotate(principal, feed=feed)
        return await _links(request, feeds, principal, url=_calendar_url(request, opened.secret))

    return await repeated.of_form(form, work)


def _calendar_url(request: Request, secret: str) -> str:
    return f"{request.app.state.face.resource}/v1/trips.ics?feed={secret}"


async def share_trip(
    request: Request, shares: SharesOf, principal: Caller, repeated: Repeated, *, trip: str
) -> Response:
    """Make a link to a trip, and show it this once."""
    form = await checked_form(request)
    days = str(form.get("days", "")).strip()
    if days and not (days.isascii() and days.isdecimal() and len(days) < 5):  # noqa: PLR2004 - digits
        raise Malformed(field="days", rule="must be a number")

    async def work() -> Response:
        made = await shares.make(principal, trip=trip, days=int(days) if days else None)
        url = f"{request.app.state.face.resource}/share/{made.secret}"
        return shown(request, "share_made.html", {"share": made.share, "url": url})

    return await repeated.of_form(form, work)


async def take_share_back(request: Request, shares: SharesOf, principal: Caller, *, share: str) -> Response:
    """Let a link to a trip lead nowhere any more."""
    form = await checked_form(request)
    await shares.revoke(principal, share=share)
    return RedirectResponse(f"/trips/{quote(str(form.get('trip', '')), safe='')}", 303, SECURITY)


async def show_shared(request: Request, shares: SharesOf, *, secret: str) -> Response:
    """Show a guest what they may see of a trip."""
    trip = await shares.open(secret)
    days, facts = days_of(trip), between(trip)
    notes = [fact for fact in facts if fact.severity == "note" and fact.code != "check_in_opens"]
    context = {
        "trip": trip,
        "days": days,
        "undated": undated_of(trip),
        "route": route_map(trip),
        "told_after": told_after(notes, days),
        "segments": {segment.id: segment for segment in trip.content.segments},
        "shared": True,
    }
    answer = shown(request, "shared.html", context)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer
