from hashlib import sha256
from typing import Any

import pytest

from schemas.base import canonical_json
from services.consolidator.comparison import (
    Finding,
    ShownTrip,
    WrittenTrip,
    compare_shown,
    compare_written,
)

CONTENT = canonical_json({"name": "Bonn"})
ENVELOPE = b'{"id":"i","kind":"trip","tenant":"t","traveller":"u","version":{"epoch":1,"offset":5},'


def _written(kind: str = "trip", *, offset: int = 5, **more: Any) -> WrittenTrip:
    value = {
        "kind": kind,
        "id": "i",
        "tenant": "t",
        "traveller": "u",
        "version": {"epoch": 1, "offset": offset},
        **more,
    }
    if kind == "trip":
        value = {"content": {"name": "Bonn"}, "content_hash": sha256(CONTENT).hexdigest()} | value
    return WrittenTrip.read(canonical_json(value))


def _shown(written: WrittenTrip, **changed: Any) -> ShownTrip:
    document = written.value if written.state == "live" else None
    row = ShownTrip("acme", "someone", "id", written.version, written.state, document)
    return row._replace(**changed)


@pytest.mark.parametrize(
    ("expected", "written", "findings"),
    [
        ({"a": CONTENT}, {"a": _written()}, []),
        ({"a": CONTENT}, {}, [("a", Finding.MISSING)]),
        ({"a": CONTENT}, {"a": _written("deleted")}, [("a", Finding.MISSING)]),
        ({}, {"a": _written()}, [("a", Finding.SURPLUS)]),
        ({}, {"a": _written("deleted")}, []),
        ({"a": CONTENT}, {"a": _written(content={"name": "Köln"})}, [("a", Finding.CONTENT)]),
        ({"a": CONTENT}, {"a": _written(content_hash="0")}, [("a", Finding.HASH)]),
        ({"a": CONTENT}, {"a": _written(), "b": _written("redirect", into="a")}, []),
        ({"a": CONTENT}, {"a": _written(), "b": _written("redirect", into="c")}, [("b", Finding.DANGLING)]),
    ],
)
def test_every_way_in_which_a_written_trip_can_differ_has_its_finding(
    expected: dict[str, bytes], written: dict[str, WrittenTrip], findings: list[tuple[str, Finding]]
) -> None:
    assert list(compare_written(expected, written)) == findings


@pytest.mark.parametrize(
    ("written", "shown", "findings"),
    [
        ({"a": _written()}, {"a": _shown(_written())}, []),
        ({"a": _written("redirect", into="b")}, {"a": _shown(_written("redirect", into="b"))}, []),
        ({"a": _written()}, {}, [("a", Finding.NOT_SHOWN)]),
        ({"a": _written()}, {"a": _shown(_written(offset=4))}, [("a", Finding.SHOWN_OTHERWISE)]),
        ({"a": _written()}, {"a": _shown(_written(), document=b"{}")}, [("a", Finding.SHOWN_OTHERWISE)]),
        ({}, {"a": _shown(_written())}, [("a", Finding.SHOWN_SURPLUS)]),
    ],
)
def test_every_way_in_which_a_shown_trip_can_differ_has_its_finding(
    written: dict[str, WrittenTrip], shown: dict[str, ShownTrip], findings: list[tuple[str, Finding]]
) -> None:
    assert list(compare_shown(written, shown, done=(1, 9))) == findings


def test_what_is_shown_newer_than_was_read_is_not_judged() -> None:
    newer = _shown(_written(offset=10))

    assert list(compare_shown({"a": _written()}, {"a": newer, "b": newer}, done=(1, 9))) == []


@pytest.mark.parametrize(
    "value",
    [
        b'{"content":{"b":1,"a":"\\u00f6"},"content_hash":"0"}',
        b'{ "content" : {"a": "\xc3\xb6", "b": 1}, "content_hash" : "0" }',
        b'{"content_hash":"0","content":{"a":"\xc3\xb6","b":1}}',
        b'{"content":{"a":"\xc3\xb6","b":1},"content_a":[],"content_hash":"0"}',
    ],
)
def test_what_a_trip_says_does_not_depend_on_how_it_is_written(value: bytes) -> None:
    written = WrittenTrip.read(ENVELOPE + value[1:])

    assert written.says(canonical_json({"a": "ö", "b": 1}))
    assert not written.says(canonical_json({"a": "ö"}))
    assert not written.says(canonical_json({"a": "ö", "b": 1, "c": 2}))


GOOD, OTHER = b'"content":{"a":1},"content_hash":"0"', b'"content":{"a":2}'


@pytest.mark.parametrize(
    "value",
    [
        GOOD + b"," + OTHER,
        GOOD + b"," + OTHER + b',"content_hash":"1"',
        b'"before":{' + GOOD + b"}," + OTHER + b',"content_hash":"1"',
        b'"before":{' + GOOD + b"}," + OTHER,
    ],
)
def test_of_two_contents_a_trip_says_what_readers_take(value: bytes) -> None:
    written = WrittenTrip.read(ENVELOPE + value + b"}")

    assert not written.says(b'{"a":1}')
    assert written.says(b'{"a":2}')


def test_a_content_that_is_no_json_says_nothing() -> None:
    damaged = _written().value.replace(b'"Bonn"', b'"Bo"nn"')

    assert list(compare_written({"a": CONTENT}, {"a": WrittenTrip.read(damaged)})) == [("a", Finding.CONTENT)]
