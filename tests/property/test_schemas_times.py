"""Laws of instants: one stored form, which sorts as the instants do."""

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from schemas.times import Instant

INSTANT = TypeAdapter[str](Instant)
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31), timezones=OFFSETS).map(  # noqa: DTZ001 - bounds are naive, values aware
    lambda moment: moment.replace(microsecond=0)
)


@given(MOMENTS)
def test_an_instant_that_was_stored_stays_as_it_is(moment: datetime) -> None:
    stored = INSTANT.validate_python(moment.isoformat())
    assert INSTANT.validate_python(stored) == stored
    assert datetime.fromisoformat(stored) == moment


@given(MOMENTS, MOMENTS)
def test_instants_sort_as_text(one: datetime, other: datetime) -> None:
    first, second = (INSTANT.validate_python(moment.isoformat()) for moment in (one, other))
    assert (first < second) == (one < other)
