import re

import orjson
import pytest

from schemas.booking_record import (
    BookingStatement,
    ReconsolidateStatement,
    SettingsStatement,
    Statement,
    decode_record,
)
from schemas.identifiers import birth_token
from schemas.settings import TenantSettings
from schemas.topics import DEAD_LETTERS, RECORDS, TRIPS
from schemas.trip import OutcomeResult, ProgressMarker, decode_trips_value
from services.consolidator.domain.outputs import VersionWouldGoBack
from services.consolidator.handlers import MAX_VALUE_BYTES, TooMuchPoison, consolidate_batch
from services.consolidator.partition import POISON_LIMIT, BatchOutput, Message, PartitionState
from services.consolidator.values import Output
from services.platform.kafka import partition_for
from tests.support.statements import TENANT, TRAVELLER, booking, message, stay

HOME = partition_for(tenant=TENANT, traveller=TRAVELLER, partitions=8)
ELSEWHERE = (HOME + 1) % 8


def _state(*, number: int = HOME) -> PartitionState:
    return PartitionState(number=number, partitions=8, epoch=1)


def _message(statement: Statement, *, offset: int) -> Message:
    return Message(offset, 1_700_000_000_000 + offset, statement.encode())


def _booking(locator: str, *, day: int = 1, at: int = 1) -> BookingStatement:
    return booking(
        "tmc", locator, stay(f"Hotel {locator}", f"2027-05-{day:02d}", f"2027-05-{day + 1:02d}"), at=at
    )


def _settings(revision: int, **settings: object) -> SettingsStatement:
    values = TenantSettings.model_validate({"revision": revision, **settings})
    return SettingsStatement(tenant=TENANT, message=message(99), settings=values)


def _marker(output: BatchOutput) -> ProgressMarker:
    value = decode_trips_value(output.outputs[-1].value)
    assert isinstance(value, ProgressMarker)
    return value


def _to(topic: str, output: BatchOutput) -> list[Output]:
    return [one for one in output.outputs if one.topic == topic]


def test_a_batch_ends_with_one_marker_of_how_far_it_is_done_and_what_became_of_each_statement() -> None:
    first, second = _booking("A", at=1), _booking("B", day=20, at=2)

    output = consolidate_batch(_state(), [_message(first, offset=4), _message(second, offset=5)])

    marker = _marker(output)
    assert (marker.partition, marker.epoch, marker.offset) == (HOME, 1, 5)
    assert {outcome.message for outcome in marker.outcomes} == {first.message, second.message}
    assert output.done == 5
    assert output.taken == 2


def test_deciding_changes_nothing_until_the_output_is_absorbed() -> None:
    state = _state()
    messages = [_message(_booking("A"), offset=0)]

    once, again = consolidate_batch(state, messages), consolidate_batch(state, messages)

    assert once.outputs == again.outputs
    state.absorb(once)
    assert state.done == 0
    assert consolidate_batch(state, messages).outputs == ()


def test_what_is_done_already_is_skipped() -> None:
    state = _state()
    state.done = 7

    output = consolidate_batch(state, [_message(_booking(str(n)), offset=n) for n in (6, 7, 8)])

    assert [
        orjson.loads(one.value)["offset"] for one in _to(RECORDS.name, output) if b'"booking"' in one.value
    ] == [8]
    assert (output.taken, output.done) == (3, 8)


