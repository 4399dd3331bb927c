"""Put claims about the same real thing together: clusters that grow by rank of source.

A lower source's claim attaches to one cluster or stands alone; it never joins two that higher
sources left apart. Within a rank, pairs join by descending strength, then by id, and only where no
pair across them conflicts. Only a person's `same` overrules that (design, section 5, rule 1).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import combinations, product

from schemas.likeness import number_text
from schemas.matching import Comparison, compare
from services.consolidator.domain.bookings import Claim
from services.consolidator.domain.overrides import Overrides


@dataclass(frozen=True, slots=True)
class Cluster:
    """Claims about one thing, the oldest first: its id is the segment's id."""

    claims: tuple[Claim, ...]

    @property
    def id(self) -> str:
        """The id of the oldest claim; the other claims' ids resolve to it."""
        return self.claims[0].id


@dataclass(frozen=True, slots=True)
class Link:
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


@dataclass(frozen=True, slots=True)
class Veto:
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


def candidate_keys(claim: Claim) -> Iterable[tuple[str, str]]:
    """Yield the keys of which two matching claims share at least one.

    By type and day, for things that start at about the same time (flights within 12 hours may fall
    on neighbouring days), and by type and number, for those that moved.
    """
    kind, start = claim.segment.type, claim.segment.start
    if start is not None:
        day = date.fromisoformat(start.date).toordinal()
        steps = (-1, 0, 1) if kind in {"air", "rail"} else (0,)
        yield from ((kind, f"day {day + step}") for step in steps)
    for number in claim.segment.confirmation_numbers:
        yield kind, f"number {number_text(number.value)}"


