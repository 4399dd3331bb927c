"""A trip as whoever changes it sees it: what a message about a whole trip must know and does not say.

The door looks it up before it accepts the message and keeps it beside it on `raw.v1`, so that reading the
message again comes to the same statements, whatever the trip has become since.
"""

from pydantic import ValidationError

from schemas.base import Model
from schemas.booking_record import Owner, TripHeader
from schemas.identifiers import Identifier
from schemas.segments import Code


class WholeTripBooking(Model):
    """A booking of the trip."""

    record: Identifier
    owner: Owner
    booking_source: Code
    record_locator: Code


class WholeTripPost(Model):
    """Who posted the trip as a whole, and what its header says."""

    owner: Owner
    header: TripHeader


class WholeTrip(Model):
    """The trip itself."""

    id: Identifier
    also_known_as: tuple[Identifier, ...] = ()
    traveller: Identifier
    bookings: tuple[WholeTripBooking, ...] = ()
    posted: WholeTripPost | None = None


def read_whole_trip(text: str | bytes) -> WholeTrip | None:
    """Read a trip as `GET /v1/trips/{id}` shows it; None where it is no such thing."""
    try:
        return WholeTrip.model_validate_json(text, extra="ignore")
    except ValidationError:
        return None
