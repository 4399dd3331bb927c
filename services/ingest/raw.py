"""A message exactly as it came, and what its headers on `raw.v1` say about it.

The headers hold all that normalising it again needs beside the body: who sent it, on whose behalf,
by which route and with which parameters.
"""

import hashlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

import orjson
from pydantic import ValidationError

from schemas.base import Model
from schemas.booking_record import Owner, Source
from schemas.identifiers import Identifier, TenantName
from schemas.segments import Code, Text
from services.platform.principals import Principal

Route = Literal[
    "json",
    "concur_booking",
    "concur_trip",
    "concur_cancel_booking",
    "concur_cancel_trip",
    "override",
    "settings",
    "tripit_answer",
    "tripit_feed",
    "tripit_gone",
    "email",
    "email_decision",
]
"""How the body is read."""
Disposition = Literal["done", "queued"]
"""Whether its statements were written with it, or the worker still has to."""

Headers = Iterable[tuple[str, bytes]]


class RawHeaders(Model):
    """The headers of a record of `raw.v1`; each field is one header, `_` written as `-`."""

    tenant: TenantName
    client: Code
    caller: Code
    """What kind of token it came with, or `feed`."""
    company_wide: bool | None = None
    """True where that token spoke for all the company's travellers."""
    owner: Code
    """The party that sent it."""
    source: Source
    route: Route
    disposition: Disposition
    content_type: Code
    sha256: Code
    login: Text | None = None
    """On whose behalf it was sent; absent where the body names the travellers."""
    traveller: Identifier | None = None
    """Absent where the body concerns several."""
    parameters: Mapping[str, str] = {}
    """What the address said beside the path, by our own names."""


class RawMessage(NamedTuple):
    """A message on its way to `raw.v1`."""

    message: str
    body: bytes
    headers: RawHeaders


def decision(
    message: str,
    body: bytes,
    *,
    route: Route,
    owner: Owner,
    client: str,
    principal: Principal,
    traveller: str | None = None,
    parameters: Mapping[str, str] = MappingProxyType({}),
) -> RawMessage:
    """Return what a person decided, as JSON, as it is kept: its statements are written with it."""
    headers = RawHeaders(
        tenant=principal.tenant,
        client=client,
        caller=principal.kind,
        owner=owner.party,
        source=owner.source,
        route=route,
        disposition="done",
        content_type="application/json",
        sha256=digest(body),
        login=principal.subject,
        traveller=traveller,
        parameters=parameters,
    )
    return RawMessage(message, body, headers)


def digest(body: bytes) -> str:
    """Return the hash that `raw.v1` keeps beside the body."""
    return hashlib.sha256(body).hexdigest()


def written(headers: RawHeaders) -> list[tuple[str, bytes]]:
    """Return headers as Kafka takes them; mappings as JSON, what is absent left out."""
    fields = headers.model_dump(mode="json", exclude_none=True)
    return [
        (name.replace("_", "-"), value.encode() if isinstance(value, str) else orjson.dumps(value))
        for name, value in fields.items()
    ]


def read_headers(headers: Headers) -> RawHeaders | None:
    """Return what the headers of a record of `raw.v1` say; None where they are not ours."""
    try:
        fields = {name.replace("-", "_"): value.decode() for name, value in headers}
        parameters = orjson.loads(fields.pop("parameters", "{}"))
        return RawHeaders.model_validate({**fields, "parameters": parameters}, extra="ignore")
    except (UnicodeDecodeError, orjson.JSONDecodeError, ValidationError):
        return None