class Clustering:
    """Union of claims under vetoes; one use: `clusters()`, then `judgements()` if one asks why.

    The outcome depends on the claims alone, not on their order.
    """

    def __init__(self, claims: Sequence[Claim], *, ranks: Sequence[str], overrides: Overrides) -> None:
        """Prepare to group claims.

        Args:
            claims: all claims of a traveller, or of a part of them that nothing links to the rest.
            ranks: the sources, best first.
            overrides: what people said is the same, and what is not.
        """
        self._claims = {
            claim.id: claim for claim in sorted(claims, key=lambda c: (c.founded, c.record, c.position))
        }
        self._ranks = {source: rank for rank, source in enumerate(ranks)}
        self._overrides = overrides
        self._members: dict[str, list[str]] = {id_: [id_] for id_ in self._claims}
        self._leader: dict[str, str] = {id_: id_ for id_ in self._claims}
        self._grown: dict[str, str] = {}
        """By leader, the cluster of higher ranks that it grew from."""
        self._compared: dict[tuple[str, str], Comparison] = {}
        self._candidates: dict[tuple[str, str], Link] = {}
        self._vetoes: dict[tuple[str, str], Veto] = {}
        """By pair of claims that was to be joined, what forbade it."""

    def clusters(self) -> list[Cluster]:
        """Return the clusters, by the age of their oldest claims."""
        self._join_what_people_call_same()
        links = self._links()
        for rank in sorted({self._rank(claim) for claim in self._claims.values()}):
            self._grow(rank, links)
        return [
            Cluster(tuple(self._claims[id_] for id_ in self._claims if self._leader[id_] == leader))
            for leader in self._claims
            if self._leader[leader] == leader
        ]

    def judgements(self) -> list[Judgement]:
        """Return what came of each pair that people or likeness put side by side, in order of ids."""
        people = {p for p in self._overrides.same if p[0] in self._claims and p[1] in self._claims}
        return [
            Judgement(
                link=self._candidates.get(pair, Link(0, *pair, ())),
                by_person=pair in people,
                veto=None if self._leader[pair[0]] == self._leader[pair[1]] else self._veto_of(pair),
            )
            for pair in sorted(self._candidates.keys() | people)
        ]

    def _veto_of(self, pair: tuple[str, str]) -> Veto:
        return self._vetoes.get(pair) or self._forbidden(*pair) or Veto(*pair, Apart.UNLINKED)

    def _rank(self, claim: Claim) -> int:
        return self._ranks[claim.owner.source]

    def _join_what_people_call_same(self) -> None:
        """Join what a person joined, against all conflicts of values; a segment stays in one trip."""
        for left, right in self._overrides.same:
            if left in self._claims and right in self._claims:
                first, second = self._leader[left], self._leader[right]
                pairs = product(self._members[first], self._members[second])
                vetoes = (self._standing_apart(a, b) for a, b in pairs)
                veto = None if first == second else next((v for v in vetoes if v is not None), None)
                if veto is not None:
                    self._vetoes[left, right] = veto
                elif first != second:
                    self._join(first, second)

    def _links(self) -> list[Link]:
        buckets: dict[tuple[str, str], list[Claim]] = {}
        for claim in self._claims.values():
            for key in candidate_keys(claim):
                buckets.setdefault(key, []).append(claim)
        links = self._candidates
        for bucket in buckets.values():
            for left, right in combinations(bucket, 2):
                pair = (min(left.id, right.id), max(left.id, right.id))
                if left.record != right.record and pair not in links:
                    verdict = self._compare(*pair)
                    links[pair] = Link(verdict.strength, *pair, verdict.reasons)
        matching = [link for link in links.values() if link.strength > 0]
        return sorted(matching, key=lambda link: (-link.strength, link.left, link.right))

    def _compare(self, left: str, right: str) -> Comparison:
        pair = (min(left, right), max(left, right))
        verdict = self._compared.get(pair)
        if verdict is None:
            verdict = self._compared[pair] = compare(
                self._claims[pair[0]].segment, self._claims[pair[1]].segment
            )
        return verdict

    def _grow(self, rank: int, links: Iterable[Link]) -> None:
        """Attach the claims of one rank; what stood before this rank is never joined by it."""
        self._grown = {
            self._leader[claim.id]: self._leader[claim.id]
            for claim in self._claims.values()
            if self._rank(claim) < rank
        }
        for link in links:
            ranks = self._rank(self._claims[link.left]), self._rank(self._claims[link.right])
            left, right = self._leader[link.left], self._leader[link.right]
            if max(ranks) == rank and left != right:
                veto = self._veto_between(left, right)
                if veto is None:
                    self._join(left, right)
                else:
                    self._vetoes[link.left, link.right] = veto

    def _veto_between(self, left: str, right: str) -> Veto | None:
        if left in self._grown and right in self._grown:
            return Veto(left, right, Apart.HIGHER_SOURCES)
        for a, b in product(self._members[left], self._members[right]):
            veto = self._forbidden(a, b)
            if veto is not None:
                return veto
        return None

    def _forbidden(self, left: str, right: str) -> Veto | None:
        veto = self._standing_apart(left, right)
        if veto is not None:
            return veto
        if (min(left, right), max(left, right)) in self._overrides.different:
            return Veto(left, right, Apart.BY_PERSON)
        conflict = self._compare(left, right).conflict
        return None if conflict is None else Veto(left, right, Apart.CONFLICT, conflict)

    def _standing_apart(self, left: str, right: str) -> Veto | None:
        why = _kept_apart(self._claims[left], self._claims[right])
        return None if why is None else Veto(left, right, why)

    def _join(self, left: str, right: str) -> None:
        leader, other = (left, right) if right not in self._grown else (right, left)
        for member in self._members[other]:
            self._leader[member] = leader
        self._members[leader] += self._members.pop(other)


def _kept_apart(left: Claim, right: Claim) -> Apart | None:
    """Say why two claims cannot be one segment, whatever they say: where they stand forbids it."""
    if left.record == right.record:
        return Apart.ONE_RECORD
    if left.pinned_to == right.pinned_to:
        return None
    if left.pinned_to is not None and right.pinned_to is not None:
        return Apart.PINNED_APART
    return Apart.SECLUDED if left.secluded or right.secluded else None
