"""Forget a traveller: no record is left, every id leads to a deletion, and nothing late revives any of it."""

from collections.abc import Iterator, Sequence

import orjson

from schemas.base import written_json
from schemas.booking_record import EraseStatement, ErasureRecord
from schemas.identifiers import erasure_key
from schemas.times import instant_of
from schemas.trip import OutcomeResult
from services.consolidator.domain.acceptance import Result, outcome
from services.consolidator.domain.changes import anonymised
from services.consolidator.domain.inputs import Input
from services.consolidator.domain.state import Step, TravellerState, TripOutput, is_trip

REASON = "erased"


def concerns_erased(state: TravellerState, inputs: Sequence[Input]) -> bool:
    """Say whether the traveller was erased, or is by one of these."""
    return state.erasure is not None or any(isinstance(item.statement, EraseStatement) for item in inputs)


def erased(state: TravellerState, inputs: Sequence[Input], *, epoch: int) -> Step:
    """Refuse whatever is said, before the erasure as after it, and leave nothing but that it was done."""
    done = [item for item in inputs if isinstance(item.statement, EraseStatement)]
    results = (
        Result(item, OutcomeResult.APPLIED) if item in done else Result(item, OutcomeResult.REFUSED, REASON)
        for item in inputs
    )
    outcomes = tuple(outcome(state, result, trip=None) for result in results)
    if not done:
        return Step(records=(), trips=(), outcomes=outcomes)
    last = done[-1]
    return Step(
        records=(_erasure(state, last),),
        trips=tuple(_deletions(state, last, epoch=epoch)),
        outcomes=outcomes,
        forgotten=tuple(sorted(state.records)),
    )


def _erasure(state: TravellerState, last: Input) -> ErasureRecord:
    first = state.erasure
    return ErasureRecord(
        tenant=state.tenant,
        traveller=state.traveller,
        record=erasure_key(tenant=state.tenant, traveller=state.traveller),
        founded=last.offset if first is None else first.founded,
        founded_ms=last.appended_ms if first is None else first.founded_ms,
        offset=last.offset,
    )


def _deletions(state: TravellerState, last: Input, *, epoch: int) -> Iterator[TripOutput]:
    """Yield a deletion of every id that leads somewhere; only of what was a trip is it news."""
    for trip_id, value in sorted(state.trips.items()):
        if orjson.loads(value)["kind"] == "deleted":
            continue
        deletion = {
            "kind": "deleted",
            "id": trip_id,
            "tenant": state.tenant,
            "traveller": state.traveller,
            "version": {"epoch": epoch, "offset": last.offset},
            "modified": instant_of(last.appended_ms),
            "changes": [anonymised()] if is_trip(value) else [],
        }
        yield TripOutput(trip_id, written_json(deletion))
