"""How TripIt's kinds of reservation map to the eight kinds of segment: tables, walked by `plans`.

A name that begins with `^` stands on the object around a segment. Of several names the first with a text
counts.
"""

from collections.abc import Mapping
from typing import NamedTuple

from schemas.segments import (
    AirSegment,
    CarSegment,
    ConfirmationKind,
    DiningSegment,
    EventSegment,
    HotelSegment,
    ParkingSegment,
    RailSegment,
    RideSegment,
    Segment,
)


class PlaceNames(NamedTuple):
    """Where a place of a segment is said: an address element, and texts beside it by our own names."""

    address: str | None = None
    texts: Mapping[str, str] = {}


class Kind(NamedTuple):
    """One kind of reservation."""

    segment: type[Segment]
    texts: Mapping[str, str]
    """Our field ← their names, parted by spaces."""
    places: Mapping[str, PlaceNames]
    people: tuple[str, ...]
    start: str = "StartDateTime"
    end: str = "EndDateTime"
    inner: str | None = None
    """The repeated element that is a segment; None where the object itself is the one."""
    is_one_journey: bool = False
    """Where the repeated elements are stops of one segment."""


def _airport(end: str) -> PlaceNames:
    return PlaceNames(
        texts={
            "code": f"{end}_airport_code", "name": f"{end}_airport_name", "city": f"{end}_city_name",
            "country": f"{end}_country_code", "latitude": f"{end}_airport_latitude",
            "longitude": f"{end}_airport_longitude",
        }
    )  # fmt: skip


_BOTH_ENDS = {
    "origin": PlaceNames("StartLocationAddress", {"name": "start_location_name"}),
    "destination": PlaceNames("EndLocationAddress", {"name": "end_location_name"}),
}
_ANYWHERE = {"phone": "^supplier_phone", "notes": "notes ^notes"}

KINDS: Mapping[str, Kind] = {
    "air": Kind(
        AirSegment,
        {
            **_ANYWHERE, "carrier": "marketing_airline_code",
            "carrier_name": "marketing_airline ^supplier_name", "flight_number": "marketing_flight_number",
            "operating_carrier": "operating_airline_code", "operating_carrier_name": "operating_airline",
            "operating_flight_number": "operating_flight_number",
            "origin_terminal": "start_terminal", "origin_gate": "start_gate",
            "destination_terminal": "end_terminal", "destination_gate": "end_gate",
            "aircraft": "aircraft", "cabin": "service_class", "stops": "stops", "seats": "seats",
            "duration_minutes": "duration", "miles": "distance",
        },
        {"origin": _airport("start"), "destination": _airport("end")},
        ("Traveler",), inner="Segment",
    ),
    "lodging": Kind(
        HotelSegment,
        {
            **_ANYWHERE, "name": "supplier_name display_name", "vendor_name": "supplier_name",
            "room_description": "room_type", "rooms": "number_rooms", "party_size": "number_guests",
            "total": "total_cost", "rate": "booking_rate",
        },
        {"place": PlaceNames("Address")}, ("Guest",),
    ),
    "car": Kind(
        CarSegment,
        {
            **_ANYWHERE, "vendor_name": "supplier_name display_name", "car_class": "car_type",
            "total": "total_cost", "rate": "booking_rate",
        },
        _BOTH_ENDS, ("ReservationHolder", "Driver"),
    ),
    "parking": Kind(
        ParkingSegment,
        {
            **_ANYWHERE, "name": "location_name supplier_name display_name", "vendor_name": "supplier_name",
            "total": "total_cost", "rate": "booking_rate",
        },
        {"place": PlaceNames("Address", {"name": "location_name"})}, (),
    ),
    "rail": Kind(
        RailSegment,
        {
            **_ANYWHERE, "carrier_name": "carrier_name ^supplier_name", "train_number": "train_number",
            "train_type": "train_type", "wagon": "coach_number", "cabin": "service_class", "seats": "seats",
        },
        {
            "origin": PlaceNames("StartStationAddress", {"name": "start_station_name"}),
            "destination": PlaceNames("EndStationAddress", {"name": "end_station_name"}),
        },
        ("Traveler",), inner="Segment",
    ),
    "transport": Kind(
        RideSegment,
        {
            **_ANYWHERE, "vendor_name": "carrier_name ^supplier_name ^display_name",
            "party_size": "number_passengers",
        },
        _BOTH_ENDS, ("Traveler",), inner="Segment",
    ),
    "cruise": Kind(
        RideSegment,
        {**_ANYWHERE, "vendor_name": "^ship_name ^supplier_name ^display_name"},
        {
            "origin": PlaceNames("LocationAddress", {"name": "location_name"}),
            "destination": PlaceNames("LastLocationAddress", {"name": "last_location_name"}),
        },
        ("Traveler",), inner="Segment", is_one_journey=True,
    ),
    "restaurant": Kind(
        DiningSegment,
        {
            **_ANYWHERE, "name": "supplier_name display_name", "party_size": "number_patrons",
            "total": "total_cost",
        },
        {"place": PlaceNames("Address")}, ("ReservationHolder", "Attendee"), start="DateTime", end="",
    ),
    "activity": Kind(
        EventSegment,
        {
            **_ANYWHERE, "name": "display_name supplier_name", "vendor_name": "supplier_name",
            "total": "total_cost",
        },
        {"place": PlaceNames("Address", {"name": "location_name"})}, ("Participant",),
    ),
}  # fmt: skip

ADDRESS: Mapping[str, str] = {
    "address": "address addr1", "city": "city", "state": "state", "postal_code": "zip", "country": "country",
    "latitude": "latitude", "longitude": "longitude",
}  # fmt: skip

NUMBERS: tuple[tuple[str, str | None, ConfirmationKind], ...] = (
    ("record_locator", None, ConfirmationKind.RECORD_LOCATOR),
    ("supplier_conf_num", None, ConfirmationKind.SUPPLIER),
    ("booking_site_conf_num", "booking_site_name", ConfirmationKind.BOOKING_SITE),
)
"""Numbers on the object, each with the text that names who gave it. Agency and segments have their own."""

SEGMENT_NUMBER = "confirmation_num"
"""The number that a train or a ride has of its own."""

LAYERS: Mapping[str, str] = {
    "EstimatedStartDateTime": "estimated_start", "EstimatedEndDateTime": "estimated_end",
    "Status.ScheduledDepartureDateTime": "scheduled_start",
    "Status.ScheduledArrivalDateTime": "scheduled_end",
    "Status.EstimatedDepartureDateTime": "estimated_start",
    "Status.EstimatedArrivalDateTime": "estimated_end",
}  # fmt: skip
"""Times that are not what was booked: kept apart, in the details, and never taken for a start or an end."""

FLIGHT_CANCELLED = "400"
"""The flight status by which an airline's cancellation is told."""

NOISE = frozenset(
    {
        "id", "uuid", "trip_id", "trip_uuid", "last_modified", "relative_url", "ontime_perc", "is_hidden",
        "is_client_traveler", "is_display_name_auto_generated", "layover_minutes", "Image", "Creator",
        "SeatTrackerSubscription", "Emissions",
    }
)  # fmt: skip
"""What changes by itself or has its own place; everything else that is not mapped goes to the details."""
