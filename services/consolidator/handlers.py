"""Decides what becomes of a batch of `bookings.v1`; knows no Kafka client and no clock.

`outputs.py` writes what is decided here, `lanes.py` calls both in turn.
"""

import traceback
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from pydantic import ValidationError

from schemas.booking_record import (
    ReconsolidateStatement,
    ReconsolidateTenantStatement,
    SettingsRecord,
    SettingsStatement,
    Statement,
    TenantStatement,
    decode_statement,
)
from schemas.identifiers import inbox_message_id, progress_key, settings_key
from schemas.topics import BOOKINGS, RECORDS, TRIPS
from schemas.trip import Outcome, ProgressMarker
from services.consolidator.domain.consolidate import step
from services.consolidator.domain.inputs import Input
from services.consolidator.domain.outputs import VersionWouldGoBack
from services.consolidator.domain.state import Step, TravellerState
from services.consolidator.partition import POISON_WINDOW, BatchOutput, Message, PartitionState
from services.consolidator.refusals import TOO_LARGE, Refusal, dead_letter, refused_outcome
from services.consolidator.values import Output, Tombstone
from services.platform.kafka import partition_for

TRAVELLERS_A_PIECE = 50
"""How many travellers are consolidated again in one batch when their tenant's settings have changed."""

_HEADROOM_BYTES = 64 * 1024
MAX_VALUE_BYTES = int(RECORDS.config["max.message.bytes"]) - _HEADROOM_BYTES
"""The largest value that goes to `records.v1` or `trips.v1`; the broker refuses a larger one for ever."""


class TooMuchPoison(Exception):
    """Most of what arrives cannot be consolidated: the worker has to stop before it empties the log."""


class _Accepted(NamedTuple):
    message: Message
    statement: Statement

    def input(self) -> Input:
        return Input(
            statement=self.statement, offset=self.message.offset, appended_ms=self.message.appended_ms
        )


def consolidate_batch(state: PartitionState, messages: Sequence[Message]) -> BatchOutput:
    """Decide what becomes of the next messages of a partition, in their order.

    Messages at or below `state.done` are settled already. What concerns a tenant is a batch by itself,
    so that what follows a change of settings is computed with the new ones. `state` is not changed.

    Args:
        state: restored up to the end of its topics.
        messages: at least one, in ascending order of offsets.

    Raises:
        TooMuchPoison: more of the last `POISON_WINDOW` inputs than its limit are dead letters.
        VersionWouldGoBack: the epoch is below that of what is written.
    """
    taken = 0
    accepted: list[_Accepted] = []
    refused: list[Refusal] = []
    for message in messages:
        if message.offset > state.done:
            reading = _read(message, state=state)
            if isinstance(reading, Refusal):
                refused.append(reading)
            elif not isinstance(reading.statement, TenantStatement):
                accepted.append(reading)
            elif accepted or refused:
                break
            else:
                return _tenant_batch(state, message, statement=reading.statement, taken=taken + 1)
        taken += 1
    if not accepted and not refused:
        return BatchOutput(taken=taken, done=state.done, poisoned=state.poisoned)
    return _batch(state, accepted, refused=refused, taken=taken, done=messages[taken - 1].offset)


def _read(message: Message, *, state: PartitionState) -> _Accepted | Refusal:
    if message.value is None:
        return Refusal(message, "no_value", "bookings.v1 holds statements, no tombstones")
    try:
        statement = decode_statement(message.value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])[:200]
        return Refusal(message, "malformed_statement", f"{place or 'value'}: {first['type']}")
    if isinstance(statement, TenantStatement):
        return _Accepted(message, statement)
    home = partition_for(tenant=statement.tenant, traveller=statement.traveller, partitions=state.partitions)
    if home != state.number:
        return Refusal(message, "wrong_partition", f"belongs to partition {home}", statement)
    return _Accepted(message, statement)


def _tenant_batch(
    state: PartitionState, message: Message, *, statement: TenantStatement, taken: int
) -> BatchOutput:
    if isinstance(statement, SettingsStatement):
        return _settings_batch(state, message, statement=statement, taken=taken)
    return _piece_batch(state, message, statement=statement, taken=taken)


def _settings_batch(
    state: PartitionState, message: Message, *, statement: SettingsStatement, taken: int
) -> BatchOutput:
    """Keep a tenant's settings, and set out to apply them to what was booked before."""
    record = SettingsRecord(
        tenant=statement.tenant,
        record=settings_key(tenant=statement.tenant, partition=state.number),
        offset=message.offset,
        settings=statement.settings,
    )
    newer = record.settings.revision > state.settings_of(statement.tenant).revision
    kept = Output(RECORDS.name, record.record.encode(), record.encode(), tenant=record.tenant)
    poisoned = _stop_on_poison(state, (), done=message.offset)
    marker = _marker(state, done=message.offset, outcomes=(), poisoned=poisoned)
    return BatchOutput(
        taken=taken,
        done=message.offset,
        outputs=(kept, marker) if newer else (marker,),
        continuation=_continuation(state, message, tenant=statement.tenant, after=None) if newer else None,
        settings=record if newer else None,
        poisoned=poisoned,
    )


