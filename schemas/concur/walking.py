"""Walks the tables of `schemas.concur.mapping`: from texts to fields, and from fields to texts.

What the language cannot give back letter by letter stays in `details` under its path, so that reading
and writing again gives every text as it was posted.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from schemas.base import Model
from schemas.concur.codes import NUMBER_OF_TRIP_STATUS, STATUS_CODES, TRIP_STATUS_NUMBERS, segment_status
from schemas.concur.mapping import Column, ListColumn, Table
from schemas.concur.texts import (
    Texts,
    agree,
    local_time,
    may_stand_in,
    members,
    natural_order,
    numbered,
    prefixed,
)
from schemas.segments import ConfirmationKind, SegmentStatus

_TICKET_DIGITS = 13
_CARRIER_DIGITS = 3
LOCAL_TIMES = frozenset({("booked",), ("issued",), ("start",), ("start", "local"), ("end", "local")})
"""Fields that hold a date or date-time as text."""


def fields(texts: Texts, table: Table) -> dict[str, Any]:
    """Return what the texts say as nested fields, not yet validated; see `assemble_*` for the rest."""
    said: dict[str, Any] = dict(table.constants)
    for column in table.columns:
        text = texts.get(column.element, "").strip()
        if text:
            _put(said, column, text)
    for inner in table.lists:
        listed = _read_list(texts, inner)
        if listed:
            said[inner.field] = listed
    return said


def _read_list(texts: Texts, inner: ListColumn, *, read_only: bool | None = None) -> list[dict[str, Any]]:
    """Return the entries in their order; those that are only read come last, as they do when written."""
    known = [
        (inner.tables[name], found) for name, found in members(texts, inner.wrapper) if name in inner.tables
    ]
    known.sort(key=lambda entry: entry[0].read_only)
    return [fields(found, table) for table, found in known if read_only in {None, table.read_only}]


def _put(said: dict[str, Any], column: Column, text: str) -> None:
    if column.field in LOCAL_TIMES:
        time = local_time(text)
        text = text if time is None else time[0]
    *outer, last = column.field
    for part in outer:
        said = said.setdefault(part, {})
    said.setdefault(last, text)


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


def written(model: Model, table: Table) -> dict[str, str]:
    """Return the texts of all mapped fields; details only tell which entries stand there already."""
    texts: dict[str, str] = {}
    for column in table.columns:
        if column.read_only or column.element in texts:
            continue
        text = _text_at(model, column.field)
        if text is not None:
            texts[column.element] = text
    _drop_foreign_rate(model, texts)
    for inner in table.lists:
        if not _stands_in_details(model, inner):
            texts.update(_written_list(model, inner))
    return texts


def _stands_in_details(model: Model, inner: ListColumn) -> bool:
    """Whether a list was posted with entries of which nothing could be made: the details have all of it then.

    They name an entry that the list has not; and it is this list, for what the list says they say too.
    """
    writable = {name for name, table in inner.tables.items() if not table.read_only}
    told = {
        name: found
        for name, found in numbered(_details(model), inner.wrapper).items()
        if name.partition("[")[0] in writable
    }
    items = _own_entries(model, inner)
    if told.keys() <= {path.rpartition("/")[2] for path in _names_of(items, inner)}:
        return False
    said = [written(item, _table_for(item, inner)) for item in items]
    return all(any(_agrees(texts, found) for found in told.values()) for texts in said)


def _agrees(texts: Texts, found: Texts) -> bool:
    return all(agree(found.get(path, ""), text) for path, text in texts.items())


def _written_list(model: Model, inner: ListColumn) -> dict[str, str]:
    texts: dict[str, str] = {}
    numbers: dict[str, int] = {}
    for item in _own_entries(model, inner):
        table = _table_for(item, inner)
        numbers[table.element] = number = numbers.get(table.element, 0) + 1
        texts.update(prefixed(f"{inner.wrapper}/{table.element}[{number}]", written(item, table)))
    return texts


def _own_entries(model: Model, inner: ListColumn) -> list[Model]:
    """Return the entries that are written from the list; those that are only read stand in the details."""
    return _without(getattr(model, inner.field), _read_list(_details(model), inner, read_only=True))


def _without(items: Sequence[Model], elsewhere: list[dict[str, Any]]) -> list[Model]:
    """Leave out the entries that stand among the details; they are the last of their like."""
    left: list[Model] = []
    for item in reversed(items):
        said = item.model_dump(mode="json", exclude_none=True) if elsewhere else {}
        if said in elsewhere:
            elsewhere.remove(said)
        else:
            left.append(item)
    return left[::-1]


def _details(model: Model) -> Texts:
    return getattr(model, "details", {})


def _table_for(item: Model, inner: ListColumn) -> Table:
    return next(
        table
        for table in inner.tables.values()
        if not table.read_only
        and all(getattr(item, field) == value for field, value in table.constants.items())
    )


def _drop_foreign_rate(model: Model, texts: dict[str, str]) -> None:
    """Leave out a rate in another currency than the total's: one element names the currency of both."""
    total, rate = getattr(model, "total", None), getattr(model, "rate", None)
    if total is not None and rate is not None and total.currency != rate.currency:
        texts.pop("DailyRate", None)
        texts.pop("Rate", None)


def shown(model: Model, table: Table) -> dict[str, str]:
    """Return the texts to write: mapped fields, in the posted spelling where that says the same."""
    texts = written(model, table)
    details = _details(model)
    for path in sorted(details, key=natural_order):
        ours = texts.get(path)
        if may_stand_in(table.element, path) and (ours is None or agree(details[path], ours)):
            texts[path] = details[path]
    return _in_place(texts, places={name: at for at, name in enumerate(_member_names(model, table))})


def _member_names(model: Model, table: Table) -> Iterator[str]:
    """Yield the path of each entry of each list, in the order of the lists."""
    for inner in table.lists:
        yield from _names_of(getattr(model, inner.field), inner)


def _names_of(items: Sequence[Model], inner: ListColumn) -> Iterator[str]:
    numbers: dict[str, int] = {}
    for item in items:
        element = _table_for(item, inner).element
        numbers[element] = number = numbers.get(element, 0) + 1
        yield f"{inner.wrapper}/{element}[{number}]"


def _in_place(texts: dict[str, str], *, places: Mapping[str, int]) -> dict[str, str]:
    """Put entries in the order of their list, those too that are written from details alone.

    What stands in no list comes first, what only the details know of comes last, as ever.
    """

    def place(path: str) -> int:
        wrapper, _, inside = path.partition("/")
        return places.get(f"{wrapper}/{inside.partition('/')[0]}", len(places)) if inside else -1

    return dict(sorted(texts.items(), key=lambda text: place(text[0]))) if places else texts


def kept(posted: Texts, model: Model, table: Table) -> dict[str, str]:
    """Return the details: what was posted and would not be written letter by letter without them."""
    known = {path: text for path, text in posted.items() if may_stand_in(table.element, path)}
    ours = written(model.model_copy(update={"details": known}), table)
    return {path: text for path, text in known.items() if ours.get(path) != text}


def _text_at(model: Any, field: tuple[str, ...]) -> str | None:  # noqa: ANN401 - any model of the language
    made = _MADE.get(field)
    if made is not None:
        return made(model)
    value = model
    for part in field:
        value = None if value is None else getattr(value, part, None)
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if field in LOCAL_TIMES and "T" not in value:
        return f"{value}T00:00:00"
    return str(value)


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


_MADE: Mapping[tuple[str, ...], Callable[[Any], str | None]] = {
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
