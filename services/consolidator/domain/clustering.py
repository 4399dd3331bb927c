"""Put claims about the same real thing together: clusters that grow by rank of source.

A lower source's claim attaches to one cluster or stands alone; it never joins two that higher
sources left apart. Within a rank, pairs join by descending strength, then by id, and only where no
pair across them conflicts. Only a person's `same` overrules that (design, section 5, rule 1).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import NamedTuple

from schemas.booking_record import Source
from schemas.matching import Comparison
from services.consolidator.domain.claims import Claim, ClaimShape
from services.consolidator.domain.overrides import Overrides
from services.consolidator.domain.stated import CandidateKey, Readings, number_keys


@dataclass(frozen=True, slots=True)
class Cluster:
    """Claims about one thing, the oldest first: its id is the segment's id."""

    claims: tuple[Claim, ...]

    @property
    def id(self) -> str:
        """The id of the oldest claim; the other claims' ids resolve to it."""
        return self.claims[0].id


class Link(NamedTuple):
    """Two claims that match, and why."""

    strength: int
    left: str
    right: str
    reasons: tuple[str, ...]


class Apart(StrEnum):
    """Why two claims, or the clusters that they are in, are not one thing."""

    CONFLICT = "conflict"
    ONE_RECORD = "one_record"
    """Two segments of one record are two things."""
    PINNED_APART = "pinned_apart"
    SECLUDED = "secluded"
    """A proposed, virtual or cancelled posted trip keeps to itself."""
    BY_PERSON = "by_person"
    HIGHER_SOURCES = "higher_sources"
    """Higher sources left their clusters apart."""
    UNLINKED = "unlinked"
    """Nothing forbids it, and nothing links them."""


class Veto(NamedTuple):
    """What keeps two clusters apart: one pair across them, and why."""

    left: str
    right: str
    why: Apart
    aspect: str | None = None
    """Of a conflict, on what."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of a pair of claims that was looked at."""

    link: Link
    """With strength 0 and without reasons where the two do not match by themselves."""
    by_person: bool
    """A person said that they are the same."""
    veto: Veto | None
    """None where they are in one cluster."""


_Forbids = Callable[[str, str], Veto | None]


