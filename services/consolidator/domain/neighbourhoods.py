"""Which bookings can have to do with each other: what a change touches, and nothing else.

An index over one traveller's records. It answers with a set of bookings that nothing links to the
rest: none of them matches, names, cancels or overlaps a booking outside. Consolidating such a set
gives what consolidating everything would give for it, at a cost that does not grow with a
traveller's history. It may only ever be too large, never too small.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from schemas.booking_record import (
    BookingRecord,
    CorrectSegment,
    DifferentSegments,
    MergeTrips,
    NameTrip,
    NumberCancellationRecord,
    OverrideRecord,
    PostedTripRecord,
    SameSegments,
    SplitTrip,
    TokenRecord,
)
from schemas.identifiers import birth_token, normal_code
from schemas.likeness import number_text
from schemas.matching import compare
from services.consolidator.domain.bookings import Claim, claims_as_stated
from services.consolidator.domain.bundles import Interval, spanning
from services.consolidator.domain.clustering import candidate_keys
from services.consolidator.domain.records import TravellerRecord

_SEGMENT = "segment "
_LONG_MONTHS = 24
"""A booking over more months than this is looked at every time instead of being filed under each."""


@dataclass(frozen=True, slots=True)
class Card:
    """What the index knows of one record."""

    links: frozenset[str]
    """Names of things that it has in common with whatever else bears them."""
    claims: tuple[Claim, ...] = ()
    interval: Interval | None = None


@dataclass(slots=True)
class Neighbourhoods:
    """The index; a cache that is filled from the records and follows them."""

    cards: dict[str, Card] = field(default_factory=dict[str, Card])
    _by_link: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    _by_candidate: dict[tuple[str, str], set[str]] = field(default_factory=dict[tuple[str, str], set[str]])
    _by_month: dict[int, set[str]] = field(default_factory=dict[int, set[str]])
    _long: set[str] = field(default_factory=set[str])
    _reach: dict[str, Interval] = field(default_factory=dict[str, Interval])
    """By record, the dates that it may cover: its own, and those of what may be the same things."""
    _matches: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """By record, those with a segment that may be the same as one of its own."""

    def file(self, record: TravellerRecord) -> None:
        """Take a record in, instead of what was known of it."""
        self._take_out(record.record)
        card = card_of(record)
        self._matches[record.record] = set(self._matching(card, self.cards))
        for other in self._matches[record.record]:
            self._matches[other].add(record.record)
        self.cards[record.record] = card
        for link in card.links:
            self._by_link.setdefault(link, set()).add(record.record)
        for claim in card.claims:
            for key in candidate_keys(claim):
                self._by_candidate.setdefault(key, set()).add(record.record)
        self._spread(record.record)

    def _take_out(self, key: str) -> None:
        card = self.cards.pop(key, None)
        if card is None:
            return
        for other in self._matches.pop(key):
            self._matches[other].discard(key)
        for link in card.links:
            self._by_link[link].discard(key)
        for claim in card.claims:
            for candidate in candidate_keys(claim):
                self._by_candidate[candidate].discard(key)
        self._reach_to(key, None)

    def _spread(self, key: str) -> None:
        """Let what may be one thing share its dates: whose dates are shown is not decided here."""
        alike, waiting = set[str](), {key}
        while waiting:
            one = waiting.pop()
            alike.add(one)
            named = (link for link in self.cards[one].links if link.startswith(_SEGMENT))
            near = {other for link in named for other in self._by_link[link]}
            waiting |= (near | self._matches[one]) - alike
        reach = spanning(i for i in (self.cards[one].interval for one in alike) if i is not None)
        for one in alike:
            self._reach_to(one, reach)

    def _reach_to(self, key: str, reach: Interval | None) -> None:
        """File a record under the months that it may cover."""
        for month in self._months(self._reach.pop(key, None)):
            self._by_month[month].discard(key)
        self._long.discard(key)
        if reach is None:
            return
        self._reach[key] = reach
        months = self._months(reach)
        for month in months:
            self._by_month.setdefault(month, set()).add(key)
        if not months:
            self._long.add(key)

    def around(
        self,
        changed: Iterable[TravellerRecord],
        *,
        companions: Callable[[str], Iterable[str]],
        gap_days: int,
    ) -> set[str]:
        """Return the records that a change of these can touch, themselves included.

        Args:
            changed: the records as they are to be; the index still has them as they were.
            companions: says which records are in one trip with a record today.
            gap_days: how far apart two bookings may lie and still be one trip.
        """
        fresh = {record.record: card_of(record) for record in changed}
        found: set[str] = set()
        hull: Interval | None = None
        waiting = set(fresh)
        while waiting:
            while waiting:
                key = waiting.pop()
                found.add(key)
                cards = [card for card in (fresh.get(key), self.cards.get(key)) if card is not None]
                hull = spanning(i for i in (hull, *(card.interval for card in cards)) if i is not None)
                near = {other for card in cards for other in self._linked(card, fresh)}
                near |= self._matches.get(key, set())
                if key in fresh:
                    near |= set(self._matching(fresh[key], self.cards)) | set(
                        self._matching(fresh[key], fresh)
                    )
                waiting |= (near | set(companions(key))) - found
            if hull is not None:
                waiting |= self._overlapping(hull, fresh, gap_days=gap_days) - found
        return found

    def _linked(self, card: Card, fresh: Mapping[str, Card]) -> Iterator[str]:
        for link in card.links:
            yield from self._by_link.get(link, ())
        yield from (key for key, other in fresh.items() if not card.links.isdisjoint(other.links))

    def _matching(self, card: Card, others: Mapping[str, Card]) -> Iterator[str]:
        """Yield the records of `others` that have a segment which may be one of the card's."""
        for claim in card.claims:
            keys = {
                key for candidate in candidate_keys(claim) for key in self._by_candidate.get(candidate, ())
            }
            for key in others.keys() if others is not self.cards else keys:
                if any(compare(claim.segment, other.segment).matches for other in others[key].claims):
                    yield key

    def _overlapping(self, hull: Interval, fresh: Mapping[str, Card], *, gap_days: int) -> set[str]:
        first, last = _shifted(hull[0], -gap_days), _shifted(hull[1], gap_days)
        months = range(_month(first), _month(last) + 1)
        if len(months) > len(self._by_month):
            candidates = {key for filed in self._by_month.values() for key in filed}
        else:
            candidates = {key for month in months for key in self._by_month.get(month, ())}
        near = {key: self._reach[key] for key in candidates | self._long}
        near |= {key: card.interval for key, card in fresh.items() if card.interval is not None}
        return {key for key, reach in near.items() if reach[0] <= last and first <= reach[1]}

    @staticmethod
    def _months(interval: Interval | None) -> range:
        """The months to file a booking under; none for one without dates, or with too many."""
        if interval is None:
            return range(0)
        first, last = _month(interval[0]), _month(interval[1])
        return range(first, last + 1) if last - first <= _LONG_MONTHS else range(0)


