"""A lane by itself, before a broker that takes connections and says nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from schemas.booking_record import InstantRecord
from schemas.identifiers import instant_key, traveller_id
from schemas.topics import RECORDS
from services.consolidator.computing import Computing
from services.consolidator.lanes import Lane
from services.consolidator.partition import Message, PartitionState
from services.platform.settings import KafkaSettings
from tests.support.waiting import wait_until_async

ADA = traveller_id(tenant="acme", login="ada")


class IdleEngine:
    """Hands out nothing."""

    assigned = frozenset({0})
    joined = True
    ended = False
    failure = None

    def hold(self, partition: int) -> None: ...

    def go_on(self, partition: int) -> None: ...

    def settled(self, partition: int, *, offset: int) -> None: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class DeafBroker:
    """Counts who comes."""

    def __init__(self) -> None:
        self.came = 0
        self.address = ""

    async def hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came += 1
        while await reader.read(1024):
            pass
        writer.close()


@asynccontextmanager
async def running_lane(state: PartitionState) -> AsyncIterator[tuple[Lane, DeafBroker]]:
    broker, computing = DeafBroker(), Computing()
    server = await asyncio.start_server(broker.hear, "127.0.0.1", 0)
    address = "{}:{}".format(*server.sockets[0].getsockname())
    lane = Lane(state, kafka=KafkaSettings(bootstrap=address), engine=IdleEngine(), computing=computing)
    running = asyncio.create_task(lane.run())
    yield lane, broker
    await lane.release()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    computing.close()
    server.close()


async def _comes(broker: DeafBroker, *, times: int) -> None:
    async def has_come() -> bool:
        return broker.came >= times

    await wait_until_async(has_come, what="a take-over to begin")


async def _rests(lane: Lane) -> None:
    async def is_at_rest() -> bool:
        return not lane.busy

    await wait_until_async(is_at_rest, what="the lane to give up", deadline_seconds=5)


def _state_with_ada() -> PartitionState:
    state = PartitionState(number=0, partitions=1, epoch=1)
    key = instant_key(tenant="acme", traveller=ADA)
    record = InstantRecord(
        tenant="acme", traveller=ADA, record=key, founded=0, founded_ms=0, offset=0,
        instant="2026-05-12T10:00:00Z",
    )  # fmt: skip
    state.take(RECORDS.name, [(key.encode(), record.encode())], position=1)
    assert state.traveller(tenant="acme", traveller=ADA).records
    return state


async def test_a_take_over_that_was_begun_is_given_up_when_the_partition_is_released() -> None:
    async with running_lane(PartitionState(number=0, partitions=1, epoch=1)) as (lane, broker):
        lane.wake()
        await _comes(broker, times=1)
        assert lane.busy

        await lane.release()

        await _rests(lane)
        lane.wake()
        await _comes(broker, times=2)


async def test_nothing_is_taken_over_that_was_not_given() -> None:
    async with running_lane(PartitionState(number=0, partitions=1, epoch=1)) as (lane, broker):
        lane.put(Message(7, 0, b"read before the group said so, or still when it had taken it away"))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not lane.busy

        lane.wake()

        await _comes(broker, times=1)


async def test_a_released_partition_is_kept_on_disk_alone() -> None:
    state = _state_with_ada()
    async with running_lane(state) as (lane, _):
        await lane.release()

        assert not state.travellers
        assert state.traveller(tenant="acme", traveller=ADA).records


async def test_a_partition_released_from_under_its_work_is_kept_on_disk_alone() -> None:
    state = _state_with_ada()
    async with running_lane(state) as (lane, broker):
        lane.wake()
        await _comes(broker, times=1)

        await lane.release()

        await _rests(lane)
        assert not state.travellers
