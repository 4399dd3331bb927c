"""What the core is given and what it answers; the only mutable thing is the cache of one traveller."""

from dataclasses import dataclass, field

import orjson

from schemas.booking_record import (
    Record,
    SettingsRecord,
)
from schemas.trip import Outcome
from services.consolidator.domain.inputs import Input
from services.consolidator.domain.records import TravellerRecord
from services.consolidator.domain.trips import View


@dataclass(frozen=True, slots=True)
class TripOutput:
    """A value for `trips.v1`: the canonical JSON of a Trip, TripRedirect or TripDeletion."""

    id: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Step:
    """What a batch of inputs changes for one traveller."""

    records: tuple[Record, ...]
    trips: tuple[TripOutput, ...]
    outcomes: tuple[Outcome, ...]
    view: View
    """How the traveller's bookings stand after it; kept so that the next step need not look again."""


@dataclass(slots=True)
class TravellerState:
    """One traveller's accepted records and newest trips: a cache that the topics can always refill."""

    tenant: str
    traveller: str
    records: dict[str, TravellerRecord] = field(default_factory=dict[str, TravellerRecord])
    trips: dict[str, bytes] = field(default_factory=dict[str, bytes])
    """By trip id, the newest value of `trips.v1`, redirects and deletions among them."""
    view: View | None = None

    def restore_record(self, record: Record) -> None:
        """Take a record as read from `records.v1`; an older state of it changes nothing."""
        if isinstance(record, SettingsRecord):
            raise TypeError("settings belong to a partition, not to a traveller")
        self.view = None
        known = self.records.get(record.record)
        if known is None or known.offset <= record.offset:
            self.records[record.record] = record

    def restore_trip(self, trip_id: str, value: bytes) -> None:
        """Take a trip as read from `trips.v1`; an older version changes nothing."""
        known = self.trips.get(trip_id)
        if known is None or version_order(known) <= version_order(value):
            self.trips[trip_id] = value

    def absorb(self, step: Step) -> None:
        """Take what a step changed, once it is safely written."""
        for record in step.records:
            self.restore_record(record)
        for trip in step.trips:
            self.restore_trip(trip.id, trip.value)
        self.view = step.view


def version_order(encoded: bytes) -> tuple[int, int]:
    """Return the (epoch, offset) of an encoded value of `trips.v1`."""
    version = orjson.loads(encoded)["version"]
    return (version["epoch"], version["offset"])


__all__ = ["Input", "Step", "TravellerState", "TripOutput", "version_order"]
