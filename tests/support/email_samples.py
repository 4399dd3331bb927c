"""The project's own set of mails, made from small readable sources, each with what it should come to.

`python -m tests.support.email_samples FOLDER` writes them, and each forwarded in five ways, as `*.eml` with the
expected `*.json` beside, for `itinerary bench email FOLDER`.
"""

import shlex
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from email.utils import format_datetime, parsedate_to_datetime
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from tests.support.email_flexible import flexible
from tests.support.email_forwards import WAYS
from tests.support.email_frame import framed
from tests.support.email_machine_made import machine_made
from tests.support.email_unseen import unseen
from tests.support.email_unseen_fifteenth import unseen_fifteenth
from tests.support.email_unseen_fourteenth import unseen_fourteenth
from tests.support.email_unseen_seventeenth import unseen_seventeenth
from tests.support.email_unseen_sixth import unseen_sixth
from tests.support.email_unseen_tenth import unseen_tenth

SOURCES = Path(__file__).parents[1] / "samples/email"
WRITTEN = datetime(2026, 5, 4, 9, tzinfo=timezone(timedelta(hours=2)))


class Sample(NamedTuple):
    """A mail, and the bookings that it speaks of, as far as they are judged."""

    name: str
    raw: bytes
    expected: list[dict[str, Any]]


@cache
def samples() -> tuple[Sample, ...]:
    """Return every sample, as it came from its vendor."""
    return (*_in_words(), *_made())


def names() -> list[str]:
    """Return how the samples are called, without writing the mails: that takes a second."""
    return [name for name, *_ in chain(_sources(), _mails())]


def _made() -> Iterator[Sample]:
    for name, mail, lines in _mails():
        if mail["Date"] is None:
            mail["Date"] = format_datetime(WRITTEN)
        yield Sample(name, mail.as_bytes(), expected_of(lines))


def _mails() -> Iterable[tuple[str, EmailMessage, list[str]]]:
    return chain(
        machine_made(),
        unseen(),
        unseen_sixth(),
        unseen_tenth(),
        unseen_fourteenth(),
        unseen_fifteenth(),
        unseen_seventeenth(),
        flexible(),
    )


def forwarded(sample: Sample) -> Iterator[Sample]:
    """Return a sample as it arrives forwarded, in each way."""
    for way, forward in WAYS.items():
        yield Sample(f"{sample.name}.{way}", forward(sample.raw), sample.expected)


# --- mails in words ------------------------------------------------------------------------------

_ENCODINGS = (
    ("utf-8", "quoted-printable"),
    ("utf-8", "base64"),
    ("cp1252", "quoted-printable"),
    ("utf-8", "8bit"),
    ("cp1252", "base64"),
)
_OF_LANGUAGES = {
    "japanese": ("iso-2022-jp", "7bit"),
    "chinese": ("gb18030", "base64"),
    "polish": ("iso-8859-2", "quoted-printable"),
}


def _in_words() -> Iterator[Sample]:
    for name, text, number in _sources():
        head, _, body = text.partition("\n\n")
        yield _written(name, head, body, number)


def _sources() -> Iterator[tuple[str, str, int]]:
    for source in sorted(SOURCES.glob("*.txt")):
        for number, text in enumerate(source.read_text(encoding="utf-8").split("\n=== ")[1:]):
            name, _, rest = text.partition("\n")
            yield name, rest, number


def _written(name: str, head: str, body: str, number: int) -> Sample:
    expected: list[str] = []
    headers: dict[str, str] = {}
    for line in head.splitlines():
        label, _, value = line.partition(": ")
        if label in {"expect", "booking"}:
            expected.append(value if label == "expect" else f"booking {value}")
        else:
            headers[label] = value
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = (
        headers["From"],
        "Anna Berg <anna.berg@example.com>",
        headers["Subject"],
    )
    when = parsedate_to_datetime(headers["Date"]) if "Date" in headers else WRITTEN
    mail["Date"], mail["Message-ID"] = format_datetime(when), f"<{name}@samples.example>"
    language = next((word for word in _OF_LANGUAGES if word in name), None)
    charset, encoding = _OF_LANGUAGES[language] if language else _ENCODINGS[number % len(_ENCODINGS)]
    try:
        body.encode(charset)
    except UnicodeEncodeError:
        charset, encoding = "utf-8", "base64"
    kind = headers.get("Content", "plain")
    mail.set_content(framed(body) if kind == "html" else body, subtype=kind, charset=charset, cte=encoding)
    return Sample(name, mail.as_bytes(), expected_of(expected))


def expected_of(lines: list[str]) -> list[dict[str, Any]]:
    """Read `kind number field=value ... [cancelled]`; lines of one number are one booking."""
    bookings: dict[str, dict[str, Any]] = {}
    last: dict[str, Any] | None = None
    for line in lines:
        kind, number, *fields = [*shlex.split(line), ""][:-1] if line != "none" else ["none", ""]
        if kind == "none":
            continue
        if kind == "booking":
            if last is not None:
                _set(last, dict(pair.split("=", 1) for pair in [number, *fields]))
            continue
        key = number if number != "-" else f"-{len(bookings)}"
        is_cancelled = "cancelled" in fields
        last = bookings.setdefault(
            key, {"status": "cancelled" if is_cancelled else "confirmed", "segments": []}
        )
        if number != "-":
            last["record_locator"] = number
        if kind != "number":
            segment: dict[str, Any] = {"type": kind}
            _set(segment, dict(pair.split("=", 1) for pair in fields if "=" in pair))
            last["segments"].append(segment)
    return list(bookings.values())


def _set(target: dict[str, Any], fields: dict[str, str]) -> None:
    for path, value in fields.items():
        *outer, name = path.split(".")
        holder = target
        for step in outer:
            holder = holder.setdefault(step, {})
        if name == "passengers":
            holder[name] = [_person(each) for each in value.split(" + ")]
        elif name == "seats":
            holder[name] = [{"number": each} for each in value.split("+")]
        else:
            holder[name] = value


def _person(name: str) -> dict[str, str]:
    first, _, last = name.rpartition(" ")
    return {"first_name": first, "last_name": last}


def write(folder: Path) -> int:
    """Write every sample and its forwards; return how many mails that is."""
    count = 0
    for group in ("originals", *WAYS):
        (folder / group).mkdir(parents=True, exist_ok=True)
    for sample in samples():
        for each, group in ((sample, "originals"), *zip(forwarded(sample), WAYS, strict=True)):
            path = folder / group / each.name
            path.with_name(f"{each.name}.eml").write_bytes(each.raw)
            path.with_name(f"{each.name}.json").write_bytes(orjson.dumps({"bookings": each.expected}))
            count += 1
    return count


if __name__ == "__main__":
    print(f"{write(Path(sys.argv[1]))} mails")  # noqa: T201 - a command
