"""Readers that are in no group."""

from services.platform.backing import Backing
from services.platform.reading import open_reader


async def test_a_reader_can_be_closed_as_soon_as_it_is_open(backing: Backing) -> None:
    async with open_reader(backing.kafka_settings) as reader:
        assert reader.assignment() == frozenset()
