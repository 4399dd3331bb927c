"""Parts of schema.org reservations: places, people, tickets, numbers and times, in every dialect."""

import re
from datetime import date
from typing import NamedTuple

from schemas.booking_record import Passenger, Ticket
from schemas.segments import Place, Seat, SegmentStatus
from schemas.times import Moment
from services.ingest.domain.email.dates import Reader, hours
from services.ingest.domain.email.items import Item
from services.ingest.domain.email.markup import Stated
from services.ingest.domain.email.values import code, once, passenger_of, prose
from services.ingest.domain.email.when import Stamp, iso_stamp, moment_of
from services.ingest.domain.places import airport_named

_FLIGHT = re.compile(r"^\s*([A-Z]{2}|[A-Z]\d|\d[A-Z])?\s*0*(\d{1,4})[A-Z]?\s*$")
_IATA = re.compile(r"\b[A-Z]{3}\b")
_DEGREES = re.compile(r"[+-]?\d{1,3}(\.\d+)?")
_AM_PM = re.compile(r"\d\s?[AaPp]\.?[Mm]\b")
_MAX_TIME = 60
_ANY_DAY = date(2000, 1, 1)
"""Years must be written."""
_COUNT = re.compile(r"\d{1,3}")


class Designator(NamedTuple):
    """Carrier and number of a flight."""

    carrier: str | None
    carrier_name: str | None
    flight_number: str | None


class Ends(NamedTuple):
    """When a segment starts and ends."""

    start: Moment | None
    end: Moment | None


def status_of(text: str | None) -> SegmentStatus:
    """Return a reservation's status; one that is not stated, or in no known word, is confirmed."""
    word = (text or "").rstrip("/").rsplit("/", 1)[-1].lower()
    if "cancel" in word:
        return SegmentStatus.CANCELLED
    if "pending" in word or "hold" in word or "request" in word:
        return SegmentStatus.REQUESTED
    return SegmentStatus.WAITLISTED if "wait" in word else SegmentStatus.CONFIRMED


def stamp_in(item: Item, *names: str, day: tuple[str, ...] = ()) -> Stamp | None:
    """Return the first of these times that can be read; a day stands in for a time that is missing."""
    for name in (*names, *day):
        text = item.text(name)
        stamp = (iso_stamp(text) or _in_words(text)) if text is not None else None
        if stamp is not None:
            zone = item.item(name).text("timezone") if item.items(name) else None
            return stamp._replace(zone=zone or stamp.zone)
    return None


def _in_words(text: str) -> Stamp | None:
    """Read a time as people write it, where it is one day with its year."""
    reader = Reader(near=_ANY_DAY, month_first=_AM_PM.search(text) is not None)
    days = reader.days(text[:_MAX_TIME])
    if len(days) != 1 or not days[0].has_year:
        return None
    hour = next(hours(text[:_MAX_TIME], days=days), None)
    day = days[0].day.isoformat()
    return Stamp(day if hour is None else f"{day}T{hour.hour.isoformat()}")


def both_ends(
    start: Stamp | None,
    end: Stamp | None,
    origin: Place | None,
    destination: Place | None,
    *,
    is_instant: bool = False,
) -> Ends:
    """Return the moments at both ends. A journey's time in UTC is an instant, a visit's only a habit."""
    return Ends(
        moment_of(start, place=origin, is_instant=is_instant and _is_utc(start)),
        moment_of(end, place=destination, is_instant=is_instant and _is_utc(end)),
    )


def _is_utc(stamp: Stamp | None) -> bool:
    return stamp is not None and stamp.offset_minutes == 0


