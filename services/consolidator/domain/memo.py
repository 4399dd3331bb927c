"""What is remembered of one traveller, stage by stage. A cache: it may be lost at any time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.booking_record import OverrideRecord
from schemas.settings import TenantSettings
from services.consolidator.domain.bookings import Reader
from services.consolidator.domain.grouping import Grouped
from services.consolidator.domain.overrides import NOTHING_SAID, Overrides, overrides_of
from services.consolidator.domain.records import TravellerRecord, of_kind
from services.consolidator.domain.remembered import Remembered
from services.consolidator.domain.segments import Document, ShownSegment


class WrittenTrip(NamedTuple):
    """What of a trip's last value the next one is held against."""

    created: str
    content: Document


@dataclass(slots=True)
class Memo:
    """One place for each stage; what comes out of a stage unchanged is the same object as before."""

    reader: Reader = field(default_factory=Reader)
    """By record: its segments and how they compare, and the booking that it makes."""
    clusters: Remembered[list[tuple[str, ...]]] = field(default_factory=Remembered[list[tuple[str, ...]]])
    """By part of a history, which claims are one thing."""
    shown: Remembered[ShownSegment] = field(default_factory=Remembered[ShownSegment])
    """By segment."""
    grouped: Remembered[Grouped] = field(default_factory=Remembered[Grouped])
    """By part of a history, which bookings are one trip."""
    bookings: Remembered[Document] = field(default_factory=Remembered[Document])
    """By record, the booking as its trip shows it."""
    written: Remembered[WrittenTrip] = field(default_factory=Remembered[WrittenTrip])
    """By trip, what was read from its bytes, or written as them."""
    _overrides: Remembered[Overrides] = field(default_factory=Remembered[Overrides])
    _settings: TenantSettings = field(default_factory=TenantSettings)

    def overrides_of(self, records: Mapping[str, TravellerRecord]) -> Overrides:
        """Return what people said, as the same object for as long as they say the same."""
        said = tuple(r for r in of_kind(records.values(), OverrideRecord) if r.override is not None)
        if not said:
            return NOTHING_SAID
        key = said[0].record
        return self._overrides.get(key, said) or self._overrides.keep(key, said, overrides_of(said))

    def as_known(self, settings: TenantSettings) -> TenantSettings:
        """Return these settings as the same object as before, if they are the same."""
        if settings is not self._settings and settings != self._settings:
            self._settings = settings
        return self._settings
