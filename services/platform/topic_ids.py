"""Asks a broker for the ids of topics, and for what this client may do to them.

A topic that is deleted and created anew keeps its name, not its id. aiokafka speaks older versions of Kafka's
Metadata request, which tell neither; this is one that does, as the protocol's documentation lays it out
(Metadata, version 12; Kafka 2.8 and newer).
"""

# aiokafka carries no complete types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Collection, Mapping, Sequence
from io import BytesIO
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaClient
from aiokafka.errors import TopicAuthorizationFailedError, UnknownTopicOrPartitionError, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    AbstractType,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

from schemas.access import Operation
from services.platform.kafka import client_arguments
from services.platform.settings import KafkaSettings

_NAME = CompactString("utf-8")
_ANY = UUID(int=0)
_CODES = {Operation.READ: 3, Operation.WRITE: 4, Operation.CREATE: 5, Operation.DESCRIBE: 8}
"""By Kafka's protocol, of each operation; it tells the bits of what is allowed."""


class _Uuid(AbstractType[UUID]):
    @classmethod
    def encode(cls, value: UUID) -> bytes:
        return value.bytes

    @classmethod
    def decode(cls, data: BytesIO) -> UUID:
        return UUID(bytes=data.read(16))


class _Described(Response):
    API_KEY = 3  # pyright: ignore - aiokafka declares a property and means a class variable, as it has
    API_VERSION = 12  # pyright: ignore - as above
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", CompactArray(
            ("node_id", Int32), ("host", _NAME), ("port", Int32), ("rack", _NAME), ("tags", TaggedFields),
        )),
        ("cluster_id", _NAME),
        ("controller_id", Int32),
        ("topics", CompactArray(
            ("error_code", Int16), ("name", _NAME), ("topic_id", _Uuid), ("is_internal", Boolean),
            ("partitions", CompactArray(
                ("error_code", Int16), ("partition", Int32), ("leader", Int32), ("leader_epoch", Int32),
                ("replicas", CompactArray(Int32)), ("in_sync", CompactArray(Int32)),
                ("offline", CompactArray(Int32)), ("tags", TaggedFields),
            )),
            ("authorized_operations", Int32), ("tags", TaggedFields),
        )),
        ("tags", TaggedFields),
    )  # fmt: skip


class _Describe(RequestStruct):
    API_KEY = 3
    API_VERSION = 12
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _Described
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Uuid), ("name", _NAME), ("tags", TaggedFields))),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _DescribeRequest(Request[_Describe]):
    API_KEY = 3

    def __init__(self, names: Collection[str]) -> None:
        self._names = names

    def build(self, request_struct_class: type[_Describe]) -> _Describe:
        topics = [(_ANY, name, {}) for name in self._names]
        return request_struct_class(topics, False, True, {})


async def topic_ids(settings: KafkaSettings, names: Collection[str]) -> Mapping[str, str]:
    """Return the broker's id of each topic.

    Raises:
        KafkaError: the broker cannot be reached, is too old to tell, or has no such topic.
    """
    described = await _described(settings, names)
    found = {name: str(topic_id) for error, name, topic_id, *_ in described if not error}
    for error, name, *_ in described:
        if error:
            raise for_code(error)(name)
    if missing := set(names) - found.keys():
        raise UnknownTopicOrPartitionError(", ".join(sorted(missing)))
    return found


async def allowed_operations(
    settings: KafkaSettings, names: Collection[str]
) -> Mapping[str, frozenset[Operation]]:
    """Return what this client may do to each topic that there is.

    Raises:
        KafkaError: the broker cannot be reached, is too old to tell, or in trouble.
    """
    allowed: dict[str, frozenset[Operation]] = {}
    for error, name, _, _, _, bits, *_ in await _described(settings, names):
        if error == TopicAuthorizationFailedError.errno:
            allowed[name] = frozenset()
        elif error == UnknownTopicOrPartitionError.errno:
            continue
        elif error:
            raise for_code(error)(name)
        else:
            allowed[name] = frozenset(one for one, code in _CODES.items() if bits & 1 << code)
    return allowed


async def _described(settings: KafkaSettings, names: Collection[str]) -> Sequence[Any]:
    client = AIOKafkaClient(**client_arguments(settings))
    try:
        await client.bootstrap()
        answer: Any = await client.send(client.get_random_node(), _DescribeRequest(names))
    finally:
        await client.close()
    return answer.topics
