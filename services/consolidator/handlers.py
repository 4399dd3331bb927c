"""Decides what becomes of a batch of `bookings.v1`; knows no Kafka client and no clock.

`outputs.py` writes what is decided here, `lanes.py` calls both in turn.
"""

import traceback
from collections.abc import Sequence
from typing import NamedTuple

from pydantic import ValidationError

from schemas.booking_record import SettingsRecord, SettingsStatement, Statement, decode_statement
from schemas.dead_letter import DeadLetter, Stage
from schemas.identifiers import inbox_message_id, progress_key, settings_key
from schemas.topics import BOOKINGS, DEAD_LETTERS, RECORDS, TRIPS
from schemas.trip import Outcome, OutcomeResult, ProgressMarker
from services.consolidator.domain.consolidate import step
from services.consolidator.domain.inputs import Input
from services.consolidator.domain.outputs import VersionWouldGoBack
from services.consolidator.domain.state import Step, TravellerState
from services.consolidator.partition import POISON_WINDOW, BatchOutput, Message, Output, PartitionState
from services.platform.kafka import partition_for

POISON_LIMIT = 100
"""More dead letters than this among the latest inputs mean a bug of ours, not of a sender."""

_HEADROOM_BYTES = 64 * 1024
MAX_VALUE_BYTES = int(RECORDS.config["max.message.bytes"]) - _HEADROOM_BYTES
"""The largest value that goes to `records.v1` or `trips.v1`; the broker refuses a larger one for ever."""


class TooMuchPoison(Exception):
    """Most of what arrives cannot be consolidated: the worker has to stop before it empties the log."""


class _Refusal(NamedTuple):
    message: Message
    reason: str
    detail: str
    statement: Statement | None = None


class _Accepted(NamedTuple):
    message: Message
    statement: Statement

    def input(self) -> Input:
        return Input(
            statement=self.statement, offset=self.message.offset, appended_ms=self.message.appended_ms
        )


def consolidate_batch(state: PartitionState, messages: Sequence[Message]) -> BatchOutput:
    """Decide what becomes of the next messages of a partition, in their order.

    Messages at or below `state.done` are settled already. A change of settings is a batch by itself,
    so that what follows it is computed with the new settings. `state` is not changed.

    Args:
        state: restored up to the end of its topics.
        messages: at least one, in ascending order of offsets.

    Raises:
        TooMuchPoison: more than `POISON_LIMIT` of the last `POISON_WINDOW` inputs are dead letters.
        VersionWouldGoBack: the epoch is below that of what is written.
    """
    taken = 0
    accepted: list[_Accepted] = []
    refused: list[_Refusal] = []
    for message in messages:
        if message.offset > state.done:
            reading = _read(message, state=state)
            if isinstance(reading, _Refusal):
                refused.append(reading)
            elif not isinstance(reading.statement, SettingsStatement):
                accepted.append(reading)
            elif accepted or refused:
                break
            else:
                return _settings_batch(state, message, statement=reading.statement, taken=taken + 1)
        taken += 1
    if not accepted and not refused:
        return BatchOutput(taken=taken, done=state.done)
    return _batch(state, accepted, refused=refused, taken=taken, done=messages[taken - 1].offset)


def _read(message: Message, *, state: PartitionState) -> _Accepted | _Refusal:
    if message.value is None:
        return _Refusal(message, "no_value", "bookings.v1 holds statements, no tombstones")
    try:
        statement = decode_statement(message.value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])[:200]
        return _Refusal(message, "malformed_statement", f"{place or 'value'}: {first['type']}")
    if isinstance(statement, SettingsStatement):
        return _Accepted(message, statement)
    home = partition_for(tenant=statement.tenant, traveller=statement.traveller, partitions=state.partitions)
    if home != state.number:
        return _Refusal(message, "wrong_partition", f"belongs to partition {home}", statement)
    return _Accepted(message, statement)


def _settings_batch(
    state: PartitionState, message: Message, *, statement: SettingsStatement, taken: int
) -> BatchOutput:
    record = SettingsRecord(
        tenant=statement.tenant,
        record=settings_key(tenant=statement.tenant, partition=state.number),
        offset=message.offset,
        settings=statement.settings,
    )
    newer = record.settings.revision > state.settings_of(statement.tenant).revision
    outputs = [Output(RECORDS.name, record.record.encode(), record.encode())] if newer else []
    outputs.append(_marker(state, done=message.offset, outcomes=()))
    return BatchOutput(
        taken=taken,
        done=message.offset,
        outputs=tuple(outputs),
        settings=record if newer else None,
        poison=(False,),
    )


