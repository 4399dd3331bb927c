"""A trip as whoever changes it sees it: what a message about a whole trip must know and does not say.

The door looks it up before it accepts the message and keeps it beside it on `raw.v1`, so that reading the
message again comes to the same statements, whatever the trip has become since.
"""

from typing import Literal

from pydantic import ValidationError

from schemas.base import Model
from schemas.booking_record import Owner, TripHeader
from schemas.identifiers import Identifier, birth_token
from schemas.segments import Code


class WholeTripBooking(Model):
    """A booking of the trip."""

    record: Identifier
    owner: Owner
    booking_source: Code
    record_locator: Code
    status: Literal["confirmed", "cancelled"] = "confirmed"


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

    def where(self) -> str:
        """Return the id by which the consolidator finds this trip as long as its bookings stand.

        A trip that nobody posted is where its bookings are. Its own id may be of one that was cancelled since
        or has gone elsewhere, and would lead there.
        """
        standing = (booking for booking in self.bookings if booking.status == "confirmed")
        births = [birth_token(booking.record) for booking in standing]
        if self.posted is not None or self.id in births:
            return self.id
        return next((token for token in births if token in self.also_known_as), self.id)


def read_whole_trip(text: str | bytes) -> WholeTrip | None:
    """Read a trip as `GET /v1/trips/{id}` shows it; None where it is no such thing."""
    try:
        return WholeTrip.model_validate_json(text, extra="ignore")
    except ValidationError:
        return None
