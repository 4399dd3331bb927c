"""What an engine says that it found: one segment, or that a number is cancelled."""

from datetime import datetime
from typing import NamedTuple

from schemas.booking_record import Passenger, Ticket
from schemas.money import Money
from schemas.segments import ConfirmationKind, Segment
from services.ingest.domain.email.results import Engine


class Found(NamedTuple):
    """One thing that was found, as complete as its engine sees it."""

    engine: Engine
    confidence: int
    segment: Segment | None
    """None where only a number is known, which is then cancelled."""
    number: str | None = None
    """The number of the whole booking."""
    number_kind: ConfirmationKind = ConfirmationKind.SUPPLIER
    passengers: tuple[Passenger, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    total: Money | None = None
    modified: datetime | None = None
    booked: str | None = None
    provider: str | None = None
    """Who provides the service, for bookings that nothing else gives a source."""
    agent: str | None = None
    """Who sold it, where that is somebody else."""
    is_cancelled: bool = False
    is_part: bool = False
    doubt: str | None = None
    """Why a person should look before it counts, in words without personal data."""


class Sight(NamedTuple):
    """What an engine saw in one part, and what it has to say about it."""

    found: tuple[Found, ...] = ()
    notes: tuple[str, ...] = ()
    needs_review: str | None = None
    """Why a person should look where nothing was found: there is something that could not be read."""
    question: str | None = None
    """What a language model has yet to be asked."""


NOTHING = Sight()
