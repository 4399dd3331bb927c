"""Fields that no model has: joined to the language's when elements are read, made again when written."""

from collections.abc import Callable, Mapping
from typing import Any

from schemas.concur.codes import NUMBER_OF_TRIP_STATUS, STATUS_CODES, TRIP_STATUS_NUMBERS, segment_status
from schemas.segments import ConfirmationKind, SegmentStatus

_TICKET_DIGITS = 13
_CARRIER_DIGITS = 3


def assemble_segment(said: dict[str, Any], *, date_cancelled: str | None) -> None:
    """Turn what only Concur says so into the language's fields, in place."""
    number = said.pop("supplier_number", None)
    if number is not None:
        said["confirmation_numbers"] = [{"kind": ConfirmationKind.SUPPLIER.value, "value": number}]
    status = segment_status(said.get("status_code"), date_cancelled=date_cancelled)
    if status is not None:
        said["status"] = status.value
    for money in ("total", "rate"):
        if "amount" not in said.get(money, {"amount": None}):
            del said[money]


def assemble_ticket(said: dict[str, Any]) -> None:
    """Join the two parts of a ticket's number, in place."""
    number = said.pop("plating_carrier", "") + said.pop("control_number", "")
    if len(number) == _TICKET_DIGITS:
        said["number"] = number
    if "amount" not in said.get("total", {"amount": None}):
        del said["total"]


def assemble_header(said: dict[str, Any]) -> None:
    """Name the trip's status, in place; one that is not known counts as confirmed."""
    said["status"] = TRIP_STATUS_NUMBERS.get(said.pop("status_number", "0"), "confirmed")


def _supplier_number(segment: Any) -> str | None:  # noqa: ANN401 - any segment
    numbers = segment.confirmation_numbers
    return next((number.value for number in numbers if number.kind is ConfirmationKind.SUPPLIER), None)


def _status_code(segment: Any) -> str | None:  # noqa: ANN401 - any segment
    """The source's code where it says the status; the status may have come about otherwise."""
    status: SegmentStatus | None = segment.status
    dated = segment.details.get("DateCancelledUtc")
    if status is None or segment_status(segment.status_code, date_cancelled=dated) is status:
        return segment.status_code
    return STATUS_CODES[status][0]


def _utc(segment: Any, *, end: str) -> str | None:  # noqa: ANN401 - any segment
    moment = getattr(segment, end)
    instant = None if moment is None else moment.utc()
    return None if instant is None else instant.removesuffix("Z")


def _zone(segment: Any) -> str | None:  # noqa: ANN401 - any segment
    return None if segment.start is None or segment.start.inferred else segment.start.zone


def _ticket_number(ticket: Any) -> str:  # noqa: ANN401 - a ticket
    digits = "".join(character for character in ticket.number or "" if character.isalnum())
    return digits if len(digits) == _TICKET_DIGITS else ""


MADE: Mapping[tuple[str, ...], Callable[[Any], str | None]] = {
    ("supplier_number",): _supplier_number,
    ("status_code",): _status_code,
    ("start", "utc"): lambda segment: _utc(segment, end="start"),
    ("end", "utc"): lambda segment: _utc(segment, end="end"),
    ("start", "zone"): _zone,
    ("plating_carrier",): lambda ticket: _ticket_number(ticket)[:_CARRIER_DIGITS] or None,
    ("control_number",): lambda ticket: _ticket_number(ticket)[_CARRIER_DIGITS:] or None,
    ("status_number",): lambda header: NUMBER_OF_TRIP_STATUS[header.status],
}
"""Fields that Concur has and no model of the language, and how they are made of it."""
