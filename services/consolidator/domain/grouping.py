"""Group a traveller's bookings into trips: posted trips are pinned, the rest connect by dates.

A function of bookings, shown segments and people's overrides; the order in which records came
counts only through their founded offsets (design, section 5, rule 4).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from schemas.booking_record import PostedTripRecord
from services.consolidator.domain.bundles import (
    Bundle,
    Placement,
    Reach,
    Rule,
    SegmentsByRecord,
    Sets,
    bundles_of,
    connects,
    covering,
    interval_of,
    overlapping_days,
    splits,
)
from services.consolidator.domain.claims import BookingShape, Standing
from services.consolidator.domain.overrides import Overrides
from services.consolidator.domain.posted_trips import attracts
from services.consolidator.domain.segments import SegmentShape


@dataclass(frozen=True, slots=True)
class Group:
    """The bookings of one trip, each list the oldest first."""

    header: PostedTripRecord | None
    live: tuple[str, ...]
    cancelled: tuple[str, ...]

    @property
    def members(self) -> tuple[str, ...]:
        """All record keys of the trip's bookings."""
        return (*self.live, *self.cancelled)

    @property
    def key(self) -> str:
        """What tells it from the traveller's other groups of one moment."""
        return self.members[0] if self.header is None else self.header.record


@dataclass(frozen=True, slots=True)
class Grouped:
    """How bookings are grouped, and why."""

    groups: tuple[Group, ...]
    at_home: Mapping[str, Sequence[str]]
    """By group, the ids of the segments that are shown in it."""
    placements: Mapping[str, Placement]
    """By booking record, why it is in its group."""


def _segments_at_home(
    groups: Iterable[Group], bookings: Mapping[str, BookingShape], segments: SegmentsByRecord
) -> dict[str, list[str]]:
    """Return, by group, the segments that are shown in it: each segment in one trip.

    A booking may speak of segments of two trips, as one e-mail about two posted ones does. A segment
    is at home with a booking that was posted with the trip, else with the oldest live booking.
    """
    homes: dict[str, tuple[bool, bool, int, str, str]] = {}
    for group in groups:
        members = [(key, True) for key in group.live] + [(key, False) for key in group.cancelled]
        for key, live in members:
            booking = bookings[key]
            posted_here = group.header is not None and booking.pinned_to == group.header.trip
            claim = (not posted_here, not live, booking.founded, key, group.key)
            for segment in segments.get(key, ()):
                if segment.id not in homes or claim < homes[segment.id]:
                    homes[segment.id] = claim
    at_home: dict[str, list[str]] = {}
    for segment_id, claim in homes.items():
        at_home.setdefault(claim[-1], []).append(segment_id)
    return at_home


def standing_of(booking: BookingShape, segments: Iterable[SegmentShape]) -> Standing:
    """Say whether a booking counts as live.

    A better source may have cancelled all that it speaks of; a person may say that it stands.
    """
    if booking.standing is Standing.WITHDRAWN or not booking.speaks:
        return booking.standing
    holds = booking.standing is Standing.LIVE
    live = any(segment.live and (holds or segment.by_person) for segment in segments)
    return Standing.LIVE if live else Standing.CANCELLED


