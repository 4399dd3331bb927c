"""How well mails are read: recall, precision and F1 by booking and by field, and documents a second.

A folder holds mails (`*.eml`) and beside each what it should come to (`*.json`): `{"bookings": [...]}`, in
the form that `POST /v1/bookings` takes, with as many fields as matter. What is not stated is not judged.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, cast

import orjson

from services.ingest.domain.email.mime import parse_mail
from services.ingest.domain.email.reading import read_mail

_RECEIVED = datetime(2199, 1, 1, tzinfo=UTC)
"""Later than any mail, so that each is judged by its own date."""
_NO_FIELDS = frozenset({"type", "inferred", "source", "revision", "booking_source"})


class Tally(NamedTuple):
    """How many were found as they should, were expected, and were stated."""

    right: int = 0
    expected: int = 0
    stated: int = 0

    def plus(self, other: "Tally") -> "Tally":
        """Add up two tallies."""
        return Tally(self.right + other.right, self.expected + other.expected, self.stated + other.stated)

    @property
    def recall(self) -> float:
        """Of what was expected, the share that was found."""
        return self.right / self.expected if self.expected else 1.0

    @property
    def precision(self) -> float:
        """Of what was stated, the share that is right."""
        return self.right / self.stated if self.stated else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of the two."""
        both = self.recall + self.precision
        return 2 * self.recall * self.precision / both if both else 0.0


class Judged(NamedTuple):
    """What reading one mail was worth."""

    bookings: Tally
    fields: Mapping[str, Tally]
    misses: tuple[str, ...]


class Scores(NamedTuple):
    """What reading a folder was worth."""

    mails: int
    bookings: Tally
    fields: Mapping[str, Tally]
    misses: Mapping[str, tuple[str, ...]]
    mails_per_second: float
    """By processor time, which what else runs on the machine does not change."""
    times_extruct: float | None
    """Time a mail by that of extruct alone, over mails in HTML without attachments: it reads none."""


def measure_emails(folder: Path, *, progress: Callable[[int, int], None] = lambda _, __: None) -> Scores:
    """Read every mail of a folder and judge what came of it."""
    mails = sorted(folder.rglob("*.eml"))
    bookings, fields = Tally(), cast("dict[str, Tally]", {})
    misses: dict[str, tuple[str, ...]] = {}
    seconds = marked_seconds = extruct_seconds = 0.0
    extruct = _extruct()
    for path in mails:  # tables are read and expressions compiled once, before the clock runs
        read_mail(path.read_bytes(), received=_RECEIVED)
    for count, path in enumerate(mails, start=1):
        raw = path.read_bytes()
        begun = time.process_time()
        reading = read_mail(raw, received=_RECEIVED)
        took = time.process_time() - begun
        seconds += took
        if extruct is not None and (html := list(_html(raw))):
            begun = time.process_time()
            for text in html:
                extruct(text)
            extruct_seconds += time.process_time() - begun
            marked_seconds += took
        found = [each.booking.model_dump(mode="json", exclude_none=True) for each in reading.bookings]
        expected = orjson.loads(path.with_suffix(".json").read_bytes())["bookings"]
        judged = judge(expected, found)
        bookings = bookings.plus(judged.bookings)
        for name, tally in judged.fields.items():
            fields[name] = fields.get(name, Tally()).plus(tally)
        if judged.misses:
            misses[path.stem] = judged.misses
        progress(count, len(mails))
    return Scores(
        mails=len(mails),
        bookings=bookings,
        fields=dict(sorted(fields.items())),
        misses=misses,
        mails_per_second=len(mails) / seconds if seconds else 0.0,
        times_extruct=marked_seconds / extruct_seconds if extruct_seconds else None,
    )


def judge(expected: list[dict[str, Any]], found: list[dict[str, Any]]) -> Judged:
    """Compare what a mail says with what was read.

    A booking is right where number and status are, and its segments are of the same kinds on the same days.
    """
    left = list(found)
    right = 0
    fields: dict[str, Tally] = {}
    misses: list[str] = []
    for booking in expected:
        match = next((each for each in left if _same_booking(booking, each)), None)
        if match is None:
            misses.append(f"missing: {_told(booking)}")
            for name, _ in _fields_of(booking):
                fields[name] = fields.get(name, Tally()).plus(Tally(0, 1, 0))
            continue
        left.remove(match)
        right += 1
        for name, is_stated, is_right in _compared(booking, match):
            fields[name] = fields.get(name, Tally()).plus(Tally(int(is_right), 1, int(is_stated)))
            if not is_right:
                misses.append(f"{name}: {_told(booking)}")
    misses.extend(f"invented: {_told(each)}" for each in left)
    return Judged(Tally(right, len(expected), len(found)), fields, tuple(misses))


