"""The secrets of a webhook: which sign at a moment, and how they are kept, sealed and bound to it."""

from datetime import datetime, timedelta
from typing import NamedTuple

from services.platform.sealing import Seal

OLD_SECRET_SIGNS_FOR = timedelta(hours=24)
"""After a rotation, so that receivers can change theirs without losing anything."""
_MOST_OLD_SECRETS = 4


class Secrets(NamedTuple):
    """What signs: the newest secret, and for a while those before, each with its end."""

    newest: str
    before: tuple[tuple[str, datetime], ...] = ()

    def signing(self, *, now: datetime) -> tuple[str, ...]:
        """Return the secrets that sign at this moment."""
        return (self.newest, *(secret for secret, until in self.before if now < until))

    def rotated(self, secret: str, *, now: datetime) -> "Secrets":
        """Return what signs once there is another secret."""
        old = ((self.newest, now + OLD_SECRET_SIGNS_FOR), *self.before)
        return Secrets(secret, tuple(one for one in old if now < one[1])[:_MOST_OLD_SECRETS])

    def sealed(self, seal: Seal, *, tenant: str, webhook: str) -> str:
        """Return them as they are kept."""
        before = [[secret, until.isoformat()] for secret, until in self.before]
        return seal.seal({"newest": self.newest, "before": before}, belongs_to=(tenant, webhook))

    @classmethod
    def opened(cls, sealed: str, *, seal: Seal, tenant: str, webhook: str) -> "Secrets":
        """Read what `sealed` wrote.

        Raises:
            SealBroken: where no key opens it.
        """
        said = seal.open(sealed, belongs_to=(tenant, webhook))
        before = ((secret, datetime.fromisoformat(until)) for secret, until in said["before"])
        return cls(said["newest"], tuple(before))

    def __repr__(self) -> str:
        return "Secrets(…)"
