"""A sketch of where a trip leads: great circles between its places, cropped to them. Pure: numbers out.

No outline of the world: what borders are is disputed, and the list of days says the same in words. Where no
source gives coordinates, those of the airport's code are taken.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import acos, asin, atan2, cos, degrees, radians, sin, sqrt
from typing import Literal, NamedTuple

from schemas.segments import Place, SegmentStatus, SegmentType
from schemas.trip import Trip, TripSegment
from services.query.domain.airports import airport
from services.query.domain.timeline import days_of, places_of
from services.query.domain.wording import place_name

_WIDTH = 800.0
_HEIGHTS = (220.0, 380.0)
_MARGIN = 70.0
"""Round the route, so that names have room."""
_LEAST_DEGREES = 4.0
"""What a route spans at least: less is a walk through a town."""
_POINTS, _FEWEST, _IN_ALL = 64, 6, 2_000
"""Of which an arc is made; of fewer where there are so many arcs that the sketch would grow large."""
_CLOSE = 26.0
"""Spots nearer to each other than that share a name."""
_EDGE = 0.15
"""Of the width: so near to an edge a name begins or ends at its spot, to stay within the box."""
_GRIDS = (30, 10, 5, 1)
_LINES = 4


class Point(NamedTuple):
    """Degrees; longitudes go beyond 180 where the route does."""

    longitude: float
    latitude: float


class Spot(NamedTuple):
    """A place on the sketch."""

    name: str
    x: float
    y: float
    anchor: Literal["start", "middle", "end"]
    above: bool
    """Whether its name stands above it: great circles leave towards the nearer pole."""


class Leg(NamedTuple):
    """A way from place to place, as an SVG path."""

    kind: SegmentType
    path: str


class RouteMap(NamedTuple):
    """What is drawn, in the units of its own box."""

    width: float
    height: float
    grid: str
    legs: tuple[Leg, ...]
    spots: tuple[Spot, ...]


def point_of(place: Place | None) -> Point | None:
    """Return where a place is; None where nobody says."""
    if place is None:
        return None
    if place.latitude and place.longitude:
        point = Point(float(place.longitude), float(place.latitude))
        return point if abs(point.latitude) <= 90 and abs(point.longitude) <= 180 else None  # noqa: PLR2004 - degrees
    known = airport(place.code or "")
    return None if known is None else Point(known.longitude, known.latitude)


def route_map(trip: Trip) -> RouteMap | None:
    """Return the sketch of a trip; None where it leads nowhere that could be drawn."""
    stops, ways = _route(trip)
    if not ways:
        return None
    steps = max(_FEWEST, min(_POINTS, _IN_ALL // len(ways)))
    drawn: list[tuple[SegmentType, list[Point]]] = [
        (kind, _arc(start, end, steps=steps)) for kind, start, end in ways
    ]
    sheet = _Sheet([point for _, arc in drawn for point in arc])
    if not sheet.is_worth_it:
        return None
    legs = tuple(Leg(kind, sheet.path(arc)) for kind, arc in drawn)
    return RouteMap(_WIDTH, sheet.height, sheet.grid(), legs, tuple(_spots(stops, sheet)))


def _route(trip: Trip) -> tuple[dict[Point, str], list[tuple[SegmentType, Point, Point]]]:
    """Return the places in the order of the trip with their names, and the ways between them."""
    names: dict[Point, str] = {}
    ways: list[tuple[SegmentType, Point, Point]] = []
    here: Point | None = None
    for segment in _in_order(trip):
        for number, place in enumerate(places_of(segment)):
            point = point_of(place)
            if point is None:
                continue
            point = _nearest_turn(point, to=here)
            names.setdefault(point, (place and (place.code or place_name(place))) or "")
            if number and here is not None and segment.type in _WAYS and point != here:
                ways.append((segment.type, here, point))
            here = point
    return names, ways


_WAYS: frozenset[SegmentType] = frozenset({"air", "rail", "ride", "car"})


def _in_order(trip: Trip) -> Iterator[TripSegment]:
    seen: set[str] = set()
    for day in days_of(trip):
        for row in day.rows:
            if row.segment.id not in seen and row.segment.status is not SegmentStatus.CANCELLED:
                seen.add(row.segment.id)
                yield row.segment


def _nearest_turn(point: Point, *, to: Point | None) -> Point:
    """Return the same place by the longitude nearest to another: over the date line, not round the world."""
    if to is None:
        return point
    apart = (point.longitude - to.longitude + 540) % 360 - 180
    return Point(round(to.longitude + apart, 4), point.latitude)


def _arc(start: Point, end: Point, *, steps: int) -> list[Point]:
    """Return points of the shortest way over the globe."""
    first, last = _vector(start), _vector(end)
    angle = acos(max(-1.0, min(1.0, sum(a * b for a, b in zip(first, last, strict=True)))))
    if angle < 1e-6 or abs(sin(angle)) < 1e-6:  # noqa: PLR2004 - one spot, or opposite ones: any way is the shortest
        return [start, end]
    points = [start]
    for step in range(1, steps):
        share = step / steps
        weights = sin((1 - share) * angle) / sin(angle), sin(share * angle) / sin(angle)
        x, y, z = (weights[0] * a + weights[1] * b for a, b in zip(first, last, strict=True))
        along = Point(degrees(atan2(y, x)), degrees(asin(max(-1.0, min(1.0, z)))))
        points.append(_nearest_turn(along, to=points[-1]))
    return [*points, _nearest_turn(end, to=points[-1])]


def _vector(point: Point) -> tuple[float, float, float]:
    east, north = radians(point.longitude), radians(point.latitude)
    return cos(north) * cos(east), cos(north) * sin(east), sin(north)


def _spots(stops: Mapping[Point, str], sheet: "_Sheet") -> Iterator[Spot]:
    drawn: list[tuple[float, float]] = []
    for point, name in stops.items():
        x, y = sheet.place(point)
        is_close = any(sqrt((x - left) ** 2 + (y - top) ** 2) < _CLOSE for left, top in drawn)
        if not is_close and 0 <= x <= _WIDTH and 0 <= y <= sheet.height:
            drawn.append((x, y))
            yield Spot(name, round(x, 1), round(y, 1), _anchor(x / _WIDTH), above=point.latitude < 0)


def _anchor(share: float) -> Literal["start", "middle", "end"]:
    if share < _EDGE:
        return "start"
    return "end" if share > 1 - _EDGE else "middle"


class _Sheet:
    """The part of the world that is shown: straight meridians, with widths as they are at its middle."""

    def __init__(self, points: Sequence[Point]) -> None:
        wests, norths = [p.longitude for p in points], [p.latitude for p in points]
        self._middle = Point((min(wests) + max(wests)) / 2, (min(norths) + max(norths)) / 2)
        self._narrowing = max(0.2, cos(radians(self._middle.latitude)))
        wide, tall = (max(wests) - min(wests)) * self._narrowing, max(norths) - min(norths)
        self._span = max(wide, tall)
        least, most = _HEIGHTS
        across = max(wide, _LEAST_DEGREES)
        scale = (_WIDTH - 2 * _MARGIN) / across
        self.height = round(min(most, max(least, tall * scale + 2 * _MARGIN)), 1)
        self._scale = min(scale, (self.height - 2 * _MARGIN) / max(tall, 1e-6)) if tall else scale

    @property
    def is_worth_it(self) -> bool:
        """Whether anything is far enough from anything else."""
        return self._span > 0.2  # noqa: PLR2004 - degrees: some twenty kilometres

    def place(self, point: Point) -> tuple[float, float]:
        """Return where a point lies in the box."""
        x = _WIDTH / 2 + (point.longitude - self._middle.longitude) * self._narrowing * self._scale
        return x, self.height / 2 - (point.latitude - self._middle.latitude) * self._scale

    def path(self, points: Iterable[Point]) -> str:
        """Return a line through points."""
        placed = [f"{x:.1f} {y:.1f}" for x, y in map(self.place, points)]
        return "M" + "L".join(placed)

    def grid(self) -> str:
        """Return meridians and parallels, so many that they tell how far it is."""
        wide = _WIDTH / (self._narrowing * self._scale)
        apart = next((step for step in _GRIDS if wide / step >= _LINES), _GRIDS[-1])
        lines: list[str] = []
        west, east = self._middle.longitude - wide / 2, self._middle.longitude + wide / 2
        tall = self.height / self._scale
        south, north = self._middle.latitude - tall / 2, self._middle.latitude + tall / 2
        lines += [f"M{self._x(at):.1f} 0V{self.height:.1f}" for at in _between(west, east, apart)]
        lines += [f"M0 {self._y(at):.1f}H{_WIDTH:.1f}" for at in _between(south, north, apart)]
        return "".join(lines)

    def _x(self, longitude: float) -> float:
        return self.place(Point(longitude, 0))[0]

    def _y(self, latitude: float) -> float:
        return self.place(Point(0, latitude))[1]


def _between(least: float, most: float, apart: int) -> range:
    first = -int(-least // apart) * apart
    return range(first, int(most) + 1, apart)
