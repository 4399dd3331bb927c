"""A Kafka that trusts nobody: certificates on both sides, passwords or tokens, and rights by a list."""

import base64
import time
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import trustme
from aiokafka import AIOKafkaClient
from aiokafka.errors import for_code
from aiokafka.protocol.admin import CreateAclsRequest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from schemas.access import USERS, Operation, Resource, Right
from services.platform.backing import while_it_runs
from services.platform.data_folder import occupied
from services.platform.embedded_kafka import KafkaPorts, Security, prepare_kafka
from services.platform.free_ports import LOOPBACK, free_ports
from services.platform.kafka import client_arguments, wait_for_kafka
from services.platform.kafka_fast_start import fast_start_options
from services.platform.kafka_jars import kafka_class_path
from services.platform.settings import KafkaSettings

ADMIN = "admin"
STRANGER = "stranger"
"""Has a password and not one right."""
_BROKER = "broker"
_SCRAM_LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule"
_TOKEN_LOGIN = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"


class SecuredKafka:
    """The broker's two doors, and what clients need to come in."""

    def __init__(self, folder: Path, *, by_password: str, by_token: str) -> None:
        self._folder = folder
        self.by_password = by_password
        """Where SCRAM-SHA-512 is spoken."""
        self.by_token = by_token
        """Where OAUTHBEARER is spoken, with the tokens without signature that Kafka has for tests."""

    def environment(self, user: str) -> Mapping[str, str]:
        """Return the variables of a process that logs in by its password."""
        return {
            "KAFKA_BOOTSTRAP": self.by_password,
            "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
            "KAFKA_SASL_USERNAME": user,
            "KAFKA_SASL_PASSWORD": password_of(user),
            **self._tls(),
        }

    def token_environment(self, user: str) -> Mapping[str, str]:
        """Return the variables of a process that logs in by a token."""
        return {
            "KAFKA_BOOTSTRAP": self.by_token,
            "KAFKA_SASL_MECHANISM": "OAUTHBEARER",
            "KAFKA_SASL_OAUTHBEARER_TOKEN_FILE": str(self.give_token(user, token=token_of(user))),
            **self._tls(),
        }

    def give_token(self, user: str, *, token: str) -> Path:
        """Write the token that a user has from now on into its file."""
        file = self._folder / f"{user}.token"
        file.write_text(token)
        return file

    def _tls(self) -> Mapping[str, str]:
        return {
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_SSL_CA_FILE": str(self._folder / "ca.pem"),
            "KAFKA_SSL_CERTIFICATE_FILE": str(self._folder / "client.pem"),
            "KAFKA_SSL_KEY_FILE": str(self._folder / "client.key"),
        }


def settings_of(environment: Mapping[str, str], **changed: object) -> KafkaSettings:
    """Return what a process with these variables would read, with some of it changed."""
    given: dict[str, object] = {name.removeprefix("KAFKA_").lower(): v for name, v in environment.items()}
    return KafkaSettings.model_validate(given | changed)


def password_of(user: str) -> str:
    return f"the password of {user}"


def token_of(user: str, *, lifetime_seconds: int = 600) -> str:
    """Return an unsigned token (RFC 7515, appendix A.5), as Kafka's own handler for tests takes it."""
    now = int(time.time())  # noqa: TID251 - the token's own
    claims = {"sub": user, "iat": now, "exp": now + lifetime_seconds}
    return f"{_encoded({'alg': 'none'})}.{_encoded(claims)}."


def _encoded(part: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(part)).decode().rstrip("=")


@asynccontextmanager
async def secured_kafka(folder: Path) -> AsyncGenerator[SecuredKafka]:
    """Start it in an empty folder; every user of the list has a password, and none any right."""
    _certificates(folder)
    ports, (token_port,) = KafkaPorts(*free_ports(2)), free_ports(1)
    class_path = kafka_class_path()
    passwords = {name: password_of(name) for name in (_BROKER, ADMIN, STRANGER, *(u.name for u in USERS))}
    with occupied(folder / "data") as data:
        command = prepare_kafka(
            data.path / "kafka",
            class_path=class_path,
            ports=ports,
            log=data.logs / "kafka.log",
            options=fast_start_options(class_path),
            security=Security(_properties(folder, ports=ports, token_port=token_port), passwords),
        )
        kafka = SecuredKafka(folder, by_password=ports.bootstrap, by_token=f"{LOOPBACK}:{token_port}")
        admin = settings_of(kafka.environment(ADMIN))
        await while_it_runs(data.start(command), answer=wait_for_kafka(admin))
        yield kafka


