"""Bar coded boarding passes: IATA Resolution 792, all versions, from one leg to nine.

A pass names the day of a flight by its number within the year, and says at most the last digit of the year in
which it was issued: the year follows from the mail.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from schemas.booking_record import Ticket
from schemas.segments import AirSegment, ConfirmationKind, Place, RailSegment, Seat
from schemas.times import Moment
from services.ingest.domain.email.flight_marks import ICAO
from services.ingest.domain.email.found import Found
from services.ingest.domain.email.results import Engine
from services.ingest.domain.email.values import code, passenger_of
from services.ingest.domain.email.when import Stamp, moment_of
from services.ingest.domain.places import airport

_HEAD = 23
"""Format, legs, name of 20, electronic ticket."""
_LEG = 37
"""What every leg has: locator, route, carrier, number, day, class, seat, sequence, status, size of more."""
_FEWEST = _HEAD + 24
"""Where the day of the flight ends: some issuers leave out all behind it."""
_CABINS = {"F": "first", "A": "first", "P": "first", "J": "business", "C": "business", "D": "business",
           "I": "business", "Z": "business", "W": "premium economy"}  # fmt: skip
_AHEAD = timedelta(days=-30)
"""A pass is rarely mailed long after its flight; before that, it is next year's."""


LACKS_LEGS = "a boarding pass says that it has more flights than could be read"
NAMES_STATION = "a boarding pass names a place that is no airport, and by its code alone a railway's station"


class Leg(NamedTuple):
    """One flight of a pass."""

    locator: str | None
    origin: str
    destination: str
    carrier: str | None
    number: str | None
    day_of_year: int | None
    compartment: str
    seat: str | None
    conditional: str
    """What issuers may add."""

    @property
    def is_by_rail(self) -> bool:
        """Airlines sell trains, too, under codes of stations."""
        return airport(self.origin) is None or airport(self.destination) is None


class Pass(NamedTuple):
    """A boarding pass as its code says it."""

    name: str
    legs: tuple[Leg, ...]
    issued: tuple[int, int] | None
    """Last digit of the year, and the day within it."""
    lacks_legs: bool = False
    """Whether it says that it has more legs than could be read."""


def looks_like_pass(text: str) -> bool:
    """Say whether the text of a bar code may be a boarding pass."""
    return len(text) >= _FEWEST and text[0] in "MS" and text[1] in "123456789"


def read_pass(text: str) -> Pass | None:
    """Read the text of a bar code; None where it is no boarding pass."""
    if not looks_like_pass(text):
        return None
    legs: list[Leg] = []
    issued: tuple[int, int] | None = None
    at = _HEAD
    for _ in range(int(text[1])):
        fields = text[at : at + _LEG].ljust(_LEG)
        leg = _leg(fields)
        if leg is None:
            break
        size = _hex(fields[-2:])
        rest = text[at + _LEG : at + _LEG + size]
        if not legs:
            issued = _issued(rest)
            rest = _after_unique(rest)
        legs.append(leg._replace(conditional=rest))
        at += _LEG + size
    lacks_legs = len(legs) < int(text[1])
    return Pass(text[2:22].strip(), tuple(legs), issued, lacks_legs) if legs else None


def _leg(fields: str) -> Leg | None:
    locator, origin, destination = fields[0:7].strip(), fields[7:10], fields[10:13]
    if not _are_ends(origin, destination) or not re.fullmatch(r"[A-Z0-9]*", locator):
        return None
    day = fields[21:24].strip()
    if day and not day.isdecimal():
        return None
    carrier, number = fields[13:16].strip(), fields[16:21].strip().lstrip("0")
    return Leg(
        locator=locator or None,
        origin=origin,
        destination=destination,
        carrier=ICAO.get(carrier, carrier) or None,
        number=number or None,
        day_of_year=int(day) if day and 1 <= int(day) <= 366 else None,
        compartment=fields[24],
        seat=fields[25:29].strip().lstrip("0") or None,
        conditional="",
    )


def _are_ends(origin: str, destination: str) -> bool:
    """Say whether codes are those of two airports, or of an airport and of a railway's station."""
    unknown = [each for each in (origin, destination) if airport(each) is None]
    return not unknown or (len(unknown) == 1 and _STATION.fullmatch(unknown[0]) is not None)


_STATION = re.compile(r"[QXZ][A-Z]{2}")
"""As the codes begin that stations have beside the airports'."""


