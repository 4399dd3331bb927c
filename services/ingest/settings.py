"""Settings of ingest, read once from the environment by the composition root."""

from typing import Annotated

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class IngestSettings(BaseSettings):
    """Variables are `ITINERARY_…`."""

    model_config = SettingsConfigDict(env_prefix="ITINERARY_")

    ingest_host: str = "127.0.0.1"
    ingest_port: int = 8081
    query_url: str = "http://127.0.0.1:8082"
    """Where the query service answers; posts are answered with the trip as it serves it."""
    query_own_reads_secret: SecretStr | None = None
    """Shared with the query service, so that these reads do not count among the sender's own."""
    own_write_wait_seconds: float = 10.0
    """How long a Concur post waits until its own write can be read."""
    confirm_seconds: float = 10.0
    """How long the brokers have to confirm a write before the sender gets a 503."""


_Port = Annotated[int, Field(ge=0, le=65_535)]


class MailSettings(BaseSettings):
    """How mail comes in, and whose word is believed; variables are `ITINERARY_MAIL_…`."""

    model_config = SettingsConfigDict(env_prefix="ITINERARY_MAIL_")

    hostname: str = "localhost"
    """By which the doors introduce themselves."""
    domain: str = "mail.localhost"
    """Of the addresses that `itinerary token` gives out."""
    smtp_host: str = "127.0.0.1"
    smtp_port: _Port | None = None
    """None: no SMTP door."""
    lmtp_host: str = "127.0.0.1"
    lmtp_port: _Port | None = None
    """None: no LMTP door."""
    tls_certificate_file: str | None = None
    tls_key_file: str | None = None
    require_starttls: bool = False
    max_connections: int = Field(default=50, ge=1)
    max_peer_connections: int = Field(default=20, ge=1)
    """At a time, of one peer at the SMTP door where it is the first host; of others the peers are our own."""
    max_peer_mails_a_minute: int = Field(default=600, ge=1)
    """Likewise."""
    smtp_is_first_host: bool = True
    """Whether senders deliver to our SMTP door themselves; then we check them ourselves."""
    trusted_hosts: str = ""
    """Whose Authentication-Results are believed, parted by commas: hosts of ours that receive mail first."""
    trusted_sealers: str = ""
    """Domains of forwarders whose ARC seals are believed, parted by commas."""
    dns_servers: str = ""
    """`host` or `host:port`, parted by commas; the system's where empty."""
    dns_timeout_seconds: float = Field(default=4.0, gt=0)
    read_timeout_seconds: float = Field(default=10.0, gt=0, le=20)
    """What reading one mail may take."""
    read_memory_mib: int = Field(default=1024, ge=64)
    kitinerary_extractor: str | None = None
    """The path of KDE's extractor, to be asked as well; it runs within the same limits."""
    readers: int = Field(default=2, ge=1)
    """Child processes that read mails, in each process that does."""
    model_url: str | None = None
    """The base URL of OpenAI's chat completions, or of another server that speaks them, such as
    `http://127.0.0.1:11434/v1`. None: no model is asked. What nothing else can read is sent there as text."""
    model_name: str = ""
    model_key: SecretStr | None = None
    model_timeout_seconds: float = Field(default=30.0, gt=0, le=120)


class ImapSettings(BaseSettings):
    """A mailbox to read; variables are `ITINERARY_IMAP_…`."""

    model_config = SettingsConfigDict(env_prefix="ITINERARY_IMAP_")

    host: str | None = None
    """None: no mailbox."""
    port: _Port = 993
    tls: bool = True
    ca_file: str | None = None
    user: str = ""
    password: SecretStr = SecretStr("")
    folder: str = "INBOX"
    tenant: str = ""
    """Whose mail lies in it."""


def listed(text: str) -> tuple[str, ...]:
    """Return the items of a setting that is a list, in small letters."""
    return tuple(item.strip().lower() for item in text.split(",") if item.strip())


class TripItSettings(BaseSettings):
    """How accounts at TripIt are followed; variables are `ITINERARY_TRIPIT_…`."""

    model_config = SettingsConfigDict(env_prefix="ITINERARY_TRIPIT_")

    sealing_keys: SecretStr | None = None
    """Keys that seal tokens and feed addresses, parted by commas, the newest first. Without one nothing can
    be connected, and nothing is followed."""
    consumer_key: str | None = None
    """The system's own key at TripIt; companies may bring theirs."""
    consumer_secret: SecretStr | None = None
    callback_url: str | None = None
    """Where TripIt sends travellers back to: the public address of `/v1/tripit/callback`."""
    api_url: str = "https://api.tripit.com"
    authorise_url: str = "https://www.tripit.com/oauth/authorize"
    feed_origins: tuple[str, ...] = ("https://www.tripit.com",)
    """Where calendar feeds may lie. Others than `https` or public addresses are for tests alone."""
    user_agent: str = "itinerary/0.1"
    poll_seconds: float = Field(default=1800, ge=1)
    sweep_seconds: float = Field(default=86_400, ge=1)
    """How often everything is looked at, which is the only way in which deletions show."""
    feed_seconds: float = Field(default=3600, ge=1)
    """TripIt makes a feed anew every quarter of an hour."""
    hint_again_seconds: float = Field(default=660, ge=0)
    """How long after a notification its trip is looked at once more: TripIt keeps silent for ten minutes."""
    requests_per_second: float = Field(default=5, gt=0)
    """For each consumer key, of all processes that follow accounts together."""
    concurrency: int = Field(default=32, ge=1)
    """How many accounts are visited side by side."""
    concurrency_per_key: int = Field(default=8, ge=1)
    """How many of them with one consumer key, or by feeds: a slow one leaves room for the others."""
    lease_seconds: float = Field(default=120, ge=1)
    """How long after the death of a process another takes over its accounts."""
    request_seconds: float = Field(default=30, gt=0)
    """What one attempt may take: at most a quarter of the lease, which is renewed before each."""
    first_pause_seconds: float = Field(default=30, gt=0)
    """Of an account after trouble; it doubles up to an hour."""
    unauthorised_pause_seconds: float = Field(default=5, ge=0)
    """Between a single 401, which passes by itself, and the second try."""

    @field_validator("request_seconds")
    @classmethod
    def _fits_the_lease(cls, seconds: float, known: ValidationInfo) -> float:
        """Refuse attempts in the midst of which another process takes the account for given up."""
        if 4 * seconds > known.data.get("lease_seconds", seconds * 4):
            raise ValueError("may be at most a quarter of ITINERARY_TRIPIT_LEASE_SECONDS")
        return seconds
