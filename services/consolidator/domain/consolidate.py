"""`step(state, inputs) → outputs`: the fold whose content is a pure function. Read this first.

At every moment the content of a traveller's trips is `f(records, settings, instant)`:

    statements ── registers.accept ──► records
    records ───── bookings_of ───────► bookings and their claims
    claims ────── clustering ────────► what is the same real thing
    clusters ──── precedence ────────► shown segments, with provenance
    bookings ──── grouping ──────────► trips
    trips ─────── tokens ────────────► ids (the only part with a history)
    old and new ─ changes ───────────► what goes to `trips.v1`

No clock, no I/O; the same records give byte-equal content in whatever order they came. A step looks
only at the part of a traveller's history that its inputs can touch (neighbourhoods.py), and a law
holds it to what looking at everything gives.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from schemas.booking_record import (
    BookingRecord,
    InstantRecord,
    NumberCancellationRecord,
    PostedTripRecord,
    ReconsolidateStatement,
    TokenRecord,
)
from schemas.identifiers import instant_key, normal_code, token_key
from schemas.likeness import number_text
from schemas.settings import TenantSettings
from schemas.trip import Outcome, OutcomeResult
from services.consolidator.domain.inputs import Input
from services.consolidator.domain.outputs import TripWriter, encoded_content, records_of_trip, transition_due
from services.consolidator.domain.records import TravellerRecord
from services.consolidator.domain.registers import Refused, accept, record_key_of
from services.consolidator.domain.state import Step, TravellerState
from services.consolidator.domain.tokens import IdentifiedTrip, Token, TokenLedger
from services.consolidator.domain.trips import Consolidation, consolidate, tokens_of

MAX_SEGMENTS_PER_TRIP = 500

_Records = Mapping[str, TravellerRecord]


class _Result(NamedTuple):
    """What became of one input."""

    item: Input
    result: OutcomeResult
    reason: str | None = None


class _Part(NamedTuple):
    """The bookings that a step touches: as they stood, and as they stand."""

    before: Sequence[IdentifiedTrip]
    after: Consolidation
    settled: tuple[IdentifiedTrip, ...]
    trip_of: Mapping[str, str]
    """By record, the trip that it is in now."""
    ledger: TokenLedger
    looked_at: frozenset[str]


def step(state: TravellerState, inputs: Sequence[Input], *, settings: TenantSettings, epoch: int) -> Step:
    """Take inputs of one traveller, in the order of their offsets, and say what they change.

    Consolidates once for all of them. Changes nothing itself: hand the step to `state.absorb` once
    its outputs are safely written.

    Args:
        state: the traveller's records and trips.
        inputs: at least one message of `bookings.v1`, none of them done before.
        settings: the tenant's, as of the first input.
        epoch: the generation of `bookings.v1`.
    """
    changed, results = _accept_all(state, inputs)
    part = _look_at(state, changed, results, settings=settings, last=inputs[-1])
    if _outgrown(part):
        if len(inputs) > 1:
            return _one_by_one(state, inputs, settings=settings, epoch=epoch)
        reason = f"a trip holds at most {MAX_SEGMENTS_PER_TRIP} segments"
        refused = _Result(inputs[0], OutcomeResult.REFUSED, reason)
        return Step(records=(), trips=(), outcomes=(_outcome(state, refused, part, changed),))
    rewrite = any(_rewrites(item) for item in inputs)
    writer = TripWriter(
        state, part.before, part.settled, part.after, epoch=epoch, last=inputs[-1], rewrite=rewrite
    )
    return Step(
        records=(*changed.values(), *_changed_tokens(state, part.ledger, inputs[-1])),
        trips=tuple(writer.outputs(part.ledger.ids_held())),
        outcomes=tuple(_outcome(state, result, part, changed) for result in results),
        settled=part.settled,
        unsettled=frozenset(trip.id for trip in part.before),
        looked_at=part.looked_at,
    )


def expected_trips(state: TravellerState, *, settings: TenantSettings) -> Mapping[str, bytes]:
    """Return, by trip id, the canonical JSON of each TripContent, computed from all records at once."""
    whole = consolidate(state.records, settings=settings)
    trips = _ledger(state.records, whole, [], offset=0).settle()
    return {trip.id: encoded_content(whole.content(trip.group)) for trip in trips}


def _accept_all(
    state: TravellerState, inputs: Iterable[Input]
) -> tuple[dict[str, TravellerRecord], list[_Result]]:
    """Join the inputs into the records, one after the other; return the records that they changed."""
    changed: dict[str, TravellerRecord] = {}
    results: list[_Result] = []
    for item in inputs:
        key = record_key_of(item)
        accepted = accept(None if key is None else changed.get(key) or state.records.get(key), item)
        if isinstance(accepted, Refused):
            results.append(_Result(item, OutcomeResult.REFUSED, accepted.reason))
        elif accepted.record is None:
            # Asking to consolidate again changes no record and is still done.
            results.append(_Result(item, OutcomeResult.APPLIED if key is None else OutcomeResult.STALE))
        else:
            changed[accepted.record.record] = accepted.record
            results.append(_Result(item, OutcomeResult.APPLIED))
    return changed, results


# --- the part that is touched --------------------------------------------------------------------


def _look_at(
    state: TravellerState,
    changed: _Records,
    results: Iterable[_Result],
    *,
    settings: TenantSettings,
    last: Input,
) -> _Part:
    keys = _touched(state, changed, results, settings)
    old, new = _gathered(state, keys, {}), _gathered(state, keys, changed)
    before = _trips_before(state, old, settings)
    after = consolidate(new, settings=settings, memo=state.memo)
    ledger = _ledger(new, after, before, offset=last.offset)
    settled = tuple(ledger.settle())
    trip_of = {record: trip.id for trip in settled for record in trip.records}
    return _Part(before, after, settled, trip_of, ledger, frozenset(new))


def _touched(
    state: TravellerState, changed: _Records, results: Iterable[_Result], settings: TenantSettings
) -> set[str]:
    """Return the keys of all records that have to do with the inputs."""
    items = [result.item for result in results]
    if any(isinstance(item.statement, ReconsolidateStatement) for item in items):
        return state.records.keys() | changed.keys()
    start = dict(changed)
    for key in filter(None, map(record_key_of, items)):
        if key not in state.trip_of and (record := state.records.get(key)) is not None:
            start.setdefault(key, record)  # changed by nothing, but its sender wants to know its trip
    for record in changed.values():
        if isinstance(record, InstantRecord):
            start |= _due(state, record, start)
    return state.neighbourhoods().around(
        start.values(), companions=state.companions, gap_days=settings.merge_gap_days
    )


def _due(state: TravellerState, now: InstantRecord, start: _Records) -> dict[str, TravellerRecord]:
    """Return the bookings of the trips that an advance of time completes."""
    known = state.records.get(now.record)
    since = known.instant if isinstance(known, InstantRecord) else ""
    keys = [
        key
        for value in state.trips.values()
        if transition_due(value, after=since, until=now.instant)
        for key in records_of_trip(value)
    ]
    return {key: state.records[key] for key in keys if key in state.records and key not in start}


def _gathered(state: TravellerState, keys: Iterable[str], changed: _Records) -> dict[str, TravellerRecord]:
    """Return the records of a part, with the tokens that they hold and the traveller's instant."""
    instant = instant_key(tenant=state.tenant, traveller=state.traveller)
    wanted = {*keys, instant}
    wanted |= {token for key in keys for token in state.tokens_held_by.get(key, ())}
    found = ((key, changed.get(key) or state.records.get(key)) for key in sorted(wanted))
    return {key: record for key, record in found if record is not None}


