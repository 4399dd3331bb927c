"""What a trip was before: its versions, and that its traveller has seen one."""

import re
from typing import Annotated
from urllib.parse import quote

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse

from schemas.trip import Version
from services.query.dependencies import Caller, Changes, LooksOf, Queries
from services.query.page.difference_words import told_in_lines
from services.query.page.forms import checked_form
from services.query.page.rendering import SECURITY, led_to, shown, words_of
from services.query.refusals import Malformed, NotFound

_PAGE = 20
_VERSION = re.compile(r"([0-9]{1,18}) ([0-9]{1,18})")


async def show_history(
    request: Request,
    queries: Queries,
    changes: Changes,
    principal: Caller,
    trip: str,
    *,
    before: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
) -> Response:
    """Show the versions of a trip, the newest first, and what differs from each to the next."""
    seen = await queries.get_trip(principal, trip=trip, form="json")
    found = seen.trip
    if found.id != trip:
        return led_to(f"/trips/{found.id}/history")
    try:
        versions, following = await changes.history(principal, trip=trip, before=before, limit=_PAGE)
    except NotFound:  # the trip is there, and nothing changed of late
        versions, following = (), None
    words = words_of(request)
    told = [
        (
            version.change,
            told_in_lines(version.differences or (), segments=found.content.segments, words=words),
        )
        for version in versions
    ]
    return shown(request, "history.html", {"trip": found, "versions": told, "before": following})


async def mark_as_seen(request: Request, looks: LooksOf, principal: Caller, trip: str) -> Response:
    """Note that the traveller has seen the trip as it was shown."""
    form = await checked_form(request)
    version = _VERSION.fullmatch(str(form.get("version", "")))
    if version is None:
        raise Malformed(field="version", rule="is none")
    seen = Version(epoch=int(version[1]), offset=int(version[2]))
    await looks.look(principal, trip=trip, version=seen)
    return RedirectResponse(f"/trips/{quote(trip, safe='')}", 303, SECURITY)
