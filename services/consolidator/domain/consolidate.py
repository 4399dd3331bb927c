"""`step(state, inputs) → outputs`: the fold whose content is a pure function. Read this first.

At every moment the content of a traveller's trips is `f(records, settings, instant)`:

    statements ── registers.accept ──► records
    records ───── bookings_of ───────► bookings and their claims
    claims ────── clustering ────────► what is the same real thing
    clusters ──── precedence ────────► shown segments, with provenance
    bookings ──── grouping ──────────► trips
    trips ─────── tokens ────────────► ids (the only part with a history)
    old and new ─ changes ───────────► what goes to `trips.v1`

No clock, no I/O; the same records give byte-equal content in whatever order they came.
"""

from collections.abc import Mapping, Sequence

from schemas.booking_record import NumberCancellationRecord, ReconsolidateStatement, TokenRecord
from schemas.identifiers import normal_code, token_key
from schemas.likeness import number_text
from schemas.settings import TenantSettings
from schemas.trip import Outcome, OutcomeResult
from services.consolidator.domain.inputs import Input
from services.consolidator.domain.outputs import TripWriter, encoded_content
from services.consolidator.domain.records import TravellerRecord
from services.consolidator.domain.registers import Refused, accept, record_key_of
from services.consolidator.domain.state import Step, TravellerState
from services.consolidator.domain.tokens import Token, TokenLedger
from services.consolidator.domain.trips import Consolidation, View, consolidate, tokens_of

MAX_SEGMENTS_PER_TRIP = 500


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
    made = _attempt(state, inputs, settings=settings, epoch=epoch)
    if len(inputs) > 1 and _too_large(made.view):
        return _one_by_one(state, inputs, settings=settings, epoch=epoch)
    if _too_large(made.view) and not _too_large(current_view(state, settings)):
        return _refuse(state, inputs, settings, f"a trip holds at most {MAX_SEGMENTS_PER_TRIP} segments")
    return made


def expected_trips(state: TravellerState, *, settings: TenantSettings) -> Mapping[str, bytes]:
    """Return, by trip id, the canonical JSON of each TripContent, computed from the records alone."""
    view = _view(state.records, settings)
    return {trip.id: encoded_content(view.consolidation.content(trip.group)) for trip in view.trips}


def current_view(state: TravellerState, settings: TenantSettings) -> View:
    """Return how the traveller's bookings stand, from the cache where it is still good."""
    return _view(state.records, settings) if state.view is None else state.view


def _view(records: Mapping[str, TravellerRecord], settings: TenantSettings) -> View:
    consolidation = consolidate(records, settings=settings)
    ledger = _settled(records, consolidation, consolidation, offset=0)
    return View(consolidation, tuple(ledger.settle()))


def _attempt(state: TravellerState, inputs: Sequence[Input], *, settings: TenantSettings, epoch: int) -> Step:
    records = dict(state.records)
    changed: dict[str, TravellerRecord] = {}
    results: list[tuple[Input, OutcomeResult, str | None]] = []
    for item in inputs:
        key = record_key_of(item)
        accepted = accept(None if key is None else records.get(key), item)
        if isinstance(accepted, Refused):
            results.append((item, OutcomeResult.REFUSED, accepted.reason))
        elif accepted.record is None:
            # Asking to consolidate again changes no record and is still done.
            results.append((item, OutcomeResult.APPLIED if key is None else OutcomeResult.STALE, None))
        else:
            records[accepted.record.record] = changed[accepted.record.record] = accepted.record
            results.append((item, OutcomeResult.APPLIED, None))
    before = current_view(state, settings)
    after = consolidate(records, settings=settings)
    ledger = _settled(records, before.consolidation, after, offset=inputs[-1].offset)
    view = View(after, tuple(ledger.settle()))
    tokens = _changed_tokens(state, ledger.tokens(), inputs[-1])
    rewrite = any(
        isinstance(item.statement, ReconsolidateStatement) and item.statement.rewrite for item in inputs
    )
    writer = TripWriter(state, before, view, epoch=epoch, last=inputs[-1], rewrite=rewrite)
    return Step(
        records=(*changed.values(), *tokens),
        trips=tuple(writer.outputs()),
        outcomes=tuple(_outcome(state, *result, view, records) for result in results),
        view=view,
    )


