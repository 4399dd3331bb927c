"""Absurd and hostile input costs bounded work. Work is counted, never timed."""

from datetime import date, timedelta

import pytest

from schemas import matching
from schemas.booking_record import CorrectSegment, DifferentSegments, MergeTrips, Statement
from schemas.identifiers import birth_token
from schemas.segments import CarSegment, HotelSegment
from schemas.settings import TenantSettings
from services.consolidator.domain import stated
from services.consolidator.domain.limits import (
    MAX_ALIKE,
    MAX_CLAIMS,
    MAX_COMPARISONS,
    MAX_SEGMENTS_PER_TRIP,
    TRIP_TOO_LARGE,
)
from tests.support.statements import (
    booking,
    cancellation,
    flight,
    number_cancellation,
    numbers,
    override,
    posted_trip,
    rental,
    stay,
    trip_posted_as,
    withdrawal,
)
from tests.support.trips import Traveller, grouped


class Comparisons:
    """Counts how often two segments are compared."""

    def __init__(self) -> None:
        self.made = 0


@pytest.fixture
def comparisons(monkeypatch: pytest.MonkeyPatch) -> Comparisons:
    counted = Comparisons()

    def compare(left: stated.Features, right: stated.Features) -> matching.Comparison:
        counted.made += 1
        return matching.compare_features(left, right)

    monkeypatch.setattr(stated, "compare_features", compare)
    return counted


def day(number: int) -> str:
    return (date(2026, 1, 1) + timedelta(days=number)).isoformat()


def car(vendor: str, first: int, last: int) -> CarSegment:
    return rental(vendor, "SEA", f"{day(first)}T12:00:00", f"{day(last)}T12:00:00")


