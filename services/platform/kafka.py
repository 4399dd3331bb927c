"""Kafka at the edge: client arguments, the partition of a traveller, topics and their checks."""

# aiokafka carries no complete types; what comes out of it is given one where it enters.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, NamedTuple

from aiokafka.abc import AbstractTokenProvider
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.conn import create_conn
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAlreadyExistsError,
    UnsupportedSaslMechanismError,
    for_code,
)
from aiokafka.partitioner import murmur2

from schemas.identifiers import partition_key
from schemas.topics import TOPICS, TRAVELLER_TOPICS, Topic
from services.platform.awaiting import DEADLINE_SECONDS, CannotStart, NotYet, wait_for_answer
from services.platform.settings import KafkaSettings, TopicSettings

_ATTEMPT_SECONDS = 10.0


class TopicsUnfit(CannotStart):
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
    if settings.uses_sasl:
        arguments["sasl_mechanism"] = settings.sasl_mechanism
    if (token := token_file(settings)) is not None:
        arguments["sasl_oauth_token_provider"] = token
    elif settings.uses_sasl:
        password = settings.sasl_password
        arguments["sasl_plain_username"] = settings.sasl_username
        arguments["sasl_plain_password"] = None if password is None else password.get_secret_value()
    return arguments


class TokenFile(AbstractTokenProvider):
    """The token of a file, read anew for each connection: whoever renews it need tell nobody."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def token(self) -> str:  # pyright: ignore[reportIncompatibleMethodOverride] - it is declared without a type
        """Return the token that the file holds now.

        Raises:
            OSError: it cannot be read, which is trouble like that of a connection.
        """
        return (await asyncio.to_thread(self._file.read_text, encoding="utf-8", errors="replace")).strip()


def token_file(settings: KafkaSettings) -> TokenFile | None:
    """Return where the client's token comes from, or None where it has none."""
    if not settings.uses_token or settings.sasl_oauthbearer_token_file is None:
        return None
    return TokenFile(settings.sasl_oauthbearer_token_file)


def partition_for(*, tenant: str, traveller: str, partitions: int) -> int:
    """Return the partition of all that concerns a traveller, as Kafka's own partitioner would.

    The key that is hashed is `tenant|traveller`, not the message key (design, section 3).
    """
    return partition_of(partition_key(tenant=tenant, traveller=traveller), partitions=partitions)


