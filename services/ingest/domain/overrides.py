"""What people may say of a trip: from a JSON body to an override, or to the rules that it breaks.

A person speaks about a trip as they see it: every trip, booking and segment that is named must be in what
the query service shows them. So nobody can reach another's trips by knowing an id.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, TypeAdapter, ValidationError

from schemas.base import Model
from schemas.booking_record import (
    MAX_SEGMENTS,
    CorrectSegment,
    DifferentSegments,
    DismissFact,
    MergeTrips,
    NameTrip,
    Override,
    SameSegments,
    SplitTrip,
)
from schemas.identifiers import Identifier
from schemas.segments import Text
from services.ingest.domain.json_bookings import read_object, with_moments
from services.ingest.domain.refusals import Problem, Refusal, RefusalKind, broken_rules, refusal

Verb = Literal["merge", "split", "corrections"]
"""The last step of the address."""

_MAX_TRIPS = 49
"""As many as can be merged into one at once."""


class MergeRequest(Model):
    """Make these trips part of the one that was addressed."""

    trips: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=_MAX_TRIPS)]


class SplitRequest(Model):
    """Make these bookings of the trip a trip of their own."""

    bookings: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=MAX_SEGMENTS)]
    """The `record` of each."""


class NameRequest(Model):
    """Give the trip a name of one's own."""

    action: Literal["name"] = "name"
    name: Text


class DismissRequest(Model):
    """Say that what the trip warns of is fine as it is."""

    action: Literal["dismiss"] = "dismiss"
    fact: Identifier
    """The `id` of one of those in `between`."""


CorrectionRequest = Annotated[
    CorrectSegment | NameRequest | SameSegments | DifferentSegments | DismissRequest,
    Field(discriminator="action"),
]

_BODIES: Mapping[Verb, TypeAdapter[Any]] = {
    "merge": TypeAdapter(MergeRequest),
    "split": TypeAdapter(SplitRequest),
    "corrections": TypeAdapter(CorrectionRequest),
}

Asked = MergeRequest | SplitRequest | CorrectionRequest


class SeenTrip(NamedTuple):
    """A trip as the query service shows it to the person, as far as overrides need it."""

    id: str
    traveller: str
    bookings: frozenset[str]
    """The records of its bookings."""
    segments: Mapping[str, str]
    """The type of each segment, by every id that it answers to."""
    facts: frozenset[str] = frozenset()
    """What lies between its segments."""


def read_asked(verb: Verb, body: bytes) -> Asked | Refusal:
    """Read what a person asks for; whether the trip allows it is for `override_of`."""
    value = read_object(body)
    if isinstance(value, Refusal):
        return value
    fields = dict(value)
    problems: list[Problem] = []
    if "values" in fields:
        fields["values"] = with_moments(fields["values"], path="values", problems=problems)
    if problems:
        return Refusal(RefusalKind.INVALID, tuple(problems))
    try:
        return _BODIES[verb].validate_python(fields)
    except ValidationError as error:
        return broken_rules(error)


def trips_named(asked: Asked) -> tuple[str, ...]:
    """Return the trips beside the addressed one that must be looked at first."""
    return asked.trips if isinstance(asked, MergeRequest) else ()


def override_of(asked: Asked, *, trip: SeenTrip, others: Iterable[SeenTrip] = ()) -> Override | Refusal:
    """Return the override that a person's wish is, for a trip that they see.

    Args:
        asked: what was read from the body.
        trip: the addressed trip.
        others: those of `trips_named`, as today's ids have them.
    """
    match asked:
        case MergeRequest():
            return _merge(trip, others=list(others))
        case SplitRequest(bookings=bookings):
            return _split(trip, bookings=bookings)
        case NameRequest(name=name):
            return NameTrip(trip=trip.id, name=name)
        case DismissRequest(fact=fact):
            return _unknown((fact,), trip.facts, field="fact") or DismissFact(trip=trip.id, fact=fact)
        case CorrectSegment():
            return _unknown((asked.segment,), trip.segments, field="segment") or _typed(asked, trip=trip)
        case SameSegments() | DifferentSegments():
            return _unknown(asked.segments, trip.segments, field="segments") or asked


def _merge(trip: SeenTrip, *, others: list[SeenTrip]) -> Override | Refusal:
    if any(other.traveller != trip.traveller for other in others):
        return refusal(
            RefusalKind.INVALID, field="trips", rule="one_traveller", message="are not of one traveller"
        )
    together = tuple(dict.fromkeys([trip.id, *(other.id for other in others)]))
    if len(together) == 1:
        return refusal(
            RefusalKind.INVALID, field="trips", rule="already_one", message="are this trip already"
        )
    return MergeTrips(trips=together)


def _split(trip: SeenTrip, *, bookings: tuple[str, ...]) -> Override | Refusal:
    if (no := _unknown(bookings, trip.bookings, field="bookings")) is not None:
        return no
    if trip.bookings == frozenset(bookings):
        return refusal(
            RefusalKind.INVALID, field="bookings", rule="nothing_left", message="are all that the trip has"
        )
    return SplitTrip(records=bookings)


def _typed(asked: CorrectSegment, *, trip: SeenTrip) -> Override | Refusal:
    if asked.values.type == trip.segments[asked.segment]:
        return asked
    message = f"must be {trip.segments[asked.segment]}, as the segment is"
    return refusal(RefusalKind.INVALID, field="values.type", rule="other_type", message=message)


def _unknown(named: Iterable[str], known: Iterable[str], *, field: str) -> Refusal | None:
    if set(named) <= set(known):
        return None
    return refusal(
        RefusalKind.INVALID, field=field, rule="not_in_trip", message="names what is not in the trip"
    )
