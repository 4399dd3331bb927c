"""The AsyncAPI 3.0 document of the topics, made from the topics table and the models.

Bindings follow the Kafka binding 0.5.0; see https://www.asyncapi.com/docs/reference/bindings/kafka.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from schemas.events import CONTENT_TYPE, attribute_header
from schemas.identifiers import Identifier
from schemas.json_schema import json_schemas
from schemas.topics import DEFAULT_PARTITIONS, TOPICS, Partitioning, Topic

_BINDING_VERSION = "0.5.0"
_CLOUD_EVENTS = "CloudEvents 1.0, Kafka binary mode: attributes are headers named `ce_…`."


JsonObject = dict[str, Any]


class _Headers(NamedTuple):
    """What the headers of a message say: the model of it, and the header of each of its fields."""

    model: str
    header_of: Callable[[str], str]
    more: Mapping[str, JsonObject] = {}
    """Headers that are no fields of the model, and may be absent."""


_HEADERS: Mapping[str, _Headers] = {
    "InboxBooking": _Headers("InboxBooking", attribute_header),
    "TripEventV1": _Headers(
        "TripEventAttributes",
        attribute_header,
        more={
            "content-type": {"const": CONTENT_TYPE, "description": "Of the value: datacontenttype."},
            "ce_traceparent": {
                "type": "string",
                "description": "CloudEvents' tracing extension: of the message that changed the trip.",
            },
        },
    ),
    "DeadLetter": _Headers("DeadLetter", str),
    "DeadLetterDecision": _Headers("DeadLetterDecision", str),
}
"""Messages whose headers are described. Where they are all that the model of the message describes, its
value is what somebody sent, byte for byte."""


def asyncapi_document(models: Mapping[str, Any], *, version: str) -> JsonObject:
    """Return the document as a JSON object.

    Args:
        models: every model that the topics table names, by name.
        version: of the project.
    """
    payloads, definitions = json_schemas(models, reference="#/components/schemas/{model}")
    identifier, _ = json_schemas({"Identifier": Identifier}, reference="")
    named = {name: schema for name, schema in payloads.items() if name not in definitions}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Itinerary",
            "version": version,
            "description": "Every topic, what is on it, who writes and who reads it.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": {name: operation for topic in TOPICS for name, operation in _operations(topic)},
        "components": {
            "messages": {
                name: _message(topic, name, definitions=definitions)
                for topic in TOPICS
                for name in message_names(topic)
            },
            "schemas": {**definitions, **named, **identifier},
        },
    }


def message_names(topic: Topic) -> tuple[str, ...]:
    """Return the names of the messages of a topic; one without a model carries bytes."""
    return topic.values or ("RawPayload",)


def _channel(topic: Topic) -> JsonObject:
    return {
        "address": topic.name,
        "description": f"{_sentence(topic.purpose)} {_partitioning(topic)}",
        "messages": {name: _reference("components", "messages", name) for name in message_names(topic)},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": DEFAULT_PARTITIONS,
                "topicConfiguration": {name: _setting(name, value) for name, value in topic.config.items()},
                "bindingVersion": _BINDING_VERSION,
            }
        },
    }


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _partitioning(topic: Topic) -> str:
    if topic.partitioning is Partitioning.TRAVELLER:
        return f"Key: {topic.key}. Partition: toPositive(murmur2(tenant|traveller)) mod n, whatever the key."
    return f"Key: {topic.key}. Partition: by the key."


def _setting(name: str, value: str) -> str | int | list[str]:
    if name == "cleanup.policy":
        return value.split(",")
    return int(value) if value.isdigit() else value


def _operations(topic: Topic) -> list[tuple[str, JsonObject]]:
    messages = [_reference("channels", topic.name, "messages", name) for name in message_names(topic)]
    parties = [("send", "writes", party) for party in topic.producers]
    parties += [("receive", "reads", party) for party in topic.consumers]
    return [
        (
            f"{party.replace(' ', '-')}.{action}.{topic.name}",
            {
                "action": action,
                "channel": _reference("channels", topic.name),
                "summary": f"{party} {verb} {topic.name}",
                "messages": messages,
            },
        )
        for action, verb, party in parties
    ]


def _message(topic: Topic, name: str, *, definitions: Mapping[str, Any]) -> JsonObject:
    described: JsonObject = {"name": name, "summary": _sentence(topic.purpose)}
    if name in {"InboxBooking", "TripEventV1"}:
        described["description"] = _CLOUD_EVENTS
    headers = _HEADERS.get(name)
    if headers is not None:
        described["headers"] = _header_schema(headers, definitions[headers.model])
    if topic.values and (headers is None or headers.model != name):
        described["payload"] = _reference("components", "schemas", name)
    else:
        described["contentType"] = "application/octet-stream"
    key = {"type": "string"} if topic.key == "any" else _reference("components", "schemas", "Identifier")
    described["bindings"] = {"kafka": {"key": key, "bindingVersion": _BINDING_VERSION}}
    return described


def _header_schema(headers: _Headers, model: JsonObject) -> JsonObject:
    return {
        "type": "object",
        "properties": {headers.header_of(field): schema for field, schema in model["properties"].items()}
        | dict(headers.more),
        "required": [headers.header_of(field) for field in model["required"]],
    }


def _reference(*path: str) -> JsonObject:
    return {"$ref": "#/" + "/".join(path)}