def place_of(item: Item, *, is_airport: bool = False) -> Place | None:
    """Return a place by its address, coordinates and codes; an airport's name may hold its code."""
    address = item.item("address")
    geo = item.item("geo")
    name = prose(item.text("name"))
    iata = code(item.text("iataCode", "identifier")) if is_airport else None
    if is_airport and (iata is None or _IATA.fullmatch(iata) is None):
        iata = _airport_code(name)
    street = address.text("streetAddress")
    place = Place(
        code=iata,
        name=name,
        address=prose(street or (address.text("name") if not address.has("addressLocality") else None)),
        city=prose(address.text("addressLocality")),
        state=prose(address.text("addressRegion")),
        postal_code=code(address.text("postalCode")),
        country=code(address.text("addressCountry")),
        latitude=_degrees(geo.text("latitude") or item.text("latitude")),
        longitude=_degrees(geo.text("longitude") or item.text("longitude")),
    )
    return place if place.model_fields_set and place != Place() else None


def _airport_code(name: str | None) -> str | None:
    if name is None:
        return None
    found = _IATA.fullmatch(name) or re.search(r"\(([A-Z]{3})\)", name)
    return found[0].strip("()") if found else airport_named(name)


def _degrees(text: str | None) -> str | None:
    found = _DEGREES.fullmatch(text.strip()) if text else None
    return found[0] if found and found[0].strip("+-0.") else None


def station(trip: Item, end: str) -> Place | None:
    """Return a station of a train's trip."""
    return _stop(trip, f"{end}Station", f"{end}TrainStation")


def bus_stop(trip: Item, end: str) -> Place | None:
    """Return a stop of a bus, or a terminal of a boat."""
    return _stop(
        trip, f"{end}BusStop", f"{end}BusStation", f"{end}BoatTerminal", f"{end}Station", f"{end}Terminal"
    )


def _stop(trip: Item, *names: str) -> Place | None:
    stop = trip.item(*names)
    place = place_of(stop)
    identifier = code(stop.text("identifier"))
    return place.model_copy(update={"code": identifier}) if place is not None and identifier else place


def visit_name(item: Item) -> str | None:
    """Return the name of what is visited."""
    return prose(item.text("name"))


def count_of(text: str | None) -> int | None:
    """Return a small number, above nought."""
    found = _COUNT.search(text) if text else None
    return int(found[0]) or None if found else None


def flight_designator(flight: Item) -> Designator:
    """Return carrier and number, which stand in one text or apart, under an airline that has many names."""
    airlines = [flight.item(name) for name in ("airline", "carrier", "seller", "provider")]
    stated = next(filter(None, (code(each.text("iataCode")) for each in airlines)), None)
    text = (flight.text("flightNumber") or "").upper()
    found = _FLIGHT.fullmatch(text.replace("-", " "))
    carrier = found[1] or stated if found else stated
    names = (each.text("name") for each in airlines if each.text("iataCode") in {carrier, None})
    return Designator(carrier, prose(next(filter(None, names), None)), found[2] if found else code(text))


def passengers_of(stated: Stated) -> tuple[Passenger, ...]:
    """Return who travels: those under whose names it is, else those of the tickets."""
    people = stated.items("underName") or stated.item.item("reservedTicket").items("underName")
    found = (_person(each) for each in people)
    return once(filter(None, found))


def _person(item: Item) -> Passenger | None:
    first, last = item.text("givenName", "firstName"), item.text("familyName", "lastName")
    if last is not None:
        return Passenger(
            first_name=prose(first), last_name=prose(last), prefix=code(item.text("honorificPrefix"))
        )
    return passenger_of(item.text("name"))


def tickets_of(stated: Stated) -> tuple[Ticket, ...]:
    """Return the numbers of tickets."""
    tickets = stated.item.items("reservedTicket")
    numbers = [stated.item.text("ticketNumber"), *(each.text("ticketNumber") for each in tickets)]
    return tuple(Ticket(number=number) for number in dict.fromkeys(filter(None, map(code, numbers))))


def seats_of(stated: Stated) -> tuple[Seat, ...]:
    """Return the seats, of airlines that put them beside the ticket as well."""
    found: list[str | None] = [stated.item.text("airplaneSeat")]
    for ticket in stated.item.items("reservedTicket"):
        found.extend(seat.text("seatNumber") for seat in ticket.items("ticketedSeat"))
    return tuple(Seat(number=number) for number in dict.fromkeys(filter(None, map(code, found))))
