"""Laws of the limits on what hangs together, tried with limits so small that every history meets them."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import strategies as st

from schemas.booking_record import BookingRecord, ReconsolidateStatement, Statement, TokenRecord
from schemas.settings import TenantSettings
from schemas.trip import OutcomeResult
from services.consolidator.domain import consolidate, limits, neighbourhoods, part
from services.consolidator.domain.bookings import bookings_of
from services.consolidator.domain.limits import Extent
from services.consolidator.domain.records import TravellerRecord
from services.consolidator.domain.state import Step
from tests.support.histories import Dice, histories, segments, throws
from tests.support.laws import costly_law
from tests.support.statements import TENANT, TRAVELLER, booking, flight, message, withdrawal
from tests.support.trips import Traveller, after


@contextmanager
def narrow_limits(*, segments_per_trip: int = 3) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        most = Extent(claims=6, alike=2, comparisons=8, posted_trips=1, named_by_people=4)
        patched.setattr(limits, "_MOST", most)
        patched.setattr(neighbourhoods, "MAX_COMPARISONS", most.comparisons)
        patched.setattr(consolidate, "MAX_SEGMENTS_PER_TRIP", segments_per_trip)
        patched.setattr(part, "MAX_SEGMENTS_PER_TRIP", segments_per_trip)
        yield


def outcomes(steps: list[Step]) -> list[tuple[str, str | None]]:
    return [(outcome.result.value, outcome.reason) for made in steps for outcome in made.outcomes]


def records(traveller: Traveller) -> dict[str, TravellerRecord]:
    """All but the tokens, which are as old as the batch that made them."""
    return {k: r for k, r in traveller.state.records.items() if not isinstance(r, TokenRecord)}


@costly_law(history=histories(), thrown=throws(20))
def test_what_is_refused_does_not_depend_on_how_inputs_were_batched(
    history: list[Statement], thrown: bytes
) -> None:
    one_by_one, batched, dice = Traveller(), Traveller(), Dice(thrown)
    with narrow_limits():
        expected = [one_by_one.feed(statement) for statement in history]
        rest, steps = list(history), list[Step]()
        while rest:
            size = 1 + dice.below(len(rest))
            steps.append(batched.feed(*rest[:size]))
            rest = rest[size:]

    assert outcomes(steps) == outcomes(expected)
    assert records(batched) == records(one_by_one)
    assert batched.content() == one_by_one.content()


@costly_law(history=histories(), gap=st.integers(0, 6))
def test_what_stands_can_be_told_again_however_large_new_settings_made_it(
    history: list[Statement], gap: int
) -> None:
    with narrow_limits():
        traveller = after(*history)
        traveller.settings = TenantSettings(revision=1, merge_gap_days=gap)
        for number, record in enumerate(list(traveller.state.records.values())):
            # What only updates a posted booking may not be what that says today.
            speaks = record.record in bookings_of(traveller.state.records)
            if (
                speaks
                and isinstance(record, BookingRecord)
                and record.posted_trip is None
                and record.snapshot
            ):
                told = record.snapshot.content.segments
                source, locator = record.owner.source, record.record_locator
                made = traveller.feed(
                    booking(source, locator, *told, at=200 + number, source_revision=100 + number)
                )
                if record.withdrawal is None and record.cancellation is None:
                    assert [outcome.result for outcome in made.outcomes] == [OutcomeResult.APPLIED]


@costly_law(history=histories(), gap=st.integers(0, 6))
def test_no_trip_is_larger_than_allowed_but_by_what_takes_away(history: list[Statement], gap: int) -> None:
    settings = TenantSettings(merge_gap_days=gap)
    with narrow_limits():
        traveller = Traveller(settings)
        for statement in history:
            before = _largest(traveller)
            traveller.feed(statement)
            if statement.kind in {"booking", "posted_trip", "override"}:
                assert _largest(traveller) <= max(3, before)


def _largest(traveller: Traveller) -> int:
    return max((len(trip["content"]["segments"]) for trip in traveller.trips().values()), default=0)


@costly_law(stated=st.lists(segments(), min_size=1, max_size=2), times=st.integers(1, 8))
def test_what_was_withdrawn_stands_in_nobodys_way(stated: list, times: int) -> None:
    with narrow_limits():
        traveller = Traveller()
        for n in range(times):
            traveller.feed(booking("tmc", f"L{n}", *stated, at=2 * n))
            traveller.feed(withdrawal("tmc", f"L{n}", at=2 * n + 1))
        made = traveller.feed(booking("tmc", "LAST", *stated, at=100))

    assert [outcome.result for outcome in made.outcomes] == [OutcomeResult.APPLIED]


def test_the_narrow_limits_are_met() -> None:
    again = ReconsolidateStatement(tenant=TENANT, traveller=TRAVELLER, message=message(1))
    same = flight("LH 1", "FRA-JFK", "2026-05-02T08:00:00")
    with narrow_limits():
        traveller = Traveller()
        steps = [traveller.feed(booking("tmc", f"L{n}", same, at=n)) for n in range(6)]
        steps.append(traveller.feed(again))

    assert [result for result, _ in outcomes(steps)] == ["applied"] * 3 + ["refused"] * 3 + ["applied"]
