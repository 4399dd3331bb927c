"""The bookings that people stated, found in their trips, and by which login whose they are is named."""

from typing import NamedTuple

from schemas.trip import Trip, TripBooking
from services.platform.principals import Principal
from services.query.domain.own_bookings import own_bookings
from services.query.handlers import TripQueries
from services.query.refusals import NotFound


class Standing(NamedTuple):
    """A booking as it stands, and the trip that it is in."""

    trip: Trip
    booking: TripBooking


async def trip_of(queries: TripQueries, principal: Principal, *, trip: str) -> Trip:
    """Return a trip as the person may see it.

    Raises:
        NotFound: there is none.
    """
    return (await queries.get_trip(principal, trip=trip, form="json")).trip


async def standing_of(
    queries: TripQueries, principal: Principal, *, trip: str, record: str
) -> Standing | None:
    """Return a booking that a person stated; None where the trip does not have it, or is none any more."""
    try:
        found = await trip_of(queries, principal, trip=trip)
    except NotFound:
        return None
    return next((Standing(found, one) for one in own_bookings(found) if one.record == record), None)


async def login_of(queries: TripQueries, principal: Principal, *, trip: Trip | None) -> str:
    """Return by which login the traveller of a trip is named; empty where nobody needs to, or knows it."""
    if trip is None or not principal.company_wide:
        return ""
    person = (await queries.people(principal, trips=[trip])).get(trip.traveller)
    return (person and person.login) or ""
