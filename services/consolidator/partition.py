"""What the worker of one partition knows: a cache of `records.v1` and `trips.v1`, restored newer-wins.

Only what is committed is absorbed, so that a batch can be decided again after any failure.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from pydantic import ValidationError

from schemas.booking_record import SettingsRecord, decode_record
from schemas.settings import TenantSettings
from schemas.trip import ProgressMarker, decode_trips_value
from services.consolidator.domain.state import Step, TravellerState

POISON_WINDOW = 200
"""How many of the latest inputs the share of poison is judged by."""


class Message(NamedTuple):
    """One message as `bookings.v1` holds it."""

    offset: int
    appended_ms: int
    value: bytes | None


class Output(NamedTuple):
    """One message to write to the batch's own partition of a topic."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class BatchOutput:
    """What a batch comes to; nothing of it counts until its outputs are committed together."""

    taken: int
    """How many of the messages it settles, from the first; the others are the next batch."""
    done: int
    """The last offset that is done once it is committed."""
    outputs: tuple[Output, ...] = ()
    steps: tuple[tuple[TravellerState, Step], ...] = ()
    settings: SettingsRecord | None = None
    poison: tuple[bool, ...] = ()
    """For each new input whether it became a dead letter."""


@dataclass(slots=True)
class PartitionState:
    """What is accepted on one partition: a cache of `records.v1` and `trips.v1`, restored newer-wins."""

    number: int
    partitions: int
    epoch: int
    done: int = -1
    """The last offset of `bookings.v1` whose outputs are committed, by the progress markers."""
    positions: dict[str, int] = field(default_factory=dict[str, int])
    """Per topic the offset up to which this state holds it."""
    travellers: dict[tuple[str, str], TravellerState] = field(
        default_factory=dict[tuple[str, str], TravellerState]
    )
    settings: dict[str, SettingsRecord] = field(default_factory=dict[str, SettingsRecord])
    unreadable: int = 0
    """Values of `trips.v1` that some other program must have written."""
    recent_poison: deque[bool] = field(default_factory=lambda: deque[bool](maxlen=POISON_WINDOW))

    def traveller(self, *, tenant: str, traveller: str) -> TravellerState:
        """Return the state of a traveller, empty where nothing was accepted yet."""
        key = (tenant, traveller)
        if key not in self.travellers:
            self.travellers[key] = TravellerState(tenant=tenant, traveller=traveller)
        return self.travellers[key]

    def settings_of(self, tenant: str) -> TenantSettings:
        """Return a tenant's settings as of the last batch."""
        record = self.settings.get(tenant)
        return TenantSettings() if record is None else record.settings

    def restore_record(self, encoded: bytes) -> None:
        """Take a value of `records.v1`; an older one changes nothing.

        Raises:
            pydantic.ValidationError: the truth cannot be read, so that nothing may be built on it.
        """
        record = decode_record(encoded)
        if isinstance(record, SettingsRecord):
            self._take_settings(record)
        else:
            self.traveller(tenant=record.tenant, traveller=record.traveller).restore_record(record)

    def restore_trips_value(self, encoded: bytes) -> None:
        """Take a value of `trips.v1`: a trip, or how far this partition is done.

        One that cannot be read is as if it were not there: trips are made of records, and one that
        seems to be missing is written again.
        """
        try:
            value = decode_trips_value(encoded)
        except ValidationError:
            self.unreadable += 1
            return
        if not isinstance(value, ProgressMarker):
            self.traveller(tenant=value.tenant, traveller=value.traveller).restore_trip(value.id, encoded)
        elif value.epoch == self.epoch:
            self.done = max(self.done, value.offset)

    def absorb(self, output: BatchOutput) -> None:
        """Take over what a batch came to, once it is committed."""
        for traveller, result in output.steps:
            traveller.absorb(result)
        if output.settings is not None:
            self._take_settings(output.settings)
        self.done = output.done
        self.recent_poison.extend(output.poison)

    def forget(self) -> None:
        """Become empty, to be restored from the beginning."""
        self.done = -1
        self.positions.clear()
        self.travellers.clear()
        self.settings.clear()

    def _take_settings(self, record: SettingsRecord) -> None:
        known = self.settings.get(record.tenant)
        if known is None or record.settings.revision >= known.settings.revision:
            self.settings[record.tenant] = record
