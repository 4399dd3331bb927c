"""Bar codes of rail tickets: UIC 918.3, whose records repeat what is printed beside them, and its successor.

Three kinds of records are read: the flexible content of all railways (`U_FLEX`), the fields of Deutsche Bahn
(`0080BL`), and the printed page itself (`U_TLAY`); its lines go to our rules, as the text of a PDF does. The
successor frames flexible content alone. Signatures are of no use to us: nothing that a mail says is believed
for them.
"""

import re
import zlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import chain
from typing import NamedTuple

from schemas.segments import Place, RailSegment
from services.ingest.domain.email.bounds import MAX_TEXT_CHARACTERS, UNREADABLE
from services.ingest.domain.email.flexible_ticket import MOST_DAYS, UNDATED, read_flexible, tickets_in_frame
from services.ingest.domain.email.found import NOTHING, Found, Sight
from services.ingest.domain.email.results import Engine
from services.ingest.domain.email.values import code, passenger_of, prose
from services.ingest.domain.email.when import Stamp, moment_of

_SIGNATURES = {"01": 50, "02": 64}
"""How long the signature is, by the version of the frame."""
_HEAD = 14
"""`#UT`, version, issuer, key."""
_RECORD = re.compile(rb"([A-Z0-9_]{6})(\d{2})(\d{4})")
_SIZES_OF_ORDERS = {2: 46, 3: 26}
_FIELD = re.compile(r"S(\d{3})(\d{4})")
_CELL = re.compile(r"(\d{2})(\d{2})(\d{2})(\d{2})(.)(\d{4})")
_MAX_PACKED = 64 * 1024
_MAX_CELLS, _MAX_LINES, _MAX_COLUMNS = 200, 60, 120
_FLEXIBLE = {1: 1, 13: 1, 2: 2, 20: 2, 3: 3, 30: 3}
"""The major version of flexible content, as its records number it."""
_FRAME = re.compile(r"[\x01\x81]U([b-e])")
"""How frames of ASN.1 begin: whether they are signed, and then `U1` or `U2` in seven bits each."""


class Record(NamedTuple):
    """One record of a ticket."""

    name: str
    version: int
    body: str


class RailTicket(NamedTuple):
    """What the bar code of a rail ticket says: what it books, and its page in words."""

    sight: Sight
    page: str


def looks_like_rail_ticket(text: str) -> bool:
    """Say whether a bar code, its bytes taken as Latin-1, may be such a ticket."""
    return (text.startswith("#UT") and text[3:5] in _SIGNATURES) or _FRAME.match(text) is not None


def read_rail_ticket(text: str) -> RailTicket | None:
    """Read a bar code, its bytes taken as Latin-1; None where it cannot be read."""
    framed = _FRAME.match(text)
    return (
        _old(text)
        if framed is None
        else _framed(text.encode("latin-1"), version=1 if framed[1] in "bc" else 2)
    )


def _framed(body: bytes, *, version: int) -> RailTicket | None:
    """Read a frame of ASN.1 with what tickets it holds."""
    tickets = tickets_in_frame(body, version=version)
    sights = [read_flexible(ticket, version=told, order=None) for told, ticket in tickets]
    read = [sight for sight in sights if sight is not None]
    return (
        RailTicket(Sight(found=tuple(chain.from_iterable(each.found for each in read))), "") if read else None
    )


def _old(text: str) -> RailTicket | None:
    """Read a frame of packed records."""
    at = _HEAD + _SIGNATURES.get(text[3:5], 0)
    try:
        unpacked = zlib.decompressobj().decompress(text[at + 4 :].encode("latin-1"), _MAX_PACKED)
    except UNREADABLE:
        return None
    records = {record.name: record for record in _records(unpacked)}
    order = records["U_HEAD"].body[4:24].strip(" \0") if "U_HEAD" in records else ""
    fields: Mapping[str, str] = _fields(records["0080BL"]) if "0080BL" in records else {}
    page = _page(records["U_TLAY"].body) if "U_TLAY" in records else ""
    if page and order:
        page = f"Order number: {order}\n{page}"  # which is printed by its railway's own words, if at all
    flexible = _flexible(records.get("U_FLEX"), order=code(order))
    if flexible.found and all(each.doubt is None and _is_timed(each) for each in flexible.found):
        return RailTicket(flexible, "")  # which says it all, and better than the page
    sight = flexible if flexible.found else _sight(fields, order=code(order))
    return RailTicket(sight, page[:MAX_TEXT_CHARACTERS])


