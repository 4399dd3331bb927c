"""What any engine must do that reads `bookings.v1` for the worker, on a real Kafka; run on every engine.

What the worker makes of it is in `test_stream.py`. An engine that passes both can replace Faust.
"""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from schemas.topics import BOOKINGS
from services.consolidator.engine import Engine, EngineMaker, Receiver
from services.consolidator.partition import Message
from services.consolidator.plain import PlainStream
from services.consolidator.settings import ConsolidatorSettings
from services.consolidator.stream import Stream
from services.platform.backing import Backing
from services.platform.kafka import client_arguments
from services.platform.settings import KafkaSettings
from tests.support.bookings_log import PARTITIONS
from tests.support.waiting import wait_until_async

ENGINES: dict[str, EngineMaker] = {"faust": Stream, "plain": PlainStream}
ALL = frozenset(range(PARTITIONS))


@pytest.fixture(params=ENGINES)
def make(request: pytest.FixtureRequest) -> EngineMaker:
    return ENGINES[request.param]


class Partition:
    """Takes what comes of one partition and keeps it; settles nothing unless told."""

    def __init__(self, number: int, member: "Member") -> None:
        self._number = number
        self._member = member
        self.messages: list[Message] = []
        self.woken = 0

    def put(self, message: Message) -> None:
        if self._member.broken:
            raise RuntimeError("a receiver with a bug")
        self.messages.append(message)
        if self._member.settles:
            self._member.engine.settled(self._number, offset=message.offset)
        if self._member.takes_seconds:
            asyncio.get_running_loop().call_later(self._member.takes_seconds, self._settle, message.offset)

    def _settle(self, offset: int) -> None:
        """As a lane does that has room for more."""
        self._member.engine.go_on(self._number)
        self._member.engine.settled(self._number, offset=offset)

    def wake(self) -> None:
        self.woken += 1

    async def release(self) -> None:
        self._member.events.append(f"{self._member.name} released {self._number}")


class Member:
    """One worker of a group, with an engine and nothing else."""

    def __init__(
        self, make: EngineMaker, *, kafka: KafkaSettings, group: str, name: str = "one", events: list[str]
    ) -> None:
        self.name = name
        self.events = events
        self.settles = False
        self.takes_seconds = 0.0
        self.broken = False
        self.failures: list[BaseException] = []
        self.partitions = {number: Partition(number, self) for number in ALL}
        self.engine: Engine = make(
            kafka=kafka,
            group=group,
            settings=ConsolidatorSettings(),
            receiver_of=self.partition,
            fail=self.failures.append,
        )

    def partition(self, number: int) -> Receiver:
        return self.partitions[number]

    def values(self, number: int) -> list[bytes | None]:
        return [message.value for message in self.partitions[number].messages]

    async def has(self, number: int, *values: bytes | None) -> None:
        def there() -> bool:
            return self.values(number)[-len(values) :] == [*values]

        await wait_for(there, what=f"{len(values)} values of partition {number}")


async def wait_for(look: Callable[[], bool], *, what: str) -> None:
    async def found() -> bool:
        return look()

    await wait_until_async(found, what=what, deadline_seconds=40)


