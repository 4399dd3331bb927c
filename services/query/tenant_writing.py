"""What a tenant's people own, in PostgreSQL: calendar links, shares, what they looked at, and who at them."""

# asyncpg ships no types: what comes from it is Any.
# pyright: reportUnknownMemberType=false

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from schemas.identifiers import IDENTIFIER
from schemas.trip import Trip, Version
from services.query.calendar_feeds import Feed
from services.query.domain.listing import Cursor, Filters
from services.query.looks import Look
from services.query.openings import Asked, Opening
from services.query.postgres import QUERIES
from services.query.shares import Share
from services.query.tenant_reading import TenantReading


class TenantWriting(TenantReading):
    """A transaction that reads trips, and reads and writes what a tenant's people own."""

    async def trips(
        self, filters: Filters, *, today: date, after: Cursor | None, wanted: int, backwards: bool = False
    ) -> Sequence[Trip]:
        """Return trips as a look for listing does."""
        await QUERIES.plan_each_time(self._connection)
        return await super().trips(filters, today=today, after=after, wanted=wanted, backwards=backwards)

    async def add_feed(self, **feed: Any) -> None:  # noqa: ANN401 - the columns of a feed
        """Enter a feed."""
        await QUERIES.add_feed(self._connection, **feed)

    async def feeds(self, traveller: str) -> Sequence[Feed]:
        """Return a traveller's feeds."""
        return [Feed(**row) async for row in QUERIES.list_feeds(self._connection, traveller=traveller)]

    async def rotate(self, feed: str, *, traveller: str, secret_sha256: str, at: datetime) -> None:
        """Let another secret open a feed."""
        await QUERIES.rotate_feed(
            self._connection, feed=feed, traveller=traveller, secret_sha256=secret_sha256, at=at
        )

    async def switch_off(self, feed: str, *, traveller: str, at: datetime) -> None:
        """Let no secret open it any more."""
        await QUERIES.switch_feed_off(self._connection, feed=feed, traveller=traveller, at=at)

    async def feed_of(self, secret_sha256: str) -> Feed | None:
        """Return the feed that a secret opens, or opened."""
        row = await QUERIES.find_feed(self._connection, secret_sha256=secret_sha256)
        return None if row is None else Feed(**row)

    async def off_since(self, trips: Sequence[str]) -> Mapping[str, datetime]:
        """Return since when what is cancelled is so, by the ids of trips and segments, as far as known."""
        rows = QUERIES.off_since(self._connection, trips=list(trips))
        return {row["id"]: row["since"] async for row in rows}

    async def note_fetch(self, feed: str, *, at: datetime, by: str) -> None:
        """Keep who read it last."""
        await QUERIES.note_fetch(self._connection, feed=feed, at=at, by=by)

    async def add_share(self, **share: Any) -> None:  # noqa: ANN401 - the columns of a share
        """Enter a share."""
        await QUERIES.add_share(self._connection, **share)

    async def shares(self, trips: Sequence[str], *, traveller: str) -> Sequence[Share]:
        """Return the shares of a trip, by any of its ids."""
        rows = QUERIES.list_shares(self._connection, traveller=traveller, trips=list(trips))
        return [Share(**row) async for row in rows]

    async def revoke(self, share: str, *, traveller: str | None, at: datetime) -> bool:
        """Let the secret open nothing any more; say whether there is such a share."""
        if IDENTIFIER.fullmatch(share) is None:
            return False
        row = await QUERIES.revoke_share(self._connection, share=share, traveller=traveller, at=at)
        return row is not None

    async def share_of(self, secret_sha256: str) -> Share | None:
        """Return the share that a secret opens, or opened."""
        row = await QUERIES.find_share(self._connection, secret_sha256=secret_sha256)
        return None if row is None else Share(**row)

    async def last_look(self, trips: Sequence[str], *, traveller: str) -> Look | None:
        """Return the last look at a trip, by any of its ids, of which the first is that of today."""
        row = await QUERIES.last_look(
            self._connection, trips=list(trips), today=trips[0], traveller=traveller
        )
        if row is None:
            return None
        return Look(row["trip"], Version(epoch=row["epoch"], offset=row["version_offset"]), row["looked_at"])

    async def note_look(self, look: Look, *, tenant: str, traveller: str) -> None:
        """Keep a look; an older state than what was seen changes nothing."""
        epoch, offset = look.version.order()
        await QUERIES.note_look(
            self._connection,
            tenant=tenant,
            traveller=traveller,
            trip=look.trip,
            epoch=epoch,
            version_offset=offset,
            at=look.at,
        )

    async def seen(self, look: Look) -> Trip | None:
        """Return a trip as it was looked at, as long as that is kept."""
        epoch, offset = look.version.order()
        document = await QUERIES.find_version(
            self._connection, trip=look.trip, epoch=epoch, version_offset=offset
        )
        return None if document is None else Trip.decode(document)

    async def note_opening(self, share: str, *, at: datetime) -> None:
        """Keep that it was looked at."""
        await QUERIES.note_opening(self._connection, share=share, at=at)

    async def note_people_opening(
        self, opening: str, asked: Asked, *, tenant: str, by: str, at: datetime, shown: Collection[str]
    ) -> None:
        """Keep an opening, and whom it showed; of one that is there already, whom else it showed."""
        await QUERIES.add_people_opening(
            self._connection,
            tenant=tenant,
            opening=opening,
            by=by,
            at=at,
            on_date=asked.on,
            place=asked.place,
            taken_away=asked.taken_away,
        )
        await QUERIES.add_people_shown(
            self._connection, tenant=tenant, opening=opening, travellers=sorted(set(shown))
        )

    async def people_openings(self, traveller: str, *, wanted: int) -> Sequence[Opening]:
        """Return the openings that showed a traveller, the latest first."""
        rows = QUERIES.list_people_openings(self._connection, traveller=traveller, wanted=wanted)
        return [Opening(**row) async for row in rows]
