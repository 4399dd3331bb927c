"""What our use of Faust leans on in the pinned version. Where one fails, read docs/decisions/0004 again."""

import inspect
from types import SimpleNamespace

import pytest
from faust.app.base import App  # noqa: TID251 - its own contract is looked at
from faust.transport import consumer  # noqa: TID251 - as above
from faust.transport.drivers import aiokafka as driver  # noqa: TID251 - as above
from faust.types import TP  # noqa: TID251 - as above
from intervaltree import IntervalTree

from services.consolidator import stream

PLACE = TP("bookings.v1", 0)


@pytest.mark.parametrize(
    ("committed", "acked", "commits"),
    [(31, [32], 33), (None, [5], 6), (0, [5], 6), (31, [33], None), (31, [31, 32, 34], 33)],
    ids=["a hole of one", "a new group", "a new partition", "a hole of two", "a hole behind the first"],
)
def test_faust_commits_past_some_holes_and_stands_before_others_so_that_it_is_acknowledged_nothing(
    committed: int | None, acked: list[int], commits: int | None
) -> None:
    accounts = SimpleNamespace(
        _acked={PLACE: acked},
        _acked_index={PLACE: set(acked)},
        _gap={PLACE: IntervalTree()},
        _committed_offset={PLACE: committed},
    )

    assert consumer.Consumer._new_offset(accounts, PLACE) == commits  # noqa: SLF001 - the very bug


def test_what_is_overridden_is_there_to_be_overridden() -> None:
    assert inspect.isasyncgenfunction(consumer.Consumer.getmany)
    assert "getmany(timeout=" in inspect.getsource(consumer.Consumer._drain_messages)  # noqa: SLF001 - calls ours
    assert [*inspect.signature(consumer.Consumer._wait_next_records).parameters] == ["self", "timeout"]  # noqa: SLF001 - ours calls it
    assert [*inspect.signature(driver.Consumer._to_message).parameters] == ["self", "tp", "record"]  # noqa: SLF001 - as above
    assert [*inspect.signature(consumer.Consumer.verify_event_path).parameters] == ["self", "now", "tp"]
    assert callable(App._create_directories)  # noqa: SLF001 - as it is named
    assert callable(driver.Consumer._new_consumer_thread)  # noqa: SLF001 - as it is named
    assert callable(driver.AIOKafkaConsumerThread._create_worker_consumer)  # noqa: SLF001 - as it is named


def test_every_commit_of_faust_is_ours() -> None:
    parameters = inspect.signature(consumer.Consumer.force_commit).parameters.values()
    assert [(one.name, one.default) for one in parameters][1:] == [
        ("topics", None),
        ("start_new_transaction", True),
    ]
    assert "self.force_commit(" in inspect.getsource(consumer.Consumer.commit)
    assert [*inspect.signature(driver.Consumer._commit).parameters] == ["self", "offsets"]  # noqa: SLF001 - ours calls it
    source = inspect.getsource(consumer.Consumer) + inspect.getsource(App)
    assert source.count("self._commit(") == source.count("self._commit_offsets(") == 1
    assert source.count("self._commit_tps(") == 1
    assert "self._commit_tps(" in inspect.getsource(consumer.Consumer.force_commit)


def test_the_installed_engine_is_the_one_that_was_tried() -> None:
    stream.check_engine()