class Group:
    """A group of its own, that begins at the present end of the log."""

    def __init__(self, kafka: KafkaSettings, producer: AIOKafkaProducer, consumer: AIOKafkaConsumer) -> None:
        self._kafka = kafka
        self._producer = producer
        self._consumer = consumer
        self._stack = AsyncExitStack()
        self.name = f"engines-{secrets.token_hex(6)}"
        self.events: list[str] = []

    def another(self) -> "Group":
        """Return a group that begins with the log."""
        return Group(self._kafka, self._producer, self._consumer)

    async def begin(self) -> None:
        consumer = AIOKafkaConsumer(
            **client_arguments(self._kafka), group_id=self.name, enable_auto_commit=False
        )
        await consumer.start()
        places = [TopicPartition(BOOKINGS.name, number) for number in ALL]
        consumer.assign(places)
        await consumer.commit(await consumer.end_offsets(places))
        await consumer.stop()

    @asynccontextmanager
    async def member(
        self, make: EngineMaker, *, name: str = "one", settles: bool = False
    ) -> AsyncIterator[Member]:
        member = Member(make, kafka=self._kafka, group=self.name, name=name, events=self.events)
        member.settles = settles
        await member.engine.start()
        try:
            yield member
        finally:
            if not member.engine.ended or member.failures:  # what crashed would go on within these tests
                for number, partition in member.partitions.items():
                    if partition.messages and not settles:  # or the stop would wait for it
                        member.engine.settled(number, offset=partition.messages[-1].offset)
                await member.engine.stop()

    async def post(self, number: int, *values: bytes | None) -> int:
        """Append, and return the offset of the last."""
        offset = -1
        for value in values:
            sent = await self._producer.send_and_wait(BOOKINGS.name, value, key=b"any", partition=number)
            offset = sent.offset
        return offset

    async def expire(self, number: int, *, before: int) -> None:
        """Delete what lies before an offset, as retention does."""
        admin = AIOKafkaAdminClient(**client_arguments(self._kafka))
        await admin.start()
        try:
            place = TopicPartition(BOOKINGS.name, number)
            await admin.delete_records({place: RecordsToDelete(before_offset=before)})
        finally:
            await admin.close()

    async def committed(self, number: int) -> int:
        place = TopicPartition(BOOKINGS.name, number)
        consumer = AIOKafkaConsumer(
            **client_arguments(self._kafka), group_id=self.name, enable_auto_commit=False
        )
        await consumer.start()
        try:
            consumer.assign([place])
            return int(await consumer.committed(place) or 0)
        finally:
            await consumer.stop()

    async def commits(self, number: int, offset: int) -> None:
        async def there() -> bool:
            return await self.committed(number) == offset

        await wait_until_async(there, what=f"a commit of {offset}")


@pytest.fixture
async def group(backing: Backing) -> AsyncIterator[Group]:
    kafka = backing.kafka_settings
    producer = AIOKafkaProducer(**client_arguments(kafka), acks="all")
    consumer = AIOKafkaConsumer(**client_arguments(kafka))
    await producer.start()
    group = Group(kafka, producer, consumer)
    await group.begin()
    yield group
    await producer.stop()
    await consumer.stop()


async def test_each_partition_comes_in_order_and_whole(make: EngineMaker, group: Group) -> None:
    values = [b"%d" % n for n in range(300)]
    async with group.member(make, settles=True) as member:
        await asyncio.gather(*(group.post(number, *values) for number in (0, 3)))
        await member.has(0, *values)
        await member.has(3, *values)
        offsets = [message.offset for message in member.partitions[3].messages]
    assert offsets == [*range(offsets[0], offsets[0] + 300)]


async def test_what_a_message_says_comes_as_it_lies_in_the_log(make: EngineMaker, group: Group) -> None:
    async with group.member(make, settles=True) as member:
        offset = await group.post(1, b"\xff\x00", b"", None)
        await member.has(1, b"\xff\x00", b"", None)
        assert member.partitions[1].messages[-1].offset == offset
        assert member.partitions[1].messages[-1].appended_ms > 1_600_000_000_000


async def test_nothing_is_committed_that_is_not_settled_and_all_before_it(
    make: EngineMaker, group: Group
) -> None:
    begun = await group.committed(2)
    async with group.member(make) as member:
        await group.post(2, b"a", b"b", b"c", b"d")
        await group.post(5, b"x")
        await member.has(2, b"a", b"b", b"c", b"d")
        await member.has(5, b"x")
        # Once another partition's is committed, what was to be committed of this one would have been, too.
        member.engine.settled(5, offset=member.partitions[5].messages[-1].offset)
        await group.commits(5, member.partitions[5].messages[-1].offset + 1)
        assert await group.committed(2) == begun

        member.engine.settled(2, offset=begun + 1)
        await group.commits(2, begun + 2)
        member.engine.settled(2, offset=begun)  # told late, it takes nothing back
        member.engine.settled(2, offset=begun + 3)
        await group.commits(2, begun + 4)


