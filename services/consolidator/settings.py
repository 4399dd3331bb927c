"""Settings of the consolidator; variables are `ITINERARY_CONSOLIDATOR_…`."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ConsolidatorSettings(BaseSettings):
    """How quickly a dead worker's partitions move, and when a worker gives itself up."""

    model_config = SettingsConfigDict(env_prefix="ITINERARY_CONSOLIDATOR_")

    session_timeout_seconds: float = Field(default=6.0, ge=1.0)
    """A worker that is silent for so long loses its partitions to the others."""
    heartbeat_interval_seconds: float = Field(default=2.0, gt=0.0)
    stall_seconds: float = Field(default=60.0, ge=5.0)
    """A worker that settles nothing for so long, although there is something to do, ends."""
    stop_seconds: float = Field(default=25.0, gt=0.0)
    """How long a stop may take to finish what was begun; what is not finished is done after the restart."""
