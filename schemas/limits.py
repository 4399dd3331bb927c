"""How many of everything one statement may hold; checked at the door, and again where it is accepted.

Apart from the models, so that what was accepted under other limits can always be read.
"""

from collections.abc import Iterable, Iterator, Sized
from typing import NamedTuple

from schemas.booking_record import (
    MAX_SEGMENTS,
    BookingContent,
    BookingStatement,
    PostedTripStatement,
    Statement,
)

MAX_NUMBERS = 50
"""Confirmation numbers of one segment."""
MAX_PARTS = 500
"""Passengers, tickets, charges, seats, coupons: of each, and in one place."""


class Excess(NamedTuple):
    """What is too much, and why. Says nothing of what the sender wrote."""

    field: str
    """A dotted path within a booking's content, or the field of a statement."""
    reason: str


def excess(statement: Statement) -> Excess | None:
    """Return the first thing that a statement holds too much of."""
    match statement:
        case BookingStatement(content=content):
            return next(_excesses(content), None)
        case PostedTripStatement(bookings=bookings) if len(bookings) > MAX_SEGMENTS:
            return Excess("bookings", f"a trip names at most {MAX_SEGMENTS} bookings")
        case _:
            return None


def _excesses(content: BookingContent) -> Iterator[Excess]:
    """Yield what a booking holds too much of."""
    yield from _longer("", (("passengers", content.passengers), ("tickets", content.tickets),
                            ("charges", content.charges)))  # fmt: skip
    for at, ticket in enumerate(content.tickets):
        yield from _longer(f"tickets.{at}.", (("coupons", ticket.coupons),))
    for at, segment in enumerate(content.segments):
        place = f"segments.{at}."
        parts = (
            ("passengers", segment.passengers),
            ("charges", segment.charges),
            ("seats", getattr(segment, "seats", ())),
        )
        yield from _longer(place, parts)
        if len(segment.confirmation_numbers) > MAX_NUMBERS:
            yield Excess(f"{place}confirmation_numbers", f"holds at most {MAX_NUMBERS}")


def _longer(place: str, parts: Iterable[tuple[str, Sized]]) -> Iterator[Excess]:
    for field, values in parts:
        if len(values) > MAX_PARTS:
            yield Excess(f"{place}{field}", f"holds at most {MAX_PARTS}")
