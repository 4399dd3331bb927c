"""Write the language down for those who do not read Python: JSON Schema and AsyncAPI.

python -m schemas.export                  write schemas/json/ and schemas/asyncapi.json
python -m schemas.export --check          fail where they differ, or where a released version breaks
python -m schemas.export --release 0.1.0  keep today's schemas as those of a released version
"""

import argparse
import importlib.metadata
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from schemas.asyncapi import asyncapi_document
from schemas.booking_record import Record, Statement
from schemas.compatibility import differences
from schemas.dead_letter import DeadLetter, DeadLetterDecision
from schemas.directory import TravellerEntry
from schemas.events import InboxBooking, TripEventAttributes, TripEventV1
from schemas.json_schema import json_schema
from schemas.trip import ProgressMarker, Trip, TripDeletion, TripRedirect, TripsValue

FOLDER = Path(__file__).parent
_JSON = Path("json")
_RELEASED = Path("released")
_SUFFIX = ".schema.json"

_IN_TRIPS: dict[str, Any] = {
    "Trip": Trip,
    "TripRedirect": TripRedirect,
    "TripDeletion": TripDeletion,
    "ProgressMarker": ProgressMarker,
}
_ELSEWHERE: dict[str, Any] = {
    "Statement": Statement,
    "Record": Record,
    "TripEventV1": TripEventV1,
    "TravellerEntry": TravellerEntry,
    "InboxBooking": InboxBooking,
    "DeadLetter": DeadLetter,
    "DeadLetterDecision": DeadLetterDecision,
}
MODELS: Mapping[str, Any] = _IN_TRIPS | _ELSEWHERE
"""Every model that the topics table names."""

_OF_HEADERS: Mapping[str, Any] = {"TripEventAttributes": TripEventAttributes}
"""What describes the headers of a message whose value has a model of its own."""

PUBLISHED: Mapping[str, Any] = {"TripsValue": TripsValue} | _ELSEWHERE
"""What is exported as JSON Schema: one document for all values of a topic."""


def exported_files(*, version: str) -> dict[Path, bytes]:
    """Return what the exported files hold, by path within `schemas/`.

    Args:
        version: of the project, which the AsyncAPI document names.
    """
    files = {_JSON / (name + _SUFFIX): _pretty(schema) for name, schema in _json_schemas()}
    return files | {
        Path("asyncapi.json"): _pretty(asyncapi_document({**MODELS, **_OF_HEADERS}, version=version))
    }


def stale_files(folder: Path, *, version: str) -> list[Path]:
    """Return the exported files of a folder that the code would write differently, or not at all."""
    files = exported_files(version=version)
    differing = {
        path
        for path, content in files.items()
        if not (folder / path).is_file() or (folder / path).read_bytes() != content
    }
    present = {path.relative_to(folder) for path in (folder / _JSON).glob("*" + _SUFFIX)}
    return sorted(differing | (present - files.keys()))


def released_differences(folder: Path) -> Iterator[tuple[str, str, bool]]:
    """Yield, for every released schema, what sets today's apart: where, what, and whether it is allowed."""
    today = dict(_json_schemas())
    for path in sorted((folder / _RELEASED).glob(f"*/*{_SUFFIX}")):
        name = path.name.removesuffix(_SUFFIX)
        where = f"{name} of {path.parent.name}"
        if name not in today:
            yield where, "is gone", False
            continue
        for difference in differences(orjson.loads(path.read_bytes()), today[name]):
            yield where, str(difference), difference.allowed


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 0, or 1 where a check fails."""
    parser = argparse.ArgumentParser(prog="python -m schemas.export", description="Write the language down.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where something is amiss")
    parser.add_argument("--release", metavar="VERSION", help="keep today's schemas as that version's")
    chosen = parser.parse_args(arguments)
    version = importlib.metadata.version("itinerary")
    if chosen.check:
        return _check(version=version)
    files = exported_files(version=version)
    for path in stale_files(FOLDER, version=version):
        if path not in files:
            (FOLDER / path).unlink()
    _write(FOLDER, files)
    if chosen.release:
        kept = {path.name: content for path, content in files.items() if path.parent == _JSON}
        _write(FOLDER / _RELEASED / chosen.release, {Path(name): content for name, content in kept.items()})
    return 0


def _check(*, version: str) -> int:
    stale = stale_files(FOLDER, version=version)
    for path in stale:
        print(f"schemas/{path} differs from the code; run `just schemas`", file=sys.stderr)
    broken = False
    for where, what, allowed in released_differences(FOLDER):
        broken |= not allowed
        print(f"{'note' if allowed else 'incompatible'}: {where}: {what}", file=sys.stderr)
    return 1 if stale or broken else 0


def _json_schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, kind in PUBLISHED.items():
        yield name, json_schema(kind, name=name)


def _pretty(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _write(folder: Path, files: Mapping[Path, bytes]) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


if __name__ == "__main__":
    sys.exit(main())
