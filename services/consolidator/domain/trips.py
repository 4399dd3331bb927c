"""From accepted records to groups of bookings: `f`, but for the documents."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemas.booking_record import InstantRecord, PostedTripRecord, TokenRecord
from schemas.segments import FieldGroup
from schemas.settings import TenantSettings
from services.consolidator.domain.bundles import SegmentsByRecord
from services.consolidator.domain.claims import Booking, BookingShape
from services.consolidator.domain.clustering import Cluster, Clustering
from services.consolidator.domain.content import SaidOfTrip, trip_content
from services.consolidator.domain.grouping import Group, Grouped, Grouping
from services.consolidator.domain.memo import Memo
from services.consolidator.domain.overrides import Overrides
from services.consolidator.domain.posted_trips import pinned_trips
from services.consolidator.domain.precedence import ranks_of_sources
from services.consolidator.domain.records import TravellerRecord, of_kind
from services.consolidator.domain.segments import (
    Document,
    SegmentShape,
    ShownSegment,
    corrections_of,
    show,
)
from services.consolidator.domain.tokens import Token, births_of


@dataclass(frozen=True, slots=True)
class Consolidation:
    """How a traveller's bookings hang together; a function of records and settings."""

    bookings: Mapping[str, Booking]
    segments: SegmentsByRecord
    shown: Mapping[str, ShownSegment]
    """The segments by id."""
    grouped: Grouped
    overrides: Overrides
    births: Mapping[str, str]
    instant: str | None
    settings: TenantSettings
    memo: Memo

    @property
    def shapes(self) -> Mapping[str, BookingShape]:
        """What decides where each booking goes."""
        return {key: booking.shape for key, booking in self.bookings.items()}

    @property
    def groups(self) -> tuple[Group, ...]:
        """The bookings of each trip."""
        return self.grouped.groups

    def content(self, group: Group) -> Document:
        """Return the JSON of the TripContent of one group."""
        return trip_content(
            group,
            self.bookings,
            self.segments,
            at_home=[self.shown[segment] for segment in self.grouped.at_home.get(group.key, ())],
            settings=self.settings,
            instant=self.instant,
            said=self._said_of(group),
            known=self.memo.bookings,
        )

    def _said_of(self, group: Group) -> SaidOfTrip:
        names, dismissed = self.overrides.names, self.overrides.dismissed
        name = next((names[trip] for trip in self._leading_to(group, reversed(list(names)))), None)
        facts = {fact for trip in self._leading_to(group, dismissed) for fact in dismissed[trip]}
        return SaidOfTrip(name, sorted(facts))

    def _leading_to(self, group: Group, trips: Iterable[str]) -> Iterator[str]:
        """Yield those of the ids of trips that lead to this one."""
        own = set(group.members)
        for trip in trips:
            if self.births.get(trip) in own or (group.header is not None and group.header.trip == trip):
                yield trip


def consolidate(
    records: Mapping[str, TravellerRecord], *, settings: TenantSettings, memo: Memo | None = None
) -> Consolidation:
    """Compute how a traveller's bookings hang together.

    Matching, precedence and grouping, in this order, as design section 5, rules 1 to 4, says. The
    result depends on the records and the settings, not on the order in which either came, nor on
    what is remembered: each stage is remembered by all that it reads.
    """
    memo = memo or Memo()
    settings = memo.as_known(settings)
    bookings = memo.reader.bookings_of(records)
    overrides = memo.overrides_of(records)
    shown = _shown_segments(bookings, overrides, settings, memo)
    shapes = {key: booking.shape for key, booking in bookings.items()}
    segments = _by_record(segment.shape for segment in shown.values())
    births = births_of(shapes, tokens_of(records.values()))
    return Consolidation(
        bookings=bookings,
        segments=segments,
        shown=shown,
        grouped=_grouped(shapes, segments, pinned_trips(records.values()), overrides, births, settings, memo),
        overrides=overrides,
        births=births,
        instant=next((r.instant for r in of_kind(records.values(), InstantRecord)), None),
        settings=settings,
        memo=memo,
    )