def _month(day: str) -> int:
    return int(day[:4]) * 12 + int(day[5:7]) - 1


def _shifted(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat() if days else day


def card_of(record: TravellerRecord) -> Card:
    """Return what the index needs to know of a record."""
    match record:
        case BookingRecord():
            return _booking_card(record)
        case PostedTripRecord():
            return Card(frozenset({_trip(record.trip), *(f"record {key}" for key in record.bookings)}))
        case NumberCancellationRecord():
            return Card(frozenset({_number(record, record.number)}))
        case OverrideRecord():
            return Card(frozenset(_named_by_person(record)), interval=_corrected_dates(record))
        case TokenRecord():
            return Card(
                frozenset({_trip(record.token), f"record {record.born_of}", f"record {record.holder}"})
            )
        case _:
            return Card(frozenset())


def _trip(trip: str) -> str:
    return f"trip {trip}"


def _number(record: BookingRecord | NumberCancellationRecord, number: str) -> str:
    return f"number {record.owner.party}|{normal_code(record.booking_source)}|{number_text(number)}"


def _booking_card(record: BookingRecord) -> Card:
    links = {f"record {record.record}", _trip(birth_token(record.record))}
    links.add(_number(record, record.record_locator))
    links |= {
        _trip(trip) for trip in (record.posted_trip, record.assignment and record.assignment.trip) if trip
    }
    if record.snapshot is None:
        return Card(frozenset(links))
    claims = claims_as_stated(record)
    for claim in claims:
        links.add(f"{_SEGMENT}{claim.id}")
        links |= {_number(record, number.value) for number in claim.segment.confirmation_numbers}
    days = [m.date for c in claims for m in (c.segment.start, c.segment.end) if m is not None]
    return Card(frozenset(links), claims, (min(days), max(days)) if days else None)


def _named_by_person(record: OverrideRecord) -> list[str]:
    match record.override:
        case MergeTrips(trips=trips):
            return [_trip(trip) for trip in trips]
        case NameTrip(trip=trip):
            return [_trip(trip)]
        case SplitTrip(records=records):
            return [f"record {key}" for key in records]
        case SameSegments(segments=segments) | DifferentSegments(segments=segments):
            return [f"{_SEGMENT}{segment}" for segment in segments]
        case CorrectSegment(segment=segment):
            return [f"{_SEGMENT}{segment}"]
        case None:
            return []


def _corrected_dates(record: OverrideRecord) -> Interval | None:
    if not isinstance(record.override, CorrectSegment):
        return None
    values = record.override.values
    days = [moment.date for moment in (values.start, values.end) if moment is not None]
    return (min(days), max(days)) if days else None
