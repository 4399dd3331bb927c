"""Settings that every process shares, read once from the environment by the composition roots."""

import ssl
from collections.abc import Iterable
from typing import Literal, Self

from pydantic import Field, FilePath, SecretStr, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

_SASL = ("sasl_username", "sasl_password", "sasl_oauthbearer_token_file")
_TLS = ("ssl_ca_file", "ssl_certificate_file", "ssl_key_file")


class KafkaSettings(BaseSettings):
    """Where Kafka is and how to speak to it; variables are `KAFKA_…`."""

    model_config = SettingsConfigDict(env_prefix="KAFKA_")

    bootstrap: str
    """Comma-separated `host:port`."""
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN", "OAUTHBEARER"] = "SCRAM-SHA-512"
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    sasl_oauthbearer_token_file: FilePath | None = None
    """Holds an access token and nothing else; whoever renews it writes it anew, as Kubernetes does."""
    ssl_ca_file: FilePath | None = None
    """Who vouches for the brokers, in PEM; the authorities that this machine trusts if not set."""
    ssl_certificate_file: FilePath | None = None
    """The client's own certificate and its chain, in PEM, where the brokers want one."""
    ssl_key_file: FilePath | None = None

    @property
    def uses_tls(self) -> bool:
        """Whether the connection is encrypted, and the broker must prove who it is."""
        return self.security_protocol in {"SSL", "SASL_SSL"}

    @property
    def uses_sasl(self) -> bool:
        """Whether the client says who it is by a password or a token."""
        return self.security_protocol in {"SASL_PLAINTEXT", "SASL_SSL"}

    @property
    def uses_token(self) -> bool:
        """Whether the client says who it is by a token."""
        return self.uses_sasl and self.sasl_mechanism == "OAUTHBEARER"

    def ssl_context(self) -> ssl.SSLContext | None:
        """Return the TLS context, or None where the protocol has no TLS."""
        if not self.uses_tls:
            return None
        context = ssl.create_default_context(cafile=self.ssl_ca_file)
        if self.ssl_certificate_file is not None:
            context.load_cert_chain(self.ssl_certificate_file, self.ssl_key_file)
        return context

    @model_validator(mode="after")
    def _check_whole(self) -> Self:
        """Refuse what would only fail at the first connection, or pass for secure and not be."""
        idle = self._given(() if self.uses_sasl else _SASL) | self._given(() if self.uses_tls else _TLS)
        if idle:
            raise _unfit(
                f"KAFKA_SECURITY_PROTOCOL is {self.security_protocol}, which does not use "
                f"{_variables(idle)}: set it to SASL_SSL or what your brokers speak, or unset those"
            )
        wanted = {"sasl_oauthbearer_token_file"} if self.uses_token else {"sasl_username", "sasl_password"}
        if self.uses_sasl and (missing := wanted - self._given(wanted)):
            raise _unfit(f"set {_variables(missing)}, which {self.sasl_mechanism} needs")
        try:
            self.ssl_context()
        except (OSError, ssl.SSLError) as trouble:
            raise _unfit(
                f"{_variables(self._given(_TLS))}: no certificate or key that can be used: {trouble}"
            ) from None
        return self

    def _given(self, fields: Iterable[str]) -> set[str]:
        return {name for name in fields if getattr(self, name) is not None}


def _variables(fields: Iterable[str]) -> str:
    return ", ".join(sorted(f"KAFKA_{name}".upper() for name in fields))


def _unfit(text: str) -> PydanticCustomError:
    # Braces would be taken for places of a template.
    return PydanticCustomError("unfit", "{text}", {"text": text})


class PostgresSettings(BaseSettings):
    """Where PostgreSQL is."""

    model_config = SettingsConfigDict(populate_by_name=True)

    database_url: SecretStr = Field(validation_alias="DATABASE_URL")
    """`postgresql://user:password@host:port/database`."""


class GivenBacking(BaseSettings):
    """What the environment gives; what it does not give is embedded."""

    model_config = SettingsConfigDict(populate_by_name=True)

    kafka: str | None = Field(default=None, validation_alias="KAFKA_BOOTSTRAP")
    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")


class HealthSettings(BaseSettings):
    """Where a worker answers about its health; variables are `ITINERARY_HEALTH_…`."""

    model_config = SettingsConfigDict(env_prefix="ITINERARY_HEALTH_")

    host: str = "127.0.0.1"
    port: int | None = Field(default=None, ge=1, le=65535)
    """None: do not answer."""


class TopicSettings(BaseSettings):
    """How topics are created and which generation of `bookings.v1` this is; variables are `ITINERARY_…`."""

    model_config = SettingsConfigDict(env_prefix="ITINERARY_")

    partitions: int = Field(default=8, ge=1, le=1000)
    """Partitions of every topic; fixed once created."""
    replication_factor: int = Field(default=1, ge=1)
    epoch: int = Field(default=1, ge=1)
    """The generation of `bookings.v1`; raise it only when that topic was created anew."""


class TokenSettings(BaseSettings):
    """Whose tokens are believed; variables are `ITINERARY_TOKEN_…`."""

    model_config = SettingsConfigDict(env_prefix="ITINERARY_TOKEN_")

    issuer: str
    audience: str
    jwks_url: str
    """`https://…`, or `file:///…` for the embedded issuer."""


class GivenIssuer(BaseSettings):
    """Whether the environment names a real issuer; otherwise the embedded one signs."""

    model_config = SettingsConfigDict(env_prefix="ITINERARY_TOKEN_")

    issuer: str | None = None


def what_to_set(wrong: ValidationError) -> str:
    """Return, for an operator, the variables that are missing or wrong, by the names to set them under."""
    prefixes = {
        kind.__name__: kind.model_config.get("env_prefix", "") for kind in BaseSettings.__subclasses__()
    }
    prefix = prefixes.get(wrong.title, "")
    said: list[str] = []
    for found in wrong.errors(include_input=False, include_url=False):
        if not found["loc"]:  # several variables that do not fit together; the text names them
            said.append(found["msg"])
            continue
        field = str(found["loc"][0])
        variable = field if field.isupper() else f"{prefix}{field}".upper()
        said.append(f"set {variable}" if found["type"] == "missing" else f"{variable}: {found['msg']}")
    return "; ".join(sorted(said))
