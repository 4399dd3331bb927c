"""Kafka at the edge: client arguments, the partition of a traveller, topics and their checks."""

import asyncio
from collections.abc import Iterable
from typing import Any, NamedTuple

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError, KafkaError, TopicAlreadyExistsError
from aiokafka.partitioner import murmur2

from schemas.identifiers import partition_key
from schemas.topics import TOPICS, Partitioning
from services.platform.settings import KafkaSettings, TopicSettings

log = structlog.get_logger()

_START_DEADLINE_SECONDS = 60.0
_RETRY_SECONDS = 1.0


class TopicsUnfit(Exception):
    """The topics on the broker are not those of the table; the text says what to mend."""


class Destination(NamedTuple):
    """Where a message goes."""

    topic: str
    partition: int


def client_arguments(settings: KafkaSettings) -> dict[str, Any]:
    """Return the connection arguments that every aiokafka client takes."""
    arguments: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap,
        "security_protocol": settings.security_protocol,
    }
    if (context := settings.ssl_context()) is not None:
        arguments["ssl_context"] = context
    if settings.security_protocol.startswith("SASL"):
        arguments["sasl_mechanism"] = settings.sasl_mechanism
        arguments["sasl_plain_username"] = settings.sasl_username
        password = settings.sasl_password
        arguments["sasl_plain_password"] = None if password is None else password.get_secret_value()
    return arguments


def partition_for(*, tenant: str, traveller: str, partitions: int) -> int:
    """Return the partition of all that concerns a traveller, as Kafka's own partitioner would.

    The key that is hashed is `tenant|traveller`, not the message key (design, section 3).
    """
    return partition_of(partition_key(tenant=tenant, traveller=traveller), partitions=partitions)


def partition_of(key: bytes, *, partitions: int) -> int:
    """Return `toPositive(murmur2(key)) mod partitions`, as the Java client computes it."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions
