"""Explain shown segments: which claims are one thing, which are not, and whose values are shown."""

from collections.abc import Iterable, Mapping, Sequence

from schemas.booking_record import BookingRecord, OverrideRecord, Owner
from schemas.settings import TenantSettings
from services.consolidator.domain import wording
from services.consolidator.domain.claims import Claim
from services.consolidator.domain.clustering import Cluster, Judgement, Veto
from services.consolidator.domain.explanation import (
    ClaimExplained,
    ClaimNamed,
    KeptApart,
    Match,
    SegmentExplained,
    Speaker,
    StandingExplained,
    Values,
    ValuesLost,
    ValuesWon,
)
from services.consolidator.domain.overrides import Correction, Overrides
from services.consolidator.domain.precedence import Lost, Won, lost, order_of_sources
from services.consolidator.domain.records import TravellerRecord
from services.consolidator.domain.segments import Weighed, corrections_of, show, weigh


class Speakers:
    """Whose word each record is."""

    def __init__(self, records: Mapping[str, TravellerRecord]) -> None:
        self._records = records

    def of(self, key: str) -> Speaker:
        """Return the speaker of a booking record or of a person's override."""
        record = self._records[key]
        if isinstance(record, BookingRecord):
            return Speaker(
                record=key,
                owner=record.owner,
                booking_source=record.booking_source,
                record_locator=record.record_locator,
            )
        if isinstance(record, OverrideRecord):
            return Speaker(record=key, owner=Owner(party=record.by, source="manual"))
        raise TypeError("only booking records and overrides speak of segments")

    def of_all(self, keys: Iterable[str]) -> tuple[Speaker, ...]:
        """Return several speakers, in the order given."""
        return tuple(self.of(key) for key in keys)


