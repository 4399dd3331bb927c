"""Flexible content of rail tickets, packed by another's hand: asn1tools, which is told the shapes as ASN.1.

What the shapes say of the specification is ours on both sides; how they become bits is not.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import asn1tools

from services.ingest.domain.email.flexible_shapes import frame_shapes, ticket_shapes
from services.ingest.domain.email.packed_shapes import (
    Field,
    Kind,
    Letters,
    Many,
    Named,
    Shape,
    Shapes,
    Whole,
)
from tests.support.email_unseen import uic_record

_PLAIN = {"bool": "BOOLEAN", "int": "INTEGER", "utf8": "UTF8String", "octets": "OCTET STRING"}
_LEAST: dict[str, Any] = {"bool": False, "int": 0, "utf8": "", "octets": b""}


def ticket(version: int, **told: Any) -> bytes:
    """Return a ticket; of what is not told the least is, where it may not be absent."""
    return packed(ticket_shapes(version), "ticket", {"issued": ISSUED} | told)


ISSUED = {"year": 2026, "day": 124, "pnr": "QX7K2P", "issuer": "Fjordbahn"}
"""On the fourth of May."""


def frame(version: int, **parts: bytes) -> bytes:
    """Return a frame of ASN.1 with parts by their formats."""
    told = [{"format": kind, "body": body} for kind, body in parts.items()]
    content = {"content": {"parts": told}}
    return packed(frame_shapes(version), "frame", {"format": f"U{version}", "signed": content})


def u_flex(number: bytes, body: bytes) -> bytes:
    """Return the record of a ticket in the frame of UIC 918.3."""
    return uic_record(b"U_FLEX" + number, body)


def packed(shapes: Shapes, name: str, told: Mapping[str, Any]) -> bytes:
    """Return a value of a shape, packed."""
    values = _values(shapes, name, told)
    return bytes(_compiled(_module(shapes)).encode(_type(name), values))


def fullest_ticket(version: int, *, documents: list[dict[str, Any]]) -> bytes:
    """Return a ticket with a document of each kind that states every field, and others behind them."""
    shapes = ticket_shapes(version)
    values = _values(shapes, "ticket", {"issued": ISSUED, "documents": documents})
    full = _fullest(shapes, "ticket", depth=0)
    full["c-issued"] |= values["c-issued"]
    every = [
        full["c-documents"][0] | {"c-ticket": (_choice(kind), _fullest(shapes, kind, depth=0))}
        for kind in (str(field.kind) for field in shapes["kind_of_document"].fields)
    ]
    full["c-documents"] = [*every, *values["c-documents"]]
    return bytes(_compiled(_module(shapes)).encode(_type("ticket"), full))


@cache
def _compiled(module: str) -> Any:
    return asn1tools.compile_string(module, codec="uper")


# --- shapes as ASN.1 -----------------------------------------------------------------------------


def _module(shapes: Shapes) -> str:
    types = "\n".join(_assignment(name, shape) for name, shape in shapes.items())
    return f"Tickets DEFINITIONS AUTOMATIC TAGS ::= BEGIN\n{types}\nEND\n"


def _assignment(name: str, shape: Shape) -> str:
    more = ["..."] if shape.is_open else []
    if shape.is_choice:
        ways = [f"{_component(field)} {_asn1(field.kind)}" for field in _told_apart(shape)]
        return f"{_type(name)} ::= CHOICE {{ {', '.join([*ways, *more])} }}"
    fields = [
        f"{_component(field)} {_asn1(field.kind)}{' OPTIONAL' if field.may_lack else ''}"
        for field in _told_apart(shape)
    ]
    return f"{_type(name)} ::= SEQUENCE {{ {', '.join([*fields, *more])} }}"


def _told_apart(shape: Shape) -> Iterator[Field]:
    """Return the fields, each with a name."""
    for number, field in enumerate(shape.fields):
        name = str(field.kind) if shape.is_choice else field.name or f"unnamed_{number}"
        yield field._replace(name=name)


def _type(name: str) -> str:
    return f"T-{name.replace('_', '-')}"


def _component(field: Field) -> str:
    return f"c-{field.name}".replace("_", "-")


def _asn1(kind: Kind) -> str:
    match kind:
        case Whole(low, high):
            return f"INTEGER ({low}..{high})"
        case Named(names, is_open):
            each = [f"n{number}({number})" for number in range(names)]
            return f"ENUMERATED {{ {', '.join([*each, *(['...'] if is_open else [])])} }}"
        case Letters(low, high):
            return "IA5String" if high is None else f"IA5String (SIZE({low}..{high}))"
        case Many(of):
            return f"SEQUENCE OF {_asn1(of)}"
        case str():
            return _PLAIN.get(kind) or _type(kind)


# --- values --------------------------------------------------------------------------------------


def _values(shapes: Shapes, name: str, told: Mapping[str, Any]) -> Any:
    shape = shapes[name]
    if shape.is_choice:
        ((chosen, value),) = told.items()
        return _choice(chosen), _values(shapes, chosen, value)
    left = dict(told)
    values = {
        _component(field): _value(shapes, field.kind, left.pop(field.name, None))
        for field in _told_apart(shape)
        if field.name in told or not field.may_lack
    }
    assert not left, f"{name} has no {left}"
    return values


def _value(shapes: Shapes, kind: Kind, told: Any) -> Any:
    match kind:
        case Whole(low, _):
            return low if told is None else told
        case Named():
            return f"n{told or 0}"
        case Letters(low, _):
            return "x" * low if told is None else told
        case Many(of):
            return [_value(shapes, of, each) for each in told or ()]
        case str():
            if kind in _LEAST:
                return _LEAST[kind] if told is None else told
            return _values(shapes, kind, told or {})


def _choice(chosen: str) -> str:
    return f"c-{chosen}".replace("_", "-")


_DEEPEST = 4
"""Routes hold routes."""


def _fullest(shapes: Shapes, name: str, *, depth: int) -> Any:
    """Return a value of a shape with all that may be absent."""
    shape = shapes[name]
    if shape.is_choice:
        chosen = str(shape.fields[depth % len(shape.fields)].kind)
        return _choice(chosen), _fullest(shapes, chosen, depth=depth + 1)
    return {
        _component(field): _most(shapes, field.kind, depth=depth)
        for field in _told_apart(shape)
        if not field.may_lack or depth < _DEEPEST
    }


def _most(shapes: Shapes, kind: Kind, *, depth: int) -> Any:
    match kind:
        case Whole(_, high):
            return high
        case Named(names, _):
            return f"n{names - 1}"
        case Letters(_, high):
            return "y" * (2 if high is None else high)
        case Many(of):
            return [_most(shapes, of, depth=depth + 1)] * (1 if depth < _DEEPEST else 0)
        case str():
            if kind in _LEAST:
                return {"bool": True, "int": -(2**62), "utf8": "ž", "octets": b"\xff"}[kind]
            return _fullest(shapes, kind, depth=depth + 1)
