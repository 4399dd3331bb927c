"""A trip in TripIt's form, as Concur's `systemFormat=Tripit` gives it. Give it only what the viewer may see.

Flights only: other kinds of booking have no form that Concur documents. What is not known is written empty,
never left out.
"""

from collections.abc import Sequence

from schemas.booking_record import Passenger
from schemas.concur.elements import ELEMENTS
from schemas.concur.texts import prefixed
from schemas.concur.wire import document
from schemas.segments import AirFields, ConfirmationKind, SegmentStatus
from schemas.times import Moment
from schemas.trip import Trip, TripBooking
from services.query.domain.concur_format import TRIP_PATH, date_time, segments_of_bookings

_Texts = dict[str, str]

_MINUTES = 60


def tripit_xml(trip: Trip, *, party: str | None = None) -> bytes:
    """Return the trip as a `Response` document, in UTF-8 and in no namespace.

    As in the `Itinerary`, the party that reads finds its own flights as it posted them.
    """
    texts = prefixed("Trip", _trip(trip))
    segments = segments_of_bookings(trip.content, party=party)
    number = 0
    for booking in trip.content.bookings:
        flights = [
            segment
            for segment in segments[booking.record]
            if isinstance(segment, AirFields) and segment.status is not SegmentStatus.CANCELLED
        ]
        if flights:
            number += 1
            texts.update(prefixed(f"AirObject[{number}]", _air_object(booking, flights)))
    return document("Response", texts, namespace=None)


def _trip(trip: Trip) -> _Texts:
    content = trip.content
    is_personal = content.posted is not None and content.posted.header.is_personal
    return _whole(
        "Trip",
        {
            "id": trip.id,
            "relative_url": f"{TRIP_PATH}/{trip.id}",
            "start_date": (content.start_date or "")[:10],
            "end_date": (content.end_date or "")[:10],
            "display_name": content.name,
            "is_private": "true" if is_personal else "false",
        },
    )


def _air_object(booking: TripBooking, flights: Sequence[AirFields]) -> _Texts:
    first = flights[0]
    said = {
        "booking_site_conf_num": _number(flights, ConfirmationKind.BOOKING_SITE) or booking.record_locator,
        "booking_site_name": booking.agency_name or booking.booking_source,
        "record_locator": booking.record_locator,
        "supplier_conf_num": _number(flights, ConfirmationKind.SUPPLIER),
        "supplier_name": first.carrier_name or first.carrier,
        "supplier_phone": first.phone,
        "is_purchased": "1",
        "notes": "\n".join(dict.fromkeys(flight.notes for flight in flights if flight.notes)),
        "restrictions": first.cancellation_policy,
        "total_cost": _cost(booking),
    }
    texts = _whole("AirObject", said)
    for number, flight in enumerate(flights, start=1):
        texts.update(prefixed(f"Segment[{number}]", _segment(flight)))
    for number, passenger in enumerate(booking.passengers, start=1):
        ticket = _ticket_number(booking, at=number - 1)
        texts.update(prefixed(f"Traveler[{number}]", _traveller(passenger, ticket=ticket)))
    return texts


def _segment(flight: AirFields) -> _Texts:
    said = {
        "start_airport_code": flight.origin and flight.origin.code,
        "start_gate": flight.origin_gate,
        "start_terminal": flight.origin_terminal,
        "end_airport_code": flight.destination and flight.destination.code,
        "end_gate": flight.destination_gate,
        "end_terminal": flight.destination_terminal,
        "marketing_airline": flight.carrier,
        "marketing_flight_number": flight.flight_number,
        "aircraft": flight.aircraft,
        "duration": _duration(flight.duration_minutes),
        "distance": None if flight.miles is None else str(flight.miles),
        "notes": flight.notes,
        "seats": ", ".join(seat.number for seat in flight.seats),
        "service_class": flight.cabin or flight.class_of_service,
        "stops": _stops(flight.stops),
    }
    start, end = _clock("StartDateTime", flight.start), _clock("EndDateTime", flight.end)
    return start | end | _whole("Segment", said)


def _clock(element: str, moment: Moment | None) -> _Texts:
    date, _, time = ("", "", "") if moment is None else date_time(moment.local).partition("T")
    return prefixed(element, {"date": date, "time": time})


def _traveller(passenger: Passenger, *, ticket: str | None) -> _Texts:
    program = next(iter(passenger.loyalty_programs), None)
    return _whole(
        "Traveler",
        {
            "first_name": passenger.first_name,
            "middle_name": passenger.middle_name,
            "last_name": passenger.last_name,
            "frequent_traveler_num": program and program.number,
            "frequent_traveler_supplier": program and program.vendor,
            "ticket_num": ticket,
        },
    )


def _whole(element: str, said: dict[str, str | None]) -> _Texts:
    """Return a text for each element that may stand here, empty where nothing is known."""
    return {name: said.get(name) or "" for name in ELEMENTS[element].order if name in ELEMENTS[element].texts}


def _number(flights: Sequence[AirFields], kind: ConfirmationKind) -> str | None:
    numbers = (n.value for flight in flights for n in flight.confirmation_numbers if n.kind is kind)
    return next(numbers, None)


def _ticket_number(booking: TripBooking, *, at: int) -> str | None:
    """Return a passenger's ticket: by place, where there are as many tickets as passengers."""
    tickets = booking.tickets
    return tickets[at].number if len(tickets) == len(booking.passengers) else None


def _cost(booking: TripBooking) -> str | None:
    """Return what the booking costs where one ticket says so; sums would be our invention."""
    totals = [ticket.total for ticket in booking.tickets if ticket.total is not None]
    return " ".join(filter(None, (totals[0].amount, totals[0].currency))) if len(totals) == 1 else None


def _duration(minutes: int | None) -> str | None:
    return None if minutes is None else f"{minutes // _MINUTES}h, {minutes % _MINUTES}m"


def _stops(stops: int | None) -> str | None:
    return None if stops is None else str(stops) if stops else "Nonstop"
