"""One segment of a reservation of TripIt's, by the tables.

What does not fit its field stays in the details under TripIt's own name; what cannot be right is kept,
marked and reported: the traveller sees the same in TripIt.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from pydantic import ValidationError

from schemas.segments import ConfirmationKind, Segment, SegmentStatus
from services.ingest.domain.refusals import Problem
from services.ingest.domain.tripit.answers import NOTHING, Node
from services.ingest.domain.tripit.leftovers import PREFIX, leftovers, short
from services.ingest.domain.tripit.tables import (
    ADDRESS,
    FLIGHT_CANCELLED,
    LAYERS,
    NUMBERS,
    SEGMENT_NUMBER,
    Kind,
    PlaceNames,
)
from services.ingest.domain.tripit.texts import FIELDS
from services.ingest.domain.tripit.times import (
    ends_before_it_starts,
    is_unreadable,
    moment_of,
    moment_text,
)

_CARRIER_CODE = re.compile(r"[A-Z0-9]{2}")
_LAYER_ELEMENTS = frozenset(path.rpartition(".")[2] for path in LAYERS)


class ReadSegment(NamedTuple):
    """A segment, what cannot be right about it, and the names on the object around it that it took up."""

    segment: Segment
    problems: tuple[Problem, ...]
    taken_around: frozenset[str]


class _Said(NamedTuple):
    """What is said so far: our fields, and the names that each was read from."""

    fields: dict[str, Any]
    names: dict[str, set[str]]


def read_segment(table: Kind, node: Node, *, around: Node) -> ReadSegment:
    """Read a segment.

    Args:
        table: how its kind maps.
        node: the element that is the segment; the object itself where the kind has none inside.
        around: the object.
    """
    said = _Said({}, {})
    for field, names in table.texts.items():
        _say(said, field, names=names, node=node, around=around)
    for field, names in table.places.items():
        _say_place(said, field, names=names, node=node)
    _mend_carrier(said.fields)
    problems = [*_say_times(said.fields, table=table, node=node)]
    said.fields["status"] = _status(node, around=around)
    said.fields["confirmation_numbers"] = list(_numbers(node, around=around))
    said.fields["reference"] = node.text("uuid") or node.text("id")
    details = dict(_layers(node))
    segment = _built(table, said, details=details)
    if ends_before_it_starts(segment.start, segment.end):
        details[f"{PREFIX}problem"] = "ends_before_it_starts"
        problems.append(Problem("end", "ends_before_it_starts", "is before the segment's start"))
    taken = {name for names in said.names.values() for name in names}
    around_taken = {name.removeprefix("^") for name in taken if node is around or name.startswith("^")}
    if node is not around:
        known = {table.start, table.end, SEGMENT_NUMBER}
        details |= leftovers(node, without={*taken, *known, *_LAYER_ELEMENTS})
    else:
        around_taken |= {table.start, table.end, *_LAYER_ELEMENTS}
    return ReadSegment(
        segment.model_copy(update={"details": details}), tuple(problems), frozenset(around_taken)
    )


def _say(said: _Said, field: str, *, names: str, node: Node, around: Node) -> None:
    for name in names.split():
        text = around.text(name[1:]) if name.startswith("^") else node.text(name)
        value = None if text is None else FIELDS.get(field, str)(text)
        if value is not None:
            said.fields[field] = value
            said.names[field] = {name}
            return


def _say_place(said: _Said, field: str, *, names: PlaceNames, node: Node) -> None:
    address = node.child(names.address) if names.address else NOTHING
    found = {part: _first(address, texts) for part, texts in ADDRESS.items()}
    found |= {part: text for part, name in names.texts.items() if (text := node.text(name)) is not None}
    place = {part: text for part, text in found.items() if text is not None}
    if place:
        said.fields[field] = place
        said.names[field] = {*names.texts.values(), *filter(None, [names.address])}


def _first(node: Node, names: str) -> str | None:
    return next((text for name in names.split() if (text := node.text(name)) is not None), None)


def _mend_carrier(fields: dict[str, Any]) -> None:
    """Take a carrier's name of two letters for its code: other systems write it so."""
    if "carrier" not in fields and _CARRIER_CODE.fullmatch(str(fields.get("carrier_name", ""))):
        fields["carrier"] = fields.pop("carrier_name")


def _say_times(fields: dict[str, Any], *, table: Kind, node: Node) -> Iterator[Problem]:
    for field, element, at in (("start", table.start, "origin"), ("end", table.end, "destination")):
        when = node.child(element)
        place: dict[str, str] = fields.get(at, {})
        fields[field] = moment_of(when, airport=place.get("code"))
        if is_unreadable(when):
            yield Problem(field, "not_a_date", "is no date")


def _status(node: Node, *, around: Node) -> SegmentStatus:
    """Only what says so outright is a cancellation; TripIt's guess of one stays in the details."""
    cancelled = around.child("CancellationDateTime") != NOTHING
    by_airline = node.child("Status").text("flight_status") == FLIGHT_CANCELLED
    return SegmentStatus.CANCELLED if cancelled or by_airline else SegmentStatus.CONFIRMED


def _numbers(node: Node, *, around: Node) -> Iterator[dict[str, Any]]:
    """Return up to five numbers, by which different parties know the same booking."""
    agency = around.child("Agency")
    stated = [(around.text(name), issuer and around.text(issuer), kind) for name, issuer, kind in NUMBERS]
    stated += [
        (node.text(SEGMENT_NUMBER), None, ConfirmationKind.SUPPLIER),
        (agency.text("agency_conf_num"), agency.text("agency_name"), ConfirmationKind.AGENCY),
    ]
    seen: set[tuple[str, ConfirmationKind]] = set()
    for number, issuer, kind in stated:
        if short(number) is None or (number, kind) in seen:
            continue
        seen.add((number or "", kind))
        yield {"kind": kind, "value": number, "issuer": short(issuer)}


def _layers(node: Node) -> Iterator[tuple[str, str]]:
    for path, name in LAYERS.items():
        found = node
        for part in path.split("."):
            found = found.child(part)
        if (text := moment_text(moment_of(found))) is not None:
            yield f"{PREFIX}{name}", text


def _built(table: Kind, said: _Said, *, details: dict[str, str]) -> Segment:
    """Build the segment; what does not fit its field is taken out, and back among the names or details."""
    fields = {field: value for field, value in said.fields.items() if value is not None}
    while True:
        try:
            return table.segment.model_validate(fields)
        except ValidationError as error:
            for found in error.errors(include_url=False, include_input=False, include_context=False):
                _take_out(fields, said, location=found["loc"], details=details)


def _take_out(
    fields: dict[str, Any], said: _Said, *, location: tuple[int | str, ...], details: dict[str, str]
) -> None:
    """Take out a field, of a place only the part that does not fit."""
    field, part = str(location[0]), str(location[1]) if len(location) > 1 else ""
    inner = fields.get(field)
    if isinstance(inner, dict) and part in inner:
        details[f"{PREFIX}{field}.{part}"] = str(cast("dict[str, Any]", inner).pop(part))
    else:
        fields.pop(field, None)
        said.names.pop(field, None)
