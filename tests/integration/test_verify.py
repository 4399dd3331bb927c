"""`verify` against a real log and a real read model, with differences put there on purpose."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AbstractContextManager
from typing import LiteralString, NamedTuple

import psycopg
import pytest

from schemas.base import canonical_json
from schemas.booking_record import BookingStatement
from schemas.identifiers import progress_key
from schemas.topics import BOOKINGS, TRIPS
from services.consolidator.comparison import Difference, Finding
from services.consolidator.read_model import open_read_model
from services.consolidator.verify import EVERYONE, ReadModel, Report, Sample, Verification
from services.platform.backing import Backing
from services.platform.settings import PostgresSettings, TopicSettings
from tests.support.bookings_log import BookingsLog, Posted, bookings_log, home, hotel_booking, own_tenant
from tests.support.worker_processes import WorkerProcess, consolidator, worker_process


async def nothing() -> None: ...


class _HeardMeanwhile:
    """A read model before whose first answer about refusals something else happens."""

    def __init__(self, whole: ReadModel, meanwhile: Callable[[], Awaitable[None]]) -> None:
        self._whole = whole
        self._meanwhile = [meanwhile]
        self.progress = whole.progress
        self.trips = whole.trips

    async def refused(self, messages: Collection[str]) -> set[tuple[str, str]]:
        while self._meanwhile:
            await self._meanwhile.pop()()
        return await self._whole.refused(messages)


class System(NamedTuple):
    """A log with a consolidator and a projector on it, and one tenant's bookings."""

    log: BookingsLog
    postgres: PostgresSettings
    tenant: str

    async def differences(
        self,
        *,
        repair: bool = False,
        sample: Sample = EVERYONE,
        meanwhile: Callable[[], Awaitable[None]] = nothing,
    ) -> list[Difference]:
        """Return what verify finds of this test's tenant."""
        async with open_read_model(self.postgres) as whole:
            read_model = _HeardMeanwhile(whole, meanwhile)
            with Verification(
                kafka=self.log.kafka,
                topics=TopicSettings(),
                read_model=read_model,
                on_progress=lambda _read, _total: None,
                sample=sample,
            ) as verification:
                report = await verification.run()
                if repair:
                    await verification.repair(self._own(report))
                    report = await verification.run()
        return list(self._own(report).differences)

    def _own(self, report: Report) -> Report:
        return report._replace(differences=tuple(d for d in report.differences if d.tenant == self.tenant))

    def run_sql(self, statement: LiteralString, trip: str) -> None:
        with psycopg.connect(self.postgres.database_url.get_secret_value(), autocommit=True) as session:
            session.execute("SET ROLE itinerary_projector")
            assert session.execute(statement, {"tenant": self.tenant, "id": trip}).rowcount > 0

    async def overwrite(self, value: dict[str, object]) -> None:
        """Put a value on trips.v1 as nobody may, who is not fenced because he uses no transactions."""
        partition = home(self.log.posted[0].statement)
        await self.log.write(TRIPS.name, str(value["id"]), canonical_json(value), partition=partition)


@pytest.fixture
async def system(backing: Backing, fresh_database: PostgresSettings) -> AsyncIterator[System]:
    tenant = own_tenant()
    async with bookings_log(backing.kafka_settings) as log:
        with consolidator(backing), _projector(backing, fresh_database, group=tenant):
            await log.post(*(_booking(tenant, n) for n in range(3)))
            await log.settled()
            yield System(log, fresh_database, tenant)


def _projector(
    backing: Backing, database: PostgresSettings, *, group: str
) -> AbstractContextManager[WorkerProcess]:
    own = backing._replace(database_url=database.database_url.get_secret_value())
    return worker_process(
        "services.query", "projector", backing=own, environment={"ITINERARY_PROJECTOR_GROUP": group}
    )


def _booking(tenant: str, number: int) -> BookingStatement:
    return hotel_booking(tenant=tenant, login="ada", locator=f"L{number}", day=number * 20, at=number)


async def test_no_difference_is_found_where_there_is_none_even_while_bookings_arrive(system: System) -> None:
    async def book() -> None:
        for number in range(3, 15):
            await system.log.post(_booking(system.tenant, number))

    booking = asyncio.create_task(book())

    assert await system.differences() == []
    await booking
    assert await system.differences() == []


async def test_what_is_damaged_is_found_and_repaired(system: System) -> None:
    assert await system.differences() == []
    trip = (await system.log.history(system.tenant))[0]
    system.run_sql(
        "UPDATE read.trips SET document = '{}' WHERE tenant = %(tenant)s AND id = %(id)s", trip["id"]
    )

    (found,) = await system.differences()
    assert (found.trip, found.finding) == (trip["id"], Finding.SHOWN_OTHERWISE)

    await system.overwrite(trip | {"content": trip["content"] | {"name": "Somewhere else"}})
    findings = {difference.finding for difference in await system.differences()}
    assert Finding.CONTENT in findings

    assert await system.differences(repair=True) == []
    newest = {value["id"]: value for value in await system.log.history(system.tenant)}
    assert newest[trip["id"]]["content"] == trip["content"]


async def test_a_booking_that_was_passed_over_is_found_and_heard_in_the_end(
    backing: Backing, fresh_database: PostgresSettings
) -> None:
    tenant = own_tenant()
    async with bookings_log(backing.kafka_settings) as log:
        system = System(log, fresh_database, tenant)
        lost = await _passed_over(system, backing)
        with consolidator(backing), _projector(backing, fresh_database, group=tenant):
            await log.post(_booking(tenant, 2))
            await log.settled()

            (found,) = await system.differences()
            assert (found.trip, found.finding) == (lost.statement.record, Finding.UNHEARD)
            assert await system.differences(sample=Sample(share=0)) == []

            assert await system.differences(repair=True) == []
            contents = b"".join((await log.contents(tenant)).values())
            assert all(_booking(tenant, number).record.encode() in contents for number in range(3))


async def test_a_booking_whose_records_are_read_later_than_the_marker_is_not_missed(
    backing: Backing, fresh_database: PostgresSettings
) -> None:
    tenant = own_tenant()
    async with bookings_log(backing.kafka_settings) as log:
        system = System(log, fresh_database, tenant)
        late = await _passed_over(system, backing)

        async def come() -> None:
            await log.post(late.statement)
            await log.settled()

        with consolidator(backing), _projector(backing, fresh_database, group=tenant):
            assert await system.differences(meanwhile=come) == []


async def _passed_over(system: System, backing: Backing) -> Posted:
    """Leave a booking that is done by the marker and not by the records, as if it was sent after that."""
    log = system.log
    with consolidator(backing) as worker:
        await log.post(_booking(system.tenant, 0))
        await log.settled()
        assert worker.stop() == 0
    await log.post(_booking(system.tenant, 1))
    lost = log.posted[-1]
    marker = (await log.markers())[lost.partition].model_copy(update={"offset": lost.offset})
    key = progress_key(topic=BOOKINGS.name, partition=lost.partition)
    await log.write(TRIPS.name, key, marker.encode(), partition=lost.partition)
    return lost