def _same_booking(expected: dict[str, Any], found: dict[str, Any]) -> bool:
    number = expected.get("record_locator")
    if number is not None and _plain(number) != _plain(found.get("record_locator", "")):
        return False
    if expected.get("status", "confirmed") != found.get("status", "confirmed"):
        return False
    return sorted(map(_identity, expected.get("segments", []))) == sorted(
        map(_identity, found.get("segments", []))
    )


def _identity(segment: dict[str, Any]) -> tuple[str, str]:
    return segment["type"], _local(segment.get("start"))[:10]


def _local(moment: object) -> str:
    if isinstance(moment, dict):
        return str(cast("dict[str, Any]", moment).get("local", ""))
    return str(moment or "")


def _compared(expected: dict[str, Any], found: dict[str, Any]) -> Iterator[tuple[str, bool, bool]]:
    """Yield the fields of a booking: name, whether it is stated, whether it is right."""
    ours = sorted(expected.get("segments", []), key=_order)
    theirs = sorted(found.get("segments", []), key=_order)
    pairs = [("", {k: v for k, v in expected.items() if k != "segments"}, found), *(
        (f"{mine['type']}.", mine, other) for mine, other in zip(ours, theirs, strict=True)
    )]  # fmt: skip
    for prefix, mine, other in pairs:
        stated = dict(_flat(other))
        for name, value in _flat(mine):
            yield f"{prefix}{name}", name in stated, name in stated and _agree(name, value, stated[name])


def _order(segment: dict[str, Any]) -> tuple[str, str, str]:
    return (
        segment["type"],
        _local(segment.get("start"))[:16],
        str(segment.get("flight_number") or segment.get("name")),
    )


def _fields_of(booking: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _flat({k: v for k, v in booking.items() if k != "segments"})
    for segment in booking.get("segments", []):
        for name, value in _flat(segment):
            yield f"{segment['type']}.{name}", value


def _flat(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, each in value.items():
        if name in _NO_FIELDS or each in (None, [], {}):
            continue
        if name in {"start", "end"} and not prefix:
            yield name, _local(each)
        elif isinstance(each, dict):
            yield from _flat(cast("dict[str, Any]", each), f"{prefix}{name}.")
        elif isinstance(each, list):
            texts = [_joined(item) for item in cast("list[Any]", each)]
            yield f"{prefix}{name}", " + ".join(sorted(texts))
        else:
            yield f"{prefix}{name}", str(each)


def _joined(item: object) -> str:
    if isinstance(item, dict):
        fields = cast("dict[str, Any]", item)
        named = [
            str(fields[key]) for key in ("first_name", "last_name", "number", "value") if fields.get(key)
        ]
        return " ".join(named)
    return str(item)


def _agree(name: str, expected: str, stated: str) -> bool:
    if name in {"start", "end"}:
        return stated[: min(len(expected), 16)] == expected[:16]
    return _plain(expected) == _plain(stated)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _told(booking: dict[str, Any]) -> str:
    kinds = [" ".join(_identity(segment)) for segment in booking.get("segments", [])]
    return f"{booking.get('status', 'confirmed')} {', '.join(kinds) or 'a number alone'}"


# --- what extruct alone takes --------------------------------------------------------------------


def _extruct() -> Callable[[str], object] | None:
    """Return extruct for the two syntaxes of mails, one at a time, where it is installed."""
    try:
        from extruct import (  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs] - only measured against
            extract,
        )
    except ImportError:
        return None
    read = cast("Callable[..., object]", extract)

    def both(text: str) -> object:
        return [read(text, syntaxes=[syntax], errors="ignore") for syntax in ("json-ld", "microdata")]

    return both


def _html(raw: bytes) -> Iterator[str]:
    """Return the HTML of a mail that consists of text alone."""
    mails, texts = [parse_mail(raw)], list[str]()
    while mails:
        mail = mails.pop()
        mails.extend(mail.inner)
        if not all(part.content_type.startswith("text/") for part in mail.parts):
            return
        texts.extend(part.text for part in mail.parts if part.content_type == "text/html")
    yield from texts
