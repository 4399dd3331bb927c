"""Disks run full, each of them in turn, and are given room again. Only root may mount the small ones."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.support.faults.disk import Disk, small_disk
from tests.support.faults.rig import Rig, Run, running
from tests.support.faults.rig import rig as started_rig
from tests.support.waiting import wait_until_async

pytestmark = pytest.mark.exhaustive

_NO_SPACE = "No space left on device"


async def _posting_until(run: Run, trouble: Callable[[], bool], *, what: str) -> None:
    """Say more and more until the trouble shows."""

    async def shows() -> bool:
        await run.post(10)
        return trouble()

    await wait_until_async(shows, what=what, deadline_seconds=120)


async def test_a_broker_whose_disk_is_full_refuses_and_goes_on_once_there_is_room() -> None:
    async with started_rig(megabytes={"kafka-1": 256}) as rig, running(rig, seed=80) as run:
        (broker,) = rig.brokers.nodes
        await run.post(40)
        rig.disks["kafka-1"].fill()
        posting = asyncio.create_task(run.post(60))
        await wait_until_async(_is(lambda: broker.ended), what="the broker to give up", deadline_seconds=120)
        broker.stop()
        rig.disks["kafka-1"].free()
        await broker.start()
        await posting
        await run.post(20)
        await run.holds()


async def test_a_database_whose_disk_is_full_shows_all_once_there_is_room() -> None:
    async with started_rig(megabytes={"postgres": 256}) as rig, running(rig, seed=81) as run:
        await run.post(40)
        rig.disks["postgres"].fill()
        await _posting_until(run, lambda: _NO_SPACE in rig.database.said(), what="PostgreSQL to complain")
        rig.disks["postgres"].free()
        await rig.database.start_again()
        await run.post(20)
        await run.holds()


async def test_a_worker_whose_disk_is_full_loses_nothing(rig: Rig) -> None:
    async with running(rig, seed=82) as run:
        run.fleet.dismiss("consolidator-1")
        with small_disk(run.fleet.state_of("consolidator-1"), megabytes=64) as disk:
            await _full_and_free_again(run, disk)
            await run.holds()
            run.fleet.dismiss("consolidator-1")


async def _full_and_free_again(run: Run, disk: Disk) -> None:
    run.fleet.add("consolidator-1")
    await run.post(40)
    await run.settled()
    disk.fill()
    await _posting_until(
        run, lambda: bool(run.fleet.restarts.get("consolidator-1")), what="the worker to give up"
    )
    disk.free()
    await run.post(20)


def _is(true: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return true()

    return look
