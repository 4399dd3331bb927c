"""The page that tells a traveller who looked up where they are."""

from fastapi import Request, Response

from services.query.dependencies import Caller, OpeningsOf
from services.query.page.rendering import shown


async def show_who_looked(request: Request, openings: OpeningsOf, principal: Caller) -> Response:
    """Show who looked up where the traveller is, when, and what they asked for."""
    return shown(
        request, "who_looked.html", {"openings": await openings.told_to(principal), "place": "trips"}
    )
