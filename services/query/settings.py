"""Settings of the query service and the projector."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class QuerySettings(BaseSettings):
    """How trips are served; variables are `ITINERARY_QUERY_…`."""

    model_config = SettingsConfigDict(env_prefix="ITINERARY_QUERY_")

    host: str = "127.0.0.1"
    port: int = Field(default=8082, ge=0, le=65_535)
    """Where the process listens when it runs alone; 0 takes a free port."""
    public_url: str = "http://127.0.0.1:8082"
    """The base URL by which clients know the service."""
    pool_connections: int = Field(default=10, ge=1)
    wait_seconds: float = Field(default=10.0, gt=0, le=60)
    """How long a read waits for the position that it was given."""


class ProjectorSettings(BaseSettings):
    """How the projector reads; variables are `ITINERARY_PROJECTOR_…`."""

    model_config = SettingsConfigDict(env_prefix="ITINERARY_PROJECTOR_")

    group: str = "projector"
    """The consumer group among whose members the partitions are spread."""
    batch_records: int = Field(default=500, ge=1)
    attempts: int = Field(default=6, ge=1)
    """How often a batch is tried, in doubling pauses from 0.2 s, before the process ends."""
