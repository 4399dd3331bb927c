"""Bookings in JSON: from bytes to a `JsonBooking`, or to the fields and rules that are broken.

Amounts never pass through floats; a key that stands twice and NaN are refused, because readers
disagree about what they mean.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple, cast

from pydantic import AfterValidator, Field, ValidationError

from schemas.base import Model
from schemas.booking_record import MAX_SEGMENTS, BookingContent, Passenger, Source, Ticket
from schemas.concur.mapping import KEEP_THEIR_OWN_DETAILS
from schemas.identifiers import Identifier
from schemas.segments import Charge, Code, Details, Segment, Text
from schemas.times import LocalTime
from services.ingest.domain.moments import moment_from
from services.ingest.domain.refusals import Problem, Refusal, RefusalKind, broken_rules, refusal

MAX_BOOKINGS = 1000
"""Bookings in one array (design, section 11)."""

_DECIMAL_FIELDS = frozenset(
    {"amount", "units", "allowance_amount", "allowance_units", "latitude", "longitude"}
)
"""What the language writes as text; senders may write numbers."""
_TIMES = (("start", "origin"), ("end", "destination"))


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text.strip()


_Named = Annotated[Code, AfterValidator(_not_blank)]


def _not_of_parts(details: Details) -> Details:
    """Refuse what segments, passengers and tickets say themselves: only there it is judged who may say it."""
    if any(path.startswith(KEEP_THEIR_OWN_DETAILS) for path in details):
        raise ValueError("say it in the segment, passenger or ticket itself")
    return details


class JsonBooking(Model):
    """A booking as our own JSON API and trusted feeds write it, once its times are moments."""

    booking_source: _Named
    record_locator: _Named
    traveller: Text | None = None
    """A login; the token's user where absent."""
    source: Source | None = None
    """Where a person has it from; other senders are what the table of senders says."""
    revision: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    """The source's own revision, where it counts them."""
    status: Literal["confirmed", "cancelled", "withdrawn"] = "confirmed"
    """`withdrawn`, for what people say themselves: it was never so, and is not shown."""
    trip_id: Identifier | None = None
    segments: Annotated[tuple[Segment, ...], Field(max_length=MAX_SEGMENTS)] = ()
    passengers: tuple[Passenger, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    charges: tuple[Charge, ...] = ()
    booked: LocalTime | None = None
    agency_name: Text | None = None
    details: Annotated[Details, AfterValidator(_not_of_parts)] = {}  # noqa: RUF012 - pydantic copies the default of every field

    def content(self) -> BookingContent:
        """Return what the booking says, in the language."""
        return BookingContent(
            segments=self.segments,
            passengers=self.passengers,
            tickets=self.tickets,
            charges=self.charges,
            booked=self.booked,
            agency_name=self.agency_name,
            details=self.details,
        )


class Unread(NamedTuple):
    """The bookings of one message, before anything is known about each but that it is JSON."""

    items: tuple[object, ...]
    is_array: bool


def read_object(body: bytes) -> Mapping[str, object] | Refusal:
    """Read one JSON object; numbers with a point come as texts, so that they keep their digits."""
    value = _read_value(body)
    if isinstance(value, Refusal):
        return value
    if not isinstance(value, dict):
        return refusal(RefusalKind.INVALID, field="", rule="object", message="send an object")
    return cast("dict[str, object]", value)


def _read_value(body: bytes) -> object | Refusal:
    try:
        return json.loads(body, parse_float=str, parse_constant=_refuse_constant, object_pairs_hook=_object)
    except _Ambiguous as why:
        return refusal(RefusalKind.MALFORMED, field="", rule="json", message=str(why))
    except json.JSONDecodeError as error:
        why = f"this is not JSON from character {error.pos} on"
        return refusal(RefusalKind.MALFORMED, field="", rule="json", message=why)
    except (ValueError, RecursionError):  # not UTF-8, numbers beyond measure, nested without end
        return refusal(RefusalKind.MALFORMED, field="", rule="json", message="this is not JSON")


def read_json(body: bytes) -> Unread | Refusal:
    """Read one booking or an array of up to a thousand; `read_json_booking` then reads each."""
    value = _read_value(body)
    if isinstance(value, Refusal):
        return value
    if not isinstance(value, list):
        return Unread(items=(value,), is_array=False)
    items = cast("list[object]", value)
    if not 1 <= len(items) <= MAX_BOOKINGS:
        return refusal(
            RefusalKind.INVALID, field="", rule="array_size", message=f"send 1 to {MAX_BOOKINGS} bookings"
        )
    return Unread(items=tuple(items), is_array=True)


def read_json_booking(item: object) -> JsonBooking | Refusal:
    """Read one booking of a message."""
    if not isinstance(item, dict):
        return refusal(RefusalKind.INVALID, field="", rule="object", message="a booking is an object")
    fields = cast("dict[str, Any]", item)
    problems: list[Problem] = []
    if isinstance(fields.get("segments"), list):
        segments = cast("list[object]", fields["segments"])
        fields = fields | {
            "segments": [
                with_moments(s, path=f"segments.{i}", problems=problems) for i, s in enumerate(segments)
            ]
        }
    try:
        booking = JsonBooking.model_validate(fields)
    except ValidationError as error:
        broken = broken_rules(error)
        return broken._replace(problems=(*problems, *broken.problems))
    if problems:
        return Refusal(RefusalKind.INVALID, tuple(problems))
    if booking.status == "confirmed" and not booking.segments:
        return refusal(
            RefusalKind.INVALID,
            field="segments",
            rule="segments_required",
            message="a confirmed booking has segments; to cancel it, set status to cancelled",
        )
    return booking


def with_moments(segment: object, *, path: str, problems: list[Problem]) -> object:
    """Turn the friendly ways of writing times into moments; the model judges everything else."""
    if not isinstance(segment, dict):
        return segment
    fields = dict(cast("dict[str, Any]", segment))
    for name, place in _TIMES:
        if fields.get(name) is None:
            continue
        try:
            fields[name] = moment_from(
                fields[name], place_code=_code(fields.get(place) or fields.get("place"))
            )
        except ValidationError as error:
            found = broken_rules(error).under(f"{path}.{name}")
            problems.extend(found.problems)
            del fields[name]
        except ValueError as error:
            problems.append(Problem(f"{path}.{name}", "time", str(error)))
            del fields[name]
    return fields


def _code(place: object) -> str | None:
    code = cast("dict[str, object]", place).get("code") if isinstance(place, dict) else None
    return code if isinstance(code, str) else None


class _Ambiguous(Exception):
    """JSON that different readers read differently."""


def _refuse_constant(name: str) -> None:
    raise _Ambiguous(f"{name} is not JSON; write amounts as decimal numbers")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for name, item in pairs:
        if name in value:
            raise _Ambiguous("an object names the same field twice")
        is_number = isinstance(item, int) and not isinstance(item, bool)
        value[name] = str(item) if is_number and name in _DECIMAL_FIELDS else item
    return value
