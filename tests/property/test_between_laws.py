"""Laws of what lies between segments, for any journeys and stays."""

from datetime import date, datetime, timedelta
from typing import Any

from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from schemas.segments import Place, SegmentStatus
from schemas.trip import TripAir, TripHotel, TripSegment
from services.query.domain.between import between, told_after
from services.query.domain.between_facts import Fact
from services.query.domain.timeline import days_of
from services.query.page.languages import LANGUAGES
from services.query.page.presentation import Words
from tests.support.query_trips import an_id, flight, hotel, moment, trip

FIRST_DAY = date(2026, 5, 1)
PLACES = (
    Place(code="FRA", city="Frankfurt", latitude="50.03", longitude="8.57"),
    Place(code="HND", city="Tokyo", latitude="35.55", longitude="139.78"),
    Place(code="NRT", city="Tokyo", latitude="35.77", longitude="140.39"),
    Place(code="HNL", city="Honolulu"),
    Place(name="Somewhere"),
)
OFFSETS = (120, 540, 540, -600, None)

places = st.integers(0, len(PLACES) - 1)
hours = st.integers(0, 24 * 12)
statuses = st.sampled_from((SegmentStatus.CONFIRMED, SegmentStatus.CONFIRMED, SegmentStatus.CANCELLED))


@st.composite
def flights(draw: Any, name: str) -> TripAir:
    """A flight whose ends are at the clocks of its places, and may lack an offset or the time of day."""
    here, there = draw(places), draw(places)
    leaves = draw(hours)
    lasts = draw(st.integers(0, 20))
    return flight(
        name,
        origin=PLACES[here],
        destination=PLACES[there],
        start=_clock(leaves, OFFSETS[here], whole_day=draw(st.booleans()) and leaves % 5 == 0),
        end=_clock(leaves + lasts, OFFSETS[there], whole_day=False),
        status=draw(statuses),
    )


@st.composite
def stays(draw: Any, name: str) -> TripHotel:
    first, nights = draw(st.integers(0, 12)), draw(st.integers(0, 6))
    return hotel(
        name,
        start=moment(_date(first), offset_minutes=None, zone=None),
        end=moment(_date(first + nights), offset_minutes=None, zone=None),
        place=PLACES[draw(places)],
        status=draw(statuses),
        check_in_time=draw(st.sampled_from((None, "15:00", "later"))),
    )


@st.composite
def journeys(draw: Any) -> tuple[TripSegment, ...]:
    many, beds = draw(st.integers(0, 5)), draw(st.integers(0, 4))
    flown = [draw(flights(f"flight {n}")) for n in range(many)]
    slept = [draw(stays(f"stay {n}")) for n in range(beds)]
    return tuple(draw(st.permutations([*flown, *slept])))


def _clock(hour: int, offset: int | None, *, whole_day: bool) -> Any:
    local = datetime(2026, 5, 1) + timedelta(hours=hour, minutes=offset or 0)  # noqa: DTZ001 - a wall clock
    text = local.isoformat()
    return moment(text[:10] if whole_day else text, offset_minutes=offset, zone=None)


def _date(day: int) -> str:
    return (FIRST_DAY + timedelta(days=day)).isoformat()


def facts_of(segments: tuple[TripSegment, ...]) -> tuple[Fact, ...]:
    return between(trip("t", segments=segments))


@given(journeys())
def test_facts_name_live_segments_of_the_trip_alone(segments: tuple[TripSegment, ...]) -> None:
    live = {segment.id for segment in segments if segment.status is not SegmentStatus.CANCELLED}

    assert all(set(fact.segments) <= live for fact in facts_of(segments))


@given(journeys(), st.randoms(use_true_random=False))
def test_the_order_in_which_segments_are_kept_changes_nothing(
    segments: tuple[TripSegment, ...], lots: Any
) -> None:
    shuffled = list(segments)
    lots.shuffle(shuffled)

    assert facts_of(segments) == facts_of(tuple(shuffled))