def _hex(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        return 0


def _issued(conditional: str) -> tuple[int, int] | None:
    """Read the day of issue, which the first leg's unique part holds: `>`, version, size, then the fields."""
    found = re.match(r">.[0-9A-F]{2}...(\d)(\d{3})", conditional)
    return (int(found[1]), int(found[2])) if found and 1 <= int(found[2]) <= 366 else None


def _after_unique(conditional: str) -> str:
    return conditional[4 + _hex(conditional[2:4]) :] if conditional.startswith(">") else conditional


def _ticket(conditional: str) -> str | None:
    """Read airline number and serial from a leg's repeated part."""
    found = re.match(r"[0-9A-F]{2}(\d{3})(\d{10})", conditional)
    return f"{found[1]}-{found[2]}" if found else None


def _marketing(conditional: str) -> str | None:
    found = re.match(r"[0-9A-F]{2}[0-9 ]{13}..([A-Z0-9]{2})", conditional)
    return found[1] if found else None


def flight_day(day_of_year: int, *, issued: tuple[int, int] | None, written: date) -> date:
    """Return the day of a flight: the first such one from its issue on, else one around the mail's date."""
    if issued is not None:
        years = [year for year in range(written.year - 9, written.year + 2) if year % 10 == issued[0]]
        if years:
            first = _day_in(years[-1], issued[1])
            if first <= written + timedelta(days=2) and written - first < timedelta(days=2 * 366):
                return next(day for year in (first.year, first.year + 1)
                            if (day := _day_in(year, day_of_year)) >= first)  # fmt: skip
    candidates = (_day_in(year, day_of_year) for year in (written.year - 1, written.year, written.year + 1))
    return next(day for day in candidates if day >= written + _AHEAD)


def _day_in(year: int, day_of_year: int) -> date:
    return date(year, 1, 1) + timedelta(days=day_of_year - 1)


def flights_of(text: str, *, written: datetime) -> Iterator[Found]:
    """Return what a boarding pass says of each of its flights."""
    read = read_pass(text)
    doubt = LACKS_LEGS if read is not None and read.lacks_legs else None
    for leg in read.legs if read is not None else ():
        day = None if leg.day_of_year is None else flight_day(
            leg.day_of_year, issued=read.issued if read else None, written=written.date()
        )  # fmt: skip
        ticket = _ticket(leg.conditional)
        passenger = passenger_of(read.name if read else None)
        yield Found(
            engine=Engine.BOARDING_PASS,
            confidence=97 if day is not None else 60,
            segment=_train(leg, day) if leg.is_by_rail else _flight(leg, day),
            number=leg.locator,
            number_kind=ConfirmationKind.RECORD_LOCATOR,
            passengers=() if passenger is None else (passenger,),
            tickets=() if ticket is None else (Ticket(number=ticket),),
            is_part=True,
            doubt=doubt or (NAMES_STATION if leg.is_by_rail else None),
        )


def _flight(leg: Leg, day: date | None) -> AirSegment:
    marketing = _marketing(leg.conditional)
    return AirSegment(
        start=_on(day, leg),
        origin=Place(code=leg.origin),
        destination=Place(code=leg.destination),
        carrier=code(leg.carrier),
        flight_number=code(leg.number),
        operating_carrier=code(leg.carrier) if marketing not in {None, leg.carrier} else None,
        cabin=_CABINS.get(leg.compartment, "economy") if leg.compartment.isalpha() else None,
        class_of_service=leg.compartment if leg.compartment.isalpha() else None,
        seats=_seats(leg),
    )


def _train(leg: Leg, day: date | None) -> RailSegment:
    """Return the train that an airline sold, under its own number."""
    return RailSegment(
        start=_on(day, leg),
        origin=Place(code=leg.origin),
        destination=Place(code=leg.destination),
        carrier=code(leg.carrier),
        train_number=code(" ".join(filter(None, (leg.carrier, leg.number)))),
        seats=_seats(leg),
    )


def _on(day: date | None, leg: Leg) -> Moment | None:
    return None if day is None else moment_of(Stamp(day.isoformat()), place=Place(code=leg.origin))


def _seats(leg: Leg) -> tuple[Seat, ...]:
    return () if leg.seat is None or not leg.seat[0].isdigit() else (Seat(number=leg.seat),)