def test_a_batch_of_which_all_is_done_writes_nothing() -> None:
    state = _state()
    state.done = 7

    assert consolidate_batch(state, [_message(_booking("A"), offset=7)]) == BatchOutput(taken=1, done=7)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"\x00\xff", "malformed_statement"),
        (b"{}", "malformed_statement"),
        (b'{"kind": "booking", "tenant": "Secret GmbH"}', "malformed_statement"),
        (None, "no_value"),
    ],
)
def test_what_is_no_statement_becomes_a_dead_letter_and_the_rest_goes_on(
    value: bytes | None, reason: str
) -> None:
    output = consolidate_batch(_state(), [Message(0, 1, value), _message(_booking("A"), offset=1)])

    (letter,) = _to(DEAD_LETTERS.name, output)
    headers = dict(letter.headers)
    assert letter.value == (value or b"")
    assert headers["reason"] == reason.encode()
    assert headers["stage"] == b"consolidation"
    assert (headers["topic"], headers["partition"], headers["offset"]) == (
        b"bookings.v1",
        str(HOME).encode(),
        b"0",
    )
    assert b"Secret" not in b"".join(headers.values())
    assert _to(RECORDS.name, output)
    assert _marker(output).offset == 1


def test_a_statement_on_a_partition_that_is_not_its_travellers_becomes_a_dead_letter() -> None:
    statement = _booking("A")

    output = consolidate_batch(_state(number=ELSEWHERE), [_message(statement, offset=3)])

    (letter,) = _to(DEAD_LETTERS.name, output)
    assert letter.key == statement.message.encode()
    assert dict(letter.headers)["reason"] == b"wrong_partition"
    (outcome,) = _marker(output).outcomes
    assert (outcome.message, outcome.result) == (statement.message, OutcomeResult.REFUSED)
    assert not _to(RECORDS.name, output)


def test_settings_are_a_batch_by_themselves_so_that_what_follows_sees_them() -> None:
    state = _state()
    messages = [
        _message(_booking("A"), offset=0),
        _message(_settings(1, merge_gap_days=3), offset=1),
        _message(_booking("B", day=4), offset=2),
    ]

    taken: list[int] = []
    while messages:
        output = consolidate_batch(state, messages)
        state.absorb(output)
        taken.append(output.taken)
        messages = messages[output.taken :]

    assert taken == [1, 1, 1]
    assert state.settings_of(TENANT).merge_gap_days == 3
    trips = [orjson.loads(one.value) for one in _to(TRIPS.name, output) if b'"trip"' in one.value]
    assert trips[0]["content"]["settings_revision"] == 1
    assert len(trips[0]["content"]["bookings"]) == 2


def test_older_settings_change_nothing() -> None:
    state = _state()
    state.absorb(consolidate_batch(state, [_message(_settings(2, merge_gap_days=2), offset=0)]))

    output = consolidate_batch(state, [_message(_settings(1, merge_gap_days=9), offset=1)])

    assert not _to(RECORDS.name, output)
    state.absorb(output)
    assert (state.settings_of(TENANT).merge_gap_days, state.done) == (2, 1)


def test_a_state_restored_from_the_outputs_decides_as_the_one_that_wrote_them() -> None:
    state, restored = _state(), _state()
    batches = [_settings(1, merge_gap_days=2), _booking("A"), _booking("B", day=3, at=2)]
    for offset, statement in enumerate(batches):
        output = consolidate_batch(state, [_message(statement, offset=offset)])
        state.absorb(output)
        for one in output.outputs:
            restored.take(one.topic, [(one.key, one.value)])

    later = [_message(_booking("A", day=9, at=3), offset=3)]
    assert consolidate_batch(restored, later).outputs == consolidate_batch(state, later).outputs
    assert (restored.done, restored.known_settings) == (2, state.known_settings)


def test_a_marker_of_another_epoch_says_nothing_about_what_is_done() -> None:
    state = _state()

    state.take(TRIPS.name, [(b"any", ProgressMarker(partition=HOME, epoch=2, offset=50).encode())])

    assert state.done == -1


