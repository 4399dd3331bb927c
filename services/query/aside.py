"""The copy of the trips that stands aside: filled from the log, compared with what is shown, and exchanged.

Exchanging is safe for readers because both copies are at the very same place of the log when it happens, and
because it waits until nobody looks at the database as it was before the copy came that far.
"""

# aiokafka and asyncpg ship no types: what comes from them is Any.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import TRIPS
from services.platform import faults
from services.platform.awaiting import CannotStart
from services.platform.reading import open_reader, read_stretch
from services.platform.settings import KafkaSettings, PostgresSettings
from services.platform.sql_files import statements_of
from services.query.domain.projection import AliasRow, Received, TripRow, project
from services.query.postgres import PROJECTOR_ROLE, Connection, connect
from services.query.projector import columns_of

_FOLDER = Path(__file__).parent
_SQL: Any = statements_of(_FOLDER / "aside.sql")
# What writes the shown rows writes those of the copy: the same statements, on the other schema.
_ROWS: Any = statements_of((_FOLDER / "queries.sql").read_text(encoding="utf-8").replace(" read.", " aside."))
_asyncpg: Any = asyncpg

_LOCK = 0x17_1E_4A_51
_SILENT = {"tcp_keepalives_idle": "60", "idle_session_timeout": "0"}
"""Of a connection that says nothing while others compute, perhaps for hours."""
_ATTEMPTS = 20
_PAUSE_SECONDS = 0.2
_LOOK_SECONDS = 0.02
_OLD_LOOKS_SECONDS = 5.0
_SHOWN_BEHIND_SECONDS = 60.0
_EXACT = 1000
"""As many differences are looked at again while what is shown stands still."""
_LISTED = 100_000


class NotExchangeable(CannotStart):
    """The copies cannot be compared or exchanged; the text says why, and what to do."""


class RowDifference(NamedTuple):
    """A row that is not what the log says; ids only, no content."""

    tenant: str
    traveller: str | None
    id: str
    finding: str


class _Busy(Exception):
    """Readers or projectors did not let go in time; to be tried again."""


class Filling:
    """Writes the rows of one partition into the copy; several processes do so side by side."""

    def __init__(self, connection: Connection, *, partition: int) -> None:
        self._connection = connection
        self._partition = partition

    async def store(
        self, values: Iterable[tuple[bytes, bytes | None]], *, offset: Mapping[int, int] | None = None
    ) -> int:
        """Take keys and values of `trips.v1`, and say up to where the copy holds it now.

        Returns:
            How many of them are no values of ours; the projector buries those.
        """
        received = (Received(self._partition, 0, key, value) for key, value in values)
        projection = project(received, journal=False)
        async with self._connection.transaction():
            if projection.trips:
                await _ROWS.upsert_trips(self._connection, **columns_of(TripRow._fields, projection.trips))
                await _ROWS.upsert_aliases(
                    self._connection, **columns_of(AliasRow._fields, projection.aliases)
                )
            if projection.forgotten:
                await _ROWS.forget_trips(self._connection, ids=list(projection.forgotten))
            if offset:
                await _ROWS.ensure_offsets(self._connection, topic=TRIPS.name, partitions=list(offset))
                await _ROWS.advance_offsets(
                    self._connection,
                    topic=TRIPS.name,
                    partitions=list(offset),
                    next_offsets=list(offset.values()),
                )
        return len(projection.poison)


@asynccontextmanager
async def open_filling(postgres: PostgresSettings, *, partition: int) -> AsyncGenerator[Filling]:
    """Connect, to fill one partition of the copy."""
    connection = await connect(postgres, role=PROJECTOR_ROLE)
    try:
        # Nothing of it counts until the exchange, whose own commit makes everything before it durable.
        await connection.execute("SET synchronous_commit = off")
        yield Filling(connection, partition=partition)
    finally:
        await connection.close()


