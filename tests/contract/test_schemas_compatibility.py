"""What may change in a released schema, by pairs made by hand."""

from pathlib import Path
from typing import Any, Literal

import orjson
import pytest
from pydantic import Field, create_model

from schemas import export
from schemas.base import Model
from schemas.compatibility import Breaks, Difference, differences
from schemas.json_schema import json_schema

OLD_DATA, OLD_READERS, FOLLOW = Breaks.OLD_DATA, Breaks.OLD_READERS, Breaks.UNTIL_READERS_FOLLOW


def schema_of(**fields: Any) -> dict[str, Any]:
    return json_schema(create_model("Value", __base__=Model, **fields), name="Value")


def found(released: dict[str, Any], today: dict[str, Any]) -> list[tuple[str, Breaks]]:
    return [(difference.path, difference.breaks) for difference in differences(released, today)]


class Seat(Model):
    number: str
    row: int | None = None


class SeatWithoutRow(Model):
    number: str


class Booked(Model):
    kind: Literal["booked"] = "booked"
    seat: Seat


class Cancelled(Model):
    kind: Literal["cancelled"] = "cancelled"


class Moved(Model):
    kind: Literal["moved"] = "moved"


UNCHANGED = {"seat": (Seat, ...), "notes": (tuple[str, ...], ()), "name": (str | None, None)}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (UNCHANGED, UNCHANGED),
        (UNCHANGED, {**UNCHANGED, "added": (int, 0)}),
        (UNCHANGED, {**UNCHANGED, "added": (Seat | None, None)}),
        (UNCHANGED, dict(reversed(UNCHANGED.items()))),
        ({"a": (str, ...)}, {"a": (str, Field(description="now explained"))}),
        ({"a": (Booked | Cancelled, ...)}, {"a": (Cancelled | Booked, ...)}),
    ],
    ids=["nothing", "optional number", "optional value", "order", "description", "order of kinds"],
)
def test_a_change_that_nobody_notices_is_no_difference(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert found(schema_of(**before), schema_of(**after)) == []


@pytest.mark.parametrize(
    ("before", "after", "path", "breaks"),
    [
        ({"a": (str, ...), "b": (int, 0)}, {"a": (str, ...)}, "b", OLD_DATA),
        ({"a": (Seat, ...)}, {"a": (SeatWithoutRow, ...)}, "a.row", OLD_DATA),
        ({"a": (tuple[Seat, ...], ())}, {"a": (tuple[SeatWithoutRow, ...], ())}, "a[].row", OLD_DATA),
        ({"a": (str, ...)}, {"a": (str, ...), "b": (int, ...)}, "b", OLD_DATA),
        ({"a": (str, "x")}, {"a": (str, ...)}, "a", OLD_DATA),
        ({"a": (str, ...)}, {"a": (str, "x")}, "a", OLD_READERS),
        ({"a": (int | str, ...)}, {"a": (int, ...)}, "a", OLD_DATA),
        ({"a": (int, ...)}, {"a": (int | str, ...)}, "a", OLD_READERS),
        ({"a": (Literal["x", "y"], ...)}, {"a": (Literal["x"], ...)}, "a", OLD_DATA),
        ({"a": (Literal["x", "y"], ...)}, {"a": (Literal["x", "y", "z"], ...)}, "a", FOLLOW),
        ({"a": (str, ...)}, {"a": (Literal["x", "y"], ...)}, "a", OLD_DATA),
        ({"a": (Literal["x", "y"], ...)}, {"a": (str, ...)}, "a", OLD_READERS),
        ({"a": (Booked | Cancelled, ...)}, {"a": (Booked, ...)}, "a", OLD_DATA),
        ({"a": (Booked | Cancelled, ...)}, {"a": (Booked | Cancelled | Moved, ...)}, "a", FOLLOW),
        ({"a": (str, ...)}, {"a": (str, Field(max_length=5))}, "a", OLD_DATA),
        ({"a": (str, Field(max_length=5))}, {"a": (str, Field(max_length=4))}, "a", OLD_DATA),
        ({"a": (str, Field(max_length=5))}, {"a": (str, Field(max_length=6))}, "a", FOLLOW),
        ({"a": (str, Field(max_length=5))}, {"a": (str, ...)}, "a", FOLLOW),
        ({"a": (int, Field(ge=1))}, {"a": (int, Field(ge=2))}, "a", OLD_DATA),
        ({"a": (int, Field(ge=1))}, {"a": (int, Field(ge=0))}, "a", FOLLOW),
        ({"a": (str, Field(pattern="^x"))}, {"a": (str, Field(pattern="^y"))}, "a", OLD_DATA),
        ({"a": (str, Field(pattern="^x"))}, {"a": (str, ...)}, "a", OLD_READERS),
        ({"a": (dict[str, int], {})}, {"a": (dict[str, str], {})}, "a{}", OLD_DATA),
        ({"a": (dict[str, Any], {})}, {"a": (dict[str, str], {})}, "a{}", OLD_DATA),
    ],
)
def test_a_change_that_breaks_somebody_is_found_where_it_is(
    before: dict[str, Any], after: dict[str, Any], path: str, breaks: Breaks
) -> None:
    assert (path, breaks) in found(schema_of(**before), schema_of(**after))


def test_a_kind_inside_a_union_is_compared_with_itself() -> None:
    class BookedWithoutSeat(Model):
        kind: Literal["booked"] = "booked"

    before, after = schema_of(a=(Booked | Cancelled, ...)), schema_of(a=(BookedWithoutSeat | Cancelled, ...))
    assert found(before, after) == [("a<kind=booked>.seat", OLD_DATA)]


def test_a_value_that_contains_itself_is_compared_to_the_end() -> None:
    def tree(leaf: str) -> dict[str, Any]:
        node = {
            "type": "object",
            "properties": {
                "leaf": {"type": leaf},
                "below": {"items": {"$ref": "#/$defs/Node"}, "type": "array"},
            },
        }
        return {"$ref": "#/$defs/Node", "$defs": {"Node": node}}

    assert found(tree("string"), tree("string")) == []
    assert {path for path, _ in found(tree("string"), tree("integer"))} == {"leaf"}


def test_only_a_closed_set_that_grows_is_allowed() -> None:
    assert [breaks for breaks in Breaks if Difference("a", "x", breaks).allowed] == [FOLLOW]


@pytest.mark.parametrize("name", export.PUBLISHED)
def test_every_schema_is_compatible_with_itself(name: str) -> None:
    schema = json_schema(export.PUBLISHED[name], name=name)
    assert differences(schema, schema) == ()


def test_a_released_schema_that_is_broken_or_gone_fails_the_check(tmp_path: Path) -> None:
    released = tmp_path / "released" / "0.1.0"
    released.mkdir(parents=True)
    event = json_schema(export.PUBLISHED["TripEventV1"], name="TripEventV1")
    event["properties"]["mood"] = {"type": "string"}
    (released / "TripEventV1.schema.json").write_bytes(orjson.dumps(event))
    (released / "TripEventV0.schema.json").write_bytes(orjson.dumps(event))

    result = {(where, allowed) for where, _, allowed in export.released_differences(tmp_path)}

    assert result == {("TripEventV1 of 0.1.0", False), ("TripEventV0 of 0.1.0", False)}


def test_nothing_that_was_released_is_broken() -> None:
    broken = [
        (where, what) for where, what, allowed in export.released_differences(export.FOLDER) if not allowed
    ]
    assert broken == []