def _certificates(folder: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    broker, client = authority.issue_cert(LOOPBACK), authority.issue_cert("client.example")
    chain = b"".join(blob.bytes() for blob in broker.cert_chain_pems)
    (folder / "broker.pem").write_bytes(_pkcs8(broker.private_key_pem.bytes()) + chain)
    client.private_key_pem.write_to_path(folder / "client.key")
    (folder / "client.pem").write_bytes(b"".join(blob.bytes() for blob in client.cert_chain_pems))


def _pkcs8(key: bytes) -> bytes:
    """Return a key in the only form that Java reads."""
    return load_pem_private_key(key, None).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _properties(folder: Path, *, ports: KafkaPorts, token_port: int) -> Mapping[str, str]:
    doors = f"PASSWORDS://{LOOPBACK}:{ports.broker},TOKENS://{LOOPBACK}:{token_port}"
    return {
        "listeners": f"{doors},CONTROLLER://{LOOPBACK}:{ports.controller}",
        "advertised.listeners": doors,
        "listener.security.protocol.map": "PASSWORDS:SASL_SSL,TOKENS:SASL_SSL,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PASSWORDS",
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
        "listener.name.passwords.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.passwords.scram-sha-512.sasl.jaas.config": (
            f'{_SCRAM_LOGIN} required username="{_BROKER}" password="{password_of(_BROKER)}";'
        ),
        "listener.name.tokens.sasl.enabled.mechanisms": "OAUTHBEARER",
        "listener.name.tokens.oauthbearer.sasl.jaas.config": (
            f'{_TOKEN_LOGIN} required unsecuredLoginStringClaim_sub="{_BROKER}";'
        ),
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(folder / "broker.pem"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(folder / "ca.pem"),
        # For a door that also asks for passwords or tokens it counts only by the door's name.
        "listener.name.passwords.ssl.client.auth": "required",
        "listener.name.tokens.ssl.client.auth": "required",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "false",
        # The nameless one is the broker towards its own controller; no client can come in there.
        "super.users": f"User:{_BROKER};User:{ADMIN};User:ANONYMOUS",
    }


_RESOURCES = {Resource.TOPIC: 2, Resource.GROUP: 3, Resource.TRANSACTIONAL_ID: 5}
_OPERATIONS = {Operation.READ: 3, Operation.WRITE: 4, Operation.CREATE: 5, Operation.DESCRIBE: 8}
_BY_NAME, _BY_PREFIX, _ALLOWED = 3, 4, 3


class _Grants(CreateAclsRequest):
    """Many at once; aiokafka's own grants one."""

    def __init__(self, creations: Collection[tuple[object, ...]]) -> None:
        self._creations = creations

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class(list(self._creations))


class Grant(NamedTuple):
    """One user's right."""

    user: str
    right: Right


async def grant(kafka: SecuredKafka, grants: Iterable[Grant]) -> None:
    """Enter rights into the broker's list of access."""
    creations = [
        (
            _RESOURCES[right.resource],
            right.name,
            _BY_PREFIX if right.by_prefix else _BY_NAME,
            f"User:{user}",
            "*",
            _OPERATIONS[operation],
            _ALLOWED,
        )
        for user, right in grants
        for operation in right.operations
    ]
    client = AIOKafkaClient(**client_arguments(settings_of(kafka.environment(ADMIN))))
    try:
        await client.bootstrap()
        answer: Any = await client.send(client.get_random_node(), _Grants(creations))
    finally:
        await client.close()
    refused = [(for_code(code).__name__, text) for code, text in answer.creation_responses if code]
    assert not refused, refused