def _trips_before(state: TravellerState, old: _Records, settings: TenantSettings) -> list[IdentifiedTrip]:
    """Return how the part was grouped: as it was settled, or as its records tell after a restore."""
    bookings = [key for key, record in old.items() if isinstance(record, BookingRecord | PostedTripRecord)]
    if state.looked_at.issuperset(bookings):
        ids = {state.trip_of[key] for key in bookings if key in state.trip_of}
        return [state.settled[trip_id] for trip_id in sorted(ids)]
    stood = consolidate(old, settings=settings)
    return _ledger(old, stood, [], offset=0).settle()


def _ledger(
    records: _Records, now: Consolidation, before: Sequence[IdentifiedTrip], *, offset: int
) -> TokenLedger:
    return TokenLedger(
        tokens_of(records.values()),
        before=[trip.group for trip in before],
        after=now.groups,
        bookings=now.bookings,
        offset=offset,
    )


# --- what is written -----------------------------------------------------------------------------


def _changed_tokens(state: TravellerState, ledger: TokenLedger, last: Input) -> list[TokenRecord]:
    changed: list[TokenRecord] = []
    for token in ledger.tokens().values():
        known = state.records.get(token_key(token.id))
        if not isinstance(known, TokenRecord) or known.holder != token.holder:
            changed.append(_token_record(state, token, known, last))
    return changed