def tokens_of(records: Iterable[TravellerRecord]) -> list[Token]:
    """Return the tokens as the records keep them."""
    return [
        Token(id=r.token, founded=r.founded, born_of=r.born_of, holder=r.holder)
        for r in of_kind(records, TokenRecord)
    ]


def clustering_of(
    bookings: Mapping[str, Booking], overrides: Overrides, *, settings: TenantSettings, memo: Memo
) -> Clustering:
    """Set out to put together what a traveller's bookings claim."""
    return Clustering(
        [claim.shape for booking in bookings.values() for claim in booking.claims],
        ranks=ranks_of_sources(settings, FieldGroup.ROUTE_AND_TIMES),
        overrides=overrides,
        readings=memo.reader.readings,
    )


def clusters_of(bookings: Mapping[str, Booking], clusters: Iterable[Sequence[str]]) -> list[Cluster]:
    """Return the clusters that a clustering found, with their claims."""
    claims = {claim.id: claim for booking in bookings.values() for claim in booking.claims}
    return [Cluster(tuple(claims[id_] for id_ in ids)) for ids in clusters]


# --- the stages ----------------------------------------------------------------------------------


def _shown_segments(
    bookings: Mapping[str, Booking], overrides: Overrides, settings: TenantSettings, memo: Memo
) -> dict[str, ShownSegment]:
    """Return the consolidated segments by id, by the age of their oldest claims."""
    key = min(bookings, default="")
    shapes = (claim.shape for booking in bookings.values() for claim in booking.claims)
    inputs = (*shapes, overrides, ranks_of_sources(settings, FieldGroup.ROUTE_AND_TIMES))
    clusters = memo.clusters.get(key, inputs)
    if clusters is None:
        clustering = clustering_of(bookings, overrides, settings=settings, memo=memo)
        clusters = memo.clusters.keep(key, inputs, clustering.clusters())
    shown = (_shown(one, overrides, settings, memo) for one in clusters_of(bookings, clusters))
    return {segment.shape.id: segment for segment in shown}


def _shown(cluster: Cluster, overrides: Overrides, settings: TenantSettings, memo: Memo) -> ShownSegment:
    corrections = corrections_of(cluster, overrides)
    inputs = (*cluster.claims, *(correction.record for correction in corrections), settings)
    known = memo.shown.get(cluster.id, inputs)
    if known is not None:
        return known
    made = show(cluster, corrections, settings=settings, last=memo.shown.last(cluster.id))
    return memo.shown.keep(cluster.id, inputs, made)


def _by_record(segments: Iterable[SegmentShape]) -> dict[str, list[SegmentShape]]:
    found: dict[str, list[SegmentShape]] = {}
    for segment in segments:
        for record in segment.records:
            found.setdefault(record, []).append(segment)
    return found


def _grouped(
    bookings: Mapping[str, BookingShape],
    segments: SegmentsByRecord,
    pinned: Mapping[str, PostedTripRecord],
    overrides: Overrides,
    births: Mapping[str, str],
    settings: TenantSettings,
    memo: Memo,
) -> Grouped:
    key, gap_days = min(bookings, default=""), settings.merge_gap_days
    shapes = (segment for key in bookings for segment in segments.get(key, ()))
    named = (births.get(booking.explicit_trip or "") for booking in bookings.values())
    merged = (births.get(trip) for pair in overrides.merged_trips for trip in pair)
    inputs = (*bookings.values(), *shapes, *pinned.values(), *named, *merged, overrides, gap_days)
    known = memo.grouped.get(key, inputs)
    if known is not None:
        return known
    grouping = Grouping(
        bookings, segments, pinned=pinned, overrides=overrides, births=births, merge_gap_days=gap_days
    )
    return memo.grouped.keep(key, inputs, grouping.grouped())
