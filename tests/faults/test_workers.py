"""Workers are killed, frozen, crowded and replaced: at every named point of their work, and at random."""

import asyncio
import shutil
from pathlib import Path

import pytest

from schemas.settings import TenantSettings
from schemas.topics import RECORDS
from services.consolidator.exits import EXIT_TROUBLE
from services.platform.faults import EXIT_CODE
from services.platform.settings import PostgresSettings
from tests.support.faults.compaction import compact
from tests.support.faults.rig import Rig, running
from tests.support.waiting import wait_until_async

_EVERY_POINT = (
    "consolidator.assigned:1",
    "consolidator.taken_over:2",
    "consolidator.restoring:1",
    "consolidator.received:2",
    "consolidator.computed:2",
    "consolidator.sent:2",
    "consolidator.committed:2",
    "consolidator.settled:2",
    "consolidator.acknowledged:2",
    "consolidator.revoked:1",
)
"""Each point of a worker that comes to all of them, and at which hit of it something happens."""


@pytest.mark.exhaustive
async def test_a_worker_that_dies_at_each_point_in_turn_loses_nothing(rig: Rig) -> None:
    lives = [f"{point}:exit" for point in _EVERY_POINT]
    plans = {"consolidator-1": lives[::2], "consolidator-2": lives[1::2]}
    async with running(rig, seed=1, consolidators=2, plans=plans) as run:

        async def all_lives_over() -> bool:
            await run.post(10)
            return all(len(run.fleet.restarts.get(name, ())) >= len(plans[name]) for name in plans)

        await wait_until_async(all_lives_over, what="all lives to end", deadline_seconds=180)
        await run.holds()
        for name, of in plans.items():
            ends = run.fleet.restarts[name]
            assert ends.count(EXIT_CODE) == len(of)
            # Whom the other's take-over fenced has ended by itself, as it should.
            assert set(ends) <= {EXIT_CODE, EXIT_TROUBLE}


@pytest.mark.exhaustive
@pytest.mark.parametrize("action", ["exit", "raise", "sleep=8", "hang"])
@pytest.mark.parametrize("point", _EVERY_POINT)
async def test_whatever_happens_at_any_point_nothing_is_lost(rig: Rig, point: str, action: str) -> None:
    async with running(rig, seed=2) as run:
        await run.post(30)
        await run.settled()  # so that there is something to restore
        run.fleet.add("consolidator-2", plans=[f"{point}:{action}"])
        await run.fleet.at_work("consolidator-2")
        await run.post(100)
        run.fleet.add("consolidator-3")  # to whom the others have to give something
        await run.post(50)
        await run.fleet.struck()
        if action == "hang":
            run.fleet.kill("consolidator-2")
        await run.holds()


@pytest.mark.parametrize(
    "action", ["exit", *(pytest.param(one, marks=pytest.mark.exhaustive) for one in ("raise", "sleep=8"))]
)
async def test_what_a_company_decides_takes_effect_on_all_that_was_booked_whatever_happens_meanwhile(
    rig: Rig, action: str
) -> None:
    plans = {"consolidator-1": [f"consolidator.continued:2:{action}"]}
    async with running(rig, seed=9, consolidators=2, plans=plans) as run:
        await run.post(60)
        await run.settled()
        for revision, days in ((1, 14), (2, 3)):
            await run.decide(run.tenants[0], TenantSettings(revision=revision, merge_gap_days=days))
            await run.post(20)
        await run.fleet.struck()
        await run.holds()


@pytest.mark.exhaustive
async def test_all_are_killed_at_once_and_nothing_is_lost(rig: Rig) -> None:
    async with running(rig, seed=3, consolidators=2) as run:
        posting = asyncio.create_task(run.post(120))
        await wait_until_async(run.has_begun, what="the first trips")
        for name in ("consolidator-1", "consolidator-2", "projector", "relay"):
            run.fleet.kill(name)
        await posting
        await run.holds()


async def test_a_sleeper_that_wakes_after_its_partitions_moved_changes_nothing_even_after_a_rebuild(
    rig: Rig, fresh_database: PostgresSettings
) -> None:
    plans = {"consolidator-1": ["consolidator.computed:4:sleep=2"]}  # between reading and writing a batch
    async with running(rig, seed=4, plans=plans) as run:
        posting = asyncio.create_task(run.post(60))
        await run.fleet.overtake("consolidator-1", by="consolidator-2")
        await posting
        await run.post(40)
        await run.settled()
        run.fleet.process("consolidator-1").thaw()
        await run.post(40)
        await run.holds()

        await compact(rig.kafka, RECORDS)
        for name in ("consolidator-1", "consolidator-2"):
            run.fleet.dismiss(name, kill=True)
        run.fleet.add("consolidator-3")
        await run.post(40)
        await run.holds()
        await run.shown_by_another_projector(fresh_database)


async def test_a_state_that_is_stale_broken_or_lost_is_made_good_from_the_log(
    rig: Rig, tmp_path: Path
) -> None:
    async with running(rig, seed=8) as run:
        await run.post(30)
        await run.settled()
        run.fleet.dismiss("consolidator-1")
        state, copy = run.fleet.state_of("consolidator-1"), tmp_path / "copy"
        shutil.copytree(state, copy)
        for damage in (_stale, _broken, _lost):
            run.fleet.add("consolidator-1")
            await run.post(30)
            await run.settled()
            run.fleet.dismiss("consolidator-1", kill=True)
            damage(state, copy)
        run.fleet.add("consolidator-1")
        await run.post(30)
        await run.holds()


def _stale(state: Path, copy: Path) -> None:
    shutil.rmtree(state)
    shutil.copytree(copy, state)


def _broken(state: Path, _copy: Path) -> None:
    for file in state.rglob("*"):
        if file.is_file() and file.suffix in {".log", ".sst"}:
            torn = bytearray(file.read_bytes())
            torn[len(torn) // 2 :] = bytes(byte ^ 0xFF for byte in torn[len(torn) // 2 :])
            file.write_bytes(torn)


def _lost(state: Path, _copy: Path) -> None:
    shutil.rmtree(state)


async def test_a_rebalance_storm_stops_nothing(rig: Rig) -> None:
    async with running(rig, seed=5, consolidators=2) as run:
        for number in range(3, 6):
            run.fleet.add(f"consolidator-{number}")
            await run.post(25)
            run.fleet.dismiss(f"consolidator-{number}", kill=run.dice.random() < 0.5)
        await run.post(25)
        await run.holds()


@pytest.mark.exhaustive
async def test_a_rolling_restart_loses_nothing(rig: Rig) -> None:
    async with running(rig, seed=6, consolidators=3) as run:
        for name in run.fleet.names("consolidator"):
            posting = asyncio.create_task(run.post(60))
            await asyncio.to_thread(run.fleet.process(name).stop)
            await posting
            await run.fleet.at_work(name)
        await run.holds()


@pytest.mark.exhaustive
async def test_more_workers_than_partitions_and_their_owners_killed(rig: Rig) -> None:
    async with running(rig, seed=7, consolidators=10) as run:
        await run.post(40)
        for number in range(1, 8):
            run.fleet.dismiss(f"consolidator-{number}", kill=True)
        await run.post(40)
        await run.holds()


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(10, 16))
async def test_workers_killed_at_random_lose_nothing(rig: Rig, seed: int) -> None:
    async with running(rig, seed=seed, consolidators=2) as run:
        for _ in range(8):
            await run.post(40)
            run.fleet.kill(run.dice.choice(list(run.fleet.process_names)))
        await run.holds()