def hotels(number: int, *, first: int = 0) -> tuple[HotelSegment, ...]:
    """Stays of a month each, five a day."""
    return tuple(stay(f"Inn {n}", day(n // 5), day(n // 5 + 30)) for n in range(first, first + number))


def results(traveller: Traveller, *statements: Statement) -> list[tuple[str, str | None]]:
    made = traveller.feed(*statements)
    return [(outcome.result.value, outcome.reason) for outcome in made.outcomes]


ALIKE = ("refused", f"more than {MAX_ALIKE} segments that may be the same would hang together")


def test_hundreds_of_overlapping_hotels_in_one_post_are_not_compared_with_each_other(
    comparisons: Comparisons,
) -> None:
    traveller = Traveller()

    assert results(traveller, booking("tmc", "A", *hotels(MAX_SEGMENTS_PER_TRIP), at=1)) == [
        ("applied", None)
    ]
    assert comparisons.made == 0
    assert grouped(traveller) == [["A"]]


def test_hundreds_of_hotels_told_again_are_compared_with_those_of_their_day(comparisons: Comparisons) -> None:
    traveller = Traveller()
    traveller.feed(booking("tmc", "A", *hotels(500), at=1))
    traveller.feed(booking("supplier", "B", *hotels(500), at=2))

    assert comparisons.made <= 500 * 5
    assert [len(content["segments"]) for content in traveller.live()] == [500]


def test_what_did_not_change_is_not_compared_again(comparisons: Comparisons) -> None:
    traveller = Traveller()
    traveller.feed(booking("tmc", "A", *hotels(200), at=1), booking("email", "B", *hotels(200), at=2))
    made = comparisons.made
    traveller.feed(booking("email", "B", *hotels(200), at=3))
    traveller.feed(cancellation("email", "B", at=4))

    assert comparisons.made == made


def test_hundreds_of_bookings_of_one_hotel_are_taken_up_to_the_limit(comparisons: Comparisons) -> None:
    traveller = Traveller()
    many = [booking("tmc", f"L{n}", stay("Grand Hotel", day(0), day(3)), at=n) for n in range(400)]
    outcomes = results(traveller, *many)

    assert set(outcomes) == {("applied", None), ALIKE}
    assert outcomes.count(("applied", None)) == MAX_ALIKE + 1
    assert comparisons.made <= MAX_COMPARISONS


def test_what_is_refused_is_refused_before_anything_is_compared(comparisons: Comparisons) -> None:
    traveller = Traveller()
    traveller.feed(
        *(booking("tmc", f"L{n}", stay("Grand Hotel", day(0), day(3)), at=n) for n in range(MAX_ALIKE + 1))
    )
    made, before = comparisons.made, dict(traveller.state.trips)
    late = booking("tmc", "LATE", stay("Grand Hotel", day(0), day(3)), at=2000)

    assert results(traveller, late) == [ALIKE]
    assert comparisons.made == made
    assert traveller.state.trips == before
    # Elsewhere life goes on, and what takes away is never too much.
    assert (
        results(traveller, booking("tmc", "B", stay("Palace", day(90), day(91)), at=2001))[0][0] == "applied"
    )
    assert results(traveller, cancellation("tmc", "L7", at=2002)) == [("applied", None)]


def test_one_number_on_every_stay_of_a_traveller_refuses_none(comparisons: Comparisons) -> None:
    traveller = Traveller()
    many = [
        booking("tmc", f"L{n}", stay(f"Inn {n}", day(n * 3), day(n * 3 + 1), confirmation="SAME"), at=n)
        for n in range(400)
    ]

    assert set(results(traveller, *many)) == {("applied", None)}
    assert comparisons.made <= 500 * 20
    made = comparisons.made
    traveller.feed(booking("tmc", "NEW", stay("Inn", day(1800), day(1801), confirmation="SAME"), at=1001))
    assert comparisons.made - made <= 20


def test_a_booking_of_another_date_touches_nothing_of_those_that_bear_its_number() -> None:
    traveller = Traveller()
    traveller.each(
        *(booking("tmc", f"L{n}", rental("AL", "SEA", day(n * 9), day(n * 9 + 1)), at=n) for n in range(30))
    )
    made = traveller.feed(booking("tmc", "NEW", stay("Inn", day(1000), day(1001), confirmation="L7"), at=100))

    assert len([key for key in made.looked_at if key in traveller.state.records]) <= 3


def test_ends_centuries_away_make_one_trip_up_to_the_limit(comparisons: Comparisons) -> None:
    traveller = Traveller()
    many = [
        booking("tmc", f"L{n}", stay(f"Inn {n}", f"{1900 + n}-01-01", "2199-12-31"), at=n) for n in range(200)
    ]

    assert set(results(traveller, *many)) == {("applied", None)}
    assert len(traveller.live()) == 1
    assert comparisons.made <= MAX_COMPARISONS


def test_a_booking_over_all_years_of_a_long_history_is_refused_before_it_is_consolidated() -> None:
    traveller = Traveller()
    history = [
        booking("tmc", f"L{n}", *(stay(f"Inn {k}", day(n), day(n)) for k in range(10)), at=n)
        for n in range(0, 520, 2)
    ]
    for start in range(0, len(history), 65):
        traveller.feed(*history[start : start + 65])
    wide = booking("email", "WIDE", car("AL", 0, 520), at=9000)
    wider = [booking("email", f"W{n}", car("ZE", 0, 520), at=9001 + n) for n in range(2)]

    assert results(traveller, wide)[0][0] == "refused"
    assert {result for result, _ in results(traveller, *wider)} == {"refused"}
    assert len(traveller.live()) == len(history)


def test_a_part_of_too_many_statements_is_refused_unseen(comparisons: Comparisons) -> None:
    traveller = Traveller()
    traveller.feed(booking("tmc", "A", *hotels(500), at=1))
    fed = traveller.feed(booking("supplier", "B", *hotels(MAX_CLAIMS - 500), at=2))
    made = comparisons.made
    third = results(traveller, booking("email", "C", *hotels(1), at=3))

    assert max(len(trip.value) for trip in fed.trips) < 800_000  # Kafka's default takes a megabyte
    assert third == [("refused", f"more than {MAX_CLAIMS} statements about segments would hang together")]
    assert comparisons.made - made <= 25


def test_thousands_of_cancelled_numbers_touch_only_what_bears_them() -> None:
    traveller = Traveller()
    traveller.feed(*(number_cancellation("tmc", f"X{n}", at=n) for n in range(2000)))
    made = traveller.feed(booking("tmc", "A", stay("Inn", day(0), day(1), confirmation="X7"), at=3000))

    assert len(made.looked_at) == 2
    assert results(traveller, number_cancellation("tmc", "A", at=3001)) == [("applied", None)]
    assert traveller.live() == []


def test_more_confirmation_numbers_on_a_segment_than_anybody_gives_are_refused() -> None:
    crowded = stay("Inn", day(0), day(1)).model_copy(
        update={"confirmation_numbers": numbers(*(f"N{n}" for n in range(51)))}
    )

    assert results(Traveller(), booking("tmc", "A", crowded, at=1)) == [
        ("refused", "segments.0.confirmation_numbers holds at most 50")
    ]


def test_hundreds_of_overlapping_posted_trips_stand_beside_each_other() -> None:
    traveller, posts = Traveller(), list[Statement]()
    for n in range(200):
        one, trip = stay(f"Inn {n}", day(n), day(n + 5)), trip_posted_as(f"p{n}")
        inside = booking("tmc", f"L{n}", one, at=n, trip=trip)
        posts += [posted_trip(f"p{n}", inside, at=n), inside]
    traveller.feed(*posts)
    over_all = booking("email", "M", car("AL", 0, 300), at=1000)

    assert results(traveller, over_all) == [("applied", None)]
    assert len(traveller.live()) == 200


def test_a_person_who_merges_everything_with_everything_gets_one_trip() -> None:
    traveller = Traveller()
    traveller.feed(
        *(booking("email", f"M{n}", stay(f"Inn {n}", day(n * 3), day(n * 3 + 1)), at=n) for n in range(100))
    )
    ids = [birth_token(booking("email", f"M{n}", at=0).record) for n in range(100)]
    merges = [
        override(f"o{n}", MergeTrips(trips=(ids[n % 100], ids[(n + 1) % 100])), at=500 + n)
        for n in range(400)
    ]

    assert {result for result, _ in results(traveller, *merges)} == {"applied"}
    assert len(traveller.live()) == 1


def test_endless_overrides_of_one_segment_are_refused_at_the_limit() -> None:
    traveller = Traveller()
    traveller.feed(booking("tmc", "A", flight("LH 1", "FRA-JFK", f"{day(0)}T08:00:00"), at=1))
    (segment,) = (s["id"] for s in traveller.live()[0]["segments"])
    values = flight("LH 1", "FRA-JFK", f"{day(0)}T09:00:00")
    many = [override(f"o{n}", CorrectSegment(segment=segment, values=values), at=10 + n) for n in range(1001)]
    outcomes = [result for result, _ in results(traveller, *many)]

    assert (outcomes.count("applied"), outcomes.count("refused")) == (1000, 1)


def test_what_a_person_told_apart_has_nothing_more_to_do_with_each_other() -> None:
    traveller = Traveller()
    traveller.feed(
        *(booking("email", f"M{n}", stay(f"Inn {n}", day(n * 9), day(n * 9 + 1)), at=n) for n in range(50))
    )
    segments = tuple(s["id"] for content in traveller.live() for s in content["segments"])
    traveller.feed(override("apart", DifferentSegments(segments=segments), at=100))
    made = traveller.feed(booking("email", "M7", stay("Inn 7", day(63), day(64)), at=101))

    assert len(made.looked_at & traveller.state.trip_of.keys()) == 1


def test_what_its_owner_took_back_keeps_nobody_from_booking() -> None:
    traveller, same = Traveller(), stay("Grand Hotel", day(0), day(3))
    for n in range(0, MAX_ALIKE + 50, 50):
        traveller.feed(*(booking("tmc", f"W{n + k}", same, at=n + k) for k in range(50)))
        traveller.feed(*(withdrawal("tmc", f"W{n + k}", at=1000 + n + k) for k in range(50)))
    for n in range(0, MAX_ALIKE, 50):
        traveller.feed(*(booking("tmc", f"C{n + k}", same, at=2000 + n + k) for k in range(50)))
        traveller.feed(*(cancellation("tmc", f"C{n + k}", at=3000 + n + k) for k in range(50)))

    assert results(traveller, booking("tmc", "NEW", same, at=9000)) == [("applied", None)]
    assert grouped(traveller) == [sorted(["NEW", *(f"C{n}" for n in range(MAX_ALIKE))])]


def test_a_trip_that_new_settings_made_too_large_is_told_anew_but_does_not_grow() -> None:
    traveller = Traveller()
    traveller.feed(booking("tmc", "A", *(stay(f"Inn {n}", day(n), day(n)) for n in range(0, 600, 2)), at=1))
    traveller.feed(
        booking("tmc", "B", *(stay(f"Hut {n}", day(n), day(n)) for n in range(602, 1202, 2)), at=2)
    )
    traveller.settings = TenantSettings(revision=1, merge_gap_days=5)

    elsewhere = booking("tmc", "C", stay("Palace", day(3000), day(3001)), at=3)
    anew = booking("tmc", "B", *(stay(f"Hut {n}", day(n), day(n + 1)) for n in range(602, 1202, 2)), at=4)
    more = booking("tmc", "D", stay("Palace", day(700), day(701)), at=5)
    assert results(traveller, elsewhere) == [("applied", None)]
    assert grouped(traveller) == [["A", "B"], ["C"]]
    assert results(traveller, anew) == [("applied", None)]
    assert results(traveller, more) == [("refused", TRIP_TOO_LARGE)]
    assert results(traveller, cancellation("tmc", "A", at=6)) == [("applied", None)]
