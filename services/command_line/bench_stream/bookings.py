"""What is fed: bookings of realistic size, spread over travellers, a trip being told by four sources.

The n-th statement is always the same, so that every engine gets the same bytes. After a first telling of
every trip, statements change what was told before.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from schemas.booking_record import BookingContent, BookingStatement, Owner, Passenger, Revision, Source
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
from schemas.times import Moment
from services.platform.kafka import partition_for

_TENANT = "bench"
_TELLERS: tuple[Source, ...] = ("tmc", "email", "supplier", "tripit")
_FIRST_DAY = date(2027, 1, 4)
_NOTE = (
    "Breakfast is included; the rate may be cancelled until the day before arrival, 18:00 local time. " * 4
)


class Fed(NamedTuple):
    """One message for `bookings.v1`."""

    partition: int
    key: bytes
    value: bytes


def bookings(count: int, *, travellers: int, partitions: int, start: int = 0) -> Iterator[Fed]:
    """Yield statements from the `start`-th on."""
    homes: dict[str, int] = {}
    for number in range(start, start + count):
        said = statement(number, travellers=travellers)
        if said.traveller not in homes:
            homes[said.traveller] = partition_for(
                tenant=said.tenant, traveller=said.traveller, partitions=partitions
            )
        yield Fed(homes[said.traveller], said.record.encode(), said.encode())


def statements_of_one(first: int, *, travellers: int, count: int) -> list[BookingStatement]:
    """Return, of the first so many statements, all of the traveller whose is the `first`-th."""
    return [statement(number, travellers=travellers) for number in range(first, count, travellers)]


def statement(number: int, *, travellers: int) -> BookingStatement:
    """Return the n-th of all, its traveller's next: three trips, each told by four sources, then revised."""
    traveller = traveller_id(tenant=_TENANT, login=f"u{number * 7919 % travellers}")
    turn = number // travellers
    trip, source = turn // len(_TELLERS) % 3, _TELLERS[turn % len(_TELLERS)]
    return BookingStatement(
        tenant=_TENANT,
        traveller=traveller,
        message=inbox_message_id(topic="bench", partition=0, offset=number),
        record=record_key(
            tenant=_TENANT,
            traveller=traveller,
            owner=source,
            booking_source=source,
            record_locator=f"T{trip}",
        ),
        revision=Revision(
            received_ms=number, partition=0, offset=number, normaliser=1, content_hash=str(number)
        ),
        owner=Owner(party=source, source=source),
        booking_source=source,
        record_locator=f"T{trip}",
        content=BookingContent(
            segments=_segments(trip, source, turn=turn),
            passengers=(Passenger(first_name="Ada", last_name="Moser"),),
            details={"Remark": _NOTE},
        ),
    )


def _segments(trip: int, source: Source, *, turn: int) -> tuple[Segment, ...]:
    leaves = _FIRST_DAY + timedelta(days=trip * 30)
    returns = leaves + timedelta(days=3)
    seat = f"{turn % 40 + 1}{'ACDF'[turn % 4]}"
    flights = (
        _flight("400", "FRA", "JFK", leaves, seat=seat, code=f"X{trip}"),
        _flight("401", "JFK", "FRA", returns, seat=seat, code=f"X{trip}"),
    )
    hotel = HotelSegment(
        name="Grand Hotel",
        place=Place(city="New York", country="US"),
        start=Moment(local=leaves.isoformat()),
        end=Moment(local=returns.isoformat()),
        room_type=f"Room {seat}",
    )
    told: dict[str, tuple[Segment, ...]] = {"supplier": (hotel,), "tripit": (flights[0], hotel)}
    return told.get(source, flights)


def _flight(number: str, origin: str, destination: str, day: date, *, seat: str, code: str) -> AirSegment:
    return AirSegment(
        carrier="LH",
        flight_number=number,
        origin=Place(code=origin),
        destination=Place(code=destination),
        start=Moment(local=f"{day}T10:00:00", offset_minutes=60),
        end=Moment(local=f"{day}T13:00:00", offset_minutes=-300),
        seats=(Seat(number=seat),),
        confirmation_numbers=(ConfirmationNumber(kind=ConfirmationKind.SUPPLIER, value=code),),
    )
