"""What is known of a value of `records.v1` or `trips.v1` without unpacking it: whose it is and how old.

Restoring reads millions of them and most are not touched for days, so that each is looked into once, for
these few fields, and unpacked only when its traveller is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from pydantic import ValidationError

from schemas.base import written_json
from schemas.topics import RECORDS
from schemas.trip import ProgressMarker, decode_trips_value


class Output(NamedTuple):
    """One message for the batch's own partition of a topic."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()
    tenant: str = ""
    """Whose it is, where the worker has to keep it; empty otherwise."""
    traveller: str = ""
    """Empty for what is the whole tenant's: its settings."""


class Tombstone(NamedTuple):
    """That a key of the batch's own partition of a topic is no more."""

    topic: str
    key: bytes
    value: None = None
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """What a local state is of, and up to where."""

    epoch: int = 0
    topic_ids: Mapping[str, str] = field(default_factory=dict[str, str])
    """The broker's ids of `records.v1` and `trips.v1`: a topic created anew is another."""
    positions: Mapping[str, int] = field(default_factory=dict[str, int])
    """By topic the offset up to which it is held."""
    done: int = -1
    topic_id: str | None = None
    """Which `bookings.v1` it is of which that much is done."""
    poisoned: tuple[int, ...] = ()
    seen_ms: int = 0
    """When it was kept up last, by the clock of this host."""

    def encode(self) -> bytes:
        """Return it as JSON."""
        return orjson.dumps(self)

    @classmethod
    def decode(cls, encoded: bytes) -> "Note":
        """Read it.

        Raises:
            TypeError, ValueError: it was written by another version.
        """
        fields = orjson.loads(encoded)
        return cls(**fields | {"poisoned": tuple(fields["poisoned"])})


_TRIPS_KINDS = frozenset({"trip", "redirect", "deleted"})


def read_value(topic: str, key: bytes, encoded: bytes) -> Output | ProgressMarker | None:
    """Say whose a value is; of `trips.v1` also what it says of progress.

    Returns:
        None for a value of `trips.v1` that is none of ours.

    Raises:
        ValueError: a value of `records.v1` is none of ours.
    """
    if topic == RECORDS.name:
        return _record(key, encoded)
    try:
        parsed = orjson.loads(encoded)
        if parsed["kind"] == "progress":
            marker = decode_trips_value(encoded)
            return marker if isinstance(marker, ProgressMarker) else None
        ours = parsed["kind"] in _TRIPS_KINDS and parsed["id"].encode() == key
        version = (parsed["version"]["epoch"], parsed["version"]["offset"])
        # The core looks into values without unpacking them, and relies on their one canonical form.
        if not ours or version < (0, 0) or written_json(parsed) != encoded:
            return None
        return Output(topic, key, encoded, tenant=parsed["tenant"], traveller=parsed["traveller"])
    except (AttributeError, KeyError, TypeError, ValueError, ValidationError):
        return None


def _record(key: bytes, encoded: bytes) -> Output:
    try:
        parsed = orjson.loads(encoded)
        traveller = "" if parsed["kind"] == "settings" else parsed["traveller"]
        _order_of_record(parsed)
        return Output(RECORDS.name, key, encoded, tenant=parsed["tenant"], traveller=traveller)
    except (AttributeError, KeyError, TypeError, ValueError) as unreadable:
        # Neither text nor cause: they may say what a traveller booked.
        raise ValueError(f"a value of {RECORDS.name} is no record: {type(unreadable).__name__}") from None


def is_older(value: Output, known: Output | bytes | None) -> bool:
    """Say whether a value is older than what is known in its place."""
    if known is None:
        return False
    encoded = known.value if isinstance(known, Output) else known
    return _order(value.topic, value.value) < _order(value.topic, encoded)


def _order(topic: str, encoded: bytes) -> tuple[int, int]:
    parsed = orjson.loads(encoded)
    if topic == RECORDS.name:
        return _order_of_record(parsed)
    return (parsed["version"]["epoch"], parsed["version"]["offset"])


def _order_of_record(parsed: Mapping[str, Any]) -> tuple[int, int]:
    if parsed["kind"] == "settings":
        return (int(parsed["settings"]["revision"]), int(parsed["offset"]))
    return (0, int(parsed["offset"]))
