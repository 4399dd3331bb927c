"""What a message asks for, by its route: read, and not yet judged."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from schemas.identifiers import Identifier
from schemas.segments import Code
from services.ingest.domain.concur.posts import PostedBooking, PostedTrip
from services.ingest.domain.concur.posts import Problem as ConcurProblem
from services.ingest.domain.concur.reading import read_booking, read_trip
from services.ingest.domain.concur.xml import MalformedXml
from services.ingest.domain.fetched import (
    FetchedPlans,
    GonePlans,
    fetched_answer,
    fetched_feed,
    gone_plans,
)
from services.ingest.domain.json_bookings import JsonBooking, read_json, read_json_booking
from services.ingest.domain.refusals import Problem, Refusal, RefusalKind, refusal
from services.ingest.domain.whole_trips import WholeTrip, read_whole_trip

TRIP_ID = "trip_id"
IDEMPOTENCY_KEY = "idempotency_key"
BOOKING_SOURCE = "booking_source"
CONFIRMATION_NUMBER = "confirmation_number"
TRIP_SEEN = "trip_seen"
"""Names of the parameters that addresses carry, and of the trip that the door looked up, on `raw.v1`."""

_IDENTIFIER: TypeAdapter[str] = TypeAdapter(Identifier)
_CODE: TypeAdapter[str] = TypeAdapter(Code)


class JsonBookings(NamedTuple):
    """Bookings of our own JSON form, each read or refused by itself."""

    items: tuple[JsonBooking | Refusal, ...]
    is_array: bool


class BookingPost(NamedTuple):
    """A Concur booking, and the trip that the address named."""

    posted: PostedBooking
    trip: str | None
    seen: WholeTrip | None = None
    """The trip that this id leads to, where that exists."""


class TripPost(NamedTuple):
    """A Concur trip, the trip that the address named, and the sender's idempotency key."""

    posted: PostedTrip
    trip: str | None
    idempotency_key: str | None
    seen: WholeTrip | None = None
    """The trip that it changes, where that exists."""


class CancellationPost(NamedTuple):
    """A Concur cancellation of whatever bears a number."""

    booking_source: str
    number: str


class TripCancellationPost(NamedTuple):
    """A Concur cancellation of a whole trip."""

    seen: WholeTrip


Message = (
    JsonBookings | BookingPost | TripPost | CancellationPost | TripCancellationPost | FetchedPlans | GonePlans
)


def read_message(route: str, *, body: bytes, parameters: Mapping[str, str]) -> Message | Refusal:
    """Read the body of a message as its route says, together with the parameters of its address."""
    reader = _READERS.get(route)
    if reader is None:
        return refusal(RefusalKind.MALFORMED, field="", rule="route", message="no reader for this route")
    return reader(body, parameters)


def _json_post(body: bytes, _: Mapping[str, str]) -> Message | Refusal:
    unread = read_json(body)
    if isinstance(unread, Refusal):
        return unread
    return JsonBookings(tuple(map(read_json_booking, unread.items)), is_array=unread.is_array)


def _booking_post(body: bytes, parameters: Mapping[str, str]) -> Message | Refusal:
    trip = _trip(parameters)
    if isinstance(trip, Refusal):
        return trip
    try:
        posted = read_booking(body)
    except MalformedXml as error:
        return _malformed(error)
    return _broken(posted.problems) or BookingPost(posted, trip, _seen(parameters))


def _trip_post(body: bytes, parameters: Mapping[str, str]) -> Message | Refusal:
    trip = _trip(parameters)
    if isinstance(trip, Refusal):
        return trip
    try:
        posted = read_trip(body)
    except MalformedXml as error:
        return _malformed(error)
    return _broken(posted.problems) or TripPost(
        posted, trip, parameters.get(IDEMPOTENCY_KEY), _seen(parameters)
    )


def _seen(parameters: Mapping[str, str]) -> WholeTrip | None:
    return read_whole_trip(parameters.get(TRIP_SEEN, ""))


def _cancellation_post(_: bytes, parameters: Mapping[str, str]) -> Message | Refusal:
    problems: list[Problem] = []
    values: list[str] = []
    for name in (BOOKING_SOURCE, CONFIRMATION_NUMBER):
        try:
            values.append(_CODE.validate_python(parameters.get(name, "").strip()))
        except ValidationError:
            problems.append(Problem(name, "required", "is required, in up to 128 characters"))
    if problems:
        return Refusal(RefusalKind.INVALID, tuple(problems))
    return CancellationPost(*values)


def _trip_cancellation_post(_: bytes, parameters: Mapping[str, str]) -> Message | Refusal:
    seen = _seen(parameters)
    if seen is not None:
        return TripCancellationPost(seen)
    if parameters.get(TRIP_ID, "").strip():
        return refusal(RefusalKind.NOT_FOUND, field=TRIP_ID, rule="unknown_trip", message="is no trip's id")
    return refusal(RefusalKind.INVALID, field=TRIP_ID, rule="required", message="is required")


def _trip(parameters: Mapping[str, str]) -> str | Refusal | None:
    """Return the trip that the address names; one that is no trip id names nothing (404).

    One without a value is a slip of whoever meant a trip: taken for none, it would create another.
    """
    trip = parameters.get(TRIP_ID)
    if trip is None:
        return None
    if not trip.strip():
        message = "has no value; name a trip, or leave the parameter out"
        return refusal(RefusalKind.INVALID, field=TRIP_ID, rule="required", message=message)
    try:
        return _IDENTIFIER.validate_python(trip)
    except ValidationError:
        return refusal(RefusalKind.NOT_FOUND, field=TRIP_ID, rule="unknown_trip", message="is no trip's id")


def _malformed(error: MalformedXml) -> Refusal:
    kind = RefusalKind.TOO_LARGE if error.reason == "too_large" else RefusalKind.MALFORMED
    return refusal(kind, field="", rule=error.reason, message=error.detail)


def _broken(problems: tuple[ConcurProblem, ...]) -> Refusal | None:
    if not problems:
        return None
    return Refusal(RefusalKind.INVALID, tuple(Problem(p.field, p.rule, p.message) for p in problems))


_READERS: Mapping[str, Callable[[bytes, Mapping[str, str]], Message | Refusal]] = {
    "json": _json_post,
    "concur_booking": _booking_post,
    "concur_trip": _trip_post,
    "concur_cancel_booking": _cancellation_post,
    "concur_cancel_trip": _trip_cancellation_post,
    "tripit_answer": fetched_answer,
    "tripit_feed": fetched_feed,
    "tripit_gone": gone_plans,
}
"""By route, what reads its messages."""
