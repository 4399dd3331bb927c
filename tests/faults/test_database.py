"""PostgreSQL stops, dies, sleeps and falls silent, and the projector dies at each of its points."""

import asyncio

from tests.support.faults.network import Weather
from tests.support.faults.rig import Rig, running
from tests.support.waiting import wait_until_async


async def test_a_database_that_stops_dies_sleeps_and_falls_silent_shows_all_in_the_end(rig: Rig) -> None:
    async with running(rig, seed=40) as run:
        for fault in (rig.database.stop, rig.database.kill):
            posting = asyncio.create_task(run.post(30))
            await asyncio.to_thread(fault)
            await rig.database.start()
            await posting
        rig.database.freeze()
        await run.post(30)
        rig.database.thaw()
        rig.database.proxy.turn(Weather.CUT)
        await run.post(30)
        rig.database.proxy.turn(Weather.FAIR)
        await run.holds()


async def test_a_projector_and_a_relay_that_die_between_any_two_writes_show_and_tell_all(rig: Rig) -> None:
    plans = {
        "projector": ["projector.written:3:exit", "projector.committed:3:exit"],
        "relay": ["relay.confirmed:3:exit", "relay.committed:3:exit"],
    }
    async with running(rig, seed=41, plans=plans) as run:

        async def all_lives_over() -> bool:
            await run.post(15)
            return all(len(run.fleet.restarts.get(name, ())) >= 2 for name in plans)

        await wait_until_async(all_lives_over, what="all lives to end", deadline_seconds=60)
        await run.holds()
