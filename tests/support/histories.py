"""Random histories of one traveller: bookings, posted trips, cancellations, withdrawals, overrides, time.

Drawn from small pools, so that things meet: the same flight from several sources, dates that touch,
locators that come back.
"""

from datetime import date, timedelta
from typing import TypeVar

from hypothesis import strategies as st

from schemas.booking_record import BookingStatement, MergeTrips, Source, SplitTrip, Statement
from schemas.identifiers import birth_token
from schemas.segments import Segment, SegmentStatus
from tests.support.statements import (
    advance,
    booking,
    cancellation,
    flight,
    number_cancellation,
    override,
    posted_trip,
    rental,
    stay,
    trip_posted_as,
    withdrawal,
)

DAYS = 24
SOURCES: tuple[Source, ...] = ("tmc", "supplier", "booking_tool", "tripit", "email", "manual")
LOCATORS = ("A", "B", "C")
REFERENCES = ("one", "two")


def day(number: int) -> str:
    return (date(2026, 5, 1) + timedelta(days=number)).isoformat()


_Choice = TypeVar("_Choice")


class Dice:
    """Many small choices out of one drawn number: drawing is what costs time, not the law itself."""

    def __init__(self, number: int) -> None:
        self._left = number

    def below(self, sides: int) -> int:
        self._left, chosen = divmod(self._left, sides)
        return chosen

    def of(self, *choices: _Choice) -> _Choice:
        return choices[self.below(len(choices))]


def _dice() -> st.SearchStrategy[Dice]:
    return st.integers(0, 2**40).map(Dice)


def segments() -> st.SearchStrategy[Segment]:
    """One flight, stay or rental; a few of them cancelled, a few without dates."""
    return _dice().map(_segment)


def _segment(dice: Dice) -> Segment:
    start, length = dice.below(DAYS + 1), dice.below(6)
    confirmation = dice.of(None, "F1", "F2")
    made: Segment
    match dice.below(3):
        case 0:
            number, route = dice.of(("LH 1", "FRA-JFK"), ("LH 2", "JFK-FRA"), ("UA 9", "FRA-JFK"))
            end = dice.of(None, f"{day(start)}T23:00:00")
            made = flight(
                number,
                route,
                f"{day(start)}T{dice.of('08', '10', '21')}:00:00",
                end,
                confirmation=confirmation,
            )
        case 1:
            name = dice.of("Grand Hotel", "Hotel Grand", "Palace")
            made = stay(name, day(start), day(start + length), confirmation=confirmation)
        case _:
            dates = (f"{day(start)}T12:00:00", f"{day(start + length)}T12:00:00")
            made = rental("AL", "SEA", *dates, confirmation=confirmation)
    match dice.below(10):
        case 8:
            return made.model_copy(update={"status": SegmentStatus.CANCELLED})
        case 9:
            return made.model_copy(update={"start": None, "end": None})
        case _:
            return made


@st.composite
def _loose(draw: st.DrawFn, at: int) -> Statement:
    dice = draw(_dice())
    source, locator = dice.of(*SOURCES), dice.of(*LOCATORS)
    match dice.below(9):
        case 6:
            return cancellation(source, locator, at=at)
        case 7:
            return withdrawal(source, locator, at=at)
        case 8:
            return number_cancellation(source, dice.of(*LOCATORS, "F1", "F2"), at=at)
        case _:
            named = (trip_posted_as("one"), birth_token(booking("tmc", "A", at=at).record))
            return booking(
                source,
                locator,
                *draw(st.lists(segments(), max_size=3)),
                at=at,
                explicit_trip=dice.of(*[None] * 6, *named),
                source_revision=dice.of(None, None, 1, 2),
            )


@st.composite
def _posted(draw: st.DrawFn, at: int) -> list[Statement]:
    """One posted trip: its header and the bookings that it names, in the order that ingest sends them."""
    reference = draw(st.sampled_from(REFERENCES))
    named = draw(st.lists(st.sampled_from(LOCATORS), min_size=1, max_size=2, unique=True))
    trip = trip_posted_as(reference)
    bookings: list[BookingStatement] = [
        booking("tmc", locator, *draw(st.lists(segments(), min_size=1, max_size=2)), at=at, trip=trip)
        for locator in named
    ]
    status = draw(st.sampled_from(["confirmed"] * 5 + ["cancelled", "proposal"]))
    creates = draw(st.sampled_from([True, True, False]))
    return [posted_trip(reference, *bookings, at=at, status=status, creates=creates), *bookings]


@st.composite
def _by_person(draw: st.DrawFn, at: int) -> Statement:
    records = [booking(source, locator, at=at).record for source in SOURCES[:4] for locator in LOCATORS]
    reference = draw(st.sampled_from(["x", "y"]))
    kind = draw(st.sampled_from(["merge", "split", "undo"]))
    if kind == "undo":
        return override(reference, None, at=at)
    chosen = draw(st.lists(st.sampled_from(records), min_size=2, max_size=3, unique=True))
    if kind == "split":
        return override(reference, SplitTrip(records=tuple(chosen)), at=at)
    return override(reference, MergeTrips(trips=tuple(birth_token(record) for record in chosen)), at=at)


@st.composite
def histories(draw: st.DrawFn, *, max_size: int = 10, overrides: bool = True) -> list[Statement]:
    """Statements in the order in which they were received; each message has its own revision."""
    history: list[Statement] = []
    for at in range(draw(st.integers(1, max_size))):
        kind = draw(st.sampled_from(["loose"] * 7 + ["posted"] * 2 + ["person"] * overrides + ["time"]))
        if kind == "loose":
            history.append(draw(_loose(at)))
        elif kind == "posted":
            history += draw(_posted(at))
        elif kind == "person":
            history.append(draw(_by_person(at)))
        else:
            history.append(advance(f"{day(draw(st.integers(0, DAYS + 6)))}T00:00:00Z", at=at))
    return history
