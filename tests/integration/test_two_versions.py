"""Today's processes beside tomorrow's: an upgrade and its rollback under traffic, with a kill amidst."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from schemas.booking_record import BookingStatement
from schemas.topics import RECORDS
from services.consolidator.read_model import open_read_model
from services.consolidator.verify import Report, Verification
from services.platform.backing import Backing
from services.platform.settings import PostgresSettings, TopicSettings
from tests.support.bookings_log import BookingsLog, bookings_log, hotel_booking, own_tenant
from tests.support.tomorrow import FIELD, tomorrows_code
from tests.support.worker_processes import WorkerProcess, consolidator, worker_process

TRAVELLERS = 24


@pytest.fixture(scope="module")
def tomorrow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tomorrows_code(tmp_path_factory.mktemp("tomorrow"))


class Versions:
    """A log under traffic, and processes of two versions that come and go."""

    def __init__(
        self, log: BookingsLog, backing: Backing, database: PostgresSettings, *, tomorrow: Path
    ) -> None:
        self.log = log
        self.tenant = own_tenant()
        self._backing = backing
        self._database = database
        self._tomorrow = tomorrow
        self._numbers = count()

    def consolidator(self, *, of_tomorrow: bool = False) -> AbstractContextManager[WorkerProcess]:
        return consolidator(self._backing, code=self._tomorrow if of_tomorrow else None)

    def projector(self, *, of_tomorrow: bool = False) -> AbstractContextManager[WorkerProcess]:
        own = self._backing._replace(database_url=self._database.database_url.get_secret_value())
        return worker_process(
            "services.query",
            "projector",
            backing=own,
            environment={"ITINERARY_PROJECTOR_GROUP": self.tenant},
            code=self._tomorrow if of_tomorrow else None,
        )

    async def book(self, rounds: int = 2) -> None:
        """Have each traveller told of bookings, by senders of either version."""
        for _ in range(rounds):
            await self.log.post(*(self._booking(next(self._numbers)) for _ in range(TRAVELLERS)))

    def _booking(self, number: int) -> BookingStatement:
        turn, traveller = divmod(number, TRAVELLERS)
        # Every third booking is told anew: the same record, by another version of its reader.
        month, third = divmod(turn, 8)
        day, locator = month % 11 * 28 + third * 3, f"L{turn if turn % 3 else 0}"
        return hotel_booking(tenant=self.tenant, login=f"t{traveller}", locator=locator, day=day, at=number)

    async def verified(self) -> Report:
        """Return what today's verify finds."""
        async with open_read_model(self._database) as read_model:
            with Verification(
                kafka=self.log.kafka,
                topics=TopicSettings(),
                read_model=read_model,
                on_progress=lambda _read, _total: None,
            ) as verification:
                return await verification.run()


@pytest.fixture
async def versions(
    backing: Backing, fresh_database: PostgresSettings, tomorrow: Path
) -> AsyncIterator[Versions]:
    async with bookings_log(backing.kafka_settings) as log:
        yield Versions(log, backing, fresh_database, tomorrow=tomorrow)


async def test_an_upgrade_and_its_rollback_lose_nothing_and_turn_nothing_back(versions: Versions) -> None:
    log, stop = versions.log, asyncio.Event()

    async def traffic() -> None:
        while not stop.is_set():
            await versions.book(1)
            await asyncio.sleep(0.2)

    with ExitStack() as running:
        old_projector = running.enter_context(versions.projector())
        old = running.enter_context(versions.consolidator())
        loading = asyncio.create_task(traffic())
        await versions.book()
        # Upgrade: who reads goes first.
        new_projector = running.enter_context(versions.projector(of_tomorrow=True))
        killed = running.enter_context(versions.consolidator(of_tomorrow=True))
        await versions.book()
        killed.kill()
        await versions.book()
        new = running.enter_context(versions.consolidator(of_tomorrow=True))
        await versions.book()
        assert old.stop() == 0
        assert old_projector.stop() == 0
        await versions.book()
        await log.settled()
        # Rollback: who writes goes first.
        running.enter_context(versions.consolidator())
        await versions.book()
        assert new.stop() == 0
        running.enter_context(versions.projector())
        assert new_projector.stop() == 0
        await versions.book()
        stop.set()
        await loading
        await log.settled()
        report = await versions.verified()

    assert report.differences == ()
    assert report.travellers == TRAVELLERS
    history = await log.history(versions.tenant)
    assert await log.contents(versions.tenant) == log.expected_contents(versions.tenant)
    assert _versions_rise(history)
    assert {FIELD in value for value in history if value["kind"] == "trip"} == {True, False}
    of_records = [FIELD.encode() in value for _, value in await log.read(RECORDS.name) if value is not None]
    assert set(of_records) == {True, False}


def _versions_rise(history: list[dict[str, Any]]) -> bool:
    last: dict[str, tuple[int, int]] = {}
    for value in history:
        version: Mapping[str, int] = value["version"]
        order = version["epoch"], version["offset"]
        if order <= last.get(value["id"], (0, -1)):
            return False
        last[value["id"]] = order
    return True