def test_an_input_that_cannot_be_written_is_left_out_and_the_travellers_others_go_on() -> None:
    statements = [_booking(locator, day=day, at=day) for day, locator in ((1, "A"), (9, "B"), (20, "C"))]
    huge = statements[1].content.model_copy(update={"details": {"comment": "x" * MAX_VALUE_BYTES}})
    statements[1] = statements[1].model_copy(update={"content": huge})

    output = consolidate_batch(
        _state(), [_message(statement, offset=n) for n, statement in enumerate(statements)]
    )

    (letter,) = _to(DEAD_LETTERS.name, output)
    assert letter.key == statements[1].message.encode()
    assert dict(letter.headers)["reason"] == b"too_large"
    records = [decode_record(one.value) for one in _to(RECORDS.name, output)]
    assert {r.record_locator for r in records if r.kind == "booking"} == {"A", "C"}
    results = {outcome.record: outcome.result for outcome in _marker(output).outcomes}
    assert results[statements[1].record] is OutcomeResult.REFUSED
    assert results[statements[2].record] is OutcomeResult.APPLIED


def test_a_history_that_grows_too_large_is_told_so_and_stops_nobody_else() -> None:
    state = _state()
    state.poison_limit = 0
    huge = _booking("A").content.model_copy(update={"details": {"comment": "x" * MAX_VALUE_BYTES}})
    statements = [_booking(f"A{n}", at=n).model_copy(update={"content": huge}) for n in range(3)]

    output = consolidate_batch(state, [_message(one, offset=n) for n, one in enumerate(statements)])

    assert output.poisoned == ()
    assert {outcome.reason for outcome in _marker(output).outcomes} == {
        f"a booking or a trip holds at most {MAX_VALUE_BYTES} bytes in all"
    }


def test_a_failure_of_the_core_holds_up_nobody_else_and_tells_where_it_failed() -> None:
    state = _state()
    statement = _booking("A")
    known = state.traveller(tenant=TENANT, traveller=TRAVELLER)
    known.trips[birth_token(statement.record)] = b'{"secret": 1}'

    output = consolidate_batch(state, [_message(statement, offset=0), Message(1, 1, b"garbage")])

    failed = next(one for one in _to(DEAD_LETTERS.name, output) if one.value != b"garbage")
    detail = dict(failed.headers)["detail"]
    assert re.fullmatch(rb"\w+Error in \w+, line \d+", detail)
    assert b"secret" not in detail
    assert _marker(output).offset == 1


def test_a_wrong_epoch_is_no_poison() -> None:
    state = _state()
    state.absorb(consolidate_batch(state, [_message(_booking("A"), offset=10)]))
    state.done = -1

    with pytest.raises(VersionWouldGoBack):
        consolidate_batch(state, [_message(_booking("A", day=5, at=2), offset=3)])


def test_more_poison_than_a_share_of_the_latest_inputs_stops_before_anything_is_written() -> None:
    state = _state()
    garbage = [Message(n, 1, b"garbage") for n in range(POISON_LIMIT + 1)]

    state.absorb(consolidate_batch(state, garbage[:-1]))

    with pytest.raises(TooMuchPoison):
        consolidate_batch(state, garbage[-1:])


def test_rare_poison_never_stops() -> None:
    state = _state()
    again = ReconsolidateStatement(tenant=TENANT, traveller=TRAVELLER, message=message(1))
    for start in range(0, 1000, 4):
        sound = [_message(again, offset=start + n) for n in range(3)]
        state.absorb(consolidate_batch(state, [*sound, Message(start + 3, 1, b"garbage")]))

    assert state.done == 999


def test_a_rewrite_writes_unchanged_trips_again_with_a_new_version_and_no_change() -> None:
    state = _state()
    state.absorb(consolidate_batch(state, [_message(_booking("A"), offset=0)]))
    again = ReconsolidateStatement(tenant=TENANT, traveller=TRAVELLER, message=message(1))
    rewrite = again.model_copy(update={"rewrite": True})

    assert len(consolidate_batch(state, [_message(again, offset=1)]).outputs) == 1

    output = consolidate_batch(state, [_message(rewrite, offset=1)])
    (trip,) = [orjson.loads(one.value) for one in _to(TRIPS.name, output)[:-1]]
    assert (trip["version"]["offset"], trip["changes"]) == (1, [])
