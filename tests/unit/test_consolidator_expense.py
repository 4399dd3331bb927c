"""Turns of a trip as the expense system hears of them, one by one; the rules at large are laws."""

from schemas.booking_record import Coupon, Ticket
from schemas.segments import SegmentStatus
from schemas.settings import TenantSettings
from tests.support.statements import advance, booking, cancellation, flight, stay
from tests.support.trips import Traveller

TICKET = (Ticket(coupons=(Coupon(status="OPEN"),)),)
FLIGHT = flight("LH 400", "FRA-JFK", "2026-05-12T10:00:00", "2026-05-12T12:00:00")
MINDED = {"completed", "reopened", "ready_to_expense", "no_longer_expensable", "cancelled"}
STAY = stay("Adler", "2026-05-12", "2026-05-14")


def turns(traveller: Traveller) -> list[str]:
    """What was told of its trips that the expense system minds, in order."""
    told = [change.type.value for value in traveller.written for change in value.changes]
    return [one for one in told if one in MINDED]


def test_the_ticket_of_another_booking_is_none_of_a_flights() -> None:
    traveller = Traveller(TenantSettings(pre_expense_air=True))
    traveller.feed(booking("tmc", "HOTEL", STAY, at=1, tickets=TICKET))

    traveller.feed(booking("tmc", "FLIGHT", FLIGHT, at=2))
    (trip,) = traveller.live()
    assert trip["expense"]["reason"] == "not_over"

    traveller.feed(booking("tmc", "FLIGHT", FLIGHT, at=3, tickets=TICKET))
    (trip,) = traveller.live()
    assert trip["expense"]["reason"] == "ticketed_air"


def test_a_flight_that_was_cancelled_takes_its_ticket_with_it() -> None:
    cancelled = FLIGHT.model_copy(update={"status": SegmentStatus.CANCELLED})
    unticketed = flight("BA 1", "FRA-LHR", "2026-05-13T10:00:00", "2026-05-13T12:00:00")
    traveller = Traveller(TenantSettings(pre_expense_air=True))
    traveller.feed(
        booking("tmc", "A", cancelled, STAY, at=1, tickets=TICKET), booking("supplier", "B", unticketed, at=2)
    )

    (trip,) = traveller.live()

    assert trip["expense"]["reason"] == "not_over"


def test_a_trip_that_is_prolonged_after_its_end_is_reopened_and_completed_anew() -> None:
    traveller = Traveller()
    traveller.feed(booking("tmc", "A", STAY, at=1))
    traveller.feed(advance("2026-05-15T12:00:00Z", at=2))
    assert turns(traveller) == ["completed", "ready_to_expense"]

    longer = stay("Adler", "2026-05-12", "2026-05-20")
    traveller.feed(booking("tmc", "A", longer, at=3))
    assert turns(traveller)[2:] == ["reopened", "no_longer_expensable"]

    traveller.feed(advance("2026-05-21T12:00:00Z", at=4))
    assert turns(traveller)[4:] == ["completed", "ready_to_expense"]
    versions = [
        (value.version.epoch, value.version.offset)
        for value in traveller.written
        for change in value.changes
        if change.type == "completed"
    ]
    assert versions == sorted(set(versions))
    assert len(versions) == 2


def test_a_trip_that_is_cancelled_after_its_end_is_taken_back_from_expense() -> None:
    traveller = Traveller()
    traveller.feed(booking("tmc", "A", STAY, at=1))
    traveller.feed(advance("2026-05-15T12:00:00Z", at=2))

    traveller.feed(cancellation("tmc", "A", at=3))

    assert set(turns(traveller)[2:]) == {"cancelled", "no_longer_expensable"}