async def test_what_is_settled_behind_a_hole_of_the_log_is_committed(make: EngineMaker, group: Group) -> None:
    await group.post(2, b"done")  # a commit of 0 would be none to Faust
    fresh = group.another()
    await fresh.begin()
    last = await group.post(2, b"expired", b"expired", b"expired", b"kept")
    await group.expire(2, before=last)
    async with fresh.member(make, settles=True) as member:
        await member.has(2, b"kept")
        await fresh.commits(2, last + 1)
        assert member.values(2) == [b"kept"]


async def test_a_partition_that_leaves_and_returns_is_not_committed_backwards(
    make: EngineMaker, group: Group
) -> None:
    async with group.member(make, name="first", settles=True) as first:
        for number in ALL:
            offset = await group.post(number, b"before")
            await first.has(number, b"before")
            await group.commits(number, offset + 1)
        async with group.member(make, name="second", settles=True) as second:
            await wait_for(lambda: _share(first, second), what="both to have their share")
            left, stayed = min(second.engine.assigned), min(first.engine.assigned)
            elsewhere = await group.post(left, b"elsewhere", b"elsewhere")
            await second.has(left, b"elsewhere", b"elsewhere")
            await group.commits(left, elsewhere + 1)
        await wait_for(lambda: first.engine.assigned == ALL, what="the first to have all again")
        first.engine.settled(left, offset=elsewhere - 2)  # told late
        # Once what comes of another partition is committed, what was to be committed of this one is, too.
        offset = await group.post(stayed, b"after")
        await group.commits(stayed, offset + 1)
        assert await group.committed(left) == elsewhere + 1


async def test_a_second_member_gets_its_share_and_what_was_not_settled(
    make: EngineMaker, group: Group
) -> None:
    async with group.member(make, name="first") as first:
        settled = {number: await group.post(number, b"settled") for number in ALL}
        for number in ALL:
            await group.post(number, b"not settled")
            await first.has(number, b"settled", b"not settled")
            first.engine.settled(number, offset=settled[number])
        await group.commits(0, settled[0] + 1)
        # The first has work in hand and does not finish it: nobody may have to wait for that.
        async with group.member(make, name="second", settles=True) as second:
            await wait_for(lambda: _share(first, second), what="both to have their share")
            for number in second.engine.assigned:
                await second.has(number, b"not settled")
                assert second.values(number) == [b"not settled"]
                assert f"first released {number}" in group.events
                assert second.partitions[number].woken
            for number in first.engine.assigned:
                await first.has(number, b"settled", b"not settled", b"not settled")


async def test_members_with_different_engines_share_a_group(group: Group) -> None:
    async with (
        group.member(Stream, name="faust", settles=True) as one,
        group.member(PlainStream, name="plain", settles=True) as other,
    ):
        await wait_for(lambda: _share(one, other), what="both to have their share")
        for number in ALL:
            await group.post(number, b"shared")
            await (one if number in one.engine.assigned else other).has(number, b"shared")


def _share(one: Member, other: Member) -> bool:
    here, there = one.engine.assigned, other.engine.assigned
    joined = one.engine.joined and other.engine.joined
    return joined and bool(here) and bool(there) and not here & there and here | there == ALL


