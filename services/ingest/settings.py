"""Settings of ingest, read once from the environment by the composition root."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class IngestSettings(BaseSettings):
    """Variables are `ITINERARY_…`."""

    model_config = SettingsConfigDict(env_prefix="ITINERARY_")

    ingest_host: str = "127.0.0.1"
    ingest_port: int = 8081
    query_url: str = "http://127.0.0.1:8082"
    """Where the query service answers; posts are answered with the trip as it serves it."""
    own_write_wait_seconds: float = 10.0
    """How long a Concur post waits until its own write can be read."""
    confirm_seconds: float = 10.0
    """How long the brokers have to confirm a write before the sender gets a 503."""