@given(journeys())
def test_what_is_cancelled_might_as_well_not_be_there(segments: tuple[TripSegment, ...]) -> None:
    live = tuple(segment for segment in segments if segment.status is not SegmentStatus.CANCELLED)

    assert facts_of(segments) == facts_of(live)


@given(journeys())
def test_one_more_bed_takes_nights_away_and_one_over_all_leaves_none(
    segments: tuple[TripSegment, ...],
) -> None:
    bed = hotel(
        "one more",
        start=moment(_date(-2), offset_minutes=None, zone=None),
        end=moment(_date(20), offset_minutes=None, zone=None),
    )

    assert lacking((*segments, bed)) == set()


@given(journeys(), stays("one more"))
def test_a_bed_makes_no_other_night_lack_one_while_the_trip_is_no_longer_for_it(
    segments: tuple[TripSegment, ...], bed: TripHotel
) -> None:
    rows = [row for day in days_of(trip("t", segments=segments)) for row in day.rows]
    last = max((row.moment.date for row in rows if not row.cancelled), default="")
    if bed.end is None or bed.end.date > last or bed.status is SegmentStatus.CANCELLED:
        return

    assert bed.start is not None
    nights = {day for day in lacking(segments) if not bed.start.date <= day < bed.end.date}
    assert lacking((*segments, bed)) <= lacking(segments)
    assert lacking((*segments, bed)) == nights


def lacking(segments: tuple[TripSegment, ...]) -> set[str]:
    """The nights without a bed, one by one."""
    return {
        (date.fromisoformat(fact.first) + timedelta(days=n)).isoformat()
        for fact in facts_of(segments)
        if fact.code == "night_without_stay"
        for n in range(fact.days)
    }


@given(journeys(), st.integers(1, 400))
def test_a_trip_of_another_year_has_the_same_facts_at_its_own_dates(
    segments: tuple[TripSegment, ...], days: int
) -> None:
    def moved(segment: TripSegment) -> TripSegment:
        ends = {
            name: end.model_copy(update={"local": _later(end.local, days)})
            for name, end in (("start", segment.start), ("end", segment.end))
            if end is not None
        }
        return segment.model_copy(update=ends)

    later = facts_of(tuple(moved(segment) for segment in segments))

    told = [fact.model_dump(exclude={"id"}) for fact in later]
    assert [_shifted(fact, days) for fact in facts_of(segments)] == told


def _later(local: str, days: int) -> str:
    parsed = datetime.fromisoformat(local) + timedelta(days=days)
    return parsed.isoformat().replace("+00:00", "Z") if len(local) > 10 else parsed.date().isoformat()


def _shifted(fact: Fact, days: int) -> dict[str, Any]:
    said = fact.model_dump(exclude={"id"})
    return said | {name: _later(said[name], days) for name in ("first", "local", "utc") if name in said}


@given(journeys())
def test_every_fact_stands_somewhere_in_the_timeline_once_and_can_be_said(
    segments: tuple[TripSegment, ...],
) -> None:
    shown = trip("t", segments=segments)
    facts, days = between(shown), days_of(shown)
    rows = {(row.segment.id, row.edge) for day in days for row in day.rows}

    placed = told_after(facts, days)

    assert set(placed) <= rows
    assert sum(map(len, placed.values())) == len(facts)
    for language in LANGUAGES:
        words = Words(Locale.parse(language))
        said = [words.fact(fact, {segment.id: segment for segment in segments}) for fact in facts]
        assert all("{" not in text and text for text in said)


def test_the_laws_speak_of_trips_that_have_facts() -> None:
    out = flight(
        "f", origin=PLACES[0], destination=PLACES[1], end=moment("2026-05-12T11:00:00", offset_minutes=540)
    )

    assert [(fact.code, fact.segments) for fact in facts_of((out,))] == [
        ("check_in_opens", (an_id("f"),)),
        ("zone_change", (an_id("f"),)),
    ]
