"""Where a traveller is on a day, by the smallest trips that tell it."""

from datetime import date
from typing import Any

import pytest

from schemas.segments import Place, SegmentStatus
from schemas.trip import TripSegment, TripStatus
from services.query.domain.whereabouts import Certainty, is_in, moves, whereabouts
from tests.support.query_trips import flight, hotel, moment, trip

FRA, HND = Place(code="FRA", city="Frankfurt", country="DE"), Place(code="HND", city="Tokyo", country="JP")


def fly(name: str, start: str, end: str, *, route: tuple[Place, Place] = (FRA, HND), **said: Any) -> Any:
    begins, ends = (moment(f"2026-12-{at}:00", offset_minutes=0, zone=None) for at in (start, end))
    return flight(name, origin=route[0], destination=route[1], start=begins, end=ends, **said)


OUT, HOME = fly("out", "03T13:05", "04T09:10"), fly("home", "08T10:00", "08T15:00", route=(HND, FRA))
BED = hotel(
    "bed", start=moment("2026-12-04"), end=moment("2026-12-06"), place=Place(city="Tokyo", country="JP")
)


def on(day: int, *segments: TripSegment) -> tuple[str | None, str, str | None] | None:
    found = whereabouts(
        trip("t", dates=("2026-12-03", "2026-12-08"), segments=segments), on=date(2026, 12, day)
    )
    return found and (found.place and found.place.city, found.certainty.value, found.until)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (2, None),
        (3, (None, "certain", "2026-12-04")),
        (4, ("Tokyo", "certain", "2026-12-06")),
        (5, ("Tokyo", "certain", "2026-12-06")),
        (6, ("Tokyo", "likely", "2026-12-08")),
        (8, None),
        (9, None),
    ],
)
def test_a_bed_or_being_under_way_is_certain_and_having_arrived_is_likely(day: int, expected: Any) -> None:
    assert on(day, OUT, BED, HOME) == expected


def test_who_flew_one_way_is_likely_still_there_and_who_has_no_place_is_unknown() -> None:
    assert on(8, OUT) == ("Tokyo", "likely", None)
    assert on(5) == (None, "unknown", None)


def test_what_is_cancelled_puts_nobody_anywhere() -> None:
    off = {"status": SegmentStatus.CANCELLED}

    assert on(5, OUT.model_copy(update=off), BED.model_copy(update=off)) == (None, "unknown", None)


DOUBTS: tuple[dict[str, Any], ...] = (
    {"suspected_cancelled": True},
    {"status": SegmentStatus.WAITLISTED},
    {"status": SegmentStatus.REQUESTED},
)


@pytest.mark.parametrize("doubt", DOUBTS)
def test_what_may_not_take_place_makes_nothing_certain(doubt: dict[str, Any]) -> None:
    out, bed, home = (one.model_copy(update=doubt) for one in (OUT, BED, HOME))

    assert on(3, out, bed) == (None, "likely", "2026-12-04")
    assert on(5, bed) == ("Tokyo", "likely", "2026-12-06")
    # What is booked tells it better, and nobody has left by a flight that may not go.
    assert on(5, OUT, bed) == ("Tokyo", "likely", None)
    assert on(8, OUT, home) == ("Tokyo", "likely", None)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (TripStatus.PROPOSAL, (None, Certainty.UNKNOWN)),
        (TripStatus.BOOKED_PROPOSAL, ("Tokyo", Certainty.LIKELY)),
        (TripStatus.TICKETED, ("Tokyo", Certainty.CERTAIN)),
    ],
)
def test_nobody_is_certainly_where_a_trip_that_is_not_agreed_to_would_take_them(
    status: TripStatus, expected: Any
) -> None:
    proposed = trip("t", dates=("2026-12-03", "2026-12-08"), segments=(OUT, BED, HOME), status=status)

    found = whereabouts(proposed, on=date(2026, 12, 5))

    assert found is not None
    assert (found.place and found.place.city, found.certainty) == expected


def test_a_trip_without_dates_is_on_no_day() -> None:
    assert whereabouts(trip("t", dates=None, segments=(OUT,)), on=date(2026, 12, 4)) is None


@pytest.mark.parametrize(("where", "there"), [("jp", True), (" Tokyo ", True), ("DE", False), ("", False)])
def test_places_are_found_by_country_city_or_code(where: str, there: bool) -> None:
    found = whereabouts(trip("t", dates=("2026-12-03", "2026-12-08"), segments=(BED,)), on=date(2026, 12, 4))

    assert found is not None
    assert found.certainty is Certainty.CERTAIN
    assert is_in(found.place, where=where) is there


@pytest.mark.parametrize("status", [SegmentStatus.WAITLISTED, SegmentStatus.REQUESTED])
def test_who_flew_out_with_a_connection_is_not_home_because_the_way_home_is_not_booked_yet(
    status: SegmentStatus,
) -> None:
    first = fly("first", "03T07:00", "03T09:00", route=(Place(code="HAM", city="Hamburg", country="DE"), FRA))
    home = HOME.model_copy(update={"status": status})
    assert on(6, first, OUT, home) == ("Tokyo", "likely", "2026-12-08")
    assert on(8, first, OUT, home) is None


def moving(day: int, *segments: TripSegment, **said: Any) -> tuple[list[str], list[str]]:
    """By which segments somebody arrives, and leaves, on a day."""
    found = moves(trip("t", segments=segments, **said), on=[date(2026, 12, day)])
    names = {segment.id: segment.flight_number or "" for segment in segments if segment.type == "air"}
    return [names[one.id] for one in found.arriving], [names[one.id] for one in found.leaving]


def numbered(number: str, start: str, end: str, route: tuple[Place, Place]) -> Any:
    return fly(number, start, end, route=route, flight_number=number)


def test_who_arrives_and_who_leaves_is_told_by_the_dates_of_the_places_and_who_only_changes_is_neither() -> (
    None
):
    muc = Place(code="MUC", city="Munich")
    hop, on = (
        numbered("1", "03T08:00", "03T09:00", (FRA, muc)),
        numbered("2", "03T12:00", "04T09:10", (muc, HND)),
    )

    assert moving(3, hop, on) == ([], ["1"])
    assert moving(4, hop, on) == (["2"], [])
    later = numbered("2", "03T13:30", "04T09:10", (muc, HND))
    assert moving(3, hop, later) == (["1"], ["1", "2"])


@pytest.mark.parametrize(
    "said",
    [
        {"status": SegmentStatus.CANCELLED},
        {"status": SegmentStatus.WAITLISTED},
        {"suspected_cancelled": True},
    ],
)
def test_what_may_not_take_place_moves_nobody(said: dict[str, Any]) -> None:
    booked = numbered("1", "03T08:00", "03T09:00", (FRA, HND))

    assert moving(3, booked) == (["1"], ["1"])
    assert moving(3, booked.model_copy(update=said)) == ([], [])
    assert moving(3, booked, status=TripStatus.PROPOSAL) == ([], [])
