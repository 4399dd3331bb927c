"""The read model in PostgreSQL: connections in a role that row-level security binds, reads of one tenant."""

# aiokafka and asyncpg ship no types: what comes from them is Any.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from schemas.identifiers import TENANT_PATTERN, normal_code
from schemas.topics import TRIPS
from schemas.trip import Trip, Version
from services.platform.awaiting import NotYet, wait_for_answer
from services.platform.postgres import TROUBLE
from services.platform.settings import PostgresSettings
from services.platform.sql_files import statements_of
from services.query.calendar_feeds import Feed
from services.query.domain.answer import FORM, Answer
from services.query.domain.listing import Cursor, Filters, Page
from services.query.feed import Extent, StoredChange, StoredOverride, StoredVersion
from services.query.handlers import Asking, Person, StatementOutcome, Traveller, Written, WrittenPage
from services.query.looks import Look
from services.query.shares import Share

Connection = Any
"""asyncpg's connection, pooled or not: its own types know no difference that matters here."""

_asyncpg: Any = asyncpg
QUERIES: Any = statements_of(Path(__file__).with_name("queries.sql"))
PROGRESS_CHANNEL = "itinerary_progress"
IDENTIFIER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Nothing else is an id; PostgreSQL's text could not even be asked about a NUL."""
_TENANT = re.compile(TENANT_PATTERN)
_ACQUIRE_SECONDS = 5
_PLAN_EACH_TIME = "; SET LOCAL plan_cache_mode = 'force_custom_plan'"
QUERY_ROLE = "itinerary_query"
PROJECTOR_ROLE = "itinerary_projector"

_BEHIND = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.UndefinedFunctionError)


async def connect(settings: PostgresSettings, *, role: str) -> Connection:
    """Open one connection in a role."""
    return await _asyncpg.connect(
        settings.database_url.get_secret_value(),
        server_settings={"role": role, "application_name": role},
        timeout=10,
    )


async def open_pool(
    settings: PostgresSettings,
    *,
    role: str,
    connections: int,
    check: Callable[[Any], Awaitable[None]] | None = None,
) -> Any:  # noqa: ANN401 - as Connection
    """Open a pool of connections in a role, and wait for the database and its schema at start-up.

    Args:
        settings: where the database is.
        role: that of the process.
        connections: at most so many.
        check: fails where migrations are behind; by default what the read model's services need.

    Raises:
        CannotStart: where they do not come; the text says what to do.
    """

    async def attempt() -> Any:  # noqa: ANN401 - as Connection
        try:
            pool = await _asyncpg.create_pool(
                settings.database_url.get_secret_value(),
                min_size=1,
                max_size=connections,
                server_settings={"role": role, "application_name": role},
                command_timeout=30,
                reset=_nothing_to_reset,
            )
        except TROUBLE as trouble:
            raise NotYet(_advice(trouble)) from trouble
        try:
            await (check or check_schema)(pool)
        except TROUBLE as trouble:
            await pool.close()
            raise NotYet(_advice(trouble)) from trouble
        return pool

    return await wait_for_answer(attempt, what="PostgreSQL (DATABASE_URL)")


async def _nothing_to_reset(_: Connection) -> None:
    """Leave a connection as it is given back: what is set here is local to transactions, which asyncpg ends.

    Its own reset would be one more question to the database for each request.
    """


async def check_schema(pool: Any) -> None:  # noqa: ANN401 - as Connection
    """Raise asyncpg's error where the database cannot be asked or has an older schema than this release."""
    async with pool.acquire(timeout=5) as connection:
        _ = [row async for row in QUERIES.check_schema(connection)]


def _advice(trouble: BaseException) -> str:
    if isinstance(trouble, _BEHIND):
        return "its schema is behind this release; run `itinerary migrate`"
    if isinstance(trouble, asyncpg.InvalidParameterValueError):
        return "it does not know our roles yet; run `itinerary migrate`"
    return type(trouble).__name__


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


def _login(asking: Asking) -> str | None:
    return None if asking.login is None else normal_code(asking.login)


def _written(row: Any) -> Written:  # noqa: ANN401 - asyncpg's row
    answer, facts, document = row["answer"], row["facts"], row["document"]
    found = Answer(answer, facts) if document is None else Trip.decode(document)
    version = (row["epoch"], row["version_offset"])
    return Written(row["id"], row["start_date"], version, row["content_hash"], found, row["party"])


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


def _look_at(tenant: str) -> str:
    """Return what opens a look at a tenant's trips: statements that take no more time than one.

    Raises:
        ValueError: where that is no name of a tenant; several statements in one take no parameters.
    """
    if _TENANT.fullmatch(tenant) is None:
        raise ValueError("this is no name of a tenant")
    return f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL itinerary.tenant = '{tenant}'"


class TripStore:
    """The read model, one tenant at a time."""

    def __init__(self, pool: Any) -> None:  # noqa: ANN401 - as Connection
        self._pool = pool

    @asynccontextmanager
    async def reading(self, tenant: str, *, listing: bool = False) -> AsyncGenerator[TenantReading]:
        """Open a consistent look at a tenant's trips; the settings that it makes end with it.

        Lists are planned anew each time: filters that are left out must not stay in the plan.
        """
        async with self._lent() as connection:
            await connection.execute(_look_at(tenant) + (_PLAN_EACH_TIME if listing else ""))
            try:
                yield TenantReading(connection)
            finally:
                await connection.execute("COMMIT")

    @asynccontextmanager
    async def _lent(self) -> AsyncGenerator[Connection]:
        async with asyncio.timeout(_ACQUIRE_SECONDS):  # asyncpg's own makes a task of each wait
            connection = await self._pool.acquire()
        try:
            yield connection
        finally:
            await self._pool.release(connection)

    async def written(self, asking: Asking, *, trip: str, answered: bool) -> Written | None:
        """Return today's trip of any id ever given, in one question to the database.

        Args:
            asking: who asks; what is not theirs to read is not there.
            trip: any id.
            answered: whether what was written for those who see all of it will do.
        """
        if IDENTIFIER.fullmatch(trip) is None:
            return None
        async with self._lent() as connection:
            row = await QUERIES.find_written(
                connection,
                tenant=asking.tenant,
                login=_login(asking),
                client=asking.client,
                id=trip,
                answered=answered,
                form=FORM,
            )
        return None if row is None else _written(row)

    async def list_written(
        self, asking: Asking, filters: Filters, *, today: date, after: Cursor | None, wanted: int
    ) -> WrittenPage | None:
        """Return at most `wanted` trips after the cursor as written for those who see all of them.

        Returns:
            None where something of it has to be written first.
        """
        async with self._lent() as connection:
            row = await QUERIES.list_written(
                connection,
                tenant=asking.tenant,
                login=_login(asking),
                **filters._asdict(),
                today=today,
                after_start=None if after is None else after.start_date,
                after_id=None if after is None else after.id,
                wanted=wanted,
                form=FORM,
            )
        if not row["is_whole"]:
            return None
        last = row["last_id"]
        return WrittenPage(row["trips"] or "", None if last is None else Cursor(row["last_start"], last))

    @asynccontextmanager
    async def writing(self, tenant: str) -> AsyncGenerator[TenantWriting]:
        """Open a transaction that may write what people own."""
        async with self._pool.acquire(timeout=5) as connection, connection.transaction():
            await QUERIES.set_tenant(connection, tenant=tenant)
            yield TenantWriting(connection)
