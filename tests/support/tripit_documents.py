"""Documents as TripIt writes them: one tree, written as its JSON (with all the quirks) or as its XML."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

Tree = Mapping[str, Any]
"""Texts, trees, and lists of trees; names that begin with `@` are attributes."""


def as_json(response: Tree) -> bytes:
    """One child is an object, several are a list; every scalar is a text; what is empty is missing."""
    return json.dumps(_json(response)).encode()


def as_xml(response: Tree) -> bytes:
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + _xml("Response", response).encode()


def date_time(date: str | None, time: str | None = None, **parts: str) -> Tree:
    said = {"date": date, "time": time, **parts}
    return {name: text for name, text in said.items() if text is not None}


def _json(tree: Tree) -> dict[str, Any]:
    attributes = {name[1:]: text for name, text in tree.items() if name.startswith("@")}
    said: dict[str, Any] = {"@attributes": attributes} if attributes else {}
    for name, value in tree.items():
        if name.startswith("@"):
            continue
        if isinstance(value, Mapping):
            said[name] = _json(value)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            items = [_json(item) for item in value]
            if items:
                said[name] = items[0] if len(items) == 1 else items
        else:
            said[name] = str(value)
    return said


def _xml(name: str, tree: Tree) -> str:
    attributes = "".join(f" {key[1:]}={quoteattr(str(text))}" for key, text in tree.items() if key[0] == "@")
    inside = "".join(_child(key, value) for key, value in tree.items() if key[0] != "@")
    return f"<{name}{attributes}>{inside}</{name}>"


def _child(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return _xml(name, value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "".join(_xml(name, item) for item in value)
    return f"<{name}>{escape(str(value))}</{name}>"
