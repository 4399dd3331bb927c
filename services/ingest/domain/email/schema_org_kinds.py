"""What is reserved, in the words of schema.org, as a segment of its kind."""

from collections.abc import Callable, Mapping

from schemas.segments import (
    AirSegment,
    CarSegment,
    DiningSegment,
    EventSegment,
    HotelSegment,
    ParkingSegment,
    RailSegment,
    RideSegment,
    Segment,
)
from services.ingest.domain.email.bounds import UNREADABLE
from services.ingest.domain.email.items import EMPTY, Item
from services.ingest.domain.email.markup import Stated
from services.ingest.domain.email.schema_org_values import (
    both_ends,
    bus_stop,
    count_of,
    flight_designator,
    place_of,
    seats_of,
    stamp_in,
    station,
    visit_name,
)
from services.ingest.domain.email.values import code, prose
from services.ingest.domain.email.when import Stamp

_Builder = Callable[[Stated, Item], Segment | None]


def segment_of(stated: Stated, thing: Item) -> Segment | None:
    """Return what is reserved; None where it is of no kind that is known, or says too little."""
    for name in (*stated.item.types, *thing.types):
        builder = _BUILDERS.get(name)
        if builder is not None:
            if thing is EMPTY and builder in _JOURNEYS:
                thing = stated.item
            try:
                return builder(stated, thing)
            except UNREADABLE:  # a value that no field of the language takes
                return None
    return None


def _flight(stated: Stated, thing: Item) -> Segment | None:
    origin = place_of(thing.item("departureAirport"), is_airport=True)
    destination = place_of(thing.item("arrivalAirport"), is_airport=True)
    number = flight_designator(thing)
    start = stamp_in(thing, "departureTime", day=("departureDay",)) or stamp_in(thing, "boardingTime")
    if number.flight_number is None and (origin is None or destination is None):
        return None
    operating = thing.item("operatedBy")
    ends = both_ends(start, stamp_in(thing, "arrivalTime"), origin, destination, is_instant=True)
    return AirSegment(
        start=ends.start,
        end=ends.end,
        origin=origin,
        destination=destination,
        carrier=number.carrier,
        carrier_name=number.carrier_name,
        flight_number=number.flight_number,
        operating_carrier=code(operating.text("iataCode")),
        operating_carrier_name=prose(operating.text("name")),
        origin_terminal=code(thing.text("departureTerminal")),
        origin_gate=code(thing.text("departureGate")),
        destination_terminal=code(thing.text("arrivalTerminal")),
        destination_gate=code(thing.text("arrivalGate")),
        aircraft=code(thing.text("aircraft")),
        cabin=code(stated.text("airplaneSeatClass", "cabinClass")),
        frequent_traveller_id=code(stated.text("programMembershipUsed"))
        if not stated.items("programMembershipUsed")
        else code(
            stated.items("programMembershipUsed")[0].text("memberNumber", "membershipNumber", "programName")
        ),
        seats=seats_of(stated),
    )


def _train(stated: Stated, thing: Item) -> Segment | None:
    origin, destination = station(thing, "departure"), station(thing, "arrival")
    start = stamp_in(thing, "departureTime", day=("departureDay",))
    if origin is None and destination is None:
        return None
    ends = both_ends(start, stamp_in(thing, "arrivalTime"), origin, destination, is_instant=True)
    ticketed = stated.item.item("reservedTicket").item("ticketedSeat")
    return RailSegment(
        start=ends.start,
        end=ends.end,
        origin=origin,
        destination=destination,
        train_number=code(_joined(thing.text("trainName"), thing.text("trainNumber"))),
        carrier_name=prose(thing.text("trainCompany", "provider") or stated.text("provider")),
        origin_platform=code(thing.text("departurePlatform")),
        destination_platform=code(thing.text("arrivalPlatform")),
        wagon=code(ticketed.text("seatSection")),
        cabin=code(ticketed.text("seatingType")),
        seats=seats_of(stated),
    )


def _joined(name: str | None, number: str | None) -> str:
    """Join a train's name and number, of which some mails write the first into the second."""
    return number if name and number and number.startswith(name) else " ".join(filter(None, (name, number)))


def _bus_or_boat(stated: Stated, thing: Item) -> Segment | None:
    origin, destination = bus_stop(thing, "departure"), bus_stop(thing, "arrival")
    if origin is None and destination is None:
        return None
    start = stamp_in(thing, "departureTime", day=("departureDay",))
    ends = both_ends(start, stamp_in(thing, "arrivalTime"), origin, destination, is_instant=True)
    line = code(" ".join(filter(None, (thing.text("busName"), thing.text("busNumber", "name")))))
    return RideSegment(
        start=ends.start,
        end=ends.end,
        origin=origin,
        destination=destination,
        vendor_name=prose(thing.text("busCompany", "provider") or stated.text("provider")),
        details={"line": line} if line else {},
    )


def _taxi(stated: Stated, thing: Item) -> Segment | None:
    origin = place_of(stated.item.item("pickupLocation"))
    destination = place_of(stated.item.item("dropoffLocation"))
    ends = both_ends(
        stamp_in(stated.item, "pickupTime"), stamp_in(stated.item, "dropoffTime"), origin, destination
    )
    return RideSegment(
        start=ends.start,
        end=ends.end,
        origin=origin,
        destination=destination,
        vendor_name=prose(thing.text("provider", "name") or stated.text("provider")),
        party_size=count_of(stated.text("partySize")),
    )


