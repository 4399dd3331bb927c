"""What `bookings.v1` says of something: where each statement lies, and which message said it."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

import orjson

from schemas.hops import Hop
from schemas.identifiers import normal_code
from schemas.topics import BOOKINGS
from services.platform.reading import LogEntry, Progress, open_reader, read_all
from services.platform.settings import KafkaSettings


class Looked(NamedTuple):
    """What statements are looked for; any of these is enough."""

    tenant: str
    ids: frozenset[str] = frozenset()
    """Of messages, or of whatever else a statement names."""
    records: frozenset[str] = frozenset()
    code: str | None = None
    """A locator or number, as codes are compared."""
    traveller: str | None = None
    """Of whom alone, if not of everybody."""


class Stated(NamedTuple):
    """A statement as it lies on the log."""

    partition: int
    offset: int
    appended_ms: int
    kind: str
    message: str
    traveller: str | None
    record: str | None
    raw: tuple[int, int] | None
    """Partition and offset of what it was read from, on `raw.v1`."""

    def hop(self) -> Hop:
        """Return where it stood."""
        return Hop(
            stage="stated",
            where=BOOKINGS.name,
            partition=self.partition,
            offset=self.offset,
            at_ms=self.appended_ms,
            decision=f"stated: {self.kind.replace('_', ' ')}",
            message=self.message,
            record=self.record,
        )


async def statements_of(
    looked: Looked, *, kafka: KafkaSettings, partitions: Iterable[int], on_progress: Progress
) -> list[Stated]:
    """Return what is looked for, as far back as the log is kept.

    Raises:
        KafkaError: trouble with the broker.
    """
    wanted = _wanted(looked)
    async with open_reader(kafka) as reader:
        return [
            found
            async for entry in read_all(reader, BOOKINGS.name, partitions=partitions, on_progress=on_progress)
            if (found := _stated(entry, looked, wanted=wanted)) is not None
        ]


class _Wanted(NamedTuple):
    """The same as bytes, so that hardly a statement has to be read for it."""

    keys: Collection[bytes]
    ids: Collection[bytes]
    code: re.Pattern[bytes] | None
    """The longest word of it; None where bytes tell nothing, and every statement has to be read."""


def _wanted(looked: Looked) -> _Wanted:
    words = re.findall("[a-z0-9]+", looked.code or "") if (looked.code or "").isascii() else []
    code = re.compile(max(words, key=len).encode(), re.IGNORECASE) if words else None
    return _Wanted(
        frozenset(key.encode() for key in looked.records), [one.encode() for one in looked.ids], code
    )


def _stated(entry: LogEntry, looked: Looked, *, wanted: _Wanted) -> Stated | None:
    value = entry.value or b""
    certain = entry.key in wanted.keys or any(one in value for one in wanted.ids)
    perhaps = looked.code is not None and (wanted.code is None or wanted.code.search(value) is not None)
    if not certain and not perhaps:
        return None
    statement = _parsed(value)
    if statement.get("tenant") != looked.tenant:
        return None
    if looked.traveller not in {None, statement.get("traveller")}:
        return None
    return _as_stated(entry, statement) if certain or looked.code in set(_codes(statement)) else None


def _parsed(value: bytes) -> Mapping[str, Any]:
    """Return what a value says, as far as it is an object: this looks at what could not be read, too."""
    try:
        said = orjson.loads(value)
    except orjson.JSONDecodeError:
        return {}
    return _object(said)


def _as_stated(entry: LogEntry, statement: Mapping[str, Any]) -> Stated:
    revision = _object(statement.get("revision"))
    partition, offset = revision.get("partition"), revision.get("offset")
    raw = (partition, offset) if isinstance(partition, int) and isinstance(offset, int) else None
    return Stated(
        partition=entry.partition,
        offset=entry.offset,
        appended_ms=entry.timestamp,
        kind=str(statement.get("kind")),
        message=str(statement.get("message")),
        traveller=statement.get("traveller"),
        record=statement.get("record"),
        raw=raw,
    )


def _codes(statement: Mapping[str, Any]) -> Iterator[str]:
    """Yield the locator and the numbers that a statement names, as they are compared."""
    for name in ("record_locator", "number"):
        if isinstance(statement.get(name), str):
            yield normal_code(statement[name])
    for segment in _list(_object(statement.get("content")).get("segments")):
        for number in _list(_object(segment).get("confirmation_numbers")):
            if isinstance(value := _object(number).get("value"), str):
                yield normal_code(value)


def _object(said: object) -> Mapping[str, Any]:
    """Return what is an object; what somebody wrote wrongly says nothing."""
    return cast("dict[str, Any]", said) if isinstance(said, dict) else {}


def _list(said: object) -> Sequence[Any]:
    return cast("list[Any]", said) if isinstance(said, list) else ()
