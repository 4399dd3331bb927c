"""Make one shown segment of a cluster of claims: its values, whether it stands, and who said what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, NamedTuple

from schemas.booking_record import SOURCES, Owner, Revision
from schemas.segments import FieldGroup, SegmentStatus
from schemas.settings import TenantSettings
from schemas.times import instant_text
from services.consolidator.domain.claims import Claim
from services.consolidator.domain.clustering import Cluster
from services.consolidator.domain.overrides import Correction, Overrides
from services.consolidator.domain.precedence import (
    Choice,
    Voice,
    Won,
    choose,
    ranks_of_sources,
)
from services.consolidator.domain.remembered import as_before
from services.consolidator.domain.stated import said_by, units_of

_LATEST_ZONE = timezone(timedelta(hours=-12))
"""Where a local time comes last on Earth: an end without a known offset is over when it is over there."""

Document = dict[str, Any]
"""JSON as it is written: text, whole numbers, booleans, lists and documents."""


class SegmentShape(NamedTuple):
    """All that grouping reads of a consolidated segment; values that are only shown are no part of it."""

    id: str
    claims: tuple[str, ...]
    """Their ids; the segment bears that of the first."""
    records: frozenset[str]
    """The booking records that speak of it."""
    live: bool
    by_person: bool
    """A person said whether it stands."""
    start_date: str | None
    end_date: str | None


@dataclass(frozen=True, slots=True, eq=False)
class ShownSegment:
    """A consolidated segment."""

    shape: SegmentShape
    ends_at: str | None
    """The UTC instant at which it is over."""
    document: Document


@dataclass(frozen=True, slots=True)
class SegmentStanding:
    """Whether a segment stands, and by whose word."""

    live: bool
    by: Claim | Correction
    against: tuple[Claim, ...] = ()
    """Claims of lower sources, or of another party, that say that it is cancelled."""

    @property
    def suspected(self) -> bool:
        """Whether it stands although somebody else says that it does not."""
        return bool(self.against)


@dataclass(frozen=True, slots=True)
class Weighed:
    """What was decided on a segment."""

    standing: SegmentStanding
    voices: Sequence[Voice]
    choice: Choice


def show(
    cluster: Cluster,
    corrections: Sequence[Correction],
    *,
    settings: TenantSettings,
    last: ShownSegment | None = None,
) -> ShownSegment:
    """Consolidate one cluster; it has the shape that it had, where that is equal."""
    weighed = weigh(cluster, corrections, settings=settings)
    accounts = _accounts(cluster, weighed)
    shown, live = weighed.choice.shown, weighed.standing.live
    if not live:
        shown["status"] = SegmentStatus.CANCELLED.value
    shown.setdefault("status", SegmentStatus.CONFIRMED.value)
    start, end = _dates(shown)
    shape = SegmentShape(
        id=cluster.id,
        claims=tuple(claim.id for claim in cluster.claims),
        records=frozenset(claim.record for claim in cluster.claims),
        live=live,
        by_person=isinstance(weighed.standing.by, Correction),
        start_date=start,
        end_date=end,
    )
    return ShownSegment(as_before(shape, last and last.shape), _ends_at(shown), shown | accounts)


def weigh(cluster: Cluster, corrections: Sequence[Correction], *, settings: TenantSettings) -> Weighed:
    """Decide whether a segment stands, and whose values are shown.

    The segment stands as long as the best claim about its status is live. Cancelled claims give no
    values to a segment that stands; of a cancelled one, all claims are shown.
    """
    standing = _standing(cluster.claims, settings, corrections)
    live = [claim for claim in cluster.claims if claim.live]
    # What a person says to stand although all cancelled it has the values that it had.
    speaking = live if standing.live and live else cluster.claims
    voices = [Voice(claim.record, claim.owner, claim.revision, claim.stated.units) for claim in speaking]
    voices += [_corrected(correction) for correction in corrections]
    return Weighed(standing, voices, choose(voices, settings))


def corrections_of(cluster: Cluster, overrides: Overrides) -> list[Correction]:
    """Return what people corrected of a segment, the oldest first."""
    if not overrides.corrections:
        return []
    kind = cluster.claims[0].segment.type
    found = (
        correction
        for claim in cluster.claims
        for correction in overrides.corrections.get(claim.id, ())
        if correction.correction.values.type == kind
    )
    return sorted(found, key=lambda one: (one.record.revision.order(), one.record.record))


def _standing(
    claims: Sequence[Claim], settings: TenantSettings, corrections: Sequence[Correction]
) -> SegmentStanding:
    """Say whether the segment stands, and which others, no better, say that it does not."""
    for correction in reversed(corrections):
        if (status := correction.correction.values.status) is not None:
            return SegmentStanding(status is not SegmentStatus.CANCELLED, correction)
    rank = ranks_of_sources(settings, FieldGroup.STATUS)
    top = min(rank[claim.owner.source] for claim in claims)
    highest = [claim for claim in claims if rank[claim.owner.source] == top]
    # Who cancels one of two bookings of a thing, both as good, still has the other.
    best = max(
        [claim for claim in highest if claim.live] or highest,
        key=lambda claim: (claim.revision.order(), claim.record),
    )
    if not best.live:
        return SegmentStanding(live=False, by=best)
    against = [c for c in claims if not c.live and (c not in highest or c.owner.party != best.owner.party)]
    return SegmentStanding(live=True, by=best, against=tuple(against))


def _corrected(correction: Correction) -> Voice:
    record = correction.record
    owner = Owner(party=record.by, source="manual")
    return Voice(record.record, owner, record.revision, units_of(said_by(correction.correction.values)))


def _dates(shown: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the first and the last local date; a westbound flight may end on the day before."""
    dates = sorted(shown[field]["local"][:10] for field in ("start", "end") if field in shown)
    return (dates[0], dates[-1]) if dates else (None, None)


