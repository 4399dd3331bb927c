"""`explain(records)`: why each segment matched, each value won and each booking is in its trip.

Everything is asked of the functions that decide: the clustering for its judgements, precedence for
what won and lost, the grouping for its placements. This module only puts their answers together, so
that an explanation cannot differ from what is shown.
"""

from collections.abc import Iterator, Mapping, Sequence

from schemas.booking_record import (
    BookingRecord,
    CorrectSegment,
    DifferentSegments,
    NumberCancellationRecord,
    OverrideRecord,
    SameSegments,
)
from schemas.settings import TenantSettings
from schemas.trip import TripStatus
from services.consolidator.domain import wording
from services.consolidator.domain.bundles import (
    Bundle,
    Interval,
    Placement,
    Rule,
    connects,
    interval_of,
    overlapping_days,
    spanning,
)
from services.consolidator.domain.explain_segments import Segments, Speakers
from services.consolidator.domain.explanation import (
    BookingExplained,
    Dates,
    Explanation,
    Neighbour,
    NotShown,
    TieExplained,
    TripExplained,
)
from services.consolidator.domain.grouping import Group
from services.consolidator.domain.memo import Memo
from services.consolidator.domain.records import TravellerRecord
from services.consolidator.domain.segments import Document
from services.consolidator.domain.tokens import IdentifiedTrip, settle
from services.consolidator.domain.trips import (
    Consolidation,
    clustering_of,
    clusters_of,
    consolidate,
    tokens_of,
)


def explain(records: Mapping[str, TravellerRecord], *, settings: TenantSettings) -> Explanation:
    """Explain a traveller's trips.

    Args:
        records: all of the traveller's, by key. Without those of tokens, a trip that has a history
            may appear under another of its ids.
        settings: the tenant's.
    """
    whole = consolidate(records, settings=settings)
    clustering = clustering_of(whole.bookings, whole.overrides, settings=settings, memo=Memo())
    speakers = Speakers(records)
    segments = Segments(
        clusters_of(whole.bookings, clustering.clusters()),
        clustering.judgements(),
        speakers=speakers,
        settings=settings,
        overrides=whole.overrides,
    )
    trips = _Trips(whole, segments, speakers)
    return Explanation(
        trips=tuple(trips.explain(trip) for trip in _identified(records, whole)),
        not_shown=tuple(_not_shown(records, whole, segments, speakers)),
        notes=(wording.STALE,),
    )


def _identified(records: Mapping[str, TravellerRecord], whole: Consolidation) -> Sequence[IdentifiedTrip]:
    tokens = tokens_of(records.values())
    return settle(tokens, before=(), after=whole.groups, bookings=whole.shapes, offset=0).trips


