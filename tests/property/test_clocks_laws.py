"""A law of the clocks that are inferred from names alone: what they tell of both ends could be."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.segments import Place, RailSegment
from schemas.times import Moment
from services.ingest.domain.clocks import with_local_clocks

NAMES = st.sampled_from(
    [
        "York", "Leeds", "Reading", "London", "Windsor", "Toronto", "Halifax", "Boston", "Lincoln", "Chicago",
        "Brest", "Paris", "Warszawa", "Москва", "Union Station", "New York", "Tokyo", "Perth", "Sydney",
        "Nowhere",
    ]
)  # fmt: skip
STATIONS = st.builds(Place, name=NAMES, country=st.sampled_from([None, None, "GB", "US", "CA"]))
MOMENTS = st.builds(
    Moment,
    local=st.integers(0, 47).map(lambda hour: f"2026-05-{1 + hour // 24:02}T{hour % 24:02}:00:00"),
)
TRAINS = st.builds(RailSegment, origin=STATIONS, destination=STATIONS, start=MOMENTS, end=MOMENTS)


@given(train=TRAINS)
def test_no_clocks_are_inferred_by_a_name_alone_that_no_train_joins(train: RailSegment) -> None:
    told = with_local_clocks(train)

    start, end = told.start, told.end
    assert start is not None
    assert end is not None
    by_name = any(place is not None and place.country is None for place in (told.origin, told.destination))
    if by_name and start.inferred and end.inferred:
        began, ended = start.instant(), end.instant()
        assert began is not None
        assert ended is not None
        assert began <= ended
        assert abs((start.offset_minutes or 0) - (end.offset_minutes or 0)) <= 180
