"""Compares what should be with what is written and what is shown. Pure: values in, differences out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, NamedTuple, cast

import orjson

from schemas.base import written_json


class Finding(StrEnum):
    """What is wrong with a trip."""

    UNHEARD = "said on bookings.v1, but not in the records"
    MISHEARD = "otherwise in the records than said on bookings.v1"
    MISSING = "missing from trips.v1"
    SURPLUS = "on trips.v1, but not in the records"
    CONTENT = "differs on trips.v1"
    HASH = "its content_hash on trips.v1 is not that of its content"
    DANGLING = "redirects to a trip that is none"
    UNREADABLE = "cannot be read on trips.v1"
    NOT_SHOWN = "missing from PostgreSQL"
    SHOWN_OTHERWISE = "differs in PostgreSQL"
    SHOWN_SURPLUS = "in PostgreSQL, but not on trips.v1"


class Difference(NamedTuple):
    """One finding; ids only, no content."""

    tenant: str
    traveller: str
    trip: str
    """The id of the trip; of what was said on `bookings.v1` the record key."""
    finding: Finding


class ShownTrip(NamedTuple):
    """A row of the read model."""

    tenant: str
    traveller: str
    id: str
    version: tuple[int, int]
    state: str
    document: bytes | None


_OF_EVERY_TRIP = frozenset({"kind", "id", "tenant", "traveller", "version"})
_CONTENT, _BEHIND_CONTENT = b'"content":', b',"content_hash":'


@dataclass(frozen=True, slots=True)
class WrittenTrip:
    """The last value of a trip id on `trips.v1`."""

    value: bytes
    parsed: Mapping[str, Any]
    """All but the content."""
    content: bytes | None
    """As it is written, where it is in the way that we write it; where it is not, it has to be parsed."""

    @classmethod
    def read(cls, value: bytes) -> "WrittenTrip":
        """Take a value as it lies on the topic.

        Raises:
            ValueError: it is none of ours.
        """
        parsed, content = _apart(value)
        document = cast("Mapping[str, Any]", parsed if isinstance(parsed, dict) else {})
        if document.get("kind") != "progress" and not document.keys() >= _OF_EVERY_TRIP:
            raise ValueError("no value of trips.v1")
        return cls(value, document, content)

    def says(self, content: bytes) -> bool:
        """Say whether this canonical JSON is its content, which is read only where it seems to differ."""
        if self.content == content:
            return True
        try:
            return written_json(self.read_content()) == content
        except (ValueError, KeyError):
            return False

    def read_content(self) -> Any:  # noqa: ANN401 - any JSON value
        """Return the content of a live trip; raises ValueError or KeyError where there is none."""
        return orjson.loads(self.value)["content"]

    @property
    def is_whole(self) -> bool:
        """Whether its content is JSON."""
        try:
            orjson.loads(self.value)
        except ValueError:
            return False
        return True

    @property
    def version(self) -> tuple[int, int]:
        """The version, as it is ordered."""
        return (self.parsed["version"]["epoch"], self.parsed["version"]["offset"])

    @property
    def state(self) -> str:
        """The state of its row in the read model."""
        return "live" if self.parsed["kind"] == "trip" else self.parsed["kind"]


def _apart(value: bytes) -> tuple[Any, bytes | None]:
    """Read all but the content: most of a trip, and as a rule only held against other bytes."""
    start, stop = value.find(_CONTENT) + len(_CONTENT), value.rfind(_BEHIND_CONTENT)
    if len(_CONTENT) <= start < stop:
        try:
            parsed = orjson.loads(value[:start] + b"null" + value[stop:])
        except ValueError:
            pass  # it is written in another way, or damaged
        else:
            # Of equal names the last one counts: if that is another, something else was cut out.
            outer = cast("Mapping[str, Any]", parsed if isinstance(parsed, dict) else {})
            if outer.get("content", ...) is None:
                return outer, value[start:stop]
    return orjson.loads(value), None


def compare_written(
    expected: Mapping[str, bytes], written: Mapping[str, WrittenTrip]
) -> Iterable[tuple[str, Finding]]:
    """Yield where the last values of a traveller's trips are not what the records come to.

    Args:
        expected: by trip id the canonical content.
        written: by trip id the last value on `trips.v1`, redirects and deletions among them.
    """
    for trip in expected.keys() - {trip for trip, value in written.items() if value.state == "live"}:
        yield trip, Finding.MISSING
    for trip, value in written.items():
        if value.state == "redirect":
            into = written.get(value.parsed["into"])
            if into is None:
                yield trip, Finding.DANGLING
        elif value.state == "live":
            if trip not in expected:
                yield trip, Finding.SURPLUS
            elif not value.says(expected[trip]):
                yield trip, Finding.CONTENT
            elif value.parsed["content_hash"] != sha256(expected[trip]).hexdigest():
                yield trip, Finding.HASH


def compare_shown(
    written: Mapping[str, WrittenTrip], shown: Mapping[str, ShownTrip], *, done: tuple[int, int]
) -> Iterable[tuple[str, Finding]]:
    """Yield where the read model does not show a traveller's trips as they are written.

    Args:
        written: by trip id the last value on `trips.v1`.
        shown: by trip id the row.
        done: the epoch and offset up to which the partition was read; a newer row is not judged.
    """
    for trip, value in written.items():
        row = shown.get(trip)
        if row is None:
            yield trip, Finding.NOT_SHOWN
        elif row.version <= done and not _shows(row, value):
            yield trip, Finding.SHOWN_OTHERWISE
    for trip in shown.keys() - written.keys():
        if shown[trip].version <= done:
            yield trip, Finding.SHOWN_SURPLUS


def _shows(row: ShownTrip, value: WrittenTrip) -> bool:
    document = value.value if value.state == "live" else None
    return row.state == value.state and row.version == value.version and row.document == document
