"""By whose clock a time is told, where its sender did not say: that of the place."""

from typing import Any

import pytest

from schemas.segments import CarSegment, HotelSegment, Place, RailSegment, RideSegment
from schemas.times import Moment
from services.ingest.domain.clocks import with_local_clocks

NINE = Moment(local="2026-05-12T09:00:00")


def vienna(moment: Moment) -> Moment:
    return moment.model_copy(update={"zone": "Europe/Vienna", "offset_minutes": 120, "inferred": True})


@pytest.mark.parametrize(
    ("place", "zone"),
    [
        (Place(city="Wien"), "Europe/Vienna"),
        (Place(city="Paris", country="FR"), "Europe/Paris"),
        (Place(city="Boston", country="US"), "America/New_York"),
        (Place(city="Paris"), None),  # there is one in Texas
        (Place(city="Nowhere", country="US"), None),
        (Place(name="Wien"), None),  # a house may be called after any city
    ],
    ids=str,
)
def test_a_stay_has_the_clock_of_its_city_where_that_is_known(place: Place, zone: str | None) -> None:
    stay = with_local_clocks(HotelSegment(place=place, start=Moment(local="2026-05-12")))

    assert stay.start is not None
    assert (stay.start.zone, stay.start.inferred) == (zone, zone is not None)


def test_each_end_of_a_journey_has_the_clock_of_its_own_place() -> None:
    train = RailSegment(
        origin=Place(name="Wien Hbf"),
        destination=Place(name="London St Pancras", country="GB"),
        start=NINE,
        end=NINE,
    )
    told = with_local_clocks(train)

    assert told.start == vienna(NINE)
    assert told.end is not None
    assert (told.end.zone, told.end.offset_minutes) == ("Europe/London", 60)


def test_a_car_that_is_brought_back_where_it_was_fetched_has_one_clock() -> None:
    car = with_local_clocks(CarSegment(origin=Place(city="Wien"), start=NINE, end=NINE))

    assert (car.start, car.end) == (vienna(NINE), vienna(NINE))


@pytest.mark.parametrize("stated", [{"offset_minutes": 0}, {"zone": "Asia/Tokyo", "offset_minutes": 540}])
def test_what_a_sender_states_stands(stated: dict[str, Any]) -> None:
    ride = RideSegment(origin=Place(city="Wien"), start=NINE.model_copy(update=stated))

    assert with_local_clocks(ride) == ride
