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

from collections.abc import Iterator, Mapping, Sequence

from schemas.booking_record import ReconsolidateStatement, TokenRecord
from schemas.identifiers import token_key
from schemas.settings import TenantSettings
from schemas.trip import Outcome, OutcomeResult
from services.consolidator.domain.acceptance import Result, Taken, outcome, take
from services.consolidator.domain.erasure import concerns_erased, erased
from services.consolidator.domain.inputs import Input
from services.consolidator.domain.limits import MAX_SEGMENTS_PER_TRIP, TRIP_TOO_LARGE, Extent
from services.consolidator.domain.neighbourhoods import Surroundings
from services.consolidator.domain.outputs import TripWriter, encoded_content
from services.consolidator.domain.part import Part, look_at, outgrown, settled_by, touched_by, trip_concerned
from services.consolidator.domain.records import TravellerRecord
from services.consolidator.domain.registers import record_key_of
from services.consolidator.domain.state import Step, TravellerState
from services.consolidator.domain.tokens import Token
from services.consolidator.domain.trips import consolidate


def step(state: TravellerState, inputs: Sequence[Input], *, settings: TenantSettings, epoch: int) -> Step:
    """Take inputs of one traveller, in the order of their offsets, and say what they change.

    Consolidates once for all of them, unless some might be too much: then each is judged by itself, so
    that what is refused does not depend on how inputs came together. Changes nothing itself: hand the
    step to `state.absorb` once its outputs are safely written.

    Args:
        state: the traveller's records and trips.
        inputs: at least one message of `bookings.v1`, none of them done before.
        settings: the tenant's, as of the first input.
        epoch: the generation of `bookings.v1`.
    """
    if concerns_erased(state, inputs):
        return erased(state, inputs, epoch=epoch)
    made = _at_once(state, inputs, settings=settings, epoch=epoch)
    return made if made is not None else _in_halves(state, inputs, settings=settings, epoch=epoch)


def expected_trips(
    records: Mapping[str, TravellerRecord], *, settings: TenantSettings
) -> Mapping[str, bytes]:
    """Return, by trip id, the canonical JSON of each TripContent, computed from all records at once."""
    whole = consolidate(records, settings=settings)
    trips = settled_by(records, whole, [], offset=0).trips
    return {trip.id: encoded_content(whole.content(trip.group)) for trip in trips}


def _at_once(
    state: TravellerState, inputs: Sequence[Input], *, settings: TenantSettings, epoch: int
) -> Step | None:
    """Return the step; None where one of several inputs might be too much."""
    taken = take(state, inputs)
    touched = touched_by(state, taken, settings)
    if taken.adds:
        if len(inputs) > 1 and _might_be_too_much(state, taken, touched.extent):
            return None
        too_much = _too_much(state, taken, touched, settings)
        if too_much is not None:
            return _refusal(state, inputs[0], reason=too_much)
    part = look_at(state, touched.keys, taken.changed, settings=settings, offset=inputs[-1].offset)
    if taken.adds and outgrown(state, part, settings=settings):
        return _refusal(state, inputs[0], reason=TRIP_TOO_LARGE)
    return _written(state, taken, part, last=inputs[-1], epoch=epoch)


# --- limits --------------------------------------------------------------------------------------


def _might_be_too_much(state: TravellerState, taken: Taken, extent: Extent) -> bool:
    """Say whether one of several inputs might be too much, at its turn."""
    if extent.excess() is not None or extent.claims > MAX_SEGMENTS_PER_TRIP:
        return True
    return not all(map(state.is_indexed_like, taken.passing))


def _too_much(
    state: TravellerState, taken: Taken, touched: Surroundings, settings: TenantSettings
) -> str | None:
    """Return why an input is too much; what hangs together already may be told anew, if it does not grow."""
    if touched.extent.excess() is None or not taken.changed:
        return None
    stood = [state.records[key] for key in taken.changed if key in state.records]
    before = state.around(stood, gap_days=settings.merge_gap_days).extent if stood else Extent()
    return touched.extent.excess(beyond=before)


def _refusal(state: TravellerState, item: Input, *, reason: str) -> Step:
    refused = Result(item, OutcomeResult.REFUSED, reason)
    trip = state.trip_of.get(record_key_of(item) or "")
    return Step(records=(), trips=(), outcomes=(outcome(state, refused, trip=trip),))


def _in_halves(
    state: TravellerState, inputs: Sequence[Input], *, settings: TenantSettings, epoch: int
) -> Step:
    """Take one half of the inputs after the other, down to single ones where need be."""
    scratch = TravellerState(state.tenant, state.traveller, memo=state.memo)
    for record in state.records.values():
        scratch.restore_record(record)
    for trip_id, value in state.trips.items():
        scratch.restore_trip(trip_id, value)
    steps = list(_steps(scratch, inputs, settings=settings, epoch=epoch))
    return Step(
        records=tuple({r.record: r for s in steps for r in s.records}.values()),
        trips=tuple(trip for s in steps for trip in s.trips),
        outcomes=tuple(outcome for s in steps for outcome in s.outcomes),
        unsettled=frozenset(state.settled),  # what was known of them may hold no more
    )


def _steps(
    scratch: TravellerState, inputs: Sequence[Input], *, settings: TenantSettings, epoch: int
) -> Iterator[Step]:
    middle = len(inputs) // 2
    for some in (inputs[:middle], inputs[middle:]):
        made = _at_once(scratch, some, settings=settings, epoch=epoch)
        if made is None:
            yield from _steps(scratch, some, settings=settings, epoch=epoch)
        else:
            scratch.absorb(made)
            yield made


# --- what is written -----------------------------------------------------------------------------


def _written(state: TravellerState, taken: Taken, part: Part, *, last: Input, epoch: int) -> Step:
    rewrite = any(_rewrites(result.item) for result in taken.results)
    writer = TripWriter(state, part.before, part.settled, part.after, epoch=epoch, last=last, rewrite=rewrite)
    return Step(
        records=(*taken.changed.values(), *_changed_tokens(state, part, last)),
        trips=tuple(writer.outputs(part.ids_held())),
        outcomes=tuple(_outcome(state, result, part, taken) for result in taken.results),
        settled=part.settled,
        unsettled=frozenset(trip.id for trip in part.before),
        looked_at=part.looked_at,
    )


def _rewrites(item: Input) -> bool:
    return isinstance(item.statement, ReconsolidateStatement) and item.statement.rewrite


def _outcome(state: TravellerState, result: Result, part: Part, taken: Taken) -> Outcome:
    key = record_key_of(result.item)
    trip = None if key is None else trip_concerned(key, state, part, taken.changed)
    return outcome(state, result, trip=trip)


def _changed_tokens(state: TravellerState, part: Part, last: Input) -> list[TokenRecord]:
    changed: list[TokenRecord] = []
    for token in part.tokens.values():
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
