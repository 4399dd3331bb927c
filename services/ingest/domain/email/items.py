"""Items of schema.org in any of their dialects, read by the names that mails give their properties.

Templates disagree about case, prefixes, lists and whether a thing is an object or its name alone. An item
answers for all of them.
"""

import html
import re
from collections.abc import Iterable, Iterator
from typing import Any, cast

MAX_DEPTH = 12
_PREFIX = re.compile(
    r"^(?:https?://(?:www\.)?schema\.org/|schema:|schema\.org/|https?://kde\.org/)", re.IGNORECASE
)


class Item:
    """One node of markup."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw
        self._fields = {_name(name): value for name, value in raw.items() if value not in (None, "", [], {})}

    @property
    def types(self) -> tuple[str, ...]:
        """Local names of its types, in lower case."""
        stated = self._fields.get("@type", self._fields.get("type"))
        return tuple(_name(text) for text in _texts(stated))

    @property
    def type(self) -> str:
        """The first of its types, or an empty text."""
        return next(iter(self.types), "")

    def has(self, *names: str) -> bool:
        """Say whether any of these properties is stated."""
        return any(name.lower() in self._fields for name in names)

    def text(self, *names: str) -> str | None:
        """Return the first text of the first of these properties that has one; of an object its name."""
        return next(iter(self.texts(*names)), None)

    def texts(self, *names: str) -> tuple[str, ...]:
        """Return all texts of the first of these properties that has any."""
        for name in names:
            if texts := tuple(_texts(self._fields.get(name.lower()))):
                return texts
        return ()

    def item(self, *names: str) -> "Item":
        """Return the first object of the first of these properties, or an empty item."""
        return next(iter(self.items(*names)), EMPTY)

    def items(self, *names: str) -> tuple["Item", ...]:
        """Return every object of the first of these properties that has one; a text is an object's name."""
        for name in names:
            if found := tuple(_items(self._fields.get(name.lower()))):
                return found
        return ()

    def within(self, *, depth: int = 0) -> Iterator["Item"]:
        """Walk every object within this one, in order."""
        for value in self._fields.values():
            yield from nodes(value, depth=depth)


def with_references(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return JSON with what its objects refer to by `@id` alone put in place, one step far."""
    named: dict[str, dict[str, Any]] = {}
    _collect(value, named, depth=0)
    return _resolved(value, named, depth=0) if named else value


def _collect(value: Any, named: dict[str, dict[str, Any]], *, depth: int) -> None:  # noqa: ANN401 - any JSON
    if depth > MAX_DEPTH:
        return
    if isinstance(value, dict):
        node = cast("dict[str, Any]", value)
        if isinstance(name := node.get("@id"), str) and len(node) > 1:
            named.setdefault(name, node)
        for each in node.values():
            _collect(each, named, depth=depth + 1)
    elif isinstance(value, list):
        for each in cast("list[Any]", value):
            _collect(each, named, depth=depth + 1)


def _resolved(value: Any, named: dict[str, dict[str, Any]], *, depth: int) -> Any:  # noqa: ANN401 - any JSON
    if depth > MAX_DEPTH:
        return value
    if isinstance(value, dict):
        node = cast("dict[str, Any]", value)
        if set(node) == {"@id"}:
            return named.get(str(node["@id"]), node)
        return {name: _resolved(each, named, depth=depth + 1) for name, each in node.items()}
    if isinstance(value, list):
        return [_resolved(each, named, depth=depth + 1) for each in cast("list[Any]", value)]
    return value


def nodes(value: Any, *, depth: int = 0) -> Iterator[Item]:  # noqa: ANN401 - any JSON
    """Return the outermost objects of a JSON value."""
    if isinstance(value, dict):
        yield Item(cast("dict[str, Any]", value))
    elif isinstance(value, list) and depth < MAX_DEPTH:
        for each in cast("list[Any]", value):
            yield from nodes(each, depth=depth + 1)


def _name(name: str) -> str:
    return _PREFIX.sub("", name.strip()).rstrip("/").lower()


def _items(value: Any) -> Iterator[Item]:  # noqa: ANN401 - any JSON
    for each in _listed(value):
        if isinstance(each, dict):
            yield Item(cast("dict[str, Any]", each))
        elif isinstance(each, str) and each.strip():
            yield Item({"name": each})


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    for each in _listed(value):
        if isinstance(each, str):
            if text := (html.unescape(each) if "&" in each else each).strip():
                yield text
        elif isinstance(each, int) and not isinstance(each, bool):
            yield str(each)
        elif isinstance(each, dict):
            named = Item(cast("dict[str, Any]", each))
            inner = (
                named.text("@value", "value", "name", "@id")
                if not named.has("@value")
                else named.text("@value")
            )
            if inner:
                yield inner


def _listed(value: Any) -> Iterable[Any]:  # noqa: ANN401 - any JSON
    if isinstance(value, list):
        flat: list[Any] = []
        for each in cast("list[Any]", value):
            flat.extend(cast("list[Any]", each) if isinstance(each, list) else [each])
        return flat
    return () if value is None else (value,)


EMPTY = Item({})
