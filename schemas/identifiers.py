"""Every identifier, made from business keys by UUIDv5.

No locator, login or name stands in an identifier: it is hashed together with what makes it unique,
so that identifiers can be topic keys and log fields without carrying personal data.
"""

import re
from functools import lru_cache
from hashlib import sha1
from typing import Annotated
from uuid import UUID

import orjson
from pydantic import StringConstraints

NAMESPACE = UUID("6f1d3f0e-6e0b-5c5e-9a53-3b0a7c1f4d21")

IDENTIFIER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Nothing else is an id; PostgreSQL's text could not even be asked about a NUL."""
Identifier = Annotated[str, StringConstraints(pattern=f"^{IDENTIFIER.pattern}$")]
TENANT_PATTERN = r"^[a-z0-9][a-z0-9-]{0,62}$"
TenantName = Annotated[str, StringConstraints(pattern=TENANT_PATTERN)]


def _identifier(kind: str, *parts: str) -> str:
    """Hash the parts as a JSON array, which keeps ("a", "bc") and ("ab", "c") apart.

    This is `uuid.uuid5`, in half its time: every segment of every booking has one.
    """
    text = sha1(_NAMESPACE + orjson.dumps([kind, *parts]), usedforsecurity=False).hexdigest()
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{_VARIANT[text[16]]}{text[17:20]}-{text[20:32]}"


_NAMESPACE = NAMESPACE.bytes
_VARIANT = {digit: "89ab"[at % 4] for at, digit in enumerate("0123456789abcdef")}


def normal_code(code: str) -> str:
    """Return a locator, number or source name as it is compared: trimmed, without case."""
    return " ".join(code.split()).casefold()


def traveller_id(*, tenant: str, login: str) -> str:
    """Return the opaque id of a traveller whose first known login is `login`."""
    return _identifier("traveller", tenant, normal_code(login))


def record_key(
    *,
    tenant: str,
    traveller: str,
    owner: str,
    booking_source: str,
    record_locator: str,
    posted_trip: str | None = None,
) -> str:
    """Return the key of a booking record; inside a posted trip the trip's id is part of it."""
    return _identifier(
        "booking",
        tenant,
        traveller,
        owner,
        normal_code(booking_source),
        normal_code(record_locator),
        posted_trip or "",
    )


def number_cancellation_key(
    *, tenant: str, traveller: str, owner: str, booking_source: str, number: str
) -> str:
    """Return the key of a cancellation that names only a confirmation number."""
    return _identifier(
        "number-cancellation", tenant, traveller, owner, normal_code(booking_source), normal_code(number)
    )


def posted_trip_id(*, tenant: str, traveller: str, owner: str, reference: str) -> str:
    """Return the id of a trip posted as a whole; `reference` is its idempotency key or payload hash."""
    return _identifier("posted-trip", tenant, traveller, owner, reference)


def posted_trip_key(trip: str) -> str:
    """Return the record key of the header of a posted trip."""
    return _identifier("posted-trip-header", trip)


def override_key(*, tenant: str, traveller: str, reference: str) -> str:
    """Return the record key of a person's override."""
    return _identifier("override", tenant, traveller, reference)


@lru_cache(maxsize=16_384)
def instant_key(*, tenant: str, traveller: str) -> str:
    """Return the record key under which a traveller's instant is kept."""
    return _identifier("instant", tenant, traveller)


def erasure_key(*, tenant: str, traveller: str) -> str:
    """Return the record key under which it is kept that a traveller was erased."""
    return _identifier("erasure", tenant, traveller)


def erase_message_id(*, tenant: str, traveller: str) -> str:
    """Return the id of the message that has a traveller erased; the same, however often it is said."""
    return _identifier("erase", tenant, traveller)


def settings_key(*, tenant: str, partition: int) -> str:
    """Return the record key of a tenant's settings; every partition keeps its own copy."""
    return _identifier("settings", tenant, str(partition))


@lru_cache
def progress_key(*, topic: str, partition: int) -> str:
    """Return the key of the progress marker of a partition."""
    return _identifier("progress", topic, str(partition))


@lru_cache(maxsize=65_536)
def birth_token(record: str) -> str:
    """Return the trip id that a booking record is born with (design, section 5, rule 6)."""
    return _identifier("token", record)


def reborn_token(record: str, *, offset: int) -> str:
    """Return the trip id of a record that came back to life at an offset with no token left."""
    return _identifier("reborn-token", record, str(offset))


@lru_cache(maxsize=65_536)
def token_key(token: str) -> str:
    """Return the record key under which the holder of a token is kept."""
    return _identifier("token-holder", token)


@lru_cache(maxsize=65_536)
def segment_id(*, record: str, discriminator: str) -> str:
    """Return the id of a segment as its record names it."""
    return _identifier("segment", record, discriminator)


def inbox_message_id(*, topic: str, partition: int, offset: int) -> str:
    """Return the id of a message that arrived on a topic; reading it again gives the same id."""
    return _identifier("message", topic, str(partition), str(offset))


def email_message_id(*, tenant: str, recipient: str, sha256: str) -> str:
    """Return the id of a mail: the same bytes to the same address are one message, whenever they come."""
    return _identifier("email", tenant, recipient.casefold(), sha256)


def advance_message_id(*, tenant: str, traveller: str, instant: str) -> str:
    """Return the id of the message by which a traveller's time is advanced; the same for every sweeper."""
    return _identifier("advance", tenant, traveller, instant)


def visit_message_id(*, tenant: str, traveller: str, revision: int, number: int) -> str:
    """Return the id of a payload that a visit to a traveller's own account brought."""
    return _identifier("visit", tenant, traveller, str(revision), str(number))


def fact_id(said: bytes) -> str:
    """Return the id of what lies between the segments of a trip: the same for as long as it says the same."""
    return _identifier("fact", said.decode())


def event_id(*, trip: str, epoch: int, offset: int, change: str) -> str:
    """Return the stable id of a trip event: trip, version and type (design, section 6)."""
    return _identifier("event", trip, str(epoch), str(offset), change)


def partition_key(*, tenant: str, traveller: str) -> bytes:
    """Return the bytes whose murmur2 hash chooses the partition of all that concerns a traveller."""
    return f"{tenant}|{traveller}".encode()
