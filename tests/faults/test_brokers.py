"""Brokers are stopped, killed, frozen, and robbed of what they wrote last."""

import asyncio

import pytest
from aiokafka import TopicPartition

from schemas.topics import RECORDS, TRIPS
from services.consolidator.outputs import PartitionWriter, transactional_id
from services.consolidator.values import Tombstone
from services.platform.reading import end_offsets, open_reader, read_stretch
from tests.support.faults.forgotten_end import end_there, leave_without_end, unverified
from tests.support.faults.rig import Rig, running


async def test_a_broker_that_stops_dies_and_sleeps_loses_nothing(rig: Rig) -> None:
    (broker,) = rig.brokers.nodes
    async with running(rig, seed=20, consolidators=2) as run:
        for fault in (broker.stop, broker.kill):
            posting = asyncio.create_task(run.post(30))
            await asyncio.sleep(0)
            await asyncio.to_thread(fault)
            await broker.start()
            await posting
        posting = asyncio.create_task(run.post(30))
        broker.freeze()
        await asyncio.sleep(4)  # longer than the session of a worker
        broker.thaw()
        await posting
        await run.holds()


@pytest.mark.exhaustive
async def test_workers_wait_for_a_broker_that_is_down_when_they_start(rig: Rig) -> None:
    (broker,) = rig.brokers.nodes
    async with running(rig, seed=21) as run:
        await run.post(30)
        await asyncio.to_thread(broker.kill)
        for name in run.fleet.process_names:
            run.fleet.kill(name)
        await broker.start()
        await run.post(30)
        await run.holds()


@pytest.mark.exhaustive
async def test_the_power_goes_for_all_at_once(rig: Rig) -> None:
    (broker,) = rig.brokers.nodes
    async with running(rig, seed=22, consolidators=2) as run:
        await run.post(60)
        for name in run.fleet.process_names:
            run.fleet.kill(name)
        await asyncio.gather(asyncio.to_thread(broker.kill), asyncio.to_thread(rig.database.kill))
        await asyncio.gather(broker.start(), rig.database.start())
        await run.post(30)
        await run.holds()


async def test_of_three_brokers_any_one_may_die(three_brokers: Rig) -> None:
    async with running(three_brokers, seed=23, consolidators=2) as run:
        await run.post(40)
        first, *_ = three_brokers.brokers.nodes
        posting = asyncio.create_task(run.post(60))
        await asyncio.to_thread(first.kill)
        await posting
        await run.settled()
        await first.start()
        await run.post(20)
        await run.holds()


@pytest.mark.exhaustive
async def test_each_of_three_brokers_dies_in_turn_and_two_of_them_together(three_brokers: Rig) -> None:
    nodes = three_brokers.brokers.nodes
    async with running(three_brokers, seed=24, consolidators=2) as run:
        for node in nodes:
            posting = asyncio.create_task(run.post(40))
            await asyncio.to_thread(node.kill)
            await posting
            await node.start()
        for node in nodes[1:]:
            await asyncio.to_thread(node.kill)
        posting = asyncio.create_task(run.post(5))
        await asyncio.gather(*(node.start() for node in nodes[1:]))
        await posting
        await run.post(20)
        await run.holds()


@pytest.mark.exhaustive
async def test_a_broker_whose_disk_lost_what_it_had_taken_gets_it_from_the_others(three_brokers: Rig) -> None:
    async with running(three_brokers, seed=25) as run:
        await run.post(40)
        for node in three_brokers.brokers.nodes:
            posting = asyncio.create_task(run.post(40))
            await asyncio.to_thread(node.kill)
            await posting
            assert node.cut_tails() > 0
            await node.start()
            await run.post(10)
        await run.holds()


@pytest.mark.parametrize(("topic", "stays"), [(RECORDS.name, True), (TRIPS.name, False)])
async def test_what_the_broker_has_forgotten_to_end_is_ended_by_whoever_takes_over(
    rig: Rig, topic: str, *, stays: bool
) -> None:
    """A batch whose progress cannot be seen is done again; one whose can be was committed as a whole."""
    (broker,) = rig.brokers.nodes
    place = TopicPartition(topic, 3)
    async with open_reader(rig.kafka) as reader:
        async with unverified(rig.kafka, broker=broker.number):
            offset = await leave_without_end(rig.kafka, transactional_id=transactional_id(3), place=place)
        assert (await end_offsets(reader, [place]))[place] == offset

        writer = await PartitionWriter.take_over(rig.kafka, partition=3)
        await writer.close()
        end = (await end_offsets(reader, [place]))[place]
        seen = {
            entry.offset
            async for entries in read_stretch(reader, place, start=offset, end=end)
            for entry in entries
        }
        assert end > offset + 1
        assert (offset in seen) == stays


async def test_what_readers_cannot_see_is_not_committed(rig: Rig) -> None:
    (broker,) = rig.brokers.nodes
    place = TopicPartition(TRIPS.name, 4)
    writer = await PartitionWriter.take_over(rig.kafka, partition=4)
    async with unverified(rig.kafka, broker=broker.number):
        await leave_without_end(rig.kafka, transactional_id="somebody-else", place=place)
    try:
        with pytest.raises(TimeoutError, match=r"trips\.v1.*has no end"):
            await writer.commit([Tombstone(TRIPS.name, b"any")])
    finally:
        await writer.close()
        await end_there(rig.kafka, transactional_id="somebody-else", place=place)
