"""The AsyncAPI 3.0 document of the topics, made from the topics table and the models.

Bindings follow the Kafka binding 0.5.0; see https://www.asyncapi.com/docs/reference/bindings/kafka.
"""

from collections.abc import Mapping
from typing import Any

from schemas.identifiers import Identifier
from schemas.json_schema import json_schemas
from schemas.topics import DEFAULT_PARTITIONS, TOPICS, Partitioning, Topic

_BINDING_VERSION = "0.5.0"
_CLOUD_EVENTS = "CloudEvents 1.0, Kafka binary mode: attributes are headers named `ce_…`."
_HEADERS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "InboxBooking": ("ce_", {"tenant": "itinerarytenant", "traveller": "itinerarytraveller"}),
    "DeadLetter": ("", {}),
}
"""Models that describe headers, with the prefix of the headers' names and the names that differ from
the fields'; the value of such a message is what somebody sent, byte for byte."""

JsonObject = dict[str, Any]


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
    if name in _HEADERS:
        described["headers"] = _headers(name, definitions[name])
        described["contentType"] = "application/octet-stream"
    elif topic.values:
        described["payload"] = _reference("components", "schemas", name)
    else:
        described["contentType"] = "application/octet-stream"
    key = {"type": "string"} if topic.key == "any" else _reference("components", "schemas", "Identifier")
    described["bindings"] = {"kafka": {"key": key, "bindingVersion": _BINDING_VERSION}}
    return described


def _headers(name: str, described: JsonObject) -> JsonObject:
    prefix, renamed = _HEADERS[name]
    return {
        "type": "object",
        "properties": {
            prefix + renamed.get(field, field): schema for field, schema in described["properties"].items()
        },
        "required": [prefix + renamed.get(field, field) for field in described["required"]],
    }


def _reference(*path: str) -> JsonObject:
    return {"$ref": "#/" + "/".join(path)}
