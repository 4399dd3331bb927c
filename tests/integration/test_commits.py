"""What is done of partitions that are another member's by now is not committed, and no reason to end."""

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import RAW
from services.platform.backing import Backing
from services.platform.commits import commit_done
from services.platform.kafka import client_arguments
from tests.support.waiting import wait_until_async


async def test_what_moved_is_not_committed_and_what_did_not_is(backing: Backing) -> None:
    settings = {
        **client_arguments(backing.kafka_settings),
        "group_id": "commits",
        "enable_auto_commit": False,
    }
    async with AIOKafkaConsumer(RAW.name, **settings) as one, AIOKafkaConsumer(RAW.name, **settings) as other:

        async def shared() -> bool:
            await one.getmany(timeout_ms=50)
            await other.getmany(timeout_ms=50)
            return bool(one.assignment()) and bool(other.assignment())

        await wait_until_async(shared, what="both to have their share", deadline_seconds=40)
        own: TopicPartition = min(one.assignment())
        moved: TopicPartition = min(other.assignment())

        taken = [await commit_done(one, {moved: 7}), await commit_done(one, {own: 3})]

        assert taken == [False, True]
        assert (await one.committed(own), await other.committed(moved)) == (3, None)
