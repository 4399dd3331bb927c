"""Shown segments that need not be worked out again. A cache: without it everything is the same, later."""

from dataclasses import dataclass, field

from schemas.settings import TenantSettings
from services.consolidator.domain.clustering import Cluster
from services.consolidator.domain.overrides import Overrides
from services.consolidator.domain.segments import ShownSegment, show

_MOST = 20_000


@dataclass(slots=True)
class Memo:
    """Remembers one traveller's shown segments by the very claims that they were made of."""

    _known: dict[str, tuple[Cluster, TenantSettings, ShownSegment]] = field(
        default_factory=dict[str, tuple[Cluster, TenantSettings, ShownSegment]]
    )

    def show(self, cluster: Cluster, *, settings: TenantSettings, overrides: Overrides) -> ShownSegment:
        """Consolidate one cluster, unless that was done for the same claims before."""
        if overrides.corrections:
            return show(cluster, settings=settings, overrides=overrides)
        known = self._known.get(cluster.id)
        if known is not None and known[1] == settings and _same_claims(known[0], cluster):
            return known[2]
        if len(self._known) >= _MOST:
            self._known.clear()
        made = show(cluster, settings=settings, overrides=overrides)
        self._known[cluster.id] = (cluster, settings, made)
        return made


def _same_claims(left: Cluster, right: Cluster) -> bool:
    """Compare by identity: what did not change is still the same object."""
    return len(left.claims) == len(right.claims) and all(
        a.segment is b.segment and a.revision is b.revision and a.live == b.live and a.id == b.id
        for a, b in zip(left.claims, right.claims, strict=True)
    )
