"""Kafka's own console producer, against the embedded broker: the judge of our partitioner."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from jgo.maven import MavenContext

from schemas.identifiers import partition_key
from services.platform.kafka_jars import kafka_class_path, run_java

# The broker's jars have no console producer, and the tools are published apart: this is their newest release,
# with the client library that it was built with. How a key is hashed does not change between releases.
_GROUP, _VERSION = "org.apache.kafka", "4.3.1"
_ARTIFACTS = ("kafka-tools", "kafka-clients", "kafka-server-common")

PARTITION_COUNTS = (1, 2, 3, 8, 12, 50)
TRAVELLERS = (
    ("acme", "ada@acme.example"),
    ("acme", "7b0dc1b9-5a0e-5c39-9a55-6f2d2d1a4b53"),
    ("acme", "0e9a2d0c-1f6b-5f0e-8f0a-3a6c7b8d9e0f"),
    ("a", "b"),
    ("acme", ""),
    ("globex-1", "grace hopper"),
    ("müller", "jörg@müller.example"),
    ("株式会社", "山田太郎"),
    ("acme", "Ωmega|pipe"),
    ("acme", "😀@emoji.example"),
    ("acme", "e\u0301 decomposed"),
    ("acme", "\u00e9 composed"),
)


class Vector(TypedDict):
    """Where Kafka puts a traveller: the partition for each number of partitions."""

    tenant: str
    traveller: str
    partitions: Mapping[str, int]


async def golden_vectors(*, bootstrap: str, cache: Path) -> list[Vector]:
    """Ask the console producer for the partition of every traveller above.

    `cache` is a folder for the jars that the broker does not have.
    """
    keys = [partition_key(tenant=tenant, traveller=traveller).decode() for tenant, traveller in TRAVELLERS]
    chosen = {
        count: await _partitions(keys, partitions=count, bootstrap=bootstrap, cache=cache)
        for count in PARTITION_COUNTS
    }
    return [
        {
            "tenant": tenant,
            "traveller": traveller,
            "partitions": {str(count): chosen[count][key] for count in PARTITION_COUNTS},
        }
        for (tenant, traveller), key in zip(TRAVELLERS, keys, strict=True)
    ]


def tools_class_path(cache: Path) -> str:
    """Return the class path of Kafka's console tools."""
    maven = MavenContext(repo_cache=cache)
    tools = [maven.project(_GROUP, name).at_version(_VERSION).artifact().resolve() for name in _ARTIFACTS]
    return ":".join([*map(str, tools), kafka_class_path()])


async def _partitions(keys: Sequence[str], *, partitions: int, bootstrap: str, cache: Path) -> dict[str, int]:
    topic = f"golden-vectors-{partitions}"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, num_partitions=partitions, replication_factor=1)])
        _produce(keys, topic=topic, bootstrap=bootstrap, cache=cache)
        return await _read(topic, partitions=partitions, count=len(keys), bootstrap=bootstrap)
    finally:
        await admin.delete_topics([topic])
        await admin.close()


def _produce(keys: Sequence[str], *, topic: str, bootstrap: str, cache: Path) -> None:
    run_java(
        (
            "org.apache.kafka.tools.ConsoleProducer",
            *("--bootstrap-server", bootstrap, "--topic", topic),
            *("--reader-property", "parse.key=true", "--reader-property", "key.separator=\t"),
        ),
        class_path=tools_class_path(cache),
        text="".join(f"{key}\tx\n" for key in keys),
    )


async def _read(topic: str, *, partitions: int, count: int, bootstrap: str) -> dict[str, int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    async with consumer:
        consumer.assign([TopicPartition(topic, number) for number in range(partitions)])
        messages = [await consumer.getone() for _ in range(count)]
    return {message.key.decode(): message.partition for message in messages}
