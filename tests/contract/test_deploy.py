"""What `deploy/` says is about this system: every process is there, every variable is one that is read."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from pydantic import AliasChoices
from pydantic_settings import BaseSettings

import services
from schemas.topics import DEFAULT_PARTITIONS, TOPICS
from services.command_line.process_table import PROCESSES
from services.platform.kafka_jars import KAFKA_VERSION
from tests.contract.test_extras import EXTRAS

DEPLOY = Path(__file__).parents[2] / "deploy"
NAMES = {process.name for process in PROCESSES}
IMAGES = {
    "gateway": "ingest query",
    "ingest": "ingest",
    "consolidator": "consolidator",
    "query": "query",
    "prepare": "migrate",
}
"""Each image, and the extras that it holds."""


def test_kubernetes_takes_the_manifests() -> None:
    for document in _documents():
        if document["kind"] != "Kustomization":
            kubernetes_validate.validate(document, "1.33", strict=True)


def test_kubernetes_runs_every_process_once() -> None:
    ran = [container["args"][0] for kind, container in _containers() if kind in {"Deployment", "StatefulSet"}]
    assert sorted(ran) == sorted(NAMES)


def test_compose_runs_every_process() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    ours = {name: one for name, one in compose["services"].items() if "build" in one}
    assert {one["command"][0] for one in ours.values()} == NAMES | {"topics", "migrate"}
    for one in ours.values():
        image = one["image"].removeprefix("itinerary:")
        assert one["build"]["args"]["EXTRAS"] == IMAGES[image]


def test_kustomization_holds_every_file_and_every_image() -> None:
    kustomization = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text())
    files = {path.name for path in (DEPLOY / "kubernetes").glob("*.yaml")}
    assert set(kustomization["resources"]) == files - {"kustomization.yaml"}
    named = {one["name"]: one["newTag"] for one in kustomization["images"]}
    assert named.keys() == {container["image"] for _, container in _containers()}
    assert set(named.values()) == IMAGES.keys()


def test_what_every_image_holds_is_tried() -> None:
    assert set(IMAGES.values()) == EXTRAS.keys()


def test_every_image_is_described_with_its_extras() -> None:
    described = (DEPLOY / "Dockerfile").read_text()
    for image, extras in IMAGES.items():
        assert any(
            f'EXTRAS="{extras}"' in line and f"itinerary:{image} " in line for line in described.splitlines()
        )


@pytest.mark.parametrize("source", ["kubernetes", "compose"])
def test_every_variable_is_one_that_a_process_reads(source: str) -> None:
    read = {name.upper() for name in _variables()}
    given = set(_given_to_kubernetes() if source == "kubernetes" else _given_to_compose())
    assert given
    assert given - read == set()


@pytest.mark.parametrize("source", ["kubernetes", "compose"])
def test_people_can_sign_in_to_the_page(source: str) -> None:
    given = set(_given_to_kubernetes() if source == "kubernetes" else _given_to_compose())
    assert given >= {"ITINERARY_SIGN_IN_AUTHORIZE_URL", "ITINERARY_SIGN_IN_TOKEN_URL"}
    if source == "compose":  # where secrets are given by reference, to the shell
        assert "ITINERARY_SIGN_IN_SESSION_KEYS" in given


def test_one_of_two_stays_up_while_machines_are_emptied() -> None:
    kept = {
        one["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"]
        for one in _documents()
        if one["kind"] == "PodDisruptionBudget"
    }
    several = {
        one["metadata"]["name"]
        for one in _documents()
        if one["kind"] in {"Deployment", "StatefulSet"} and one["spec"]["replicas"] > 1
    }
    assert kept == several


def test_no_more_consolidators_are_wanted_than_there_are_partitions() -> None:
    (scaled,) = (one for one in _by_operators("scaling.yaml") if one["kind"] == "ScaledObject")
    (config,) = (one for one in _documents() if one["kind"] == "ConfigMap")
    assert scaled["spec"]["maxReplicaCount"] == int(config["data"]["ITINERARY_PARTITIONS"])
    assert int(config["data"]["ITINERARY_PARTITIONS"]) == DEFAULT_PARTITIONS


def test_strimzi_keeps_the_topics_of_the_table() -> None:
    (config,) = (one["data"] for one in _documents() if one["kind"] == "ConfigMap")
    replicas = int(config["ITINERARY_REPLICATION_FACTOR"])
    kept = {one["metadata"]["name"]: one["spec"] for one in _by_operators("kafka-topics.yaml")}
    assert kept == {
        topic.name: {
            "partitions": int(config["ITINERARY_PARTITIONS"]),
            "replicas": replicas,
            "config": {**topic.config, "min.insync.replicas": str(replicas - 1)},
        }
        for topic in TOPICS
    }


def test_compose_brings_the_kafka_that_the_tests_run_on() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    assert compose["services"]["kafka"]["image"] == f"apache/kafka:{KAFKA_VERSION}"


def _by_operators(name: str) -> Iterator[dict[str, Any]]:
    yield from yaml.safe_load_all((DEPLOY / "kubernetes" / "by-operators" / name).read_text())


def _documents() -> Iterator[dict[str, Any]]:
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml")):
        yield from yaml.safe_load_all(path.read_text())


def _containers() -> Iterator[tuple[str, dict[str, Any]]]:
    for document in _documents():
        template = document.get("spec", {}).get("template") if document["kind"] != "Kustomization" else None
        for container in template["spec"]["containers"] if template else ():
            yield document["kind"], container


def _given_to_kubernetes() -> Iterator[str]:
    for document in _documents():
        if document["kind"] == "ConfigMap":
            yield from document["data"]
    for _, container in _containers():
        yield from (variable["name"] for variable in container.get("env", ()))


def _given_to_compose() -> Iterator[str]:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    for one in compose["services"].values():
        yield from one.get("environment", {}) if "build" in one else ()


def _variables() -> Iterator[str]:
    for module in pkgutil.walk_packages(services.__path__, "services."):
        if module.name.rpartition(".")[2] in {"settings", "gateway", "process_table", "canary"}:
            importlib.import_module(module.name)
    for kind in BaseSettings.__subclasses__():
        prefix = kind.model_config.get("env_prefix", "")
        for name, field in kind.model_fields.items():
            match field.validation_alias:
                case None:
                    yield f"{prefix}{name}"
                case AliasChoices(choices=choices):
                    yield from map(str, choices)
                case alias:
                    yield str(alias)