def _piece_batch(
    state: PartitionState, message: Message, *, statement: ReconsolidateTenantStatement, taken: int
) -> BatchOutput:
    """Consolidate the tenant's next few travellers; what else is booked comes in between the pieces."""
    tenant = statement.tenant
    travellers = state.travellers_of(tenant, after=statement.after, most=TRAVELLERS_A_PIECE)
    again = [
        _Accepted(message, ReconsolidateStatement(tenant=tenant, traveller=one, message=statement.message))
        for one in travellers
    ]
    done = message.offset
    if not again:
        poisoned = _stop_on_poison(state, (), done=done)
        marker = _marker(state, done=done, outcomes=(), poisoned=poisoned)
        return BatchOutput(taken=taken, done=done, outputs=(marker,), poisoned=poisoned)
    output = _batch(state, again, refused=[], taken=taken, done=done)
    if len(travellers) < TRAVELLERS_A_PIECE:
        return output
    return replace(output, continuation=_continuation(state, message, tenant=tenant, after=travellers[-1]))


def _continuation(state: PartitionState, message: Message, *, tenant: str, after: str | None) -> Output:
    statement = ReconsolidateTenantStatement(
        tenant=tenant,
        message=inbox_message_id(topic=BOOKINGS.name, partition=state.number, offset=message.offset),
        after=after,
    )
    key = settings_key(tenant=tenant, partition=state.number)
    return Output(BOOKINGS.name, key.encode(), statement.encode())


def _batch(
    state: PartitionState,
    accepted: Sequence[_Accepted],
    *,
    refused: list[Refusal],
    taken: int,
    done: int,
) -> BatchOutput:
    per_traveller: dict[tuple[str, str], list[_Accepted]] = {}
    for item in accepted:
        assert not isinstance(item.statement, TenantStatement)  # noqa: S101 - each is a batch by itself
        per_traveller.setdefault((item.statement.tenant, item.statement.traveller), []).append(item)
    results: list[_Result] = []
    for (tenant, traveller), items in per_traveller.items():
        known = state.traveller(tenant=tenant, traveller=traveller)
        result = _guarded_step(known, items, state=state, refused=refused)
        if result is not None:
            results.append(result)
    poison = [refusal.message.offset for refusal in refused if refusal.is_poison]
    poisoned = _stop_on_poison(state, poison, done=done)
    outcomes = [outcome for result in results for outcome in result.step.outcomes]
    outcomes += [outcome for refusal in refused if (outcome := refused_outcome(refusal)) is not None]
    return BatchOutput(
        taken=taken,
        done=done,
        outputs=(
            *(output for result in results for output in result.outputs),
            *(dead_letter(refusal, partition=state.number) for refusal in refused),
            _marker(state, done=done, outcomes=tuple(outcomes), poisoned=poisoned),
        ),
        forgotten=tuple(
            Tombstone(RECORDS.name, key.encode()) for result in results for key in result.step.forgotten
        ),
        steps=tuple((result.traveller, result.step) for result in results),
        poisoned=poisoned,
        buried=tuple(refusal.reason for refusal in refused),
    )


class _Failed(NamedTuple):
    reason: str
    detail: str


class _Result(NamedTuple):
    traveller: TravellerState
    step: Step
    outputs: tuple[Output, ...]


def _guarded_step(
    known: TravellerState, items: Sequence[_Accepted], *, state: PartitionState, refused: list[Refusal]
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
            refused.append(Refusal(item.message, attempt.reason, attempt.detail, item.statement))
    return result


def _try_step(
    known: TravellerState, items: Sequence[_Accepted], *, state: PartitionState
) -> _Result | _Failed:
    """Return the result, or where and with what kind of error the core failed, or that it is too large."""
    try:
        result = step(
            known,
            [item.input() for item in items],
            settings=state.settings_of(known.tenant),
            epoch=state.epoch,
        )
        values = [
            *((RECORDS.name, record.record, record.encode()) for record in result.records),
            *((TRIPS.name, trip.id, trip.value) for trip in result.trips),
        ]
        outputs = tuple(
            Output(topic, key.encode(), value, tenant=known.tenant, traveller=known.traveller)
            for topic, key, value in values
        )
    except VersionWouldGoBack:
        raise  # no fault of the inputs: the epoch is wrong, and every one of them would fail
    except Exception as bug:  # noqa: BLE001 - whatever a pure function raises is poison: it comes back as a value
        frame = traceback.extract_tb(bug.__traceback__)[-1]
        where = f"{type(bug).__name__} in {frame.name}, line {frame.lineno}"
        return _Failed("consolidation_failed", where)
    largest = max((len(output.value) for output in outputs), default=0)
    if largest > MAX_VALUE_BYTES:
        return _Failed(TOO_LARGE, f"a booking or a trip holds at most {MAX_VALUE_BYTES} bytes in all")
    return _Result(known, result, outputs)


def _stop_on_poison(state: PartitionState, refused: Sequence[int], *, done: int) -> tuple[int, ...]:
    """Return the offsets of the latest inputs that are dead letters, those that are becoming some among them.

    They are written with the progress, so that a worker that is started again and again stops again and
    again, instead of emptying the log a hundred at a time.
    """
    known = {*state.poisoned, *refused}
    recent = tuple(sorted(offset for offset in known if offset > done - POISON_WINDOW))
    if refused and len(recent) > state.poison_limit:
        raise TooMuchPoison(
            f"{len(recent)} of the last {POISON_WINDOW} inputs of partition {state.number} cannot be "
            "consolidated; once the cause is known, ITINERARY_CONSOLIDATOR_POISON_LIMIT lets more pass"
        )
    return recent


def _marker(
    state: PartitionState, *, done: int, outcomes: tuple[Outcome, ...], poisoned: tuple[int, ...]
) -> Output:
    marker = ProgressMarker(
        partition=state.number,
        epoch=state.epoch,
        offset=done,
        outcomes=outcomes,
        topic_id=state.topic_id,
        poisoned=poisoned or None,
    )
    key = progress_key(topic=BOOKINGS.name, partition=state.number)
    return Output(TRIPS.name, key.encode(), marker.encode())