class _Trips:
    """Explains the trips of one traveller."""

    def __init__(self, whole: Consolidation, segments: Segments, speakers: Speakers) -> None:
        self._whole = whole
        self._segments = segments
        self._titles = segments.titles()
        self._speakers = speakers

    def explain(self, trip: IdentifiedTrip) -> TripExplained:
        """Explain one trip."""
        group, content = trip.group, self._whole.content(trip.group)
        return TripExplained(
            id=trip.id,
            also_known_as=trip.also_known_as,
            name=content["name"],
            status=TripStatus(content["status"]),
            dates=_dates((content["start_date"], content["end_date"]) if "start_date" in content else None),
            posted_by=None if group.header is None else group.header.owner,
            words=tuple(self._trip_words(trip, content)),
            bookings=tuple(self._booking(key, group) for key in group.members),
            segments=tuple(self._segments.explain(document["id"]) for document in content["segments"]),
        )

    def _trip_words(self, trip: IdentifiedTrip, content: Document) -> Iterator[str]:
        header, born_of = trip.group.header, self._whole.births.get(trip.id)
        if header is not None:
            yield f"{header.owner.party} posted it as a whole: it keeps its id and never merges with another."
        elif born_of is not None:
            born = wording.name(self._speakers.of(born_of))
            yield f"Its id is the oldest that its bookings hold: {born} was born with it."
        if header is not None and content["status"] == header.header.status:
            yield f"It is {content['status']}, as its header says."
        elif content["status"] == TripStatus.CANCELLED.value:
            yield "It is cancelled: none of its bookings is live."
        elif content["status"] == TripStatus.TICKETED.value:
            yield "It is ticketed: a live booking has a ticket."
        else:
            yield f"It is {content['status']}: a booking of it is live."

    def _booking(self, key: str, group: Group) -> BookingExplained:
        booking, placement = self._whole.bookings[key], self._whole.grouped.placements[key]
        shown = self._whole.segments.get(key, ())
        own = interval_of(shown)
        moved = placement.bundle.reach if placement.bundle is not None else (own,) if own else ()
        days = overlapping_days(placement.reach, moved)
        neighbours = tuple(self._neighbours(placement, group))
        ties = tuple(self._ties(key, placement.bundle))
        said = wording.placed(
            placement.rule,
            dates=_dates(spanning(moved)),
            trip=_dates(spanning(placement.reach)),
            days=days,
            neighbours=neighbours,
        )
        words = (*said, *(tie.words for tie in ties), *self._further_words(key, group, placement))
        return BookingExplained(
            speaker=self._speakers.of(key),
            founded=booking.shape.founded,
            live=key in group.live,
            dates=_dates(own),
            segments=tuple(segment.id for segment in shown),
            also=booking.also,
            rule=placement.rule,
            trip_dates=_dates(spanning(placement.reach)),
            overlapping_days=days,
            neighbours=neighbours,
            ties=ties,
            words=words or wording.ALONE,
        )

    def _neighbours(self, placement: Placement, group: Group) -> Iterator[Neighbour]:
        """Yield the bookings of other bundles that lie near enough to connect."""
        bundle = placement.bundle
        if placement.rule is not Rule.CONNECTED_BY_DATES or bundle is None:
            return
        for key in group.members:
            other = self._whole.grouped.placements[key]
            if other.rule is not placement.rule or other.bundle is None or key in bundle.records:
                continue
            for theirs in other.bundle.reach:
                if any(self._connect(own, theirs) for own in bundle.reach):
                    dates = Dates(first=theirs[0], last=theirs[1])
                    yield Neighbour(speaker=self._speakers.of(key), dates=dates)

    def _connect(self, one: Interval, other: Interval) -> bool:
        first, second = sorted((one, other))
        return connects(first[1], second[0], gap_days=self._whole.settings.merge_gap_days)

    def _ties(self, key: str, bundle: Bundle | None) -> Iterator[TieExplained]:
        for held in () if bundle is None else bundle.ties:
            if key in held.records:
                others = self._speakers.of_all(other for other in held.records if other != key)
                words = wording.tie(held, others, self._titles)
                yield TieExplained(kind=held.kind, others=others, words=words)

    def _further_words(self, key: str, group: Group, placement: Placement) -> Iterator[str]:
        booking = self._whole.bookings[key]
        if placement.rule is Rule.OVERLAPS_TRIP and group.header is not None:
            yield "The trip was posted before this booking came, so it may take it in by dates."
        if placement.rule is Rule.SHARES_SEGMENT:
            titles = [
                self._titles[segment.id]
                for segment in self._whole.segments.get(key, ())
                if any(other in group.members for other in segment.records - {key})
            ]
            yield f"In common: {wording.listed(titles)}."
        if key not in group.live:
            why = "better sources cancelled all that it speaks of" if booking.ended is None else booking.ended
            yield f"It is cancelled, and so pulls nothing: {why}."
        for guest in self._speakers.of_all(booking.also):
            yield f"{wording.name(guest)} was posted apart from the trip and is read as part of this booking."


def _not_shown(
    records: Mapping[str, TravellerRecord], whole: Consolidation, segments: Segments, speakers: Speakers
) -> Iterator[NotShown]:
    """Yield the records that are in no trip, and what people said of segments that are gone."""
    placed = {key for group in whole.groups for key in group.members}
    home_of = {guest: booking.key for booking in whole.bookings.values() for guest in booking.also}
    for key, record in sorted(records.items()):
        match record:
            case BookingRecord() if key not in placed:
                words = _why_not_placed(key, whole, speakers, home=home_of.get(key))
                yield NotShown(record=key, speaker=speakers.of(key), words=words)
            case NumberCancellationRecord():
                words = f"{record.owner.party} cancelled whatever bears the number {record.number}."
                yield NotShown(record=key, speaker=None, words=words)
            case OverrideRecord() if gone := _named_segments(record) - segments.claim_ids():
                words = f"What {record.by} said is dangling: {len(gone)} of its segments are gone."
                yield NotShown(record=key, speaker=speakers.of(key), words=words)
            case _:
                pass


def _why_not_placed(key: str, whole: Consolidation, speakers: Speakers, *, home: str | None) -> str:
    booking = whole.bookings.get(key)
    if home is not None:
        return f"It is read as part of {wording.name(speakers.of(home))}, the same booking in a posted trip."
    if booking is None:
        return "It was cancelled or withdrawn, and what it is was never said."
    return f"It is withdrawn: {booking.ended}."


def _named_segments(record: OverrideRecord) -> set[str]:
    match record.override:
        case SameSegments(segments=segments) | DifferentSegments(segments=segments):
            return set(segments)
        case CorrectSegment(segment=segment):
            return {segment}
        case _:
            return set()


def _dates(interval: Interval | None) -> Dates | None:
    return None if interval is None else Dates(first=interval[0], last=interval[1])
