"""Settings that every process shares, read once from the environment by the composition roots."""

import ssl
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class KafkaSettings(BaseSettings):
    """Where Kafka is and how to speak to it; variables are `KAFKA_…`."""

    model_config = SettingsConfigDict(env_prefix="KAFKA_")

    bootstrap: str
    """Comma-separated `host:port`."""
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"] = "SCRAM-SHA-512"
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ssl_ca_file: str | None = None
    ssl_certificate_file: str | None = None
    ssl_key_file: str | None = None

    def ssl_context(self) -> ssl.SSLContext | None:
        """Return the TLS context, or None where the protocol has no TLS."""
        if "SSL" not in self.security_protocol.split("_"):
            return None
        context = ssl.create_default_context(cafile=self.ssl_ca_file)
        if self.ssl_certificate_file is not None:
            context.load_cert_chain(self.ssl_certificate_file, self.ssl_key_file)
        return context


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
        field = str(found["loc"][0])
        variable = field if field.isupper() else f"{prefix}{field}".upper()
        said.append(f"set {variable}" if found["type"] == "missing" else f"{variable}: {found['msg']}")
    return "; ".join(sorted(said))