def _token_record(
    state: TravellerState, token: Token, known: TravellerRecord | None, last: Input
) -> TokenRecord:
    return TokenRecord(
        tenant=state.tenant,
        traveller=state.traveller,
        record=token_key(token.id),
        founded=token.founded,
        founded_ms=last.appended_ms if known is None else known.founded_ms,
        offset=last.offset,
        token=token.id,
        born_of=token.born_of,
        holder=token.holder,
    )


def _outcome(state: TravellerState, result: _Result, part: _Part, changed: _Records) -> Outcome:
    key = record_key_of(result.item)
    return Outcome(
        message=result.item.statement.message,
        tenant=state.tenant,
        traveller=state.traveller,
        record=key,
        result=result.result,
        reason=result.reason,
        trip=None if key is None else _trip_concerned(key, state, part, changed),
    )


def _trip_concerned(key: str, state: TravellerState, part: _Part, changed: _Records) -> str | None:
    """Return the trip that a record is in; for a cancelled number, the trip of what bears it."""
    record = changed.get(key) or state.records.get(key)
    if not isinstance(record, NumberCancellationRecord):
        return part.trip_of.get(key) or state.trip_of.get(key)
    bearing = (b.key for b in part.after.bookings.values() if _bears(b.record, record))
    return next((part.trip_of[booking] for booking in bearing if booking in part.trip_of), None)


def _bears(record: BookingRecord, cancelled: NumberCancellationRecord) -> bool:
    """Say whether a booking of the same owner and source bears the number that was cancelled."""
    sender = (cancelled.owner.party, normal_code(cancelled.booking_source))
    if record.snapshot is None or (record.owner.party, normal_code(record.booking_source)) != sender:
        return False
    numbers = {n.value for s in record.snapshot.content.segments for n in s.confirmation_numbers}
    return number_text(cancelled.number) in {number_text(n) for n in (*numbers, record.record_locator)}


# --- limits --------------------------------------------------------------------------------------


def _outgrown(part: _Part) -> bool:
    """Say whether a trip has become larger than allowed."""
    return any(len(shown) > MAX_SEGMENTS_PER_TRIP for shown in part.after.at_home.values())


def _one_by_one(
    state: TravellerState, inputs: Sequence[Input], *, settings: TenantSettings, epoch: int
) -> Step:
    """Take the inputs singly, so that only the one that makes a trip too large is refused."""
    scratch = TravellerState(state.tenant, state.traveller)
    for record in state.records.values():
        scratch.restore_record(record)
    for trip_id, value in state.trips.items():
        scratch.restore_trip(trip_id, value)
    steps: list[Step] = []
    for item in inputs:
        steps.append(step(scratch, [item], settings=settings, epoch=epoch))
        scratch.absorb(steps[-1])
    return Step(
        records=tuple({r.record: r for s in steps for r in s.records}.values()),
        trips=tuple(trip for s in steps for trip in s.trips),
        outcomes=tuple(outcome for s in steps for outcome in s.outcomes),
        unsettled=frozenset(state.settled),  # what was known of them may hold no more
    )


def _rewrites(item: Input) -> bool:
    return isinstance(item.statement, ReconsolidateStatement) and item.statement.rewrite
