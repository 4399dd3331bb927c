"""The examples are values of today's models, by the models and by the schemas that others read."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import TypeAdapter

from schemas.export import FOLDER, PUBLISHED
from schemas.segments import FIELD_PLACES

EXAMPLES = sorted((FOLDER / "examples").glob("*.json"))
CONSOLIDATION_ADDS = {"id", "also_known_as", "sources", "claims", "provenance", "type", "suspected_cancelled"}


def published_name(example: Path) -> str:
    return example.name.partition(".")[0]


def read(example: Path) -> dict[str, Any]:
    return orjson.loads(example.read_bytes())


def example_of(stem: str) -> dict[str, Any]:
    return read(FOLDER / "examples" / f"{stem}.json")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_a_value_of_its_model(example: Path) -> None:
    kind = TypeAdapter[Any](PUBLISHED[published_name(example)])
    value = kind.validate_json(example.read_bytes())
    assert orjson.loads(value.encode()) == read(example)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_valid_by_the_exported_schema(example: Path) -> None:
    schema = orjson.loads((FOLDER / "json" / f"{published_name(example)}.schema.json").read_bytes())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(read(example))


def test_every_published_model_has_an_example() -> None:
    assert {published_name(example) for example in EXAMPLES} == PUBLISHED.keys()


def test_an_exported_schema_refuses_what_the_model_refuses() -> None:
    schema = orjson.loads((FOLDER / "json" / "Statement.schema.json").read_bytes())
    statement = example_of("Statement.supplier-car")
    validator = Draft202012Validator(schema)
    assert not validator.is_valid(statement | {"kind": "unheard_of"})
    assert not validator.is_valid({name: value for name, value in statement.items() if name != "revision"})
    assert not validator.is_valid(statement | {"tenant": "Not A Tenant"})


def test_every_value_that_the_example_trip_shows_says_where_it_came_from() -> None:
    for segment in example_of("TripsValue.trip-from-three-sources")["content"]["segments"]:
        shown = {name for name, value in segment.items() if value not in ([], {})} - CONSOLIDATION_ADDS
        told = [field for place in segment["provenance"] for field in place["fields"]]
        assert sorted(told) == sorted(shown)
        assert all(
            FIELD_PLACES[field].group == place["group"]
            for place in segment["provenance"]
            for field in place["fields"]
        )
