"""TripIt's answers, JSON or XML, as one form: nodes with texts and children.

TripIt makes its JSON from XML, so one child is an object and several are a list, every scalar is a text,
attributes stand under `@attributes`, and what is empty is missing. What a field means is not judged here.
"""

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from services.ingest.domain.bounded_xml import Element, MalformedXml, document, local_name

MAX_BYTES = 16 * 1024 * 1024
_ATTRIBUTES = "@attributes"
_MAX_NESTING = 64
_LONGEST_NUMBER = 15

PLAN_KINDS: Mapping[str, str] = {
    "AirObject": "air", "LodgingObject": "lodging", "CarObject": "car", "ParkingObject": "parking",
    "RailObject": "rail", "TransportObject": "transport", "CruiseObject": "cruise",
    "RestaurantObject": "restaurant", "ActivityObject": "activity",
}  # fmt: skip
"""The objects that are reservations, and what an address calls them. Notes, maps, directions, weather and
points programmes are none: they stay on `raw.v1` with the rest of the answer."""


class Node(NamedTuple):
    """An element: its texts, of a repeated one the first, and its children."""

    texts: Mapping[str, str] = MappingProxyType({})
    children: Mapping[str, tuple["Node", ...]] = MappingProxyType({})

    def text(self, name: str) -> str | None:
        """Return a text; None where it is absent or blank."""
        return self.texts.get(name)

    def child(self, name: str) -> "Node":
        """Return the first child of that name; an empty one where there is none."""
        return next(iter(self.children.get(name, ())), NOTHING)

    def all(self, name: str) -> tuple["Node", ...]:
        """Return every child of that name."""
        return self.children.get(name, ())

    def number(self, name: str) -> int | None:
        """Return a text as the whole number that it is; None where it is none."""
        text = self.texts.get(name, "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER else None

    def says_no(self, name: str) -> bool:
        """Whether a flag is there and false."""
        return self.texts.get(name, "").lower() in {"false", "0"}

    def says_yes(self, name: str) -> bool:
        """Whether a flag is there and true."""
        return self.texts.get(name, "").lower() in {"true", "1"}


NOTHING = Node()


class Fault(NamedTuple):
    """An error that TripIt reports inside an answer: one fails the whole request."""

    code: str
    detail: str


class Answer(NamedTuple):
    """One answer of TripIt's."""

    root: Node

    @property
    def timestamp(self) -> int | None:
        """When TripIt answered, in seconds by its own clock."""
        return self.root.number("timestamp")

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The errors that it reports; warnings are none."""
        return tuple(
            Fault(error.text("code") or "", error.text("detailed_error_code") or "")
            for error in self.root.all("Error")
        )

    @property
    def pages(self) -> int:
        """How many pages the whole list has."""
        return self.root.number("max_page") or 1

    @property
    def trips(self) -> tuple[Node, ...]:
        """The trips; their plans stand beside them."""
        return self.root.all("Trip")

    @property
    def plans(self) -> tuple[tuple[str, Node], ...]:
        """The reservations, each with what an address calls its kind."""
        return tuple((PLAN_KINDS[name], node) for name in PLAN_KINDS for node in self.root.all(name))

    @property
    def own_profile(self) -> str | None:
        """The reference of the profile whose account was asked, where the answer shows it."""
        mine = (profile for profile in self.root.all("Profile") if profile.says_yes("is_client"))
        return next((profile.text("@ref") for profile in mine), None)


class Unreadable(Exception):
    """The bytes are no answer of TripIt's; the text echoes nothing of them."""


def read_answer(body: bytes) -> Answer:
    """Read an answer, JSON or XML by its first byte; whether it reports errors is the caller's question.

    Raises:
        Unreadable: where the bytes are none, as those of a cut off answer or of a proxy's error page.
    """
    if len(body) > MAX_BYTES:
        raise Unreadable(f"larger than {MAX_BYTES} bytes")
    if body.lstrip()[:1] == b"<":
        return Answer(_from_xml(body))
    return Answer(_from_json(body))


def _from_xml(body: bytes) -> Node:
    try:
        return _element(document(body, roots=("Response",), max_bytes=MAX_BYTES))
    except MalformedXml as why:
        raise Unreadable(why.detail) from None


def _element(element: Element) -> Node:
    texts = {f"@{name}": value for name, value in element.items() if value.strip()}
    children: dict[str, list[Node]] = {}
    for child in element:
        name = local_name(child)
        if len(cast("Any", child)) or child.items():
            children.setdefault(name, []).append(_element(child))
        elif (text := child.text or "").strip():
            texts.setdefault(name, text.strip())
    return Node(texts, {name: tuple(nodes) for name, nodes in children.items()})


def _from_json(body: bytes) -> Node:
    try:
        value = json.loads(body, parse_float=str, parse_int=str)
        if isinstance(value, dict) and isinstance(
            inner := cast("dict[str, Any]", value).get("Response"), dict
        ):
            value = cast("dict[str, Any]", inner)
        if not isinstance(value, dict):
            raise Unreadable("not an object of JSON")
        return _object(cast("dict[str, Any]", value), depth=0)
    except (ValueError, RecursionError):  # not JSON, not UTF-8, nested without end
        raise Unreadable("neither JSON nor XML, or cut off") from None


def _object(value: dict[str, Any], *, depth: int) -> Node:
    if depth > _MAX_NESTING:
        raise Unreadable(f"nested deeper than {_MAX_NESTING}")
    texts: dict[str, str] = {}
    children: dict[str, tuple[Node, ...]] = {}
    for name, item in value.items():
        if name == _ATTRIBUTES and isinstance(item, dict):
            attributes = cast("dict[str, Any]", item)
            texts |= {f"@{key}": said for key, one in attributes.items() if (said := _text(one)) is not None}
            continue
        items: list[Any] = cast("list[Any]", item) if isinstance(item, list) else [item]
        if (said := next(filter(None, map(_text, items)), None)) is not None:
            texts[name] = said
        if objects := tuple(_objects(items, depth=depth + 1)):
            children[name] = objects
    return Node(texts, children)


def _objects(items: list[Any], *, depth: int) -> Iterable[Node]:
    for item in items:
        if isinstance(item, dict):
            yield _object(cast("dict[str, Any]", item), depth=depth)


def _text(value: object) -> str | None:
    """Return a scalar as TripIt writes them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return (storable(value).strip() or None) if isinstance(value, str) else None


def storable(text: str) -> str:
    """Return a text without what no database holds: NUL, and half a character where a text was cut."""
    return text.replace("\x00", "").encode(errors="replace").decode()
