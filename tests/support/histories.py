"""Random histories of one traveller: bookings, posted trips, cancellations, withdrawals, overrides, time.

Drawn from small pools, so that things meet: the same flight from several sources, dates that touch,
locators that come back. Each message is drawn as one string of bytes: drawing its choices one by one
takes longer than the laws themselves. A byte chooses one thing, 0 the simplest, so that a history
that breaks a law still shrinks to what matters.
"""

from collections.abc import Sequence
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

_RECORDS = tuple(booking(source, locator, at=0).record for source in SOURCES[:4] for locator in LOCATORS)
_TRIPS_OF_RECORDS = tuple(birth_token(record) for record in _RECORDS)
_NAMED_TRIPS = (trip_posted_as("one"), _TRIPS_OF_RECORDS[0])
"""To which a loose booking may say that it belongs."""

_OF_A_SEGMENT = 8
_CHOOSES_KIND = 3
"""Which of them says whether it is a flight, a stay or a rental."""
_OF_A_MESSAGE = 40
"""So many choices are enough for any; beyond, each is the first."""


def day(number: int) -> str:
    return (date(2026, 5, 1) + timedelta(days=number)).isoformat()


_Choice = TypeVar("_Choice")


class Dice:
    """Choices out of drawn bytes."""

    def __init__(self, thrown: bytes | bytearray) -> None:
        self._thrown = iter(thrown)

    def below(self, sides: int) -> int:
        return next(self._thrown, 0) * sides >> 8

    def of(self, *choices: _Choice) -> _Choice:
        return choices[self.below(len(choices))]

    def some_of(self, choices: Sequence[_Choice], *, least: int, most: int) -> list[_Choice]:
        """So many different ones."""
        left = list(choices)
        return [left.pop(self.below(len(left))) for _ in range(least + self.below(most - least + 1))]


def throws(number: int) -> st.SearchStrategy[bytes]:
    """So many bytes, a byte for a choice: all are drawn before anything is lived, so no case breaks off."""
    return st.binary(min_size=number, max_size=number)


_ANY_SEGMENT = throws(_OF_A_SEGMENT).map(lambda thrown: _segment(Dice(thrown)))


def segments() -> st.SearchStrategy[Segment]:
    """One flight, stay or rental; a few of them cancelled, a few without dates."""
    return _ANY_SEGMENT


def two_of_one_kind() -> st.SearchStrategy[tuple[Segment, Segment]]:
    """Two flights, two stays or two rentals."""
    return throws(2 * _OF_A_SEGMENT).map(_two_of_one_kind)


def _two_of_one_kind(thrown: bytes) -> tuple[Segment, Segment]:
    one, other = bytearray(thrown[:_OF_A_SEGMENT]), bytearray(thrown[_OF_A_SEGMENT:])
    other[_CHOOSES_KIND] = one[_CHOOSES_KIND]
    return _segment(Dice(one)), _segment(Dice(other))


def histories(*, max_size: int = 10, overrides: bool = True) -> st.SearchStrategy[list[Statement]]:
    """Statements in the order in which they were received; each message has its own revision."""
    messages = st.lists(throws(_OF_A_MESSAGE), min_size=1, max_size=max_size)
    return messages.map(
        lambda thrown: [
            statement
            for at, one in enumerate(thrown)
            for statement in _message(Dice(one), at=at, overrides=overrides)
        ]
    )


def _message(dice: Dice, *, at: int, overrides: bool) -> list[Statement]:
    match dice.of(*["loose"] * 7, *["posted"] * 2, *["person"] * overrides, "time"):
        case "loose":
            return [_loose(dice, at=at)]
        case "posted":
            return _posted(dice, at=at)
        case "person":
            return [_by_person(dice, at=at)]
        case _:
            return [advance(f"{day(dice.below(DAYS + 7))}T00:00:00Z", at=at)]


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


def _some_segments(dice: Dice, *numbers: int) -> list[Segment]:
    return [_segment(dice) for _ in range(dice.of(*numbers))]


def _loose(dice: Dice, *, at: int) -> Statement:
    source, locator = dice.of(*SOURCES), dice.of(*LOCATORS)
    match dice.below(11):
        case 9 | 10:
            end = dice.of(cancellation, withdrawal)
            trip = trip_posted_as(dice.of(*REFERENCES))
            return end("tmc", locator, at=at, trip=trip, with_later_posts=dice.of(True, False))
        case 6:
            return cancellation(source, locator, at=at)
        case 7:
            return withdrawal(source, locator, at=at)
        case 8:
            return number_cancellation(source, dice.of(*LOCATORS, "F1", "F2"), at=at)
        case _:
            return booking(
                source,
                locator,
                *_some_segments(dice, 1, 0, 2, 3),
                at=at,
                explicit_trip=dice.of(*[None] * 6, *_NAMED_TRIPS),
                source_revision=dice.of(None, None, 1, 2),
            )


def _posted(dice: Dice, *, at: int) -> list[Statement]:
    """One posted trip: its header and the bookings that it names, in the order that ingest sends them."""
    reference = dice.of(*REFERENCES)
    status = dice.of(*["confirmed"] * 5, "cancelled", "proposal")
    creates = dice.of(True, True, False)
    trip = trip_posted_as(reference)
    opens = creates and dice.of(True, False)  # trips that were created before creations were marked do not
    bookings: list[BookingStatement] = [
        booking("tmc", locator, *_some_segments(dice, 1, 2), at=at, trip=trip, opens=opens)
        for locator in dice.some_of(LOCATORS, least=1, most=2)
    ]
    head = posted_trip(reference, *bookings, at=at, status=status, creates=creates, opens=opens)
    return [head, *bookings]


def _by_person(dice: Dice, *, at: int) -> Statement:
    reference, kind = dice.of("x", "y"), dice.of("merge", "split", "undo")
    if kind == "undo":
        return override(reference, None, at=at)
    if kind == "split":
        split = SplitTrip(records=tuple(dice.some_of(_RECORDS, least=2, most=3)))
        return override(reference, split, at=at)
    merged = MergeTrips(trips=tuple(dice.some_of(_TRIPS_OF_RECORDS, least=2, most=3)))
    return override(reference, merged, at=at)