def _car(stated: Stated, thing: Item) -> Segment | None:
    item = stated.item
    origin = place_of(item.item("pickupLocation"))
    destination = place_of(item.item("dropoffLocation")) or origin
    ends = both_ends(stamp_in(item, "pickupTime"), stamp_in(item, "dropoffTime"), origin, destination)
    company = thing.text("rentalCompany") or stated.text("provider") or thing.text("provider")
    return CarSegment(
        start=ends.start,
        end=ends.end,
        origin=origin,
        destination=destination,
        vendor_name=prose(company),
        body=code(" ".join(filter(None, (thing.text("brand"), thing.text("model"))))),
        car_class=code(thing.text("name")),
    )


_MIDNIGHT = "T00:00:00"


def _stay(stated: Stated, thing: Item) -> Segment | None:
    item = stated.item
    place = place_of(thing)
    begins = stamp_in(
        item, "checkinTime", "checkinDate", "checkInTime", "checkInDate", "startTime", "startDate"
    )
    stops = stamp_in(
        item, "checkoutTime", "checkoutDate", "checkOutTime", "checkOutDate", "endTime", "endDate"
    )
    if begins is not None and stops is not None and _MIDNIGHT in begins.local and _MIDNIGHT in stops.local:
        begins, stops = Stamp(begins.local[:10]), Stamp(stops.local[:10])  # nobody leaves a house then
    ends = both_ends(begins, stops, place, place)
    if ends.start is None:
        return None
    return HotelSegment(
        start=ends.start,
        end=ends.end,
        place=place,
        name=visit_name(thing),
        phone=code(thing.text("telephone", "phone")),
        room_type=code(item.text("lodgingUnitType")),
        room_description=prose(item.text("lodgingUnitDescription")),
        party_size=_guests(item),
        check_in_time=code(thing.text("checkinTime")),
        check_out_time=code(thing.text("checkoutTime")),
    )


def _guests(item: Item) -> int | None:
    counts = [count_of(item.text(name)) for name in ("numAdults", "numChildren")]
    return sum(filter(None, counts)) or count_of(item.text("partySize"))


def _table(stated: Stated, thing: Item) -> Segment | None:
    item, place = stated.item, place_of(thing)
    ends = both_ends(stamp_in(item, "startTime", "startDate"), stamp_in(item, "endTime"), place, place)
    return DiningSegment(
        start=ends.start,
        end=ends.end,
        place=place,
        name=visit_name(thing),
        phone=code(thing.text("telephone")),
        party_size=count_of(item.text("partySize")),
    )


def _event(stated: Stated, thing: Item) -> Segment | None:
    place = place_of(thing.item("location"))
    start = stamp_in(thing, "startDate", "startTime", "doorTime") or stamp_in(
        stated.item, "startTime", "startDate", "arrivalTime"
    )
    end = stamp_in(thing, "endDate", "endTime") or stamp_in(stated.item, "departureTime")
    ends = both_ends(start, end, place or place_of(thing), place)
    name = visit_name(thing) or prose(stated.item.text("name", "touristAttraction"))
    if name is None:
        return None
    seat = stated.item.item("reservedTicket").item("ticketedSeat")
    where = " ".join(filter(None, (seat.text("seatSection"), seat.text("seatRow"), seat.text("seatNumber"))))
    return EventSegment(
        start=ends.start,
        end=ends.end,
        place=place or place_of(thing),
        name=name,
        vendor_name=prose(thing.item("organizer").text("name")),
        party_size=count_of(stated.item.text("numSeats")),
        details={"seat": where} if where else {},
    )


def _parking(stated: Stated, thing: Item) -> Segment | None:
    item, place = stated.item, place_of(thing)
    start = stamp_in(item, "startTime", "checkinTime") or stamp_in(thing, "startTime", "startDate")
    end = stamp_in(item, "endTime", "checkoutTime") or stamp_in(thing, "endTime", "endDate")
    ends = both_ends(start, end, place, place)
    return ParkingSegment(start=ends.start, end=ends.end, place=place, name=visit_name(thing))


_JOURNEYS = (_flight, _train, _bus_or_boat)
_BUILDERS: Mapping[str, _Builder] = {
    "flightreservation": _flight, "flight": _flight,
    "trainreservation": _train, "traintrip": _train,
    "busreservation": _bus_or_boat, "bustrip": _bus_or_boat,
    "boatreservation": _bus_or_boat, "boattrip": _bus_or_boat, "ferryreservation": _bus_or_boat,
    "taxireservation": _taxi, "taxi": _taxi, "taxiservice": _taxi,
    "rentalcarreservation": _car, "rentalcar": _car, "car": _car,
    "lodgingreservation": _stay, "lodgingbusiness": _stay, "hotel": _stay, "hostel": _stay, "resort": _stay,
    "foodestablishmentreservation": _table, "foodestablishment": _table, "restaurant": _table,
    "parkingreservation": _parking, "parkingfacility": _parking,
    "eventreservation": _event, "event": _event, "touristattractionvisit": _event,
    "musicevent": _event, "sportsevent": _event, "theaterevent": _event, "screeningevent": _event,
    "businessevent": _event, "festival": _event, "comedyevent": _event, "danceevent": _event,
}  # fmt: skip
"""By the reservation's type, else by that of what is reserved."""