def partition_of(key: bytes, *, partitions: int) -> int:
    """Return `toPositive(murmur2(key)) mod partitions`, as the Java client computes it."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


async def wait_for_kafka(settings: KafkaSettings, *, deadline_seconds: float = DEADLINE_SECONDS) -> None:
    """Wait until a broker answers with the cluster's metadata.

    Raises:
        CannotStart: none did within the deadline, or one refused what the client says of itself or showed
            a certificate that the client does not trust; the text says which variables to look at.
    """

    async def attempt() -> None:
        await _reach(settings)  # aiokafka would log an error for each attempt, and not tell why
        try:
            async with asyncio.timeout(_ATTEMPT_SECONDS), open_admin(settings) as admin:
                await admin.describe_cluster()
        except (KafkaError, TimeoutError, OSError) as trouble:
            raise NotYet(
                f"it was reached and then closed the connection ({type(trouble).__name__}); "
                f"is {_shown(settings)} right?"
            ) from trouble

    await wait_for_answer(attempt, what=f"Kafka at {settings.bootstrap}", deadline_seconds=deadline_seconds)


async def create_topics(settings: KafkaSettings, *, topics: TopicSettings) -> tuple[str, ...]:
    """Create the topics of the table that the broker lacks, and check those it has.

    Returns:
        The names of those created.

    Raises:
        TopicsUnfit: a topic exists with another number of partitions, or the broker refused to create one.
    """
    async with open_admin(settings) as admin:
        present = set(await admin.list_topics())
        missing = [topic for topic in TOPICS if topic.name not in present]
        refusals = await _create(admin, topics=[_new_topic(topic, settings=topics) for topic in missing])
    if refusals:
        raise TopicsUnfit(f"Kafka did not create the topics: {'; '.join(refusals)}.")
    await wait_for_answer(
        lambda: _check_present(settings, partitions=topics.partitions), what="Kafka, with the new topics,"
    )
    return tuple(topic.name for topic in missing)


async def check_topics(settings: KafkaSettings, *, partitions: int) -> None:
    """Check that every traveller-partitioned topic exists with this number of partitions.

    A worker calls this before it does anything: with another number a traveller's messages would be spread
    over several partitions, and their order lost (design, section 3).

    Raises:
        TopicsUnfit: one is missing, or has another number.
    """
    found = await partition_counts(settings)
    for topic in TRAVELLER_TOPICS:
        if topic.name not in found:
            raise TopicsUnfit(f"The topic {topic.name} does not exist; run `itinerary topics`.")
        if found[topic.name] != partitions:
            raise TopicsUnfit(
                f"The topic {topic.name} has {found[topic.name]} partitions, and ITINERARY_PARTITIONS says "
                f"{partitions}. The number is fixed once a topic is created: set ITINERARY_PARTITIONS to it."
            )


async def partition_counts(settings: KafkaSettings) -> dict[str, int]:
    """Return the number of partitions of each topic of the table that the broker has."""
    async with open_admin(settings) as admin:
        present = set(await admin.list_topics())
        names = [topic.name for topic in TOPICS if topic.name in present]
        described = await admin.describe_topics(names) if names else []
    return {one["topic"]: len(one["partitions"]) for one in described if one["partitions"]}


async def _check_present(settings: KafkaSettings, *, partitions: int) -> None:
    found = await partition_counts(settings)
    if absent := [topic.name for topic in TOPICS if topic.name not in found]:
        raise NotYet(f"the broker does not show {', '.join(absent)} yet")
    await check_topics(settings, partitions=partitions)


async def _create(admin: AIOKafkaAdminClient, *, topics: list[NewTopic]) -> list[str]:
    if not topics:
        return []
    response: Any = await admin.create_topics(topics)
    # Another process may have created one at the same time.
    return [
        f"{name}: {text or for_code(code).__name__}"
        for name, code, text in response.topic_errors
        if code not in {0, TopicAlreadyExistsError.errno}
    ]


def _new_topic(topic: Topic, *, settings: TopicSettings) -> NewTopic:
    config = dict(topic.config)
    if settings.replication_factor > 1:
        config["min.insync.replicas"] = str(settings.replication_factor - 1)
    return NewTopic(
        name=topic.name,
        num_partitions=settings.partitions,
        replication_factor=settings.replication_factor,
        topic_configs=config,
    )


@contextlib.asynccontextmanager
async def open_admin(settings: KafkaSettings) -> AsyncGenerator[AIOKafkaAdminClient]:
    """Connect as one who asks about topics and groups.

    Raises:
        KafkaError: the broker cannot be reached.
    """
    admin = AIOKafkaAdminClient(**client_arguments(settings))
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


_REFUSALS = (SaslAuthenticationFailed, UnsupportedSaslMechanismError, IllegalSaslStateError)
"""What a broker answers that will answer the same again."""


async def _reach(settings: KafkaSettings) -> None:
    """Connect to the first broker that can be reached, and say who we are."""
    arguments = client_arguments(settings)
    trouble: Exception | None = None
    for address in arguments.pop("bootstrap_servers").split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            async with asyncio.timeout(_ATTEMPT_SECONDS):
                connection = await create_conn(host, int(port), **arguments)
        except ssl.SSLCertVerificationError as untrusted:
            raise CannotStart(
                f"Kafka at {address} shows a certificate that is not trusted ({untrusted.verify_message}); "
                "KAFKA_SSL_CA_FILE must name the authority that signed it, and KAFKA_BOOTSTRAP its host."
            ) from untrusted
        except _REFUSALS as refused:
            raise CannotStart(
                f"Kafka at {address} refuses this client: {refused}; look at {_shown(settings)}."
            ) from refused
        except (OSError, KafkaError) as unreached:  # TimeoutError is an OSError
            trouble = unreached
            continue
        connection.close()
        return
    reason = str(trouble) or type(trouble).__name__
    spoken = isinstance(trouble, ssl.SSLError | KafkaError)
    raise NotYet(f"{reason}; is {_shown(settings)} right?" if spoken else reason) from trouble


def _shown(settings: KafkaSettings) -> str:
    """Return by which settings a client says who it is, for people who look for the wrong one."""
    said = [f"KAFKA_SECURITY_PROTOCOL={settings.security_protocol}"]
    if settings.uses_tls:
        said.append(f"KAFKA_SSL_CERTIFICATE_FILE={settings.ssl_certificate_file or 'none'}")
    if settings.uses_sasl:
        said.append(f"KAFKA_SASL_MECHANISM={settings.sasl_mechanism}")
    if settings.uses_token:
        said.append(f"the token in KAFKA_SASL_OAUTHBEARER_TOKEN_FILE={settings.sasl_oauthbearer_token_file}")
    elif settings.uses_sasl:
        said.append(f"KAFKA_SASL_USERNAME={settings.sasl_username} with KAFKA_SASL_PASSWORD")
    return ", ".join(said)
