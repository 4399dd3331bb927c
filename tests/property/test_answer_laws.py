"""Laws of what is written of a trip once, when it is stored: it is what would be written at each read."""

import orjson
from hypothesis import given
from hypothesis import strategies as st

from schemas.trip import Trip, TripSegment
from services.query.domain.answer import answer_for, stored_answer
from services.query.domain.between import between
from services.query.domain.trip_format import trip_json
from services.query.domain.visibility import Audience, Viewer
from tests.property.test_between_laws import journeys
from tests.support.query_trips import booking, trip

insiders = st.builds(
    Viewer,
    audience=st.just(Audience.INSIDER),
    party=st.sampled_from((None, "horizon", "skyways")),
    travel_types=st.sampled_from(((), ("Air",), ("Hotel", "Car"))),
)


@given(journeys(), insiders)
def test_every_insider_reads_what_was_written_of_the_stored_document(
    segments: tuple[TripSegment, ...], viewer: Viewer
) -> None:
    told = trip("t", segments=segments, bookings=(booking(),), also=("before",))
    read_back = Trip.decode(told.encode())

    assert answer_for(read_back, viewer=viewer) == stored_answer(told)


@given(journeys())
def test_it_is_the_trip_with_what_lies_between_and_nothing_else(segments: tuple[TripSegment, ...]) -> None:
    told = trip("t", segments=segments, bookings=(booking(),))
    facts = [fact.model_dump(mode="json", exclude_none=True) for fact in between(told)]

    assert orjson.loads(stored_answer(told).whole()) == {**trip_json(told), "between": facts}
    assert orjson.loads(stored_answer(told).trip) == trip_json(told)


@given(journeys(), st.sampled_from((Audience.SUPPLIER, Audience.THIRD_PARTY, Audience.GUEST)))
def test_nobody_else_reads_it(segments: tuple[TripSegment, ...], audience: Audience) -> None:
    told = trip("t", segments=segments, bookings=(booking(),))

    assert answer_for(told, viewer=Viewer(audience)) != stored_answer(told)
