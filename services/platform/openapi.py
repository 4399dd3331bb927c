"""The OpenAPI document: what its routes answer, read and refuse is said in tables, as who may call them is.

FastAPI describes addresses and parameters. `describe` adds what each JSON route answers and reads, the
problems of RFC 9457, who needs a token, and ids that make good names in generated clients.
"""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from services.platform.problems import PATH, PROBLEMS, problem_json
from services.platform.tokens import Guard

Json = dict[str, Any]

_PATHS = "/v1/"
"""Below this everything is in JSON."""
_SCHEMA = "#/components/schemas/"
_POSTED = "Posted"
"""Before the names of what is read: it is written more freely than what is answered."""
_PROBLEM: Json = {
    "type": "object",
    "title": "Problem",
    "description": "What went wrong (RFC 9457). Other members may come along.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": "What kind it is, by an address that stays and tells more; there may come others.",
            "examples": [f"{PATH}/{kind}" for kind in PROBLEMS],
        },
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "For people; it never repeats what was sent."},
        "retryable": {
            "type": "boolean",
            "description": "Whether the same request can succeed later; earlier releases do not say.",
        },
        "field": {"type": "string", "description": "The parameter that breaks a rule."},
        "rule": {"type": "string"},
        "errors": {"type": "array", "items": {"$ref": f"{_SCHEMA}BrokenRule"}},
    },
}
_BROKEN_RULE: Json = {
    "type": "object",
    "title": "BrokenRule",
    "description": "A rule of the body that is broken, and where.",
    "required": ["field", "rule", "message"],
    "properties": {name: {"type": "string"} for name in ("field", "rule", "message")},
}
_EXAMPLES: Mapping[str, str] = {
    "malformed": "limit: Input should be less than or equal to 200",
    "no-token": "send a token",
    "not-allowed": "the token's scopes do not cover this",
    "not-found": "there is no such trip",
    "conflict": "somebody else decided meanwhile, and it is accepted now; nothing was done",
    "under-way": "Idempotency-Key: the first request with this key is still running",
    "cursor-too-old": "changes after this cursor are no longer kept; take cursor=now, then list the trips",
    "changed": "the trip has changed since you looked at it; look again, and decide again",
    "too-large": "send at most 4194304 bytes",
    "content-type": "send application/json",
    "breaks-rules": "segments: a confirmed booking has segments",
    "state-not-named": "send If-Match with the ETag of the trip that you looked at",
    "too-many-requests": "too many requests in one minute; come back later",
    "unavailable": "the database cannot be asked just now",
}
"""By its kind, an example of the `detail` of each problem that is told of."""
_TOLD_OF: Mapping[int, str] = {PROBLEMS[kind].status: kind for kind in _EXAMPLES if kind != "under-way"}
"""The kind of which the example of a status is."""
_EVERYWHERE = (400, 401, 403, 404, 429, 503)
"""What any route may refuse that asks for a token."""
_KEY = "Idempotency-Key"
_HEADERS: Mapping[str, str] = {
    "ETag": "names this very state of it",
    _KEY: "the same for each copy of one request, which then is done once (a day long)",
    "If-Match": "the ETag of the state that was looked at",
    "If-None-Match": "an ETag that is known already: 304 where it still holds",
    "Itinerary-Message": "the id under which GET /v1/messages/{id} tells what became of it",
    "Itinerary-Position": "send it back as `after` to read what was written",
}
_LOCAL_TIME: Json = {
    "type": "string",
    "description": "A date, or a time by the clock of the place, with or without its offset.",
    "examples": ["2027-05-12", "2027-05-12T07:00:00+02:00"],
}


class Told(NamedTuple):
    """What one route answers and reads. Types are not applied to answers; the tests hold answers to them."""

    answer: Any = None
    """A type that pydantic knows; None where the answer has no body."""
    example: object = None
    status: int = 200
    reads: Any = None
    """The type of a body that the route judges itself."""
    reading: object = None
    """An example of it."""
    problems: tuple[int, ...] = ()
    """What it may refuse beside what all do."""
    parameters: type[BaseModel] | None = None
    """What the route reads of the query itself."""
    asks: tuple[str, ...] = ()
    """Headers that the route reads from the request itself; `If-Match!` is one that it insists on."""
    tells: tuple[str, ...] = ()
    """Headers of its answer."""


def describe(app: FastAPI, *, about: str, told: Mapping[str, Told]) -> None:
    """Have the app answer a document that is complete for its JSON routes.

    Args:
        app: the app; routes may still be added to it.
        about: what the service is, for people.
        told: by the name of a route what is not seen from its function.
    """

    def document() -> Json:
        if app.openapi_schema is None:
            bare = get_openapi(title=app.title, version=app.version, description=about, routes=app.routes)
            app.openapi_schema = _completed(bare, routes=list(_json_routes(app)), told=told)
        return app.openapi_schema

    app.openapi = document


class _Described(NamedTuple):
    """A route as it stands in the app, with what the routers above it added."""

    name: str
    path: str
    methods: tuple[str, ...]
    asks_for_token: bool


