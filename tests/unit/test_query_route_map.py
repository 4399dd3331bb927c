"""The sketch of a route: places where they are, the short way round, and none where nothing can be drawn."""

import re

import pytest

from schemas.segments import Place, SegmentStatus
from services.query.domain.route_map import Point, RouteMap, point_of, route_map
from tests.support.query_trips import flight, hotel, moment, trip

FRA, HND, SFO, SIN = (Place(code=code) for code in ("FRA", "HND", "SFO", "SIN"))


def fly(name: str, day: int, here: Place, there: Place, **said: object) -> object:
    start, end = (moment(f"2026-12-{day:02}T{hour}:00:00") for hour in ("08", "20"))
    return flight(name, origin=here, destination=there, start=start, end=end, **said)


def drawn(*segments: object) -> RouteMap:
    found = route_map(trip("t", segments=segments))  # pyright: ignore[reportArgumentType] - they are segments
    assert found is not None
    return found


def test_a_place_is_where_its_source_says_else_where_the_airport_of_its_code_is() -> None:
    assert point_of(Place(code="FRA", latitude="1.5", longitude="-2.5")) == Point(-2.5, 1.5)
    frankfurt = point_of(FRA)
    assert frankfurt is not None
    assert (round(frankfurt.longitude), round(frankfurt.latitude)) == (9, 50)
    assert point_of(Place(name="Somewhere")) is None
    assert point_of(Place(latitude="99", longitude="0")) is None


def test_everything_lies_within_the_box_and_each_place_is_named_once() -> None:
    there_and_back = drawn(fly("out", 1, FRA, HND), fly("home", 5, HND, FRA))

    assert [spot.name for spot in there_and_back.spots] == ["FRA", "HND"]
    for leg in there_and_back.legs:
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", leg.path)]
        assert all(0 <= x <= there_and_back.width for x in numbers[::2])
        assert all(0 <= y <= there_and_back.height for y in numbers[1::2])


def test_over_the_pacific_it_goes_the_short_way() -> None:
    crossing = drawn(fly("out", 1, SIN, SFO))
    singapore, francisco = crossing.spots

    assert singapore.x < francisco.x  # eastwards, beyond 180 degrees
    assert (singapore.anchor, francisco.anchor) == ("start", "end")


def test_great_circles_go_north_of_both_ends() -> None:
    leg = drawn(fly("out", 1, FRA, SFO)).legs[0]
    heights = [float(y) for y in re.findall(r" ([\d.]+)", leg.path)]

    assert min(heights) < min(heights[0], heights[-1])


@pytest.mark.parametrize(
    "segments",
    [
        (),
        (hotel("a", place=Place(code="FRA")),),
        (fly("out", 1, Place(name="Here"), Place(name="There")),),
        (fly("out", 1, FRA, HND, status=SegmentStatus.CANCELLED),),
        (fly("out", 1, FRA, FRA),),
    ],
)
def test_what_leads_nowhere_is_not_drawn(segments: tuple[object, ...]) -> None:
    assert route_map(trip("t", segments=segments)) is None  # pyright: ignore[reportArgumentType] - as above