def _ends_at(shown: Mapping[str, Any]) -> str | None:
    """Return when a segment is over: at its end's own offset; a date alone ends with that local day."""
    moment = shown.get("end") or shown.get("start")
    return None if moment is None else _end_of(moment["local"], moment.get("offset_minutes"))


@lru_cache(maxsize=16_384)
def _end_of(local: str, offset: int | None) -> str:
    zone = _LATEST_ZONE if offset is None else timezone(timedelta(minutes=offset))
    moment = datetime.fromisoformat(local).replace(tzinfo=zone)
    return instant_text(moment if "T" in local else moment + timedelta(days=1))


def _accounts(cluster: Cluster, weighed: Weighed) -> Document:
    won = weighed.choice.won
    speakers = {voice: _speaker(voice) for voice in weighed.voices}
    sources = {claim.owner.source for claim in cluster.claims} | {entry.voice.owner.source for entry in won}
    document: Document = {
        "type": cluster.claims[0].segment.type,
        "id": cluster.id,
        "sources": [source for source in SOURCES if source in sources],
        "claims": [_claim_document(claim, shown=weighed.choice.shown) for claim in cluster.claims],
        "provenance": [_provenance_document(entry, said_by=speakers[entry.voice]) for entry in won],
        "suspected_cancelled": weighed.standing.suspected,
    }
    if len(cluster.claims) > 1:
        document["also_known_as"] = sorted({claim.id for claim in cluster.claims} - {cluster.id})
    return document


def _claim_document(claim: Claim, *, shown: Mapping[str, Any]) -> Document:
    """Return a claim as JSON, with its values where they are not simply those that are shown."""
    document = _speaker(claim) | {"segment": claim.id, "position": claim.position, "live": claim.live}
    if claim.stated.values != shown:
        document["values"] = {**claim.stated.values, "type": claim.segment.type}
    return document


def _provenance_document(entry: Won, *, said_by: Document) -> Document:
    document: Document = {"group": entry.group.value, "fields": list(entry.fields), **said_by}
    if entry.filled:
        document["filled"] = True
    return document


def _speaker(one: Claim | Voice) -> Document:
    """Return as JSON whose word it is."""
    owner, revision = owner_document(one.owner), revision_document(one.revision)
    return {"record": one.record, "owner": owner, "revision": revision}


def revision_document(revision: Revision) -> Document:
    """Return a revision as JSON, without when it arrived: a repetition shows nothing new."""
    document: Document = {"content_hash": revision.content_hash}
    if revision.source_revision is not None:
        document["source_revision"] = revision.source_revision
    return document


def owner_document(owner: Owner) -> Document:
    """Return an owner as JSON."""
    return {"party": owner.party, "source": owner.source}
