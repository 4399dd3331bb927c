"""Where a group goes on, by what a broker says that it has committed."""

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import GroupCoordinatorNotAvailableError
from aiokafka.structs import OffsetAndMetadata

from services.platform.commits import all_told
from services.platform.group_reader import places_of

ONE, TWO = (TopicPartition("raw.v1", number) for number in (1, 2))


def test_a_group_goes_on_where_it_has_committed_and_begins_where_it_never_did() -> None:
    found = {ONE: OffsetAndMetadata(7, "this"), TWO: OffsetAndMetadata(-1, "")}

    assert places_of(found, topic_id="this") == {1: 7}


def test_a_commit_of_an_earlier_release_counts_and_one_about_another_topic_does_not() -> None:
    found = {ONE: OffsetAndMetadata(7, ""), TWO: OffsetAndMetadata(9, "other")}

    assert places_of(found, topic_id="this") == {1: 7}


@pytest.mark.parametrize("found", [{}, {ONE: OffsetAndMetadata(7, "this")}])
def test_a_broker_that_does_not_say_is_not_taken_for_a_group_that_never_began(
    found: dict[TopicPartition, OffsetAndMetadata],
) -> None:
    """So a broker answers that the group has just left, or that is still reading what it has committed."""
    with pytest.raises(GroupCoordinatorNotAvailableError):
        all_told(found, places=[ONE, TWO])
