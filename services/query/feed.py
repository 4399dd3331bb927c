"""What changed: one ordered feed for those who poll, those who listen, and a trip's history.

A cursor names a position of `trips.v1` in every partition, so that it stays good when the read model is
thrown away and filled again, and whatever several projectors do side by side. It never goes back in any of
them: one that is ahead of the read model waits for it.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from schemas.events import told_of
from schemas.times import instant_text
from schemas.trip import Change as TypedChange
from schemas.trip import TripDeletion
from schemas.trip import Version as StoredAt
from services.platform.positions import Position, decode_position, encode_position
from services.platform.principals import Principal
from services.query.change_reading import (
    ChangeReading,
    ChangeStore,
    Extent,
    StoredChange,
    StoredOverride,
    StoredVersion,
)
from services.query.domain.differences import Difference, differences
from services.query.domain.trip_format import trip_json
from services.query.domain.visibility import Audience, Viewer, visible, visible_changes
from services.query.reach import reach_of, sight_of
from services.query.refusals import CursorTooOld, Gone, Malformed, NotFound, NotYetReadable

_PING_SECONDS = 15.0
_LOOK_SECONDS = 1.0
"""How often a listener's end of the line is looked at."""
_STREAM_PAGE = 200


class Change(NamedTuple):
    """One version of one trip id, and the cursor after it."""

    cursor: str
    at: datetime
    kind: str
    trip: str
    version: tuple[int, int]
    into: str | None
    changes: Sequence[Mapping[str, Any]]
    events: Sequence[Mapping[str, Any]] | None = None
    """The same as others subscribe to, by the same ids; None where they were not asked for."""


class Quiet(NamedTuple):
    """Nothing was told for a while, and the cursor after which nothing was."""

    cursor: str


class ChangePage(NamedTuple):
    """Changes in order, and from where to go on."""

    changes: Sequence[Change]
    next_cursor: str
    more: bool


class Version(NamedTuple):
    """A version of a trip in its history, with what differs from the one before, where that is known."""

    change: StoredVersion
    differences: tuple[Difference, ...] | None


class Turns(Protocol):
    """Tells when something may have been stored."""

    @property
    def turn(self) -> int:
        """Rises whenever something may have been stored."""
        ...

    async def beyond(self, turn: int) -> None:
        """Return once `turn` is above this."""
        ...


