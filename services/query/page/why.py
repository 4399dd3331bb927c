"""The page that says where each value of a trip comes from, and lets people say better."""

import secrets

from fastapi import Request, Response

from services.query.dependencies import Caller, Queries
from services.query.domain.own_bookings import is_typed
from services.query.domain.provenance import told_of
from services.query.page.correcting import correctable
from services.query.page.rendering import led_to, shown, words_of
from services.query.policies import CHANGE_TRIPS


async def show_why(request: Request, queries: Queries, principal: Caller, trip: str) -> Response:
    """Show where each value of a trip comes from, and let people say better."""
    seen = await queries.get_trip(principal, trip=trip, form="json")
    found = seen.trip
    if found.id != trip:
        return led_to(f"/trips/{found.id}/why")
    words = words_of(request)
    typed = filter(is_typed, found.content.bookings)
    context = {
        "tellers": {one.record: words.teller(one) for one in typed},
        "trip": found,
        "told": [told_of(segment) for segment in found.content.segments],
        "correctable": {segment.id: correctable(segment) for segment in found.content.segments},
        "may_change": principal.kind in CHANGE_TRIPS.kinds,
        "etag": seen.etag,
        "key": secrets.token_urlsafe(),
    }
    return shown(request, "why.html", context)
