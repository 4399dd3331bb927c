"""Laws of a change of settings: afterwards everything is as if they had always been so, but for its past."""

from collections.abc import Sequence

from hypothesis import strategies as st

from schemas.booking_record import ReconsolidateStatement, Statement
from schemas.settings import TenantSettings
from tests.support.histories import histories
from tests.support.laws import costly_law, law
from tests.support.statements import TENANT, TRAVELLER, message
from tests.support.trips import Traveller, after

AGAIN = ReconsolidateStatement(tenant=TENANT, traveller=TRAVELLER, message=message(1))


def _changed(settings: TenantSettings, *, gap: int) -> TenantSettings:
    return settings.model_copy(
        update={"revision": settings.revision + 1, "merge_gap_days": gap, "pre_expense_air": gap > 1}
    )


def _restored(traveller: Traveller) -> Traveller:
    restored = Traveller(traveller.settings)
    for record in traveller.state.records.values():
        restored.state.restore_record(record)
    for trip_id, value in traveller.state.trips.items():
        restored.state.restore_trip(trip_id, value)
    restored.offset = traveller.offset
    return restored


def _lived(history: Sequence[Statement], *, gap: int, other_gap: int, at: int) -> Traveller:
    """Feed a history with a change of settings in the middle of it, not yet followed by `AGAIN`."""
    traveller = Traveller(TenantSettings(merge_gap_days=gap)).each(*history[:at])
    traveller.settings = _changed(traveller.settings, gap=other_gap)
    return traveller.each(*history[at:])


gaps = st.integers(0, 6)


@costly_law(history=histories(), gap=gaps, other_gap=gaps, at=st.integers(0, 12))
def test_once_everything_was_looked_at_again_it_is_as_if_the_settings_had_always_been_so(
    history: list[Statement], gap: int, other_gap: int, at: int
) -> None:
    traveller = _lived(history, gap=gap, other_gap=other_gap, at=at)
    traveller.feed(AGAIN)

    always = after(*history, settings=traveller.settings)
    assert traveller.content() == always.content()
    written = sorted(trip["content_hash"] for trip in traveller.trips().values())
    assert written == sorted(trip["content_hash"] for trip in always.trips().values())
    assert traveller.feed(AGAIN).trips == ()


@law(history=histories(), gap=gaps, other_gap=gaps)
def test_a_restored_state_meets_new_settings_as_the_old_one_would(
    history: list[Statement], gap: int, other_gap: int
) -> None:
    *most, last = history
    traveller = Traveller(TenantSettings(merge_gap_days=gap)).each(*most)
    restored = _restored(traveller)
    for one in (traveller, restored):
        one.settings = _changed(one.settings, gap=other_gap)

    assert restored.feed(last).trips == traveller.feed(last).trips
    assert restored.state.records == traveller.state.records


@costly_law(history=histories(), gap=gaps, other_gap=gaps, at=st.integers(0, 12))
def test_every_id_ever_given_outlives_a_change_of_settings(
    history: list[Statement], gap: int, other_gap: int, at: int
) -> None:
    traveller = _lived(history, gap=gap, other_gap=other_gap, at=at)
    given_ids = traveller.trips().keys()
    traveller.feed(AGAIN)

    homes = [a for trip in traveller.trips().values() for a in (trip["id"], *trip["also_known_as"])]
    assert len(homes) == len(set(homes))
    for trip_id in given_ids - set(homes):
        assert b'"kind":"deleted"' in traveller.state.trips[trip_id]
