"""From accepted records to groups of bookings: `f`, but for the documents."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.booking_record import InstantRecord, TokenRecord
from schemas.segments import FieldGroup
from schemas.settings import TenantSettings
from services.consolidator.domain.bookings import Booking, bookings_of, pinned_trips
from services.consolidator.domain.bundles import Placement, SegmentsByRecord
from services.consolidator.domain.clustering import Clustering
from services.consolidator.domain.content import trip_content
from services.consolidator.domain.grouping import Group, Grouping, segments_at_home
from services.consolidator.domain.memo import Memo
from services.consolidator.domain.overrides import Overrides, overrides_of
from services.consolidator.domain.precedence import order_of_sources
from services.consolidator.domain.records import TravellerRecord
from services.consolidator.domain.segments import Document, ShownSegment
from services.consolidator.domain.tokens import Token, births_of


@dataclass(frozen=True, slots=True)
class Consolidation:
    """How a traveller's bookings hang together; a function of records and settings."""

    bookings: Mapping[str, Booking]
    segments: SegmentsByRecord
    groups: tuple[Group, ...]
    at_home: SegmentsByRecord
    """By group, the segments that are shown in it."""
    overrides: Overrides
    births: Mapping[str, str]
    placements: Mapping[str, Placement]
    """By booking record, why it is in its group."""
    instant: str | None
    settings: TenantSettings

    def content(self, group: Group) -> Document:
        """Return the JSON of the TripContent of one group."""
        return trip_content(
            group,
            self.bookings,
            self.segments,
            at_home=self.at_home.get(group.key, ()),
            settings=self.settings,
            instant=self.instant,
            name=self._name_by_person(group),
        )

    def _name_by_person(self, group: Group) -> str | None:
        own = set(group.members)
        for trip, name in reversed(list(self.overrides.names.items())):
            if self.births.get(trip) in own or (group.header is not None and group.header.trip == trip):
                return name
        return None


def consolidate(
    records: Mapping[str, TravellerRecord], *, settings: TenantSettings, memo: Memo | None = None
) -> Consolidation:
    """Compute how a traveller's bookings hang together.

    Matching, precedence and grouping, in this order, as design section 5, rules 1 to 4, says. The
    result depends on the records and the settings, not on the order in which either came.
    """
    bookings = bookings_of(records)
    overrides = overrides_of(records.values())
    segments = _shown_segments(bookings.values(), overrides, settings, memo or Memo())
    births = births_of(bookings, tokens_of(records.values()))
    grouping = Grouping(
        bookings,
        segments,
        pinned=pinned_trips(records.values()),
        overrides=overrides,
        births=births,
        merge_gap_days=settings.merge_gap_days,
    )
    groups = tuple(grouping.groups())
    return Consolidation(
        bookings=bookings,
        segments=segments,
        groups=groups,
        at_home=segments_at_home(groups, bookings, segments),
        overrides=overrides,
        births=births,
        placements=grouping.placements,
        instant=next((r.instant for r in records.values() if isinstance(r, InstantRecord)), None),
        settings=settings,
    )


def tokens_of(records: Iterable[TravellerRecord]) -> list[Token]:
    """Return the tokens as the records keep them."""
    return [
        Token(id=r.token, founded=r.founded, born_of=r.born_of, holder=r.holder)
        for r in records
        if isinstance(r, TokenRecord)
    ]


def clustering_of(bookings: Iterable[Booking], overrides: Overrides, settings: TenantSettings) -> Clustering:
    """Set out to put together what a traveller's bookings claim."""
    claims = [claim for booking in bookings for claim in booking.claims]
    ranks = order_of_sources(settings, FieldGroup.ROUTE_AND_TIMES)
    return Clustering(claims, ranks=ranks, overrides=overrides)


def _shown_segments(
    bookings: Iterable[Booking], overrides: Overrides, settings: TenantSettings, memo: Memo
) -> dict[str, list[ShownSegment]]:
    by_record: dict[str, list[ShownSegment]] = {}
    for found in clustering_of(bookings, overrides, settings).clusters():
        segment = memo.show(found, settings=settings, overrides=overrides)
        for record in sorted(segment.records):
            by_record.setdefault(record, []).append(segment)
    return by_record
