"""What a Concur post says, once it was read: canonical content, and what was wrong with it."""

from schemas.base import Model
from schemas.booking_record import BookingContent, TripHeader
from services.ingest.domain.refusals import Problem


class PostedBooking(Model):
    """A `Booking` as posted. With `problems` it must be refused; `warnings` are only reported.

    A problem's `field` is the path of the Concur element, such as
    `Booking/Segments/Air[1]/EndDateUtc`; none repeats what was sent.
    """

    booking_source: str
    """Empty where it is missing, which is then among the problems."""
    record_locator: str
    """As `booking_source`."""
    content: BookingContent
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


class PostedTrip(Model):
    """An `Itinerary` as posted. Its problems and warnings include those of its bookings."""

    header: TripHeader
    bookings: tuple[PostedBooking, ...]
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
