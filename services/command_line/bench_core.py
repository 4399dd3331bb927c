"""The core alone: travellers with ever longer histories, one booking changed at a time.

A trip is four bookings as four sources tell them: flights by the agency, the same flights by
e-mail, a hotel by its supplier, flight and hotel by TripIt.
"""

import gc
import time
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from schemas.booking_record import BookingContent, BookingStatement, Owner, Revision, Source
from schemas.identifiers import inbox_message_id, record_key, traveller_id
from schemas.segments import (
    AirSegment,
    ConfirmationKind,
    ConfirmationNumber,
    HotelSegment,
    Place,
    Seat,
    Segment,
)
from schemas.settings import TenantSettings
from schemas.times import Moment
from services.consolidator.domain.consolidate import expected_trips, step
from services.consolidator.domain.inputs import Input
from services.consolidator.domain.state import TravellerState

SIZES = (5, 20, 50, 100, 500, 10_000)
_TENANT = "bench"
_TRAVELLER = traveller_id(tenant=_TENANT, login="bench")
_SETTINGS = TenantSettings()
_FIRST_DAY = date(1950, 1, 1)
_DAYS_BETWEEN_TRIPS = 30
_ROUND = 100
"""So many updates are told before they are measured."""
_TELLERS: tuple[Source, ...] = ("tmc", "email", "supplier", "tripit")


class Figure(NamedTuple):
    """What one size costs, in milliseconds of processor time."""

    bookings: int
    incremental_ms: float
    """One booking changed: the step, and taking it into the state."""
    whole_ms: float
    """All trips from all records."""


def measure_core(*, seconds: float, sizes: tuple[int, ...] = SIZES) -> Iterator[Figure]:
    """Measure each size for about so many seconds; the garbage collector rests meanwhile."""
    for bookings in sizes:
        state = _traveller_with(bookings)
        gc.collect()
        gc.disable()
        try:
            yield Figure(
                bookings, _update_ms(state, bookings, seconds=seconds), _whole_ms(state, seconds=seconds)
            )
        finally:
            gc.enable()


def _update_ms(state: TravellerState, bookings: int, *, seconds: float) -> float:
    """Return the processor time of one update, after a first round that does not count.

    What is told is made beforehand: reading it is not the core's work.
    """
    runs, spent = 0, 0.0
    while not runs or spent < seconds:
        told = [_update(bookings, run) for run in range(runs, runs + _ROUND)]
        started = time.process_time()
        for offset, statement in told:
            _feed(state, statement, offset=offset)
        spent += time.process_time() - started if runs else 0.0
        runs += _ROUND
    return spent / (runs - _ROUND) * 1000


def _whole_ms(state: TravellerState, *, seconds: float) -> float:
    """Return the processor time of all trips from all records, after a first time that does not count."""
    expected_trips(state.records, settings=_SETTINGS)
    runs, started = 0, time.process_time()
    while (spent := time.process_time() - started) < seconds:
        runs += 1
        expected_trips(state.records, settings=_SETTINGS)
    return spent / runs * 1000


def _traveller_with(bookings: int) -> TravellerState:
    state = TravellerState(_TENANT, _TRAVELLER)
    for number in range(bookings):
        _feed(state, _statement(number, at=number, seat="1A"), offset=number)
    return state


def _update(bookings: int, run: int) -> tuple[int, BookingStatement]:
    """Return the offset of an update, and what it tells: other seats, or another room."""
    offset = bookings + run + 1
    number = (run * 7919) % bookings
    return offset, _statement(number, at=offset, seat=f"{run % 40 + 1}C")


def _feed(state: TravellerState, statement: BookingStatement, *, offset: int) -> None:
    made = step(state, [Input(statement, offset=offset, appended_ms=offset)], settings=_SETTINGS, epoch=1)
    state.absorb(made)


def _statement(number: int, *, at: int, seat: str) -> BookingStatement:
    trip, teller = divmod(number, len(_TELLERS))
    source = _TELLERS[teller]
    key = record_key(
        tenant=_TENANT,
        traveller=_TRAVELLER,
        owner=source,
        booking_source=source,
        record_locator=f"{trip}",
    )
    return BookingStatement(
        tenant=_TENANT,
        traveller=_TRAVELLER,
        message=inbox_message_id(topic="bench", partition=0, offset=at),
        record=key,
        revision=Revision(received_ms=at, partition=0, offset=at, normaliser=1, content_hash=str(at)),
        owner=Owner(party=source, source=source),
        booking_source=source,
        record_locator=f"{trip}",
        content=BookingContent(segments=_segments(trip, source, seat=seat)),
    )


def _segments(trip: int, source: Source, *, seat: str) -> tuple[Segment, ...]:
    leaves = _FIRST_DAY + timedelta(days=trip * _DAYS_BETWEEN_TRIPS)
    returns = leaves + timedelta(days=4)
    flights = (
        _flight("400", "FRA", "JFK", leaves, number=f"X{trip}", seat=seat),
        _flight("401", "JFK", "FRA", returns, number=f"X{trip}", seat=seat),
    )
    hotel = HotelSegment(
        name="Grand Hotel",
        place=Place(city="New York", country="US"),
        start=Moment(local=leaves.isoformat()),
        end=Moment(local=returns.isoformat()),
        room_type=seat,
    )
    told: dict[str, tuple[Segment, ...]] = {"supplier": (hotel,), "tripit": (flights[0], hotel)}
    return told.get(source, flights)


def _flight(
    number_of_flight: str, origin: str, destination: str, day: date, *, number: str, seat: str
) -> AirSegment:
    return AirSegment(
        carrier="LH",
        flight_number=number_of_flight,
        origin=Place(code=origin),
        destination=Place(code=destination),
        start=Moment(local=f"{day}T10:00:00", offset_minutes=60),
        end=Moment(local=f"{day}T13:00:00", offset_minutes=-300),
        confirmation_numbers=(ConfirmationNumber(kind=ConfirmationKind.SUPPLIER, value=number),),
        seats=(Seat(number=seat),),
    )
