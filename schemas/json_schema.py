"""JSON Schema (2020-12) of what crosses a topic, as a reader of the log meets it.

Differs from what pydantic would say of the same models in three ways, because it describes written
values, not what a constructor takes: a value is left out, never null; the constant that tells the
kinds of a union apart is always there; and a reader ignores fields that it does not know.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _WrittenValues(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002, ANN401 - pydantic's hook
        return False  # the name says it already

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        described = super().default_schema(schema)
        if "default" in described and described["default"] is None:
            del described["default"]
        return described

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        described = super().model_schema(schema)
        described.pop("additionalProperties", None)
        constants = [name for name, field in described.get("properties", {}).items() if "const" in field]
        required = {*described.get("required", ()), *constants}
        if required:
            described["required"] = sorted(required)
        return described

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        described = super().tagged_union_schema(schema)
        described.pop("discriminator", None)  # OpenAPI's word; the constants say the same
        return described


def json_schema(kind: Any, *, name: str) -> JsonSchemaValue:  # noqa: ANN401 - a model or a union of models
    """Return the JSON Schema of a model or of a union of models, under the name it is published by."""
    described = TypeAdapter(kind).json_schema(schema_generator=_WrittenValues)
    return {"$schema": DIALECT, "$id": f"urn:itinerary:schema:{name}", **described, "title": name}


def json_schemas(
    kinds: Mapping[str, Any], *, reference: str
) -> tuple[dict[str, JsonSchemaValue], JsonSchemaValue]:
    """Return the schemas of several kinds by name, and the definitions that they share.

    Args:
        kinds: models or unions of models by the name that they are published by.
        reference: how definitions are referred to, such as `#/components/schemas/{model}`.
    """
    mode: JsonSchemaMode = "validation"
    inputs: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
        (name, mode, TypeAdapter(kind)) for name, kind in kinds.items()
    ]
    found, shared = TypeAdapter.json_schemas(inputs, ref_template=reference, schema_generator=_WrittenValues)
    return {name: found[name, mode] for name in kinds}, shared.get("$defs", {})