def _json_routes(app: FastAPI) -> Iterator[_Described]:
    for route in iter_route_contexts(app.routes):
        if (route.path_format or "").startswith(_PATHS) and route.include_in_schema:
            name = str(route.name)
            asks = any(
                isinstance(dependency.call, Guard) and dependency.call.asks_for_token(name)
                for dependency in route.dependant.dependencies
            )
            methods = tuple(method.lower() for method in route.methods or ())
            yield _Described(name, str(route.path_format), methods, asks)


def _completed(document: Json, *, routes: Sequence[_Described], told: Mapping[str, Told]) -> Json:
    _drop_unused_errors(document)
    components: Json = document.setdefault("components", {})
    schemas: Json = components.setdefault("schemas", {})
    answered = _schemas({name: one.answer for name, one in told.items()}, into=schemas)
    read = _schemas({name: one.reads for name, one in told.items()}, into=schemas, prefix=_POSTED)
    schemas |= {"Problem": _PROBLEM, "BrokenRule": _BROKEN_RULE}
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    for route in routes:
        for method in route.methods:
            operation: Json = document["paths"][route.path][method]
            operation["operationId"] = route.name
            one = told.get(route.name, Told())
            if one.reads is not None:
                content = {"schema": read[route.name], "example": one.reading}
                operation["requestBody"] = {"required": True, "content": {"application/json": content}}
            _ask_in_query(operation, one)
            _ask_for_headers(operation, one)
            _answer(operation, one, schema=answered.get(route.name), asks_for_token=route.asks_for_token)
    return document


def _drop_unused_errors(document: Json) -> None:
    """Take out FastAPI's own form of errors, which no route answers."""
    for methods in document["paths"].values():
        for operation in methods.values():
            if "HTTPValidationError" in str(operation["responses"].get("422")):
                del operation["responses"]["422"]
    for unused in ("HTTPValidationError", "ValidationError"):
        document.get("components", {}).get("schemas", {}).pop(unused, None)


def _schemas(types: Mapping[str, Any], *, into: Json, prefix: str = "") -> dict[str, Json]:
    """Return the schema of each type; what they are made of is put into the document."""
    mode: JsonSchemaMode = "validation" if prefix else "serialization"
    adapters: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
        (name, mode, TypeAdapter(one)) for name, one in types.items() if one is not None
    ]
    found, definitions = TypeAdapter.json_schemas(adapters, ref_template=f"{_SCHEMA}{prefix}{{model}}")
    for name, schema in definitions.get("$defs", {}).items():
        if prefix:
            schema["title"] = f"{prefix}{name}"
            _take_times_as_text(schema)
        into[f"{prefix}{name}"] = schema
    return {name: schema for (name, _), schema in found.items()}


def _take_times_as_text(schema: Json) -> None:
    for end in ("start", "end"):
        choices = schema.get("properties", {}).get(end, {}).get("anyOf", [])
        if {"$ref": f"{_SCHEMA}{_POSTED}Moment"} in choices:
            choices.insert(0, _LOCAL_TIME)


def _ask_in_query(operation: Json, told: Told) -> None:
    if told.parameters is not None:
        for name, schema in told.parameters.model_json_schema()["properties"].items():
            asked = {"name": name, "in": "query", "required": False, "schema": schema}
            if (about := schema.pop("description", None)) is not None:
                asked["description"] = about
            if schema["default"] is None:  # all can be left out
                del schema["default"]
            operation.setdefault("parameters", []).append(asked)


def _ask_for_headers(operation: Json, told: Told) -> None:
    for header in told.asks:
        name, insists = header.removesuffix("!"), header.endswith("!")
        said = {"name": name, "in": "header", "required": insists, "description": _HEADERS[name]}
        operation.setdefault("parameters", []).append({**said, "schema": {"type": "string"}})


def _answer(operation: Json, told: Told, *, schema: Json | None, asks_for_token: bool) -> None:
    operation["security"] = [{"bearer": []}] if asks_for_token else []
    stated: Json = operation["responses"]
    if schema is not None:
        content = {"application/json": {"schema": schema, "example": told.example}}
        success = stated.setdefault(str(told.status), {"description": HTTPStatus(told.status).phrase})
        success["content"] = content
        for header in told.tells:
            headers = success.setdefault("headers", {})
            headers[header] = {"description": _HEADERS[header], "schema": {"type": "string"}}
    for status in sorted({*told.problems, *(_EVERYWHERE if asks_for_token else ())}):
        stated[str(status)] = _problem(status, is_keyed=_KEY in told.asks)


def _problem(status: int, *, is_keyed: bool) -> Json:
    kind = _TOLD_OF[status]
    if is_keyed and status == PROBLEMS["under-way"].status:
        kind = "under-way"
    example = problem_json(status, detail=_EXAMPLES[kind], kind=kind)
    content = {"schema": {"$ref": f"{_SCHEMA}Problem"}, "example": example}
    return {"description": HTTPStatus(status).phrase, "content": {"application/problem+json": content}}
