"""A traveller who was erased: what is written, what stays, and that nothing late revives any of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.booking_record import EraseStatement, ErasureRecord, decode_record
from schemas.topics import RECORDS, TRIPS
from schemas.trip import OutcomeResult, TripDeletion, decode_trips_value
from services.consolidator.domain.events import events_of
from services.consolidator.handlers import consolidate_batch
from services.consolidator.local_state import OnDisk, claimed
from services.consolidator.partition import BatchOutput, Message, PartitionState
from services.platform.kafka import partition_for
from tests.support.statements import TENANT, TRAVELLER, booking, message, stay
from tests.support.trips import Traveller

CANARY = "Zaunkoenig"
ERASE = EraseStatement(tenant=TENANT, traveller=TRAVELLER, message=message(900))
FIRST = booking("tmc", "A", stay(CANARY, "2027-05-01", "2027-05-03"), at=1)
SECOND = booking("tmc", "B", stay(CANARY, "2027-07-01", "2027-07-03"), at=2)
LATE = booking("tmc", "C", stay(CANARY, "2027-09-01", "2027-09-03"), at=3)
HOME = partition_for(tenant=TENANT, traveller=TRAVELLER, partitions=8)
TOPIC_IDS = {RECORDS.name: "r", TRIPS.name: "t"}


def test_every_record_is_forgotten_and_every_trip_is_told_to_be_anonymised_once() -> None:
    ada = Traveller().each(FIRST, SECOND)
    known = set(ada.state.records)

    made = ada.feed(ERASE)

    assert set(made.forgotten) == known
    deletions = [decode_trips_value(trip.value) for trip in made.trips]
    assert [type(deletion) for deletion in deletions] == [TripDeletion, TripDeletion]
    told = [dict(event.headers)["ce_type"] for deletion in deletions for event in events_of(deletion)]
    assert told == [b"itinerary.trip.anonymised.v1"] * 2
    assert (ada.state.records, ada.feed(ERASE).trips) == ({}, ())


def test_ids_that_led_to_a_trip_lead_to_a_deletion_too() -> None:
    ada = Traveller().each(FIRST, SECOND)
    ada.feed(booking("tmc", "L", stay("Long", "2027-05-02", "2027-07-02"), at=3))  # makes one trip of two
    ids = {decode_trips_value(value).id for value in ada.outputs if b'"kind":"progress"' not in value}  # pyright: ignore[reportAttributeAccessIssue]

    assert {trip.id for trip in ada.feed(ERASE).trips} == ids


def test_what_is_said_later_is_refused_without_a_dead_letter() -> None:
    ada = Traveller().each(FIRST, ERASE)

    made = ada.feed(LATE)

    (outcome,) = made.outcomes
    assert (outcome.result, outcome.reason) == (OutcomeResult.REFUSED, "erased")
    assert (made.records, made.trips, ada.state.records) == ((), (), {})


def test_what_comes_in_one_batch_with_the_erasure_is_forgotten_before_it_is_known() -> None:
    made = Traveller().feed(FIRST, ERASE, LATE)

    (record,) = made.records
    assert isinstance(record, ErasureRecord)
    assert made.trips == ()
    assert [outcome.result for outcome in made.outcomes] == ["refused", "applied", "refused"]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[OnDisk]:
    with claimed(tmp_path) as folder:
        yield folder.of_partition(HOME)


def _state(local: OnDisk | None = None) -> PartitionState:
    state = PartitionState(number=HOME, partitions=8, epoch=1)
    if local is not None:
        state.local = local
    state.resume(topic_ids=TOPIC_IDS)
    return state


def _batch(state: PartitionState, *statements: object) -> BatchOutput:
    first = state.done + 1
    output = consolidate_batch(
        state,
        [Message(first + n, 1_900_000_000_000 + n, said.encode()) for n, said in enumerate(statements)],  # pyright: ignore[reportAttributeAccessIssue]
    )
    state.absorb(output)
    return output


def test_a_worker_that_knows_the_topics_alone_refuses_as_well(disk: OnDisk) -> None:
    state, topic = _state(disk), dict[bytes, bytes | None]()
    for output in (_batch(state, FIRST, SECOND), _batch(state, ERASE)):
        topic |= {one.key: one.value for one in output.forgotten}
        topic |= {one.key: one.value for one in output.outputs if one.topic == RECORDS.name}
    restored = _state()
    restored.take(RECORDS.name, topic.items(), position=9)
    restored.done = state.done

    assert [decode_record(value).kind for value in topic.values() if value is not None] == ["erasure"]
    for worker in (state, restored):
        output = _batch(worker, LATE)
        assert [one.topic for one in output.outputs] == [TRIPS.name]  # the marker, with the refusal
        assert b'"reason":"erased"' in output.outputs[0].value
        assert CANARY.encode() not in output.outputs[0].value


def test_the_files_of_a_worker_hold_nothing_of_an_erased_traveller(disk: OnDisk, tmp_path: Path) -> None:
    def files_with_canary() -> list[str]:
        return [
            path.name
            for path in tmp_path.rglob("*")
            if path.is_file() and CANARY.encode() in path.read_bytes()
        ]

    state = _state(disk)
    _batch(state, FIRST, SECOND)
    assert files_with_canary() != []

    _batch(state, ERASE)
    assert files_with_canary() == []