class Clustering:
    """Union of claims under vetoes; one use: `clusters()`, then `judgements()` if one asks why.

    The outcome depends on the claims alone, not on their order.
    """

    def __init__(
        self,
        claims: Iterable[ClaimShape],
        *,
        ranks: Mapping[Source, int],
        overrides: Overrides,
        readings: Readings,
    ) -> None:
        """Prepare to group claims.

        Args:
            claims: all claims of a traveller, or of a part of them that nothing links to the rest.
            ranks: the places of the sources, 0 for the best.
            overrides: what people said is the same, and what is not.
            readings: knows how claims compare that were compared before.
        """
        by_age = sorted(claims, key=lambda claim: (claim.founded, claim.record, claim.position))
        self._claims = {claim.id: claim for claim in by_age}
        self._rank = {claim.id: ranks[claim.source] for claim in by_age}
        self._overrides = overrides
        self._readings = readings
        self._members: dict[str, list[str]] = {id_: [id_] for id_ in self._claims}
        self._leader: dict[str, str] = {id_: id_ for id_ in self._claims}
        self._grown: frozenset[str] = frozenset()
        """The leaders of the clusters that higher ranks made."""
        self._apart: dict[str, dict[str, Veto]] = {id_: {} for id_ in self._claims}
        """By leader, the leaders of the clusters that it was kept apart from, and why. What forbids it
        stays true however both grow, so that no two clusters are held against each other twice."""
        self._vetoes: dict[tuple[str, str], Veto] = {}
        """By pair of claims that was to be joined, what forbade it."""

    def clusters(self) -> list[tuple[str, ...]]:
        """Return the claims of each cluster, the oldest first, by the age of their oldest claims."""
        self._join_what_people_call_same()
        links = self._links()
        for rank in sorted({self._rank[end] for link in links for end in (link.left, link.right)}):
            self._grow(rank, links)
        found: dict[str, list[str]] = {}
        for id_ in self._claims:
            found.setdefault(self._leader[id_], []).append(id_)
        return [tuple(members) for members in found.values()]

    def judgements(self) -> list[Judgement]:
        """Return what came of each pair that people or likeness put side by side, in order of ids."""
        people = {p for p in self._overrides.same if p[0] in self._claims and p[1] in self._claims}
        candidates = dict(self._candidates(with_numbers=True))
        return [
            Judgement(
                link=_link(pair, candidates.get(pair, _NOT_COMPARED)),
                by_person=pair in people,
                veto=None if self._leader[pair[0]] == self._leader[pair[1]] else self._veto_of(pair),
            )
            for pair in sorted(candidates.keys() | people)
        ]

    def _veto_of(self, pair: tuple[str, str]) -> Veto:
        return self._vetoes.get(pair) or self._forbidden(*pair) or Veto(*pair, Apart.UNLINKED)

    def _join_what_people_call_same(self) -> None:
        """Join what a person joined, against all conflicts of values; a segment stays in one trip."""
        for left, right in self._overrides.same:
            if left in self._claims and right in self._claims:
                self._try_to_join(left, right, self._standing_apart)

    def _links(self) -> list[Link]:
        """Return the pairs that match: the strongest first, then by id."""
        found = (_link(pair, verdict) for pair, verdict in self._candidates() if verdict.strength > 0)
        return sorted(found, key=lambda link: (-link.strength, link.left, link.right))

    def _candidates(self, *, with_numbers: bool = False) -> Iterator[tuple[tuple[str, str], Comparison]]:
        """Yield the pairs that may match, compared; on request also those that only share a number."""
        filed: dict[CandidateKey, list[ClaimShape]] = {}
        seen: set[tuple[str, str]] = set()
        for claim in self._claims.values():
            keys, near = claim.comparable.keys, claim.comparable.near
            if with_numbers:
                numbers = number_keys(claim.comparable.features)
                keys, near = keys | numbers, near | numbers
            for key in near:
                for other in filed.get(key, ()):
                    pair = (claim.id, other.id) if claim.id < other.id else (other.id, claim.id)
                    if claim.record != other.record and pair not in seen:
                        seen.add(pair)
                        yield pair, self._readings.compare(claim.comparable, other.comparable)
            for key in keys:
                filed.setdefault(key, []).append(claim)

    def _grow(self, rank: int, links: Iterable[Link]) -> None:
        """Attach the claims of one rank; what stood before this rank is never joined by it."""
        self._grown = frozenset(self._leader[id_] for id_, claimed in self._rank.items() if claimed < rank)
        for link in links:
            if max(self._rank[link.left], self._rank[link.right]) == rank:
                self._try_to_join(link.left, link.right, self._forbidden)

    def _try_to_join(self, left: str, right: str, forbidden: _Forbids) -> None:
        """Join the clusters of two claims, unless something forbids it for some pair across them."""
        first, second = self._leader[left], self._leader[right]
        if first == second:
            return
        veto = self._apart[first].get(second) or self._veto_between(first, second, forbidden)
        if veto is None:
            self._join(first, second)
        else:
            self._vetoes[left, right] = self._apart[first][second] = self._apart[second][first] = veto

    def _veto_between(self, left: str, right: str, forbidden: _Forbids) -> Veto | None:
        if left in self._grown and right in self._grown:
            return Veto(left, right, Apart.HIGHER_SOURCES)
        pairs = product(self._members[left], self._members[right])
        return next((veto for a, b in pairs if (veto := forbidden(a, b)) is not None), None)

    def _forbidden(self, left: str, right: str) -> Veto | None:
        veto = self._standing_apart(left, right)
        if veto is not None:
            return veto
        if (min(left, right), max(left, right)) in self._overrides.different:
            return Veto(left, right, Apart.BY_PERSON)
        verdict = self._readings.compare(self._claims[left].comparable, self._claims[right].comparable)
        return None if verdict.conflict is None else Veto(left, right, Apart.CONFLICT, verdict.conflict)

    def _standing_apart(self, left: str, right: str) -> Veto | None:
        why = _kept_apart(self._claims[left], self._claims[right])
        return None if why is None else Veto(left, right, why)

    def _join(self, left: str, right: str) -> None:
        leader, other = (left, right) if right not in self._grown else (right, left)
        for member in self._members[other]:
            self._leader[member] = leader
        self._members[leader] += self._members.pop(other)
        for third, veto in self._apart.pop(other).items():
            del self._apart[third][other]
            self._apart[leader].setdefault(third, veto)
            self._apart[third].setdefault(leader, veto)


_NOT_COMPARED = Comparison(0, None, ())


def _link(pair: tuple[str, str], verdict: Comparison) -> Link:
    return Link(verdict.strength, *pair, verdict.reasons)


def _kept_apart(left: ClaimShape, right: ClaimShape) -> Apart | None:
    """Say why two claims cannot be one segment, whatever they say: where they stand forbids it."""
    if left.record == right.record:
        return Apart.ONE_RECORD
    if left.pinned_to == right.pinned_to:
        return None
    if left.pinned_to is not None and right.pinned_to is not None:
        return Apart.PINNED_APART
    return Apart.SECLUDED if left.secluded or right.secluded else None
