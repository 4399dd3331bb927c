"""A booking stated at the API on behalf of whoever is signed in, and what became of it."""

from typing import NamedTuple

from fastapi import Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import URL

from services.platform.principals import Principal
from services.query.handlers import TripQueries
from services.query.page.api import Api, ApiRefused
from services.query.page.booking_forms import Json
from services.query.page.rendering import SECURITY
from services.query.refusals import NotFound, NotYetReadable

_STALE, _REFUSED = "stale", "refused"
"""Of a statement's results those by which it changed nothing."""


class Told(NamedTuple):
    """A statement that is on the log, and where that left it."""

    record: str
    position: str
    trip: str | None = None
    """None where it is in none."""
    is_stale: bool = False
    """Whether somebody had said something newer."""
    is_pending: bool = False
    """Whether it cannot be read yet what became of it."""


async def state_booking(
    queries: TripQueries, principal: Principal, *, api: Api, token: str, body: Json
) -> Told:
    """State a booking, and wait for what became of it.

    Raises:
        ApiRefused: it was refused, at the door or later.
    """
    answer = await api.ask("POST", "/v1/bookings", token=token, json=body)
    accepted = answer.json()
    told = Told(accepted["results"][0]["key"], answer.headers["Itinerary-Position"])
    try:
        await queries.await_position(told.position)
        outcomes = await queries.get_message(principal, message=accepted["message"])
    except (NotYetReadable, NotFound):
        return told._replace(is_pending=True)
    if all(outcome.result == _REFUSED for outcome in outcomes):
        raise ApiRefused(422, outcomes[0].reason or "it was refused")
    trips = (outcome.trip for outcome in outcomes if outcome.trip is not None)
    is_stale = all(outcome.result == _STALE for outcome in outcomes)
    return told._replace(trip=next(trips, None), is_stale=is_stale)


def see_trip(trip: str, **said: str) -> Response:
    """Lead on to the page of a trip, which says what was done there."""
    return RedirectResponse(str(URL(f"/trips/{trip}").include_query_params(**said)), 303, SECURITY)
