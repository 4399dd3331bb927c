"""The OpenAPI document of all routes that the gateway serves: complete, valid, true to its examples."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from openapi_spec_validator import validate
from pydantic import TypeAdapter

from services.ingest.described import TOLD as INGEST_TOLD
from services.platform.openapi import Told, describe
from services.platform.problems import problem_json
from services.query.described import TOLD as QUERY_TOLD
from tests.support.all_routes import app_of_all_routes

NOT_IN_JSON = {"get_calendar", "post_tripit_notification"}
TIMES_AS_TEXT = {"post_json_bookings", "correct_email"}
"""Bookings may be posted with times as one text, which their type does not tell."""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    app = app_of_all_routes()
    describe(app, about="trips", told={**QUERY_TOLD, **INGEST_TOLD})
    return app.openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            if path.startswith("/v1/"):
                yield operation["operationId"], operation


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_every_json_route_tells_what_it_answers_with_an_example_or_that_it_answers_nothing(
    document: dict[str, Any],
) -> None:
    told = {**QUERY_TOLD, **INGEST_TOLD}
    for name, operation in operations(document):
        success = operation["responses"][str(told[name].status)]
        if told[name].status != 204 and name not in NOT_IN_JSON:
            content = success["content"]["application/json"]
            assert content["schema"], name
            assert content["example"], name


def test_every_json_route_tells_its_problems(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        problems = {status: said for status, said in operation["responses"].items() if status[0] in "45"}
        for said in problems.values():
            schema = said["content"]["application/problem+json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Problem"}, name
        if operation["security"]:
            assert problems.keys() >= {"400", "401", "403", "404", "429", "503"}, name


@pytest.mark.parametrize(
    ("name", "status", "kind", "says"),
    [
        ("make_share", "409", "under-way", "first request with this key is still running"),
        ("correct_trip", "409", "under-way", "first request with this key is still running"),
        ("accept_email", "409", "conflict", "somebody else decided meanwhile"),
        ("list_changes", "410", "cursor-too-old", "no longer kept"),
    ],
)
def test_an_example_of_a_problem_is_of_the_kind_that_its_words_tell_of(
    document: dict[str, Any], name: str, status: str, kind: str, says: str
) -> None:
    said = dict(operations(document))[name]["responses"][status]["content"]["application/problem+json"]
    example = said["example"]

    assert says in example["detail"]
    assert example == problem_json(int(status), detail=example["detail"], kind=kind)


def test_a_problem_that_does_not_say_whether_to_try_again_is_a_problem_nevertheless(
    document: dict[str, Any],
) -> None:
    problem = document["components"]["schemas"]["Problem"]

    assert "retryable" in problem["properties"]
    assert set(problem["required"]) == {"type", "title", "status", "detail"}


def test_what_is_not_in_json_does_not_pass_for_it(document: dict[str, Any]) -> None:
    assert "/problems/{kind}" not in document["paths"]


def test_every_post_of_the_query_service_can_be_sent_again_by_its_key(document: dict[str, Any]) -> None:
    posts = {
        methods["post"]["operationId"]: methods["post"]
        for path, methods in document["paths"].items()
        if path.startswith("/v1/") and "post" in methods
    }
    asked = {
        name
        for name, post in posts.items()
        if any(one["name"] == "Idempotency-Key" for one in post.get("parameters", ()))
    }

    assert posts.keys() & QUERY_TOLD.keys() == asked & QUERY_TOLD.keys()
    assert len(asked & QUERY_TOLD.keys()) == 8
    for name in asked & QUERY_TOLD.keys():
        assert posts[name]["responses"].keys() >= {"409", "422"}, name


def test_that_upcoming_and_ongoing_go_by_the_date_in_utc_is_told(document: dict[str, Any]) -> None:
    (state,) = [one for one in document["paths"]["/v1/trips"]["get"]["parameters"] if one["name"] == "state"]

    assert "date of today in UTC" in state["description"]


def test_every_route_that_is_told_of_is_there(document: dict[str, Any]) -> None:
    assert {name for name, _ in operations(document)} == {*QUERY_TOLD, *INGEST_TOLD}


@pytest.mark.parametrize(("name", "told"), {**QUERY_TOLD, **INGEST_TOLD}.items())
def test_every_example_is_what_its_route_says(name: str, told: Told) -> None:
    for kind, example in ((told.answer, told.example), (told.reads, told.reading)):
        if kind is not None and name not in TIMES_AS_TEXT:
            TypeAdapter(kind).validate_json(orjson.dumps(example))
