"""By whose clock a time is told, where its sender did not say: that of the place."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schemas.matching import compare
from schemas.segments import CarSegment, HotelSegment, Place, RailSegment, RideSegment, Segment
from schemas.times import Moment
from services.ingest.domain.clocks import with_local_clocks
from services.ingest.domain.places import offset_at

LONDON = "Europe/London"
NINE = Moment(local="2026-05-12T09:00:00")
TEN = Moment(local="2026-05-12T10:00:00")

SHARED = (
    "York", "Reading", "Plymouth", "Worcester", "Dover", "Lincoln", "Windsor", "Brest", "Halifax",
    "Birmingham", "Manchester", "Cambridge", "Naples", "Portland", "Newcastle", "Valencia",
    "Alexandria", "Union Station",
)  # fmt: skip
"""Names that people give to several cities, by whose clocks one must not guess."""


def vienna(moment: Moment) -> Moment:
    return moment.model_copy(update={"zone": "Europe/Vienna", "offset_minutes": 120, "inferred": True})


@pytest.mark.parametrize(
    ("place", "zone"),
    [
        (Place(city="Wien"), "Europe/Vienna"),
        (Place(city="Paris", country="FR"), "Europe/Paris"),
        (Place(city="Boston", country="US"), "America/New_York"),
        (Place(city="Paris"), "Europe/Paris"),  # the one in Texas would be said to be there
        (Place(city="London"), "Europe/London"),
        (Place(city="Napoli"), "Europe/Rome"),
        (Place(city="Tokio"), "Asia/Tokyo"),
        (Place(city="Schiphol"), "Europe/Amsterdam"),
        (Place(city="London", country="CA"), "America/Toronto"),
        (Place(city="York", country="gb"), "Europe/London"),
        (Place(city="London", country="Canada"), None),  # no code
        (Place(city="München", country="Germany"), "Europe/Berlin"),
        *((Place(city=city), None) for city in SHARED),
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


def train(origin: str, destination: str, **stated: Any) -> RailSegment:
    said = {"start": TEN, "end": Moment(local="2026-05-12T12:20:00")} | stated
    return RailSegment(origin=Place(name=origin), destination=Place(name=destination), **said)


def zones(segment: Segment) -> tuple[str | None, str | None]:
    told = with_local_clocks(segment)
    return (told.start and told.start.zone, told.end and told.end.zone)


@pytest.mark.parametrize(
    ("origin", "destination", "found"),
    [
        ("York", "Leeds", ("Europe/London", "Europe/London")),
        ("Reading Station", "London Paddington", ("Europe/London", "Europe/London")),
        ("London Kings Cross", "Halifax", ("Europe/London", "Europe/London")),
        ("Halifax", "Toronto Union Station", ("America/Halifax", "America/Toronto")),
        ("Plymouth", "London", ("Europe/London", "Europe/London")),
        ("Brest", "Paris Montparnasse", ("Europe/Paris", "Europe/Paris")),
        ("Worcester", "New York", ("America/New_York", "America/New_York")),
        ("Dover", "Calais", ("Europe/London", "Europe/Paris")),
        ("London", "Paris", ("Europe/London", "Europe/Paris")),
        ("Leeds", "Nowhere", ("Europe/London", None)),
        ("Brest", "Warszawa", (None, None)),  # from Belarus, or by way of Paris
        ("Brest", "Nowhere", (None, None)),
        ("London", "Windsor", (None, None)),  # Ontario has both, and a railway between them
        ("London", "Toronto", (None, None)),
        ("Boston", "Lincoln", (None, None)),  # Lincolnshire has both
        ("York", "Reading", (None, None)),  # so has Pennsylvania
        ("Union Station", "Milwaukee", (None, "America/Chicago")),
        ("Union Station", "Nowhere", (None, None)),
        ("New York", "Berlin", (None, None)),
    ],
)
def test_the_ends_of_a_train_tell_together_which_cities_they_are(
    origin: str, destination: str, found: tuple[str | None, str | None]
) -> None:
    assert zones(train(origin, destination)) == found


@pytest.mark.parametrize("name", [name for name in SHARED if name != "Union Station"])
def test_a_namesake_is_where_the_other_end_is_if_at_all(name: str) -> None:
    for other in ("Leeds", "Chicago", "Paris"):
        here, there = zones(train(name, other))
        assert (here, there) == (None, None) or abs(offset(here) - offset(there)) <= 180


def offset(zone: str | None) -> int:
    assert zone is not None
    return offset_at(TEN.local, ZoneInfo(zone)) or 0


def test_a_country_of_one_end_tells_of_the_other() -> None:
    leeds = Place(name="Leeds", country="GB")

    assert zones(train("York", "Somewhere").model_copy(update={"destination": leeds})) == (LONDON, LONDON)


def test_a_clock_that_is_stated_at_one_end_tells_of_the_other() -> None:
    stated = TEN.model_copy(update={"local": "2026-05-12T10:25:00", "zone": LONDON, "offset_minutes": 60})

    assert zones(train("York", "Somewhere", end=stated)) == (LONDON, LONDON)


def test_no_clock_is_guessed_by_which_a_journey_ends_before_it_starts() -> None:
    soon = Moment(local="2026-05-12T10:30:00")

    assert zones(train("Paris", "London", end=soon)) == ("Europe/Paris", LONDON)
    assert zones(train("London", "Paris", end=soon)) == (None, None)


def test_a_bus_or_a_car_between_namesakes_is_timed_as_a_train_is() -> None:
    ends = {"origin": Place(city="York"), "destination": Place(city="Leeds"), "start": TEN}

    assert zones(RideSegment(**ends)) == (LONDON, None)
    assert zones(CarSegment(**ends)) == (LONDON, None)
    assert zones(HotelSegment(place=Place(city="York"), start=TEN)) == (None, None)


@pytest.mark.parametrize(
    ("origin", "destination"),
    [("York", "Leeds"), ("York", "Reading"), ("Halifax", "London Kings Cross"), ("Windsor", "London")],
)
def test_a_train_that_a_person_types_and_that_of_the_agency_are_one(origin: str, destination: str) -> None:
    typed = with_local_clocks(train(origin, destination))
    by_london = {"zone": LONDON, "offset_minutes": 60}
    booked = typed.model_copy(
        update={
            "start": TEN.model_copy(update=by_london),
            "end": Moment(local="2026-05-12T12:20:00").model_copy(update=by_london),
        }
    )

    assert compare(typed, booked).matches


def test_a_car_that_is_brought_back_where_it_was_fetched_has_one_clock() -> None:
    car = with_local_clocks(CarSegment(origin=Place(city="Wien"), start=NINE, end=NINE))

    assert (car.start, car.end) == (vienna(NINE), vienna(NINE))


@pytest.mark.parametrize("stated", [{"offset_minutes": 0}, {"zone": "Asia/Tokyo", "offset_minutes": 540}])
def test_what_a_sender_states_stands(stated: dict[str, Any]) -> None:
    ride = RideSegment(origin=Place(city="Wien"), start=NINE.model_copy(update=stated))

    assert with_local_clocks(ride) == ride
