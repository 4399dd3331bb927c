"""What may strike in a random run, and how each is healed; drawn by the dice of the run."""

import asyncio
from collections.abc import Awaitable, Callable

from tests.support.faults.network import Weather
from tests.support.faults.rig import Run

_LONGEST_SECONDS = 6.0


async def _process_killed(run: Run) -> None:
    run.fleet.kill(run.dice.choice(run.fleet.process_names))


async def _all_processes_killed(run: Run) -> None:
    for name in run.fleet.process_names:
        run.fleet.kill(name)


async def _process_frozen(run: Run) -> None:
    process = run.fleet.process(run.dice.choice(run.fleet.process_names))
    process.freeze()
    await _a_while(run)
    process.thaw()


async def _worker_comes_and_goes(run: Run) -> None:
    name = f"consolidator-{run.dice.randrange(10, 1000)}"
    run.fleet.add(name)
    await _a_while(run)
    await asyncio.to_thread(run.fleet.dismiss, name, kill=run.dice.random() < 0.5)


async def _broker_killed(run: Run) -> None:
    node = run.dice.choice(run.rig.brokers.nodes)
    await asyncio.to_thread(node.kill)
    await node.start()


async def _broker_restarted(run: Run) -> None:
    node = run.dice.choice(run.rig.brokers.nodes)
    await asyncio.to_thread(node.stop)
    await node.start()


async def _broker_frozen(run: Run) -> None:
    node = run.dice.choice(run.rig.brokers.nodes)
    node.freeze()
    await _a_while(run)
    node.thaw()


async def _database_killed(run: Run) -> None:
    await asyncio.to_thread(run.rig.database.kill)
    await run.rig.database.start()


async def _database_frozen(run: Run) -> None:
    run.rig.database.freeze()
    await _a_while(run)
    run.rig.database.thaw()


async def _bad_weather(run: Run) -> None:
    run.rig.turn(run.dice.choice(list(Weather)))
    await _a_while(run)
    run.rig.turn(Weather.FAIR)


async def _a_while(run: Run) -> None:
    await asyncio.sleep(run.dice.uniform(0.5, _LONGEST_SECONDS))  # a fault lasts; no result is waited for


_ALL: tuple[Callable[[Run], Awaitable[None]], ...] = (
    _process_killed,
    _all_processes_killed,
    _process_frozen,
    _worker_comes_and_goes,
    _broker_killed,
    _broker_restarted,
    _broker_frozen,
    _database_killed,
    _database_frozen,
    _bad_weather,
)


async def strike(run: Run, *, times: int, struck: list[str]) -> None:
    """Have one fault after the other strike while senders go on, and note in `struck` what did."""
    for _ in range(times):
        disturbance = run.dice.choice(_ALL)
        struck.append(disturbance.__name__.strip("_"))
        posting = asyncio.create_task(run.post(run.dice.randrange(5, 40)))
        await asyncio.sleep(0)
        await disturbance(run)
        await posting
