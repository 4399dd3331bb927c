"""A reader of a group, whose topic is deleted and created anew: nothing of the new one is left out."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

from aiokafka import AIOKafkaProducer, TopicPartition

from schemas.topics import INBOX
from services.platform.backing import Backing
from services.platform.commits import commit_done
from services.platform.group_reader import Batches, GroupReader, Reads, TopicRecreated, group_reader
from services.platform.kafka import client_arguments
from services.platform.reading import end_offsets, open_reader
from services.platform.settings import KafkaSettings
from tests.support.bookings_log import own_tenant
from tests.support.topics import create_anew
from tests.support.waiting import wait_until_async


class Group:
    """A group of a test's own, and what the test has written for it."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self.kafka = kafka
        self.name = own_tenant()
        self.reads = Reads(INBOX.name, group=self.name, consumer="ingest-inbox", options={})
        self.known: dict[int, int] = {}
        """How far it has come, as somebody else notes it."""

    async def write(self, *values: str) -> None:
        """Put values into two partitions each."""
        async with AIOKafkaProducer(**client_arguments(self.kafka)) as producer:
            for partition in (0, 1):
                for value in values:
                    await producer.send_and_wait(
                        INBOX.name, value.encode(), key=self.name.encode(), partition=partition
                    )

    def values(self, found: Sequence[Batches]) -> Sequence[str]:
        """Return what of it was read, sorted."""
        return sorted(
            record.value.decode()
            for batches in found
            for batch in batches.values()
            for record in batch
            if record.key == self.name.encode()
        )

    async def places(self, topic_id: str, partitions: Collection[int]) -> Mapping[int, int]:
        """Tell what somebody else has noted."""
        assert topic_id
        return {partition: self.known[partition] for partition in partitions if partition in self.known}

    async def read(self, reader: GroupReader, *, count: int) -> Sequence[Batches]:
        """Read and commit until so many values came."""
        found: list[Batches] = []

        async def came() -> bool:
            if batches := await reader.fetch(max_records=100):
                found.append(batches)
                self.known |= {place.partition: batch[-1].offset + 1 for place, batch in batches.items()}
                assert await reader.commit(batches)
            return len(self.values(found)) >= count

        await wait_until_async(came, what="what was written")
        return found


async def test_the_next_reader_goes_on_where_the_group_has_committed(backing: Backing) -> None:
    group = Group(backing.kafka_settings)
    await group.write("a", "b")
    async with group_reader(group.kafka, group.reads) as reader:
        assert group.values(await group.read(reader, count=4)) == ["a", "a", "b", "b"]
    await group.write("c")
    async with group_reader(group.kafka, group.reads) as reader:
        assert group.values(await group.read(reader, count=2)) == ["c", "c"]


async def test_a_reader_goes_back_to_where_whoever_notes_its_places_has_forgotten_some(
    backing: Backing,
) -> None:
    group = Group(backing.kafka_settings)
    await group.write("a", "b")
    async with group_reader(group.kafka, group.reads, places=group.places) as reader:
        await group.read(reader, count=4)
        del group.known[0]

        assert group.values(await group.read(reader, count=2)) == ["a", "b"]


async def test_what_was_committed_about_another_topic_of_that_name_counts_for_nothing(
    backing: Backing,
) -> None:
    """The broker forgets the commits of a topic that is deleted, not those that come late."""
    group = Group(backing.kafka_settings)
    await group.write("a", "b")
    async with open_reader(group.kafka, group=group.name) as late:
        place = TopicPartition(INBOX.name, 0)
        late.assign([place])
        (end,) = (await end_offsets(late, [place])).values()
        assert await commit_done(late, {place: end}, topic_id="of-another-topic")

    async with group_reader(group.kafka, group.reads) as reader:
        assert group.values(await group.read(reader, count=4)) == ["a", "a", "b", "b"]


async def test_a_reader_ends_whose_topic_was_created_anew_and_the_next_begins_where_that_does(
    backing: Backing,
) -> None:
    group = Group(backing.kafka_settings)
    await group.write("a", "b")
    async with group_reader(group.kafka, group.reads) as reader:
        await group.read(reader, count=4)
        await create_anew(group.kafka, INBOX.name)
        # More lies in the new topic than was done in the old one: no offset tells them apart.
        await group.write("c", "d", "e")

        async def ended() -> bool:
            with suppress(TopicRecreated):
                await reader.fetch(max_records=100)
                return False
            return True

        await wait_until_async(ended, what="the reader to end", deadline_seconds=40)
    async with group_reader(group.kafka, group.reads) as reader:
        assert group.values(await group.read(reader, count=6)) == ["c", "c", "d", "d", "e", "e"]