async def test_faust_loses_nothing_that_it_reads_while_the_group_is_rebalanced(group: Group) -> None:
    fresh = group.another()  # has committed nothing, so that there is nothing to seek back to
    async with fresh.member(Stream) as member:
        await fresh.post(4, b"before")
        await member.has(4, b"before")
        consumer = member.engine._app.consumer  # noqa: SLF001 # type: ignore[attr-defined] - the moment is Faust's
        said = [b"before"]
        while True:
            consumer.stop_flow()  # as a rebalance does first; a poll is under way nearly always
            said.append(b"meanwhile %d" % len(said))
            offset = await fresh.post(4, said[-1])
            was_read = await _reads_up_to(offset, consumer)
            consumer.resume_flow()
            await member.has(4, *said)
            if was_read:
                break
            assert len(said) < _TRIES, "no poll was under way in any try"


_TRIES = 10


async def _reads_up_to(offset: int, consumer: Any) -> bool:
    """Say whether a poll that is under way reads so far; where none is, nothing is read for long."""

    async def is_read() -> bool:
        return await consumer.position(TopicPartition(BOOKINGS.name, 4)) > offset

    try:
        return await wait_until_async(is_read, what="the message to be read", deadline_seconds=4)
    except AssertionError:
        return False


async def test_a_partition_on_hold_waits_and_the_others_go_on(make: EngineMaker, group: Group) -> None:
    values = [b"%d" % n for n in range(1500)]
    async with group.member(make, settles=True) as member:
        await group.post(0, b"first")
        await member.has(0, b"first")
        member.engine.hold(0)
        await asyncio.gather(group.post(0, *values), group.post(1, *values))
        await member.has(1, *values)
        assert len(member.values(0)) < 1 + len(values)

        member.engine.go_on(0)
        member.engine.go_on(0)
        await member.has(0, b"first", *values)


async def test_a_stop_waits_for_what_was_handed_out_and_commits_it(make: EngineMaker, group: Group) -> None:
    async with group.member(make) as member:
        offset = await group.post(6, b"a", b"b")
        await member.has(6, b"a", b"b")
        stopping = asyncio.create_task(member.engine.stop())
        done, _ = await asyncio.wait({stopping}, timeout=1.0)
        assert not done
        assert await group.committed(6) < offset
        member.engine.settled(6, offset=offset)
        async with asyncio.timeout(20):
            await stopping
        assert member.engine.ended
    assert await group.committed(6) == offset + 1


async def test_a_stop_ends_although_more_keeps_coming(make: EngineMaker, group: Group) -> None:
    async def trickle() -> None:
        for number in itertools.count():
            await group.post(number % len(ALL), b"%d" % number)

    async with group.member(make) as member:
        member.takes_seconds = 0.2
        coming = asyncio.create_task(trickle())
        await wait_for(lambda: len(member.values(0)) > 2, what="what comes")
        async with asyncio.timeout(20):
            await member.engine.stop()
        coming.cancel()
        assert member.engine.ended


async def test_a_stop_does_not_wait_for_what_is_taken_away_meanwhile(make: EngineMaker, group: Group) -> None:
    async with group.member(make, name="first") as first:
        for number in ALL:
            await group.post(number, b"in hand")
            await first.has(number, b"in hand")
        stopping = asyncio.create_task(first.engine.stop())
        async with group.member(make, name="second", settles=True) as second:
            async with asyncio.timeout(20):
                await stopping
            await wait_for(lambda: second.engine.assigned == ALL, what="the second to have all")
            for number in ALL:
                await second.has(number, b"in hand")
                assert first.values(number) == [b"in hand"]


async def test_what_breaks_the_handing_over_is_told_and_nothing_is_committed(
    make: EngineMaker, group: Group
) -> None:
    begun = await group.committed(7)
    async with group.member(make) as member:
        member.broken = True
        offset = await group.post(7, b"a", b"b")
        await wait_for(lambda: bool(member.failures), what="the failure")
        assert isinstance(member.failures[0], RuntimeError)
        assert await group.committed(7) == begun
        # Or the stop would wait for what was handed out, and for what may still be.
        member.broken, member.settles = False, True
        member.engine.settled(7, offset=offset)
