"""Which segments of a traveller's records may be one thing: filed by what they are found under.

Part of the index of neighbourhoods: it may name too many, never too few.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.consolidator.domain.cards import BLANK, Card, unchanged
from services.consolidator.domain.stated import CandidateKey, Comparable, Readings

_NOTHING: frozenset[str] = frozenset()


@dataclass(slots=True)
class Candidates:
    """The segments by what they are found under, and which records match by them."""

    readings: Readings
    _filed: dict[CandidateKey, dict[str, tuple[str, Comparable]]] = field(
        default_factory=dict[CandidateKey, dict[str, tuple[str, Comparable]]]
    )
    """By key, the segments that have it: by id, with the record that states each."""
    _matches: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    def matching(self, key: str) -> Collection[str]:
        """Return the records with a segment that may be the same as one of this record's."""
        return self._matches.get(key, _NOTHING)

    def file(self, key: str, old: Sequence[Comparable], new: Sequence[Comparable]) -> None:
        """File the segments of a record instead of those that were filed."""
        for segment in old:
            for candidate in segment.keys:
                bearers = self._filed[candidate]
                del bearers[segment.id]
                if not bearers:
                    del self._filed[candidate]
        for segment in new:
            for candidate in segment.keys:
                self._filed.setdefault(candidate, {})[segment.id] = (key, segment)
        before, now = self._matches.get(key, _NOTHING), self._compared(key, new)
        for other in before - now:
            self._matches[other].discard(key)
        for other in now - before:
            self._matches[other].add(key)
        self._matches[key] = now

    def _compared(self, key: str, segments: Iterable[Comparable]) -> set[str]:
        """Return the other records with a segment that may be one of these."""
        found: set[str] = set()
        for segment in segments:
            for candidate in segment.near & self._filed.keys():
                for other, borne in self._filed[candidate].values():
                    if other != key and other not in found and self.readings.compare(segment, borne).matches:
                        found.add(other)
        return found

    def alike(self, coming: Mapping[str, Card], *, standing: Mapping[str, Card]) -> int:
        """Return with how many of other bookings a segment of these would have to be compared at most.

        Of bookings that their owners cancelled only the pairs are limited: who books and cancels all
        day long must not keep others from booking.

        Args:
            coming: records that change, as they are to be.
            standing: all records, as they are filed.
        """
        changed = {
            key: card
            for key, card in coming.items()
            if card.live and not unchanged(standing.get(key, BLANK).comparables, card.comparables)
        }
        new, most = keys_of(changed.values()), 0
        live: dict[CandidateKey, Counter[str]] = {}
        for key, card in changed.items():
            own = keys_of([card])
            for segment in card.comparables:
                others = 0
                for near in segment.near:
                    if near not in live:
                        live[near] = self._live_bearers(near, standing)
                    others += live[near].total() - live[near][key] + new[near] - own[near]
                most = max(most, others)
        return most

    def _live_bearers(self, candidate: CandidateKey, standing: Mapping[str, Card]) -> Counter[str]:
        """Return by record, of those that stand, how many of its segments are found under a key."""
        bearers = self._filed.get(candidate, {}).values()
        return Counter(record for record, _ in bearers if standing[record].live)


def pairs_of(cards: Collection[Card]) -> int:
    """Return how many pairs of segments of two records may be one thing at most."""
    filed, pairs = keys_of(cards), 0
    for card in cards:
        own = keys_of([card])
        pairs += sum(filed[near] - own[near] for segment in card.comparables for near in segment.near)
    return pairs // 2


def keys_of(cards: Iterable[Card]) -> Counter[CandidateKey]:
    """Return how many segments are filed under each key."""
    return Counter(key for card in cards for segment in card.comparables for key in segment.keys)
