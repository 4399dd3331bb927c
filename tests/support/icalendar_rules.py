"""RFC 5545 as far as calendars choke on it: one rule a function, each with its paragraph.

No packaged validator finds all of these (raw commas, LF endings, UTC with a zone, undefined zones).
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

_MAX_OCTETS = 75
_STATUS = {"TENTATIVE", "CONFIRMED", "CANCELLED"}
_TEXTS = {"SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "NAME", "X-WR-CALNAME"}


class Property(NamedTuple):
    name: str
    parameters: dict[str, str]
    value: str


class Component(NamedTuple):
    kind: str
    properties: list[Property]

    def all(self, name: str) -> list[Property]:
        return [one for one in self.properties if one.name == name]

    def text(self, name: str) -> str | None:
        found = self.all(name)
        return found[0].value if found else None


def broken_rules(feed: bytes) -> list[str]:
    """Return every rule that a feed breaks."""
    found = [wrong for rule in _OF_BYTES for wrong in rule(feed)]
    if found:
        return found
    components = parsed(feed)
    return [wrong for rule in _OF_COMPONENTS for wrong in rule(components)]


def parsed(feed: bytes) -> list[Component]:
    """Return the components in the order of their ends; the calendar is the last."""
    done: list[Component] = []
    within: list[Component] = []
    for line in feed.decode().replace("\r\n ", "").replace("\r\n\t", "").split("\r\n"):
        if not line:
            continue
        head, _, value = line.partition(":")
        name, *parameters = head.split(";")
        if name == "BEGIN":
            within.append(Component(value, []))
        elif name == "END":
            done.append(within.pop())
        else:
            said = dict(one.split("=", 1) for one in parameters)
            within[-1].properties.append(Property(name, said, value))
    return done


def _line_ends(feed: bytes) -> Iterator[str]:
    if b"\n" in feed.replace(b"\r\n", b"") or not feed.endswith(b"\r\n"):
        yield "3.1: lines end with CRLF"


def _line_lengths(feed: bytes) -> Iterator[str]:
    for line in feed.split(b"\r\n"):
        if len(line) > _MAX_OCTETS:
            yield "3.1: lines have at most 75 octets"
        try:
            line.decode()
        except UnicodeDecodeError:
            yield "3.1: a fold splits no character"


def _required(components: list[Component]) -> Iterator[str]:
    needed = {
        "VCALENDAR": ("PRODID", "VERSION"),
        "VEVENT": ("UID", "DTSTAMP", "DTSTART"),
        "VTIMEZONE": ("TZID",),
    }
    for component in components:
        for name in needed.get(component.kind, ()):
            if len(component.all(name)) != 1:
                yield f"3.6: {component.kind} has one {name}"


def _unique_ids(components: list[Component]) -> Iterator[str]:
    ids = [component.text("UID") for component in components if component.kind == "VEVENT"]
    if len(set(ids)) < len(ids):
        yield "3.8.4.7: two events have one UID"


def _zones(components: list[Component]) -> Iterator[str]:
    defined = {component.text("TZID") for component in components if component.kind == "VTIMEZONE"}
    for component in components:
        for name, parameters, value in component.properties:
            zone = parameters.get("TZID")
            if zone is not None and zone not in defined:
                yield f"3.2.19: {name} names a zone that is not defined"
            if zone is not None and value.endswith("Z"):
                yield f"3.3.5: {name} is UTC and in a zone"


def _times(components: list[Component]) -> Iterator[str]:
    for event in components:
        starts, ends = event.all("DTSTART"), event.all("DTEND")
        if event.kind != "VEVENT" or not starts or not ends:
            continue
        if starts[0].parameters.get("VALUE") != ends[0].parameters.get("VALUE"):
            yield "3.8.2.2: DTSTART and DTEND have one type"
        elif instant(ends[0]) <= instant(starts[0]):
            yield "3.8.2.2: an event ends after it starts"


def _status(components: list[Component]) -> Iterator[str]:
    for event in components:
        if event.kind == "VEVENT" and event.text("STATUS") not in {None, *_STATUS}:
            yield "3.8.1.11: this is no status of an event"
        if event.kind == "VEVENT" and event.text("TRANSP") not in {None, "OPAQUE", "TRANSPARENT"}:
            yield "3.8.2.7: this is no transparency"


def _escaping(components: list[Component]) -> Iterator[str]:
    for component in components:
        for name, _, value in component.properties:
            if name in _TEXTS and re.search(r"(?<!\\)(?:\\\\)*[,;]", value):
                yield f"3.3.11: {name} has a comma or semicolon that is not escaped"


def _method(components: list[Component]) -> Iterator[str]:
    if components[-1].text("METHOD") not in {None, "PUBLISH"}:
        yield "5546: the method asks for replies"


def _stamps(components: list[Component]) -> Iterator[str]:
    for event in components:
        if event.kind == "VEVENT" and not (event.text("DTSTAMP") or "").endswith("Z"):
            yield "3.8.7.2: DTSTAMP is UTC"
        sequence = event.text("SEQUENCE")
        if sequence is not None and not 0 <= int(sequence) < 2**31:
            yield "3.3.8: SEQUENCE is an integer of 31 bits"


def instant(found: Property) -> datetime | date:
    """Return what a time means; the zones are those of this machine, as their names are."""
    if found.parameters.get("VALUE") == "DATE":
        return datetime.strptime(found.value, "%Y%m%d").date()  # noqa: DTZ007 - a day
    zone = ZoneInfo("UTC") if found.value.endswith("Z") else ZoneInfo(found.parameters["TZID"])
    return datetime.strptime(found.value.rstrip("Z"), "%Y%m%dT%H%M%S").replace(tzinfo=zone) + timedelta(0)


_OF_BYTES: tuple[Callable[[bytes], Iterator[str]], ...] = (_line_ends, _line_lengths)
_OF_COMPONENTS: tuple[Callable[[list[Component]], Iterator[str]], ...] = (
    _required, _unique_ids, _zones, _times, _status, _escaping, _method, _stamps,
)  # fmt: skip
