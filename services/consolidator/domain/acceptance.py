"""Join a batch of inputs into a traveller's records, one after the other, and tell what became of each."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from schemas.booking_record import BookingStatement, OverrideStatement, PostedTripStatement
from schemas.trip import Outcome, OutcomeResult
from services.consolidator.domain.inputs import Input
from services.consolidator.domain.records import TravellerRecord
from services.consolidator.domain.registers import Refused, accept, record_key_of
from services.consolidator.domain.state import TravellerState


class Result(NamedTuple):
    """What became of one input."""

    item: Input
    result: OutcomeResult
    reason: str | None = None


class Taken(NamedTuple):
    """A batch of inputs, joined into the records."""

    changed: Mapping[str, TravellerRecord]
    """By key, the records as they are to be."""
    passing: tuple[TravellerRecord, ...]
    """How some of them were in between, where several inputs changed one."""
    results: tuple[Result, ...]

    @property
    def adds(self) -> bool:
        """Whether the batch may make more of what hangs together; what takes away is never too much."""
        return any(isinstance(result.item.statement, _ADDING) for result in self.results)


_ADDING = (BookingStatement, PostedTripStatement, OverrideStatement)


def take(state: TravellerState, inputs: Iterable[Input]) -> Taken:
    """Join inputs into the records, in their order; the state stays as it is."""
    changed: dict[str, TravellerRecord] = {}
    passing: list[TravellerRecord] = []
    results: list[Result] = []
    for item in inputs:
        key = record_key_of(item)
        known = None if key is None else changed.get(key) or state.records.get(key)
        accepted = accept(known, item)
        if isinstance(accepted, Refused):
            results.append(Result(item, OutcomeResult.REFUSED, accepted.reason))
        elif accepted.record is None:
            # Asking to consolidate again changes no record and is still done.
            results.append(Result(item, OutcomeResult.APPLIED if key is None else OutcomeResult.STALE))
        else:
            if known is not None and accepted.record.record in changed:
                passing.append(known)
            changed[accepted.record.record] = accepted.record
            results.append(Result(item, OutcomeResult.APPLIED))
    return Taken(changed, tuple(passing), tuple(results))


def outcome(state: TravellerState, result: Result, *, trip: str | None) -> Outcome:
    """Return what the sender is told."""
    return Outcome(
        message=result.item.statement.message,
        tenant=state.tenant,
        traveller=state.traveller,
        record=record_key_of(result.item),
        result=result.result,
        reason=result.reason,
        trip=trip,
    )
