"""Reads what agencies and suppliers post to Concur's Itinerary v1.1 (its reference, sections 1.3 and 1.7).

Pure: bytes in, canonical content and problems out. What the language has no name for goes to the
`details` of the thing that it stood in, under its path, and is written again as it was posted.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from schemas.booking_record import MAX_SEGMENTS, BookingContent, Passenger, Ticket, TripHeader
from schemas.concur.codes import TRIP_STATUS_NUMBERS
from schemas.concur.made_fields import assemble_header, assemble_segment, assemble_ticket
from schemas.concur.mapping import BOOKING, ITINERARY, KEEP_THEIR_OWN_DETAILS, PASSENGER, SEGMENTS, TICKET
from schemas.concur.texts import Texts, local_time, members
from schemas.concur.walking import fields
from schemas.segments import (
    AirSegment,
    CarSegment,
    DiningSegment,
    EventSegment,
    HotelSegment,
    ParkingSegment,
    RailSegment,
    RideSegment,
    Segment,
)
from services.ingest.domain.concur.building import Built, build, date_problem
from services.ingest.domain.concur.moments import StatedMoment, stated_moment
from services.ingest.domain.concur.posts import PostedBooking, PostedTrip
from services.ingest.domain.concur.proposals import proposal_problems
from services.ingest.domain.concur.unknown_codes import unknown_codes, unknown_in_segment
from services.ingest.domain.concur.xml import MAX_BYTES, parse
from services.ingest.domain.places import zone_of_airport
from services.ingest.domain.refusals import Problem

_KINDS: Mapping[str, type[Segment]] = {
    "Air": AirSegment, "Rail": RailSegment, "Car": CarSegment, "Ride": RideSegment, "Hotel": HotelSegment,
    "Dining": DiningSegment, "Parking": ParkingSegment, "Event": EventSegment,
}  # fmt: skip
_JOURNEYS = frozenset({"Air", "Rail", "Car", "Ride"})
_LONGEST_CODE = 128
_LONGEST = {"TripName": 255, "BookingSource": 32, "RecordLocator": 50}
"""In Concur's schema; a longer one is kept and given back all the same."""


class _Findings(NamedTuple):
    """What was wrong so far."""

    problems: list[Problem]
    warnings: list[Problem]

    def take(self, built: Built[Any]) -> Any:  # noqa: ANN401 - the model that was built
        self.problems.extend(built.problems)
        self.warnings.extend(built.warnings)
        return built.model


def read_booking(body: bytes, *, max_bytes: int = MAX_BYTES) -> PostedBooking:
    """Read a posted `Booking`.

    Raises:
        MalformedXml: where the bytes are no such document; everything else is among the problems.
    """
    return _booking(parse(body, roots=("Booking",), max_bytes=max_bytes), path="Booking")


def read_trip(body: bytes, *, max_bytes: int = MAX_BYTES) -> PostedTrip:
    """Read a posted `Itinerary` with its bookings.

    Raises:
        MalformedXml: where the bytes are no such document; everything else is among the problems.
    """
    texts = parse(body, roots=("Itinerary",), max_bytes=max_bytes)
    findings = _Findings([], [])
    header = _header(texts, findings)
    findings.problems.extend(proposal_problems(header))
    bookings = tuple(
        _booking(found, path=f"Itinerary/Bookings/Booking[{number}]")
        for number, (_, found) in enumerate(members(texts, "Bookings"), start=1)
    )
    if sum(len(booking.content.segments) for booking in bookings) > MAX_SEGMENTS:
        findings.problems.append(_too_many("Itinerary/Bookings"))
    return PostedTrip(
        header=header,
        bookings=bookings,
        problems=(*findings.problems, *(problem for booking in bookings for problem in booking.problems)),
        warnings=(*findings.warnings, *(warning for booking in bookings for warning in booking.warnings)),
    )


def _header(texts: Texts, findings: _Findings) -> TripHeader:
    own = {
        path: text for path, text in texts.items() if not path.startswith(("Bookings/", "CustomAttributes/"))
    }
    if "TripName" not in own:
        findings.problems.append(Problem("Itinerary/TripName", "required", "is required"))
    if own.get("TripStatus", "0").strip() not in TRIP_STATUS_NUMBERS:
        known = ", ".join(TRIP_STATUS_NUMBERS)
        findings.warnings.append(
            Problem("Itinerary/TripStatus", "unknown_value", f"is none of {known}; taken as 0, confirmed")
        )
    _warn_of_length(own.get("TripName", ""), "TripName", path="Itinerary", findings=findings)
    attributes = {at: text for at, text in texts.items() if at.startswith("CustomAttributes/")}
    findings.warnings.extend(unknown_codes(attributes, element="Itinerary", path="Itinerary"))
    said = fields(own, ITINERARY)
    assemble_header(said)
    said["custom_attributes"] = [found for _, found in members(texts, "CustomAttributes")]
    header: TripHeader = findings.take(build(TripHeader, said, texts=own, table=ITINERARY, path="Itinerary"))
    return header


