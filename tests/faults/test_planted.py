"""A suite that cannot fail proves nothing: bugs planted on purpose, each of which it must catch."""

import asyncio

import pytest

from schemas.booking_record import BookingContent
from schemas.topics import BOOKINGS, TRIPS
from services.consolidator.exits import EXIT_STALLED
from services.platform.faults import EXIT_CODE
from tests.support.faults.compaction import limited
from tests.support.faults.rig import Rig, Run, running
from tests.support.waiting import wait_until_async

_NAIVE, _PLANTED = "tests.support.faults.naive_faust", "tests.support.faults.planted"
_WORKERS, _RELAYS = "itinerary-consolidator-1", "itinerary-relay"
_PATIENCE_SECONDS = 90
"""Spent only where a bug is missed; on a full machine the planted worker needs its time, too."""
_FEW, _MANY = 3, 200
"""How many bookings each source of a traveller speaks of: few are said again and again."""


async def _lost(run: Run, *, by: str) -> bool:
    """Say whether an invariant does not hold although everybody thinks that everything is done.

    Of a worker or a relay that has merely not got there yet the judgement says the same.
    """
    for group, topic in ((_WORKERS, BOOKINGS), (_RELAYS, TRIPS)):
        if not await run.acknowledged(group, topic=topic.name):
            return False
    return by in {violation.invariant for violation in await run.judge(deadline_seconds=5)}


async def _caught(run: Run, *, by: str) -> None:
    """Wait until the judgement names an invariant; a bug may show long after all seems to be done."""

    async def lost() -> bool:
        return await _lost(run, by=by)

    await wait_until_async(lost, what=f"{by} to be found violated", deadline_seconds=_PATIENCE_SECONDS)


async def test_a_worker_that_is_only_slow_is_not_taken_for_a_wrong_one(rig: Rig) -> None:
    async with running(rig, seed=77) as run:
        await run.post(10)
        await run.settled()
        run.fleet.process("consolidator-1").freeze()
        await run.post(10)
        assert "I1" in {violation.invariant for violation in await run.judge(deadline_seconds=0.1)}
        assert not await _lost(run, by="I1")
        run.fleet.process("consolidator-1").thaw()
        await run.holds()


@pytest.mark.exhaustive
async def test_a_naive_agent_on_which_nothing_strikes_is_found_sound(rig: Rig) -> None:
    async with running(rig, seed=70, engine=_NAIVE) as run:
        await run.post(60)
        await run.holds()


@pytest.mark.parametrize(
    "loss",
    [
        pytest.param("an exception acknowledges", marks=pytest.mark.exhaustive),
        pytest.param("a crash acknowledges", marks=pytest.mark.exhaustive),
        "commits jump a hole",
        pytest.param("commits pass work in hand", marks=pytest.mark.exhaustive),
        pytest.param("a batch acknowledges", marks=pytest.mark.exhaustive),
    ],
)
async def test_each_silent_loss_of_a_naive_agent_is_caught(rig: Rig, loss: str) -> None:
    # Several are lost: senders repeat themselves, and what is said again later heals the loss of one.
    plans = {"consolidator-1": [",".join(f"naive.handled:{hit}:raise" for hit in (5, 9, 13, 17, 21))]}
    async with running(
        rig, seed=71, locators=_MANY, engine=_NAIVE, plans=plans, environment={"NAIVE_LOSS": loss}
    ) as run:
        await run.post(80)
        await _caught(run, by="I1")


@pytest.mark.exhaustive
async def test_an_output_that_the_broker_never_took_is_caught(rig: Rig) -> None:
    environment = {"NAIVE_LOSS": "a send is no delivery"}
    async with (
        limited(rig.kafka, TRIPS, max_bytes=1_000_000),
        running(rig, seed=72, locators=_MANY, engine=_NAIVE, environment=environment) as run,
    ):
        await run.post(20)
        (booked,) = run.workload.statements(1)
        content = BookingContent.model_validate({"details": {"note": "x" * 1_500_000}})
        await run.senders.send([booked.model_copy(update={"content": content})])
        await run.post(40)
        await _caught(run, by="I2")


@pytest.mark.parametrize(
    ("bug", "by", "plan", "locators"),
    [
        # Only where a booking is said again can an older word win over a newer one.
        pytest.param("older wins", "I1", "", _FEW, marks=pytest.mark.exhaustive),
        ("commit before send", "I1", "planted.between:3:exit", _MANY),
        pytest.param("a message is dropped", "I1", "", _MANY, marks=pytest.mark.exhaustive),
    ],
)
async def test_each_bug_of_a_worker_is_caught(rig: Rig, bug: str, by: str, plan: str, locators: int) -> None:
    plans = {"consolidator-1": [plan]}
    async with running(
        rig,
        seed=73,
        locators=locators,
        consolidators=2,
        engine=_PLANTED,
        plans=plans,
        environment={"PLANTED_BUG": bug},
    ) as run:
        await run.post(120)
        await _caught(run, by=by)
        assert not plan or EXIT_CODE in run.fleet.restarts["consolidator-1"]


@pytest.mark.exhaustive
async def test_a_worker_in_which_no_bug_is_planted_is_found_sound(rig: Rig) -> None:
    planted = {"PLANTED_BUG": "none"}
    async with running(
        rig, seed=73, locators=_FEW, consolidators=2, engine=_PLANTED, environment=planted
    ) as run:
        await run.post(120)
        await run.holds()


@pytest.mark.parametrize("bug", ["hands nothing over", "is given no place"])
async def test_a_worker_that_goes_on_no_more_is_ended_by_its_watchdog_and_loses_nothing(
    rig: Rig, bug: str
) -> None:
    async with running(rig, seed=76) as run:
        run.fleet.dismiss("consolidator-1")
        run.fleet.add(
            "consolidator-2",
            module=_PLANTED,
            environment={
                "PLANTED_BUG": bug,
                "ITINERARY_CONSOLIDATOR_STALL_SECONDS": "5",
            },
        )
        await run.post(10)

        async def is_ended() -> bool:
            return EXIT_STALLED in run.fleet.restarts.get("consolidator-2", ())

        await wait_until_async(is_ended, what="the watchdog", deadline_seconds=60)
        run.fleet.dismiss("consolidator-2", kill=True)
        run.fleet.add("consolidator-3")
        await run.holds()


@pytest.mark.exhaustive
async def test_a_late_writer_that_nobody_fences_is_caught(rig: Rig) -> None:
    plans = {"consolidator-1": ["consolidator.computed:4:sleep=2"]}
    async with running(
        rig, seed=75, engine=_PLANTED, plans=plans, environment={"PLANTED_BUG": "no fencing"}
    ) as run:
        posting = asyncio.create_task(run.post(60))
        await run.fleet.overtake("consolidator-1", by="consolidator-2")
        await posting
        await run.settled()
        run.fleet.process("consolidator-1").thaw()
        await _caught(run, by="I3")


@pytest.mark.exhaustive
async def test_a_relay_that_commits_before_it_has_told_is_caught(rig: Rig) -> None:
    async with running(rig, seed=74) as run:
        run.fleet.dismiss("relay")
        run.fleet.add(
            "relay",
            module=_PLANTED,
            plans=["planted.between:1:exit"],
            environment={"PLANTED_BUG": "told before known"},
        )
        await run.post(60)
        await _caught(run, by="I5")
        assert EXIT_CODE in run.fleet.restarts["relay"]