def _batch(
    state: PartitionState,
    accepted: Sequence[_Accepted],
    *,
    refused: list[_Refusal],
    taken: int,
    done: int,
) -> BatchOutput:
    per_traveller: dict[tuple[str, str], list[_Accepted]] = {}
    for item in accepted:
        assert not isinstance(item.statement, SettingsStatement)  # noqa: S101 - each is a batch by itself
        per_traveller.setdefault((item.statement.tenant, item.statement.traveller), []).append(item)
    inputs = len(accepted) + len(refused)
    results: list[_Result] = []
    for (tenant, traveller), items in per_traveller.items():
        known = state.traveller(tenant=tenant, traveller=traveller)
        result = _guarded_step(known, items, state=state, refused=refused)
        if result is not None:
            results.append(result)
    poison = tuple(index < len(refused) for index in range(inputs))
    _stop_on_poison(state, poison=poison)
    outcomes = [outcome for result in results for outcome in result.step.outcomes]
    outcomes += [_refused_outcome(refusal) for refusal in refused if refusal.statement is not None]
    return BatchOutput(
        taken=taken,
        done=done,
        outputs=(
            *(output for result in results for output in result.outputs),
            *(_dead_letter(refusal, partition=state.number) for refusal in refused),
            _marker(state, done=done, outcomes=tuple(outcomes)),
        ),
        steps=tuple((result.traveller, result.step) for result in results),
        poison=poison,
    )


class _Result(NamedTuple):
    traveller: TravellerState
    step: Step
    outputs: tuple[Output, ...]


def _guarded_step(
    known: TravellerState, items: Sequence[_Accepted], *, state: PartitionState, refused: list[_Refusal]
) -> _Result | None:
    """Compute one traveller's step; where the core fails, leave out the inputs that it fails on.

    The core is pure, so that what failed fails again: waiting helps nobody, and the traveller's other
    inputs must go on.
    """
    whole = _try_step(known, items, state=state)
    if isinstance(whole, _Result):
        return whole
    sound: list[_Accepted] = []
    result: _Result | None = None
    for item in items:
        attempt = _try_step(known, [*sound, item], state=state)
        if isinstance(attempt, _Result):
            sound.append(item)
            result = attempt
        else:
            refused.append(_Refusal(item.message, "consolidation_failed", attempt, item.statement))
    return result


def _try_step(known: TravellerState, items: Sequence[_Accepted], *, state: PartitionState) -> _Result | str:
    """Return the result, or where and with what kind of error the core failed."""
    try:
        result = step(
            known,
            [item.input() for item in items],
            settings=state.settings_of(known.tenant),
            epoch=state.epoch,
        )
        outputs = (
            *(Output(RECORDS.name, record.record.encode(), record.encode()) for record in result.records),
            *(Output(TRIPS.name, trip.id.encode(), trip.value) for trip in result.trips),
        )
    except VersionWouldGoBack:
        raise  # no fault of the inputs: the epoch is wrong, and every one of them would fail
    except Exception as bug:  # noqa: BLE001 - whatever a pure function raises is poison: it comes back as a value
        frame = traceback.extract_tb(bug.__traceback__)[-1]
        return f"{type(bug).__name__} in {frame.name}, line {frame.lineno}"
    largest = max((len(output.value) for output in outputs), default=0)
    if largest > MAX_VALUE_BYTES:
        return f"a value of {largest} bytes, of at most {MAX_VALUE_BYTES}"
    return _Result(known, result, outputs)


def _stop_on_poison(state: PartitionState, *, poison: Sequence[bool]) -> None:
    window = [*state.recent_poison, *poison][-POISON_WINDOW:]
    if sum(window) > POISON_LIMIT:
        raise TooMuchPoison(f"{sum(window)} of the last {len(window)} inputs cannot be consolidated")


def _refused_outcome(refusal: _Refusal) -> Outcome:
    statement = refusal.statement
    assert statement is not None  # noqa: S101 - the caller chose those that could be read
    assert not isinstance(statement, SettingsStatement)  # noqa: S101 - settings concern no traveller
    return Outcome(
        message=statement.message,
        tenant=statement.tenant,
        traveller=statement.traveller,
        record=getattr(statement, "record", None),
        result=OutcomeResult.REFUSED,
        reason=refusal.reason,
    )


def _dead_letter(refusal: _Refusal, *, partition: int) -> Output:
    statement = refusal.statement
    letter = DeadLetter(
        message=statement.message
        if statement is not None
        else inbox_message_id(topic=BOOKINGS.name, partition=partition, offset=refusal.message.offset),
        stage=Stage.CONSOLIDATION,
        reason=refusal.reason,
        detail=refusal.detail,
        topic=BOOKINGS.name,
        partition=partition,
        offset=refusal.message.offset,
        tenant=None if statement is None else statement.tenant,
    )
    fields = letter.model_dump(mode="json", exclude_none=True)
    headers = tuple((name, str(value).encode()) for name, value in fields.items())
    return Output(DEAD_LETTERS.name, letter.message.encode(), refusal.message.value or b"", headers)


def _marker(state: PartitionState, *, done: int, outcomes: tuple[Outcome, ...]) -> Output:
    marker = ProgressMarker(partition=state.number, epoch=state.epoch, offset=done, outcomes=outcomes)
    key = progress_key(topic=BOOKINGS.name, partition=state.number)
    return Output(TRIPS.name, key.encode(), marker.encode())
