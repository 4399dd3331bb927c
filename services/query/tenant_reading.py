"""What one tenant has, read in one look at PostgreSQL: trips, what changed in them, and the directory."""

# asyncpg ships no types: what comes from it is Any.
# pyright: reportUnknownMemberType=false

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import orjson

from schemas.identifiers import IDENTIFIER, normal_code
from schemas.topics import TRIPS
from schemas.trip import Trip
from services.query.change_reading import Extent, StoredChange, StoredOverride, StoredVersion
from services.query.domain.listing import Cursor, Filters, Page
from services.query.postgres import QUERIES, Connection
from services.query.read_model import Person, StatementOutcome, Traveller


class TenantReading:
    """One consistent look at what one tenant has."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def traveller_of(self, login: str) -> str | None:
        """Return the id of the traveller with this login, however it is written."""
        return await QUERIES.find_traveller(self._connection, login=normal_code(login))

    async def traveller_named(self, name: str) -> str | None:
        """Return the id of the traveller of whom this is the id or a login."""
        if "\x00" in name:
            return None
        return await QUERIES.find_traveller_named(self._connection, id=name, login=normal_code(name))

    async def party_of(self, client: str) -> str | None:
        """Return the party that a client is, by the tenant's table of senders."""
        return await QUERIES.find_party(self._connection, client=client)

    async def trip(self, trip: str, *, traveller: str | None) -> Trip | None:
        """Return today's trip of any id ever given, if it is this traveller's; None stands for everyone."""
        if IDENTIFIER.fullmatch(trip) is None:
            return None
        row = await QUERIES.find_trip(self._connection, id=trip, traveller=traveller)
        return None if row is None else Trip.decode(row["document"])

    async def trips(
        self, filters: Filters, *, today: date, after: Cursor | None, wanted: int, backwards: bool = False
    ) -> Sequence[Trip]:
        """Return at most `wanted` trips after the cursor, from the list's end where `backwards`."""
        listed = QUERIES.list_trips_backwards if backwards else QUERIES.list_trips
        rows = listed(
            self._connection,
            **filters._asdict(),
            today=today,
            after_start=None if after is None else after.start_date,
            after_id=None if after is None else after.id,
            wanted=wanted,
        )
        return [Trip.decode(row["document"]) async for row in rows]

    async def page(self, filters: Filters, *, page: Page) -> tuple[Sequence[Trip], int]:
        """Return the trips of a page, and how many there are on all of them."""
        asked = {**filters._asdict(), "today": None}  # such lists are filtered by no state
        total: int = await QUERIES.count_trips(self._connection, **asked)
        if page.first() >= total:
            return [], total
        wanted = min(page.items, total - page.first())
        behind = total - page.first() - wanted
        if (
            page.first() <= behind
        ):  # from whichever end is nearer, so that the last page costs what the first does
            rows = QUERIES.page_of_trips(self._connection, **asked, first=page.first(), wanted=wanted)
        else:
            rows = QUERIES.page_of_trips_backwards(self._connection, **asked, behind=behind, wanted=wanted)
        return [Trip.decode(row["document"]) async for row in rows], total

    async def outcomes(self, message: str, *, traveller: str | None) -> Sequence[StatementOutcome]:
        """Return what became of each statement of a message."""
        if IDENTIFIER.fullmatch(message) is None:
            return []
        rows = QUERIES.find_message(self._connection, message=message, traveller=traveller)
        return [StatementOutcome(**dict(row)) async for row in rows]

    async def extents(self) -> Mapping[int, Extent]:
        """Return by partition which changes are here."""
        rows = QUERIES.read_ends(self._connection, topic=TRIPS.name)
        return {
            row["partition"]: Extent(row["changes_from"], row["next_offset"], row["dropped_until"])
            async for row in rows
        }

    async def positions_since(self, instant: datetime) -> Mapping[int, int]:
        """Return where changes of an instant and later begin, in each partition that has any."""
        rows = QUERIES.changes_since(self._connection, instant=instant)
        return {row["partition"]: row["position"] async for row in rows}

    async def changes(
        self, *, traveller: str | None, after: Mapping[int, int], wanted: int, with_documents: bool = False
    ) -> Sequence[StoredChange]:
        """Return at most `wanted` changes from these positions on."""
        rows = QUERIES.list_changes(
            self._connection,
            traveller=traveller,
            partitions=list(after),
            positions=list(after.values()),
            wanted=wanted,
            with_documents=with_documents,
        )
        return [_stored_change(dict(row)) async for row in rows]

    async def versions(
        self, trip: str, *, traveller: str | None, before: int | None, wanted: int
    ) -> Sequence[StoredVersion]:
        """Return the versions of one trip id, the newest first."""
        if IDENTIFIER.fullmatch(trip) is None:
            return []
        rows = QUERIES.trip_history(
            self._connection, id=trip, traveller=traveller, before=before, wanted=wanted
        )
        return [_stored_version(dict(row)) async for row in rows]

    async def overrides(self, trips: Sequence[str], *, traveller: str) -> Sequence[StoredOverride]:
        """Return what people said of a trip, the oldest first."""
        rows = QUERIES.list_overrides(self._connection, ids=list(trips), traveller=traveller)
        return [StoredOverride(**row) async for row in rows]

    async def directory(self, *, login: str | None, after: str | None, wanted: int) -> Sequence[Traveller]:
        """Return at most `wanted` travellers whose ids are greater than one."""
        if login is not None and "\x00" in login:
            return []
        rows = QUERIES.list_travellers(
            self._connection, login=login and normal_code(login), after=after, wanted=wanted
        )
        return [Traveller(**row) async for row in rows]

    async def people(self, travellers: Sequence[str]) -> Mapping[str, Person]:
        """Return what the directory says of these travellers."""
        rows = QUERIES.find_travellers(self._connection, travellers=list(travellers))
        return {
            row["traveller"]: Person(row["login"], row["first_name"], row["last_name"]) async for row in rows
        }


def _stored_change(row: dict[str, Any]) -> StoredChange:
    document = row["document"]
    read: dict[str, Any] = {
        "changes": orjson.loads(row["changes"]),
        "document": None if document is None else Trip.decode(document),
    }
    return StoredChange(**{**row, **read})


def _stored_version(row: dict[str, Any]) -> StoredVersion:
    document = row["document"]
    read: dict[str, Any] = {
        "changes": orjson.loads(row["changes"]),
        "document": None if document is None else Trip.decode(document),
    }
    return StoredVersion(**{**row, **read})