class ChangeFeed:
    """Reads what changed, for whoever may see it."""

    def __init__(
        self,
        *,
        store: ChangeStore,
        turns: Turns,
        epoch: int,
        partitions: int,
        ping_seconds: float = _PING_SECONDS,
    ) -> None:
        self._store = store
        self._turns = turns
        self._epoch = epoch
        self._partitions = partitions
        self._ping_seconds = ping_seconds

    async def page(
        self,
        principal: Principal,
        *,
        cursor: str | None,
        traveller: str | None = None,
        limit: int,
        with_events: bool = False,
    ) -> ChangePage:
        """Return changes after a cursor; without one, from the oldest that is kept.

        Args:
            principal: who asks.
            cursor: of the page or change before.
            traveller: a login or id; None: everybody in reach.
            limit: at most so many.
            with_events: whether to say of each change which events it was told by; to the company's own only.

        Raises:
            Malformed: the cursor is none of ours.
            Gone: it is so old that changes after it are no longer kept.
            NotYetReadable: the read model, which is being filled again, has not come to it.
            Forbidden, NotFound: as for trips.
        """
        named = self._named(cursor)
        async with self._store.reading(principal.tenant) as reading:
            sight = await sight_of(reading, principal=principal)
            reach = await reach_of(reading, sight=sight, traveller=traveller)
            extents = await self._extents(reading)
            after = self._positions(named, extents=extents)
            with_events = with_events and sight.viewer.audience is Audience.INSIDER
            found = await reading.changes(
                traveller=reach, after=after, wanted=limit + 1, with_documents=with_events
            )
        changes: list[Change] = []
        for stored in found[:limit]:
            after[stored.partition] = stored.position + 1
            change = _change(stored, cursor=self._cursor(after), viewer=sight.viewer)
            events = _events(stored, tenant=principal.tenant) if with_events else None
            changes.append(change._replace(events=events))
        more = len(found) > limit
        if not more:
            after = {
                partition: max(extents[partition].end, position) for partition, position in after.items()
            }
        return ChangePage(changes, self._cursor(after), more)

    async def now(self, principal: Principal) -> str:
        """Return the cursor after everything that is here.

        Raises:
            NotYetReadable: it is not known of every partition what is here.
        """
        async with self._store.reading(principal.tenant) as reading:
            extents = await self._extents(reading)
        return self._cursor({partition: extent.end for partition, extent in extents.items()})

    async def since(self, principal: Principal, *, instant: datetime) -> str:
        """Return the cursor before everything of an instant and later; changes are dated to the second.

        Raises:
            Gone: some of that is no longer kept.
            NotYetReadable: as `now`.
        """
        instant = instant.replace(microsecond=0)
        async with self._store.reading(principal.tenant) as reading:
            extents = await self._extents(reading)
            begins = await reading.positions_since(instant)
        if any(
            extent.dropped_until is not None and instant <= extent.dropped_until
            for extent in extents.values()
        ):
            raise CursorTooOld(
                "changes of that time are no longer kept; take cursor=now, then list the trips again"
            )
        return self._cursor(
            {partition: begins.get(partition, extent.end) for partition, extent in extents.items()}
        )

    async def listen(
        self,
        principal: Principal,
        *,
        cursor: str,
        traveller: str | None = None,
        leaving: Callable[[], bool],
    ) -> AsyncGenerator[Change | Quiet]:
        """Give changes after a cursor as they come, and now and then, while none comes, a newer cursor.

        Where the read model has not come to the cursor, it is waited for. Ends when `leaving` says so, and
        where the cursor is no longer good: whoever comes again is told why. Otherwise raises as `page`.
        """
        told_at = time.monotonic()
        while not leaving():
            turn = self._turns.turn
            try:
                page = await self.page(
                    principal, cursor=cursor, traveller=traveller, limit=_STREAM_PAGE, with_events=True
                )
            except NotYetReadable:
                page = ChangePage((), cursor, more=False)
            except Gone:
                return
            for change in page.changes:
                yield change
            cursor = page.next_cursor
            if page.changes:
                told_at = time.monotonic()
            elif time.monotonic() - told_at >= self._ping_seconds:
                yield Quiet(cursor)
                told_at = time.monotonic()
            if not page.more:
                await self._stirred(turn, until=told_at + self._ping_seconds, leaving=leaving)

    async def _stirred(self, turn: int, *, until: float, leaving: Callable[[], bool]) -> None:
        """Wait until something may have been stored, or it is time to say that nothing was."""
        while not leaving() and (left := until - time.monotonic()) > 0:
            try:
                async with asyncio.timeout(min(left, _LOOK_SECONDS)):
                    await self._turns.beyond(turn)
            except TimeoutError:
                continue
            return

    async def history(
        self, principal: Principal, *, trip: str, before: int | None, limit: int
    ) -> tuple[Sequence[Version], int | None]:
        """Return the versions of a trip id, the newest first, and where the next page begins.

        Raises:
            NotFound: nothing is known of it, or nothing that the caller may know.
        """
        async with self._store.reading(principal.tenant) as reading:
            sight = await sight_of(reading, principal=principal)
            found = await reading.versions(trip, traveller=sight.traveller, before=before, wanted=limit + 1)
        if not found:
            raise NotFound("there is no such trip, or nothing changed of late")
        older = [*found[1:], None][:limit]
        versions = [
            _version(newer, before=old, viewer=sight.viewer)
            for newer, old in zip(found[:limit], older, strict=True)
        ]
        return versions, found[limit - 1].position if len(found) > limit else None

    async def overrides(self, principal: Principal, *, trip: str) -> Sequence[StoredOverride]:
        """Return what people said of a trip.

        Raises:
            NotFound: there is no such trip in the caller's reach.
        """
        async with self._store.reading(principal.tenant) as reading:
            sight = await sight_of(reading, principal=principal)
            found = await reading.trip(trip, traveller=sight.traveller)
            if found is None or sight.viewer.audience is not Audience.INSIDER:
                raise NotFound("there is no such trip")
            ids = (found.id, *found.also_known_as)
            return await reading.overrides(ids, traveller=found.traveller)

    async def _extents(self, reading: ChangeReading) -> Mapping[int, Extent]:
        """Return which changes are here, once that is known of every partition.

        A cursor that left one out would begin there with what is oldest.
        """
        extents = await reading.extents()
        if len(extents) < self._partitions:
            raise NotYetReadable("the trips are being read from the log anew, which has just begun")
        return extents

    def _named(self, cursor: str | None) -> Mapping[int, int] | None:
        """Return the positions that a cursor names; None where there is none.

        Asked before anything else: what is wrong with it does not pass by waiting.
        """
        if cursor is None:
            return None
        try:
            named = decode_position(cursor)
        except ValueError:
            raise Malformed(field="cursor", rule="take it from next_cursor, or from a change") from None
        if named.epoch != self._epoch:
            raise CursorTooOld("the log was begun anew since; take cursor=now, then list the trips again")
        return named.offsets

    def _positions(self, named: Mapping[int, int] | None, *, extents: Mapping[int, Extent]) -> dict[int, int]:
        """Return from where on to read in each partition."""
        if named is None:
            return {partition: extent.kept_from for partition, extent in extents.items()}
        after = {partition: named.get(partition, extent.kept_from) for partition, extent in extents.items()}
        if any(extents[partition].kept_from > position for partition, position in after.items()):
            raise CursorTooOld(
                "changes after this cursor are no longer kept; take cursor=now, then list the trips again"
            )
        if any(extents[partition].end < position for partition, position in after.items()):
            raise NotYetReadable("the trips are being read from the log anew, and are not at this cursor yet")
        return after

    def _cursor(self, positions: Mapping[int, int]) -> str:
        return encode_position(Position(epoch=self._epoch, offsets=positions))


def _change(stored: StoredChange, *, cursor: str, viewer: Viewer) -> Change:
    return Change(
        cursor=cursor,
        at=stored.at,
        kind=stored.kind,
        trip=stored.trip,
        version=(stored.epoch, stored.version_offset),
        into=stored.into_trip,
        changes=visible_changes(stored.changes, viewer=viewer),
    )


def _events(stored: StoredChange, *, tenant: str) -> Sequence[Mapping[str, Any]]:
    """Return what Kafka and webhooks were told; of a trip that was deleted since, without its facts."""
    value = stored.document or TripDeletion(
        id=stored.trip,
        tenant=tenant,
        traveller=stored.traveller,
        version=StoredAt(epoch=stored.epoch, offset=stored.version_offset),
        modified=instant_text(stored.at),
        changes=tuple(TypedChange.model_validate(change) for change in stored.changes),
    )
    return [told.structured() for told in told_of(value)]


def _version(newer: StoredVersion, *, before: StoredVersion | None, viewer: Viewer) -> Version:
    shown = newer._replace(changes=visible_changes(newer.changes, viewer=viewer), document=None)
    if newer.document is None or before is None or before.document is None:
        return Version(shown, None)
    old, new = (trip_json(visible(trip, viewer=viewer)) for trip in (before.document, newer.document))
    return Version(shown, differences(old, new))