def _settled(
    records: Mapping[str, TravellerRecord], before: Consolidation, after: Consolidation, *, offset: int
) -> TokenLedger:
    return TokenLedger(
        tokens_of(records.values()),
        before=before.groups,
        after=after.groups,
        bookings=after.bookings,
        offset=offset,
    )


def _changed_tokens(state: TravellerState, tokens: Mapping[str, Token], last: Input) -> list[TokenRecord]:
    changed: list[TokenRecord] = []
    for token in tokens.values():
        key = token_key(token.id)
        known = state.records.get(key)
        if isinstance(known, TokenRecord) and known.holder == token.holder:
            continue
        changed.append(
            TokenRecord(
                tenant=state.tenant,
                traveller=state.traveller,
                record=key,
                founded=token.founded,
                founded_ms=known.founded_ms if known is not None else last.appended_ms,
                offset=last.offset,
                token=token.id,
                born_of=token.born_of,
                holder=token.holder,
            )
        )
    return changed


def _outcome(
    state: TravellerState,
    item: Input,
    result: OutcomeResult,
    reason: str | None,
    view: View,
    records: Mapping[str, TravellerRecord],
) -> Outcome:
    key = record_key_of(item)
    return Outcome(
        message=item.statement.message,
        tenant=state.tenant,
        traveller=state.traveller,
        record=key,
        result=result,
        reason=reason,
        trip=None if key is None else _trip_concerned(key, view, records),
    )


def _trip_concerned(key: str, view: View, records: Mapping[str, TravellerRecord]) -> str | None:
    """Return the trip that a record is in; for a cancelled number, the trip of what bears it."""
    record = records.get(key)
    if not isinstance(record, NumberCancellationRecord):
        return view.trip_of(key)
    number, source = number_text(record.number), normal_code(record.booking_source)
    for booking in view.consolidation.bookings.values():
        if (
            booking.record.owner.party == record.owner.party
            and normal_code(booking.record.booking_source) == source
        ):
            numbers = {n.value for s in booking.content.segments for n in s.confirmation_numbers}
            if number in {number_text(n) for n in (*numbers, booking.record.record_locator)}:
                return view.trip_of(booking.key)
    return None


def _too_large(view: View) -> bool:
    return any(
        len(view.consolidation.at_home.get(trip.group.key, ())) > MAX_SEGMENTS_PER_TRIP for trip in view.trips
    )


def _one_by_one(
    state: TravellerState, inputs: Sequence[Input], *, settings: TenantSettings, epoch: int
) -> Step:
    """Take the inputs singly, so that only the one that makes a trip too large is refused."""
    scratch = TravellerState(
        state.tenant, state.traveller, dict(state.records), dict(state.trips), state.view
    )
    steps: list[Step] = []
    for item in inputs:
        steps.append(step(scratch, [item], settings=settings, epoch=epoch))
        scratch.absorb(steps[-1])
    return Step(
        records=tuple({r.record: r for s in steps for r in s.records}.values()),
        trips=tuple(trip for s in steps for trip in s.trips),
        outcomes=tuple(outcome for s in steps for outcome in s.outcomes),
        view=steps[-1].view,
    )


def _refuse(state: TravellerState, inputs: Sequence[Input], settings: TenantSettings, reason: str) -> Step:
    view = current_view(state, settings)
    outcomes = [_outcome(state, item, OutcomeResult.REFUSED, reason, view, state.records) for item in inputs]
    return Step(records=(), trips=(), outcomes=tuple(outcomes), view=view)
