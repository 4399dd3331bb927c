"""Who may do what on Kafka is said once; manifests, documents and the table of topics say the same."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from schemas.access import OPERATIONS, PREPARE, USERS, Resource, Right, User
from schemas.topics import TOPICS, Topic
from services.command_line.process_table import PROCESSES

ROOT = Path(__file__).parents[2]
KUBERNETES = ROOT / "deploy" / "kubernetes"
BY_PROCESS = {user.process: user for user in USERS}
INGEST = {"gateway", "ingest-worker", "mail-door", "tripit"}


def test_every_process_has_a_user_of_its_own() -> None:
    speaking = {one.name for one in PROCESSES} - {"canary"}  # which speaks HTTP alone, as a traveller does
    assert BY_PROCESS.keys() == speaking | {PREPARE.process, OPERATIONS.process}
    assert len(BY_PROCESS) == len(USERS)


def test_strimzi_grants_what_the_list_says() -> None:
    manifests = yaml.safe_load_all((KUBERNETES / "by-operators" / "kafka-users.yaml").read_text())
    granted = {one["metadata"]["name"]: one["spec"]["authorization"]["acls"] for one in manifests}
    assert granted == {user.name: [_as_manifest(right) for right in user.rights] for user in USERS}


def test_every_process_logs_in_as_itself_with_a_password_by_reference() -> None:
    seen: set[str] = set()
    for container in _containers():
        (process,) = container["args"]
        if process not in BY_PROCESS:
            continue
        seen.add(process)
        given = {variable["name"]: variable for variable in container["env"]}
        name = BY_PROCESS[process].name
        assert given["KAFKA_SASL_USERNAME"]["value"] == name
        reference = given["KAFKA_SASL_PASSWORD"]["valueFrom"]["secretKeyRef"]
        assert reference == {"name": name, "key": "password"}
        assert {"name": "kafka-ca", "mountPath": "/etc/kafka-ca"} in container["volumeMounts"]
    assert seen == BY_PROCESS.keys() - {OPERATIONS.process}


def test_the_page_for_operations_shows_the_list() -> None:
    page = (ROOT / "docs" / "operations.md").read_text().splitlines()
    begin = page.index("| user | reads | writes | besides |")
    assert page[begin + 2 : begin + 2 + len(USERS)] == [_as_row(user) for user in USERS]


def test_whoever_may_read_or_write_a_topic_is_among_its_readers_and_writers() -> None:
    for user in USERS:
        party = "ingest" if user.process in INGEST else user.process
        for topic in user.writes:
            assert party in topic.producers, (party, topic.name)
        for topic in user.reads:
            assert party in topic.consumers or user is OPERATIONS, (party, topic.name)


def _as_manifest(right: Right) -> dict[str, Any]:
    pattern = "prefix" if right.by_prefix else "literal"
    resource = {"type": right.resource.value, "name": right.name, "patternType": pattern}
    return {"resource": resource, "operations": [operation.value for operation in right.operations]}


def _as_row(user: User) -> str:
    besides = [
        f"{'group' if right.resource is Resource.GROUP else 'transactional id'} `{right.name}…`"
        for right in user.rights
        if right.resource is not Resource.TOPIC
    ]
    if user.creates == TOPICS:
        besides.append("creates all topics")
    cells = [f"`{user.name}`", _named(user.reads), _named(user.writes), ", ".join(besides)]
    return f"| {' | '.join(cells)} |".replace("  ", " ")


def _named(topics: Sequence[Topic]) -> str:
    return ", ".join(f"`{topic.name}`" for topic in topics)


def _containers() -> Iterator[dict[str, Any]]:
    for path in sorted(KUBERNETES.glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            if document["kind"] in {"Deployment", "StatefulSet", "Job"}:
                yield from document["spec"]["template"]["spec"]["containers"]
