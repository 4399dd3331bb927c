"""Which bookings can have to do with each other: what a change touches, and nothing else.

An index over one traveller's records. It answers with a set of bookings that nothing links to the
rest: none of them matches, names, cancels or overlaps a booking outside. Consolidating such a set
gives what consolidating everything would give for it, at a cost that does not grow with a
traveller's history. It may only ever be too large, never too small.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from schemas.booking_record import OverrideRecord, PostedTripRecord
from services.consolidator.domain.bundles import Interval, Reach, covering, spanning
from services.consolidator.domain.candidates import Candidates, pairs_of
from services.consolidator.domain.cards import BLANK, SEGMENT, Card, card_of, unchanged
from services.consolidator.domain.limits import MAX_COMPARISONS, Extent
from services.consolidator.domain.records import TravellerRecord
from services.consolidator.domain.stated import Readings

_LONG_MONTHS = 24
"""A booking over more months than this is looked at every time instead of being filed under each."""


_NOTHING: frozenset[str] = frozenset()

_Holders = dict[str, set[str]]


class Surroundings(NamedTuple):
    """What a change touches."""

    keys: set[str]
    extent: Extent


@dataclass(frozen=True, slots=True)
class _Before:
    """What the index knew of the records that change, before it took the changes in."""

    cards: Mapping[str, Card]
    near: Mapping[str, set[str]]
    """By record, what it had to do with: of those that change all, of others those that change."""
    reach: Mapping[str, Interval]


@dataclass(slots=True)
class Neighbourhoods:
    """The index; a cache that is filled from the records and follows them."""

    readings: Readings
    cards: dict[str, Card] = field(default_factory=dict[str, Card])
    _by_link: _Holders = field(default_factory=dict[str, set[str]])
    _heeding: _Holders = field(default_factory=dict[str, set[str]])
    _speaking: _Holders = field(default_factory=dict[str, set[str]])
    _by_month: dict[int, set[str]] = field(default_factory=dict[int, set[str]])
    _long: set[str] = field(default_factory=set[str])
    _reach: dict[str, Interval] = field(default_factory=dict[str, Interval])
    """By record, the dates that it may cover: its own, and those of what may be the same things. Exactly so,
    or what is too much would depend on the past."""
    _parts: dict[tuple[str, int], Surroundings] = field(default_factory=dict[tuple[str, int], Surroundings])
    """By record and gap, what hangs together with it; good for as long as all are found by what they are."""
    _candidates: Candidates = field(init=False)

    def __post_init__(self) -> None:
        self._candidates = Candidates(self.readings)

    # --- filing ----------------------------------------------------------------------------------

    def file(self, record: TravellerRecord) -> None:
        """Take a record in, instead of what was known of it."""
        if self.cards.get(record.record, BLANK).record is not record:
            self._file(record.record, card_of(record, self.readings))

    def _file(self, key: str, card: Card) -> None:
        known = self.cards.get(key, BLANK)
        if known.record is not None and card.is_found_like(known):
            self.cards[key] = card
            return
        self._parts.clear()
        restated = not unchanged(known.comparables, card.comparables)
        moved = restated or card.interval != known.interval or card.links != known.links
        was_like = self._alike({key}) if moved and known.record is not None else set[str]()
        self.cards[key] = card
        _refile(self._by_link, key, known.links, card.links)
        _refile(self._heeding, key, known.heeds, card.heeds)
        _refile(self._speaking, key, known.speaks_of, card.speaks_of)
        if restated:
            self._candidates.file(key, known.comparables, card.comparables)
        if known.record is None:
            self._join_reach(key)
        elif moved:
            self._spread({key, *was_like})

    def take_out(self, keys: Iterable[str]) -> None:
        """Forget records that came to nothing."""
        gone = self.cards.keys() & keys
        if gone:
            self._parts.clear()
        was_like = self._alike(gone) - gone
        for key in gone:
            card = self.cards.pop(key)
            _refile(self._by_link, key, card.links, _NOTHING)
            _refile(self._heeding, key, card.heeds, _NOTHING)
            _refile(self._speaking, key, card.speaks_of, _NOTHING)
            self._candidates.file(key, card.comparables, ())
            self._reach_to(key, None)
        self._spread(was_like)

    def _spread(self, keys: Iterable[str]) -> None:
        """Let what may be one thing share its dates: whose dates are shown is not decided here."""
        left = set(keys)
        while left:
            alike = self._alike({left.pop()})
            reach = spanning(i for i in (self.cards[one].interval for one in alike) if i is not None)
            for one in alike:
                self._reach_to(one, reach)
            left -= alike

    def _join_reach(self, key: str) -> None:
        """Do the same for a record that is new: all that it joins has the reach of its like already."""
        own, near = self.cards[key].interval, self._like(key, set())
        reaches = [self._reach[one] for one in near if one in self._reach]
        reach = spanning([own, *reaches] if own is not None else reaches)
        waiting, links = {key}, set[str]()
        while waiting:
            one = waiting.pop()
            self._reach_to(one, reach)
            waiting |= {other for other in self._like(one, links) if self._reach.get(other) != reach}

    def _alike(self, some: set[str]) -> set[str]:
        """Return what may be one thing with some records, directly or by way of others, with them."""
        found, waiting, links = set[str](), some & self.cards.keys(), set[str]()
        while waiting:
            one = waiting.pop()
            found.add(one)
            waiting |= self._like(one, links) - found
        return found

    def _like(self, key: str, followed: set[str]) -> set[str]:
        """Return what may be one thing with a record, by likeness or by links that nobody followed yet."""
        named = {link for link in self.cards[key].links if link.startswith(SEGMENT)} - followed
        followed |= named
        return {other for link in named for other in self._by_link[link]}.union(
            self._candidates.matching(key)
        )

    def _reach_to(self, key: str, reach: Interval | None) -> None:
        """File a record under the months that it may cover."""
        known = self._reach.pop(key, None)
        if reach is not None:
            self._reach[key] = reach
        if known == reach:
            return
        for month in _months(known):
            self._by_month[month].discard(key)
        self._long.discard(key)
        months = _months(reach)
        for month in months:
            self._by_month.setdefault(month, set()).add(key)
        if reach is not None and not months:
            self._long.add(key)

    # --- asking ----------------------------------------------------------------------------------

    def around(
        self,
        changed: Iterable[TravellerRecord],
        *,
        gap_days: int,
    ) -> Surroundings:
        """Take changed records in, and return all records that the change can touch, themselves included.

        Where comparing them would cost too much, nothing is taken in and only they are returned.

        Args:
            changed: the records as they are to be; the index still has them as they were.
            gap_days: how far apart two bookings may lie and still be one trip.
        """
        start = {record.record: card_of(record, self.readings) for record in changed}
        if (known := self._known_around(start, gap_days)) is not None:
            self.cards |= start
            return known
        asked = Extent(alike=self._candidates.alike(start, standing=self.cards))
        if asked.excess() is not None:
            return Surroundings(set(start), asked)
        was = self._before(start)
        for key, card in start.items():
            self._file(key, card)
        found, parts = set[str](), list[Surroundings]()
        for key in start:
            if key not in found:
                part = self._part_of(key, start, was, gap_days=gap_days)
                parts.append(Surroundings(part, self._extent(part, was, alone=len(start) == 1)))
                found |= part
        if len(start) == 1 and _stands(start, was):
            self._remember(parts[0], gap_days)
        return _together([Surroundings(set(), asked), *parts])

    def _known_around(self, start: Mapping[str, Card], gap_days: int) -> Surroundings | None:
        """Return what was found before, if all records are found by what they were found by."""
        parts: list[Surroundings] = []
        for key, card in start.items():
            part = self._parts.get((key, gap_days))
            if part is None or not card.is_found_like(self.cards[key]):
                return None
            parts.append(part)
        return _together(parts) if parts else None

    def _remember(self, part: Surroundings, gap_days: int) -> None:
        """Remember a part for each of its records but those that speak of others: they may touch more."""
        self._parts |= {(key, gap_days): part for key in part.keys if not self.cards[key].speaks_of}

    def _before(self, changing: Iterable[str]) -> _Before:
        near = {key: set(self._near(key, names_all=True)) for key in changing}
        for key in changing:
            for other in near[key]:
                near.setdefault(other, set()).add(key)
        return _Before(
            cards={key: self.cards[key] for key in changing if key in self.cards},
            near=near,
            reach={key: self._reach[key] for key in changing if key in self._reach},
        )

    def _part_of(
        self,
        first: str,
        changing: Collection[str],
        was: _Before,
        *,
        gap_days: int,
    ) -> set[str]:
        """Return all that hangs together with a record, as it is to be and as it was before."""
        found, links = set[str](), set[str]()
        waiting, reaches = {first}, list[Interval]()
        looked: Reach = ()
        while waiting:
            while waiting:
                key = waiting.pop()
                found.add(key)
                reaches += [reach[key] for reach in (self._reach, was.reach) if key in reach]
                near = set(self._near(key, names_all=key in changing, but=links))
                near |= was.near.get(key, _NOTHING)
                waiting |= near - found
            reaches = list(covering(reaches))
            for interval in reaches:
                if interval not in looked:
                    waiting |= self._overlapping(interval, was, gap_days=gap_days) - found
            looked = tuple(reaches)
        return found

    def _extent(self, part: Iterable[str], was: _Before, *, alone: bool) -> Extent:
        """Return how much a part is at most, while several changes come to it one after the other."""
        cards = [self.cards[key] for key in part if key in self.cards]
        if not alone:
            cards += [was.cards[key] for key in part if key in was.cards]
        return extent_of(cards)

    def knows_like(self, record: TravellerRecord) -> bool:
        """Say whether a record would be filed as it was filed last, and so touches the same."""
        card, known = card_of(record, self.readings), self.cards[record.record]
        return card.names == known.names and unchanged(card.comparables, known.comparables)

    def _near(self, key: str, *, names_all: bool, but: set[str] | None = None) -> Iterator[str]:
        """Yield the records that have to do with one, by names and by likeness.

        Args:
            key: the record.
            names_all: with what it speaks of, too.
            but: links that were followed before; those that are followed now are added.
        """
        card = self.cards.get(key)
        if card is None:
            return
        for link in card.links if but is None else card.links - but:
            yield from self._by_link[link]
        if but is not None:
            but |= card.links
        for name in card.heeds:
            yield from self._speaking.get(name, ())
        if names_all:
            for name in card.speaks_of:
                yield from self._heeding.get(name, ())
        yield from self._candidates.matching(key)

    def _overlapping(self, interval: Interval, was: _Before, *, gap_days: int) -> set[str]:
        first, last = _shifted(interval[0], -gap_days), _shifted(interval[1], gap_days)
        months = range(_month(first), _month(last) + 1)
        if len(months) > len(self._by_month):
            months = self._by_month.keys()
        candidates = self._long.union(*(self._by_month.get(month, ()) for month in months))
        reach = self._reach
        found = {key for key in candidates if reach[key][0] <= last and first <= reach[key][1]}
        return found.union(key for key, days in was.reach.items() if days[0] <= last and first <= days[1])


def _stands(start: Mapping[str, Card], was: _Before) -> bool:
    """Say whether records are found by what they were found by, and speak of no others."""
    return all(
        key in was.cards and card.is_found_like(was.cards[key]) and not card.speaks_of
        for key, card in start.items()
    )


def _together(parts: Collection[Surroundings]) -> Surroundings:
    if len(parts) == 1:
        return next(iter(parts))
    keys, extents = zip(*parts, strict=True)
    return Surroundings(set[str]().union(*keys), Extent(*map(max, zip(*extents, strict=True))))


def extent_of(cards: Collection[Card]) -> Extent:
    """Return how much the records of these cards are."""
    claims = sum(len(card.comparables) for card in cards)
    named = sum(
        len(card.links) + len(card.speaks_of) for card in cards if isinstance(card.record, OverrideRecord)
    )
    return Extent(
        claims=claims,
        # So few claims cannot make too many pairs: every pair is found under four keys at most.
        comparisons=pairs_of(cards) if 2 * claims * claims > MAX_COMPARISONS else 0,
        posted_trips=sum(isinstance(card.record, PostedTripRecord) for card in cards),
        named_by_people=named,
    )


def _refile(index: _Holders, key: str, old: frozenset[str], new: frozenset[str]) -> None:
    """Let a record be found under its new names instead of the old ones."""
    if old == new:
        return
    for name in old - new:
        index[name].discard(key)
        if not index[name]:
            del index[name]
    for name in new - old:
        index.setdefault(name, set()).add(key)


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
