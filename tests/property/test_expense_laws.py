"""Laws of expense readiness: the core against the rules as one reads them aloud, at generated instants."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.booking_record import Coupon, Ticket
from schemas.segments import (
    AirSegment,
    CarSegment,
    DiningSegment,
    EventSegment,
    HotelSegment,
    ParkingSegment,
    Place,
    RailSegment,
    RideSegment,
    Segment,
    SegmentStatus,
)
from schemas.settings import TenantSettings
from schemas.times import Moment
from tests.support.statements import advance, booking, cancellation, posted_trip, trip_posted_as
from tests.support.trips import Traveller

_KINDS: dict[str, type[Any]] = {
    "air": AirSegment,
    "car": CarSegment,
    "hotel": HotelSegment,
    "ride": RideSegment,
    "rail": RailSegment,
    "dining": DiningSegment,
    "parking": ParkingSegment,
    "event": EventSegment,
}
_PLACED = {"hotel", "dining", "parking", "event"}

offsets = st.one_of(st.none(), st.sampled_from([-720, -300, 0, 60, 330, 840]))


@st.composite
def ends(draw: st.DrawFn) -> Moment:
    """When a segment ends: to the minute or to the day, with its offset or without."""
    day = date(2026, 5, 12) + timedelta(days=draw(st.integers(1, 6)))
    if draw(st.booleans()):
        return Moment(local=day.isoformat(), offset_minutes=draw(offsets))
    clock = time(draw(st.integers(0, 23)), draw(st.sampled_from([0, 30])))
    return Moment(local=f"{day}T{clock.isoformat()}", offset_minutes=draw(offsets))


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    # Flights more often than the others: of them the rules ask most.
    kind = draw(st.one_of(st.just("air"), st.sampled_from(sorted(_KINDS))))
    place = Place(city=f"City {draw(st.integers(0, 3))}")
    where = {"place": place} if kind in _PLACED else {"origin": place, "destination": place}
    return _KINDS[kind](
        **where,
        start=Moment(local="2026-05-12", offset_minutes=0),
        end=draw(ends()),
        status=draw(st.sampled_from([SegmentStatus.CONFIRMED, SegmentStatus.CANCELLED])),
    )


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Segment], list[datetime]]:
    """What a trip holds, and instants in order: at the very ends, just before and just after them."""
    stated = draw(st.lists(segments(), min_size=1, max_size=4))
    turning = [end_of(one.end) for one in stated if one.end is not None]
    near = st.builds(
        lambda end, seconds: end + timedelta(seconds=seconds),
        st.sampled_from(turning),
        st.sampled_from([-1, 0, 1]),
    )
    live = [end_of(one.end) for one in stated if one.end and one.status is SegmentStatus.CONFIRMED]
    last = max(live or turning)
    return stated, sorted([last - timedelta(seconds=1), last, *draw(st.lists(near, max_size=3))])


tickets = st.lists(
    st.sampled_from(["OPEN", "used", "PRTD", "CKIN", "EXCH", "VOID", None]).map(
        lambda status: Ticket(coupons=(Coupon(status=status),))
    ),
    max_size=2,
).map(tuple)
settings_of = st.builds(TenantSettings, pre_expense_air=st.booleans(), ckin_counts_as_valid=st.booleans())


def end_of(moment: Moment) -> datetime:
    """When a moment is over for certain."""
    if "T" in moment.local:
        local = datetime.fromisoformat(moment.local)
    else:
        local = datetime.combine(date.fromisoformat(moment.local) + timedelta(days=1), time())
    offset = -720 if moment.offset_minutes is None else moment.offset_minutes
    return local.replace(tzinfo=UTC) - timedelta(minutes=offset)


def is_ready(
    live: list[Segment],
    flown_by: set[str],
    *,
    settings: TenantSettings,
    now: datetime | None,
    status: str,
) -> bool:
    """The rules of Concur's reference, section 4, with the offsets of design, section 5, rule 5.

    `flown_by` are the coupons of the bookings that have a live flight.
    """
    if status in {"cancelled", "proposal", "booked_proposal"}:
        return False
    valid = {"OPEN", "USED", "PRTD"} | ({"CKIN"} if settings.ckin_counts_as_valid else set())
    kinds = {segment.type for segment in live}
    ticketed = bool(flown_by & valid)
    if ticketed and settings.pre_expense_air:
        return True
    over = now is not None and now >= max(end_of(end) for one in live if (end := one.end or one.start))
    return over and (ticketed or bool(kinds & {"car", "hotel", "ride"}))


@given(
    histories(),
    tickets,
    tickets,
    settings_of,
    st.sampled_from(["confirmed", "proposal", "booked_proposal", "cancelled"]),
)
def test_a_trip_is_ready_exactly_when_the_rules_say_so_and_each_turn_is_told(
    history: tuple[list[Segment], list[datetime]],
    tickets: tuple[Ticket, ...],
    tickets_beside: tuple[Ticket, ...],
    settings: TenantSettings,
    status: str,
) -> None:
    """Field, list and events are one decision: what is told adds up to what is shown, at every instant."""
    stated, instants = history
    posted = trip_posted_as("t")
    booked = booking("tmc", "A", *stated, at=1, trip=posted, tickets=tickets)
    # A meal that was booked with tickets: they are no flight's.
    meal = DiningSegment(place=Place(city="Elsewhere"), start=Moment(local="2026-05-12", offset_minutes=0))
    beside = booking("tmc", "B", meal, at=1, trip=posted, tickets=tickets_beside)
    header = posted_trip("t", booked, beside, at=1, status="confirmed" if status == "cancelled" else status)
    traveller = Traveller(settings)
    traveller.feed(header, booked, beside)
    if status == "cancelled":
        traveller.feed(*(cancellation("tmc", locator, at=2, trip=posted) for locator in "AB"))
    live = [*(one for one in stated if one.status is not SegmentStatus.CANCELLED), meal]
    flies = any(one.type == "air" for one in live)
    flown_by = {(one.coupons[0].status or "").upper() for one in tickets if flies}

    for number, now in enumerate([None, *instants]):
        if now is not None:
            text = now.isoformat().replace("+00:00", "Z")
            traveller.feed(advance(text, at=3 + number))
        (trip,) = traveller.trips().values()
        expected = is_ready(live, flown_by, settings=settings, now=now, status=status)
        assert trip["content"]["expense"]["ready"] is expected
        told = [change.type.value for value in traveller.written for change in value.changes]
        turns = [one for one in told if one in {"ready_to_expense", "no_longer_expensable"}]
        assert turns == ["ready_to_expense", "no_longer_expensable"][: len(turns)]
        assert (turns[-1:] == ["ready_to_expense"]) is expected


@given(histories(), settings_of)
def test_time_that_is_told_twice_or_late_changes_nothing(
    history: tuple[list[Segment], list[datetime]], settings: TenantSettings
) -> None:
    stated, instants = history
    told = [one.isoformat().replace("+00:00", "Z") for one in instants]
    once, often = Traveller(settings), Traveller(settings)
    for traveller, times in ((once, told), (often, [*told, *reversed(told), *told])):
        traveller.feed(booking("tmc", "A", *stated, at=1))
        traveller.each(*(advance(text, at=2 + n) for n, text in enumerate(times)))

    assert once.content() == often.content()
    assert once.outputs == often.outputs