def _flexible(record: Record | None, *, order: str | None) -> Sight:
    version = None if record is None else _FLEXIBLE.get(record.version)
    if record is None or version is None:
        return NOTHING
    return read_flexible(record.body.encode("latin-1"), version=version, order=order) or NOTHING


def _is_timed(found: Found) -> bool:
    return found.segment is not None and found.segment.start is not None and found.segment.start.has_time


def _records(unpacked: bytes) -> Iterator[Record]:
    at = 0
    while (head := _RECORD.match(unpacked, at)) is not None:
        size = int(head[3])
        if size < len(head[0]):
            return
        yield Record(head[1].decode("ascii"), int(head[2]), _decoded(unpacked[head.end() : at + size]))
        at += size


def _decoded(body: bytes) -> str:
    """Keep one sign for each byte, for lengths count bytes; `_value` reads what is written in UTF-8."""
    return body.decode("latin-1")


def _value(text: str) -> str:
    try:
        return text.encode("latin-1").decode("utf-8")
    except UNREADABLE:
        return text


def _fields(record: Record) -> Mapping[str, str]:
    """Return the numbered fields behind the orders that a record begins with."""
    size, count = _SIZES_OF_ORDERS.get(record.version), record.body[2:3]
    if size is None or not count.isdecimal():
        return {}
    at = 3 + size * int(count) + 2
    fields: dict[str, str] = {}
    while (head := _FIELD.match(record.body, at)) is not None:
        at = head.end() + int(head[2])
        fields[head[1]] = _value(record.body[head.end() : at]).strip()
    return fields


def _sight(fields: Mapping[str, str], *, order: str | None) -> Sight:
    """Return the journey that the fields name: where from, where to, and the day on which it is good."""
    first, last = _day(fields.get("031")), _day(fields.get("032"))
    origin, destination = prose(fields.get("015")), prose(fields.get("016"))
    if first is None or origin is None or destination is None:
        return NOTHING
    is_dated = last is not None and (last - first).days < MOST_DAYS and "017" not in fields
    passenger = passenger_of(fields.get("028", "").replace("#", " ") or fields.get("023"))
    place = Place(name=origin)
    return Sight(
        found=(
            Found(
                engine=Engine.BOARDING_PASS,
                confidence=70,
                segment=RailSegment(
                    start=moment_of(Stamp(first.isoformat()), place=place),
                    origin=place,
                    destination=Place(name=destination),
                    class_of_service=code(fields.get("014", "").removeprefix("S")),
                ),
                number=order,
                passengers=() if passenger is None else (passenger,),
                doubt=None if is_dated else UNDATED,
            ),
        )
    )


def _day(text: str | None) -> date | None:
    try:
        return datetime.strptime(text or "", "%d.%m.%Y").date()  # noqa: DTZ007 - a day on a ticket has no zone
    except ValueError:
        return None


def _page(body: str) -> str:
    """Return the printed page: its texts at their lines and columns, two blanks between neighbours."""
    lines: dict[int, list[tuple[int, str]]] = {}
    at = 8
    for _ in range(_MAX_CELLS):
        head = _CELL.match(body, at)
        if head is None:
            break
        at = head.end() + int(head[6])
        if (line := int(head[1])) <= _MAX_LINES and (text := _value(body[head.end() : at]).strip()):
            lines.setdefault(line, []).append((int(head[2]), text))
    return "\n".join(_line([text for _, text in sorted(lines[line])]) for line in sorted(lines))


def _line(cells: list[str]) -> str:
    """Return a line of the page; one of both ends, each with its day and hour, as two lines."""
    if len(cells) == len(_BOTH_ENDS) and all(map(re.fullmatch, _BOTH_ENDS, cells)):
        first, leaves, origin, destination, last, arrives = cells
        return f"{first}  {leaves}  {origin}\n{last}  {arrives}  {destination}"
    return "  ".join(cells)


_BOTH_ENDS = (
    r"\d{1,2}[./]\d{1,2}\.?",
    r"\d{1,2}[:.]\d{2}",
    r".*\D.*",
    r".*\D.*",
    r"\d{1,2}[./]\d{1,2}\.?",
    r"\d{1,2}[:.]\d{2}",
)
"""As tickets of many railways are laid out: day, hour, from, to, day, hour."""