class Grouping:
    """One use: give it everything, ask for `grouped()`."""

    def __init__(
        self,
        bookings: Mapping[str, BookingShape],
        segments: SegmentsByRecord,
        *,
        pinned: Mapping[str, PostedTripRecord],
        overrides: Overrides,
        births: Mapping[str, str],
        merge_gap_days: int,
    ) -> None:
        self._bookings = bookings
        self._segments = segments
        self._pinned = pinned
        self._overrides = overrides
        self._births = births
        self._gap_days = merge_gap_days
        standing = {key: standing_of(b, segments.get(key, ())) for key, b in bookings.items()}
        by_age = sorted(bookings, key=lambda key: (bookings[key].founded, key))
        self._live = [key for key in by_age if standing[key] is Standing.LIVE]
        self._cancelled = [key for key in by_age if standing[key] is Standing.CANCELLED]
        self._split = splits([*self._live, *self._cancelled], segments, overrides)
        self._trip_of: dict[str, str] = {}
        """By booking record: the pinned trip's id, or the name of a loose component."""
        self._reach: dict[str, Reach] = {}
        """By trip, the dates that it covers so far."""
        self._placements: dict[str, Placement] = {}

    def grouped(self) -> Grouped:
        """Return every trip: the pinned ones first, then the loose ones, each by age.

        Cancelled bookings come last and pull nothing: no live booking moves because of one. Each is
        shown in the live trip that it would be in, else in a trip of cancelled ones.
        """
        self._place(self._live, into_loose=False)
        self._place(self._cancelled, into_loose=True)
        live = set(self._live)
        members: dict[str, list[str]] = {trip: [] for trip in self._pinned}
        for key in [*self._live, *self._cancelled]:
            members.setdefault(self._trip_of[key], []).append(key)
        groups = tuple(
            Group(
                header=self._pinned.get(trip),
                live=tuple(key for key in keys if key in live),
                cancelled=tuple(key for key in keys if key not in live),
            )
            for trip, keys in members.items()
        )
        at_home = _segments_at_home(groups, self._bookings, self._segments)
        return Grouped(groups, at_home, self._placements)

    def _place(self, keys: Sequence[str], *, into_loose: bool) -> None:
        """Find the trip of each booking: its own, else the one named, matched, overlapped or made."""
        for key in keys:
            trip = self._bookings[key].pinned_to
            if trip is not None and key not in self._split:
                interval = interval_of(self._segments.get(key, ()))
                reach = () if interval is None else (interval,)
                self._assign([key], trip, reach, Placement(Rule.POSTED, None, ()))
        bundles = bundles_of(
            [key for key in keys if key not in self._trip_of],
            self._bookings,
            self._segments,
            births=self._births,
            split=self._split,
            overrides=self._overrides,
        )
        formed = {trip: None for trip in self._reach if into_loose and trip not in self._pinned}
        waiting: list[Bundle] = []
        for bundle in bundles:
            trip, rule = self._trip_by_evidence(bundle, formed)
            if trip is None:
                waiting.append(bundle)
            else:
                self._move(bundle, trip, rule, reach=self._reach.get(trip, ()))
        self._place_components(self._join_by_dates(waiting, formed))

    def _move(self, bundle: Bundle, trip: str, rule: Rule, *, reach: Reach) -> None:
        self._assign(bundle.records, trip, bundle.reach, Placement(rule, bundle, reach))

    def _assign(self, records: Iterable[str], trip: str, reach: Reach, placement: Placement) -> None:
        for key in records:
            self._trip_of[key] = trip
            self._placements[key] = placement
        if reach:
            self._reach[trip] = covering((*self._reach.get(trip, ()), *reach))

    def _trip_by_evidence(self, bundle: Bundle, formed: Mapping[str, None]) -> tuple[str | None, Rule]:
        """Return the trip that a person or sender named, else the one with most segments in common."""
        if bundle.apart:
            return None, Rule.SPLIT_BY_PERSON
        named = [trip for trip in bundle.wanted if trip in self._pinned]
        homes = [self._trip_of.get(self._births.get(trip, "")) for trip in bundle.wanted]
        named += [home for home in homes if home is not None and (home in self._pinned or home in formed)]
        if named:
            trip = min(named, key=lambda trip: (trip not in self._pinned, self._start(trip), trip))
            return trip, Rule.NAMED_BY_PERSON if bundle.by_person else Rule.NAMED_BY_SENDER
        shared: dict[str, int] = {}
        for key in bundle.records:
            for segment in self._segments.get(key, ()):
                for trip in {self._trip_of[r] for r in segment.records if r in self._trip_of}:
                    if trip in formed or self._attracts(trip):
                        shared[trip] = shared.get(trip, 0) + 1
        most = min(shared, key=lambda trip: (-shared[trip], self._start(trip), trip), default=None)
        return most, Rule.SHARES_SEGMENT

    def _attracts(self, trip: str) -> bool:
        return trip in self._pinned and attracts(self._pinned[trip])

    def _start(self, trip: str) -> str:
        return self._reach[trip][0][0] if trip in self._reach else "9999-12-31"

    def _join_by_dates(self, waiting: list[Bundle], formed: Mapping[str, None]) -> list[Bundle]:
        """Let trips take in, round by round, younger bundles that overlap them; return the rest.

        A trip grows as bookings join it, so a round may open the way for the next. Within a round
        all choose by the reach at its start, which makes the outcome independent of any order. Who
        met no trip in one round can in the next only meet one that has grown.
        """
        left = {bundle.records[0]: bundle for bundle in waiting}
        grown = [trip for trip in (*filter(self._attracts, self._pinned), *formed) if trip in self._reach]
        while grown:
            found = ((bundle, self._overlapping_trip(bundle, grown)) for bundle in left.values())
            chosen = [(bundle, trip) for bundle, trip in found if trip is not None]
            reach = {trip: self._reach[trip] for _, trip in chosen}
            for bundle, trip in chosen:
                del left[bundle.records[0]]
                self._move(bundle, trip, Rule.OVERLAPS_TRIP, reach=reach[trip])
            grown = [trip for trip in reach if self._reach[trip] != reach[trip]]
        return list(left.values())

    def _overlapping_trip(self, bundle: Bundle, trips: Iterable[str]) -> str | None:
        """Return the trip with most days in common, then the earliest, then by id.

        A posted trip takes over only what is younger than itself.
        """
        if not bundle.reach or bundle.apart:
            return None
        days = {
            trip: overlapping_days(self._reach[trip], bundle.reach)
            for trip in trips
            if trip not in self._pinned or self._pinned[trip].founded < bundle.founded
        }
        near = [trip for trip, shared in days.items() if shared > 0]
        return min(near, key=lambda trip: (-days[trip], self._start(trip), trip), default=None)

    def _place_components(self, bundles: Sequence[Bundle]) -> None:
        """Connect bundles whose closed intervals overlap, or lie no further apart than the tenant allows."""
        connectable = [b for b in bundles if b.reach and not b.apart]
        sets = Sets(bundle.records[0] for bundle in connectable)
        reached, until = "", ""
        for first, last, name in sorted((*dates, b.records[0]) for b in connectable for dates in b.reach):
            if reached and connects(until, first, gap_days=self._gap_days):
                sets.union(reached, name)
            reached, until = name, max(until, last)
        for bundle in connectable:
            name = f"loose {sets.find(bundle.records[0])}"
            self._move(bundle, name, Rule.CONNECTED_BY_DATES, reach=())
        for bundle in bundles:
            if not bundle.reach or bundle.apart:
                rule = Rule.SPLIT_BY_PERSON if bundle.apart else Rule.UNDATED
                self._move(bundle, f"loose {bundle.records[0]}", rule, reach=())