class Segments:
    """Explains the segments of one traveller."""

    def __init__(
        self,
        clusters: Iterable[Cluster],
        judgements: Iterable[Judgement],
        *,
        speakers: Speakers,
        settings: TenantSettings,
        overrides: Overrides,
    ) -> None:
        self._clusters = {cluster.id: cluster for cluster in clusters}
        self._shown = {
            id_: show(cluster, corrections_of(cluster, overrides), settings=settings)
            for id_, cluster in self._clusters.items()
        }
        self._claims = {claim.id: claim for cluster in self._clusters.values() for claim in cluster.claims}
        self._judgements: dict[str, list[Judgement]] = {}
        for judgement in judgements:
            for claim in (judgement.link.left, judgement.link.right):
                self._judgements.setdefault(claim, []).append(judgement)
        self._speakers = speakers
        self._settings = settings
        self._overrides = overrides

    def explain(self, segment: str) -> SegmentExplained:
        """Explain the shown segment that has this id."""
        cluster, shown = self._clusters[segment], self._shown[segment]
        weighed = weigh(cluster, corrections_of(cluster, self._overrides), settings=self._settings)
        losers = lost(weighed.voices, weighed.choice, self._settings)
        matches, apart = self._pairs(cluster)
        return SegmentExplained(
            id=segment,
            also_known_as=tuple(shown.document.get("also_known_as", ())),
            type=shown.document["type"],
            title=wording.title(shown.document),
            standing=self._standing(weighed, status=shown.document["status"]),
            claims=tuple(self._claim(claim, live=shown.shape.live) for claim in cluster.claims),
            matches=tuple(matches),
            kept_apart=tuple(apart),
            values=tuple(self._won(won, losers) for won in weighed.choice.won),
            unfit=self._lost([one for one in losers if one.to is None], shown={}),
        )

    def titles(self) -> dict[str, str]:
        """Return what the traveller's segments are called, by id."""
        return {segment: wording.title(shown.document) for segment, shown in self._shown.items()}

    def claim_ids(self) -> frozenset[str]:
        """Return the ids of all claims of today."""
        return frozenset(self._claims)

    def _claim(self, claim: Claim, *, live: bool) -> ClaimExplained:
        words = "It holds." if claim.ended is None else f"It does not hold: {claim.ended.value}."
        if claim.ended is not None and live:
            words += " It gives no values to a segment that stands."
        return ClaimExplained(
            segment=claim.id,
            speaker=self._speakers.of(claim.record),
            position=claim.position,
            revision=claim.revision,
            live=claim.live,
            words=words,
        )

    def _standing(self, weighed: Weighed, *, status: str) -> StandingExplained:
        decided, word = weighed.standing, weighed.standing.by
        if isinstance(word, Correction):
            by, ended = self._speakers.of(word.record.record), None
        else:
            by, ended = self._speakers.of(word.record), word.ended
        against = self._speakers.of_all(claim.record for claim in decided.against)
        return StandingExplained(
            status=status,
            live=decided.live,
            suspected_cancelled=decided.suspected,
            by=by,
            against=against,
            words=wording.standing(status, by, against, live=decided.live, ended=ended),
        )

    def _pairs(self, cluster: Cluster) -> tuple[list[Match], list[KeptApart]]:
        """Return the pairs that hold the cluster together, and those that keep others out of it."""
        own = {
            (judgement.link.left, judgement.link.right): judgement
            for claim in cluster.claims
            for judgement in self._judgements.get(claim.id, ())
        }
        matches: list[Match] = []
        apart: list[KeptApart] = []
        for judgement in own.values():
            if judgement.veto is None:
                matches.append(self._match(judgement))
            else:
                apart.append(self._kept_apart(judgement, judgement.veto))
        return matches, apart

    def _named(self, claim: str) -> ClaimNamed:
        said = self._claims[claim]
        title = wording.title(said.segment.model_dump(mode="json", exclude_none=True))
        return ClaimNamed(segment=claim, speaker=self._speakers.of(said.record), title=title)

    def _match(self, judgement: Judgement) -> Match:
        link = judgement.link
        left, right = self._named(link.left), self._named(link.right)
        return Match(
            left=left,
            right=right,
            strength=link.strength,
            reasons=link.reasons,
            by_person=judgement.by_person,
            words=wording.match(left.speaker, right.speaker, link.reasons, by_person=judgement.by_person),
        )

    def _kept_apart(self, judgement: Judgement, veto: Veto) -> KeptApart:
        link = judgement.link
        left, right = self._named(link.left), self._named(link.right)
        return KeptApart(
            left=left,
            right=right,
            strength=link.strength,
            reasons=link.reasons,
            by_person=judgement.by_person,
            why=veto.why,
            aspect=veto.aspect,
            between=(veto.left, veto.right),
            words=wording.kept_apart(
                (left, right),
                veto.why,
                aspect=veto.aspect,
                between=(self._named(veto.left), self._named(veto.right)),
            ),
        )

    def _won(self, won: Won, losers: Sequence[Lost]) -> ValuesWon:
        speaker, order = self._speakers.of(won.voice.record), order_of_sources(self._settings, won.group)
        values = _said(won)
        beaten = [
            other
            for other in losers
            if other.group is won.group and other.to is not None and other.to.record == won.voice.record
        ]
        own = won.group in self._settings.precedence
        return ValuesWon(
            group=won.group,
            speaker=speaker,
            revision=won.voice.revision,
            values=values,
            filled=won.filled,
            order=order,
            words=wording.won(won.group, speaker, order, filled=won.filled, own=own),
            lost=self._lost(beaten, shown=values),
        )

    def _lost(self, losers: Iterable[Lost], *, shown: Values) -> tuple[ValuesLost, ...]:
        """Gather what each claim lost."""
        by_record: dict[str, list[Lost]] = {}
        for entry in losers:
            by_record.setdefault(entry.voice.record, []).append(entry)
        return tuple(self._lost_by_one(entries, shown=shown) for entries in by_record.values())

    def _lost_by_one(self, entries: Sequence[Lost], *, shown: Values) -> ValuesLost:
        voice, to = entries[0].voice, entries[0].to
        values: Values = {field: value for entry in entries for field, value in entry.values.items()}
        speaker = self._speakers.of(voice.record)
        if all(field in shown and shown[field] == value for field, value in values.items()):
            words = wording.agrees(speaker)
        else:
            words = wording.lost(speaker, None if to is None else self._speakers.of(to.record))
        return ValuesLost(speaker=speaker, revision=voice.revision, values=values, words=words)


def _said(won: Won) -> Values:
    """Return the values of the fields that a voice won."""
    return {
        field: value
        for values in won.voice.units[won.group].values()
        for field, value in values.items()
        if field in won.fields
    }
