"""The element tree as pydantic-xml models, made from its tables; what is written goes through them.

They write and do not read: reading arrays of several kinds through pydantic-xml takes time quadratic in
their length (docs/decisions/0003). Ingest walks the same tables instead.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic_xml import BaseXmlModel, create_model, element

from schemas.concur.elements import DECLARATION, ELEMENTS, NAMESPACE
from schemas.concur.texts import Texts

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MEMBER = re.compile(r"(?P<name>[A-Za-z]+)\[(?P<number>[0-9]+)\]")


class WireModel(BaseXmlModel):
    """An element of Concur's tree; children that nothing was said of are not written."""


def _models() -> Mapping[str, type[WireModel]]:
    made: dict[str, type[WireModel]] = {}
    for name in ELEMENTS:
        _make(name, made)
    return made


def _make(name: str, made: dict[str, type[WireModel]]) -> type[WireModel]:
    if name in made:
        return made[name]
    inside = ELEMENTS[name]
    children: dict[str, Any] = {}
    for child in inside.order:
        if child in inside.texts:
            nillable = child in inside.required
            children[child] = (str | None, element(tag=child, default=None, nillable=nillable))
        elif child in inside.parents:
            children[child] = (_make(child, made) | None, element(tag=child, default=None))
    if inside.repeated:
        first, *others = (child for child in inside.order if child in inside.repeated)
        kinds: Any = _make(first, made)
        for child in others:
            kinds = kinds | _make(child, made)
        children["members"] = (tuple[kinds, ...], element(default=()))
    made[name] = create_model(name, __tag__=name, __base__=WireModel, **children)
    return made[name]


WIRE: Mapping[str, type[WireModel]] = _models()
"""The model of each element that has children, by its name."""


def wire_model(name: str, texts: Texts) -> WireModel:
    """Return the element `name` that holds the texts under their paths; repeated ones in their order.

    Characters that XML cannot hold become U+FFFD.
    """
    tree: dict[str, Any] = {}
    for path, text in texts.items():
        *outer, last = path.split("/")
        inside = tree
        for part in outer:
            inside = inside.setdefault(part, {})
        inside[last] = _NOT_IN_XML.sub("\ufffd", text)
    return _build(name, tree)


def _build(name: str, tree: Mapping[str, Any]) -> WireModel:
    children: dict[str, Any] = {}
    members: list[tuple[str, int]] = []
    for key, inside in tree.items():
        found = _MEMBER.fullmatch(key)
        if found is not None:
            members.append((found["name"], int(found["number"])))
        else:
            children[key] = inside if isinstance(inside, str) else _build(key, inside)
    if members:
        children["members"] = tuple(
            _build(child, tree[f"{child}[{number}]"]) for child, number in _in_order(members)
        )
    children.update((child, None) for child in ELEMENTS[name].required - children.keys())
    return WIRE[name].model_construct(**children)


def _in_order(members: Sequence[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Keep the order in which the names come, and count each name upwards."""
    numbers = {name: iter(sorted(n for other, n in members if other == name)) for name in dict(members)}
    return ((name, next(numbers[name])) for name, _ in members)


def fragment(name: str, texts: Texts, *, namespace: str | None = NAMESPACE) -> bytes:
    """Return an element in UTF-8, in Concur's namespace or in none, to be put into a document."""
    xml = wire_model(name, texts).to_xml(exclude_unset=True)
    body = xml if isinstance(xml, bytes) else xml.encode()
    if namespace is None:
        return body
    start = f"<{name}".encode()
    return start + f' xmlns="{namespace}"'.encode() + body.removeprefix(start)


def document(name: str, texts: Texts, *, namespace: str | None = NAMESPACE) -> bytes:
    """Return an XML document in UTF-8 with `name` as its root, in Concur's namespace or in none."""
    return DECLARATION + fragment(name, texts, namespace=namespace)
