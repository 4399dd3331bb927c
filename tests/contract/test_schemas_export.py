"""The exported files are those of the code, and the AsyncAPI document hangs together."""

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator

from schemas import export
from schemas.topics import DEFAULT_PARTITIONS, TOPICS
from services.platform.settings import TopicSettings

DOCUMENT: dict[str, Any] = orjson.loads((export.FOLDER / "asyncapi.json").read_bytes())
LIVED = "0.1.0"


def test_the_exported_files_are_those_of_the_code() -> None:
    """Mend with `just schemas`."""
    assert export.stale_files(export.FOLDER, version=version("itinerary")) == []


def test_exporting_twice_gives_the_same_bytes() -> None:
    assert export.exported_files(version=LIVED) == export.exported_files(version=LIVED)


def test_a_stale_a_missing_and_a_surplus_file_are_found(tmp_path: Path) -> None:
    for path, content in export.exported_files(version=LIVED).items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    (tmp_path / "asyncapi.json").write_text("{}")
    (tmp_path / "json" / "Record.schema.json").unlink()
    (tmp_path / "json" / "Surplus.schema.json").write_text("{}")

    stale = export.stale_files(tmp_path, version=LIVED)

    assert [path.name for path in stale] == ["asyncapi.json", "Record.schema.json", "Surplus.schema.json"]


def test_no_exported_schema_allows_null_or_forbids_fields_of_the_future() -> None:
    for content in export.exported_files(version=LIVED).values():
        assert b'"null"' not in content
        assert b'"additionalProperties": false' not in content


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(reference := node.get("$ref"), str):
            yield reference
        for inner in node.values():
            yield from references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from references(inner)


def resolved(reference: str) -> Any:
    node: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


def test_every_reference_in_the_document_leads_somewhere() -> None:
    assert all(resolved(reference) for reference in set(references(DOCUMENT)))


def test_the_document_has_the_sections_of_asyncapi_3_and_no_others() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert DOCUMENT.keys() == {
        "asyncapi",
        "info",
        "defaultContentType",
        "channels",
        "operations",
        "components",
    }
    assert {"title", "version"} <= DOCUMENT["info"].keys()


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_channel_says_what_the_topics_table_says(topic: Any) -> None:
    channel = DOCUMENT["channels"][topic.name]
    kafka = channel["bindings"]["kafka"]
    assert channel["address"] == kafka["topic"] == topic.name
    assert kafka["partitions"] == DEFAULT_PARTITIONS
    assert kafka["topicConfiguration"].keys() == topic.config.keys()
    assert set(channel["messages"]) == set(topic.values or ["RawPayload"])


def test_every_operation_is_one_party_on_one_channel_with_that_channels_messages() -> None:
    parties = {(topic.name, "send", len(topic.producers)) for topic in TOPICS}
    parties |= {(topic.name, "receive", len(topic.consumers)) for topic in TOPICS}
    counted: dict[tuple[str, str], int] = {}
    for operation in DOCUMENT["operations"].values():
        channel = operation["channel"]["$ref"].removeprefix("#/channels/")
        assert all(m["$ref"].startswith(f"#/channels/{channel}/messages/") for m in operation["messages"])
        counted[channel, operation["action"]] = counted.get((channel, operation["action"]), 0) + 1
    assert {(*key, number) for key, number in counted.items()} == parties


def test_every_schema_in_the_document_is_a_json_schema() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_model_of_the_topics_table_is_exported() -> None:
    assert {name for topic in TOPICS for name in topic.values} == export.MODELS.keys()


def test_the_documented_number_of_partitions_is_the_one_that_topics_are_created_with() -> None:
    assert TopicSettings.model_fields["partitions"].default == DEFAULT_PARTITIONS
