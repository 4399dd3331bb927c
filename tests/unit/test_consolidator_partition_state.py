"""What a partition's worker knows: whatever memory and disk do, it is what the topics say."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.booking_record import SettingsStatement, Statement
from schemas.settings import TenantSettings
from schemas.topics import RECORDS, TRIPS
from services.consolidator.handlers import consolidate_batch
from services.consolidator.in_memory import InMemory
from services.consolidator.local_state import StateFolder, claimed
from services.consolidator.partition import (
    LONGEST_ABSENCE_MS,
    BatchOutput,
    LocalState,
    Message,
    PartitionState,
)
from services.consolidator.values import Output
from tests.support.bookings_log import home, hotel_booking
from tests.support.statements import message

TENANT = "acme"
TOPIC_IDS = {RECORDS.name: "r", TRIPS.name: "t"}
LOGINS = [
    login
    for login in (f"u{n}" for n in range(200))
    if home(hotel_booking(tenant=TENANT, login=login, locator="A", day=0, at=0)) == 0
][:4]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[StateFolder]:
    with claimed(tmp_path) as claimed_folder:
        yield claimed_folder


def _state(local: LocalState | None = None, *, unpacked: int = 10_000, epoch: int = 1) -> PartitionState:
    state = PartitionState(
        number=0, partitions=8, epoch=epoch, local=local or InMemory(), most_in_memory=unpacked
    )
    state.resume(topic_ids=TOPIC_IDS)
    return state


def _booking(login: str, locator: str, day: int, *, at: int) -> Statement:
    return hotel_booking(tenant=TENANT, login=login, locator=locator, day=day, at=at)


def _settings(revision: int) -> SettingsStatement:
    values = TenantSettings(revision=revision, merge_gap_days=revision % 3)
    return SettingsStatement(tenant=TENANT, message=message(revision), settings=values)


any_statements = st.lists(
    st.builds(
        _booking, st.sampled_from(LOGINS), st.sampled_from("ABC"), st.integers(0, 9), at=st.integers(1, 9)
    )
    | st.builds(_settings, st.integers(1, 4)),
    min_size=1,
    max_size=8,
)


class Topics:
    """What a worker wrote, as it lies on the topics."""

    def __init__(self) -> None:
        self.log: dict[str, list[tuple[bytes, bytes | None]]] = {RECORDS.name: [], TRIPS.name: []}

    def append(self, outputs: Iterable[Output]) -> dict[str, int]:
        for output in outputs:
            self.log[output.topic].append((output.key, output.value))
        return {topic: len(log) for topic, log in self.log.items()}

    def restore(self, state: PartitionState) -> int:
        """Read on as restore.py does, and return how much there was to read."""
        read = 0
        for topic, log in self.log.items():
            tail = log[state.positions.get(topic, 0) :]
            state.take(topic, tail, position=len(log))
            read += len(tail)
        return read


def _work(state: PartitionState, statements: Iterable[Statement], topics: Topics) -> list[BatchOutput]:
    batches: list[BatchOutput] = []
    for offset, statement in enumerate(statements, start=state.done + 1):
        message_read = Message(offset, 1_700_000_000_000 + offset, statement.encode())
        batches.append(consolidate_batch(state, [message_read]))
        state.absorb(batches[-1], positions=topics.append(batches[-1].outputs))
    return batches


def _outputs(batches: Iterable[BatchOutput]) -> list[tuple[Output, ...]]:
    return [batch.outputs for batch in batches]


@settings(deadline=None)
@given(statements=any_statements, unpacked=st.integers(1, 6))
def test_how_much_fits_into_memory_changes_nothing(statements: list[Statement], unpacked: int) -> None:
    roomy, cramped = _state(), _state(unpacked=unpacked)

    assert _outputs(_work(cramped, statements, Topics())) == _outputs(_work(roomy, statements, Topics()))
    assert len(cramped.travellers) <= 1 or sum(
        1 + len(one.records) + len(one.trips) for one in cramped.travellers.values()
    ) <= unpacked  # fmt: skip


@settings(deadline=None)
@given(before=any_statements, missed=any_statements, after=any_statements)
def test_a_restart_from_any_older_state_decides_as_if_it_had_never_stopped(
    before: list[Statement], missed: list[Statement], after: list[Statement]
) -> None:
    topics, stale = Topics(), InMemory()
    _work(_state(stale), before, topics)
    other = _state()
    topics.restore(other)
    _work(other, missed, topics)

    restarted = _state(stale)
    assert topics.restore(restarted) < sum(map(len, topics.log.values()))
    assert restarted.done == other.done
    assert _outputs(_work(restarted, after, Topics())) == _outputs(_work(other, after, Topics()))


def test_a_restart_on_a_disk_that_is_up_to_date_reads_nothing(folder: StateFolder) -> None:
    topics = Topics()
    _work(_state(folder.of_partition(0)), [_booking(LOGINS[0], "A", 1, at=1)], topics)
    folder.close()

    restarted = _state(folder.of_partition(0))

    assert topics.restore(restarted) == 0
    assert restarted.done == 0
    again = Message(1, 1_700_000_000_001, _booking(LOGINS[0], "A", 1, at=1).encode())
    (marker,) = consolidate_batch(restarted, [again]).outputs
    assert b'"stale"' in marker.value


def test_an_older_value_read_later_changes_nothing() -> None:
    topics, state = Topics(), _state()
    _work(state, [_booking(LOGINS[0], "A", day, at=day) for day in (1, 5)], topics)
    records = topics.log[RECORDS.name]
    restored = _state()

    restored.take(RECORDS.name, records)
    restored.take(RECORDS.name, records[:1])
    restored.take(RECORDS.name, [*records, records[0]])

    traveller = state.travellers_of(TENANT, after=None, most=1)[0]
    expected = state.traveller(tenant=TENANT, traveller=traveller).records
    assert restored.traveller(tenant=TENANT, traveller=traveller).records == expected


def test_what_was_erased_is_forgotten_by_a_state_that_had_it() -> None:
    topics, state = Topics(), _state()
    _work(state, [_booking(LOGINS[0], "A", 1, at=1)], topics)
    gone = {(topic, key) for topic, log in topics.log.items() for key, _ in log}
    for topic, key in gone:
        topics.log[topic].append((key, None))

    topics.restore(state)

    assert state.travellers_of(TENANT, after=None, most=1) == []
    assert not state.travellers


@pytest.mark.parametrize(
    ("epoch", "topic_ids", "days_later"),
    [
        (2, TOPIC_IDS, 0),
        (1, TOPIC_IDS | {TRIPS.name: "created anew"}, 0),
        (1, TOPIC_IDS, 30),
        (1, TOPIC_IDS, -30),
    ],
    ids=["another epoch", "another topic", "long ago", "a clock that was wrong"],
)
def test_a_state_that_the_topics_cannot_vouch_for_is_forgotten(
    epoch: int, topic_ids: dict[str, str], days_later: int
) -> None:
    local = InMemory()
    _work(_state(local), [_booking(LOGINS[0], "A", 1, at=1)], Topics())
    assert LONGEST_ABSENCE_MS < 30 * 86_400_000

    later = PartitionState(
        number=0, partitions=8, epoch=epoch, local=local, now_ms=lambda: days_later * 86_400_000
    )
    later.resume(topic_ids=topic_ids)

    assert (later.positions, later.done) == ({}, -1)
    assert not later.travellers_of(TENANT, after=None, most=1)


@pytest.mark.parametrize(
    "value", [b"", b"\x00", b"[]", b"{}", b'{"kind":"trip"}', b'{"kind":"booking"}', b"null"]
)
def test_a_value_of_trips_that_is_none_of_ours_is_counted_and_a_record_stops_the_work(value: bytes) -> None:
    state = _state()

    state.take(TRIPS.name, [(b"key", value)])
    assert state.unreadable == 1
    with pytest.raises(ValueError, match=r"records\.v1"):
        state.take(RECORDS.name, [(b"key", value)])


def test_a_trip_that_is_not_in_canonical_form_is_none_of_ours() -> None:
    topics, state = Topics(), _state()
    _work(state, [_booking(LOGINS[0], "A", 1, at=1)], topics)
    key, value = topics.log[TRIPS.name][0]
    assert value is not None

    restored = _state()
    restored.take(TRIPS.name, [(key, value.replace(b'":', b'" :', 1))])

    assert restored.unreadable == 1