class Aside:
    """The copy as a whole: made, kept up, compared, exchanged. One at a time has it."""

    def __init__(self, owner: Connection, row_writer: Connection, *, log: AIOKafkaConsumer) -> None:
        self._owner = owner
        self._writer = row_writer
        self._log = log

    async def make(self) -> None:
        """Make the copy anew, empty."""
        async with self._owner.transaction():
            await _SQL.make(self._owner)

    async def finish(self) -> None:
        """Note that it was filled."""
        await _SQL.finish(self._owner)

    async def drop(self) -> None:
        """Let go of the copy."""
        await _SQL.drop(self._owner)

    async def kind(self) -> str | None:
        """Return what stands aside: nothing, `unfinished`, `built`, or what was shown `before`."""
        return await _SQL.kind(self._owner)

    async def keep_up(self) -> None:
        """Bring the copy to where what is shown is, and never beyond it.

        A copy that is ahead would make the projector take what it still has to note for old.

        Raises:
            KafkaError: trouble with the broker.
            NotExchangeable: what is shown does not come as far as the copy.
        """
        for place, (start, end) in (await self._stretches()).items():
            filling = Filling(self._writer, partition=place.partition)
            async for chunk in read_stretch(self._log, place, start=start, end=end):
                values = [(entry.key or b"", entry.value) for entry in chunk]
                reached = {place.partition: chunk[-1].offset + 1}
                await filling.store(values, offset=reached)
            await filling.store((), offset={place.partition: end})

    async def differences(self) -> Sequence[RowDifference]:
        """Compare the copy with what is shown, while that goes on.

        Raises:
            NotExchangeable: there is nothing to compare with, or no quiet moment was found.
        """
        await self._check()
        await self.keep_up()
        found = await self._look(None)
        if len(found) > _EXACT:
            return found  # so many do not come from what changed meanwhile

        async def exact() -> Sequence[RowDifference]:
            return await self._look(found)

        return await self._while_still(exact) if found else ()

    async def exchange(self) -> None:
        """Show the copy, and set aside what was shown: at one moment, for every reader.

        Raises:
            NotExchangeable: there is no copy that could be shown, or no quiet moment was found.
        """
        await self._check()
        await self.keep_up()

        async def exchange() -> None:
            await self._until_nobody_looks_back()
            await _SQL.exchange(self._owner)
            faults.point("rebuild.exchanged")

        await self._while_still(exchange)

    async def _while_still(self, do: Any) -> Any:  # noqa: ANN401 - an async callable, and what it returns
        """Do something while both copies are at the same place of the log; all or nothing."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                async with self._owner.transaction():
                    await _SQL.freeze(self._owner)
                    await self.keep_up()
                    return await do()
            except (_Busy, asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as busy:
                if attempt == _ATTEMPTS:
                    raise NotExchangeable(
                        "Somebody reads or writes trips in one transaction without an end "
                        f"({type(busy).__name__}); look for it in pg_stat_activity. Nothing was changed."
                    ) from busy
            await asyncio.sleep(_PAUSE_SECONDS)
            await self.keep_up()  # so that little is left to do while everything stands still
        raise AssertionError("the last attempt returns or raises")

    async def _until_nobody_looks_back(self) -> None:
        moment = await _SQL.this_moment(self._writer)
        deadline = asyncio.get_running_loop().time() + _OLD_LOOKS_SECONDS
        # Asked by the owner: PostgreSQL does not tell a role what sessions of others look at.
        while await _SQL.count_older_looks(self._owner, moment=moment):
            if asyncio.get_running_loop().time() > deadline:
                raise _Busy
            await asyncio.sleep(_LOOK_SECONDS)

    async def _look(self, again: Sequence[RowDifference] | None) -> list[RowDifference]:
        asked = {
            "tenants": None if again is None else [row.tenant for row in again],
            "ids": None if again is None else [row.id for row in again],
            "wanted": _LISTED,
        }
        found: list[RowDifference] = []
        for compare in (_SQL.compare_trips, _SQL.compare_aliases):
            found += [RowDifference(**row) async for row in compare(self._writer, **asked)]
        return found

    async def _check(self) -> None:
        kind = await self.kind()
        if kind not in {"built", "before"}:
            raise NotExchangeable("Nothing complete stands aside; run `itinerary rebuild build`.")
        if await _SQL.columns_differ(self._owner):
            raise NotExchangeable(
                "A migration changed the tables of trips since the copy was made; build it anew."
            )

    async def _stretches(self) -> Mapping[TopicPartition, tuple[int, int]]:
        """Return by partition what of the log the copy lacks; wait where what is shown lacks more."""
        deadline = asyncio.get_running_loop().time() + _SHOWN_BEHIND_SECONDS
        while True:
            rows = [row async for row in _SQL.offsets_of_both(self._writer, topic=TRIPS.name)]
            if all((row["shown"] or 0) >= (row["aside"] or 0) for row in rows):
                break
            if asyncio.get_running_loop().time() > deadline:
                raise NotExchangeable("What is shown does not come as far as the copy; does a projector run?")
            await asyncio.sleep(_PAUSE_SECONDS)
        return {
            TopicPartition(TRIPS.name, row["partition"]): (row["aside"] or 0, row["shown"] or 0)
            for row in rows
            if (row["aside"] or 0) < (row["shown"] or 0)
        }


@asynccontextmanager
async def open_aside(postgres: PostgresSettings, *, kafka: KafkaSettings) -> AsyncGenerator[Aside]:
    """Connect as the owner of the tables, alone.

    Raises:
        NotExchangeable: somebody else is at it.
        OSError, asyncpg.PostgresError: the database cannot be reached.
    """
    owner = await _asyncpg.connect(
        postgres.database_url.get_secret_value(),
        server_settings={"application_name": "itinerary_rebuild", **_SILENT},
        timeout=10,
    )
    try:
        if not await _SQL.only_one(owner, number=_LOCK):
            raise NotExchangeable("Another `itinerary rebuild` is at work on this database.")
        row_writer = await connect(postgres, role=PROJECTOR_ROLE, settings=_SILENT)
        try:
            async with open_reader(kafka) as log:
                yield Aside(owner, row_writer, log=log)
        finally:
            await row_writer.close()
    finally:
        await owner.close()
