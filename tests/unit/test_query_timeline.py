"""A trip as a line of what happens: order by instants, dates of the places, two ends of what lasts."""

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.segments import Place
from schemas.trip import TripSegment
from services.query.domain.timeline import (
    Edge,
    days_later,
    days_of,
    lasts_minutes,
    nights_of,
    now_in,
    undated_of,
)
from tests.support.query_trips import an_id, flight, hotel, moment, trip


def line(*segments: TripSegment) -> list[tuple[str, list[tuple[str, str]]]]:
    days = days_of(trip("t", segments=segments))
    return [(day.date, [(row.segment.type, row.edge.value) for row in day.rows]) for day in days]


def flying(name: str, start: str, start_offset: int, end: str, end_offset: int) -> Any:
    return flight(
        name,
        start=moment(start, offset_minutes=start_offset, zone=None),
        end=moment(end, offset_minutes=end_offset, zone=None),
    )


def test_a_flight_over_the_date_line_arrives_on_an_earlier_day_and_still_stands_after_its_departure() -> None:
    westbound = flying("f", "2026-05-12T20:00:00", 720, "2026-05-12T12:10:00", -420)

    assert lasts_minutes(westbound) == 11 * 60 + 10
    assert days_later(westbound) == 0
    assert line(westbound) == [("2026-05-12", [("air", "whole")])]

    eastbound_home = flying("f", "2026-05-12T23:00:00", -600, "2026-05-14T06:00:00", 720)
    assert [date for date, _ in line(eastbound_home)] == ["2026-05-12", "2026-05-14"]
    assert days_later(eastbound_home) == 2


def test_a_stay_of_dates_alone_has_two_ends_at_those_dates() -> None:
    stay = hotel("h", start=moment("2026-05-12", offset_minutes=None), end=moment("2026-05-15"))

    assert line(stay) == [("2026-05-12", [("hotel", "start")]), ("2026-05-15", [("hotel", "end")])]
    assert nights_of(stay) == 3


def test_on_a_day_of_moving_check_out_comes_before_the_flight_and_check_in_after_it() -> None:
    first = hotel("h1", start=moment("2026-05-10"), end=moment("2026-05-12"))
    second = hotel("h2", start=moment("2026-05-12"), end=moment("2026-05-14"))
    between = flying("f", "2026-05-12T12:00:00", 120, "2026-05-12T14:00:00", 120)

    days = days_of(trip("t", segments=(second, between, first)))
    moving_day = next(day for day in days if day.date == "2026-05-12")
    assert [(row.segment.id, row.edge) for row in moving_day.rows] == [
        (first.id, Edge.END),
        (between.id, Edge.WHOLE),
        (second.id, Edge.START),
    ]


def test_order_is_by_instant_where_clocks_differ() -> None:
    out = flying("f1", "2026-05-12T10:00:00", 120, "2026-05-12T11:00:00", -420)
    on = flying("f2", "2026-05-12T09:30:00", -420, "2026-05-12T10:30:00", -420)

    rows = [row.segment.id for day in days_of(trip("t", segments=(on, out))) for row in day.rows]
    assert rows == [out.id, on.id]


def test_what_has_no_date_stands_apart() -> None:
    somewhen = hotel("h", start=None, end=None)

    assert line(somewhen) == []
    assert undated_of(trip("t", segments=(somewhen,))) == (somewhen,)


def test_a_day_is_headed_by_the_place_and_clock_of_its_first_entry() -> None:
    there = flying("f", "2026-05-12T10:00:00", 120, "2026-05-12T12:00:00", -240)
    (day,) = days_of(
        trip("t", segments=(there.model_copy(update={"origin": Place(city="Rome", code="FCO")}),))
    )

    assert day.place is not None
    assert (day.place.city, day.offset_minutes) == ("Rome", 120)


FLIGHT = flying("f", "2026-05-12T20:00:00", 120, "2026-05-13T08:10:00", 540)
STAY = hotel(
    "h",
    start=moment("2026-05-13", offset_minutes=540, zone=None),
    end=moment("2026-05-15", offset_minutes=540, zone=None),
)


@pytest.mark.parametrize(
    ("now", "local", "before"),
    [
        ((12, 17, 0), None, None),
        ((12, 18, 30), "2026-05-12T20:30:00", ("f", Edge.END)),
        ((12, 23, 30), "2026-05-13T08:30:00", ("h", Edge.START)),
        ((13, 12, 0), "2026-05-13T21:00:00", ("h", Edge.END)),
        ((16, 0, 0), None, None),
    ],
)
def test_the_present_stands_before_what_comes_next_by_the_clock_of_where_one_was_last(
    now: tuple[int, int, int], local: str | None, before: tuple[str, Edge] | None
) -> None:
    day, hour, minute = now
    days = days_of(trip("t", segments=(FLIGHT, STAY)))

    found = now_in(days, now=datetime(2026, 5, day, hour, minute, tzinfo=UTC))

    assert (found and found.at.local) == local
    assert (found and found.before) == (before and (an_id(before[0]), before[1]))


def test_the_present_is_by_the_clock_as_it_is_now_where_it_was_put_back_since_one_came() -> None:
    begins = moment("2026-10-24T15:00:00", zone="Europe/Berlin", offset_minutes=120)
    ends = moment("2026-10-28T11:00:00", zone="Europe/Berlin", offset_minutes=60)
    stay = hotel("h", start=begins, end=ends)
    found = now_in(days_of(trip("t", segments=(stay,))), now=datetime(2026, 10, 27, 12, tzinfo=UTC))
    assert found is not None
    assert (found.at.local, found.at.offset_minutes) == ("2026-10-27T13:00:00", 60)
