"""What the read model has of changes, and how it is asked for them."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from schemas.trip import Trip
from services.query.read_model import Reading


class StoredChange(NamedTuple):
    """A change as the read model has it."""

    partition: int
    position: int
    trip: str
    traveller: str
    kind: str
    into_trip: str | None
    epoch: int
    version_offset: int
    at: datetime
    changes: Sequence[Mapping[str, Any]]
    document: Trip | None = None


class StoredVersion(NamedTuple):
    """One version of a trip as the read model has it."""

    position: int
    kind: str
    into_trip: str | None
    epoch: int
    version_offset: int
    at: datetime
    changes: Sequence[Mapping[str, Any]]
    document: Trip | None


class Extent(NamedTuple):
    """Of one partition: from where on changes are kept, and up to where they are."""

    kept_from: int
    end: int
    dropped_until: datetime | None = None
    """Changes of up to this instant were dropped."""


class StoredOverride(NamedTuple):
    """What a person said of a trip, and what became of it."""

    override: str
    action: str
    trips: Sequence[str]
    subjects: Sequence[str]
    said_by: str
    said_at: datetime
    undone_at: datetime | None
    result: str
    reason: str | None


class ChangeReading(Reading, Protocol):
    """A consistent look that sees changes too."""

    async def extents(self) -> Mapping[int, Extent]:
        """Return by partition which changes are here."""
        ...

    async def positions_since(self, instant: datetime) -> Mapping[int, int]:
        """Return where changes of an instant and later begin, in each partition that has any."""
        ...

    async def changes(
        self, *, traveller: str | None, after: Mapping[int, int], wanted: int, with_documents: bool = False
    ) -> Sequence[StoredChange]:
        """Return at most `wanted` changes from these positions on."""
        ...

    async def versions(
        self, trip: str, *, traveller: str | None, before: int | None, wanted: int
    ) -> Sequence[StoredVersion]:
        """Return the versions of one trip id, the newest first."""
        ...

    async def overrides(self, trips: Sequence[str], *, traveller: str) -> Sequence[StoredOverride]:
        """Return what people said of a trip, the oldest first."""
        ...


class ChangeStore(Protocol):
    """The read model, one tenant at a time."""

    def reading(self, tenant: str) -> AbstractAsyncContextManager[ChangeReading]:
        """Open a consistent look."""
        ...