def _booking(texts: Texts, *, path: str) -> PostedBooking:
    findings = _Findings([], [])
    identity = {name: _identity(texts, name, path, findings) for name in ("BookingSource", "RecordLocator")}
    posted = [(name, found) for name, found in members(texts, "Segments") if name in _KINDS]
    if len(posted) > MAX_SEGMENTS:
        findings.problems.append(_too_many(f"{path}/Segments"))
        posted = []
    findings.warnings.extend(unknown_codes(texts, element="Booking", path=path))
    own = {name: text for name, text in texts.items() if not name.startswith(KEEP_THEIR_OWN_DETAILS)}
    for name in identity:
        own.pop(name, None)
    said = fields(own, BOOKING) | {
        "segments": _segments(posted, path=path, findings=findings),
        "passengers": _passengers(texts, path=path, findings=findings),
        "tickets": _tickets(texts, path=path, findings=findings),
    }
    content: BookingContent = findings.take(build(BookingContent, said, texts=own, table=BOOKING, path=path))
    return PostedBooking(
        booking_source=identity["BookingSource"],
        record_locator=identity["RecordLocator"],
        content=content,
        problems=tuple(findings.problems),
        warnings=tuple(findings.warnings),
    )


def _identity(texts: Texts, name: str, path: str, findings: _Findings) -> str:
    text = texts.get(name, "").strip()
    if not text:
        findings.problems.append(Problem(f"{path}/{name}", "required", "is required"))
    elif len(text) > _LONGEST_CODE:
        findings.problems.append(
            Problem(f"{path}/{name}", "type", f"must not be longer than {_LONGEST_CODE} characters")
        )
    else:
        _warn_of_length(text, name, path=path, findings=findings)
    return text


def _warn_of_length(text: str, name: str, *, path: str, findings: _Findings) -> None:
    if len(text) > _LONGEST[name]:
        longer = f"is longer than the {_LONGEST[name]} characters of Concur's schema; it is kept"
        findings.warnings.append(Problem(f"{path}/{name}", "too_long", longer))


def _too_many(path: str) -> Problem:
    return Problem(path, "too_many", f"there are more than {MAX_SEGMENTS} segments in one message")


def _segments(posted: list[tuple[str, dict[str, str]]], *, path: str, findings: _Findings) -> list[Segment]:
    numbers: dict[str, int] = {}
    segments: list[Segment] = []
    for name, texts in posted:
        numbers[name] = number = numbers.get(name, 0) + 1
        segments.append(_segment(name, texts, path=f"{path}/Segments/{name}[{number}]", findings=findings))
    return segments


def _segment(name: str, texts: dict[str, str], *, path: str, findings: _Findings) -> Segment:
    said = fields(texts, SEGMENTS[name])
    assemble_segment(said, date_cancelled=texts.get("DateCancelledUtc"))
    _resolve_times(name, texts, said, path=path, findings=findings)
    segment: Segment = findings.take(build(_KINDS[name], said, texts=texts, table=SEGMENTS[name], path=path))
    findings.warnings.extend(unknown_in_segment(segment, texts, path=path))
    return segment


def _resolve_times(name: str, texts: Texts, said: dict[str, Any], *, path: str, findings: _Findings) -> None:
    """Replace what `fields` said of the times by moments, or report what is no date."""
    moments: list[StatedMoment | None] = []
    for field, element in (("start", "Start"), ("end", "End")):
        said.pop(field, None)
        at = "EndCityCode" if element == "End" and name in _JOURNEYS else "StartCityCode"
        names = (f"{element}DateLocal", f"{element}DateUtc")
        wrong = [part for part in names if part in texts and local_time(texts[part]) is None]
        findings.problems.extend(date_problem(f"{path}/{part}") for part in wrong)
        stated_zone = texts.get("TimeZone") if element == "Start" or name not in _JOURNEYS else None
        moment = None if wrong else stated_moment(
            texts.get(names[0]),
            utc=texts.get(names[1]),
            zone=stated_zone,
            place_zone=zone_of_airport(texts.get(at, "")),
        )  # fmt: skip
        moments.append(moment)
        if moment is not None:
            said[field] = {
                key: value
                for key, value in moment._asdict().items()
                if key != "offset_stated" and value is not None
            }
    if _ends_before_start(*moments):
        findings.problems.append(Problem(f"{path}/EndDateUtc", "ends_before_start", "is before StartDateUtc"))


def _ends_before_start(start: StatedMoment | None, end: StatedMoment | None) -> bool:
    """Judge only where the sender gave both offsets: over the date line flights arrive before they leave."""
    if start is None or end is None or not (start.offset_stated and end.offset_stated):
        return False
    return _instant(end) < _instant(start)


def _instant(moment: StatedMoment) -> datetime:
    return datetime.fromisoformat(moment.local) - timedelta(minutes=moment.offset_minutes or 0)


def _passengers(texts: Texts, *, path: str, findings: _Findings) -> list[Passenger]:
    return [
        findings.take(
            build(
                Passenger,
                fields(found, PASSENGER),
                texts=found,
                table=PASSENGER,
                path=f"{path}/Passengers/Passenger[{number}]",
            )
        )
        for number, (_, found) in enumerate(members(texts, "Passengers"), start=1)
    ]


def _tickets(texts: Texts, *, path: str, findings: _Findings) -> list[Ticket]:
    posted = [found for name, found in members(texts, "AirlineTickets") if name == TICKET.element]
    tickets: list[Ticket] = []
    for number, found in enumerate(posted, start=1):
        said = fields(found, TICKET)
        assemble_ticket(said)
        at = f"{path}/AirlineTickets/AirlineTicket[{number}]"
        tickets.append(findings.take(build(Ticket, said, texts=found, table=TICKET, path=at)))
    return tickets
