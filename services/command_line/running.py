"""Which systems run here: each `up` leaves its addresses in its data folder, and a pointer to that."""

import hashlib
from pathlib import Path
from typing import NamedTuple

import platformdirs
from pydantic import BaseModel, ConfigDict, SecretStr, field_serializer

from services.platform.awaiting import CannotStart
from services.platform.child_processes import Child, Roster, write_private
from services.platform.data_folder import roster_file
from services.platform.settings import GivenBacking, KafkaSettings, PostgresSettings, TopicSettings

_ADDRESSES = "up.json"


class NotRunning(CannotStart):
    """There is no running `up`, or not exactly one and none was named."""


class EmbeddedTokens(BaseModel):
    """Who signs and how to check it, where no real issuer is configured."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    audience: str
    jwks_url: str


class RunningUp(BaseModel):
    """A system that answers, as its `up` wrote it down."""

    model_config = ConfigDict(frozen=True)

    url: str
    """The public base URL."""
    kafka: str
    smtp: str = ""
    """Where mail is taken, `host:port`."""
    database_url: str
    data: Path
    owner: Child
    """The process of `up` itself."""
    partitions: int
    epoch: int
    tokens: EmbeddedTokens | None
    """None where the environment of `up` names a real issuer."""
    metrics: dict[str, str] = {}
    """By process where it tells its metrics."""
    webhook_keys: SecretStr | None = None
    """What seals the secrets of webhooks."""

    @field_serializer("webhook_keys")
    def _shown(self, keys: SecretStr | None) -> str | None:
        """Write the keys down; nobody else may read the file."""
        return None if keys is None else keys.get_secret_value()

    @property
    def processes(self) -> dict[str, list[int]]:
        """Return the process ids of this moment, by name; the workers of one kind share a name."""
        roster = Roster.read(roster_file(self.data))
        found: dict[str, list[int]] = {}
        for child in () if roster is None else roster.children:
            found.setdefault(_kind(child.name), []).append(child.pid)
        return found

    def environment(self) -> dict[str, str]:
        """Return the variables with which a process joins this system."""
        variables = {
            "KAFKA_BOOTSTRAP": self.kafka,
            "DATABASE_URL": self.database_url,
            "ITINERARY_PARTITIONS": str(self.partitions),
            "ITINERARY_EPOCH": str(self.epoch),
            "ITINERARY_QUERY_URL": self.url,
            "ITINERARY_QUERY_PUBLIC_URL": self.url,
            "ITINERARY_WEBHOOKS_PUBLIC_URL": self.url,
            "ITINERARY_CANARY_URL": self.url,
            "ITINERARY_MAIL_SMTP_PORT": self.smtp.rpartition(":")[2],
        }
        if self.webhook_keys is not None:
            variables["ITINERARY_WEBHOOKS_SEALING_KEYS"] = self.webhook_keys.get_secret_value()
        if self.tokens is not None:
            variables |= {
                "ITINERARY_TOKEN_ISSUER": self.tokens.issuer,
                "ITINERARY_TOKEN_AUDIENCE": self.tokens.audience,
                "ITINERARY_TOKEN_JWKS_URL": self.tokens.jwks_url,
            }
        return variables

    def summary(self) -> dict[str, object]:
        """Return what `up --json` prints."""
        told = {"url", "kafka", "smtp", "database_url", "data", "metrics"}
        shown = self.model_dump(mode="json", include=told)
        return {**shown, "processes": self.processes}

    def publish(self) -> None:
        """Write it down, for every other command to find."""
        write_private(self.data / _ADDRESSES, text=self.model_dump_json(indent=2))


class System(NamedTuple):
    """Where the system is that a command is to work on."""

    kafka: KafkaSettings
    postgres: PostgresSettings
    topics: TopicSettings


def system_of(data: Path | None) -> System:
    """Return what the environment names; what it does not is that of the running `up`.

    Raises:
        NotRunning: as `running_up`, where the environment names nothing.
    """
    given = GivenBacking()
    if data is None and given.kafka is not None and given.database_url is not None:
        return System(
            KafkaSettings(bootstrap=given.kafka),
            PostgresSettings(database_url=given.database_url),
            TopicSettings(),
        )
    up = running_up(data)
    return System(
        KafkaSettings(bootstrap=up.kafka),
        PostgresSettings(database_url=SecretStr(up.database_url)),
        TopicSettings(partitions=up.partitions, epoch=up.epoch),
    )


def default_data() -> Path:
    """Return the data folder that is used where none is named."""
    return platformdirs.user_data_path("itinerary")


def running_up(data: Path | None) -> RunningUp:
    """Return the running system of a data folder, or the only one there is.

    Raises:
        NotRunning: none runs there, or none or several run and no folder was named.
    """
    if data is not None:
        if (found := _running_in(data.resolve())) is None:
            raise NotRunning(f"No `itinerary up` runs on {data}.")
        return found
    all_running = [up for folder in known_folders() if (up := _running_in(folder)) is not None]
    if not all_running:
        raise NotRunning("No `itinerary up` is running; start one.")
    if len(all_running) > 1:
        folders = ", ".join(str(up.data) for up in all_running)
        raise NotRunning(f"Several `itinerary up` are running; name one with --data: {folders}.")
    return all_running[0]


def known_folders() -> list[Path]:
    """Return the data folders on which an `up` was started and has not ended in order."""
    pointers = sorted(_register().glob("*.path"))
    return [Path(pointer.read_text()) for pointer in pointers]


def remember(data: Path) -> None:
    """Note that an `up` works on a folder."""
    _register().mkdir(parents=True, exist_ok=True)
    write_private(_pointer(data), text=str(data))


def forget(data: Path) -> None:
    """Note that it does no more."""
    (data / _ADDRESSES).unlink(missing_ok=True)
    _pointer(data).unlink(missing_ok=True)


def _running_in(data: Path) -> RunningUp | None:
    try:
        found = RunningUp.model_validate_json((data / _ADDRESSES).read_bytes())
    except FileNotFoundError:
        return None
    return found if found.owner.running() is not None else None


def _kind(name: str) -> str:
    kind, _, number = name.rpartition("-")
    return kind if number.isdigit() else name


def _register() -> Path:
    return platformdirs.user_state_path("itinerary") / "running"


def _pointer(data: Path) -> Path:
    return _register() / f"{hashlib.sha256(str(data).encode()).hexdigest()[:16]}.path"
