"""Settings of the consolidator; variables are `ITINERARY_CONSOLIDATOR_…`."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.consolidator.partition import POISON_LIMIT, POISON_WINDOW


class ConsolidatorSettings(BaseSettings):
    """How quickly a dead worker's partitions move, and when a worker gives itself up."""

    model_config = SettingsConfigDict(env_prefix="ITINERARY_CONSOLIDATOR_")

    engine: Literal["faust", "plain"] = "faust"
    """What reads `bookings.v1`: Faust, or a plain consumer; they may share a group."""
    session_timeout_seconds: float = Field(default=6.0, ge=1.0)
    """A worker that is silent for so long loses its partitions to the others."""
    heartbeat_interval_seconds: float = Field(default=2.0, gt=0.0)
    stall_seconds: float = Field(default=60.0, ge=5.0)
    """A worker that settles nothing for so long, although there is something to do, or whose commits do not
    follow what it settles, ends."""
    stop_seconds: float = Field(default=25.0, gt=0.0)
    """How long a stop may take to finish what was begun; what is not finished is done after the restart."""
    state_folder: Path | None = None
    """Where this worker alone keeps what it has read; may vanish at any time. None: in memory, all of it."""
    unpacked_in_memory: int = Field(default=40_000, ge=1)
    """How many records and trips a worker keeps ready, shared by its partitions; others wait in the folder.

    One takes about 16 KB of memory; a traveller of 18 takes about 2 ms to be made ready again.
    """
    poison_limit: int = Field(default=POISON_LIMIT, ge=0, le=POISON_WINDOW)
    """A worker that makes more dead letters than this of the latest 200 inputs of a partition ends."""


class SweeperSettings(BaseSettings):
    """How often time is told; variables are `ITINERARY_SWEEPER_…`."""

    model_config = SettingsConfigDict(env_prefix="ITINERARY_SWEEPER_")

    look_seconds: float = Field(default=5.0, gt=0.0)
    """How long a sweeper rests that found nothing more to do: how late a trip may complete."""
    again_seconds: float = Field(default=60.0, gt=0.0)
    """After how long it asks again for what is still due, at first; then after twice as long each time.

    A partition that has not done by then what it was asked is asked nothing more until it has.
    """
    batch_trips: int = Field(default=1000, ge=1, le=10_000)
    ahead_trips: int = Field(default=2000, ge=1)
    """So many of a partition may be asked for before they are done: downtime is caught up in pieces."""


class RelaySettings(BaseSettings):
    """How the relay reads; variables are `ITINERARY_RELAY_…`."""

    model_config = SettingsConfigDict(env_prefix="ITINERARY_RELAY_")

    group: str = "itinerary-relay"
    """The consumer group among whose members the partitions are spread. A new name tells everything again."""
    batch_records: int = Field(default=500, ge=1)
